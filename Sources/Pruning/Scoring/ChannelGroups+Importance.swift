import Graph

extension ChannelGroups {
  /// By unit: the mean over its slices of the sum of their squared weights, Fang et al. 2023's group importance with p = 2.
  ///
  /// Slices are those of matrices and filters, of kernels and of what reads them, and of the scales of normalizations;
  /// biases and running statistics say nothing of importance.
  func weightImportances(in bound: BoundNetwork) -> [Double] {
    var scales: Set<ValueID> = []
    for node in bound.network.nodes {
      if let scale = bound.table.input(.scale, of: node) { scales.insert(scale) }
    }
    /// By constant and axis: the sum of squares at each position.
    var squares: [ValueID: [Int: [Double]]] = [:]
    var sums = [Double](repeating: 0, count: units.count)
    var counts = [Int](repeating: 0, count: units.count)
    for (unit, slices) in weightSlices().enumerated() {
      for slice in slices {
        if squares[slice.constant]?[slice.axis] == nil {
          guard let tensor = bound.constant(of: slice.constant), tensor.elementType.isFloatingPoint,
            tensor.shape.count > 1 || scales.contains(slice.constant)
          else { continue }
          squares[slice.constant, default: [:]][slice.axis] = tensor.squareSums(along: slice.axis)
        }
        guard let found = squares[slice.constant]?[slice.axis] else { continue }
        for index in slice.indices { sums[unit] += found[index] }
        counts[unit] += 1
      }
    }
    return zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : 0 }
  }
}

extension Tensor {
  /// The sum of the squares at each position along an axis.
  fileprivate func squareSums(along axis: Int) -> [Double] {
    let extent = shape[axis]
    let inner = shape[(axis + 1)...].elementCount
    var sums = [Double](repeating: 0, count: extent)
    let elements = floats
    guard inner > 0 else { return sums }
    for block in 0..<elements.count / inner {
      var sum = 0.0
      for index in block * inner..<(block + 1) * inner { sum += Double(elements[index] * elements[index]) }
      sums[block % extent] += sum
    }
    return sums
  }
}
