/// An operator that divides by statistics over some axes: `LpNormalization`, `MeanVarianceNormalization`.
struct AxisNormalizationRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  /// The axes that the statistics run over.
  var axes: @Sendable (OperatorCall) throws -> [Int]

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    _ = try axes(call)
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    [
      .elementwise(inputs: [0], outputs: [0]),
      .inexact(try axes(call).map { .input(0, axis: $0) }, reason: "its statistics run over them"),
    ]
  }
}

/// `LRN`: every element is divided by a power of the squares of its neighbours along the channels.
struct NeighbourNormalizationRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 2 else { throw call.invalid("an input of shape \(input.shape.shapeText)") }
    guard call.int("size", default: 0) > 0 else {
      throw call.invalid("its size is \(call.int("size", default: 0))")
    }
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) -> [ChannelRelation] {
    [
      .elementwise(inputs: [0], outputs: [0]),
      .inexact([.input(0, axis: 1)], reason: "it divides each by its neighbours"),
    ]
  }
}

/// `GroupNormalization`: consecutive channels share their statistics. Scale and bias are one a channel since
/// opset 21, one a group before.
struct GroupNormalizationRule: OperatorRule {
  let traits = OperatorTraits(
    .normalization(mixesChannels: true), operands: [.value, .scale, .shift], keepsFirstAxis: false)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let groups = try call.normalizedGroups()
    for number in 1...2 {
      let shape = try call.shape(number)
      guard shape == [input.shape[1]] || (call.opset < 21 && shape == [groups]) else {
        throw call.invalid(
          "its input has \(input.shape[1]) channels in \(groups) groups, its parameter \(number) the shape \(shape.shapeText)"
        )
      }
    }
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let shape = try call.shape(0)
    let groups = try call.normalizedGroups()
    let space = (2..<max(2, shape.count)).flatMap { axis -> [ChannelRelation] in
      [
        .same([.input(0, axis: axis), .output(0, axis: axis)]),
        .inexact([.input(0, axis: axis)], reason: "its statistics run over them"),
      ]
    }
    let batch = ChannelRelation.same([.input(0, axis: 0), .output(0, axis: 0)])
    let hasChannels = try call.shape(1) == [shape[1]]
    let channels: [AxisReference] = [.input(0, axis: 1), .output(0, axis: 1)]
    let parameters: [AxisReference] = hasChannels ? [.input(1, axis: 0), .input(2, axis: 0)] : []
    guard groups > 1 else {
      let all = ChannelRelation.inexact([.input(0, axis: 1)], reason: "its statistics run over them")
      return [batch, .same(channels + parameters), all] + space
    }
    let blocks = ChannelRelation.normalized(
      channels: .input(0, axis: 1), groups: groups,
      parameters: hasChannels ? [] : [.input(1, axis: 0), .input(2, axis: 0)])
    return [batch, .same(channels + parameters), blocks] + space
  }
}

extension OperatorCall {
  /// The number of groups of a `GroupNormalization`, which divides the channels.
  package func normalizedGroups() throws -> Int {
    let input = try shape(0)
    let groups = int("num_groups", default: 0)
    guard input.count >= 2, groups > 0, input[1] % groups == 0 else {
      throw invalid("\(groups) groups of an input of shape \(input.shapeText)")
    }
    return groups
  }

  /// The axes that a `MeanVarianceNormalization` takes its statistics over.
  package func meanVarianceAxes() throws -> [Int] {
    let rank = try shape(0).count
    return try (ints("axes") ?? [0, 2, 3]).map { value in try axis(value, rank: rank) }
  }
}
