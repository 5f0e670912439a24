public import Graph

extension ScoreTable {
  /// Scores from the weights alone, un-normalised.
  ///
  /// - `l1`: Σ|w| over a kernel's weight (Li et al. 2017, §3.1);
  /// - `l2`: √Σw²;
  /// - `random`: uniform in 0…1 from `seed`, the same on every machine.
  ///
  /// A layer whose weight is not known before data are has no scores.
  ///
  /// - Parameters:
  ///   - bound: bound with `foldsWeights`, so that computed weights are known too.
  ///   - seed: for `random`.
  public init(
    _ criterion: Criterion, of groups: ChannelGroups, in bound: BoundNetwork, seed: UInt64 = 0
  ) {
    self.init(criterion: criterion)
    var generator = SeededGenerator(seed: seed)
    for layer in groups.layers.map(\.layer) {
      switch criterion {
      case .taylor: continue
      case .random:
        layers[layer.name] = KernelStatistics(
          exact: (0..<layer.kernels).map { _ in generator.unit() })
      case .l1:
        let sums = Self.kernelSums(of: layer, in: bound) { abs($0) }
        if let sums { layers[layer.name] = KernelStatistics(exact: sums) }
      case .l2:
        let sums = Self.kernelSums(of: layer, in: bound) { $0 * $0 }
        if let sums { layers[layer.name] = KernelStatistics(exact: sums.map { $0.squareRoot() }) }
      }
    }
  }

  /// Σ of a function of the weights, a kernel each.
  private static func kernelSums(
    of layer: Layer, in bound: BoundNetwork, _ term: (Double) -> Double
  ) -> [Double]? {
    guard let weight = bound.constant(of: layer.weight), weight.elementType.isFloatingPoint else {
      return nil
    }
    let shape = weight.shape
    guard layer.kernelAxis < shape.count, !shape.contains(0) else { return nil }
    let inner = shape[(layer.kernelAxis + 1)...].reduce(1, *)
    let extent = shape[layer.kernelAxis]
    // A grouped transposed convolution's weight [C, K/groups, …] holds a block of kernels for each block of
    // input channels.
    let blocks = max(1, layer.kernels / max(1, extent))
    let outer = shape[..<layer.kernelAxis].reduce(1, *)
    guard outer % blocks == 0 else { return nil }
    let rows = outer / blocks
    var sums = [Double](repeating: 0, count: layer.kernels)
    // A part of the weight at a time: as doubles a large one would take twice the file's memory.
    let part = max(1, 65_536 / inner)
    for first in stride(from: 0, to: outer * extent, by: part) {
      let runs = first..<min(first + part, outer * extent)
      let elements = weight.doubles(in: runs.lowerBound * inner..<runs.upperBound * inner)
      for run in runs {
        let start = (run - first) * inner
        let sum = elements[start..<start + inner].reduce(0) { $0 + term($1) }
        sums[run / extent / rows * extent + run % extent] += sum
      }
    }
    return sums
  }
}
