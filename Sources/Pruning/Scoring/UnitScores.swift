import Graph

/// One score a unit, comparable over the network: its kernels' scores, normalised by layer, aggregated.
package struct UnitScores: Sendable, Hashable {
  /// By unit; infinite where no member was scored, so that such a unit goes last.
  package let values: [Double]
  /// Kernels whose score is not a finite number, by layer name; they count as 0.
  package let nonFinite: [String: [Int]]
  /// Removable units, lowest score first, ties by number: the one order everything is taken from.
  package let order: [Int]

  /// Ranks the units of `groups` as settings say.
  package init(_ scores: ScoreTable, groups: ChannelGroups, settings: PruningSettings) {
    self.init(
      scores, groups: groups, normalization: settings.normalization, aggregation: settings.aggregation,
      macPenalty: settings.macPenalty)
  }

  /// Ranks the units of `groups`.
  ///
  /// - Parameters:
  ///   - aggregation: of the scores of a unit's kernels. Scores that are the whole unit's already
  ///     (`Criterion.scoresUnits`) are not added up.
  ///   - macPenalty: λ of `PruningSettings.macPenalty`.
  package init(
    _ scores: ScoreTable, groups: ChannelGroups, normalization: Normalization, aggregation: Aggregation,
    macPenalty: Double = 0
  ) {
    let aggregation = aggregation.resolved(for: scores.criterion)
    // The scores of all layers in a row, and where each layer's begin: a screen waits for them.
    var scoresInOrder: [Double] = []
    var starts: [Int?] = []
    var nonFinite: [String: [Int]] = [:]
    for layer in groups.layers {
      guard let statistics = scores.layers[layer.layer.name], statistics.mean.count == layer.layer.kernels
      else {
        starts.append(nil)
        continue
      }
      let broken = statistics.mean.indices.filter { !statistics.mean[$0].isFinite }
      if !broken.isEmpty { nonFinite[layer.layer.name] = broken }
      starts.append(scoresInOrder.count)
      scoresInOrder += Self.normalized(Self.finite(statistics.mean), normalization)
    }
    let values = groups.units.map { unit -> Double in
      var (sum, largest, count) = (0.0, 0.0, 0)
      var first: Double?
      for kernel in unit.kernels {
        guard let start = starts[kernel.layer] else { continue }
        let member = scoresInOrder[start + kernel.index]
        sum += member
        largest = first == nil ? member : Swift.max(largest, member)
        first = first ?? member
        count += 1
      }
      guard let first else { return .infinity }
      let score =
        switch aggregation {
        case .sum, .auto: sum
        case .mean: sum / Double(count)
        case .max: largest
        case .first: first
        }
      return macPenalty == 0 ? score : score - macPenalty * Self.megaMACs(of: unit, in: groups)
    }
    self.values = values
    self.nonFinite = nonFinite
    // Pairs stand beside each other while they are compared: a screen waits for this order.
    var ranked: [(value: Double, unit: Int)] = []
    ranked.reserveCapacity(values.count)
    for (unit, isFrozen) in groups.demands.isFrozen.enumerated() where !isFrozen {
      ranked.append((values[unit], unit))
    }
    ranked.sort { $0.value == $1.value ? $0.unit < $1.unit : $0.value < $1.value }
    order = ranked.map(\.unit)
  }

  /// The standard errors of the units' scores, as normalised and aggregated as these are; 0 where that is not known.
  ///
  /// The errors of different kernels are taken as independent, except where a score is that of all of a unit's kernels
  /// together. What a layer's scores are divided by moves with them: it counts as their mean does.
  func errors(_ scores: ScoreTable, groups: ChannelGroups, settings: PruningSettings) -> [Double] {
    let aggregation = settings.aggregation.resolved(for: scores.criterion)
    let layers = groups.layers.map { layer -> (errors: [Double], scores: [Double])? in
      guard let statistics = scores.layers[layer.layer.name], statistics.mean.count == layer.layer.kernels
      else { return nil }
      let finite = Self.finite(statistics.mean)
      let divisor = Self.divisor(finite, settings.normalization)
      let errors =
        settings.normalization == .none ? statistics.standardError : statistics.standardErrorOfShare
      return (errors.map { $0 / divisor }, finite.map { $0 / divisor })
    }
    // Without a list for each unit: a screen waits for these.
    return groups.units.map { unit in
      var (squares, sum, count) = (0.0, 0.0, 0)
      var (first, largest) = (0.0, (score: -Double.infinity, error: 0.0))
      for kernel in unit.kernels {
        guard let layer = layers[kernel.layer] else { continue }
        let (error, score) = (layer.errors[kernel.index], layer.scores[kernel.index])
        if count == 0 { first = error }
        if score > largest.score { largest = (score, error) }
        squares += error * error
        sum += error
        count += 1
      }
      guard count > 0 else { return 0 }
      switch aggregation {
      case .sum, .auto: return squares.squareRoot()
      case .mean: return (scores.criterion.scoresUnits ? sum : squares.squareRoot()) / Double(count)
      case .max: return largest.error
      case .first: return first
      }
    }
  }

  /// Means with 0 in the place of those that are no numbers.
  private static func finite(_ means: [Double]) -> [Double] { means.map { $0.isFinite ? $0 : 0 } }

  /// Millions of multiply-accumulates that a unit's own kernels take for one example.
  private static func megaMACs(of unit: KernelUnit, in groups: ChannelGroups) -> Double {
    unit.kernels.reduce(0) { sum, kernel in
      let layer = groups.layers[kernel.layer].layer
      return sum + Double(layer.multiplyAccumulates) / Double(max(1, layer.kernels)) / 1e6
    }
  }

  /// What a layer's scores are divided by to be comparable with another's; never 0.
  private static func divisor(_ scores: [Double], _ normalization: Normalization) -> Double {
    let largest = scores.reduce(0) { Swift.max($0, abs($1)) }
    guard largest > 0, normalization != .none else { return 1 }
    // By the score that is not lost in rounding.
    let normalized = normalized(scores, normalization).reduce(0) { Swift.max($0, abs($1)) }
    return normalized > 0 && normalized.isFinite ? largest / normalized : 1
  }

  /// A layer's scores made comparable with another's; zeros stay zeros.
  static func normalized(_ scores: [Double], _ normalization: Normalization) -> [Double] {
    let divisor: Double
    switch normalization {
    case .none: return scores
    case .l2:
      // Scaled by the largest first, so that huge scores do not overflow when squared.
      let largest = scores.reduce(0) { Swift.max($0, abs($1)) }
      guard largest > 0 else { return scores }
      let sum = scores.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }
      return scores.map { $0 / largest / sum.squareRoot() }
    case .mean: divisor = scores.isEmpty ? 0 : scores.reduce(0) { $0 + $1 / Double(scores.count) }
    case .max: divisor = scores.max() ?? 0
    }
    return divisor == 0 || !divisor.isFinite ? scores : scores.map { $0 / divisor }
  }
}
