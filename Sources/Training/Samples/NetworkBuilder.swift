import Foundation
package import Graph

/// Builds networks in code, layer by layer, with seeded initial weights.
package struct NetworkBuilder: Sendable {
  /// What has been built so far.
  package private(set) var network: Network
  private var channels: [ValueID: Int] = [:]
  private var generator: SeededGenerator

  /// An empty network of ONNX opset 17 whose weights will follow from `seed`.
  package init(name: String, seed: UInt64) {
    network = Network(name: name, opsets: ["": 17])
    generator = SeededGenerator(seed: seed)
  }

  /// Adds an input `[batch, C, H, W]`, the batch free.
  package mutating func input(_ name: String, shape: [Int]) -> ValueID {
    let dimensions = [Dimension.symbolic("batch")] + shape.map { .fixed($0) }
    let value = network.addValue(name, type: DeclaredType(elementType: .float32, dimensions: dimensions))
    network.inputs.append(value)
    channels[value] = shape[0]
    return value
  }

  /// Declares an output with its shape behind the batch.
  package mutating func output(_ value: ValueID, shape: [Int]) {
    let dimensions = [Dimension.symbolic("batch")] + shape.map { .fixed($0) }
    network.declare(DeclaredType(elementType: .float32, dimensions: dimensions), for: value)
    network.outputs.append(value)
  }

  /// Adds any node; its one output has `channels` channels.
  package mutating func node(
    _ op: String, _ name: String, _ inputs: [ValueID], channels count: Int,
    attributes: [String: Attribute] = [:]
  ) -> ValueID {
    let output = network.addValue(network.unusedValueName(name + ".output"))
    network.nodes.append(
      Node(
        id: network.unusedNodeID, name: name, op: op, inputs: inputs, outputs: [output],
        attributes: attributes))
    channels[output] = count
    return output
  }

  /// Adds a constant, such as the target of a reshape.
  package mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    network.addConstant(name, tensor)
  }

  /// A convolution with a square kernel, padded so that stride 1 keeps the extents unless told otherwise;
  /// weights as in He et al. 2015.
  package mutating func convolution(
    _ name: String, _ input: ValueID, kernels: Int, extent: Int, stride: Int = 1, groups: Int = 1,
    padding: Int? = nil, bias: Bool = false
  ) -> ValueID {
    let inner = channels[input]! / groups
    let pad = padding ?? extent / 2
    var operands = [input, weight("\(name).weight", [kernels, inner, extent, extent])]
    if bias { operands.append(constant("\(name).bias", 0, [kernels])) }
    return node(
      "Conv", name, operands, channels: kernels,
      attributes: [
        "kernel_shape": .ints([extent, extent]), "strides": .ints([stride, stride]),
        "pads": .ints([pad, pad, pad, pad]), "group": .int(groups), "dilations": .ints([1, 1]),
      ])
  }

  /// A batch normalization that passes everything through until it is trained.
  package mutating func batchNormalization(_ name: String, _ input: ValueID) -> ValueID {
    let count = channels[input]!
    let parameters = [
      constant("\(name).weight", 1, [count]), constant("\(name).bias", 0, [count]),
      constant("\(name).running_mean", 0, [count]), constant("\(name).running_var", 1, [count]),
    ]
    return node(
      "BatchNormalization", name, [input] + parameters, channels: count,
      attributes: ["epsilon": .float(1e-5), "momentum": .float(0.9)])
  }

  /// A rectifier.
  package mutating func relu(_ name: String, _ input: ValueID) -> ValueID {
    node("Relu", name, [input], channels: channels[input]!)
  }

  /// A rectifier that ends at 6, as MobileNet has it.
  package mutating func relu6(_ name: String, _ input: ValueID) -> ValueID {
    let bounds = [constant("\(name).min", 0, []), constant("\(name).max", 6, [])]
    return node("Clip", name, [input] + bounds, channels: channels[input]!)
  }

  /// The sum of two values.
  package mutating func add(_ name: String, _ a: ValueID, _ b: ValueID) -> ValueID {
    node("Add", name, [a, b], channels: channels[a]!)
  }

  /// Channels of several values one after another.
  package mutating func concat(_ name: String, _ inputs: [ValueID]) -> ValueID {
    node(
      "Concat", name, inputs, channels: inputs.reduce(0) { $0 + channels[$1]! },
      attributes: ["axis": .int(1)])
  }

  /// The maximum over windows of 2 × 2.
  package mutating func maxPool(_ name: String, _ input: ValueID) -> ValueID {
    node(
      "MaxPool", name, [input], channels: channels[input]!,
      attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
  }

  /// The mean over space, `[N, C]`.
  package mutating func pooledFeatures(_ name: String, _ input: ValueID) -> ValueID {
    let count = channels[input]!
    let pooled = node("GlobalAveragePool", name, [input], channels: count)
    return node("Flatten", "\(name).flatten", [pooled], channels: count, attributes: ["axis": .int(1)])
  }

  /// Everything of an example in one row, `[N, C·H·W]`.
  package mutating func flatten(_ name: String, _ input: ValueID, features: Int) -> ValueID {
    node("Flatten", name, [input], channels: features, attributes: ["axis": .int(1)])
  }

  /// A fully connected layer.
  package mutating func linear(_ name: String, _ input: ValueID, features: Int) -> ValueID {
    let weight = weight("\(name).weight", [features, channels[input]!])
    let bias = constant("\(name).bias", 0, [features])
    return node(
      "Gemm", name, [input, weight, bias], channels: features, attributes: ["transB": .int(1)])
  }

  /// A pixel shuffle: r² consecutive channels become r × r pixels.
  package mutating func pixelShuffle(_ name: String, _ input: ValueID, by factor: Int) -> ValueID {
    node(
      "DepthToSpace", name, [input], channels: channels[input]! / (factor * factor),
      attributes: ["blocksize": .int(factor), "mode": .string("CRD")])
  }

  private mutating func constant(_ name: String, _ value: Float, _ shape: [Int]) -> ValueID {
    network.addConstant(name, Tensor([Float](repeating: value, count: shape.elementCount), shape: shape))
  }

  private mutating func weight(_ name: String, _ shape: [Int]) -> ValueID {
    let deviation = (2 / Double(shape[1...].reduce(1, *))).squareRoot()
    let values = (0..<shape.elementCount).map { _ in Float(deviation * generator.normal()) }
    return network.addConstant(name, Tensor(values, shape: shape))
  }
}
