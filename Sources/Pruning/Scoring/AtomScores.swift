import Graph

/// One score an atom, comparable over the network: its kernels' scores, normalised by layer, aggregated.
public struct AtomScores: Sendable, Hashable {
  /// By atom; infinite where no member was scored, so that such an atom goes last.
  public let values: [Double]
  /// Kernels whose score is not a finite number, by layer name; they count as 0.
  public let nonFinite: [String: [Int]]
  /// Removable atoms, lowest score first, ties by number: the one order everything is taken from.
  public let order: [Int]

  /// Ranks the atoms of `groups` as settings say.
  public init(_ scores: ScoreTable, groups: ChannelGroups, settings: PruningSettings) {
    self.init(
      scores, groups: groups, normalization: settings.normalization, aggregation: settings.aggregation,
      macPenalty: settings.macPenalty)
  }

  /// Ranks the atoms of `groups`.
  ///
  /// - Parameters:
  ///   - aggregation: of the scores of an atom's kernels. Scores that are the whole atom's already
  ///     (`Criterion.scoresAtoms`) are not added up.
  ///   - macPenalty: λ of `PruningSettings.macPenalty`.
  public init(
    _ scores: ScoreTable, groups: ChannelGroups, normalization: Normalization, aggregation: Aggregation,
    macPenalty: Double = 0
  ) {
    let aggregation = aggregation.resolved(for: scores.criterion)
    var byLayer: [[Double]?] = []
    var nonFinite: [String: [Int]] = [:]
    for layer in groups.layers {
      guard let statistics = scores.layers[layer.layer.name], statistics.mean.count == layer.layer.kernels
      else {
        byLayer.append(nil)
        continue
      }
      let broken = statistics.mean.indices.filter { !statistics.mean[$0].isFinite }
      if !broken.isEmpty { nonFinite[layer.layer.name] = broken }
      byLayer.append(Self.normalized(statistics.mean.map { $0.isFinite ? $0 : 0 }, normalization))
    }
    let values = groups.atoms.map { atom -> Double in
      let members = atom.kernels.compactMap { kernel in byLayer[kernel.layer]?[kernel.index] }
      guard let first = members.first else { return .infinity }
      let score =
        switch aggregation {
        case .sum, .auto: members.reduce(0, +)
        case .mean: members.reduce(0, +) / Double(members.count)
        case .max: members.reduce(first) { Swift.max($0, $1) }
        case .first: first
        }
      return macPenalty == 0 ? score : score - macPenalty * Self.megaMACs(of: atom, in: groups)
    }
    self.values = values
    self.nonFinite = nonFinite
    order = groups.atoms.indices.filter { groups.atoms[$0].pin == nil }
      .sorted { (values[$0], $0) < (values[$1], $1) }
  }

  /// Millions of multiply-accumulates that an atom's own kernels take for one example.
  private static func megaMACs(of atom: Atom, in groups: ChannelGroups) -> Double {
    atom.kernels.reduce(0) { sum, kernel in
      let layer = groups.layers[kernel.layer].layer
      return sum + Double(layer.multiplyAccumulates) / Double(max(1, layer.kernels)) / 1e6
    }
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
