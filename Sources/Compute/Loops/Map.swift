import Graph

/// A function of up to three floats, applied element by element.
protocol MapFunction: Sendable {
  /// Operands that the function reads.
  static var arity: Int { get }
  /// Whether zeros give zero, so that the padding of a blocked layout stays zero.
  static var keepsZero: Bool { get }
  func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float
}

extension PlanBuilder {
  /// A tensor of as many axes as asked for: leading axes of extent 1 are put before its own.
  func aligned(_ tensor: PlanTensor, rank: Int) throws(ComputeError) -> PlanTensor {
    if tensor.shape.count >= rank { return tensor }
    return try reshaped(tensor, [Int](repeating: 1, count: rank - tensor.shape.count) + tensor.shape)
  }

  /// The layout in which operands are combined: that of the largest one, or C order where blocks do not serve.
  func commonLayout(_ operands: [PlanTensor], shape: [Int], keepsZero: Bool) throws(ComputeError) -> Layout {
    let full = operands.filter { $0.shape == shape && !$0.isConstant }
    // Floats stay floats.
    let wide = full.contains { !$0.isNarrow } ? full.filter { !$0.isNarrow } : full
    let base = wide.first { !$0.layout.isPlain } ?? wide.first
    guard let base, let frame = Frame(base.layout) else { return try .plain(shape) }
    if base.layout.isPadded {
      guard keepsZero, !operands.contains(where: { frame.spillsIntoPadding($0.shape) }) else {
        return try .plain(shape)
      }
    }
    return base.layout
  }

  /// The operand in a layout that the frame can step through.
  func fitted(_ tensor: PlanTensor, to frame: Frame) throws(ComputeError) -> PlanTensor {
    // Large operands are better moved once than read across their order.
    let isFull = tensor.shape == frame.layout.shape
    if isFull ? tensor.layout == frame.layout : frame.strides(of: tensor.layout) != nil { return tensor }
    let moved = try aligned(tensor, rank: frame.layout.shape.count)
    if frame.layout.isPlain { return try plain(moved) }
    return try reordered(
      moved, to: frame.layout.like(moved.shape, isFull ? nil : moved.layout.elementType))
  }

  /// Applies a function to operands that broadcast to the shape of `layout`.
  func map<F: MapFunction>(
    _ label: String, _ function: F, _ operands: [PlanTensor], layout: Layout? = nil, shape: [Int]
  ) throws(ComputeError) -> PlanTensor {
    var chosen = layout
    if chosen == nil { chosen = try commonLayout(operands, shape: shape, keepsZero: F.keepsZero) }
    let layout = chosen!
    guard let frame = Frame(layout) else {
      throw .library(operation: label, status: "a layout that cannot be stepped through")
    }
    var fitted: [PlanTensor] = []
    for operand in operands { fitted.append(try self.fitted(operand, to: frame)) }
    let amongWeights = fitted.allSatisfy(\.isConstant)
    let result = amongWeights ? weights.make(layout) : make(layout)
    var strides = [frame.ownStrides]
    for operand in fitted { strides.append(frame.strides(of: operand.layout)!) }
    let nest = LoopNest(extents: frame.extents, strides: strides)
    let sources = fitted
    // In place only where the operand is read at the places that are written.
    emit(label, reads: sources, writes: [result], donors: sources.filter { $0.layout == layout }) {
      if result.isNarrow || sources.contains(where: \.isNarrow) {
        return narrowMap(function, nest, Elements(result), sources.map(Elements.init))
      }
      let target = result.floats
      let a = UnsafePointer(sources[0].floats)
      let b = sources.count > 1 ? UnsafePointer(sources[1].floats) : a
      let c = sources.count > 2 ? UnsafePointer(sources[2].floats) : a
      let inner = nest.innerStrides
      let (sa, sb, sc) = (inner[1], inner.count > 2 ? inner[2] : 0, inner.count > 3 ? inner[3] : 0)
      let (hasB, hasC) = (sources.count > 1, sources.count > 2)
      return {
        nest.forEachRun { offsets, count in
          run(
            function, count, target + offsets[0], inner[0], a + offsets[1], sa,
            b + (hasB ? offsets[2] : 0), sb, c + (hasC ? offsets[3] : 0), sc)
        }
      }
    }
    return result
  }

