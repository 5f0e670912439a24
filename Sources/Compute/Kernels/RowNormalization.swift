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
    let normal = plan.make(source.layout)
    let deviation = plan.make(try .plain([rows]))
    let label = site.node.op
    plan.emit(label, reads: [source], writes: [normal, deviation]) {
      let (x, y, d) = (UnsafePointer(source.floats), normal.floats, deviation.floats)
      return {
        parallelRanges(rows, grain: max(1, 8192 / max(1, width))) { range in
          for row in range { d[row] = normalizeRow(x + row * width, y + row * width, width, epsilon) }
        }
      }
    }
    let isLayer = kind == .layer
    func channelled(_ tensor: PlanTensor) throws(ComputeError) -> PlanTensor {
      guard !isLayer else { return tensor }
      let spread = try plan.move(tensor, Self.spreading(tensor.shape, over: shape[1]))
      return try plan.reshaped(spread, [1, shape[1]] + shape[2...].map { _ in 1 })
    }
    /// The gradient of a parameter from that of the result.
    func gathered(
      _ plan: PlanBuilder, _ gradient: PlanTensor, _ own: PlanTensor
    ) throws(ComputeError) -> PlanTensor {
      guard !isLayer else { return try plan.unbroadcast(gradient, to: own.shape) }
      let sum = try plan.unbroadcast(gradient, to: [1, shape[1]] + shape[2...].map { _ in 1 })
      return try plan.moveBack(
        plan.reshaped(sum, [shape[1]]), Self.spreading(own.shape, over: shape[1]), from: own.shape)
    }
    let ownScale = try plan.plain(scaleValue)
    let scale = try channelled(ownScale)
    let shiftValue = site.input(2)
    let ownShift = try shiftValue.map { try plan.plain($0) }
    if let ownShift {
      try plan.define(
        output,
        plan.map(label, [normal, scale, channelled(ownShift)], shape: shape) { $0[0] * $0[1] + $0[2] })
    } else {
      try plan.define(output, plan.map(label, [normal, scale], shape: shape) { $0[0] * $0[1] })
    }
    if isLayer {
      try defineStatistics(site, plan, source, normal, deviation: deviation, rows: rows, width: width)
    }
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output) else { return }
      if plan.needsGradient(shiftValue), let ownShift {
        plan.contribute(try gathered(plan, gradient, ownShift), to: shiftValue)
      }
      if plan.needsGradient(scaleValue) {
        let product = try plan.map(label + ".backward", [gradient, normal], shape: shape) { $0[0] * $0[1] }
        plan.contribute(try gathered(plan, product, ownScale), to: scaleValue)
      }
      guard plan.needsGradient(value) else { return }
      let scaled = try plan.plain(
        plan.map(label + ".backward", [gradient, scale], shape: shape) { $0[0] * $0[1] })
      let result = plan.make(source.layout)
      plan.emit(
        label + ".backward", reads: [scaled, normal, deviation], writes: [result], donors: [scaled]
      ) {
        let (g, y, d) = (UnsafePointer(scaled.floats), UnsafePointer(normal.floats), deviation.floats)
        let x = result.floats
        return {
          parallelRanges(rows, grain: max(1, 8192 / max(1, width))) { range in
            for row in range {
              normalizeRowBackward(g + row * width, y + row * width, x + row * width, width, d[row])
            }
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
    _ site: KernelSite, _ plan: PlanBuilder, _ source: PlanTensor, _ normal: PlanTensor,
    deviation: PlanTensor, rows: Int, width: Int
  ) throws {
    let value = site.input(0)
    let label = site.node.op
    let (shape, share) = (source.shape, 1 / Float(max(1, width)))
    if let output = site.output(1) {
      let sum = try plan.reduced(
        label, SumReduction(), plan.reshaped(source, [rows, width]), to: [rows, 1], ignoresPadding: true)
      let mean = try plan.map(label, [sum], shape: [rows, 1]) { $0[0] * .constant(share) }
      try plan.define(output, plan.reshaped(mean, site.outputShapes[1]))
      plan.backward { plan throws(ComputeError) in
        guard let g = try plan.gradient(of: output), plan.needsGradient(value) else { return }
        plan.contribute(
          try plan.map(label + ".backward", [g], layout: .plain(shape), shape: shape) {
            $0[0] * .constant(share)
          }, to: value)
      }
    }
    if let output = site.output(2) {
      let inverse = try plan.reshaped(deviation, site.outputShapes[2])
      try plan.define(output, inverse)
      plan.backward { plan throws(ComputeError) in
        guard let g = try plan.gradient(of: output), plan.needsGradient(value) else { return }
        // ∂(1/σ)/∂x = −y / (nσ²).
        let factor = try plan.map(label + ".backward", [inverse, g], shape: inverse.shape) {
          -($0[0] * $0[0]) * .constant(share) * $0[1]
        }
        plan.contribute(
          try plan.map(label + ".backward", [normal, factor], shape: shape) { $0[0] * $0[1] }, to: value)
      }
    }
  }
}

/// Writes (x − μ)/√(σ² + ε) of a row; returns 1/√(σ² + ε).
private func normalizeRow(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ epsilon: Float
) -> Float {
  var sum = 0.0
  for i in 0..<count { sum += Double(x[i]) }
  let mean = Float(sum / Double(count))
  var squares = 0.0
  for i in 0..<count {
    let distance = x[i] - mean
    squares += Double(distance * distance)
  }
  let inverse = 1 / (Float(squares / Double(count)) + epsilon).squareRoot()
  for i in 0..<count { y[i] = (x[i] - mean) * inverse }
  return inverse
}

/// ∂x = (g − mean(g) − y · mean(g · y)) / σ.
private func normalizeRowBackward(
  _ g: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ x: UnsafeMutablePointer<Float>, _ count: Int,
  _ inverse: Float
) {
  var sum = 0.0
  var product = 0.0
  for i in 0..<count {
    sum += Double(g[i])
    product += Double(g[i] * y[i])
  }
  let (mean, slope) = (Float(sum / Double(count)), Float(product / Double(count)))
  for i in 0..<count { x[i] = (g[i] - mean - y[i] * slope) * inverse }
}
