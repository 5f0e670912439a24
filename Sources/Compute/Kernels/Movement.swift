import CDNNL
import Graph

/// The operators that only move elements; Graph says how, this copies, and adds back for the gradient.
struct MovementKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    guard let movements = try OperatorTable.movements(of: site.call) else {
      throw site.unsupported("it does not only move elements")
    }
    let moved = try plan.move(plan.tensor(value), movements)
    try plan.define(output, moved)
    guard plan.needsGradient(output) else { return }
    let shape = try site.call.shape(0)
    let shapes = movements.shapes(from: shape)
    let changes = zip(movements, shapes).filter { !plan.isIdentity($0, $1) }.map(\.0)
    plan.backward { plan in
      if let change = changes.first, let (axis, start) = change.piece,
        changes.dropFirst().allSatisfy(\.isReshape)
      {
        guard var share = try plan.gradient(of: output, narrow: true) else { return }
        let taken = change.shape(from: shape)
        if share.shape != taken { share = try plan.reshaped(plan.widened(share), taken) }
        return plan.contribute(Piece(tensor: share, axis: axis, start: start), to: value)
      }
      guard let gradient = try plan.gradient(of: output) else { return }
      plan.contribute(try plan.moveBack(gradient, movements, from: shape), to: value)
    }
  }
}

extension [Movement] {
  /// The shape before each movement, and the one behind the last.
  fileprivate func shapes(from shape: [Int]) -> [[Int]] {
    var (shapes, current) = ([shape], shape)
    for movement in self {
      current = movement.shape(from: current)
      shapes.append(current)
    }
    return shapes
  }
}

extension PlanBuilder {
  /// The tensor after all movements in turn.
  func move(_ tensor: PlanTensor, _ movements: [Movement]) throws -> PlanTensor {
    var current = tensor
    for movement in movements {
      let (from, to) = (current.shape, movement.shape(from: current.shape))
      if movement.isReshape {
        current = try spaceReshaped(current, to)
      } else if isIdentity(movement, from) {
        continue
      } else if case .permute(let order) = movement {
        current = try permuted(current, order)
      } else if let piece = movement.piece {
        current = try sliced(current, to, axis: piece.axis, start: piece.start)
      } else {
        current = try copied(plain(current), movement.copies(from: from), to: to, fill: Float(movement.fill))
      }
    }
    return current
  }

  /// The gradient before all movements, from the one behind them: elements that were used several times sum
  /// theirs, elements that were left out have none.
  func moveBack(
    _ gradient: PlanTensor, _ movements: [Movement], from shape: [Int]
  ) throws -> PlanTensor {
    let shapes = movements.shapes(from: shape)
    var current = gradient
    for (index, movement) in movements.enumerated().reversed() {
      let (from, to) = (shapes[index], shapes[index + 1])
      switch movement {
      case .reshape: current = try spaceReshaped(current, from)
      case _ where isIdentity(movement, from): continue
      case .permute(let order):
        var inverse = order
        for (index, axis) in order.enumerated() { inverse[axis] = index }
        current = try permuted(current, inverse)
      case _ where movement.piece != nil && !current.isConstant:
        guard let (axis, start) = movement.piece else { continue }
        current = try filled([Piece(tensor: current, axis: axis, start: start)], to: from)
      case .expand:
        current = try unbroadcast(current.shape == to ? current : reshaped(current, to), to: from)
      default: current = try accumulated(plain(current), movement.copies(from: from), to: from)
      }
    }
    return current
  }

  fileprivate func isIdentity(_ movement: Movement, _ shape: [Int]) -> Bool {
    switch movement {
    case .permute(let order): order == Array(order.indices)
    case .narrow(let axis, let start, let count, let step): start == 0 && step == 1 && count == shape[axis]
    case .expand(let target): target == shape
    case .tile(let repeats): repeats.allSatisfy { $0 == 1 }
    case .pad(let before, let after, _): (before + after).allSatisfy { $0 == 0 }
    case .take(let axis, let indices): indices == Array(0..<shape[axis])
    case .reshape(let target): target == shape
    }
  }

  /// Axes in another order: a reorder of the library's, which cuts the memory into tiles.
  private func permuted(_ tensor: PlanTensor, _ order: [Int]) throws -> PlanTensor {
    if let view = try channelsMoved(tensor, order) { return view }
    let source = try plain(tensor)
    let shape = order.map { tensor.shape[$0] }
    let strides = tensor.shape.denseStrides
    let view = PlanTensor(try .strided(shape, order.map { strides[$0] }), source.buffer)
    let layout = try Layout.plain(shape)
    guard !source.isConstant, shape.elementCount > 0, shape.count <= 6 else {
      return try copied(source, Movement.permute(order).copies(from: tensor.shape), to: shape, fill: 0)
    }
    let target = make(layout)
    let primitive = try Primitive.make("a transposition of \(tensor.shape.shapeText)") {
      cdnnl_reorder_make(engine.handle, view.layout.handle, layout.handle, &$0)
    }
    try emit("Transpose", primitive, [(CDNNL_SOURCE, view)], [(CDNNL_DESTINATION, target)])
    return target
  }

