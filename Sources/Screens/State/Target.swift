package import Pruning

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

    /// What can be typed first, and what it means.
    static var completions: [Completion] {
      allCases.map { quantity in
        Completion(
          quantity.rawValue + " ",
          quantity.measure.map { "50%, or an amount such as \($0.exampleAmount)" } ?? "a share such as 50%")
      }
    }

    /// What absolute amounts are counted in; `nil` for kernels, of which only a share can be said.
    var measure: CostMeasure? {
      switch self {
      case .macs: .multiplyAccumulates
      case .parameters: .parameters
      case .memory: .memory
      case .latency: .latency
      case .kernels: nil
      }
    }

    /// Reads an amount that may remain; `nil` for anything else.
    func amount(_ text: String) -> RemainingAmount? {
      if let measure { return RemainingAmount(text, of: measure) }
      guard case .percent(let share)? = AmountText.amount(text) else { return nil }
      return .percent(share)
    }
  }

  /// What is counted.
  package var quantity: Quantity
  /// How much of the original may remain.
  package var remaining: RemainingAmount

  /// Reads `MACs 50 %`, `MACs 1.2G`, `parameters 40%`, `50` (MACs); `nil` for anything else.
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
    guard let remaining = found.amount(rest), remaining != .percent(0) else { return nil }
    self.init(quantity: found, remaining: remaining)
  }

  /// The names by which `secateur prune` takes targets.
  package static let flags = ["percent", "keep-params", "keep-macs", "keep-memory", "keep-latency"]

  /// Reads a target as a flag of `secateur prune`: `percent 30`, `keep-macs 50%`, `keep-macs 1.2G`; `nil` for anything else.
  package init?(flag: String, _ text: String) {
    let quantity: Quantity
    switch flag {
    case "percent": quantity = .kernels
    case "keep-params": quantity = .parameters
    case "keep-macs": quantity = .macs
    case "keep-memory": quantity = .memory
    case "keep-latency": quantity = .latency
    default: return nil
    }
    guard let amount = quantity.amount(text) else { return nil }
    if quantity == .kernels, case .percent(let gone) = amount {
      self.init(quantity: quantity, remaining: .percent(100 - gone))
    } else {
      self.init(quantity: quantity, remaining: amount)
    }
  }

  /// A target from its parts.
  package init(quantity: Quantity, remaining: RemainingAmount) {
    self.quantity = quantity
    self.remaining = remaining
  }

  /// A target of a share, in percent.
  package init(quantity: Quantity, remainingPercent: Double) {
    self.init(quantity: quantity, remaining: .percent(remainingPercent))
  }

  /// How much may remain, as it is typed.
  package var amountText: String {
    switch (remaining, quantity.measure) {
    case (.absolute, let measure?): remaining.text(of: measure)
    case (.percent(let share), _), (.absolute(let share), nil): AmountText.percent(share)
    }
  }

  /// The target as it is typed.
  package var text: String { "\(quantity.rawValue) \(amountText)" }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// The singular or short form that people type: `mac`, `param`, `kernel`.
  fileprivate var prefixWord: String { hasPrefix("param") ? "params" : String(dropLast()) }
}
