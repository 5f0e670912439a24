import CDNNL
import Graph

/// A tensor that stands for consecutive indices of an axis of a larger one.
struct Piece {
  let tensor: PlanTensor
  let axis: Int
  /// Its first index in the larger tensor.
  let start: Int

  var end: Int { start + tensor.shape[axis] }
}

/// `Concat`: inputs one after another.
struct ConcatKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    guard let output = site.output(0) else { return }
    let values = try site.node.inputs.indices.map(site.required)
    let shape = site.outputShapes[0]
    let axis = try site.call.axis(site.call.int("axis", default: 1), rank: shape.count)
    var pieces: [Piece] = []
    for value in values {
      let source = try plan.tensor(value, narrow: true)
      pieces.append(Piece(tensor: source, axis: axis, start: pieces.last?.end ?? 0))
    }
    try plan.define(output, plan.joined(pieces, to: shape, site.node.op))
    guard plan.needsGradient(output) else { return }
    let indices = pieces.map { (shape: $0.tensor.shape, start: $0.start) }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output, narrow: true) else { return }
      for (value, index) in zip(values, indices) where plan.needsGradient(value) {
        plan.contribute(try plan.sliced(gradient, index.shape, axis: axis, start: index.start), to: value)
      }
    }
  }
}

/// `Split`: consecutive pieces of an axis.
struct SplitKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    let source = try plan.tensor(value, narrow: true)
    let (axis, sizes) = try site.call.splitSizes()
    var start = 0
    for (number, size) in sizes.enumerated() {
      defer { start += size }
      guard let output = site.output(number) else { continue }
      var shape = source.shape
      shape[axis] = size
      try plan.define(output, plan.sliced(source, shape, axis: axis, start: start))
      guard plan.needsGradient(value) else { continue }
      let first = start
      plan.backward { plan in
        guard let gradient = try plan.gradient(of: output, narrow: true) else { return }
        plan.contribute(Piece(tensor: gradient, axis: axis, start: first), to: value)
      }
    }
  }
}

extension PlanBuilder {
  /// A share of the value's gradient that is zero outside of a piece.
  func contribute(_ piece: Piece, to value: ValueID) {
    guard carriers.contains(value) else { return }
    pieces[value, default: []].append(piece)
  }

  /// Pieces of a gradient as shares of the whole: those that do not overlap make one together.
  func assembled(_ pieces: [Piece], of value: ValueID) throws -> [PlanTensor] {
    var rest = pieces.sorted { ($0.axis, $0.start) < ($1.axis, $1.start) }
    var shares: [PlanTensor] = []
    while let first = rest.first {
      var (row, others): ([Piece], [Piece]) = ([first], [])
      for piece in rest.dropFirst() {
        if piece.axis == first.axis, let last = row.last, piece.start >= last.end {
          row.append(piece)
        } else {
          others.append(piece)
        }
      }
      shares.append(try filled(row, to: tensor(value, narrow: true).shape))
      rest = others
    }
    return shares
  }

  /// Pieces in order, with zeros where there are none.
  func filled(_ pieces: [Piece], to shape: [Int]) throws -> PlanTensor {
    guard let axis = pieces.first?.axis else { return try zeros(shape) }
    var row: [Piece] = []
    func fill(to end: Int) throws {
      let start = row.last?.end ?? 0
      guard end > start else { return }
      var gap = shape
      gap[axis] = end - start
      row.append(Piece(tensor: try zeros(gap), axis: axis, start: start))
    }
    for piece in pieces {
      try fill(to: piece.start)
      row.append(piece)
    }
    try fill(to: shape[axis])
    return try joined(row, to: shape, "Concat")
  }

  private func zeros(_ shape: [Int]) throws -> PlanTensor {
    let target = make(try .plain(shape))
    emit("Fill", reads: [], writes: [target]) {
      let stored = target.stored
      return { stored.update(repeating: 0) }
    }
    return target
  }

