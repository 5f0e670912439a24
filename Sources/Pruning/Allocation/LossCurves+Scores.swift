import Graph

extension LossCurves {
  /// The scores of the kernels of groups that were measured, the curves with them: of each unit the rise of the loss as it
  /// goes, in the order of its group.
  ///
  /// Within a layer they are in the order in which the units go, whatever is made of them: where a curve is straight, a
  /// millionth of its largest step keeps them apart.
  package func scores(of groups: ChannelGroups) -> ScoreTable {
    var scores = [Double?](repeating: nil, count: groups.units.count)
    var largest = 0.0
    for curve in curves {
      guard let curve else { continue }
      let losses = convex(curve)
      let steps = losses.indices.dropFirst().map { losses[$0] - losses[$0 - 1] }
      let step = max(steps.last ?? 0, .leastNormalMagnitude) * 1e-6 / Double(max(1, steps.count))
      for (place, (unit, rise)) in zip(curve.order, steps).enumerated() {
        scores[unit] = rise + Double(place + 1) * step
        largest = max(largest, rise)
      }
    }
    var table = ScoreTable(criterion: .obs)
    for layer in groups.layers {
      let own = layer.units.map { scores[$0] }
      guard own.contains(where: { $0 != nil }) else { continue }
      // Kernels that cannot go have none.
      table.layers[layer.layer.name] = KernelStatistics(exact: own.map { $0 ?? largest }, examples: examples)
    }
    table.curves = self
    return table
  }
}
