import Graph

/// Where a plan looks at activations: score points, whose channels lie along the second axis or along another.
extension PlanBuilder {
  /// The axis of the value that runs over its layer's kernels.
  func channelAxis(of value: ValueID) -> Int { options.channelAxes[value] ?? 1 }

  /// Memory for the terms of a point, [N, C].
  func makeTerms(_ value: ValueID) throws -> PlanTensor {
    let result = make(try .plain(termShape(of: value)))
    keep(result)
    terms[value] = result
    return result
  }

  /// Says what the terms of a point are, [N, C].
  func define(terms sums: PlanTensor, of value: ValueID) throws {
    let plain = try plain(sums)
    keep(plain)
    terms[value] = plain
  }

  /// The terms of a point that nothing flows back to.
  func emitZeroTerms(_ value: ValueID) throws {
    let terms = try makeTerms(value)
    emit("Score.none", reads: [], writes: [terms]) {
      let stored = terms.stored
      return { stored.update(repeating: 0) }
    }
  }

  /// The points in branches that these sizes do not take: nothing is active there, and nothing flows back.
  func emitIdlePoints() throws {
    for value in points where !isDefined(value) {
      if countsActivations {
        let counts = try makeCounts(value)
        emit("Score.none", reads: [], writes: [counts]) {
          let stored = counts.stored
          return { stored.update(repeating: 0) }
        }
      }
      if purpose.hasBackward { try emitZeroTerms(value) }
    }
  }

  /// The shape of a point's terms with all of its axes: those that are summed over have an extent of 1. `nil` where no axis
  /// holds its channels.
  func extentsOfTerms(of value: ValueID) -> [Int]? {
    let axis = channelAxis(of: value)
    guard let shape = bound.shape(of: value), shape.indices.contains(axis), axis > 0 else { return nil }
    return shape.indices.map { $0 == 0 || $0 == axis ? shape[$0] : 1 }
  }

  /// The terms of a point whose channels are not its second axis.
  func emitTerms(_ value: ValueID, _ activations: PlanTensor, gradient: PlanTensor) throws {
    guard let extents = extentsOfTerms(of: value) else { return try emitZeroTerms(value) }
    let sums = try map(
      "Score.reduce", [activations, gradient], layout: activations.layout, over: activations.shape,
      to: extents
    ) { $0[0] * $0[1] }
    try define(terms: reshaped(sums, termShape(of: value)), of: value)
  }

  /// Counts, per example and channel, a point's activations.
  func emitCounts(_ value: ValueID, _ tensor: PlanTensor) throws {
    let result = try makeCounts(value)
    let axis = channelAxis(of: value)
    if axis != 1, tensor.shape.indices.contains(axis) {
      countActivations(try withChannelsSecond(tensor, axis), into: result)
    } else {
      countActivations(
        ChannelRuns(tensor.layout) == nil ? try plain(tensor) : try widened(tensor), into: result)
    }
  }

  private func makeCounts(_ value: ValueID) throws -> PlanTensor {
    let result = make(try .plain([2] + termShape(of: value)))
    keep(result)
    counts[value] = result
    return result
  }

  /// The shape of a point's terms, [N, C].
  func termShape(of value: ValueID) -> [Int] {
    let shape = bound.shape(of: value) ?? []
    let axis = channelAxis(of: value)
    return [shape.first ?? 1, shape.indices.contains(axis) ? shape[axis] : 1]
  }

  /// The tensor in C order with an axis moved to the second place, as floats.
  private func withChannelsSecond(_ tensor: PlanTensor, _ axis: Int) throws -> PlanTensor {
    let source = try plain(widened(tensor))
    var (shape, strides) = (source.shape, source.layout.strides)
    shape.insert(shape.remove(at: axis), at: 1)
    strides.insert(strides.remove(at: axis), at: 1)
    let view = PlanTensor(try .strided(shape, strides, source.layout.elementType), source.buffer)
    return try reordered(view, to: .plain(shape))
  }
}
