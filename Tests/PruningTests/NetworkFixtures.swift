import Graph
import TestSupport

/// Small networks, each with one thing that pruners get wrong.
enum NetworkFixtures {
  /// Every fixture by name, for tests over all of them.
  static var all: [(name: String, network: Network)] {
    [
      ("plain", plain()), ("residual", residual()), ("bottleneck", bottleneck()), ("dense", dense()),
      ("squeeze", squeeze()), ("mobile", mobile()), ("mobile, folded", mobile(foldsNormalization: true)),
      ("grouped", grouped()), ("shuffle", shuffle()), ("chunk", chunk()), ("split", split()),
      ("slice", strided()), ("upsampler", upsampler()), ("transposed", transposed()),
      ("grouped transposed", transposed(groups: 2)), ("excitation", excitation()), ("slope", slope()),
      ("shared biases", sharedBiases()), ("shared weights", sharedWeights()), ("padded", padded()),
      ("computed flatten", computedFlatten()), ("channels last", channelsLast()),
      ("group normalization", groupNormalization()), ("reshaped weight", reshapedWeight()),
      ("attention", attention()), ("gather", gathered()), ("expand", expanded()),
      ("standardised weight", standardizedWeight()), ("quantized", quantized()),
      ("branches", branches()), ("standardised inside", standardizedInside()),
      ("batch-standardised weight", batchStandardizedWeight()),
      ("layer normalization", layerNormalization()), ("mean over channels", meanOverChannels()),
      ("class token", classToken()), ("windows", windows()), ("shuffled halves", shuffledHalves()),
      ("linear attention", linearAttention()),
      ("normalized groups", normalizedGroups(4)), ("normalized wide groups", normalizedGroups(2)),
      ("normalized groups, opset 18", normalizedGroups(4, opset: 18)),
      ("normalized wide groups, opset 18", normalizedGroups(2, opset: 18)),
      ("normalized channels", normalizedGroups(12)), ("normalized places", normalizedPlaces()),
      ("doubled table", doubledTable()),
    ]
  }

