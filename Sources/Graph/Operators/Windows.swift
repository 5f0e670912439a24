/// The window of a convolution or a pooling: extents a spatial axis each.
package struct SlidingWindow: Sendable, Hashable {
  /// The extents of the kernel.
  package var kernel: [Int]
  /// The step of the window along each axis.
  package var strides: [Int]
  /// The distance of neighbouring kernel elements along each axis; 1 is dense.
  package var dilations: [Int]
  /// Padding before each spatial axis.
  package var padsBefore: [Int]
  /// Padding after each spatial axis.
  package var padsAfter: [Int]
  /// Whether a last, partial window counts (ONNX `ceil_mode`).
  package var roundsUp = false

  /// The extents of the result over `spatial` input extents.
  package func outputExtents(_ spatial: [Int]) -> [Int] {
    spatial.indices.map { axis in
      let reach = dilations[axis] * (kernel[axis] - 1) + 1
      let free = spatial[axis] + padsBefore[axis] + padsAfter[axis] - reach
      guard free >= 0 else { return 0 }
      var extent = (roundsUp ? (free + strides[axis] - 1) / strides[axis] : free / strides[axis]) + 1
      // A window that would start in the padding behind the input is dropped (ONNX, ceil_mode).
      if roundsUp, (extent - 1) * strides[axis] >= spatial[axis] + padsBefore[axis] { extent -= 1 }
      return extent
    }
  }
}

extension SlidingWindow {
  /// All of the space at once.
  package init(covering spatial: [Int]) {
    let (ones, zeros) = (spatial.map { _ in 1 }, spatial.map { _ in 0 })
    self.init(kernel: spatial, strides: ones, dilations: ones, padsBefore: zeros, padsAfter: zeros)
  }
}

extension OperatorCall {
  /// The window that the node's attributes describe, over input extents `spatial`.
  ///
  /// - Parameter kernel: the extents of the weight; the attribute `kernel_shape` where `nil`.
  package func slidingWindow(over spatial: [Int], kernel: [Int]?) throws -> SlidingWindow {
    let rank = spatial.count
    guard let kernel = kernel ?? ints("kernel_shape"), kernel.count == rank else {
      throw invalid("its kernel does not have \(rank) spatial dimensions")
    }
    let strides = try sizes("strides", rank: rank, default: 1)
    let dilations = try sizes("dilations", rank: rank, default: 1)
    let pads = try sizes("pads", rank: 2 * rank, default: 0)
    guard (strides + dilations + kernel).allSatisfy({ 1...SizeLimit.extent ~= $0 }),
      pads.allSatisfy({ $0 >= 0 })
    else { throw invalid("its window has an extent, stride or dilation below 1, or a negative pad") }
    var window = SlidingWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBefore: Array(pads[..<rank]),
      padsAfter: Array(pads[rank...]), roundsUp: int("ceil_mode", default: 0) == 1)
    let mode = string("auto_pad", default: "NOTSET")
    switch mode {
    case "NOTSET", "": break
    case "VALID":
      window.padsBefore = [Int](repeating: 0, count: rank)
      window.padsAfter = window.padsBefore
    case "SAME_UPPER", "SAME_LOWER":
      window.roundsUp = false
      for axis in 0..<rank {
        let target = (spatial[axis] + strides[axis] - 1) / strides[axis]
        let reach = dilations[axis] * (kernel[axis] - 1) + 1
        let total = max(0, (target - 1) * strides[axis] + reach - spatial[axis])
        window.padsBefore[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
        window.padsAfter[axis] = total - window.padsBefore[axis]
      }
    default: throw invalid("auto_pad is \(mode)")
    }
    return window
  }
}

