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
    var place = 0
    let elements = weight.doubles
    for row in 0..<outer {
      for index in 0..<extent {
        var sum = 0.0
        for _ in 0..<inner {
          sum += term(elements[place])
          place += 1
        }
        sums[row / rows * extent + index] += sum
      }
    }
    return sums
  }
}
