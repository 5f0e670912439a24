public import Graph

/// The layers that the fixtures are made of.
extension NetworkBuilder {
  /// Convolution, padded so that extents stay.
  public mutating func conv(
    _ x: ValueID, _ channels: Int, _ kernels: Int, _ name: String, kernel: Int = 3, groups: Int = 1,
    bias: ValueID? = nil
  ) -> ValueID {
    let weight = constant("\(name).weight", [kernels, channels / groups, kernel, kernel])
    let shift = bias ?? constant("\(name).bias", [kernels])
    let pad = kernel / 2
    return node(
      "Conv", x, weight, shift,
      attributes: ["pads": .ints([pad, pad, pad, pad]), "group": .int(groups)])
  }

  /// (w − mean)/√(variance + ε) of each kernel, written out.
  public mutating func standardized(_ name: String, _ shape: [Int]) -> ValueID {
    let weight = constant("\(name).weight", shape)
    let axes: [String: Attribute] = ["axes": .ints([1, 2, 3])]
    let centred = node("Sub", weight, node("ReduceMean", weight, attributes: axes))
    let variance = node("ReduceMean", node("Mul", centred, centred), attributes: axes)
    let epsilon = constant("\(name).epsilon", Tensor([Float(1e-5)], shape: []))
    return node("Div", centred, node("Sqrt", node("Add", variance, epsilon)))
  }

  /// Batch normalization.
  public mutating func norm(_ x: ValueID, _ channels: Int, _ name: String) -> ValueID {
    nodes(
      "BatchNormalization",
      [
        x, constant("\(name).scale", [channels]), constant("\(name).shift", [channels]),
        constant("\(name).mean", [channels]), constant("\(name).variance", [channels], from: 0.5, to: 2),
      ], outputs: 1)[0]
  }

  /// Conv, BN, Relu.
  public mutating func block(
    _ x: ValueID, _ channels: Int, _ kernels: Int, _ name: String, kernel: Int = 3
  ) -> ValueID {
    let y = conv(x, channels, kernels, name, kernel: kernel)
    return node("Relu", norm(y, kernels, "\(name).norm"))
  }

  /// A fully connected layer.
  public mutating func gemm(_ x: ValueID, _ features: Int, _ kernels: Int, _ name: String) -> ValueID {
    let weight = constant("\(name).weight", [kernels, features])
    return node("Gemm", x, weight, constant("\(name).bias", [kernels]), attributes: ["transB": .int(1)])
  }

  /// Global average pooling, Flatten, Gemm to four outputs.
  public mutating func head(_ x: ValueID, _ channels: Int) {
    output(gemm(node("Flatten", node("GlobalAveragePool", x)), channels, 4, "head"))
  }

  /// Channel shuffle.
  public mutating func shuffle(_ x: ValueID, _ channels: Int, groups: Int, _ extent: Int) -> ValueID {
    let apart = constant("shuffle.apart", Tensor([1, groups, channels / groups, extent, extent]))
    let together = constant("shuffle.together", Tensor([1, channels, extent, extent]))
    let rows = node("Reshape", x, apart)
    let turned = node("Transpose", rows, attributes: ["perm": .ints([0, 2, 1, 3, 4])])
    return node("Reshape", turned, together)
  }

  /// One row added below, to make up for one that a slice took.
  public mutating func pad(_ x: ValueID) -> ValueID {
    node("Pad", x, constant("pads", Tensor([0, 0, 0, 0, 0, 0, 1, 0])))
  }
}
