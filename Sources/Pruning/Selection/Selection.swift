/// What is to be removed: atoms, and what that means for each layer.
public struct Selection: Sendable, Hashable {
  /// Numbers of the atoms that go, ascending.
  public let removedAtoms: [Int]
  /// By layer (in the order of `ChannelGroups.layers`): kernels that stay, ascending.
  public let keptKernels: [[Int]]
  /// By layer: kernels that were asked to go; differs from what goes where a floor, a pin or a tie decides.
  public let asked: [Int]

  /// A selection as it was decided.
  public init(removedAtoms: [Int], keptKernels: [[Int]], asked: [Int]) {
    self.removedAtoms = removedAtoms
    self.keptKernels = keptKernels
    self.asked = asked
  }
}

/// Before and after of one quantity.
public struct Change<Quantity: Sendable & Hashable>: Sendable, Hashable {
  public let before: Quantity
  public let after: Quantity

  public init(_ before: Quantity, _ after: Quantity) {
    self.before = before
    self.after = after
  }
}

/// What a selection would make of a network, computed from counts alone: exact, and fast enough for every
/// key press.
public struct Preview: Sendable, Hashable {
  /// One layer's quantities before and after.
  public struct Layer: Sendable, Hashable {
    public let kernels: Change<Int>
    public let parameters: Change<Int>
    /// For one example.
    public let multiplyAccumulates: Change<Int>
    public let weightShape: Change<[Int]>
    public let outputShape: Change<[Int]>
  }

  /// A tensor whose shape changes.
  public struct Tensor: Sendable, Hashable {
    /// The value's name in the file.
    public let name: String
    /// What it is: `weight`, `activation` …
    public let role: String
    public let shape: Change<[Int]>
  }

  /// In the order of `ChannelGroups.layers`.
  public let layers: [Layer]
  /// Every tensor whose shape changes, in the order of the graph.
  public let tensors: [Tensor]
  /// Learnable elements of the network.
  public let parameters: Change<Int>
  /// For one example.
  public let multiplyAccumulates: Change<Int>
  /// Bytes of all constants.
  public let bytes: Change<Int>
}