  /// Conv–BN–Relu twice, pooling, Flatten over space, Gemm.
  static func plain() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 8, 8])
    let first = b.block(x, 3, 8, "c1")
    let second = b.block(first, 8, 6, "c2")
    let pooled = b.node(
      "MaxPool", second, attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    let flat = b.node("Flatten", pooled)
    b.output(b.gemm(flat, 6 * 16, 5, "fc"))
    return b.network
  }

  static func residual() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 6, 6])
    let stem = b.block(x, 3, 8, "stem")
    let inner = b.block(stem, 8, 5, "inner")
    let outer = b.conv(inner, 5, 8, "outer")
    let sum = b.node("Relu", b.node("Add", stem, outer))
    let shortcut = b.conv(sum, 8, 12, "shortcut", kernel: 1)
    let branch = b.conv(b.block(sum, 8, 7, "b1"), 7, 12, "b2")
    let joined = b.node("Relu", b.node("Add", branch, shortcut))
    b.head(joined, 12)
    return b.network
  }

  static func bottleneck() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [2, 3, 5, 5])
    var y = b.block(x, 3, 12, "stem")
    for number in 0..<3 {
      let a = b.block(y, 12, 4, "a\(number)", kernel: 1)
      let c = b.block(a, 4, 4, "b\(number)")
      y = b.node("Relu", b.node("Add", b.conv(c, 4, 12, "c\(number)", kernel: 1), y))
    }
    b.head(y, 12)
    return b.network
  }

  static func dense() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    var y = b.conv(x, 3, 6, "stem")
    var channels = 6
    for number in 0..<3 {
      let normal = b.node("Relu", b.norm(y, channels, "n\(number)"))
      let grown = b.conv(normal, channels, 4, "g\(number)")
      y = b.nodes("Concat", [y, grown], ["axis": .int(1)], outputs: 1)[0]
      channels += 4
    }
    b.head(b.node("Relu", b.norm(y, channels, "last")), channels)
    return b.network
  }

  static func squeeze() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let squeezed = b.node("Relu", b.conv(x, 3, 4, "squeeze", kernel: 1))
    let left = b.node("Relu", b.conv(squeezed, 4, 6, "e1", kernel: 1))
    let right = b.node("Relu", b.conv(squeezed, 4, 6, "e3"))
    let joined = b.nodes("Concat", [left, right], ["axis": .int(1)], outputs: 1)[0]
    let classes = b.conv(joined, 12, 5, "classes", kernel: 1)
    b.output(b.node("Flatten", b.node("GlobalAveragePool", classes)))
    return b.network
  }

  static func mobile(foldsNormalization: Bool = false) -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 6, 6])
    func act(_ b: inout NetworkBuilder, _ value: ValueID, _ channels: Int, _ name: String) -> ValueID {
      let normal = foldsNormalization ? value : b.norm(value, channels, name)
      let low = b.constant("\(name).low", Tensor([Float(0)], shape: []))
      let high = b.constant("\(name).high", Tensor([Float(6)], shape: []))
      return b.node("Clip", normal, low, high)
    }
    let stem = act(&b, b.conv(x, 3, 6, "stem"), 6, "stem")
    let wide = act(&b, b.conv(stem, 6, 10, "expand", kernel: 1), 10, "expand")
    let deep = act(&b, b.conv(wide, 10, 10, "depthwise", groups: 10), 10, "depthwise")
    let narrow = b.conv(deep, 10, 6, "project", kernel: 1)
    b.head(b.node("Add", stem, narrow), 6)
    return b.network
  }

  static func grouped() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let wide = b.block(x, 3, 12, "in")
    let many = b.node("Relu", b.conv(wide, 12, 12, "many", groups: 6))
    let few = b.node("Relu", b.conv(many, 12, 16, "few", groups: 2))
    b.head(few, 16)
    return b.network
  }

  /// A ShuffleNet unit: split, depthwise, concat, channel shuffle, and a split behind it.
  static func shuffle() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 12, "stem", kernel: 1)
    let mixed = b.shuffle(stem, 12, groups: 2, 5)
    let grouped = b.node("Relu", b.conv(mixed, 12, 12, "grouped", kernel: 1, groups: 2))
    let again = b.shuffle(grouped, 12, groups: 3, 5)
    let deep = b.conv(again, 12, 12, "depthwise", groups: 12)
    b.head(deep, 12)
    return b.network
  }

  /// `torch.chunk` as the legacy exporter writes it: split points computed from the shape.
  static func chunk() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 10, "stem")
    let axis = b.constant("axis", Tensor([1]))
    let extents = b.node("Shape", stem)
    let channels = b.node(
      "Gather", extents, b.constant("one", Tensor([1], shape: [])), attributes: ["axis": .int(0)])
    let half = b.node("Div", channels, b.constant("two", Tensor([2], shape: [])))
    let zero = b.constant("zero", Tensor([0]))
    let middle = b.node("Unsqueeze", half, zero)
    let end = b.node("Mul", middle, b.constant("twice", Tensor([2])))
    let left = b.node("Slice", stem, zero, middle, axis)
    let right = b.node("Slice", stem, middle, end, axis)
    let first = b.block(left, 5, 4, "left")
    let second = b.block(right, 5, 4, "right")
    b.head(b.node("Add", first, second), 4)
    return b.network
  }

  static func split() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 9, "stem")
    let sizes = b.constant("sizes", Tensor([2, 3, 4]))
    let parts = b.nodes("Split", [stem, sizes], ["axis": .int(1)], outputs: 3)
    let gated = b.node("Mul", b.conv(parts[0], 2, 3, "a"), b.node("Sigmoid", parts[1]))
    let joined = b.nodes("Concat", [gated, parts[2], stem], ["axis": .int(1)], outputs: 1)[0]
    b.head(joined, 16)
    return b.network
  }

  /// Every other channel, backwards: what is left of it is no longer regular.
  static func strided() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 12, "stem")
    let taken = b.node(
      "Slice", stem, b.constant("from", Tensor([11, 1])), b.constant("to", Tensor([0, 5])),
      b.constant("axes", Tensor([1, 2])), b.constant("steps", Tensor([-2, 1])))
    b.head(b.node("Add", b.block(stem, 12, 6, "down"), b.node("Identity", b.pad(taken))), 6)
    return b.network
  }

  static func upsampler() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 1, 4, 4])
    let first = b.node("Relu", b.conv(x, 1, 6, "c1"))
    let second = b.node("Relu", b.conv(first, 6, 12, "c2"))
    let large = b.node("DepthToSpace", second, attributes: ["blocksize": .int(2), "mode": .string("CRD")])
    let third = b.node("Relu", b.conv(large, 3, 8, "c3"))
    let larger = b.node("DepthToSpace", third, attributes: ["blocksize": .int(2)])
    b.output(b.conv(larger, 2, 1, "c4"))
    return b.network
  }

  static func transposed(groups: Int = 1) -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 2, 4, 4])
    let first = b.block(x, 2, 8, "c1")
    let weight = b.constant("up.weight", [8, 6 / groups, 2, 2])
    let bias = b.constant("up.bias", [6])
    let up = b.node(
      "ConvTranspose", first, weight, bias, attributes: ["strides": .ints([2, 2]), "group": .int(groups)])
    b.output(b.conv(b.node("Relu", b.norm(up, 6, "n")), 6, 2, "last"))
    return b.network
  }

  static func excitation() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 8, "stem")
    let pooled = b.node("GlobalAveragePool", stem)
    let small = b.node("Relu", b.conv(pooled, 8, 4, "reduce", kernel: 1))
    let gate = b.node("Sigmoid", b.conv(small, 4, 8, "expand", kernel: 1))
    b.head(b.node("Mul", stem, gate), 8)
    return b.network
  }

  static func slope() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let shared = b.constant("slope", [6, 1, 1])
    let first = b.node("PRelu", b.conv(x, 3, 6, "c1"), shared)
    let second = b.node("PRelu", b.conv(first, 6, 6, "c2"), shared)
    let scaled = b.node("Mul", second, b.constant("layer.scale", [6, 1, 1]))
    b.head(scaled, 6)
    return b.network
  }

  /// What torch's legacy exporter makes of equal biases: one initializer behind `Identity`.
  static func sharedBiases() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let bias = b.constant("shared.bias", [6])
    let alias = b.node("Identity", bias)
    let other = b.node("Identity", bias)
    let first = b.node("Relu", b.conv(x, 3, 6, "c1", bias: bias))
    let second = b.node("Relu", b.conv(first, 6, 6, "c2", bias: alias))
    let third = b.node("Relu", b.conv(second, 6, 6, "c3", bias: alias))
    let mean = b.node("Identity", alias)
    let normal = b.nodes(
      "BatchNormalization", [third, other, other, mean, b.constant("v", [6], from: 0.5, to: 2)], outputs: 1)[
        0]
    b.head(normal, 6)
    return b.network
  }

  /// A weight read by two convolutions, once behind `Identity`.
  static func sharedWeights() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let weight = b.constant("shared.weight", [6, 6, 3, 3])
    let stem = b.block(x, 3, 6, "stem")
    let pads: [String: Attribute] = ["pads": .ints([1, 1, 1, 1])]
    let first = b.node("Relu", b.node("Conv", stem, weight, attributes: pads))
    let second = b.node("Relu", b.node("Conv", first, b.node("Identity", weight), attributes: pads))
    let other = b.block(second, 6, 4, "free")
    b.head(other, 4)
    return b.network
  }

  /// The shortcut of a small ResNet: channels added as zeros.
  static func padded() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 5, 5])
    let stem = b.block(x, 3, 4, "stem")
    let pads = b.constant("pads", Tensor([0, 2, 0, 0, 0, 2, 0, 0]))
    let wide = b.node("Pad", stem, pads)
    b.head(b.node("Relu", b.node("Add", wide, b.block(stem, 4, 8, "wide"))), 8)
    return b.network
  }

  /// `view(size(0), -1)` with the extents computed, and one with the features written down.
  static func computedFlatten() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [nil, 3, 4, 4])
    let stem = b.block(x, 3, 6, "stem")
    let batch = b.node(
      "Gather", b.node("Shape", stem), b.constant("zero", Tensor([0], shape: [])),
      attributes: ["axis": .int(0)])
    let axes = b.constant("axes", Tensor([0]))
    let target = b.nodes(
      "Concat", [b.node("Unsqueeze", batch, axes), b.constant("rest", Tensor([96]))], ["axis": .int(0)],
      outputs: 1)[0]
    let first = b.gemm(b.node("Reshape", stem, target), 96, 7, "fc1")
    let second = b.node("Reshape", stem, b.constant("fixed", Tensor([1, 96])))
    b.output(b.gemm(b.node("Add", first, b.gemm(second, 96, 7, "fc2")), 7, 3, "fc3"))
    return b.network
  }

  /// A Keras export: transposes around, features flattened channels last.
  static func channelsLast() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 4, 4, 3])
    let y = b.node("Transpose", x, attributes: ["perm": .ints([0, 3, 1, 2])])
    let stem = b.block(y, 3, 6, "stem")
    let back = b.node("Transpose", stem, attributes: ["perm": .ints([0, 2, 3, 1])])
    let flat = b.node("Reshape", back, b.constant("flat", Tensor([-1, 96])))
    let scaled = b.node("MatMul", flat, b.constant("dense.weight", [96, 5]))
    b.output(b.node("MatMul", scaled, b.constant("last.weight", [5, 3])))
    return b.network
  }

  /// `GroupNorm` as exported: a reshape, an instance normalization, a reshape back, scale and shift.
  static func groupNormalization() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let stem = b.conv(x, 3, 12, "stem")
    let rows = b.node("Reshape", stem, b.constant("rows", Tensor([0, 4, -1])))
    let ones = b.constant("ones", Tensor([Float](repeating: 1, count: 4), shape: [4]))
    let zeros = b.constant("zeros", Tensor([Float](repeating: 0, count: 4), shape: [4]))
    let normal = b.node("InstanceNormalization", rows, ones, zeros)
    let back = b.node("Reshape", normal, b.node("Shape", stem))
    let scaled = b.node("Mul", back, b.constant("gamma", [12, 1, 1]))
    let shifted = b.node("Add", scaled, b.constant("beta", [12, 1, 1]))
    b.head(b.node("Relu", shifted), 12)
    return b.network
  }

  /// A convolution whose weight is computed from an initializer of another shape.
  /// A weight that the graph itself brings to mean 0 and variance 1, a kernel at a time.
  static func standardizedWeight() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let weight = b.standardized("stem", [8, 3, 3, 3])
    let y = b.node(
      "Conv", x, weight, b.constant("stem.bias", [8]), attributes: ["pads": .ints([1, 1, 1, 1])])
    b.head(b.node("Relu", b.conv(b.node("Relu", y), 8, 6, "next")), 6)
    return b.network
  }

  static func reshapedWeight() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let stem = b.block(x, 3, 6, "stem")
    let flat = b.constant("flat.weight", [8, 6 * 9])
    let weight = b.node("Reshape", flat, b.constant("shape", Tensor([8, 6, 3, 3])))
    let scaled = b.node("Mul", weight, b.constant("gain", [8, 1, 1, 1]))
    let y = b.node("Conv", stem, scaled, attributes: ["pads": .ints([1, 1, 1, 1])])
    b.head(b.node("Relu", y), 8)
    return b.network
  }

  /// Self-attention with two heads of four, the scale computed from the shape.
  static func attention() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 5, 6])
    let embedded = b.node("MatMul", x, b.constant("embed.weight", [6, 8]))
    func heads(_ b: inout NetworkBuilder, _ name: String, _ order: [Int]) -> ValueID {
      let flat = b.node(
        "Add", b.node("MatMul", embedded, b.constant("\(name).weight", [8, 8])),
        b.constant("\(name).bias", [8]))
      let split = b.node("Reshape", flat, b.constant("\(name).heads", Tensor([1, 5, 2, 4])))
      return b.node("Transpose", split, attributes: ["perm": .ints(order)])
    }
    let q = heads(&b, "q", [0, 2, 1, 3])
    let k = heads(&b, "k", [0, 2, 3, 1])
    let v = heads(&b, "v", [0, 2, 1, 3])
    let size = b.node(
      "Gather", b.node("Shape", q), b.constant("last", Tensor([3], shape: [])), attributes: ["axis": .int(0)])
    let scale = b.node("Sqrt", b.node("Cast", size, attributes: ["to": .int(1)]))
    let scores = b.node("Div", b.node("MatMul", q, k), scale)
    let weights = b.node("Softmax", scores, attributes: ["axis": .int(-1)])
    let mixed = b.node("Transpose", b.node("MatMul", weights, v), attributes: ["perm": .ints([0, 2, 1, 3])])
    let joined = b.node("Reshape", mixed, b.constant("joined", Tensor([1, 5, 8])))
    let projected = b.node("MatMul", joined, b.constant("out.weight", [8, 8]))
    let sum = b.node("Add", embedded, projected)
    b.output(b.node("MatMul", sum, b.constant("classes.weight", [8, 3])))
    return b.network
  }

  static func gathered() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let stem = b.block(x, 3, 8, "stem")
    let order = b.constant("order", Tensor([7, 0, 3, 3, -2]))
    let taken = b.node("Gather", stem, order, attributes: ["axis": .int(1)])
    b.head(b.node("Add", taken, b.block(stem, 8, 5, "next")), 5)
    return b.network
  }

  /// A gate spread over the space by `Expand`, its target computed from a shape.
  static func expanded() -> Network {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 4, 4])
    let stem = b.block(x, 3, 8, "stem")
    let gate = b.node("Sigmoid", b.conv(b.node("GlobalAveragePool", stem), 8, 8, "gate", kernel: 1))
    let computed = b.node("Expand", gate, b.node("Shape", stem))
    let fixed = b.node("Expand", gate, b.constant("target", Tensor([1, 8, 4, 4])))
    b.head(b.node("Mul", stem, b.node("Add", computed, fixed)), 8)
    return b.network
  }
}
