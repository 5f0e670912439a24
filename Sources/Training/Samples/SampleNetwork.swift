package import Graph

/// The networks that ship with the program, before training.
package enum SampleNetwork: String, Sendable, CaseIterable {
  /// Three convolutions of 20 kernels and a fully connected layer: the network of MATLAB's Taylor pruning
  /// example, 123,090 learnables.
  case reference
  /// Residual, inverted-residual (depthwise) and concatenating blocks.
  case residual
  /// 14×14 → 28×28 by pixel shuffle.
  case upsampler

  /// The network with its initial weights.
  package func untrained(seed: UInt64 = 1) -> Network {
    switch self {
    case .reference: Self.referenceNetwork(seed)
    case .residual: Self.residualNetwork(seed)
    case .upsampler: Self.upsamplerNetwork(seed)
    }
  }

  private static func referenceNetwork(_ seed: UInt64) -> Network {
    var build = NetworkBuilder(name: "reference", seed: seed)
    var value = build.input("input", shape: [1, 28, 28])
    for (number, extent) in [5, 3, 3].enumerated() {
      let name = "\(number + 1)"
      value = build.convolution(
        "conv" + name, value, kernels: 20, extent: extent, padding: number == 0 ? 0 : 1, bias: true)
      value = build.batchNormalization("bn" + name, value)
      value = build.relu("relu" + name, value)
    }
    value = build.flatten("flatten", value, features: 20 * 24 * 24)
    build.output(build.linear("fc", value, features: 10), shape: [10])
    return build.network
  }

  private static func residualNetwork(_ seed: UInt64) -> Network {
    var build = NetworkBuilder(name: "residual", seed: seed)
    var value = build.input("input", shape: [1, 28, 28])
    value = build.normalized("stem", value, kernels: 32, extent: 3)
    value = build.residualBlock("block1", value, kernels: 32)
    value = build.residualBlock("block2", value, kernels: 64, stride: 2, projects: true)
    value = build.invertedBlock("block3", value, kernels: 64, expansion: 3)
    value = build.concatBlock("block4", value, pointwise: 32, spatial: 64)
    value = build.normalized("transition", value, kernels: 128, extent: 1)
    value = build.maxPool("pool", value)
    value = build.residualBlock("block5", value, kernels: 128)
    build.output(build.linear("fc", build.pooledFeatures("features", value), features: 10), shape: [10])
    return build.network
  }

  private static func upsamplerNetwork(_ seed: UInt64) -> Network {
    var build = NetworkBuilder(name: "upsampler", seed: seed)
    let input = build.input("input", shape: [1, 14, 14])
    let head = build.relu(
      "head.relu", build.convolution("head", input, kernels: 32, extent: 5, bias: true))
    var value = head
    for number in 1...2 {
      let name = "body\(number)"
      value = build.relu(
        "\(name).relu", build.convolution(name, value, kernels: 32, extent: 3, bias: true))
    }
    value = build.add("skip", value, head)
    value = build.convolution("expand", value, kernels: 64, extent: 3, bias: true)
    value = build.relu("expand.relu", build.pixelShuffle("shuffle", value, by: 2))
    build.output(build.convolution("tail", value, kernels: 1, extent: 3, bias: true), shape: [1, 28, 28])
    return build.network
  }
}

extension NetworkBuilder {
  /// Convolution, batch normalization and, unless told otherwise, ReLU.
  fileprivate mutating func normalized(
    _ name: String, _ input: ValueID, kernels: Int, extent: Int, stride: Int = 1, groups: Int = 1,
    activates: Bool = true
  ) -> ValueID {
    let convolved = convolution(
      "\(name).conv", input, kernels: kernels, extent: extent, stride: stride, groups: groups)
    let value = batchNormalization("\(name).bn", convolved)
    return activates ? relu("\(name).relu", value) : value
  }

  /// He et al. 2016, figure 2; the shortcut is projected where the extents change.
  fileprivate mutating func residualBlock(
    _ name: String, _ input: ValueID, kernels: Int, stride: Int = 1, projects: Bool = false
  ) -> ValueID {
    let first = normalized("\(name).a", input, kernels: kernels, extent: 3, stride: stride)
    let second = normalized("\(name).b", first, kernels: kernels, extent: 3, activates: false)
    let shortcut =
      projects
      ? normalized("\(name).shortcut", input, kernels: kernels, extent: 1, stride: stride, activates: false)
      : input
    return relu("\(name).relu", add("\(name).add", second, shortcut))
  }

  /// Sandler et al. 2018 (MobileNetV2), figure 3b.
  fileprivate mutating func invertedBlock(
    _ name: String, _ input: ValueID, kernels: Int, expansion: Int
  ) -> ValueID {
    let wide = kernels * expansion
    let expanded = relu6(
      "\(name).expand.relu6",
      normalized("\(name).expand", input, kernels: wide, extent: 1, activates: false))
    let filtered = relu6(
      "\(name).depthwise.relu6",
      normalized("\(name).depthwise", expanded, kernels: wide, extent: 3, groups: wide, activates: false))
    let projected = normalized("\(name).project", filtered, kernels: kernels, extent: 1, activates: false)
    return add("\(name).add", projected, input)
  }

  /// The input beside two branches of it, as dense and inception blocks have it.
  fileprivate mutating func concatBlock(
    _ name: String, _ input: ValueID, pointwise: Int, spatial: Int
  ) -> ValueID {
    let narrow = normalized("\(name).pointwise", input, kernels: pointwise, extent: 1)
    let wide = normalized("\(name).spatial", narrow, kernels: spatial, extent: 3)
    return concat("\(name).concat", [input, narrow, wide])
  }
}
