/// What percentages are suggested for.
public enum SensitivityTarget: Sendable, Hashable {
  /// At most this share of the multiply-accumulates stays, in per cent of what there is.
  case multiplyAccumulates(keepPercent: Double)
  /// At most this share of the learnable elements stays, in per cent of what there is.
  case parameters(keepPercent: Double)
  /// The predicted loss rises by this much at most; multiply-accumulates are saved for it.
  case loss(rise: Double)
  /// The predicted accuracy falls by so many points of per cent at most; multiply-accumulates are saved for it.
  case accuracy(drop: Double)

  func check() throws {
    switch self {
    case .multiplyAccumulates(let percent), .parameters(let percent):
      guard percent.isFinite, 0...100 ~= percent else {
        throw PruningError.invalidTarget("\(percent) % is not between 0 and 100")
      }
    case .loss(let rise):
      guard rise.isFinite, rise >= 0 else {
        throw PruningError.invalidTarget("the loss cannot rise by \(rise)")
      }
    case .accuracy(let drop):
      guard drop.isFinite, drop >= 0 else {
        throw PruningError.invalidTarget("the accuracy cannot fall by \(drop) points")
      }
    }
  }

  /// What a network is measured by: the cost that the target limits, or that is saved for what it allows.
  func cost(_ costs: RunningCost) -> Int {
    if case .parameters = self { costs.parameters } else { costs.multiplyAccumulates }
  }
}

/// Percentages that curves of sensitivity speak for, to be looked at and edited.
public struct SensitivitySuggestion: Sendable, Hashable {
  /// The settings it was made from, with a percentage for every measured layer that is to lose something.
  public let settings: PruningSettings
  /// What goes.
  public let selection: Selection
  /// Whether the target is met; what was measured, floors, pins and protection can stand in its way.
  public let isReached: Bool
  /// What the mean loss is expected to rise by: the sum over the curves. A rule of thumb, see
  /// ``SensitivityTable/suggestion(_:settings:ranking:groups:times:)``.
  public let lossRise: Double
  /// What the accuracy is expected to fall by, in points of per cent, likewise; `nil` without classes.
  public let accuracyDrop: Double?
}
