package import Graph

/// Networks to look at, with weights from a seed.
package struct NetworkSketch {
  private(set) var network = Network(name: "sketch", opsets: ["": 17])
  private var seed: UInt64 = 7

  /// The value that comes next, and its channels.
  private(set) var value: ValueID
  private(set) var channels: Int

  init(channels: Int, side: Int) {
    self.channels = channels
    value = network.addValue(
      "input",
      type: DeclaredType(
        elementType: .float32,
        dimensions: [.symbolic("batch"), .fixed(channels), .fixed(side), .fixed(side)]))
    network.inputs = [value]
  }

  /// Where the sketch goes on from.
  mutating func goOn(from value: ValueID, channels: Int) {
    self.value = value
    self.channels = channels
  }

  private mutating func weights(_ shape: [Int], scale: Float) -> Tensor {
    let values = (0..<shape.elementCount).map { _ -> Float in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Float(seed >> 40) / Float(1 << 24) - 0.5) * scale
    }
    return Tensor(values, shape: shape)
  }

  private mutating func add(
    _ op: String, _ name: String, _ inputs: [ValueID], _ attributes: [String: Attribute] = [:]
  ) {
    let output = network.addValue(name + "_out")
    network.nodes.append(
      Node(
        id: network.unusedNodeID, name: name, op: op, inputs: inputs, outputs: [output],
        attributes: attributes))
    value = output
  }

  mutating func conv(_ name: String, _ kernels: Int, size: Int, stride: Int = 1) {
    let weight = network.addConstant(
      name + ".weight",
      weights([kernels, channels, size, size], scale: 2 / Float(channels * size * size).squareRoot()))
    let side = size / 2
    add(
      "Conv", "/" + name, [value, weight],
      [
        "kernel_shape": .ints([size, size]), "strides": .ints([stride, stride]),
        "pads": .ints([side, side, side, side]),
      ])
    channels = kernels
  }

  mutating func norm(_ name: String) {
    let ones = Tensor([Float](repeating: 1, count: channels), shape: [channels])
    let zeros = Tensor([Float](repeating: 0, count: channels), shape: [channels])
    let names = ["weight", "bias", "running_mean", "running_var"]
    let constants = zip(names, [ones, zeros, zeros, ones]).map { network.addConstant("\(name).\($0)", $1) }
    add("BatchNormalization", "/" + name, [value] + constants)
  }

  mutating func relu(_ name: String) { add("Relu", "/" + name, [value]) }

  mutating func join(_ name: String, with other: ValueID) { add("Add", "/" + name, [value, other]) }

  mutating func finish(classes: Int) {
    add("GlobalAveragePool", "/pool", [value])
    add("Flatten", "/flatten", [value])
    let weight = network.addConstant("fc.weight", weights([classes, channels], scale: 0.1))
    let bias = network.addConstant("fc.bias", weights([classes], scale: 0.1))
    add("Gemm", "/fc", [value, weight, bias], ["transB": .int(1)])
    network.outputs = [value]
  }

  /// The shape of ResNet-18 with its widths divided by `divisor`, with so many blocks in each stage.
  package static func resNet(divisor: Int = 1, blocks: [Int] = [2, 2, 2, 2], side: Int = 224) -> Network {
    var sketch = NetworkSketch(channels: 3, side: side)
    sketch.conv("conv1", 64 / divisor, size: 7, stride: 2)
    sketch.norm("bn1")
    sketch.relu("relu1")
    sketch.add(
      "MaxPool", "/maxpool", [sketch.value],
      ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1])])
    for (stage, count) in blocks.enumerated() {
      let width = (64 << stage) / divisor
      for block in 0..<count {
        let name = "layer\(stage + 1).\(block)"
        let (input, inputChannels) = (sketch.value, sketch.channels)
        let stride = block == 0 && stage > 0 ? 2 : 1
        sketch.conv(name + ".conv1", width, size: 3, stride: stride)
        sketch.norm(name + ".bn1")
        sketch.relu(name + ".relu1")
        sketch.conv(name + ".conv2", width, size: 3)
        sketch.norm(name + ".bn2")
        var shortcut = input
        if stride != 1 || inputChannels != width {
          let (main, mainChannels) = (sketch.value, sketch.channels)
          sketch.goOn(from: input, channels: inputChannels)
          sketch.conv(name + ".downsample.0", width, size: 1, stride: stride)
          sketch.norm(name + ".downsample.1")
          shortcut = sketch.value
          sketch.goOn(from: main, channels: mainChannels)
        }
        sketch.join(name + ".add", with: shortcut)
        sketch.relu(name + ".relu2")
      }
    }
    sketch.finish(classes: 1000 / divisor)
    return sketch.network
  }
}
