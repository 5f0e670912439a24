import Graph
import TestSupport

/// What PyTorch's exporters make of transformers and of networks without batch normalization.
extension NetworkFixtures {
  /// A standardised weight whose input channels can go: their mean and deviation must not move.
  static func standardizedInside() -> Network {
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
    let weight = b.node("Mul", b.standardized("next", [6, 8, 3, 3]), b.constant("next.gain", [6, 1, 1, 1]))
    let y = b.node("Conv", stem, weight, attributes: ["pads": .ints([1, 1, 1, 1])])
    b.head(b.node("Relu", y), 6)
    return b.network
  }

  /// The same as a batch normalization of the weight, laid out as one example; the second result goes nowhere.
  static func batchStandardizedWeight() -> Network {
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
    let shape = b.node("Identity", b.constant("shape", Tensor([6, 8, 3, 3])))
    let flat = b.constant("next.weight", [1, 6, 72])
    let zeros = b.node("ReduceMean", flat, attributes: ["axes": .ints([0, 2]), "keepdims": .int(0)])
    let ones = b.constant("ones", [6], from: 1, to: 1)
    let standard = b.nodes(
      "BatchNormalization",
      [flat, b.constant("next.gain", [6]), b.constant("none", [6], from: 0, to: 0), zeros, ones],
      ["training_mode": .int(1), "epsilon": .float(1e-6)], outputs: 3)[0]
    let y = b.node(
      "Conv", stem, b.node("Reshape", standard, shape), attributes: ["pads": .ints([1, 1, 1, 1])])
    b.head(b.node("Relu", y), 6)
    return b.network
  }

  /// A ConvNeXt block: channels last, normalised over, widened, narrowed, scaled and added.
  static func layerNormalization() -> Network {
    var b = NetworkBuilder()
    let stem = b.conv(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
    let turned = b.node("Transpose", stem, attributes: ["perm": .ints([0, 2, 3, 1])])
    let normal = b.node(
      "LayerNormalization", turned, b.constant("norm.scale", [8]), b.constant("norm.shift", [8]))
    let wide = b.node("Relu", b.node("MatMul", normal, b.constant("wide.weight", [8, 12])))
    let narrow = b.node("MatMul", wide, b.constant("narrow.weight", [12, 8]))
    let scaled = b.node("Mul", narrow, b.constant("layer_scale", [8]))
    let back = b.node("Transpose", scaled, attributes: ["perm": .ints([0, 3, 1, 2])])
    b.head(b.node("Add", stem, back), 8)
    return b.network
  }

  /// A gate from the mean over the channels.
  static func meanOverChannels() -> Network {
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
    let mean = b.node("ReduceMean", stem, attributes: ["axes": .ints([1])])
    b.head(b.node("Mul", stem, b.node("Sigmoid", b.conv(mean, 1, 1, "gate"))), 8)
    return b.network
  }

  /// A learned token before the others, spread over as many examples as there are.
  static func classToken(batch: Int? = 1) -> Network {
    var b = NetworkBuilder()
    let x = b.node("MatMul", b.input("x", [batch, 5, 6]), b.constant("embed.weight", [6, 8]))
    let first = b.constant("first", Tensor([0] as [Int]))
    let examples = b.node("Gather", b.node("Shape", x), first, attributes: ["axis": .int(0)])
    let rest = b.constant("rest", Tensor([1, 1]))
    let target = b.node("Concat", examples, rest, attributes: ["axis": .int(0)])
    let token = b.node("Expand", b.constant("token", [1, 1, 8]), target)
    let all = b.node("Concat", token, x, attributes: ["axis": .int(1)])
    let sum = b.node("Add", all, b.constant("positions", [1, 6, 8]))
    let mixed = b.node("Relu", b.node("MatMul", sum, b.constant("mix.weight", [8, 7])))
    let taken = b.node(
      "Gather", mixed, b.constant("zeroth", Tensor([0] as [Int], shape: [])), attributes: ["axis": .int(1)])
    b.output(b.gemm(taken, 7, 3, "classes"))
    return b.network
  }

  /// Windows folded into the batch, three kinds of channels unpacked with the batch in the second place.
  static func windows(batch: Int? = 1) -> Network {
    var b = NetworkBuilder()
    let x = b.node("MatMul", b.input("x", [batch, 4, 6]), b.constant("embed.weight", [6, 8]))
    let turned = b.node("Transpose", x, attributes: ["perm": .ints([1, 0, 2])])
    let packed = b.node("MatMul", turned, b.constant("packed.weight", [8, 24]))
    let size = b.node("Shape", packed)
    func part(_ b: inout NetworkBuilder, _ first: Int, _ last: Int) -> ValueID {
      b.node(
        "Slice", size, b.constant("from\(first)", Tensor([first])), b.constant("to\(last)", Tensor([last])))
    }
    let width = b.node(
      "Div", part(&b, 2, 3), b.constant("three", Tensor([3])))
    let target = b.node(
      "Concat", part(&b, 0, 2), b.constant("kinds", Tensor([3])), width, attributes: ["axis": .int(0)])
    let kinds = b.node("Reshape", packed, target)
    let sum = b.node("ReduceSum", kinds, b.constant("axis", Tensor([2])), attributes: ["keepdims": .int(0)])
    let halves = b.node("Reshape", sum, b.constant("halves", Tensor([2, 2, -1, 8])))
    let out = b.node("MatMul", halves, b.constant("out.weight", [8, 3]))
    b.output(b.node("Transpose", out, attributes: ["perm": .ints([2, 0, 1, 3])]))
    return b.network
  }

  /// A bias of which the graph sets a part to zero.
  static func assembledBias() -> Network {
    var b = NetworkBuilder()
    let stem = b.block(b.input("x", [1, 3, 4, 4]), 3, 8, "stem")
    let indices = b.constant("places", Tensor([2, 3] as [Int], shape: [2, 1]))
    let zeros = b.constant("zeros", [2], from: 0, to: 0)
    let bias = b.node("ScatterND", b.constant("next.bias", [6]), indices, zeros)
    let row = b.node("Reshape", bias, b.constant("row", Tensor([1, 6, 1, 1])))
    let y = b.node("Conv", stem, b.constant("next.weight", [6, 8, 1, 1]))
    b.head(b.node("Relu", b.node("Add", y, row)), 6)
    return b.network
  }

  /// A transposed convolution `up` in two groups.
  static func transposedHalves() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 2, 2, 2])
    // [C = 4, K/groups = 2, 1, 1] in two groups: kernels 0, 1 from rows 0, 1; kernels 2, 3 from rows 2, 3.
    let wide = b.conv(x, 2, 4, "in", kernel: 1)
    let weight = b.constant(
      "up.weight", Tensor([1, -2, 3, 4, 5, 6, 7, -8].map(Float.init), shape: [4, 2, 1, 1]))
    let up = b.node("ConvTranspose", wide, weight, attributes: ["group": .int(2)])
    b.output(b.conv(up, 4, 2, "out"))
    return b.network
  }
}
