import Graph

/// `Einsum`: one operand after another, a batched matrix product each.
struct EinsumKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    guard let output = site.output(0) else { return }
    let equation = try site.call.einsumEquation()
    let values = try site.node.inputs.indices.map(site.required)
    var factors: [EinsumFactor] = []
    var prepared: [[Movement]] = []
    for (value, labels) in zip(values, equation.operands) {
      let source = try plan.tensor(value)
      let (movements, kept) = preparation(labels, source.shape, equation)
      prepared.append(movements)
      factors.append(EinsumFactor(tensor: try plan.move(source, movements), labels: kept))
    }
    let product = try plan.einsum(factors, to: equation.result, extents: equation.extents)
    try plan.define(output, plan.reshaped(product, site.outputShapes[0]))
    guard plan.needsGradient(output) else { return }
    let operands = factors
    let movements = prepared
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let behind = EinsumFactor(
        tensor: try plan.reshaped(gradient, equation.shape), labels: equation.result)
      for (number, value) in values.enumerated() where plan.needsGradient(value) {
        // The gradient of one factor is the product of all others with that of the result.
        var others = operands
        let own = others.remove(at: number)
        let known = Set(([behind] + others).flatMap(\.labels))
        var share = try plan.einsum(
          [behind] + others, to: own.labels.filter(known.contains), extents: equation.extents)
        let full = own.labels.map { equation.extents[$0]! }
        if own.labels.contains(where: { !known.contains($0) }) {
          // What only this factor had was summed: all of it takes the same gradient.
          let narrow = own.labels.map { known.contains($0) ? equation.extents[$0]! : 1 }
          share = try plan.map("Einsum.backward", [plan.reshaped(share, narrow)], shape: full) { $0[0] }
        }
        let shape = equation.operands[number].indices.map { site.call.inputs[number]!.shape[$0] }
        plan.contribute(
          try plan.moveBack(plan.reshaped(share, full), movements[number], from: shape), to: value)
      }
    }
  }

  /// Takes the diagonal of axes that share a name, and away the axes of extent 1 that are broadcast.
  private func preparation(
    _ labels: [Int], _ shape: [Int], _ equation: EinsumEquation
  ) -> ([Movement], [Int]) {
    var (movements, labels, shape) = ([Movement](), labels, shape)
    let isBroadcast = labels.indices.map { shape[$0] == 1 && equation.extents[labels[$0]] != 1 }
    if isBroadcast.contains(true) {
      labels = labels.indices.filter { !isBroadcast[$0] }.map { labels[$0] }
      shape = shape.indices.filter { !isBroadcast[$0] }.map { shape[$0] }
      movements.append(.reshape(shape))
    }
    while let second = labels.indices.first(where: { labels[..<$0].contains(labels[$0]) }) {
      let first = labels.firstIndex(of: labels[second])!
      let rest = labels.indices.filter { $0 != first && $0 != second }
      let extent = shape[first]
      let tail = rest.map { shape[$0] }
      labels = [labels[first]] + rest.map { labels[$0] }
      movements += [
        .permute([first, second] + rest), .reshape([extent * extent] + tail),
        .narrow(axis: 0, start: 0, count: extent, step: extent + 1),
      ]
      shape = [extent] + tail
    }
    return (movements, labels)
  }
}

/// A tensor whose axes have names, none twice.
struct EinsumFactor {
  let tensor: PlanTensor
  let labels: [Int]
}

extension PlanBuilder {
  /// The product of the factors, summed over all names but those of the result.
  func einsum(
    _ factors: [EinsumFactor], to result: [Int], extents: [Int: Int]
  ) throws -> PlanTensor {
    var product = factors[0]
    for index in factors.indices.dropFirst() {
      let later = Set(factors[(index + 1)...].flatMap(\.labels) + result)
      product = try multiplied(product, factors[index], keeping: later, extents: extents)
    }
    product = try summed(product, keeping: Set(result))
    return try arranged(product, [result])
  }

  private func multiplied(
    _ first: EinsumFactor, _ second: EinsumFactor, keeping later: Set<Int>, extents: [Int: Int]
  ) throws -> EinsumFactor {
    let left = try summed(first, keeping: later.union(second.labels))
    let right = try summed(second, keeping: later.union(first.labels))
    let shared = left.labels.filter(right.labels.contains)
    let batch = shared.filter(later.contains)
    let inner = shared.filter { !later.contains($0) }
    let rows = left.labels.filter { !shared.contains($0) }
    let columns = right.labels.filter { !shared.contains($0) }
    func count(_ labels: [Int]) -> Int { labels.map { extents[$0]! }.elementCount }
    let shape = [count(batch), count(rows), count(columns)]
    let product: PlanTensor
    if inner.isEmpty {
      let a = try reshaped(arranged(left, [batch, rows]), [shape[0], shape[1], 1])
      let b = try reshaped(arranged(right, [batch, columns]), [shape[0], 1, shape[2]])
      product = try map("Einsum", [a, b], shape: shape) { $0[0] * $0[1] }
    } else {
      let a = try reshaped(arranged(left, [batch, rows, inner]), [shape[0], shape[1], count(inner)])
      let b = try reshaped(arranged(right, [batch, inner, columns]), [shape[0], count(inner), shape[2]])
      product = try matmul("Einsum", a, b, shape: shape)
    }
    let labels = batch + rows + columns
    return EinsumFactor(tensor: try reshaped(product, labels.map { extents[$0]! }), labels: labels)
  }

  private func summed(_ factor: EinsumFactor, keeping: Set<Int>) throws -> EinsumFactor {
    guard factor.labels.contains(where: { !keeping.contains($0) }) else { return factor }
    let shape = factor.tensor.shape
    let narrow = shape.indices.map { keeping.contains(factor.labels[$0]) ? shape[$0] : 1 }
    let sum = try reduced("Einsum.sum", SumReduction(), factor.tensor, to: narrow, ignoresPadding: true)
    let left = shape.indices.filter { keeping.contains(factor.labels[$0]) }
    return EinsumFactor(
      tensor: try reshaped(sum, left.map { shape[$0] }), labels: left.map { factor.labels[$0] })
  }

  /// The factor with its axes in the order of the groups.
  private func arranged(_ factor: EinsumFactor, _ groups: [[Int]]) throws -> PlanTensor {
    let order = groups.flatMap { $0 }.map { factor.labels.firstIndex(of: $0)! }
    return try move(factor.tensor, [.permute(order)])
  }
}