/// `Conv`: input [N, C, …], weight [K, C/group, …], bias [K] → [N, K, …].
struct ConvolutionRule: OperatorRule {
  let traits = OperatorTraits(
    .layer(LayerForm(window: .overInput, kernelAxis: { _ in 0 }, isPlain: { _ in true })),
    operands: [.value, .weight, .bias], keepsFirstAxis: true)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let weight = try call.shape(1)
    let groups = try call.count("group")
    guard input.shape.count >= 3, weight.count == input.shape.count else {
      throw call.invalid(
        "an input of shape \(input.shape.shapeText) with a weight of shape \(weight.shapeText)")
    }
    guard weight[1] * groups == input.shape[1], weight[0] % groups == 0 else {
      throw call.invalid(
        "its input has \(input.shape[1]) channels; its weight \(weight.shapeText) in \(groups) groups expects \(weight[1] * groups)"
      )
    }
    if call.has(2), try call.shape(2) != [weight[0]] {
      throw call.invalid("its bias has the shape \(try call.shape(2).shapeText) for \(weight[0]) kernels")
    }
    try call.requireOneElementType()
    let spatial = Array(input.shape[2...])
    let window = try call.slidingWindow(over: spatial, kernel: Array(weight[2...]))
    let extents = window.outputExtents(spatial)
    guard extents.allSatisfy({ $0 > 0 }) else {
      throw call.invalid("its kernel is larger than its input of shape \(input.shape.shapeText)")
    }
    return [TensorSpec(input.elementType, [input.shape[0], weight[0]] + extents)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let groups = call.int("group", default: 1)
    let bias: [AxisReference] = call.has(2) ? [.input(2, axis: 0)] : []
    let kernels = [AxisReference.input(1, axis: 0), .output(0, axis: 1)] + bias
    if groups == 1 {
      return [.same(kernels), .contracted([.input(0, axis: 1), .input(1, axis: 1)])]
    }
    return [
      .grouped(input: .input(0, axis: 1), inner: .input(1, axis: 1), output: kernels, groups: groups)
    ]
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    guard let weight = try? call.shape(1), let output = outputs.first?.shape else { return 0 }
    return output.elementCount.times(weight.dropFirst().elementCount)
  }
}

/// `ConvTranspose`: input [N, C, …], weight [C, K/group, …], bias [K] → [N, K, …].
struct TransposedConvolutionRule: OperatorRule {
  let traits = OperatorTraits(
    .layer(LayerForm(window: .overOutput, kernelAxis: { _ in 1 }, isPlain: { _ in true })),
    operands: [.value, .weight, .bias], keepsFirstAxis: true)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let weight = try call.shape(1)
    let groups = try call.count("group")
    guard input.shape.count >= 3, weight.count == input.shape.count,
      weight[0] == input.shape[1], weight[0] % groups == 0
    else {
      throw call.invalid(
        "an input of shape \(input.shape.shapeText) with a weight of shape \(weight.shapeText)")
    }
    if call.has(2), try call.shape(2) != [weight[1] * groups] {
      throw call.invalid(
        "its bias has the shape \(try call.shape(2).shapeText) for \(weight[1] * groups) kernels")
    }
    let (window, extents) = try call.transposedWindow(
      over: Array(input.shape[2...]), kernel: Array(weight[2...]))
    guard window.kernel.count == extents.count, extents.allSatisfy({ $0 > 0 }) else {
      throw call.invalid("its pads leave nothing of its output")
    }
    return [TensorSpec(input.elementType, [input.shape[0], weight[1] * groups] + extents)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let groups = call.int("group", default: 1)
    let bias: [AxisReference] = call.has(2) ? [.input(2, axis: 0)] : []
    if groups == 1 {
      return [
        .same([.input(1, axis: 1), .output(0, axis: 1)] + bias),
        .contracted([.input(0, axis: 1), .input(1, axis: 0)]),
      ]
    }
    // The weight's first axis runs over the input channels, its second over those inside an output block.
    return [
      .grouped(
        input: .input(0, axis: 1), inner: .input(1, axis: 1), output: [.output(0, axis: 1)] + bias,
        groups: groups),
      .same([.input(0, axis: 1), .input(1, axis: 0)]),
    ]
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    guard let input = try? call.shape(0), let weight = try? call.shape(1) else { return 0 }
    return input.elementCount.times(weight.dropFirst().elementCount)
  }
}