  /// A tensor times another one that broadcasts to it.
  func multiplied(_ tensor: PlanTensor, by other: PlanTensor) throws(ComputeError) -> PlanTensor {
    try map("Mul", Multiply(), [tensor, other], shape: tensor.shape)
  }
}

/// The loops where some elements are bfloat16: pieces are widened, mapped and narrowed.
private func narrowMap<F: MapFunction>(
  _ function: F, _ nest: LoopNest, _ target: Elements, _ sources: [Elements]
) -> () -> Void {
  let strides = nest.innerStrides
  let (st, sa) = (strides[0], strides[1])
  let (sb, sc) = (strides.count > 2 ? strides[2] : 0, strides.count > 3 ? strides[3] : 0)
  let a = sources[0]
  let (b, c) = (sources.count > 1 ? sources[1] : a, sources.count > 2 ? sources[2] : a)
  let (hasB, hasC) = (sources.count > 1, sources.count > 2)
  return {
    nest.forEachRun { offsets, count in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * Elements.piece) { floats in
        let buffer = floats.baseAddress!
        var place = 0
        while place < count {
          let width = min(Elements.piece, count - place)
          func read(_ elements: Elements, _ number: Int, _ stride: Int) -> UnsafePointer<Float> {
            elements.read(
              offsets[number] + place * stride, width, stride: stride,
              into: buffer + number * Elements.piece)
          }
          let start = offsets[0] + place * st
          let x = read(a, 1, sa)
          let y = hasB ? read(b, 2, sb) : x
          let z = hasC ? read(c, 3, sc) : x
          run(
            function, width, target.target(start, stride: st, buffer: buffer), 1, x, sa == 0 ? 0 : 1, y,
            sb == 0 ? 0 : 1, z, sc == 0 ? 0 : 1)
          target.finish(start, width, stride: st, from: buffer)
          place += width
        }
      }
    }
  }
}

/// One run of the innermost loop; the usual strides have loops of their own that become vector code.
@inline(__always)
private func run<F: MapFunction>(
  _ function: F, _ count: Int, _ target: UnsafeMutablePointer<Float>, _ st: Int, _ a: UnsafePointer<Float>,
  _ sa: Int, _ b: UnsafePointer<Float>, _ sb: Int, _ c: UnsafePointer<Float>, _ sc: Int
) {
  switch (st, sa, sb, sc) {
  case (1, 1, _, _) where F.arity == 1:
    for i in 0..<count { target[i] = function(a[i], 0, 0) }
  case (1, 0, _, _) where F.arity == 1:
    let result = function(a[0], 0, 0)
    for i in 0..<count { target[i] = result }
  case (1, 1, 1, _) where F.arity == 2:
    for i in 0..<count { target[i] = function(a[i], b[i], 0) }
  case (1, 1, 0, _) where F.arity == 2:
    let second = b[0]
    for i in 0..<count { target[i] = function(a[i], second, 0) }
  case (1, 0, 1, _) where F.arity == 2:
    let first = a[0]
    for i in 0..<count { target[i] = function(first, b[i], 0) }
  case (1, 1, 1, 1) where F.arity == 3:
    for i in 0..<count { target[i] = function(a[i], b[i], c[i]) }
  case (1, 1, 0, 1) where F.arity == 3:
    let second = b[0]
    for i in 0..<count { target[i] = function(a[i], second, c[i]) }
  case (1, 1, 0, 0) where F.arity == 3:
    let (second, third) = (b[0], c[0])
    for i in 0..<count { target[i] = function(a[i], second, third) }
  case (1, 1, 1, 0) where F.arity == 3:
    let third = c[0]
    for i in 0..<count { target[i] = function(a[i], b[i], third) }
  default:
    for i in 0..<count {
      target[i &* st] = function(
        a[i &* sa], F.arity > 1 ? b[i &* sb] : 0, F.arity > 2 ? c[i &* sc] : 0)
    }
  }
}

struct Multiply: MapFunction {
  static let arity = 2
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float { a * b }
}
