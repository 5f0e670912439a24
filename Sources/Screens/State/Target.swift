internal import Pruning

/// What may remain of the whole network.
package struct Target: Sendable, Hashable {
  /// What is counted.
  package enum Quantity: String, Sendable, Hashable, CaseIterable {
    case macs = "MACs"
    case parameters = "parameters"
    /// The peak of what activations take.
    case memory = "memory"
    case kernels = "kernels"
  }

  /// What is counted.
  package var quantity: Quantity
  /// The share of the original that may remain, in percent.
  package var remainingPercent: Double

  /// Reads `MACs 50 %`, `parameters 40%`, `50` (MACs); `nil` for anything else.
  package init?(_ text: String, quantity: Quantity = .macs) {
    var rest = text.trimmingSpaces.lowercased()
    self.quantity = quantity
    for candidate in Quantity.allCases {
      for word in [candidate.rawValue.lowercased(), candidate.rawValue.lowercased().prefixWord]
      where rest.hasPrefix(word) {
        self.quantity = candidate
        rest = String(rest.dropFirst(word.count))
        break
      }
    }
    rest = rest.trimmingSpaces
    if rest.hasPrefix("=") { rest.removeFirst() }
    guard case .percent(let share)? = AmountText.amount(rest), share > 0 else { return nil }
    remainingPercent = share
  }

  /// A target from its parts.
  package init(quantity: Quantity, remainingPercent: Double) {
    self.quantity = quantity
    self.remainingPercent = remainingPercent
  }

  /// The target as it is typed.
  package var text: String { "\(quantity.rawValue) \(AmountText.percent(remainingPercent))" }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// The singular or short form that people type: `mac`, `param`, `kernel`.
  fileprivate var prefixWord: String { hasPrefix("param") ? "params" : String(dropLast()) }
}