  /// Channels that go behind space, or come back from there: the same memory, read another way. `nil` for other orders.
  private func channelsMoved(_ tensor: PlanTensor, _ order: [Int]) throws -> PlanTensor? {
    guard 3...5 ~= order.count, !tensor.isConstant, !tensor.isNarrow, tensor.shape.elementCount > 0 else {
      return nil
    }
    let last = order.count - 1
    let shape = order.map { tensor.shape[$0] }
    // Of three axes, the same order takes channels either way: the way is taken that leaves the memory as it is.
    let goesBack = order == [0, last] + Array(1..<last)
    if order == [0] + Array(2...last) + [1], tensor.layout.isChannelsLast || !goesBack {
      return PlanTensor(try .plain(shape), try reordered(tensor, to: .channelsLast(tensor.shape)).buffer)
    }
    if goesBack {
      return PlanTensor(try .channelsLast(shape), try plain(tensor).buffer)
    }
    return nil
  }

  /// The same elements under another shape: in place where channels lie innermost and stay what they are, as those of
  /// `[N, C, H, W]` do in `[N, C, H·W]`; in C order otherwise.
  private func spaceReshaped(_ tensor: PlanTensor, _ shape: [Int]) throws -> PlanTensor {
    guard tensor.layout.isChannelsLast, shape.count >= 3, shape[..<2] == tensor.shape[..<2] else {
      return try reshaped(tensor, shape)
    }
    return PlanTensor(try .channelsLast(shape, tensor.layout.elementType), tensor.buffer)
  }

  /// Copies of blocks from one tensor in C order to another.
  func copied(
    _ source: PlanTensor, _ copies: [StridedCopy], to shape: [Int], fill: Float
  ) throws -> PlanTensor {
    let layout = try Layout.plain(shape)
    let target = source.isConstant ? weights.make(layout) : make(layout)
    let blocks = copies.map { CopyLoop($0) }
    let covered = blocks.reduce(0) { $0 + $1.nest.count }
    emit("Move", reads: [source], writes: [target]) {
      let (from, to) = (UnsafePointer(source.floats), target.floats)
      let count = shape.elementCount
      return {
        if covered < count { for i in 0..<count { to[i] = fill } }
        for block in blocks { block.copy(from, to) }
      }
    }
    return target
  }

  /// Adds blocks of a gradient to where they were copied from.
  private func accumulated(
    _ gradient: PlanTensor, _ copies: [StridedCopy], to shape: [Int]
  ) throws -> PlanTensor {
    let target = make(try .plain(shape))
    let blocks = copies.map { CopyLoop($0) }
    emit("Move.backward", reads: [gradient], writes: [target]) {
      let (from, to) = (UnsafePointer(gradient.floats), target.floats)
      let count = shape.elementCount
      return {
        for i in 0..<count { to[i] = 0 }
        for block in blocks { block.addBack(from, to) }
      }
    }
    return target
  }
}

/// A strided copy as loops: tensor 0 is the destination, tensor 1 the source.
struct CopyLoop {
  let nest: LoopNest
  let sourceOffset: Int
  let destinationOffset: Int
  /// Whether several elements come from one position, so that threads may not add to it at once.
  let repeats: Bool

  init(_ copy: StridedCopy) {
    nest = LoopNest(extents: copy.extents, strides: [copy.destinationStrides, copy.sourceStrides])
    sourceOffset = copy.sourceOffset
    destinationOffset = copy.destinationOffset
    repeats = zip(copy.extents, copy.sourceStrides).contains { $0 > 1 && $1 == 0 }
  }

  /// Puts a dense tensor into a larger one.
  init(placing shape: [Int], at offset: Int, strides: [Int]) {
    nest = LoopNest(extents: shape, strides: [strides, shape.denseStrides])
    sourceOffset = 0
    destinationOffset = offset
    repeats = false
  }

  func copy(_ source: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>) {
    let strides = nest.innerStrides
    nest.forEachRun { offsets, count in
      let to = destination + destinationOffset + offsets[0]
      let from = source + sourceOffset + offsets[1]
      if strides[0] == 1, strides[1] == 1 {
        to.update(from: from, count: count)
      } else {
        for i in 0..<count { to[i &* strides[0]] = from[i &* strides[1]] }
      }
    }
  }

  func addBack(_ gradient: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    let strides = nest.innerStrides
    nest.forEachRun(shares: repeats ? 0 : nil) { offsets, count in
      let from = gradient + destinationOffset + offsets[0]
      let to = target + sourceOffset + offsets[1]
      if strides[0] == 1, strides[1] == 1 {
        for i in 0..<count { to[i] += from[i] }
      } else {
        for i in 0..<count { to[i &* strides[1]] += from[i &* strides[0]] }
      }
    }
  }
}

extension KernelTable {
  static let movements: [String: any Kernel] = [
    "Reshape": MovementKernel(), "Flatten": MovementKernel(), "Squeeze": MovementKernel(),
    "Unsqueeze": MovementKernel(), "Transpose": MovementKernel(), "Slice": MovementKernel(),
    "Gather": GatherKernel(), "Expand": MovementKernel(), "Tile": MovementKernel(),
    "Pad": MovementKernel(), "DepthToSpace": MovementKernel(), "SpaceToDepth": MovementKernel(),
    "CenterCropPad": MovementKernel(), "Concat": ConcatKernel(), "Split": SplitKernel(),
  ]
}
