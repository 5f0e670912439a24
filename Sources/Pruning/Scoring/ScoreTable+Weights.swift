public import Graph

extension ScoreTable {
  /// Scores from the weights alone, un-normalised; empty for a criterion that needs data.
  ///
  /// A layer whose constants are not known before the data are, or that has none of the kind, has no scores.
  ///
  /// - Parameters:
  ///   - bound: bound with `foldsWeights`, so that computed weights are known too.
  ///   - seed: for `random`.
  public init(
    _ criterion: Criterion, of groups: ChannelGroups, in bound: BoundNetwork, seed: UInt64 = 0
  ) {
    self.init(criterion: criterion)
    if case .unitWeights = criterion.definition.measure {
      let importances = groups.weightImportances(in: bound)
      for layer in groups.layers {
        layers[layer.layer.name] = KernelStatistics(exact: layer.units.map { importances[$0] })
      }
    }
    guard case .weights(let measure) = criterion.definition.measure else { return }
    var generator = SeededGenerator(seed: seed)
    let topology = Topology(bound.network)
    for layer in groups.layers.map(\.layer) {
      if let scores = measure(LayerWeights(layer, in: bound, topology), &generator) {
        layers[layer.name] = KernelStatistics(exact: scores)
      }
    }
  }
}
