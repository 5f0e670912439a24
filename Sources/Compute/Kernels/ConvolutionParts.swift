import CDNNL
import Graph

/// The shapes and the window of a convolution, as oneDNN wants them.
struct ConvolutionParts {
  let isTransposed: Bool
  var source: [Int]
  var result: [Int]
  /// The weight in the file's order: [K, C/g, …], or [C, K/g, …] where transposed.
  var weight: [Int]
  var groups: Int
  var strides: [Int]
  var dilations: [Int]
  var padsBefore: [Int]
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

  /// Whether each kernel reads a channel of its own.
  var isDepthwise: Bool { !isTransposed && groups == source[1] && kernels == groups && groups > 1 }

  init(_ site: KernelSite, isTransposed: Bool) throws {
    self.isTransposed = isTransposed
    source = try site.call.shape(0)
    weight = try site.call.shape(1)
    result = site.outputShapes[0]
    groups = site.call.int("group", default: 1)
    let spatial = Array(source[2...])
    let extents = Array(weight[2...])
    let window =
      isTransposed
      ? try site.call.transposedWindow(over: spatial, kernel: extents).window
      : try site.call.slidingWindow(over: spatial, kernel: extents)
    (strides, dilations, padsBefore) = (window.strides, window.dilations, window.padsBefore)
  }

  /// The extents of the image that windows stand on and of the one with a position for each window.
  var images: (under: [Int], over: [Int]) {
    let (source, result) = (Array(source[2...]), Array(result[2...]))
    return isTransposed ? (result, source) : (source, result)
  }

  /// The window as the library takes it.
  ///
  /// The padding behind is what makes the result's extents come out: it may be less than the node's where strides leave a
  /// rest, and negative where an output padding asks for more.
  var window: cdnnl_window {
    let (under, over) = images
    let kernel = Array(weight[2...])
    let after = over.indices.map { axis in
      (over[axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1 - under[axis]
        - padsBefore[axis]
    }
    return cdnnl_window(
      kernel: kernel, strides: strides, dilations: dilations, before: padsBefore, after: after)
  }

  /// The weight's plain layout, with the groups an axis of their own and output channels before input ones.
  func weightLayout() throws -> Layout {
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

  private func anyWeights() throws -> Layout {
    let (c, k) = (source[1] / groups, kernels / groups)
    return try .any((groups == 1 ? [] : [groups]) + [k, c] + weight[2...], elementType)
  }

  private func make(
    _ plan: PlanBuilder, _ direction: cdnnl_direction, _ algorithm: cdnnl_algorithm, source: Layout,
    weights: Layout, bias: Layout?, destination: Layout, post: [cdnnl_post_operation], hint: Primitive?
  ) throws -> Primitive {
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
  ) throws -> Primitive {
    let winograd = winograd(plan)
    // In its form for inference the library takes weights that are transformed already, once: that takes a while, and four
    // times their memory. The other form transforms them in each pass.
    let algorithm = winograd.map { !trains || $0.pays } ?? false ? CDNNL_WINOGRAD : CDNNL_DIRECT
    let anywhere = try layout(result)
    return try make(
      plan, trains ? CDNNL_TRAINING : CDNNL_INFERENCE, algorithm, source: layout(source),
      weights: anyWeights(), bias: bias, destination: destination ?? anywhere, post: post, hint: nil)
  }

  /// Adds the forward pass alone as a step.
  ///
  /// - Parameter weights: in `weightLayout()`.
  func convolve(
    _ plan: PlanBuilder, _ source: PlanTensor, _ weights: PlanTensor, trains: Bool = true, label: String
  ) throws -> PlanTensor {
    let forward = try forward(plan, bias: nil, trains: trains)
    let target = plan.make(try forward.layout(CDNNL_DESTINATION))
    try plan.emit(
      label, forward,
      [
        (CDNNL_SOURCE, try plan.reordered(source, to: forward.layout(CDNNL_SOURCE))),
        (CDNNL_WEIGHTS, try plan.reordered(weights, to: forward.layout(CDNNL_WEIGHTS))),
      ], [(CDNNL_DESTINATION, target)])
    return target
  }

  /// The layout that is asked for of the source or the result.
  private func layout(_ shape: [Int]) throws -> Layout {
    isChannelsLast ? try .channelsLast(shape, elementType) : try .any(shape, elementType)
  }

  /// Whether the convolution can apply an operation with the algorithm that it has without it: Winograd's knows few.
  func staysFast(
    with operation: cdnnl_post_operation, _ plan: PlanBuilder, bias: Layout?, trains: Bool
  ) throws -> Bool {
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
  ) throws -> PlanTensor {
    let primitive = try make(
      plan, CDNNL_BACKWARD_DATA, backwardAlgorithm(plan), source: layout(source), weights: anyWeights(),
      bias: nil, destination: layout(result), post: [], hint: forward)
    if primitive.isGeneral, let (turned, turn) = turned() {
      let filed = PlanTensor(try .plain(weight), weights.buffer)
      let grouped = PlanTensor(try turned.weightLayout(), try plan.move(filed, turn).buffer)
      return try turned.convolve(plan, gradient, grouped, label: label + ".data")
    }
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

  /// The gradients of the weights, in the file's order, and of the bias.
  func backwardWeights(
    _ plan: PlanBuilder, _ forward: Primitive, gradient: PlanTensor, source: PlanTensor, hasBias: Bool,
    label: String
  ) throws -> (weights: PlanTensor, bias: PlanTensor?) {
    if let own = try DepthwiseWeights(self, source: source, gradient: gradient, plan) {
      let (weights, bias) = try own.emit(label + ".weights", plan)
      return (try plan.reshaped(weights, weight), hasBias ? bias : nil)
    }
    let bias = hasBias ? plan.make(try .plain([kernels])) : nil
    let primitive = try make(
      plan, CDNNL_BACKWARD_WEIGHTS, backwardAlgorithm(plan), source: .any(self.source), weights: anyWeights(),
      bias: bias?.layout, destination: .any(result), post: [], hint: forward)
    let target = plan.make(try primitive.layout(CDNNL_GRADIENT_WEIGHTS))
    try plan.emit(
      label + ".weights", primitive,
      [
        (CDNNL_SOURCE, try plan.reordered(source, to: primitive.layout(CDNNL_SOURCE))),
        (
          CDNNL_GRADIENT_DESTINATION,
          try plan.reordered(gradient, to: primitive.layout(CDNNL_GRADIENT_DESTINATION))
        ),
      ], [(CDNNL_GRADIENT_WEIGHTS, target)] + (bias.map { [(CDNNL_GRADIENT_BIAS, $0)] } ?? []))
    let filed = try plan.reordered(target, to: weightLayout())
    return (PlanTensor(try .plain(weight), filed.buffer), bias)
  }
}
