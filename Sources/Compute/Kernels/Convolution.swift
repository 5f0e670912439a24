import CDNNL
import Graph

/// `Conv` and `ConvTranspose` in one to three dimensions.
///
/// A batch normalization that follows a convolution is folded into its weights where weights have no
/// gradients, and the activation behind it is applied as results are stored.
struct ConvolutionKernel: Kernel {
  var isTransposed = false

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (sourceValue, weightValue) = (try site.required(0), try site.required(1))
    let biasValue = site.input(2)
    var source = try plan.tensor(sourceValue, narrow: true)
    var parts = try ConvolutionParts(site, isTransposed: isTransposed)
    let given = source.shape
    let spread = parts.spreadChannels()
    if let spread { source = try plan.move(source, [spread]) }
    parts.elementType = plan.elementType
    // Depthwise ones are as fast either way, and so take what comes.
    parts.isChannelsLast =
      source.layout.isChannelsLast && !isTransposed && parts.groups == parts.source[1]
      && parts.kernels == parts.groups && !parts.isNarrow
    guard var result = site.output(0) else { return }
    var weights = try plan.plain(weightValue)
    var bias = try biasValue.map { try plan.plain($0) }
    if let folded = try fold(result, site, weights, bias, parts, plan) {
      (weights, bias, result) = folded
    }
    let grouped = PlanTensor(try parts.weightLayout(), weights.buffer)
    let summed = try lowerWithSum(site, parts, result: result, bias: bias, into: plan)
    let trains = plan.needsGradient(result)
    let alone = parts
    let post =
      summed == nil
      ? try plan.fusedPost(after: result) {
        try alone.staysFast(with: $0, plan, bias: bias?.layout, trains: trains)
      }
      : nil
    if let (operation, value) = post {
      parts.post = [operation]
      result = value
    }
    var forward =
      try summed?.forward ?? parts.forward(plan, bias: bias?.layout, trains: trains)
    if parts.isNarrow, forward.isReference {
      parts.elementType = .float32
      forward = try parts.forward(plan, bias: bias?.layout, trains: trains)
    }
    var reads: [(Operand, PlanTensor)] = [
      (CDNNL_SOURCE, try plan.reordered(source, to: forward.layout(CDNNL_SOURCE))),
      (CDNNL_WEIGHTS, try plan.reordered(grouped, to: forward.layout(CDNNL_WEIGHTS))),
    ]
    if let bias { reads.append((CDNNL_BIAS, bias)) }
    if let summed { reads.append((CDNNL_SOURCE_1, summed.addition.addend)) }
    let destination = plan.make(try forward.layout(CDNNL_DESTINATION))
    try plan.emit(site.node.op, forward, reads, [(CDNNL_DESTINATION, destination)])
    try plan.define(summed?.output ?? result, destination)
    guard plan.needsGradient(summed?.output ?? result) else { return }
    defer { if let summed { plan.backward(summed.addition, of: result, behind: summed.output) } }
    guard plan.needsGradient(result) else { return }
    let (final, hint, taken) = (parts, forward, source)
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: result, narrow: true) else { return }
      if plan.needsGradient(sourceValue) {
        var share = try final.backwardData(
          plan, hint, gradient: gradient, weights: grouped, label: site.node.op)
        if let spread { share = try plan.moveBack(share, [spread], from: given) }
        plan.contribute(share, to: sourceValue)
      }
      if plan.needsGradient(weightValue) || plan.needsGradient(biasValue) {
        try final.backwardWeights(
          plan, hint, gradient: gradient, source: taken, weightValue: weightValue, biasValue: biasValue,
          label: site.node.op)
      }
    }
  }

  /// Weights and bias with the batch normalization behind the convolution folded in:
  /// w′ = w · γ/√(σ² + ε), b′ = (b − μ) · γ/√(σ² + ε) + β.
  private func fold(
    _ result: ValueID, _ site: KernelSite, _ weights: PlanTensor, _ bias: PlanTensor?,
    _ parts: ConvolutionParts, _ plan: PlanBuilder
  ) throws -> (PlanTensor, PlanTensor?, ValueID)? {
    guard !plan.isTraining, weights.isConstant, bias?.isConstant ?? true,
      let place = plan.soleConsumer(of: result),
      plan.bound.network.nodes[place].qualifiedOp == "BatchNormalization"
    else { return nil }
    let normalization = try KernelSite(plan.bound, place)
    guard normalization.input(0) == result, let output = normalization.output(0),
      normalization.call.int("training_mode", default: 0) == 0
    else { return nil }
    let statistics = try (1...4).map { try plan.plain(normalization.required($0)) }
    guard statistics.allSatisfy(\.isConstant) else { return nil }
    plan.absorbed.insert(place)
    let epsilon = normalization.call.float("epsilon", default: 1e-5)
    let name = "fold:\(site.node.id.number):\(place)"
    let kernels = parts.kernels
    let foldedWeights = try plan.weights.derive(name + ":weights") { () throws(ComputeError) in
      let target = plan.weights.make(weights.layout)
      plan.emit("Conv.fold", reads: [weights, statistics[0], statistics[3]], writes: [target]) {
        let (w, scale, variance, t) = (
          weights.floats, statistics[0].floats, statistics[3].floats, target.floats
        )
        return {
          parts.forEachKernelRun { kernel, run in
            let factor = scale[kernel] / (variance[kernel] + epsilon).squareRoot()
            for place in run { t[place] = w[place] * factor }
          }
        }
      }
      return target
    }
    let foldedBias = try plan.weights.derive(name + ":bias") { () throws(ComputeError) in
      let target = plan.weights.make(try .plain([kernels]))
      plan.emit("Conv.fold", reads: statistics + (bias.map { [$0] } ?? []), writes: [target]) {
        let (scale, shift, mean, variance) = (
          statistics[0].floats, statistics[1].floats, statistics[2].floats, statistics[3].floats
        )
        let (b, t) = (bias?.floats, target.floats)
        return {
          for kernel in 0..<kernels {
            let factor = scale[kernel] / (variance[kernel] + epsilon).squareRoot()
            t[kernel] = ((b?[kernel] ?? 0) - mean[kernel]) * factor + shift[kernel]
          }
        }
      }
      return target
    }
    return (foldedWeights, foldedBias, output)
  }
}

