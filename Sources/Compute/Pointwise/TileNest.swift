import Graph

/// The loops of a pointwise step: outer ones, and inside them rows of lanes, which are walked tile by tile.
struct TileNest {
  /// The outer loops, outermost first, with each tensor's steps: operands first, then targets.
  let extents: [Int]
  let strides: [[Int]]
  let rows: Int
  let lanes: Int
  let rowStrides: [Int]
  let laneStrides: [Int]
  /// Where threads may share the inner loops: anywhere, between rows, or nowhere.
  private let cut: Cut
  private enum Cut { case anywhere, betweenRows, nowhere }

  /// - Returns: `nil` where sums over outer loops are asked for: threads would add to the same places.
  init?(_ frame: Frame, operands: [Layout], targets: [(layout: Layout, sums: Bool)]) {
    let tensors = operands + targets.map(\.layout)
    var all: [[Int]] = [frame.ownStrides]
    for layout in tensors {
      guard let strides = frame.strides(of: layout) else { return nil }
      all.append(strides)
    }
    let nest = LoopNest(extents: frame.extents, strides: all)
    let depth = nest.extents.count
    let inner = min(2, depth)
    extents = Array(nest.extents.dropLast(inner))
    strides = nest.strides.dropFirst().map { Array($0.dropLast(inner)) }
    lanes = nest.extents[depth - 1]
    rows = inner == 2 ? nest.extents[depth - 2] : 1
    laneStrides = nest.strides.dropFirst().map { $0[depth - 1] }
    let laneCount = nest.extents[depth - 1]
    // A single row goes on as its lanes do.
    rowStrides = nest.strides.dropFirst().map { inner == 2 ? $0[depth - 2] : $0[depth - 1] * laneCount }
    let summing = targets.indices.filter { targets[$0].sums }.map { operands.count + $0 }
    // Rows that have sums of their own may be shared.
    let rows = rowStrides
    cut = summing.isEmpty ? .anywhere : summing.allSatisfy { rows[$0] != 0 } ? .betweenRows : .nowhere
    for tensor in summing where strides[tensor].contains(0) { return nil }
  }

  /// Elements of the inner loops.
  var inner: Int { rows * lanes }

  /// How the steps are dealt out: pieces of the inner loops, and whole ones where there are many.
  var pieces: (length: Int, count: Int) {
    let wanted = 1 << 14
    guard cut != .nowhere, inner > 2 * wanted else { return (inner, 1) }
    // Pieces of whole rows where these are short, so that rows which repeat need not be read again.
    let unit = lanes <= 512 || cut == .betweenRows ? lanes : 512
    let length = max(1, wanted / unit) * unit
    return (length, (inner + length - 1) / length)
  }
}
