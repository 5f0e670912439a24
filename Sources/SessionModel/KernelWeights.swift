/// The weights of a layer's kernels.
package struct KernelWeights: Sendable, Hashable {
  /// The layer's name.
  package let layer: String
  /// The version of the structure that they belong to.
  package let structureVersion: Int
  /// The weights' shape with the kernels first `[K, C, H, W]`, or `[K, C]` of a fully connected layer.
  package let shape: [Int]
  /// The weights in C order.
  package let values: [Float]

  /// The weights of a layer.
  package init(layer: String, structureVersion: Int, shape: [Int], values: [Float]) {
    self.layer = layer
    self.structureVersion = structureVersion
    self.shape = shape
    self.values = values
  }
}
