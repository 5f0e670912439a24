public import Graph

/// Elements of one constant that belong to an atom.
public struct WeightSlice: Sendable, Hashable {
  /// The constant.
  public let constant: ValueID
  /// The axis sliced.
  public let axis: Int
  /// The positions along the axis, ascending.
  public let indices: [Int]

  public init(constant: ValueID, axis: Int, indices: [Int]) {
    self.constant = constant
    self.axis = axis
    self.indices = indices
  }
}

/// One kernel of one layer.
public struct Kernel: Sendable, Hashable {
  /// The layer's place in `ChannelGroups.layers`.
  public let layer: Int
  /// The kernel's number in the layer.
  public let index: Int

  public init(layer: Int, index: Int) {
    self.layer = layer
    self.index = index
  }
}

/// Channels that can only go together: a connected component of channel cells.
public struct Atom: Sendable, Hashable {
  /// The group it belongs to: its place in `ChannelGroups.groups`; `nil` when it is pinned.
  public let group: Int?
  /// The kernels it takes with it.
  public let kernels: [Kernel]
  /// Every slice of a constant that it owns, consumers' input slices included.
  public let slices: [WeightSlice]
  /// Why it cannot go; `nil` where it can.
  public let pin: PinReason?
}

/// Why a channel cannot be removed.
public struct PinReason: Sendable, Hashable {
  /// A word for a column: `output`, `Softmax /head/Softmax`.
  public let label: String
  /// The operators from the layer to the one that pins, by node name.
  public let chain: [String]
  /// A sentence.
  public let sentence: String

  public init(label: String, chain: [String], sentence: String) {
    self.label = label
    self.chain = chain
    self.sentence = sentence
  }
}

/// Atoms with the same members: what is shown as a letter and moves together.
public struct ChannelGroup: Sendable, Hashable {
  /// `A`, `B`, … `Z`, `AA`; empty for a group of one layer.
  public let name: String
  /// Places of its layers in `ChannelGroups.layers`, ascending.
  public let layers: [Int]
  /// Its atoms, by number.
  public let atoms: [Int]
  /// Why removing from it changes what remains, where it does (statistics over the channels).
  public let inexact: String?
}

/// A layer with what coupling says of it.
public struct CoupledLayer: Sendable, Hashable {
  public let layer: Layer
  /// Whether at least one of its kernels can go.
  public let isPrunable: Bool
  /// Why it is not prunable.
  public let reason: PinReason?
  /// The groups that its kernels belong to.
  public let groups: [Int]
  /// The atom of each kernel.
  public let atoms: [Int]
}
