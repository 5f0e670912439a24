import CPointwise
import Graph

/// `LayerNormalization`, `InstanceNormalization` and `GroupNormalization`: rows of consecutive elements are brought
/// to mean 0 and variance 1, then scaled and shifted.
struct RowNormalizationKernel: Kernel {
  enum Kind { case layer, instance, group }

  let kind: Kind

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (value, scaleValue) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let shape = source.shape
    let rows =
      switch kind {
      case .layer:
        shape[..<(try site.call.axis(site.call.int("axis", default: -1), rank: shape.count))]
          .elementCount
      case .instance: shape[0] * shape[1]
      case .group: shape[0] * (try site.call.normalizedGroups())
      }
    let width = rows == 0 ? 0 : shape.elementCount / rows
    let epsilon = site.call.float("epsilon", default: 1e-5)
    let label = site.node.op
    let ownScale = try plan.plain(scaleValue)
    let shiftValue = site.input(2)
    let ownShift = try shiftValue.map { try plan.plain($0) }
    // A parameter for each element of a row is applied on the way.
    let isFused =
      kind == .layer && [ownScale, ownShift].allSatisfy { $0.map { $0.shape.elementCount == width } ?? true }
    let (fusedScale, fusedShift) = isFused ? (ownScale, ownShift) : (nil, nil)
    let target = plan.make(source.layout)
    let (mean, deviation) = (plan.make(try .plain([rows])), plan.make(try .plain([rows])))
    plan.emit(
      label, reads: [source] + [fusedScale, fusedShift].compactMap { $0 }, writes: [target, mean, deviation]
    ) {
      let (x, y, m, d) = (source.floats, target.floats, mean.floats, deviation.floats)
      let form = cpw_rows(
        width: Int64(width), epsilon: epsilon, scale: fusedScale?.floats, shift: fusedShift?.floats)
      return {
        parallelRanges(rows, grain: max(1, 8192 / max(1, width))) { range in
          let first = range.lowerBound
          cpw_normalize(
            [form], x + first * width, y + first * width, m + first, d + first, Int64(range.count))
        }
      }
    }
    let isLayer = kind == .layer
    func channelled(_ tensor: PlanTensor) throws -> PlanTensor {
      guard !isLayer else { return tensor }
      let spread = try plan.move(tensor, Self.spreading(tensor.shape, over: shape[1]))
      return try plan.reshaped(spread, [1, shape[1]] + shape[2...].map { _ in 1 })
    }
    /// The gradient of a parameter from that of the result.
    func gathered(
      _ plan: PlanBuilder, _ gradient: PlanTensor, _ own: PlanTensor
    ) throws -> PlanTensor {
      guard !isLayer else { return try plan.unbroadcast(gradient, to: own.shape) }
      let sum = try plan.unbroadcast(gradient, to: [1, shape[1]] + shape[2...].map { _ in 1 })
      return try plan.moveBack(
        plan.reshaped(sum, [shape[1]]), Self.spreading(own.shape, over: shape[1]), from: own.shape)
    }
    let scale = try channelled(ownScale)
    if isFused {
      try plan.define(output, target)
    } else if let ownShift {
      try plan.define(
        output,
        plan.map(label, [target, scale, channelled(ownShift)], shape: shape) { $0[0] * $0[1] + $0[2] })
    } else {
      try plan.define(output, plan.map(label, [target, scale], shape: shape) { $0[0] * $0[1] })
    }
    if isLayer { try defineStatistics(site, plan, source, mean, deviation) }
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      if plan.needsGradient(shiftValue), let ownShift {
        plan.contribute(try gathered(plan, gradient, ownShift), to: shiftValue)
      }
      if plan.needsGradient(scaleValue) {
        let operands = [
          try plan.reshaped(source, [rows, width]), try plan.reshaped(mean, [rows, 1]),
          try plan.reshaped(deviation, [rows, 1]), try plan.reshaped(gradient, [rows, width]),
        ]
        let product = try plan.map(label + ".backward", operands, shape: [rows, width]) {
          ($0[0] - $0[1]) * $0[2] * $0[3]
        }
        plan.contribute(try gathered(plan, plan.reshaped(product, shape), ownScale), to: scaleValue)
      }
      guard plan.needsGradient(value) else { return }
      let scaled = try plan.plain(
        isFused
          ? gradient : plan.map(label + ".backward", [gradient, scale], shape: shape) { $0[0] * $0[1] })
      let result = plan.make(source.layout)
      plan.emit(
        label + ".backward", reads: [scaled, source, mean, deviation] + (fusedScale.map { [$0] } ?? []),
        writes: [result], donors: [scaled]
      ) {
        let (g, x, m, d) = (scaled.floats, source.floats, mean.floats, deviation.floats)
        let y = result.floats
        let form = cpw_rows(width: Int64(width), epsilon: epsilon, scale: fusedScale?.floats, shift: nil)
        return {
          parallelRanges(rows, grain: max(1, 8192 / max(1, width))) { range in
            let (row, first) = (range.lowerBound, range.lowerBound * width)
            cpw_normalize_gradient(
              [form], x + first, m + row, d + row, g + first, y + first, Int64(range.count))
          }
        }
      }
      plan.contribute(result, to: value)
    }
  }

  /// How a parameter of a group becomes one of each of its channels.
  private static func spreading(_ shape: [Int], over channels: Int) -> [Movement] {
    guard let count = shape.first, count != channels, count > 0 else { return [] }
    return [.reshape([count, 1]), .expand([count, channels / count]), .reshape([channels])]
  }

  /// The outputs `Mean` and `InvStdDev`.
  private func defineStatistics(
    _ site: KernelSite, _ plan: PlanBuilder, _ source: PlanTensor, _ mean: PlanTensor, _ deviation: PlanTensor
  ) throws {
    let value = site.input(0)
    let label = site.node.op
    let rows = mean.shape[0]
    let (shape, width) = (source.shape, rows == 0 ? 0 : source.shape.elementCount / rows)
    let share = Pointwise.constant(1 / Float(max(1, width)))
    func column(_ tensor: PlanTensor) throws -> PlanTensor {
      try plan.reshaped(tensor, [rows, 1])
    }
    if let output = site.output(1) {
      try plan.define(output, plan.reshaped(mean, site.outputShapes[1]))
      plan.backward { plan in
        guard let g = try plan.gradient(of: output), plan.needsGradient(value) else { return }
        let spread = try plan.map(
          label + ".backward", [column(g)], layout: .plain([rows, width]), shape: [rows, width]
        ) {
          $0[0] * share
        }
        plan.contribute(try plan.reshaped(spread, shape), to: value)
      }
    }
    if let output = site.output(2) {
      try plan.define(output, plan.reshaped(deviation, site.outputShapes[2]))
      plan.backward { plan in
        guard let g = try plan.gradient(of: output), plan.needsGradient(value) else { return }
        // ∂(1/σ)/∂x = −(x − μ) / (nσ³).
        let operands = [
          try plan.reshaped(source, [rows, width]), try column(mean), try column(deviation), try column(g),
        ]
        let spread = try plan.map(label + ".backward", operands, shape: [rows, width]) {
          -($0[0] - $0[1]) * ($0[2] * $0[2] * $0[2]) * share * $0[3]
        }
        plan.contribute(try plan.reshaped(spread, shape), to: value)
      }
    }
  }
}
