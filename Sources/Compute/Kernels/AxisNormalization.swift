import Graph

/// `LpNormalization`, `MeanVarianceNormalization` and `RMSNormalization`: an element times one over a statistic
/// of some axes, centred first or scaled after where the operator says so.
///
/// With the inverse statistic d, the normal value y and g behind the scale, ∂x = d · (g − mean(g) − n · m), where
/// the mean is that of centred operators, n is ∂(1/d)/∂x up to a factor (y, or x's sign for the L1 norm) and m is
/// the sum or the mean of g · y.
struct AxisNormalizationKernel: Kernel {
  enum Kind { case lp, meanVariance, rootMeanSquare }

  let kind: Kind

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let (shape, axes, label) = (source.shape, try axes(site), site.node.op)
    let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
    let share = kind == .lp ? 1 : 1 / Float(max(1, axes.map { shape[$0] }.elementCount))
    let isFirstNorm = kind == .lp && site.call.int("p", default: 2) == 1
    func summed(_ plan: PlanBuilder, _ tensor: PlanTensor) throws -> PlanTensor {
      let sum = try plan.reduced(label, SumReduction(), tensor, to: kept, ignoresPadding: true)
      return share == 1 ? sum : try plan.map(label, [sum], shape: kept) { $0[0] * .constant(share) }
    }
    var centred = source
    if kind == .meanVariance {
      centred = try plan.map(label, [source, summed(plan, source)], shape: shape) { $0[0] - $0[1] }
    }
    let inverse: PlanTensor
    if isFirstNorm {
      let norm = try plan.reduced(label, MagnitudeReduction(), source, to: kept, ignoresPadding: true)
      inverse = try plan.map(label, [norm], shape: kept) { .select(0.0 < $0[0], 1.0 / $0[0], 0.0) }
    } else {
      var squares = try plan.reduced(label, SquareReduction(), centred, to: kept, ignoresPadding: true)
      if share != 1 { squares = try plan.map(label, [squares], shape: kept) { $0[0] * .constant(share) } }
      inverse = try plan.map(label, [squares], shape: kept) { inverseStatistic(of: $0[0], site) }
    }
    let normal = try plan.map(label, [centred, inverse], shape: shape) { $0[0] * $0[1] }
    let scaleValue = kind == .rootMeanSquare ? site.input(1) : nil
    let scale = try scaleValue.map { try plan.tensor($0) }
    try plan.define(
      output, scale.map { try plan.map(label, [normal, $0], shape: shape) { $0[0] * $0[1] } } ?? normal)
    guard plan.needsGradient(output) else { return }
    let isCentred = kind == .meanVariance
    plan.backward { plan in
      guard var g = try plan.gradient(of: output) else { return }
      let label = label + ".backward"
      if let scale {
        if plan.needsGradient(scaleValue) {
          let product = try plan.map(label, [g, normal], shape: shape) { $0[0] * $0[1] }
          plan.contribute(try plan.unbroadcast(product, to: scale.shape), to: scaleValue)
        }
        g = try plan.map(label, [g, scale], shape: shape) { $0[0] * $0[1] }
      }
      guard plan.needsGradient(value) else { return }
      let products = try plan.map(label, [g, normal], shape: shape) { $0[0] * $0[1] }
      var direction = normal
      if isFirstNorm { direction = try plan.map(label, [source], shape: shape) { $0[0].sign } }
      if isCentred { g = try plan.map(label, [g, summed(plan, g)], shape: shape) { $0[0] - $0[1] } }
      let rest = try plan.map(label, [g, direction, summed(plan, products)], shape: shape) {
        $0[0] - $0[1] * $0[2]
      }
      plan.contribute(try plan.map(label, [rest, inverse], shape: shape) { $0[0] * $0[1] }, to: value)
    }
  }

  private func axes(_ site: KernelSite) throws -> Set<Int> {
    let rank = try site.call.shape(0).count
    switch kind {
    case .lp: return [try site.call.axis(site.call.int("axis", default: -1), rank: rank)]
    case .meanVariance: return Set(try site.call.meanVarianceAxes())
    case .rootMeanSquare:
      return Set(try site.call.axis(site.call.int("axis", default: -1), rank: rank)..<rank)
    }
  }

  /// One over a statistic of the squares; nothing where a norm is zero, so that zeros stay zeros.
  private func inverseStatistic(of squares: Pointwise, _ site: KernelSite) -> Pointwise {
    switch kind {
    case .lp: .select(0.0 < squares, 1.0 / squares.squareRoot, 0.0)
    // The constant of the operator's definition.
    case .meanVariance: 1.0 / (squares.squareRoot + 1e-9)
    case .rootMeanSquare:
      1.0 / (squares + .constant(site.call.float("epsilon", default: 1e-5))).squareRoot
    }
  }
}

extension KernelTable {
  static let statistics: [String: any Kernel] = [
    "LpNormalization": AxisNormalizationKernel(kind: .lp),
    "MeanVarianceNormalization": AxisNormalizationKernel(kind: .meanVariance),
    "RMSNormalization": AxisNormalizationKernel(kind: .rootMeanSquare),
    "LRN": NeighbourNormalizationKernel(), "LpPool": LpPoolKernel(),
    "GlobalLpPool": LpPoolKernel(isGlobal: true),
  ]
}