extension OperatorCall {
  /// The window of a `ConvTranspose` with its pads resolved, and the spatial extents of its output.
  package func transposedWindow(
    over spatial: [Int], kernel: [Int]
  ) throws -> (window: SlidingWindow, extents: [Int]) {
    let rank = spatial.count
    let strides = try sizes("strides", rank: rank, default: 1)
    let dilations = try sizes("dilations", rank: rank, default: 1)
    let extra = try sizes("output_padding", rank: rank, default: 0)
    let pads = try sizes("pads", rank: 2 * rank, default: 0)
    guard (strides + dilations + kernel).allSatisfy({ $0 > 0 }) else {
      throw invalid("its window has an extent, stride or dilation below 1")
    }
    var window = SlidingWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBefore: Array(pads[..<rank]),
      padsAfter: Array(pads[rank...]))
    let full = spatial.indices.map { axis -> Int in
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      return strides[axis] * (spatial[axis] - 1) + extra[axis] + reach
    }
    let mode = string("auto_pad", default: "NOTSET")
    var target = ints("output_shape").map { Array($0.suffix(rank)) }
    if target == nil, mode.hasPrefix("SAME") { target = zip(spatial, strides).map { $0 * $1 } }
    if let target {
      guard target.count == rank else { throw invalid("output_shape has \(target.count) dimensions") }
      for axis in 0..<rank {
        let total = max(0, full[axis] - target[axis])
        window.padsBefore[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
        window.padsAfter[axis] = total - window.padsBefore[axis]
      }
      return (window, target)
    }
    let extents = full.indices.map { axis in
      full[axis] - window.padsBefore[axis] - window.padsAfter[axis]
    }
    return (window, extents)
  }
}

/// `MaxPool`, `AveragePool`, `LpPool`.
struct PoolingRule: OperatorRule {
  let traits = OperatorTraits(.other, operands: [.value], keepsFirstAxis: true)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 3 else {
      throw call.invalid("an input of shape \(input.shape.shapeText)")
    }
    let spatial = Array(input.shape[2...])
    let extents = try call.slidingWindow(over: spatial, kernel: nil).outputExtents(spatial)
    guard extents.allSatisfy({ $0 > 0 }) else {
      throw call.invalid("its window is larger than its input of shape \(input.shape.shapeText)")
    }
    let shape = Array(input.shape[..<2]) + extents
    return call.node.outputs.count > 1
      ? [TensorSpec(input.elementType, shape), TensorSpec(.int64, shape)]
      : [TensorSpec(input.elementType, shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) -> [ChannelRelation] {
    var relations: [ChannelRelation] = [.same([.input(0, axis: 1), .output(0, axis: 1)])]
    if outputs.count > 1 {
      relations.append(
        .frozen([.input(0, axis: 1)], reason: "its second output holds positions counted over channels"))
    }
    return relations
  }
}

/// `GlobalAveragePool`, `GlobalMaxPool`, `GlobalLpPool`: [N, C, …] → [N, C, 1, …].
struct GlobalPoolingRule: OperatorRule {
  let traits = OperatorTraits(.other, operands: [.value], keepsFirstAxis: true)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard input.shape.count >= 2 else {
      throw call.invalid("an input of shape \(input.shape.shapeText)")
    }
    return [
      TensorSpec(
        input.elementType, input.shape[..<2] + [Int](repeating: 1, count: input.shape.count - 2))
    ]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) -> [ChannelRelation] {
    [.same([.input(0, axis: 1), .output(0, axis: 1)])]
  }
}

extension OperatorTable {
  static let windows: [String: any OperatorRule] = [
    "Conv": ConvolutionRule(), "ConvTranspose": TransposedConvolutionRule(),
    "MaxPool": PoolingRule(), "AveragePool": PoolingRule(), "LpPool": PoolingRule(),
    "GlobalAveragePool": GlobalPoolingRule(), "GlobalMaxPool": GlobalPoolingRule(),
    "GlobalLpPool": GlobalPoolingRule(), "Resize": ResizeRule(), "Upsample": ResizeRule(),
  ]
}
