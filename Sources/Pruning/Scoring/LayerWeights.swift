package import Graph

/// The constants of one layer, as criteria read them.
package struct LayerWeights: Sendable {
  /// The layer.
  package let layer: Layer
  private let bound: BoundNetwork
  private let topology: Topology

  init(_ layer: Layer, in bound: BoundNetwork, _ topology: Topology) {
    self.layer = layer
    self.bound = bound
    self.topology = topology
  }

  private var weight: (tensor: Tensor, runs: KernelRuns)? {
    guard let tensor = bound.constant(of: layer.weight), tensor.elementType.isFloatingPoint,
      let runs = KernelRuns(layer, shape: tensor.shape)
    else { return nil }
    return (tensor, runs)
  }

  /// Σ of a function of the weights, a kernel each.
  package func kernelSums(_ term: (Double) -> Double) -> [Double]? {
    guard let (tensor, runs) = weight else { return nil }
    var sums = [Double](repeating: 0, count: layer.kernels)
    // A part of the weight at a time: as doubles a large one would take twice the file's memory.
    let part = max(1, 65_536 / runs.length)
    for first in stride(from: 0, to: runs.count, by: part) {
      let indices = first..<min(first + part, runs.count)
      let elements = tensor.doubles(in: indices.lowerBound * runs.length..<indices.upperBound * runs.length)
      for run in indices {
        let start = (run - first) * runs.length
        sums[runs.kernel(ofRun: run)] += elements[start..<start + runs.length].reduce(0) { $0 + term($1) }
      }
    }
    return sums
  }

  /// Σ over the layer's kernels of the Euclidean distance to them.
  ///
  /// - Complexity: quadratic in the kernels.
  package var distanceSums: [Double]? {
    guard let rows = kernelRows else { return nil }
    var sums = [Double](repeating: 0, count: rows.count)
    for a in rows.indices {
      for b in a + 1..<rows.endIndex {
        var squares = SIMD16<Float>(repeating: 0)
        for (x, y) in zip(rows[a], rows[b]) { squares += (x - y) * (x - y) }
        let distance = Double(squares.sum()).squareRoot()
        sums[a] += distance
        sums[b] += distance
      }
    }
    return sums
  }

  /// The weights of each kernel, filled up with zeros.
  private var kernelRows: [[SIMD16<Float>]]? {
    guard let (tensor, runs) = weight else { return nil }
    let elements = tensor.floats
    let perKernel = runs.count / layer.kernels * runs.length
    var rows = [[SIMD16<Float>]](
      repeating: [SIMD16<Float>](repeating: .zero, count: (perKernel + 15) / 16), count: layer.kernels)
    var filled = [Int](repeating: 0, count: layer.kernels)
    for run in 0..<runs.count {
      let kernel = runs.kernel(ofRun: run)
      for index in run * runs.length..<(run + 1) * runs.length {
        rows[kernel][filled[kernel] / 16][filled[kernel] % 16] = elements[index]
        filled[kernel] += 1
      }
    }
    return rows
  }

  /// γ of the normalization that alone reads the layer's output, one a kernel; `nil` where there is none.
  package var normalizationScales: [Double]? {
    guard let index = ScorePoint.normalization(behind: layer, in: bound, topology),
      let scale = bound.table.input(.scale, of: bound.network.nodes[index]),
      let tensor = bound.constant(of: scale), tensor.elementCount == layer.kernels
    else { return nil }
    return tensor.doubles
  }
}