/// The shapes and the window of a convolution, as oneDNN wants them.
struct ConvolutionParts {
  let isTransposed: Bool
  private(set) var source: [Int]
  let result: [Int]
  /// The weight in the file: [K, C/g, …], or [C, K/g, …] where transposed.
  let weight: [Int]
  private(set) var groups: Int
  var window: cdnnl_window
  var post: [cdnnl_post_operation] = []
  /// Whether only the direct algorithm will do, whatever the plan's options allow.
  var isExact = false
  /// Whether channels lie innermost, in the source and in the result.
  var isChannelsLast = false
  /// What is multiplied: of the source, the weights and the result.
  var elementType = ElementType.float32

  var isNarrow: Bool { elementType == .bfloat16 }

  /// Output channels.
  var kernels: Int { result[1] }

  init(_ site: KernelSite, isTransposed: Bool) throws(GraphError) {
    self.isTransposed = isTransposed
    source = try site.call.shape(0)
    weight = try site.call.shape(1)
    result = site.outputShapes[0]
    groups = site.call.int("group", default: 1)
    let spatial = Array(source[2...])
    let extents = Array(weight[2...])
    let sliding =
      isTransposed
      ? try site.call.transposedWindow(over: spatial, kernel: extents).window
      : try site.call.slidingWindow(over: spatial, kernel: extents)
    // The padding behind is what makes the result's extents come out: it may be less than the node's where
    // strides leave a rest, and negative where an output padding asks for more.
    let (small, large) = isTransposed ? (spatial, Array(result[2...])) : (Array(result[2...]), spatial)
    let after = small.indices.map { axis in
      (small[axis] - 1) * sliding.strides[axis] + sliding.dilations[axis] * (extents[axis] - 1) + 1
        - large[axis] - sliding.padsBefore[axis]
    }
    window = cdnnl_window(
      kernel: extents, strides: sliding.strides, dilations: sliding.dilations, before: sliding.padsBefore,
      after: after)
  }

