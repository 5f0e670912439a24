public import Pruning

/// Pruning step by step, as it was asked for.
public struct IterationRequest: Sendable, Hashable {
  /// The options of `secateur iterate`, as they stand behind its name.
  public var arguments: [String]
  /// What kernels are scored by, unless an option says otherwise.
  public var criterion: Criterion
  /// What selections heed: protected layers, floors, rounding. No amounts.
  public var settings: PruningSettings

  /// A request from its parts.
  public init(arguments: [String], criterion: Criterion, settings: PruningSettings) {
    self.arguments = arguments
    self.criterion = criterion
    self.settings = settings
  }
}
