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

  /// EfficientViT's attention over two scales, linear in the positions: two heads of eight a scale; the second scale's
  /// queries, keys and values come from those of the first by a convolution in a group for each.
  static func linearAttention() -> Network {
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [1, 3, 3, 3]), 3, 5, "stem")
    let first = b.conv(stem, 5, 48, "qkv", kernel: 1)
    let second = b.conv(
      b.conv(first, 48, 48, "depthwise", groups: 48), 48, 48, "pointwise", kernel: 1, groups: 6)
    let scales = b.nodes("Concat", [first, second], ["axis": .int(1)], outputs: 1)[0]
    let heads = b.node("Reshape", scales, b.constant("heads", Tensor([0, 4, 24, 9])))
    let turn: [String: Attribute] = ["perm": .ints([0, 1, 3, 2])]
    let parts = b.nodes(
      "Split", [b.node("Transpose", heads, attributes: turn), b.constant("parts", Tensor([8, 8, 8]))],
      ["axis": .int(-1)], outputs: 3)
    let (q, k) = (b.node("Relu", parts[0]), b.node("Relu", parts[1]))
    let one = b.constant("one", Tensor([Float(1)], shape: []))
    let v = b.node("Pad", parts[2], b.constant("pads", Tensor([0, 0, 0, 0, 0, 0, 0, 1])), one)
    let sums = b.node("MatMul", q, b.node("MatMul", b.node("Transpose", k, attributes: turn), v))
    func slice(_ b: inout NetworkBuilder, _ name: String, _ from: Int, _ to: Int) -> ValueID {
      b.node(
        "Slice", sums, b.constant("\(name).from", Tensor([from])), b.constant("\(name).to", Tensor([to])),
        b.constant("\(name).axis", Tensor([3])))
    }
    let epsilon = b.constant("epsilon", Tensor([Float(0.1)], shape: []))
    let total = b.node("Add", slice(&b, "total", 8, 9), epsilon)
    let mixed = b.node("Transpose", b.node("Div", slice(&b, "part", 0, 8), total), attributes: turn)
    let back = b.node("Reshape", mixed, b.constant("back", Tensor([0, 32, 3, 3])))
    b.head(b.node("Add", stem, b.conv(back, 32, 5, "project", kernel: 1)), 5)
    return b.network
  }

  /// ONNX's own operator over blocks of channels, with a scale and a shift for each channel, or for each block before
  /// opset 21.
  static func normalizedGroups(_ groups: Int, opset: Int = 21) -> Network {
    var b = NetworkBuilder(opset: opset)
    let stem = b.conv(b.input("x", [1, 3, 4, 4]), 3, 12, "stem")
    let parameters = opset < 21 ? groups : 12
    let normal = b.node(
      "GroupNormalization", stem, b.constant("scale", [parameters]), b.constant("shift", [parameters]),
      attributes: ["num_groups": .int(groups)])
    let next = b.conv(b.node("Relu", normal), 12, 12, "next")
    b.head(b.node("Relu", b.node("Add", stem, next)), 12)
    return b.network
  }

  /// Blocks of channels with statistics of their own over places that a layer makes, so that of both some can go.
  static func normalizedPlaces() -> Network {
    var b = NetworkBuilder(opset: 21)
    let stem = b.conv(b.input("x", [1, 3, 4, 4]), 3, 12, "stem")
    let rows = b.node("Reshape", stem, b.constant("rows", Tensor([1, 12, 16])))
    let indices = b.node("MatMul", rows, b.constant("places.weight", [16, 10]))
    let normal = b.node(
      "GroupNormalization", indices, b.constant("scale", [12]), b.constant("shift", [12]),
      attributes: ["num_groups": .int(4)])
    let back = b.node("MatMul", b.node("Relu", normal), b.constant("back.weight", [10, 16]))
    b.head(b.node("Reshape", back, b.constant("space", Tensor([1, 12, 4, 4]))), 12)
    return b.network
  }

  /// A table of factors that is added to itself, so that one node reads it twice.
  static func doubledTable() -> Network {
    var b = NetworkBuilder(opset: 6)
    let stem = b.conv(b.input("x", [2, 3, 4, 4]), 3, 12, "stem")
    let table = b.constant("table", [2, 12])
    let doubled = b.node("Add", table, table)
    let scaled = b.node("Mul", stem, doubled, attributes: ["axis": .int(0), "broadcast": .int(1)])
    b.head(scaled, 12)
    return b.network
  }

  /// One extent of a value, computed.
  static func extent(_ b: inout NetworkBuilder, of x: ValueID, _ axis: Int) -> ValueID {
    let from = b.constant("from\(axis)", Tensor([axis]))
    return b.node("Slice", b.node("Shape", x), from, b.constant("to\(axis)", Tensor([axis + 1])))
  }

  static func joined(_ b: inout NetworkBuilder, _ parts: [ValueID]) -> ValueID {
    b.nodes("Concat", parts, ["axis": .int(0)], outputs: 1)[0]
  }

  /// `view`, `permute`, `reshape` in place of PixelShuffle, for any number of pictures of any size: the number of
  /// channels is written down, the rest computed.
  static func openPixelShuffle() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 3, nil, nil])
    let wide = b.node("Relu", b.conv(b.block(x, 3, 6, "stem"), 6, 20, "wide"))
    let (n, h, w) = (extent(&b, of: wide, 0), extent(&b, of: wide, 2), extent(&b, of: wide, 3))
    let (five, two) = (b.constant("five", Tensor([5])), b.constant("two", Tensor([2])))
    let apart = b.node("Reshape", wide, joined(&b, [n, five, two, two, h, w]))
    let turned = b.node("Transpose", apart, attributes: ["perm": .ints([0, 1, 4, 2, 5, 3])])
    let target = joined(&b, [n, five, b.node("Mul", h, two), b.node("Mul", w, two)])
    b.output(b.conv(b.node("Relu", b.node("Reshape", turned, target)), 5, 2, "last"))
    return b.network
  }

  /// Features brought to the size of a skip, a gate spread over the picture, positions as rows: all with the number of
  /// channels written down beside computed sizes.
  static func openSizes() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 3, nil, nil])
    let skip = b.block(x, 3, 6, "skip")
    let (n, h, w) = (extent(&b, of: skip, 0), extent(&b, of: skip, 2), extent(&b, of: skip, 3))
    let pooled = b.node(
      "MaxPool", skip, attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    let deep = b.block(pooled, 6, 8, "deep")
    let large = b.node(
      "Resize", deep, nil, nil, joined(&b, [n, b.constant("eight", Tensor([8])), h, w]),
      attributes: [
        "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
        "nearest_mode": .string("floor"),
      ])
    let both = b.nodes("Concat", [skip, large], ["axis": .int(1)], outputs: 1)[0]
    let merged = b.block(both, 14, 10, "merge", kernel: 1)
    let ten = b.constant("ten", Tensor([10]))
    let gate = b.node("Sigmoid", b.conv(b.node("GlobalAveragePool", merged), 10, 10, "gate", kernel: 1))
    let gated = b.node("Mul", merged, b.node("Expand", gate, joined(&b, [n, ten, h, w])))
    let rows = b.node("Reshape", gated, joined(&b, [n, ten, b.node("Mul", h, w)]))
    let turned = b.node("Transpose", rows, attributes: ["perm": .ints([0, 2, 1])])
    let mixed = b.node("Relu", b.node("MatMul", turned, b.constant("mix.weight", [10, 9])))
    let back = b.node("Transpose", mixed, attributes: ["perm": .ints([0, 2, 1])])
    let picture = b.node("Reshape", back, joined(&b, [n, b.constant("nine", Tensor([9])), h, w]))
    b.output(b.conv(picture, 9, 2, "last"))
    return b.network
  }

  /// Some channels without the first row, to the end of pictures of any height.
  static func openSlice() -> Network {
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [nil, 3, nil, nil]), 3, 9, "stem")
    let ends = b.constant("to", Tensor([8, Int(Int32.max)]))
    let part = b.node(
      "Slice", stem, b.constant("from", Tensor([2, 1])), ends, b.constant("axes", Tensor([1, 2])))
    b.output(b.conv(b.node("Relu", part), 6, 2, "last"))
    return b.network
  }

  /// A shuffle that folds half of the channels into the batch and hands its two rows out one by one.
  static func partedShuffle(batch: Int? = 1) -> Network {
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [batch, 3, 5, 5]), 3, 12, "stem")
    let pairs = b.node("Reshape", stem, b.constant("pairs", Tensor([-1, 2, 25])))
    let turned = b.node("Transpose", pairs, attributes: ["perm": .ints([1, 0, 2])])
    let rows = b.node("Reshape", turned, b.constant("rows", Tensor([2, -1, 6, 5, 5])))
    let halves = (0..<2).map { half in
      b.node(
        "Gather", rows, b.constant("half\(half)", Tensor([half], shape: [])), attributes: ["axis": .int(0)])
    }
    let branch = b.block(halves[1], 6, 7, "branch")
    b.head(b.nodes("Concat", [halves[0], branch], ["axis": .int(1)], outputs: 1)[0], 13)
    return b.network
  }
}
