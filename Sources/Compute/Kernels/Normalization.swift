import CDNNL
import Graph

/// `BatchNormalization`: with running statistics a factor and an offset a channel, with the batch's statistics
/// oneDNN's own.
struct BatchNormalizationKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let usesBatch =
      site.call.normalizesWithBatch
      || (plan.isTraining && plan.options.normalizesWithBatch
        && !plan.options.keepsStatistics.contains(site.call.node.id))
    if usesBatch {
      try lowerBatchStatistics(site, plan)
    } else {
      try lowerRunningStatistics(site, plan)
    }
  }

  private func lowerRunningStatistics(_ site: KernelSite, _ plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard var output = site.output(0) else { return }
    let (scaleValue, shiftValue) = (try site.required(1), try site.required(2))
    let source = try plan.tensor(value, narrow: true)
    let shape = source.shape
    let parameters = try (1...4).map { try plan.plain(site.required($0)) }
    // One a channel; one an element of an example with `spatial` = 0 before opset 9.
    let own = parameters[0].shape
    let row = [1] + own + [Int](repeating: 1, count: shape.count - 1 - own.count)
    let (scale, shift, mean, variance) = (parameters[0], parameters[1], parameters[2], parameters[3])
    let epsilon = site.call.float("epsilon", default: 1e-5)
    // 1/√(σ² + ε), then γ times that, then β − μ times that.
    let deviation = try plan.map("BatchNormalization.fold", [variance], shape: own) {
      1.0 / ($0[0] + .constant(epsilon)).squareRoot
    }
    let factor = try plan.map("BatchNormalization.fold", [scale, deviation], shape: own) { $0[0] * $0[1] }
    let offset = try plan.map("BatchNormalization.fold", [shift, mean, factor], shape: own) {
      $0[0] - $0[1] * $0[2]
    }
    let (factors, offsets) = (try plan.reshaped(factor, row), try plan.reshaped(offset, row))
    if let index = plan.soleConsumer(of: output), plan.bound.network.nodes[index].op == "Relu",
      let (_, behind) = plan.fusedActivation(after: output)
    {
      output = behind
      try plan.define(
        output,
        plan.map("BatchNormalization.Relu", [source, factors, offsets], shape: shape) {
          ($0[0] * $0[1] + $0[2]).relu
        })
    } else {
      try plan.define(
        output,
        plan.map("BatchNormalization", [source, factors, offsets], shape: shape) { $0[0] * $0[1] + $0[2] })
    }
    let result = output
    guard plan.needsGradient(result) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: result, narrow: true) else { return }
      if plan.needsGradient(value) {
        plan.contribute(
          try plan.map("BatchNormalization.backward", [gradient, factors], shape: shape) { $0[0] * $0[1] },
          to: value)
      }
      if plan.needsGradient(scaleValue) {
        // ∂/∂γ = Σ g · (x − μ)/√(σ² + ε).
        let centre = try plan.map(
          "BatchNormalization.backward", [source, plan.reshaped(mean, row)], shape: shape
        ) { $0[0] - $0[1] }
        let product = try plan.map("BatchNormalization.backward", [centre, gradient], shape: shape) {
          $0[0] * $0[1]
        }
        let sum = try plan.reshaped(plan.unbroadcast(product, to: row), own)
        plan.contribute(
          try plan.map("BatchNormalization.backward", [sum, deviation], shape: own) { $0[0] * $0[1] },
          to: scaleValue)
      }
      if plan.needsGradient(shiftValue) {
        plan.contribute(
          try plan.reshaped(plan.unbroadcast(gradient, to: row), own), to: shiftValue)
      }
    }
  }

  private func lowerBatchStatistics(_ site: KernelSite, _ plan: PlanBuilder) throws {
    let values = try (0..<5).map(site.required)
    guard let output = site.output(0) else { return }
    guard try site.call.shape(1).count == 1 else {
      throw site.unsupported("it normalises every element by itself with the batch's statistics")
    }
    let source = try plan.tensor(values[0])
    let epsilon = site.call.float("epsilon", default: 1e-5)
    if plan.isTraining, plan.options.sharesStatistics {
      let (mean, variance) = try SharedBatchNormalization(site, source: source, ranks: plan.options.ranks)
        .lower(Array(values[..<3]), to: output, epsilon: epsilon, into: plan)
      try moveStatistics(site, plan, mean: mean, variance: variance, values: values)
      try plan.define(site.output(3), mean)
      try plan.define(site.output(4), variance)
      return
    }
    let (scale, shift) = (try plan.plain(values[1]), try plan.plain(values[2]))
    let layout = source.layout
    let channels = try Layout.plain([source.shape[1]])
    func make(
      _ direction: cdnnl_direction, _ gradient: Layout?, _ hint: Primitive?
    ) throws -> Primitive {
      try Primitive.make("a batch normalization of \(layout.shape.shapeText)") {
        cdnnl_batch_normalization_make(
          plan.engine.handle, direction, epsilon, layout.handle, gradient?.handle, hint?.handle, &$0)
      }
    }
    let forward = try make(CDNNL_TRAINING, nil, nil)
    let (target, mean, variance) = (plan.make(layout), plan.make(channels), plan.make(channels))
    try plan.emit(
      "BatchNormalization", forward,
      [(CDNNL_SOURCE, source), (CDNNL_SCALE, scale), (CDNNL_SHIFT, shift)],
      [(CDNNL_DESTINATION, target), (CDNNL_MEAN, mean), (CDNNL_VARIANCE, variance)], isCheap: true)
    try plan.define(output, target)
    try moveStatistics(site, plan, mean: mean, variance: variance, values: values)
    // Before opset 14 the batch's own statistics are outputs too.
    try plan.define(site.output(3), mean)
    try plan.define(site.output(4), variance)
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let moved = try plan.reordered(gradient, to: layout)
      let backward = try make(CDNNL_BACKWARD_DATA, layout, forward)
      let result = plan.make(layout)
      let (scaleGradient, shiftGradient) = (plan.make(channels), plan.make(channels))
      try plan.emit(
        "BatchNormalization.backward", backward,
        [
          (CDNNL_SOURCE, source), (CDNNL_MEAN, mean), (CDNNL_VARIANCE, variance), (CDNNL_SCALE, scale),
          (CDNNL_SHIFT, shift), (CDNNL_GRADIENT_DESTINATION, moved),
        ],
        [
          (CDNNL_GRADIENT_SOURCE, result), (CDNNL_GRADIENT_SCALE, scaleGradient),
          (CDNNL_GRADIENT_SHIFT, shiftGradient),
        ])
      plan.contribute(result, to: values[0])
      plan.contribute(scaleGradient, to: values[1])
      plan.contribute(shiftGradient, to: values[2])
    }
  }

  /// Outputs 1 and 2, or the network's own running statistics: r · momentum + batch · (1 − momentum).
  private func moveStatistics(
    _ site: KernelSite, _ plan: PlanBuilder, mean: PlanTensor, variance: PlanTensor, values: [ValueID]
  ) throws {
    let momentum = site.call.float("momentum", default: 0.9)
    for (number, batch) in [(3, mean), (4, variance)] {
      let value = values[number]
      let isParameter = plan.bound.network.constants[value] != nil
      let updates =
        plan.isTraining && plan.options.updatesRunningStatistics && isParameter
        && !site.call.normalizesWithBatch
      guard updates || site.output(number - 2) != nil else { continue }
      let running = try plan.plain(value)
      let moved = try plan.map("BatchNormalization.statistics", [running, batch], shape: batch.shape) {
        $0[0] * .constant(momentum) + $0[1] * .constant(1 - momentum)
      }
      if let output = site.output(number - 2) { try plan.define(output, moved) }
      if updates { plan.written.append((value, moved)) }
    }
  }
}

extension KernelTable {
  static let normalizations: [String: any Kernel] = [
    "BatchNormalization": BatchNormalizationKernel(),
    "InstanceNormalization": RowNormalizationKernel(kind: .instance),
    "LayerNormalization": RowNormalizationKernel(kind: .layer),
    "GroupNormalization": RowNormalizationKernel(kind: .group),
  ]
}
