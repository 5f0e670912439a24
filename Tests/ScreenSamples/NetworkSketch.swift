import Graph
import Pruning
import Screens
import TerminalUI

/// Networks to look at, with weights from a seed.
struct NetworkSketch {
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
  static func resNet(divisor: Int = 1, blocks: [Int] = [2, 2, 2, 2], side: Int = 224) -> Network {
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

/// Snapshots as an engine would publish them.
enum SampleSnapshots {
  static func snapshot(of network: Network, criterion: Criterion = .l2) throws -> EngineSnapshot {
    let bound = try BoundNetwork(network)
    let groups = try ChannelGroups(bound)
    var snapshot = EngineSnapshot()
    snapshot.generation = 1
    snapshot.model = ModelCard(
      name: "resnet18.onnx", path: "models/resnet18.onnx", format: "ONNX opset 17",
      input: "3×224×224, batch free",
      bytes: 46_800_000)
    snapshot.structure = Versioned(.init(bound: bound, groups: groups), version: 1)
    snapshot.scores = Versioned(ScoreTable(.l2, of: groups, in: bound), version: 1)
    snapshot.iterations = [
      IterationSummary(
        id: 0, parent: nil, title: "as opened", parameters: groups.summary.parameters,
        multiplyAccumulates: groups.summary.multiplyAccumulates)
    ]
    return snapshot
  }

  /// The snapshot with Taylor scores over so many examples: a run in the middle.
  static func scoring(_ snapshot: EngineSnapshot, examples: Int, version: Int, seed: UInt64 = 1)
    -> EngineSnapshot
  {
    var snapshot = snapshot
    guard let groups = snapshot.structure?.value.groups else { return snapshot }
    var table = ScoreTable(criterion: .taylor)
    var state = seed
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
    for (place, coupled) in groups.layers.enumerated() {
      var statistics = KernelStatistics(kernels: coupled.layer.kernels)
      let base = (0..<coupled.layer.kernels).map { _ in (0.01 + next() * 0.05) / Double(1 + place / 4) }
      for _ in 0..<min(examples, 8) { statistics.add(base.map { $0 * (0.5 + next()) }) }
      table.layers[coupled.layer.name] = statistics
    }
    snapshot.scores = Versioned(table, version: version)
    snapshot.scoring = ScoringState(isRunning: true, examples: examples)
    snapshot.data = DataSummary(title: "12,000 images in 10 class folders", examples: 12_000)
    snapshot.work = WorkProgress(
      phase: "scoring", done: examples, total: 12_000, rate: 812, secondsLeft: 41)
    return snapshot
  }

  /// The snapshot with curves of sensitivity: the deeper a layer lies, the less it loses.
  ///
  /// - Parameter complete: how many curves are complete; the next one is under way.
  static func measured(_ snapshot: EngineSnapshot, complete: Int = .max, version: Int = 1) throws
    -> EngineSnapshot
  {
    var snapshot = snapshot
    guard let groups = snapshot.structure?.value.groups, let scores = snapshot.scores?.value else {
      return snapshot
    }
    let settings = SensitivitySettings()
    let trials = try settings.trials(
      AtomScores(scores, groups: groups, settings: settings.pruning), groups: groups)
    let curves = trials.enumerated().map { place, trial in
      var curve = SensitivityTable.Curve(trial, weights: [], groups: groups)
      if place <= complete {
        let examples = place < complete ? 512 : 128
        curve.points = ([0] + settings.levels).map { level in
          let share = level / 100
          let lost = share * share / (0.4 + 0.3 * Double(place))
          return .init(
            level: level, kernels: 0,
            measurement: .init(
              examples: examples, loss: 0.31 + lost, top1: 0.912 - 0.36 * min(1, lost), top5: 0.99))
        }
      }
      curve.isComplete = place < complete
      return curve
    }
    snapshot.sensitivity = Versioned(
      SensitivityTable(
        subject: .init(
          model: "m", criterion: scores.criterion, data: "d", examples: 512, settings: settings),
        curves: curves), version: version)
    snapshot.data = DataSummary(title: "12,000 images in 10 class folders", examples: 12_000)
    if complete < curves.count {
      snapshot.work = WorkProgress(
        phase: WorkProgress.sensitivity, done: 10 * complete, total: 10 * curves.count, unit: "passes",
        secondsLeft: 75)
    }
    return snapshot
  }

  /// The snapshot with latencies as an engine would have measured them: in proportion to the operations, with
  /// a fifth for the rest.
  static func timed(_ snapshot: EngineSnapshot, milliseconds: Double = 8) -> EngineSnapshot {
    var snapshot = snapshot
    guard let groups = snapshot.structure?.value.groups else { return snapshot }
    let all = Double(groups.summary.multiplyAccumulates)
    var table = LatencyTable(
      layers: [:], rest: 0.2e-3 * milliseconds, activationBytes: groups.activationBytes)
    for layer in groups.layers.map(\.layer) {
      let seconds = 0.8e-3 * milliseconds * Double(layer.multiplyAccumulates) / all
      let half = max(1, layer.kernels / 2)
      table.layers[layer.name] = LatencyTable.Layer(
        kernels: [half, layer.kernels], inputs: [1], seconds: [seconds / 2, seconds])
    }
    snapshot.latency = Versioned(table, version: 1)
    snapshot.iterations[0].latency = 1e-3 * milliseconds
    return snapshot
  }
}
