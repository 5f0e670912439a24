import Graph

/// One axis of a label field.
struct FieldAxis: Hashable {
  /// The axis of the tensor.
  var axis: Int
  /// Distinct indices along it.
  var count: Int
  /// Consecutive indices of the axis that share a position; the axis is `count · repeats` long.
  var repeats: Int
}

/// Channel cells over some axes of a tensor; along the other axes nothing changes.
///
/// After `[C, H, W] → [C·H·W]` each cell stands `H·W` times; that is kept as `repeats`, not written out.
struct LabelField {
  /// Ascending by tensor axis.
  var axes: [FieldAxis]
  /// In C order over the axes' counts.
  var cells: [Int32]

  init(axes: [FieldAxis], cells: [Int32]) {
    self.axes = axes
    self.cells = cells
  }

  init(axis: Int, cells: [Int32], repeats: Int = 1) {
    self.init(axes: [FieldAxis(axis: axis, count: cells.count, repeats: repeats)], cells: cells)
  }

  /// The index in `axes` of a tensor axis.
  func index(of axis: Int) -> Int? { axes.firstIndex { $0.axis == axis } }

  /// The same cells under other numbers of the axes, which are put in ascending order.
  func renumbered(_ number: (Int) -> Int) -> LabelField {
    let numbered = axes.map { FieldAxis(axis: number($0.axis), count: $0.count, repeats: $0.repeats) }
    let order = numbered.indices.sorted { numbered[$0].axis < numbered[$1].axis }
    if order == Array(numbered.indices) { return LabelField(axes: numbered, cells: cells) }
    return LabelField(axes: numbered, cells: cells).transposed(order)
  }

  /// Axes in another order, cells moved along; only for comparing fields, where order need not ascend.
  func transposed(_ order: [Int]) -> LabelField {
    let strides = axes.map(\.count).denseStrides
    var result: [Int32] = []
    result.reserveCapacity(cells.count)
    walk(order.map { axes[$0].count }, strides: order.map { strides[$0] }) { result.append(cells[$0]) }
    return LabelField(axes: order.map { axes[$0] }, cells: result)
  }

  /// The field with the repeats of one axis written out down to `repeats`, a divisor of what it has.
  func refined(_ index: Int, to repeats: Int) throws -> LabelField {
    let factor = axes[index].repeats / repeats
    if factor == 1 { return self }
    var result = try selecting(axes[index].count.times(factor), along: index) { $0 / factor }
    result.axes[index].repeats = repeats
    return result
  }

  /// The given indices along one axis, with repetitions.
  func selecting(_ indices: [Int], along index: Int) throws -> LabelField {
    try selecting(indices.count, along: index) { indices[$0] }
  }

  /// So many indices along one axis, with repetitions.
  ///
  /// - Parameter index: the position here of each position there.
  /// - Throws: `PruningError.tooManyChannels` where they are more than `DisjointCells.limit`.
  func selecting(
    _ selected: Int, along position: Int, _ index: (Int) -> Int
  ) throws -> LabelField {
    let outer = axes[..<position].map(\.count).elementCount
    let inner = axes[(position + 1)...].map(\.count).elementCount
    let size = outer.times(selected).times(inner)
    guard size <= DisjointCells.limit else { throw PruningError.tooManyChannels(size) }
    let count = axes[position].count
    var result: [Int32] = []
    result.reserveCapacity(size)
    for block in 0..<outer {
      for number in 0..<selected {
        let base = (block * count + index(number)) * inner
        result.append(contentsOf: cells[base..<(base + inner)])
      }
    }
    var copy = LabelField(axes: axes, cells: result)
    copy.axes[position].count = selected
    return copy
  }

  /// Only the axes at the given indices: every channel then spans the others whole.
  func projected(onto kept: [Int], _ sets: inout DisjointCells) -> LabelField {
    if kept.count == axes.count { return self }
    let targetStrides = kept.map { axes[$0].count }.denseStrides
    var strides = [Int](repeating: 0, count: axes.count)
    for (number, index) in kept.enumerated() { strides[index] = targetStrides[number] }
    let size = kept.map { axes[$0].count }.elementCount
    var result = [Int32](repeating: -1, count: size)
    var source = 0
    walk(axes.map(\.count), strides: strides) { target in
      if result[target] < 0 {
        result[target] = cells[source]
      } else {
        sets.union(result[target], cells[source])
      }
      source += 1
    }
    return LabelField(axes: kept.map { axes[$0] }, cells: result)
  }

  /// Without the axes along which the cells do not change, as long as one axis stays.
  func droppingInvariantAxes(_ sets: inout DisjointCells) throws -> LabelField {
    var field = self
    var index = 0
    while index < field.axes.count, field.axes.count > 1 {
      let first = try field.selecting([0], along: index)
      let spread = try first.selecting(field.axes[index].count, along: index) { _ in 0 }
      let isInvariant = field.cells.indices.allSatisfy {
        sets.find(field.cells[$0]) == sets.find(spread.cells[$0])
      }
      if isInvariant {
        field = first
        field.axes.remove(at: index)
      } else {
        index += 1
      }
    }
    return field
  }

  /// Offsets of every element of a block, in C order.
  private func walk(_ extents: [Int], strides: [Int], _ body: (Int) -> Void) {
    guard extents.allSatisfy({ $0 > 0 }) else { return }
    var counters = [Int](repeating: 0, count: extents.count)
    var offset = 0
    while true {
      body(offset)
      var axis = extents.count - 1
      while axis >= 0 {
        counters[axis] += 1
        offset += strides[axis]
        if counters[axis] < extents[axis] { break }
        offset -= extents[axis] * strides[axis]
        counters[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

/// The greatest common divisor of two positive numbers.
func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
