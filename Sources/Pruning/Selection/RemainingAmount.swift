/// How much of a cost may remain.
public enum RemainingAmount: Sendable, Hashable {
  /// A share of what there is, in per cent.
  case percent(Double)
  /// So many parameters, multiply-accumulates, bytes or seconds.
  case absolute(Double)

  /// The largest amount that is read, in the smallest that is told apart: doubles are exact up to there.
  private static let most = 1e15

  /// Reads `40`, `40%` or `12.5 %` (shares), or a number with a unit of the measure: `90k`, `1.2G`, `300kB`, `4ms`; `nil`
  /// for anything else.
  package init?(_ text: String, of measure: CostMeasure) {
    let text = text.filter { $0 != " " }
    if let percent = Double(text.hasSuffix("%") ? String(text.dropLast()) : text) {
      guard 0...100 ~= percent else { return nil }
      self = .percent(percent)
      return
    }
    let small = text.lowercased()
    let units = (measure.units + measure.otherUnits).sorted { $0.name.count > $1.name.count }
    guard let unit = units.first(where: { small.hasSuffix($0.name.lowercased()) }),
      let number = Double(text.dropLast(unit.name.count))
    else { return nil }
    let amount = (number * unit.size).rounded()
    guard amount >= 1, amount <= Self.most else { return nil }
    self = .absolute(amount / measure.resolution)
  }

  /// The amount as it is typed: `40%`, `1.2G`.
  package func text(of measure: CostMeasure) -> String {
    switch self {
    case .percent(let percent): Self.plain(percent) + "%"
    case .absolute(let amount): Self.text(amount, of: measure)
    }
  }

  /// An amount with its unit.
  ///
  /// - Parameter digits: how many digits of it count; all where `nil`.
  static func text(_ amount: Double, of measure: CostMeasure, digits: Int? = nil) -> String {
    var amount = (amount * measure.resolution).rounded()
    if let digits {
      var step = 1.0
      while amount / step >= 1_000_000_000_000_000 { step *= 10 }
      let bound = (0..<digits).reduce(1.0) { power, _ in power * 10 }
      while amount / step >= bound { step *= 10 }
      amount = (amount / step).rounded() * step
    }
    let units = measure.units
    guard let unit = units.first(where: { $0.size <= amount }) ?? units.last else { return plain(amount) }
    return plain(amount / unit.size) + unit.name
  }

  /// A number without a fraction that says nothing.
  private static func plain(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// A target that asks for nothing: what is there is no more than may remain.
public struct TargetMetAlready: Sendable, Hashable {
  /// What is counted.
  public let measure: CostMeasure
  /// What there is.
  public let whole: Double
  /// What may remain.
  public let allowed: Double

  /// `nil` for a target that something has to go for, and for shares, which ask for what they say.
  ///
  /// - Throws: `PruningError.noTimes` for a latency of which nothing was measured.
  package init?(_ target: PruningTarget, groups: ChannelGroups, times: MeasuredTimes) throws {
    guard case .absolute(let amount, let measure) = target else { return nil }
    let whole = try measure.whole(of: groups, times: times)
    guard whole <= amount else { return nil }
    (self.measure, self.whole, allowed) = (measure, whole, amount)
  }

  /// The same in a sentence.
  public var sentence: String {
    let whole = RemainingAmount.text(whole, of: measure, digits: 3)
    let has =
      switch measure {
      case .parameters: "has \(whole) parameters"
      case .multiplyAccumulates: "has \(whole) MACs"
      case .memory: "has a peak of activations of \(whole)"
      case .latency: "takes \(whole)"
      }
    let allowed = RemainingAmount.text(allowed, of: measure)
    return "The network \(has), and \(allowed) may remain: nothing has to go for that."
  }
}
