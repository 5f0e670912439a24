import Foundation

/// `BatchNormalization`: input [N, C, …] with scale, shift, mean and variance [C].
struct BatchNormalizationRule: OperatorRule {
  let traits = OperatorTraits(
    .normalization(mixesChannels: false), operands: [.value, .scale, .shift, .mean, .variance],
    keepsFirstAxis: false)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 2 else { throw call.invalid("an input of shape \(input.shape.shapeText)") }
    // Before opset 9 `spatial` = 0 has statistics of its own for every element.
    let isSpatial = call.opset >= 9 || call.int("spatial", default: 1) != 0
    let statistics = isSpatial ? [input.shape[1]] : Array(input.shape[1...])
    for number in 1...4 where try call.shape(number) != statistics {
      throw call.invalid(
        "its input has \(input.shape[1]) channels, its parameter \(number) the shape \(try call.shape(number).shapeText)"
      )
    }
    return [TensorSpec(input.elementType, input.shape)]
      + [TensorSpec](
        repeating: TensorSpec(input.elementType, statistics), count: max(0, call.node.outputs.count - 1))
  }

  /// Weights are standardised by exporters as a normalization of constants.
  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    guard try call.shape(1).count == 1 else { return nil }
    let (scale, shift) = (try call.constant(1).doubles, try call.constant(2).doubles)
    let running = [try call.constant(3), try call.constant(4)]
    let trains = call.normalizesWithBatch
    let moments = trains ? try BatchMoments(of: call) : BatchMoments(mean: running[0], variance: running[1])
    let (mean, variance) = (moments.mean.doubles, moments.variance.doubles)
    let epsilon = Double(call.float("epsilon", default: 1e-5))
    let (channels, inner) = (input.shape[1], input.shape.dropFirst(2).elementCount)
    var values = input.doubles
    for row in 0..<(input.shape[0] * channels) {
      let channel = row % channels
      let factor = scale[channel] / (variance[channel] + epsilon).squareRoot()
      for index in (row * inner)..<((row + 1) * inner) {
        values[index] = (values[index] - mean[channel]) * factor + shift[channel]
      }
    }
    let momentum = Double(call.float("momentum", default: 0.9))
    var results = [Tensor(input.elementType, values, shape: input.shape)]
    for number in 1..<max(1, call.node.outputs.count) {
      let old = running[(number - 1) % 2]
      let new = [mean, variance][(number - 1) % 2]
      results.append(
        Tensor(
          old.elementType, zip(old.doubles, new).map { $0 * momentum + $1 * (1 - momentum) }, shape: old.shape
        ))
    }
    return results
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let parameters = try call.shape(1).count
    return try call.shape(0).indices.flatMap { axis -> [ChannelRelation] in
      var same: [AxisReference] = [.input(0, axis: axis), .output(0, axis: axis)]
      if axis >= 1, axis <= parameters {
        same += (1...4).map { .input($0, axis: axis - 1) }
        same += outputs.indices.dropFirst().map { .output($0, axis: axis - 1) }
      } else if call.normalizesWithBatch {
        return [.same(same), .inexact([same[0]], reason: "its statistics run over them")]
      }
      return [.same(same)]
    }
  }
}

/// Mean and variance, as divided by the count, of each channel of a constant [N, C, …].
package struct BatchMoments: Sendable {
  /// [C].
  package let mean: Tensor
  /// [C].
  package let variance: Tensor

  init(mean: Tensor, variance: Tensor) {
    self.mean = mean
    self.variance = variance
  }

  /// Those of the first input of a normalization.
  ///
  /// - Throws: `GraphError` where that is no constant of two axes or more.
  package init(of call: OperatorCall) throws {
    let input = try call.constant(0)
    guard input.shape.count >= 2 else { throw call.invalid("an input of shape \(input.shape.shapeText)") }
    let values = input.doubles
    let (channels, inner) = (input.shape[1], input.shape.dropFirst(2).elementCount)
    let count = Double(max(1, input.shape[0] * inner))
    func sums(_ term: (Double, Int) -> Double) -> [Double] {
      var result = [Double](repeating: 0, count: channels)
      for row in 0..<(input.shape[0] * channels) {
        let channel = row % channels
        for index in (row * inner)..<((row + 1) * inner) { result[channel] += term(values[index], channel) }
      }
      return result.map { $0 / count }
    }
    let means = sums { value, _ in value }
    let variances = sums { value, channel in (value - means[channel]) * (value - means[channel]) }
    mean = Tensor(input.elementType, means, shape: [channels])
    variance = Tensor(input.elementType, variances, shape: [channels])
  }
}

extension OperatorCall {
  /// Whether a `BatchNormalization` uses the batch's statistics whoever computes it: an attribute says so since
  /// opset 14, the outputs beyond the first did before.
  package var normalizesWithBatch: Bool {
    if opset >= 14 { return int("training_mode", default: 0) != 0 }
    if opset < 7, int("is_test", default: 0) != 0 { return false }
    return node.outputs.dropFirst().contains { $0 != nil }
  }
}

