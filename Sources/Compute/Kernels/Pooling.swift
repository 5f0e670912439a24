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
    let source = try plan.tensor(value, narrow: true)
    let result = site.outputShapes[0]
    guard let output = site.output(0) else { return }
    let spatial = Array(source.shape[2...])
    guard !spatial.isEmpty else { return try plan.define(output, source) }
    let window =
      isGlobal
      ? SlidingWindow(covering: spatial) : try site.call.slidingWindow(over: spatial, kernel: nil)
    let countsPadding = site.call.int("count_include_pad", default: 0) != 0
    let pool =
      kind == .maximum
      ? CDNNL_POOL_MAX : countsPadding ? CDNNL_POOL_MEAN_WITH_PADDING : CDNNL_POOL_MEAN_WITHOUT_PADDING
    let trains = plan.needsGradient(output)
    let pooling = try LibraryPooling(
      plan, site.node.op, pool, source, window, result: result, trains: trains)
    var target = try pooling.forward(plan)
    // Where the last windows reach behind the padding (ceil_mode), oneDNN's mean counts positions that ONNX's
    // does not: the mean is corrected.
    let correction = countsPadding ? try meanCorrection(plan, window, spatial, result) : nil
    if let correction { target = try plan.multiplied(target, by: correction) }
    try plan.define(output, target)
    guard trains else { return }
    plan.backward { plan in
      guard var gradient = try plan.gradient(of: output, narrow: true) else { return }
      if let correction { gradient = try plan.multiplied(gradient, by: correction) }
      plan.contribute(try pooling.backward(plan, gradient), to: value)
    }
  }

  /// The window's size over the positions that count, one an output position; `nil` where all windows lie inside.
  private func meanCorrection(
    _ plan: PlanBuilder, _ window: SlidingWindow, _ spatial: [Int], _ result: [Int]
  ) throws -> PlanTensor? {
    guard kind == .mean else { return nil }
    var factors: [Float] = [1]
    for axis in spatial.indices {
      let end = spatial[axis] + window.padsAfter[axis]
      let counts = (0..<result[2 + axis]).map { index -> Float in
        let start = index * window.strides[axis] - window.padsBefore[axis]
        let dilation = window.dilations[axis]
        let inside = min(window.kernel[axis], max(0, end - start + dilation - 1) / dilation)
        return Float(window.kernel[axis]) / Float(max(1, inside))
      }
      factors = factors.flatMap { outer in counts.map { outer * $0 } }
    }
    guard factors.contains(where: { $0 != 1 }) else { return nil }
    return try plan.table("mean", factors, [1, 1] + result[2...])
  }
}

/// A pooling of one tensor by the library, and its gradient.
struct LibraryPooling {
  private let label: String
  private let pool: cdnnl_pool
  private let source: PlanTensor
  private let area: cdnnl_window
  private let primitive: Primitive
  /// Where the maxima stood, for the way back.
  private let workspace: PlanTensor?

  init(
    _ plan: PlanBuilder, _ label: String, _ pool: cdnnl_pool, _ source: PlanTensor, _ window: SlidingWindow,
    result: [Int], trains: Bool
  ) throws {
    self.label = label
    self.pool = pool
    area = window.area(over: Array(source.shape[2...]), result: Array(result[2...]))
    let direction = trains ? CDNNL_TRAINING : CDNNL_INFERENCE
    var (source, primitive) = (
      source,
      try Self.make(
        plan, direction, pool, source.layout, .any(result, source.layout.elementType), area, nil)
    )
    if source.isNarrow, primitive.isReference {
      source = try plan.widened(source)
      primitive = try Self.make(plan, direction, pool, source.layout, .any(result), area, nil)
    }
    (self.source, self.primitive) = (source, primitive)
    workspace =
      trains && pool == CDNNL_POOL_MAX ? primitive.optionalLayout(CDNNL_WORKSPACE).map(plan.make) : nil
  }

  func forward(_ plan: PlanBuilder) throws -> PlanTensor {
    let target = plan.make(try primitive.layout(CDNNL_DESTINATION))
    try plan.emit(
      label, primitive, [(CDNNL_SOURCE, source)],
      [(CDNNL_DESTINATION, target)] + (workspace.map { [(CDNNL_WORKSPACE, $0)] } ?? []))
    return target
  }

  func backward(_ plan: PlanBuilder, _ gradient: PlanTensor) throws -> PlanTensor {
    let destination = try primitive.layout(CDNNL_DESTINATION)
    let backward = try Self.make(
      plan, CDNNL_BACKWARD_DATA, pool, source.layout, destination, area, primitive)
    let target = plan.make(try backward.layout(CDNNL_GRADIENT_SOURCE))
    let moved = try plan.reordered(gradient, to: backward.layout(CDNNL_GRADIENT_DESTINATION))
    try plan.emit(
      label + ".backward", backward,
      [(CDNNL_GRADIENT_DESTINATION, moved)] + (workspace.map { [(CDNNL_WORKSPACE, $0)] } ?? []),
      [(CDNNL_GRADIENT_SOURCE, target)])
    return target
  }

  private static func make(
    _ plan: PlanBuilder, _ direction: cdnnl_direction, _ pool: cdnnl_pool, _ source: Layout,
    _ target: Layout, _ area: cdnnl_window, _ hint: Primitive?
  ) throws -> Primitive {
    var area = area
    return try Primitive.make("a pooling of \(source.shape.shapeText)") {
      cdnnl_pooling_make(
        plan.engine.handle, direction, pool, source.handle, target.handle, &area, hint?.handle, &$0)
    }
  }
}

extension SlidingWindow {
  /// The window with the padding behind that makes the result's extents come out.
  fileprivate func area(over spatial: [Int], result: [Int]) -> cdnnl_window {
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
