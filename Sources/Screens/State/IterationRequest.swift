public import Pruning

/// Pruning step by step, as it was asked for.
public struct IterationRequest: Sendable, Hashable {
  /// What kind of steps, by the names that the command line has for them.
  public enum Procedure: String, Sendable, Hashable, CaseIterable {
    /// Steps that keep a share each.
    case iterate
    /// A few kernels at a time, by the Taylor criterion.
    case taylorPrune = "taylor-prune"
    /// Steps that keep the error of an up-sampling network within a criterion.
    case upsamplingPrune = "upsampling-prune"
  }

  /// What kind of steps.
  public var procedure: Procedure
  /// The options of `secateur iterate`, or of the other procedure, as they stand behind its name.
  public var arguments: [String]
  /// What kernels are scored by, unless an option says otherwise.
  public var criterion: Criterion
  /// What selections heed: protected layers, floors, rounding. No amounts.
  public var settings: PruningSettings

  /// A request from its parts.
  public init(
    _ procedure: Procedure = .iterate, arguments: [String], criterion: Criterion, settings: PruningSettings
  ) {
    self.procedure = procedure
    self.arguments = arguments
    self.criterion = criterion
    self.settings = settings
  }
}
