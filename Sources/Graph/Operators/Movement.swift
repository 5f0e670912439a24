/// How a data-movement operator takes its output from an input, without arithmetic.
///
/// One description serves four readers: constant folding moves tensors, binding moves shapes, the engine
/// moves activations (and their gradients back), and coupling moves channel labels.
package enum Movement: Sendable, Hashable {
  /// The same elements in C order under another shape.
  case reshape([Int])
  /// Output axis `i` is input axis `order[i]`.
  case permute([Int])
  /// Every `step`-th index of an axis from `start` on, `count` of them; `step` may be negative.
  case narrow(axis: Int, start: Int, count: Int, step: Int)
  /// The given indices of an axis, in that order, with repetitions.
  case take(axis: Int, indices: [Int])
  /// Broadcast to a shape, aligned from the right.
  case expand([Int])
  /// Each axis repeated as a whole.
  case tile([Int])
  /// Elements added before and after each axis (negative: removed).
  case pad(before: [Int], after: [Int], mode: PadMode)

  /// What stands in the border that a pad adds.
  package enum PadMode: Sendable, Hashable {
    /// The same number everywhere.
    case constant(Double)
    /// The elements inside, mirrored; the outermost one again and again; those of the other end.
    case reflect, edge, wrap
  }

  /// The shape after the movement.
  package func shape(from shape: [Int]) -> [Int] {
    switch self {
    case .reshape(let target): return target
    case .permute(let order): return order.map { shape[$0] }
    case .narrow(let axis, _, let count, _): return shape.replacing(axis, with: count)
    case .take(let axis, let indices): return shape.replacing(axis, with: indices.count)
    case .expand(let target): return target
    case .tile(let repeats): return zip(shape, repeats).map { $0 * $1 }
    case .pad(let before, let after, _): return shape.indices.map { shape[$0] + before[$0] + after[$0] }
    }
  }

  /// The movement as copies of strided blocks; what no block covers is `fill`.
  package func copies(from shape: [Int]) -> [StridedCopy] {
    let target = self.shape(from: shape)
    let strides = shape.denseStrides
    var copy = StridedCopy(
      extents: target, sourceOffset: 0, sourceStrides: strides, destinationOffset: 0,
      destinationStrides: target.denseStrides)
    switch self {
    case .reshape:
      return [
        StridedCopy(
          extents: [target.elementCount], sourceOffset: 0, sourceStrides: [1], destinationOffset: 0,
          destinationStrides: [1])
      ]
    case .permute(let order):
      copy.sourceStrides = order.map { strides[$0] }
    case .narrow(let axis, let start, _, let step):
      copy.sourceOffset = start * strides[axis]
      copy.sourceStrides[axis] *= step
    case .take(let axis, let indices):
      return indices.enumerated().map { position, index in
        var piece = copy
        piece.extents[axis] = 1
        piece.sourceOffset = index * strides[axis]
        piece.destinationOffset = position * copy.destinationStrides[axis]
        return piece
      }
    case .expand:
      let lead = target.count - shape.count
      copy.sourceStrides = target.indices.map { axis in
        axis < lead || shape[axis - lead] == 1 ? 0 : strides[axis - lead]
      }
    case .tile(let repeats):
      copy.extents = zip(repeats, shape).flatMap { [$0, $1] }
      copy.sourceStrides = strides.flatMap { [0, $0] }
      copy.destinationStrides = shape.indices.flatMap { axis in
        [shape[axis] * copy.destinationStrides[axis], copy.destinationStrides[axis]]
      }
    case .pad(let before, let after, let mode):
      return Self.padding(shape, copy, before, after, mode)
    }
    return [copy]
  }

  /// How many blocks the movement copies: a pad that repeats elements has one for every position of its border.
  func pieceCount(from shape: [Int]) -> Int {
    switch self {
    case .take(_, let indices): return indices.count
    case .pad(let before, let after, let mode):
      if case .constant = mode { return 1 }
      return shape.indices.reduce(1) { $0.times(1 + max(0, before[$1]) + max(0, after[$1])) }
    default: return 1
    }
  }

  /// What stands where no copy writes.
  package var fill: Double { if case .pad(_, _, .constant(let value)) = self { value } else { 0 } }

  /// Cuts a pad into blocks: along each axis the kept middle and, for the modes that repeat elements, runs
  /// before and after it.
  private static func padding(
    _ shape: [Int], _ whole: StridedCopy, _ before: [Int], _ after: [Int], _ mode: PadMode
  ) -> [StridedCopy] {
    struct Run { var destination, source, step, count: Int }
    var pieces = [whole]
    for axis in shape.indices {
      let extent = shape[axis]
      let target = extent + before[axis] + after[axis]
      let skipped = max(0, -before[axis])
      let middle = max(0, min(extent - skipped, target - max(0, before[axis])))
      var runs = [Run(destination: max(0, before[axis]), source: skipped, step: 1, count: middle)]
      // The border of one side ends where the other side has cut the axis off.
      let head = 0..<max(0, min(target, before[axis]))
      let tail = max(head.upperBound, target - max(0, after[axis]))..<target
      let isBlank = if case .constant = mode { true } else { extent == 0 }
      for index in isBlank ? [] : Array(head) + Array(tail) {
        let position = index - before[axis]
        switch mode {
        case .constant: continue
        case .edge:
          runs.append(
            Run(destination: index, source: max(0, min(extent - 1, position)), step: 1, count: 1))
        case .wrap:
          runs.append(
            Run(destination: index, source: ((position % extent) + extent) % extent, step: 1, count: 1))
        case .reflect:
          let period = max(1, 2 * (extent - 1))
          let folded = ((position % period) + period) % period
          runs.append(
            Run(destination: index, source: min(folded, period - folded) % extent, step: 1, count: 1))
        }
      }
      pieces = pieces.flatMap { piece in
        runs.filter { $0.count > 0 }.map { run in
          var cut = piece
          cut.extents[axis] = run.count
          cut.sourceOffset += run.source * whole.sourceStrides[axis]
          cut.destinationOffset += run.destination * whole.destinationStrides[axis]
          return cut
        }
      }
    }
    return pieces
  }
}