/// `InstanceNormalization`: as batch normalization, over the space of each example.
struct InstanceNormalizationRule: OperatorRule {
  let traits = OperatorTraits(
    .normalization(mixesChannels: false), operands: [.value, .scale, .shift], keepsFirstAxis: true)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 3, try call.shape(1) == [input.shape[1]], try call.shape(2) == [input.shape[1]]
    else { throw call.invalid("its parameters do not fit its input of shape \(input.shape.shapeText)") }
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let rank = try call.shape(0).count
    return [.same([.input(0, axis: 1), .output(0, axis: 1), .input(1, axis: 0), .input(2, axis: 0)])]
      + (2..<rank).flatMap { axis -> [ChannelRelation] in
        [
          .same([.input(0, axis: axis), .output(0, axis: axis)]),
          .inexact([.input(0, axis: axis)], reason: "its statistics run over them"),
        ]
      }
  }
}

/// `LayerNormalization` over the last axes from `axis` on.
struct LayerNormalizationRule: OperatorRule {
  let traits: OperatorTraits

  /// `LayerNormalization`.
  static let centring = LayerNormalizationRule(
    traits: OperatorTraits(
      .normalization(mixesChannels: true), operands: [.value, .scale, .shift], keepsFirstAxis: false))
  /// `RMSNormalization`, which takes no mean off its data and adds nothing.
  static let scaling = LayerNormalizationRule(traits: .other(.value, .value))

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let axis = try call.axis(call.int("axis", default: -1), rank: input.shape.count)
    for number in 1...2 where number == 1 || call.has(number) {
      guard try call.broadcast(try call.shape(number), input.shape) == input.shape else {
        throw call.invalid("its scale or its bias does not fit its input of shape \(input.shape.shapeText)")
      }
    }
    let statistics = TensorSpec(
      .float32, input.shape[..<axis] + [Int](repeating: 1, count: input.shape.count - axis))
    return [TensorSpec(input.elementType, input.shape)]
      + [TensorSpec](repeating: statistics, count: max(0, call.node.outputs.count - 1))
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let rank = try call.shape(0).count
    let axis = try call.axis(call.int("axis", default: -1), rank: rank)
    return [
      .elementwise(inputs: Array(call.inputs.indices), outputs: [0]),
      .inexact((axis..<rank).map { .input(0, axis: $0) }, reason: "its statistics run over them"),
    ]
  }
}

/// `Softmax`, `LogSoftmax`: every element of an axis depends on all of them.
struct SoftmaxRule: OperatorRule {
  let traits = OperatorTraits(.probabilities, operands: [.value], keepsFirstAxis: false)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    _ = try Self.axes(call, rank: input.shape.count)
    return [TensorSpec(input.elementType, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let axes = try Self.axes(call, rank: input.shape.count)
    // The axes that are normalised over stand side by side, and are one.
    let line = input.shape[axes].elementCount
    let merged = Array(input.shape[..<axes.lowerBound]) + [line] + input.shape[axes.upperBound...]
    let isLogarithm = call.node.op == "LogSoftmax"
    var elements = input.doubles
    input.reshaped(to: merged).forEachLine(axes.lowerBound) { start, step in
      let indices = (0..<line).map { start + $0 * step }
      let top = indices.reduce(-Double.infinity) { max($0, elements[$1]) }
      let sum = indices.reduce(0) { $0 + exp(elements[$1] - top) }
      for index in indices {
        let power = elements[index] - top
        elements[index] = isLogarithm ? power - log(sum) : exp(power) / sum
      }
    }
    return [Tensor(input.elementType, elements, shape: input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let axes = try Self.axes(call, rank: outputs[0].shape.count)
    return [
      .elementwise(inputs: [0], outputs: [0]),
      .frozen(axes.map { .input(0, axis: $0) }, reason: "it normalises over them"),
    ]
  }

  /// Before opset 13 all axes from the given one on are one axis.
  static func axes(_ call: OperatorCall, rank: Int) throws -> Range<Int> {
    let axis = try call.axis(call.int("axis", default: call.opset < 13 ? 1 : -1), rank: rank)
    return axis..<(call.opset < 13 ? rank : axis + 1)
  }
}

extension OperatorCall {
  /// The axes that a `Softmax` or `LogSoftmax` normalises over, as one.
  package func softmaxAxes() throws -> Range<Int> {
    try SoftmaxRule.axes(self, rank: try shape(0).count)
  }
}

extension OperatorTable {
  static let normalizations: [String: any OperatorRule] = [
    "BatchNormalization": BatchNormalizationRule(), "InstanceNormalization": InstanceNormalizationRule(),
    "LayerNormalization": LayerNormalizationRule.centring,
    "RMSNormalization": LayerNormalizationRule.scaling,
    "GroupNormalization": GroupNormalizationRule(), "LRN": NeighbourNormalizationRule(),
    "LpNormalization": AxisNormalizationRule(axes: { call in
      [try call.axis(call.int("axis", default: -1), rank: try call.shape(0).count)]
    }),
    "MeanVarianceNormalization": AxisNormalizationRule(axes: { call in
      try call.meanVarianceAxes()
    }),
    "Softmax": SoftmaxRule(), "LogSoftmax": SoftmaxRule(),
  ]
}
