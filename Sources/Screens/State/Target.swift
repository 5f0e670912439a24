internal import Pruning

/// What may remain of the whole network.
package struct Target: Sendable, Hashable {
  /// What is counted.
  package enum Quantity: String, Sendable, Hashable, CaseIterable {
    case macs = "MACs"
    case parameters = "parameters"
    /// The peak of what activations take.
    case memory = "memory"
    /// The time of one example on this machine.
    case latency = "latency"
    case kernels = "kernels"
  }

  /// What is counted.
  package var quantity: Quantity
  /// The share of the original that may remain, in percent.
  package var remainingPercent: Double

  /// Reads `MACs 50 %`, `parameters 40%`, `50` (MACs); `nil` for anything else.
  package init?(_ text: String, quantity: Quantity = .macs) {
    var rest = text.trimmingSpaces.lowercased()
    if let space = rest.firstIndex(of: " "), Self.flags.contains(String(rest[..<space])) {
      self.init(flag: String(rest[..<space]), String(rest[space...]))
      return
    }
    var found = quantity
    for candidate in Quantity.allCases {
      for word in [candidate.rawValue.lowercased(), candidate.rawValue.lowercased().prefixWord]
      where rest.hasPrefix(word) {
        found = candidate
        rest = String(rest.dropFirst(word.count))
        break
      }
    }
    rest = rest.trimmingSpaces
    if rest.hasPrefix("=") { rest.removeFirst() }
    guard case .percent(let share)? = AmountText.amount(rest), share > 0 else { return nil }
    self.init(quantity: found, remainingPercent: share)
  }

  /// The names by which `secateur prune` takes targets.
  package static let flags = ["percent", "keep-params", "keep-macs", "keep-memory", "keep-latency"]

  /// Reads a target as a flag of `secateur prune`: `percent 30`, `keep-macs 50%`; `nil` for anything else.
  package init?(flag: String, _ text: String) {
    guard case .percent(let share)? = AmountText.amount(text) else { return nil }
    switch flag {
    case "percent": self.init(quantity: .kernels, remainingPercent: 100 - share)
    case "keep-params": self.init(quantity: .parameters, remainingPercent: share)
    case "keep-macs": self.init(quantity: .macs, remainingPercent: share)
    case "keep-memory": self.init(quantity: .memory, remainingPercent: share)
    case "keep-latency": self.init(quantity: .latency, remainingPercent: share)
    default: return nil
    }
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
