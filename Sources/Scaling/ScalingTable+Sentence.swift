import Quantities

extension ScalingTable {
  /// Where the efficiency falls below the bound, and which remedies restore it.
  package var sentence: String {
    guard let last = rows.last else { return "" }
    guard let threshold else {
      let least = rows.map(\.efficiency).min() ?? 1
      return "The efficiency stays at \(Self.percent(least)) or more up to \(Self.ranks(last.ranks))."
    }
    let fall =
      "From \(Self.ranks(threshold.ranks)) on the efficiency is below \(Self.percent(Self.bound)): "
      + "\(Self.percent(threshold.efficiency))."
    let helpful = remedies.filter { $0.reach(Self.bound) != nil }.map { remedy in
      "\(remedy.name) (\(Self.percent(remedy.efficiency)), up to "
        + "\(Self.ranks(remedy.reach(Self.bound) ?? threshold.ranks)))"
    }
    let idle = remedies.filter { $0.reach(Self.bound) == nil }.map {
      "\($0.name) (\(Self.percent($0.efficiency)))"
    }
    var sentences = [fall]
    if !helpful.isEmpty { sentences.append("This restores it: \(helpful.joined(separator: ", ")).") }
    if !idle.isEmpty { sentences.append("This is not enough: \(idle.joined(separator: ", ")).") }
    return sentences.joined(separator: " ")
  }

  private static func ranks(_ count: Int) -> String {
    count == 1 ? "1 rank" : "\(Quantity.grouped(count)) ranks"
  }

  /// A share in per cent; what is below the bound never reads as the bound.
  package static func percent(_ share: Double) -> String {
    let digits = share < bound && (100 * share).rounded() >= 100 * bound ? 2 : 0
    return "\(Quantity.fixed(100 * share, digits: digits)) %"
  }
}