  /// The weight's plain layout, with the groups an axis of their own and output channels before input ones.
  func weightLayout() throws(ComputeError) -> Layout {
    let inner = Array(weight[2...])
    let area = inner.elementCount
    let (c, k) = (source[1] / groups, kernels / groups)
    let tail = inner.denseStrides
    if !isTransposed {
      return groups == 1 ? try .plain(weight) : try .plain([groups, k, c] + inner)
    }
    // [C, K/g, …]: input channels outermost.
    return groups == 1
      ? try .strided([k, c] + inner, [area, k * area] + tail)
      : try .strided([groups, k, c] + inner, [c * k * area, area, k * area] + tail)
  }

  /// Calls `body` with each kernel's ranges of elements in the file's order of the weight.
  func forEachKernelRun(_ body: (Int, Range<Int>) -> Void) {
    let area = weight[2...].elementCount
    if isTransposed {
      let (c, k) = (source[1] / groups, kernels / groups)
      for input in 0..<source[1] {
        for output in 0..<k {
          let start = (input * k + output) * area
          body(input / max(c, 1) * k + output, start..<start + area)
        }
      }
    } else {
      let run = weight[1...].elementCount
      for kernel in 0..<kernels { body(kernel, kernel * run..<(kernel + 1) * run) }
    }
  }

  private func anyWeights() throws(ComputeError) -> Layout {
    let (c, k) = (source[1] / groups, kernels / groups)
    return try .any((groups == 1 ? [] : [groups]) + [k, c] + weight[2...], elementType)
  }

  private func make(
    _ plan: PlanBuilder, _ direction: cdnnl_direction, _ algorithm: cdnnl_algorithm, source: Layout,
    weights: Layout, bias: Layout?, destination: Layout, post: [cdnnl_post_operation], hint: Primitive?
  ) throws(ComputeError) -> Primitive {
    var window = window
    return try Primitive.make(
      "a convolution of \(self.source.shapeText) by \(weight.shapeText) (\(direction.rawValue))"
    ) { made in
      post.withUnsafeBufferPointer { operations in
        cdnnl_convolution_make(
          plan.engine.handle, direction, isTransposed, algorithm, source.handle, weights.handle, bias?.handle,
          destination.handle, &window,
          cdnnl_post_operations(operations: operations.baseAddress, count: Int32(operations.count)),
          hint?.handle, &made)
      }
    }
  }

  /// The forward pass.
  ///
  /// - Parameters:
  ///   - trains: whether gradients pass through it.
  ///   - destination: what the library chooses where `nil`.
  func forward(
    _ plan: PlanBuilder, bias: Layout?, trains: Bool, destination: Layout? = nil
  ) throws(ComputeError) -> Primitive {
    let winograd = winograd(plan)
    // In its form for inference the library takes weights that are transformed already, once: that takes a while, and four
    // times their memory. The other form transforms them in each pass.
    let algorithm = winograd.map { !trains || $0.pays } ?? false ? CDNNL_WINOGRAD : CDNNL_DIRECT
    let anywhere = try layout(result)
    return try make(
      plan, trains ? CDNNL_TRAINING : CDNNL_INFERENCE, algorithm, source: layout(source),
      weights: anyWeights(), bias: bias, destination: destination ?? anywhere, post: post, hint: nil)
  }

  /// Makes a convolution of several kernels for each single channel a depthwise one: each channel stands there as often as
  /// kernels read it. The library has fast code for the one and not for the other.
  ///
  /// - Returns: how the source becomes the one that is read then; `nil` where nothing changes.
  mutating func spreadChannels() -> Movement? {
    let channels = source[1]
    guard !isTransposed, groups == channels, groups > 1, kernels > channels else { return nil }
    let times = kernels / channels
    source[1] = kernels
    groups = kernels
    return .take(axis: 1, indices: (0..<kernels).map { $0 / times })
  }

  /// The layout that is asked for of the source or the result.
  private func layout(_ shape: [Int]) throws(ComputeError) -> Layout {
    isChannelsLast ? try .channelsLast(shape, elementType) : try .any(shape, elementType)
  }

