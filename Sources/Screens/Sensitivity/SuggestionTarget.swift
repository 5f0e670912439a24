package import Pruning
internal import TerminalUI

/// Targets of suggestions as people type and read them, by the flags of `secateur sensitivity`.
package enum SuggestionTarget: String, Sendable, Hashable, CaseIterable {
  case macs = "keep-macs"
  case parameters = "keep-params"
  case loss = "loss-rise"
  case accuracy = "accuracy-drop"

  /// What the dialog calls it.
  var title: String {
    switch self {
    case .macs: "MACs that may remain, %"
    case .parameters: "parameters that may remain, %"
    case .loss: "rise of the loss that is allowed"
    case .accuracy: "fall of the accuracy, points"
    }
  }

  /// Reads a number behind the flag; `nil` for none that fits.
  package func target(_ text: String) -> SensitivityTarget? {
    let text = text.filter { $0 != " " }
    switch self {
    case .macs, .parameters:
      guard case .percent(let share)? = AmountText.amount(text) else { return nil }
      return self == .macs ? .multiplyAccumulates(keepPercent: share) : .parameters(keepPercent: share)
    case .loss, .accuracy:
      guard let number = Double(text.hasSuffix("%") ? String(text.dropLast()) : text), number.isFinite,
        number >= 0
      else { return nil }
      return self == .loss ? .loss(rise: number) : .accuracy(drop: number)
    }
  }

  /// Reads `keep-macs 50%`, or `50%` (MACs).
  package static func target(_ text: String) -> SensitivityTarget? {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let first = parts.first else { return nil }
    if let named = SuggestionTarget(rawValue: first) { return parts.count > 1 ? named.target(parts[1]) : nil }
    return macs.target(text)
  }
}

extension SensitivityTarget {
  /// The target as it is typed.
  package var text: String {
    switch self {
    case .multiplyAccumulates(let percent):
      "\(SuggestionTarget.macs.rawValue) \(AmountText.percent(percent))"
    case .parameters(let percent): "\(SuggestionTarget.parameters.rawValue) \(AmountText.percent(percent))"
    case .loss(let rise): "\(SuggestionTarget.loss.rawValue) \(Quantity.significant(rise, digits: 3))"
    case .accuracy(let drop): "\(SuggestionTarget.accuracy.rawValue) \(Quantity.significant(drop, digits: 3))"
    }
  }
}
