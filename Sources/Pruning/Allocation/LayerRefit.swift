package import Graph

/// Other weights and another bias for a layer.
package struct LayerRefit: Sendable {
  /// The layer, as it was before anything went.
  package let map: LinearMap
  /// A matrix a group, as `LinearMap.matrix(of:)` has it, of the size before anything went.
  package let matrix: [Float]
  /// The shape of the weights.
  package let shape: [Int]
  /// What is added to the layer's result, a number a kernel.
  package let shift: [Double]

  /// Weights and a bias that were found.
  package init(map: LinearMap, matrix: [Float], shape: [Int], shift: [Double]) {
    (self.map, self.matrix, self.shape, self.shift) = (map, matrix, shape, shift)
  }
}

extension Network {
  /// Gives layers other weights and biases.
  package mutating func apply(_ refits: [LayerRefit]) {
    for refit in refits {
      setWeights(of: refit.map, matrix: refit.matrix, shape: refit.shape)
      shift(refit.map, by: refit.shift)
    }
  }
}
