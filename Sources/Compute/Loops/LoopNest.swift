import Graph

/// Nested loops over tensors that broadcast against each other: extents, and for each tensor the distance that
/// a step of each loop makes in memory (0 where it is broadcast).
struct LoopNest {
  /// Outermost first.
  private(set) var extents: [Int]
  /// A list a tensor, in the order of `extents`.
  private(set) var strides: [[Int]]

  /// Simplifies the loops: those that run once are dropped, neighbours that every tensor steps through evenly
  /// become one.
  ///
  /// - Parameter leader: the tensor whose memory order the loops follow.
  init(extents: [Int], strides: [[Int]], leader: Int = 0) {
    var order = extents.indices.filter { extents[$0] != 1 }
    order.sort { a, b in
      let (x, y) = (abs(strides[leader][a]), abs(strides[leader][b]))
      return x == y ? a < b : x > y
    }
    self.extents = []
    self.strides = [[Int]](repeating: [], count: strides.count)
    for axis in order {
      if let last = self.extents.indices.last,
        strides.indices.allSatisfy({ self.strides[$0][last] == strides[$0][axis] * extents[axis] })
      {
        self.extents[last] *= extents[axis]
        for tensor in strides.indices { self.strides[tensor][last] = strides[tensor][axis] }
      } else {
        self.extents.append(extents[axis])
        for tensor in strides.indices { self.strides[tensor].append(strides[tensor][axis]) }
      }
    }
    if self.extents.isEmpty {
      self.extents = [1]
      self.strides = strides.map { _ in [0] }
    }
  }

  /// Number of elements that the loops visit.
  var count: Int { extents.elementCount }

  /// Makes the loop at `axis` the outermost.
  mutating func hoist(_ axis: Int) {
    extents.insert(extents.remove(at: axis), at: 0)
    for tensor in strides.indices { strides[tensor].insert(strides[tensor].remove(at: axis), at: 0) }
  }

  /// Strides of the innermost loop, one a tensor.
  var innerStrides: [Int] { strides.map { $0.last ?? 0 } }

  /// Calls `body` with the tensors' offsets and the number of elements for every run of the innermost loop.
  ///
  /// - Parameter shares: how many of the outer loops may be divided among threads; all but the innermost
  ///   where `nil`.
  func forEachRun(shares: Int? = nil, _ body: (_ offsets: UnsafePointer<Int>, _ count: Int) -> Void) {
    guard count > 0 else { return }
    let depth = extents.count - 1
    let shared = min(shares ?? depth, depth)
    let outer = extents[..<shared].elementCount
    let inner = extents[shared...].elementCount
    if shares == nil, outer == 1, inner > 1 << 15, depth == 0 {
      // One long run: cut it.
      parallelRanges(inner, grain: 1 << 14) { range in
        withUnsafeTemporaryAllocation(of: Int.self, capacity: strides.count) { offsets in
          for tensor in strides.indices { offsets[tensor] = range.lowerBound * strides[tensor][0] }
          body(offsets.baseAddress!, range.count)
        }
      }
      return
    }
    let grain = max(1, (1 << 14) / max(1, inner))
    parallelRanges(outer, grain: grain) { range in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: depth + strides.count) { memory in
        let counters = memory.baseAddress!
        let offsets = counters + depth
        walk(range, shared, depth, counters, offsets, body)
      }
    }
  }

  private func walk(
    _ range: Range<Int>, _ shared: Int, _ depth: Int, _ counters: UnsafeMutablePointer<Int>,
    _ offsets: UnsafeMutablePointer<Int>, _ body: (UnsafePointer<Int>, Int) -> Void
  ) {
    let perShare = extents[shared..<depth].elementCount
    let width = extents[depth]
    var rest = range.lowerBound
    for tensor in strides.indices { offsets[tensor] = 0 }
    for axis in stride(from: depth - 1, through: 0, by: -1) {
      counters[axis] = 0
      if axis < shared {
        counters[axis] = rest % extents[axis]
        rest /= extents[axis]
        for tensor in strides.indices { offsets[tensor] += counters[axis] * strides[tensor][axis] }
      }
    }
    for _ in 0..<range.count * perShare {
      body(UnsafePointer(offsets), width)
      var axis = depth - 1
      while axis >= 0 {
        counters[axis] += 1
        for tensor in strides.indices { offsets[tensor] += strides[tensor][axis] }
        if counters[axis] < extents[axis] { break }
        for tensor in strides.indices { offsets[tensor] -= extents[axis] * strides[tensor][axis] }
        counters[axis] = 0
        axis -= 1
      }
    }
  }
}

/// The loops over one layout: an axis (of blocks) each, then one an inner block.
struct Frame {
  let layout: Layout
  let extents: [Int]
  let ownStrides: [Int]

  /// - Precondition: the layout is strided, with at most one block an axis.
  init?(_ layout: Layout) {
    guard layout.isStrided, Set(layout.blocks.map(\.axis)).count == layout.blocks.count else { return nil }
    self.layout = layout
    var outer = layout.paddedShape
    for block in layout.blocks { outer[block.axis] /= block.extent }
    extents = outer + layout.blocks.map(\.extent)
    ownStrides = layout.strides + layout.blocks.map(\.extent).denseStrides
  }

  /// Steps in a tensor that broadcasts to the frame, aligned from the right; `nil` where its blocks do not fit.
  func strides(of operand: Layout) -> [Int]? {
    guard operand.isStrided else { return nil }
    let rank = layout.paddedShape.count
    let lead = rank - operand.paddedShape.count
    guard lead >= 0 else { return nil }
    var outer = [Int](repeating: 0, count: rank)
    var inner = [Int](repeating: 0, count: layout.blocks.count)
    let extents = operand.shape.isEmpty ? [1] : operand.shape
    let isBlocked = !operand.blocks.isEmpty && !operand.isPlain
    // A blocked layout that is plain in effect is read as plain.
    let operandStrides = operand.isPlain ? extents.denseStrides : operand.strides
    if isBlocked {
      let shifted = operand.blocks.map { Layout.Block(axis: $0.axis + lead, extent: $0.extent) }
      guard shifted.allSatisfy({ block in layout.blocks.contains(block) || extents[block.axis - lead] == 1 })
      else { return nil }
      guard operand.blocks.count == 1 || shifted == layout.blocks else { return nil }
    }
    for axis in 0..<rank where axis >= lead && extents[axis - lead] != 1 {
      let step = operandStrides[axis - lead]
      guard let index = layout.blocks.firstIndex(where: { $0.axis == axis }) else {
        if isBlocked, operand.blocks.contains(where: { $0.axis == axis - lead }) { return nil }
        outer[axis] = step
        continue
      }
      let block = layout.blocks[index]
      if isBlocked, operand.blocks.contains(where: { $0.axis == axis - lead }) {
        outer[axis] = step
        inner[index] = layout.blocks[(index + 1)...].map(\.extent).elementCount
      } else {
        guard extents[axis - lead] % block.extent == 0 else { return nil }
        outer[axis] = step * block.extent
        inner[index] = step
      }
    }
    return outer + inner
  }

  /// Whether a tensor of this shape, spread over the frame, would put numbers into the padding.
  func spillsIntoPadding(_ shape: [Int]) -> Bool {
    guard layout.isPadded else { return false }
    let lead = layout.paddedShape.count - shape.count
    return layout.blocks.contains { block in
      layout.paddedShape[block.axis] != layout.shape[block.axis]
        && (block.axis < lead || shape[block.axis - lead] == 1)
    }
  }
}
