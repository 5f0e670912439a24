import CDNNL
import Graph

/// `MaxPool`, `AveragePool` and their global forms.
struct PoolingKernel: Kernel {
  enum Kind { case maximum, mean }

  let kind: Kind
  var isGlobal = false

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    if site.output(1) != nil { return try PositionedPoolingKernel().lower(site, into: plan) }
    let value = try site.required(0)
    var source = try plan.tensor(value, narrow: true)
    let (shape, result) = (source.shape, site.outputShapes[0])
    guard let output = site.output(0) else { return }
    let spatial = Array(shape[2...])
    guard !spatial.isEmpty else { return try plan.define(output, source) }
    let window: PoolingWindow
    if isGlobal {
      window = PoolingWindow(kernel: spatial)
    } else {
      window = PoolingWindow(try site.call.slidingWindow(over: spatial, kernel: nil))
    }
    let countsPadding = site.call.int("count_include_pad", default: 0) != 0
    let area = window.area(over: spatial, result: Array(result[2...]))
    let pool =
      kind == .maximum
      ? CDNNL_POOL_MAX : countsPadding ? CDNNL_POOL_MEAN_WITH_PADDING : CDNNL_POOL_MEAN_WITHOUT_PADDING
    let trains = plan.needsGradient(output)
    func make(
      _ direction: cdnnl_direction, _ source: Layout, _ target: Layout, _ hint: Primitive?
    ) throws(ComputeError) -> Primitive {
      var area = area
      return try Primitive.make("a pooling of \(shape.shapeText)") {
        cdnnl_pooling_make(
          plan.engine.handle, direction, pool, source.handle, target.handle, &area, hint?.handle, &$0)
      }
    }
    let direction = trains ? CDNNL_TRAINING : CDNNL_INFERENCE
    var primitive = try make(direction, source.layout, .any(result, source.layout.elementType), nil)
    if source.isNarrow, primitive.isReference {
      source = try plan.widened(source)
      primitive = try make(direction, source.layout, .any(result), nil)
    }
    let (forward, layout) = (primitive, source.layout)
    var target = plan.make(try forward.layout(CDNNL_DESTINATION))
    let workspace =
      trains && kind == .maximum ? forward.optionalLayout(CDNNL_WORKSPACE).map(plan.make) : nil
    try plan.emit(
      site.node.op, forward, [(CDNNL_SOURCE, source)],
      [(CDNNL_DESTINATION, target)] + (workspace.map { [(CDNNL_WORKSPACE, $0)] } ?? []))
    // Where the last windows reach behind the padding (ceil_mode), oneDNN's mean counts places that ONNX's
    // does not: the mean is corrected.
    let correction = countsPadding ? try meanCorrection(plan, window, spatial, result) : nil
    if let correction { target = try plan.multiplied(target, by: correction) }
    try plan.define(output, target)
    guard trains else { return }
    plan.backward { plan throws(ComputeError) in
      guard var gradient = try plan.gradient(of: output, narrow: true) else { return }
      if let correction { gradient = try plan.multiplied(gradient, by: correction) }
      let backward = try make(CDNNL_BACKWARD_DATA, layout, forward.layout(CDNNL_DESTINATION), forward)
      let result = plan.make(try backward.layout(CDNNL_GRADIENT_SOURCE))
      let moved = try plan.reordered(gradient, to: backward.layout(CDNNL_GRADIENT_DESTINATION))
      try plan.emit(
        site.node.op + ".backward", backward,
        [(CDNNL_GRADIENT_DESTINATION, moved)] + (workspace.map { [(CDNNL_WORKSPACE, $0)] } ?? []),
        [(CDNNL_GRADIENT_SOURCE, result)])
      plan.contribute(result, to: value)
    }
  }

  /// The window's size over the places that count, one an output place; `nil` where all windows lie inside.
  private func meanCorrection(
    _ plan: PlanBuilder, _ window: PoolingWindow, _ spatial: [Int], _ result: [Int]
  ) throws(ComputeError) -> PlanTensor? {
    guard kind == .mean else { return nil }
    var factors: [Float] = [1]
    for axis in spatial.indices {
      let end = spatial[axis] + window.padsAfter[axis]
      let counts = (0..<result[2 + axis]).map { place -> Float in
        let start = place * window.strides[axis] - window.padsBefore[axis]
        let inside = (0..<window.kernel[axis]).filter { start + $0 * window.dilations[axis] < end }.count
        return Float(window.kernel[axis]) / Float(max(1, inside))
      }
      factors = factors.flatMap { outer in counts.map { outer * $0 } }
    }
    guard factors.contains(where: { $0 != 1 }) else { return nil }
    return try plan.table("mean", factors, [1, 1] + result[2...])
  }
}

/// The window of a pooling.
struct PoolingWindow {
  var kernel, strides, dilations, padsBefore, padsAfter: [Int]

  /// All of the space at once.
  init(kernel: [Int]) {
    self.kernel = kernel
    strides = kernel.map { _ in 1 }
    dilations = strides
    padsBefore = kernel.map { _ in 0 }
    padsAfter = padsBefore
  }

  init(_ window: SlidingWindow) {
    (kernel, strides, dilations) = (window.kernel, window.strides, window.dilations)
    (padsBefore, padsAfter) = (window.padsBefore, window.padsAfter)
  }

  /// The window with the padding behind that makes the result's extents come out.
  func area(over spatial: [Int], result: [Int]) -> cdnnl_window {
    var after: [Int] = []
    for axis in spatial.indices {
      let last = (result[axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1
      after.append(last - spatial[axis] - padsBefore[axis])
    }
    return cdnnl_window(
      kernel: kernel, strides: strides, dilations: dilations, before: padsBefore, after: after)
  }
}

extension KernelTable {
  static let pooling: [String: any Kernel] = [
    "MaxPool": PoolingKernel(kind: .maximum), "AveragePool": PoolingKernel(kind: .mean),
    "GlobalMaxPool": PoolingKernel(kind: .maximum, isGlobal: true),
    "GlobalAveragePool": PoolingKernel(kind: .mean, isGlobal: true),
  ]
}