/// A copy of an N-dimensional block between two buffers, in elements.
package struct StridedCopy: Sendable, Hashable {
  /// The extent of each dimension of the block.
  package var extents: [Int]
  /// Where the block begins in the source.
  package var sourceOffset: Int
  /// One a dimension; 0 repeats, negative runs backwards.
  package var sourceStrides: [Int]
  /// Where the block begins in the destination.
  package var destinationOffset: Int
  /// One a dimension.
  package var destinationStrides: [Int]

  /// Calls `body` with the source and destination index of every element, in C order of the block.
  package func forEachElement(_ body: (_ source: Int, _ destination: Int) -> Void) {
    guard extents.allSatisfy({ $0 > 0 }) else { return }
    var counters = [Int](repeating: 0, count: extents.count)
    var source = sourceOffset
    var destination = destinationOffset
    while true {
      body(source, destination)
      var axis = extents.count - 1
      while axis >= 0 {
        counters[axis] += 1
        source += sourceStrides[axis]
        destination += destinationStrides[axis]
        if counters[axis] < extents[axis] { break }
        source -= extents[axis] * sourceStrides[axis]
        destination -= extents[axis] * destinationStrides[axis]
        counters[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

extension [Movement] {
  /// The shape after all movements in turn.
  package func shape(from shape: [Int]) -> [Int] { reduce(shape) { $1.shape(from: $0) } }

  /// The elements of a C-ordered array after all movements in turn.
  package func apply<T>(to elements: [T], shape: [Int], fill: (Double) -> T) -> [T] {
    var elements = elements
    var shape = shape
    for movement in self {
      let target = movement.shape(from: shape)
      if case .reshape = movement {
        shape = target
        continue
      }
      var moved = [T](repeating: fill(movement.fill), count: target.elementCount)
      for copy in movement.copies(from: shape) {
        copy.forEachElement { source, destination in moved[destination] = elements[source] }
      }
      elements = moved
      shape = target
    }
    return elements
  }

  /// The tensor after all movements in turn.
  package func apply(to tensor: Tensor) -> Tensor {
    let target = shape(from: tensor.shape)
    if allSatisfy({ if case .reshape = $0 { true } else { false } }) { return tensor.reshaped(to: target) }
    if tensor.elementType.isFloatingPoint {
      return Tensor(
        tensor.elementType, apply(to: tensor.doubles, shape: tensor.shape, fill: { $0 }), shape: target)
    }
    let integers = apply(to: tensor.integers, shape: tensor.shape, fill: { Int(cut: $0) })
    return Tensor(integers, shape: target).converted(to: tensor.elementType)
  }
}

extension [Int] {
  func replacing(_ axis: Int, with extent: Int) -> [Int] {
    var copy = self
    copy[axis] = extent
    return copy
  }
}