  /// Pieces that follow each other without a gap, in the layout of the first that has one of its own, where the others'
  /// ends lie between its blocks; in C order otherwise.
  func joined(_ pieces: [Piece], to shape: [Int], _ label: String) throws -> PlanTensor {
    var pieces = pieces
    if pieces.contains(where: { !$0.tensor.isNarrow }) {
      pieces = try pieces.map { piece in
        Piece(tensor: try widened(piece.tensor), axis: piece.axis, start: piece.start)
      }
    }
    if pieces.count == 1, pieces[0].tensor.shape == shape { return pieces[0].tensor }
    if let base = pieces.first(where: { !$0.tensor.layout.isPlain && $0.tensor.layout.isStrided }),
      let layout = try? base.tensor.layout.like(shape),
      pieces.allSatisfy({ layout.slice($0.tensor.shape, at: $0.offsets) != nil })
    {
      return try joined(pieces, in: layout, label)
    }
    let target = make(try .plain(shape))
    let sources = try pieces.map { piece in try plain(piece.tensor) }
    let strides = shape.denseStrides
    let loops = pieces.map { piece in
      CopyLoop(placing: piece.tensor.shape, at: piece.start * strides[piece.axis], strides: strides)
    }
    emit(label, reads: sources, writes: [target]) {
      let from = sources.map { UnsafePointer($0.floats) }
      let to = target.floats
      return { for (index, loop) in loops.enumerated() { loop.copy(from[index], to) } }
    }
    return target
  }

  private func joined(
    _ pieces: [Piece], in layout: Layout, _ label: String
  ) throws -> PlanTensor {
    var operands: [(Operand, PlanTensor)] = []
    for (number, piece) in pieces.enumerated() {
      let moved = try reordered(piece.tensor, to: layout.like(piece.tensor.shape))
      operands.append((Operand(rawValue: CDNNL_MULTIPLE.rawValue + UInt32(number)), moved))
    }
    let handles: [OpaquePointer?] = operands.map { $0.1.layout.handle }
    let axis = pieces[0].axis
    let primitive = try Primitive.make("a concatenation to \(layout.shape.shapeText)") {
      cdnnl_concat_make(engine.handle, Int32(axis), Int32(handles.count), handles, layout.handle, &$0)
    }
    let target = make(layout)
    try emit(label, primitive, operands, [(CDNNL_DESTINATION, target)])
    return target
  }

  /// A piece of an axis, in the tensor's own layout where the piece's ends lie between blocks.
  func sliced(
    _ tensor: PlanTensor, _ shape: [Int], axis: Int, start: Int
  ) throws -> PlanTensor {
    if tensor.shape == shape { return tensor }
    var offsets = shape.map { _ in 0 }
    offsets[axis] = start
    if !tensor.layout.isPlain, tensor.layout.isStrided, !tensor.isConstant,
      let view = tensor.layout.slice(shape, at: offsets), let layout = try? tensor.layout.like(shape)
    {
      let target = make(layout)
      let primitive = try Primitive.make("a slice of \(tensor.shape.shapeText)") {
        cdnnl_reorder_make(engine.handle, view.handle, layout.handle, &$0)
      }
      try emit(
        "Slice", primitive, [(CDNNL_SOURCE, PlanTensor(view, tensor.buffer))], [(CDNNL_DESTINATION, target)])
      return target
    }
    let source = try plain(widened(tensor))
    return try copied(
      source,
      Movement.narrow(axis: axis, start: start, count: shape[axis], step: 1).copies(from: tensor.shape),
      to: shape, fill: 0)
  }
}

extension Piece {
  /// Where it begins, along all axes.
  fileprivate var offsets: [Int] {
    var offsets = tensor.shape.map { _ in 0 }
    offsets[axis] = start
    return offsets
  }
}

extension Movement {
  /// The axis and the first index of what stays, where that is consecutive.
  var piece: (axis: Int, start: Int)? {
    switch self {
    case .narrow(let axis, let start, _, 1): (axis, start)
    case .take(let axis, let indices)
    where !indices.isEmpty && indices == Array(indices[0]..<indices[0] + indices.count): (axis, indices[0])
    default: nil
    }
  }

  var isReshape: Bool { if case .reshape = self { true } else { false } }
}
