import Graph

/// How elements are joined to one.
protocol ReduceFunction: Sendable {
  /// What nothing reduces to.
  static var identity: Float { get }
  func prepare(_ element: Float) -> Float
  func join(_ a: Float, _ b: Float) -> Float
}

struct SumReduction: ReduceFunction {
  static let identity: Float = 0
  @inline(__always) func prepare(_ element: Float) -> Float { element }
  @inline(__always) func join(_ a: Float, _ b: Float) -> Float { a + b }
}

extension PlanBuilder {
  /// Reduces a tensor to a shape with as many axes, some of them of extent 1.
  func reduced<R: ReduceFunction>(
    _ label: String, _ function: R, _ tensor: PlanTensor, to shape: [Int], ignoresPadding: Bool
  ) throws -> PlanTensor {
    var source = try widened(tensor)
    let losesBlocks = source.layout.blocks.contains { shape[$0.axis] != source.shape[$0.axis] }
    if Frame(source.layout) == nil || (source.layout.isPadded && !ignoresPadding && losesBlocks) {
      source = try plain(source)
    }
    let frame = Frame(source.layout)!
    let layout =
      losesBlocks || source.layout.isPlain ? try Layout.plain(shape) : try source.layout.like(shape)
    let result = make(layout)
    var nest = LoopNest(
      extents: frame.extents, strides: [frame.ownStrides, frame.strides(of: layout)!])
    // Threads share a loop whose results are their own; the others run inside it in the order of memory.
    var shares = 0
    if let kept = nest.extents.indices.dropLast().filter({ nest.strides[1][$0] != 0 }).max(by: {
      nest.extents[$0] < nest.extents[$1]
    }) {
      nest.hoist(kept)
      shares = 1
    }
    let final = nest
    emit(label, reads: [source], writes: [result]) {
      let (from, to) = (UnsafePointer(source.floats), result.floats)
      let count = layout.storedCount
      let inner = final.innerStrides
      return {
        for i in 0..<count { to[i] = R.identity }
        final.forEachRun(shares: shares) { offsets, count in
          reduceRun(function, count, from + offsets[0], inner[0], to + offsets[1], inner[1])
        }
      }
    }
    return result
  }

  /// Sums a gradient down to the shape of an operand that was broadcast, given with its own rank.
  func unbroadcast(_ gradient: PlanTensor, to shape: [Int]) throws -> PlanTensor {
    if gradient.shape == shape { return gradient }
    let rank = gradient.shape.count
    let full = [Int](repeating: 1, count: rank - shape.count) + shape
    let sum =
      full == gradient.shape
      ? gradient
      : try reduced("Reduce.broadcast", SumReduction(), gradient, to: full, ignoresPadding: true)
    return full == shape ? sum : try reshaped(sum, shape)
  }
}

@inline(__always)
private func reduceRun<R: ReduceFunction>(
  _ function: R, _ count: Int, _ from: UnsafePointer<Float>, _ step: Int,
  _ to: UnsafeMutablePointer<Float>, _ stride: Int
) {
  if step == 1, stride == 1 {
    for i in 0..<count { to[i] = function.join(to[i], function.prepare(from[i])) }
  } else if step == 1, stride == 0 {
    var partial = SIMD16<Float>(repeating: R.identity)
    var i = 0
    while i + 16 <= count {
      for lane in 0..<16 { partial[lane] = function.join(partial[lane], function.prepare(from[i + lane])) }
      i += 16
    }
    var total = R.identity
    while i < count {
      total = function.join(total, function.prepare(from[i]))
      i += 1
    }
    for lane in 0..<16 { total = function.join(total, partial[lane]) }
    to[0] = function.join(to[0], total)
  } else {
    for i in 0..<count {
      to[i &* stride] = function.join(to[i &* stride], function.prepare(from[i &* step]))
    }
  }
}