  /// Whether the convolution can apply an operation with the algorithm that it has without it: Winograd's knows few.
  func staysFast(
    with operation: cdnnl_post_operation, _ plan: PlanBuilder, bias: Layout?, trains: Bool
  ) throws(ComputeError) -> Bool {
    if winograd(plan) == nil || (operation.function == CDNNL_RELU && operation.alpha == 0) { return true }
    var other = self
    other.post = [operation]
    return try other.forward(plan, bias: bias, trains: trains).isWinograd
      == forward(plan, bias: bias, trains: trains).isWinograd
  }

  /// What Winograd's algorithm would cost; `nil` where it cannot be asked for.
  private func winograd(_ plan: PlanBuilder) -> Winograd? {
    isExact || isNarrow || plan.options.exact || isTransposed || groups > 1 ? nil : Winograd(self)
  }

  private func backwardAlgorithm(_ plan: PlanBuilder) -> cdnnl_algorithm {
    winograd(plan)?.pays ?? false ? CDNNL_WINOGRAD : CDNNL_DIRECT
  }

  func backwardData(
    _ plan: PlanBuilder, _ forward: Primitive, gradient: PlanTensor, weights: PlanTensor, label: String
  ) throws(ComputeError) -> PlanTensor {
    let primitive = try make(
      plan, CDNNL_BACKWARD_DATA, backwardAlgorithm(plan), source: layout(source), weights: anyWeights(),
      bias: nil, destination: layout(result), post: [], hint: forward)
    if isNarrow, primitive.isReference {
      var wide = self
      wide.elementType = .float32
      let hint = try wide.forward(plan, bias: nil, trains: true)
      return try wide.backwardData(plan, hint, gradient: gradient, weights: weights, label: label)
    }
    let target = plan.make(try primitive.layout(CDNNL_GRADIENT_SOURCE))
    try plan.emit(
      label + ".data", primitive,
      [
        (
          CDNNL_GRADIENT_DESTINATION,
          try plan.reordered(gradient, to: primitive.layout(CDNNL_GRADIENT_DESTINATION))
        ),
        (CDNNL_WEIGHTS, try plan.reordered(weights, to: primitive.layout(CDNNL_WEIGHTS))),
      ], [(CDNNL_GRADIENT_SOURCE, target)])
    return target
  }

  func backwardWeights(
    _ plan: PlanBuilder, _ forward: Primitive, gradient: PlanTensor, source: PlanTensor, weightValue: ValueID,
    biasValue: ValueID?, label: String
  ) throws(ComputeError) {
    let hasBias = plan.needsGradient(biasValue)
    let bias = hasBias ? try Layout.plain([kernels]) : nil
    let primitive = try make(
      plan, CDNNL_BACKWARD_WEIGHTS, backwardAlgorithm(plan), source: .any(self.source), weights: anyWeights(),
      bias: bias, destination: .any(result), post: [], hint: forward)
    let target = plan.make(try primitive.layout(CDNNL_GRADIENT_WEIGHTS))
    var writes: [(Operand, PlanTensor)] = [(CDNNL_GRADIENT_WEIGHTS, target)]
    if let bias {
      let biasGradient = plan.make(bias)
      writes.append((CDNNL_GRADIENT_BIAS, biasGradient))
      plan.contribute(biasGradient, to: biasValue)
    }
    try plan.emit(
      label + ".weights", primitive,
      [
        (CDNNL_SOURCE, try plan.reordered(source, to: primitive.layout(CDNNL_SOURCE))),
        (
          CDNNL_GRADIENT_DESTINATION,
          try plan.reordered(gradient, to: primitive.layout(CDNNL_GRADIENT_DESTINATION))
        ),
      ], writes)
    guard plan.needsGradient(weightValue) else { return }
    let filed = try plan.reordered(target, to: weightLayout())
    plan.contribute(PlanTensor(try .plain(weight), filed.buffer), to: weightValue)
  }
}

extension KernelTable {
  static let convolutions: [String: any Kernel] = [
    "Conv": ConvolutionKernel(), "ConvTranspose": ConvolutionKernel(isTransposed: true),
  ]
}
