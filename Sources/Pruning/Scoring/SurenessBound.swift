/// When a choice by scores is sure enough, so that scoring can end.
///
/// Scores are looked at after numbers of examples that depend on nothing else, so that the same command chooses the same
/// kernels.
package struct SurenessBound: Sendable, Hashable {
  /// The share that is usually enough.
  package static let usual = 0.97

  /// The share of what goes that is to go however many examples are scored, 0…1.
  package let fraction: Double
  /// Examples that the scores are looked at after next.
  private var next = 512

  /// A bound that was not looked at yet.
  package init(_ fraction: Double) { self.fraction = fraction }

  /// Whether so many examples are worth a look; the next one is after a quarter more.
  package mutating func looks(after examples: Int) -> Bool {
    guard examples >= next else { return false }
    next = examples + examples / 4
    return true
  }

  /// Whether a choice is as sure as is asked for.
  package func isReached(by found: ChoiceUncertainty) -> Bool { found.sureness >= fraction }
}

/// When scoring on a screen ends by itself.
package enum ScoringEnd: Sendable, Hashable {
  /// At the usual bound where a target stands, else when all is scored.
  case automatic
  /// When all is scored.
  case never
  /// When this share of what goes is sure, 0…1.
  case sure(Double)

  /// The share of what goes that is to be sure; `nil` where all is scored.
  package func fraction(hasTarget: Bool) -> Double? {
    switch self {
    case .automatic: hasTarget ? SurenessBound.usual : nil
    case .never: nil
    case .sure(let fraction): fraction
    }
  }
}
