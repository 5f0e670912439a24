public import Graph

/// Residual networks as published (He et al. 2016), random weights, without biases but for the last layer.
public struct ResidualNetworks {
  private var b = NetworkBuilder()

  /// Conv–BN, padded so that stride 1 keeps the extents.
  private mutating func unit(
    _ x: ValueID, _ channels: Int, _ kernels: Int, _ name: String, kernel: Int = 3, stride: Int = 1
  ) -> ValueID {
    // What the weights are does not matter here, and drawing 25 million would take long.
    let weight = b.constant(
      "\(name).weight",
      Tensor(
        [Float](repeating: 0.1, count: kernels * channels * kernel * kernel),
        shape: [kernels, channels, kernel, kernel]))
    let pad = kernel / 2
    let y = b.node(
      "Conv", x, weight,
      attributes: ["pads": .ints([pad, pad, pad, pad]), "strides": .ints([stride, stride])])
    return b.norm(y, kernels, "\(name).norm")
  }

  /// ResNet for CIFAR: three stages of `blocks` basic blocks, 16, 32 and 64 kernels.
  public static func cifar(blocks: Int) -> Network {
    var net = ResidualNetworks()
    var x = net.b.node("Relu", net.unit(net.b.input("x", [1, 3, 32, 32]), 3, 16, "conv1"))
    var channels = 16
    for (stage, width) in [16, 32, 64].enumerated() {
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let inner = net.b.node("Relu", net.unit(x, channels, width, "\(name).conv1", stride: stride))
        let outer = net.unit(inner, width, width, "\(name).conv2")
        let shortcut =
          stride == 1 ? x : net.unit(x, channels, width, "\(name).downsample", kernel: 1, stride: 2)
        x = net.b.node("Relu", net.b.node("Add", outer, shortcut))
        channels = width
      }
    }
    net.b.output(net.b.gemm(net.b.node("Flatten", net.b.node("GlobalAveragePool", x)), 64, 10, "fc"))
    return net.b.network
  }

  /// ResNet-50 for ImageNet, the stride in the 3×3 convolution of a block.
  public static func imageNet50() -> Network {
    var net = ResidualNetworks()
    let stem = net.unit(net.b.input("x", [1, 3, 224, 224]), 3, 64, "conv1", kernel: 7, stride: 2)
    var x = net.b.node(
      "MaxPool", net.b.node("Relu", stem),
      attributes: ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1])])
    var channels = 64
    for (stage, blocks) in [3, 4, 6, 3].enumerated() {
      let width = 64 << stage
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let first = net.b.node("Relu", net.unit(x, channels, width, "\(name).conv1", kernel: 1))
        let second = net.b.node("Relu", net.unit(first, width, width, "\(name).conv2", stride: stride))
        let third = net.unit(second, width, 4 * width, "\(name).conv3", kernel: 1)
        let shortcut =
          block > 0
          ? x : net.unit(x, channels, 4 * width, "\(name).downsample", kernel: 1, stride: stride)
        x = net.b.node("Relu", net.b.node("Add", third, shortcut))
        channels = 4 * width
      }
    }
    net.b.output(net.b.gemm(net.b.node("Flatten", net.b.node("GlobalAveragePool", x)), 2048, 1000, "fc"))
    return net.b.network
  }
}
