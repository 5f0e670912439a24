import Graph

extension PlanBuilder {
  /// Computes expressions over operands that broadcast to a shape, in one pass over memory.
  ///
  /// - Parameters:
  ///   - results: each expression with the shape of its result: the whole one or, where elements that fall on one place
  ///     are to be summed there, one that broadcasts to it.
  ///   - layout: that of the results of the whole shape; the operands' where `nil`.
  ///   - tensor: an operand's tensor, of a shape that broadcasts to the whole one.
  func compute(
    _ label: String, _ results: [(expression: Pointwise, shape: [Int])], over shape: [Int],
    layout: Layout? = nil,
    _ tensor: (Pointwise.Operand, PlanBuilder) throws -> PlanTensor
  ) throws -> [PlanTensor] {
    guard !results.isEmpty else { return [] }
    guard let program = PointwiseProgram(results.map(\.expression)) else {
      throw ComputeError.library(operation: label, status: "an expression of more parts than fit a step")
    }
    var operands: [PlanTensor] = []
    for operand in program.operands { operands.append(try tensor(operand, self)) }
    var chosen = layout
    if chosen == nil { chosen = try commonLayout(of: program, operands, shape: shape) }
    guard let chosen, let frame = Frame(chosen) else {
      throw ComputeError.library(operation: label, status: "a layout that cannot be stepped through")
    }
    for index in operands.indices { operands[index] = try fitted(operands[index], to: frame) }
    let amongWeights = operands.allSatisfy(\.isConstant)
    var targets: [(tensor: PlanTensor, sums: Bool)] = []
    for result in results {
      let full = [Int](repeating: 1, count: shape.count - result.shape.count) + result.shape
      let sums = full != shape
      let own = try sums ? summedLayout(chosen, full) : chosen
      targets.append((amongWeights ? weights.make(own) : make(own), sums))
    }
    let nest = TileNest(
      frame, operands: operands.map(\.layout), targets: targets.map { ($0.tensor.layout, $0.sums) })
    guard let nest else {
      // Sums that threads could not make each for itself are taken of the whole results.
      let whole = try compute(label, results.map { ($0.expression, shape) }, over: shape, layout: chosen) {
        operand, _ in operands[program.operands.firstIndex(of: operand) ?? 0]
      }
      var reduced: [PlanTensor] = []
      for (result, tensor) in zip(results, whole) {
        reduced.append(try unbroadcast(tensor, to: result.shape))
      }
      return reduced
    }
    let reads = operands
    let writes = targets
    emit(
      label, reads: reads, writes: writes.map(\.tensor),
      // In place only where the operand is read at the places that are written, and nothing is written before.
      donors: writes.count == 1 && !writes[0].sums ? reads.filter { $0.layout == chosen } : [],
      isCheap: writes.allSatisfy { !$0.sums }
    ) {
      let step = PointwiseStep(program, nest, operands: reads, targets: writes)
      return { step.run() }
    }
    var finished: [PlanTensor] = []
    for (result, target) in zip(results, targets) {
      finished.append(
        target.tensor.shape == result.shape ? target.tensor : try reshaped(target.tensor, result.shape))
    }
    return finished
  }

  /// The layout in which a program's operands are combined: that of the largest one, or C order where its blocks do not
  /// serve or its padding would not stay zero.
  private func commonLayout(
    of program: PointwiseProgram, _ operands: [PlanTensor], shape: [Int]
  ) throws -> Layout {
    let full = operands.filter { $0.shape == shape && !$0.isConstant }
    // Floats stay floats.
    let wide = full.contains { !$0.isNarrow } ? full.filter { !$0.isNarrow } : full
    guard let base = wide.first(where: { !$0.layout.isPlain }) ?? wide.first, let frame = Frame(base.layout)
    else { return try .plain(shape) }
    if base.layout.isPadded {
      let padded = operands.indices.filter { !frame.spillsIntoPadding(operands[$0].shape) }
      guard program.keepsZero(of: Set(padded)) else { return try .plain(shape) }
    }
    return base.layout
  }

  /// The layout of sums: the blocks of the whole where these are not summed over.
  private func summedLayout(_ whole: Layout, _ shape: [Int]) throws -> Layout {
    let losesBlocks = whole.blocks.contains { shape[$0.axis] != whole.shape[$0.axis] }
    return losesBlocks || whole.isPlain ? try .plain(shape) : try whole.like(shape, .float32)
  }
}
