import Graph
import TestSupport

/// Channels put in another order, and networks that leave the size of their pictures open.
extension NetworkFixtures {
  /// The last block of a ShuffleNetV2 stage: half of the channels pass by, half are computed anew, and both are shuffled.
  static func shuffledHalves() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 12, "stem", kernel: 1)
    let parts = b.nodes(
      "Split", [stem, b.constant("sizes", Tensor([6, 6]))], ["axis": .int(1)], outputs: 2)
    let branch = b.block(b.block(parts[1], 6, 6, "b1", kernel: 1), 6, 6, "b2")
    let joined = b.nodes("Concat", [parts[0], branch], ["axis": .int(1)], outputs: 1)[0]
    b.head(b.block(b.shuffle(joined, 12, groups: 2, 5), 12, 7, "next", kernel: 1), 7)
    return b.network
  }

  /// The same shuffle in the form of PyTorch's exporter for any number of pictures of any size: its targets are computed.
  static func computedShuffle() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 3, nil, nil])
    let stem = b.block(x, 3, 8, "stem", kernel: 1)
    let size = b.node("Shape", stem)
    func extent(_ b: inout NetworkBuilder, _ axis: Int) -> ValueID {
      b.node(
        "Slice", size, b.constant("from\(axis)", Tensor([axis])), b.constant("to\(axis)", Tensor([axis + 1])))
    }
    let (batch, height, width) = (extent(&b, 0), extent(&b, 2), extent(&b, 3))
    let two = b.constant("two", Tensor([2]))
    let half = b.node("Div", extent(&b, 1), two)
    let apart = b.nodes("Concat", [batch, two, half, height, width], ["axis": .int(0)], outputs: 1)[0]
    let free = b.constant("free", Tensor([-1]))
    let together = b.nodes("Concat", [batch, free, height, width], ["axis": .int(0)], outputs: 1)[0]
    let turned = b.node(
      "Transpose", b.node("Reshape", stem, apart), attributes: ["perm": .ints([0, 2, 1, 3, 4])])
    let shuffled = b.node("Reshape", turned, together)
    b.output(b.conv(b.block(shuffled, 8, 6, "next"), 6, 2, "last"))
    return b.network
  }
}
