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
    let cuts = parts.dropIdleTaps()
    let spread = parts.spreadChannels()
    source = try plan.move(source, spread)
    parts.elementType = plan.elementType
    // Depthwise ones are as fast either way, and so take what comes.
    parts.isChannelsLast =
      source.layout.isChannelsLast && parts.isDepthwise && !parts.isNarrow
    guard var result = site.output(0) else { return }
    let whole = try plan.plain(weightValue)
    var weights = try plan.move(whole, cuts)
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
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: result, narrow: true) else { return }
      if plan.needsGradient(sourceValue) {
        let share = try final.backwardData(
          plan, hint, gradient: gradient, weights: grouped, label: site.node.op)
        plan.contribute(try plan.moveBack(share, spread, from: given), to: sourceValue)
      }
      if plan.needsGradient(weightValue) || plan.needsGradient(biasValue) {
        let shares = try final.backwardWeights(
          plan, hint, gradient: gradient, source: taken, hasBias: plan.needsGradient(biasValue),
          label: site.node.op)
        plan.contribute(try plan.moveBack(shares.weights, cuts, from: whole.shape), to: weightValue)
        if let bias = shares.bias { plan.contribute(bias, to: biasValue) }
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
      let index = plan.soleConsumer(of: result),
      plan.bound.network.nodes[index].qualifiedOp == "BatchNormalization"
    else { return nil }
    let normalization = try KernelSite(plan.bound, index)
    guard normalization.input(0) == result, let output = normalization.output(0),
      normalization.call.int("training_mode", default: 0) == 0
    else { return nil }
    let statistics = try (1...4).map { try plan.plain(normalization.required($0)) }
    guard statistics.allSatisfy(\.isConstant) else { return nil }
    plan.absorbed.insert(index)
    let epsilon = normalization.call.float("epsilon", default: 1e-5)
    let name = "fold:\(site.node.id.number):\(index):\(parts.weight):\(parts.padsBefore)"
    let kernels = parts.kernels
    let foldedWeights = try plan.weights.derive(name + ":weights") {
      let target = plan.weights.make(weights.layout)
      plan.emit("Conv.fold", reads: [weights, statistics[0], statistics[3]], writes: [target]) {
        let (w, scale, variance, t) = (
          weights.floats, statistics[0].floats, statistics[3].floats, target.floats
        )
        return {
          parts.forEachKernelRun { kernel, run in
            let factor = scale[kernel] / (variance[kernel] + epsilon).squareRoot()
            for index in run { t[index] = w[index] * factor }
          }
        }
      }
      return target
    }
    let foldedBias = try plan.weights.derive(name + ":bias") {
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

extension KernelTable {
  static let convolutions: [String: any Kernel] = [
    "Conv": ConvolutionKernel(), "ConvTranspose": ConvolutionKernel(isTransposed: true),
  ]
}
