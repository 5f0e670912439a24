/// The weights of a layer's kernels.
public struct KernelWeights: Sendable, Hashable {
  /// The layer's name.
  public let layer: String
  /// The version of the structure that they belong to.
  public let structureVersion: Int
  /// The weights' shape with the kernels first `[K, C, H, W]`, or `[K, C]` of a fully connected layer.
  public let shape: [Int]
  /// The weights in C order.
  public let values: [Float]

  /// The weights of a layer.
  package init(layer: String, structureVersion: Int, shape: [Int], values: [Float]) {
    self.layer = layer
    self.structureVersion = structureVersion
    self.shape = shape
    self.values = values
  }
}
