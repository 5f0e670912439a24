package import Pruning

/// Pruning step by step, as it was asked for.
package struct IterationRequest: Sendable, Hashable {
  /// What kind of steps, by the names that the command line has for them.
  package enum Procedure: String, Sendable, Hashable, CaseIterable {
    /// Steps that keep a share each.
    case iterate
    /// A few kernels at a time, by the Taylor criterion.
    case taylorPrune = "taylor-prune"
    /// Steps that keep the error of an up-sampling network within a criterion.
    case upsamplingPrune = "upsampling-prune"
  }

  /// What kind of steps.
  package var procedure: Procedure
  /// The options of `secateur iterate`, or of the other procedure, as they stand behind its name.
  package var arguments: [String]
  /// What selections heed: protected layers, floors, rounding. No amounts.
  package var settings: PruningSettings

  /// A request from its parts.
  package init(
    _ procedure: Procedure = .iterate, arguments: [String], settings: PruningSettings
  ) {
    self.procedure = procedure
    self.arguments = arguments
    self.settings = settings
  }
}
