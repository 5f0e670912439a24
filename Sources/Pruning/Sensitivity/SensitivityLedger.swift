/// What one set of tied layers gives and takes as percentages grow: the measured losses, made to rise only, beside
/// what would be saved.
struct SensitivityLedger {
  /// A measured level at which more is saved than at the one before.
  struct Knot {
    /// In per cent.
    let level: Double
    /// Multiply-accumulates or parameters.
    let saving: Double
    let lossRise: Double
    /// In points of per cent; 0 without classes.
    let accuracyDrop: Double
  }

  /// From 0 % on.
  let knots: [Knot]

  /// - Parameters:
  ///   - savings: by point of the curve, 0 for the first.
  init(_ curve: SensitivityTable.Curve, savings: [Double]) {
    let baseline = curve.baseline
    let finite = curve.points.prefix { $0.measurement.loss.isFinite }
    let losses = Self.rising(finite.map { $0.measurement.loss - (baseline?.loss ?? 0) })
    let drops = Self.rising(
      finite.map { point in
        if let before = baseline?.top1, let after = point.measurement.top1 {
          100 * (before - after)
        } else {
          0
        }
      })
    var knots = [Knot(level: 0, saving: 0, lossRise: 0, accuracyDrop: 0)]
    for (index, point) in finite.enumerated().dropFirst() where savings[index] > knots[knots.count - 1].saving
    {
      knots.append(
        Knot(
          level: point.level, saving: savings[index], lossRise: losses[index], accuracyDrop: drops[index]))
    }
    self.knots = knots
  }

  /// The highest whole percentage that something is known of.
  var highest: Int { Int(knots[knots.count - 1].level) }

  /// By whole percentage from 1 on: what the last per cent costs of loss for each unit that it saves; it never falls.
  ///
  /// - Parameter restraint: a loss that going all the way is charged with on top of what was measured, growing with the
  ///   square of the share.
  func prices(restraint: Double) -> [Double] {
    var prices: [Double] = []
    var highestPrice = 0.0
    for percent in stride(from: 1, through: highest, by: 1) {
      guard let next = knots.firstIndex(where: { $0.level >= Double(percent) }), next > 0 else { break }
      let (a, b) = (knots[next - 1], knots[next])
      let savedPerPercent = (b.saving - a.saving) / (b.level - a.level)
      let lostPerPercent =
        (b.lossRise - a.lossRise) / (b.level - a.level) + 2 * restraint * Double(percent) / 10_000
      highestPrice = max(highestPrice, lostPerPercent / savedPerPercent)
      prices.append(highestPrice)
    }
    return prices
  }

  /// The loss' rise and the accuracy's fall at a percentage.
  func expected(at percent: Int) -> (lossRise: Double, accuracyDrop: Double) {
    guard percent > 0, let next = knots.firstIndex(where: { $0.level >= Double(percent) }), next > 0 else {
      return (0, 0)
    }
    let (a, b) = (knots[next - 1], knots[next])
    let share = (Double(percent) - a.level) / (b.level - a.level)
    return (
      a.lossRise + share * (b.lossRise - a.lossRise),
      a.accuracyDrop + share * (b.accuracyDrop - a.accuracyDrop)
    )
  }

  /// The rising sequence from 0 on that is nearest by least squares (pool adjacent violators, Ayer et al. 1955): what
  /// falls on the way does so by the chance of few examples.
  static func rising(_ values: [Double]) -> [Double] {
    var pools: [(sum: Double, count: Int)] = []
    for value in values.dropFirst() {
      pools.append((value, 1))
      while pools.count > 1 {
        let (last, before) = (pools[pools.count - 1], pools[pools.count - 2])
        guard last.sum * Double(before.count) < before.sum * Double(last.count) else { break }
        pools.removeLast()
        pools[pools.count - 1] = (before.sum + last.sum, before.count + last.count)
      }
    }
    return values.prefix(1).map { _ in 0 }
      + pools.flatMap { [Double](repeating: max(0, $0.sum / Double($0.count)), count: $0.count) }
  }
}
