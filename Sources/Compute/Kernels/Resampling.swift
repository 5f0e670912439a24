import CPointwise
import Graph

/// For each position of an output axis, the input positions that it is made of and their weights.
struct Taps {
  /// Where the positions of each row begin; one more than there are rows.
  private(set) var starts: [Int32] = [0]
  private(set) var indices: [Int32] = []
  private(set) var weights: [Float] = []

  var count: Int { starts.count - 1 }

  mutating func append(_ row: [(index: Int, weight: Float)]) {
    for (index, weight) in row where weight != 0 {
      indices.append(Int32(index))
      weights.append(weight)
    }
    starts.append(Int32(indices.count))
  }

  /// What each of `count` input positions gives to.
  func transposed(count: Int) -> Taps {
    var rows = [[(index: Int, weight: Float)]](repeating: [], count: count)
    for row in 0..<self.count {
      for tap in Int(starts[row])..<Int(starts[row + 1]) {
        rows[Int(indices[tap])].append((row, weights[tap]))
      }
    }
    var result = Taps()
    for row in rows { result.append(row) }
    return result
  }
}

extension Taps {
  /// Multiplies rows of `width` elements by some rows of the matrix.
  func multiply(
    _ rows: Range<Int>, width: Int, _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>
  ) {
    starts.withUnsafeBufferPointer { starts in
      indices.withUnsafeBufferPointer { indices in
        weights.withUnsafeBufferPointer { weights in
          withUnsafePointer(
            to: cpw_taps(
              starts: starts.baseAddress, indices: indices.baseAddress, weights: weights.baseAddress)
          ) {
            cpw_resample($0, Int64(rows.lowerBound), Int64(rows.count), Int64(width), from, to)
          }
        }
      }
    }
  }
}

extension PlanBuilder {
  /// Multiplies a tensor along each of some axes by a sparse matrix, in the order in which it lies in memory. Two axes that
  /// are neighbours there take one pass.
  func resample(
    _ label: String, _ source: PlanTensor, _ steps: [(axis: Int, taps: Taps)]
  ) throws -> PlanTensor {
    guard !steps.isEmpty else { return source }
    var current = try widened(source)
    let resized = Set(steps.map(\.axis))
    if current.layout.blocks.contains(where: { resized.contains($0.axis) })
      || current.layout.memoryOrder == nil
    {
      current = try plain(current)
    }
    guard let order = current.layout.memoryOrder else { return current }
    var rest = steps.sorted {
      order.firstIndex(of: .axis($0.axis)) ?? 0 < order.firstIndex(of: .axis($1.axis)) ?? 0
    }
    while let step = rest.first {
      rest.removeFirst()
      let index = order.firstIndex(of: .axis(step.axis)) ?? 0
      var second: Taps?
      if let next = rest.first, order.indices.contains(index + 1), order[index + 1] == .axis(next.axis) {
        second = next.taps
        rest.removeFirst()
      }
      current = try resample(label, current, order, at: index, step.taps, second)
    }
    return current
  }

  /// - Parameters:
  ///   - order: what the memory of the tensor runs over.
  ///   - index: where the axis stands in it.
  ///   - second: the matrix of the axis behind it.
  private func resample(
    _ label: String, _ source: PlanTensor, _ order: [Layout.Dimension], at index: Int, _ first: Taps,
    _ second: Taps?
  ) throws -> PlanTensor {
    func axis(_ index: Int) -> Int { if case .axis(let axis) = order[index] { axis } else { 0 } }
    let extents = source.layout.extents(order)
    var shape = source.shape
    shape[axis(index)] = first.count
    if let second { shape[axis(index + 1)] = second.count }
    let target = make(try source.layout.like(shape))
    let (outer, rows) = (extents[..<index].elementCount, extents[index])
    let width = extents[(index + 1)...].elementCount
    let inner = second == nil ? width : extents[(index + 2)...].elementCount
    let line = second.map { $0.count * inner } ?? width
    emit(label, reads: [source], writes: [target]) {
      let (from, to) = (UnsafePointer(source.floats), target.floats)
      // Pieces of rows, where there are few blocks.
      let grain = max(1, (1 << 13) / max(1, line))
      let pieces = (first.count + grain - 1) / grain
      return {
        parallel(outer * pieces) { piece in
          let (block, start) = (piece / pieces, piece % pieces * grain)
          let source = from + block * rows * width
          let result = to + block * first.count * line
          let range = start..<min(first.count, start + grain)
          guard let second else {
            return first.multiply(range, width: width, source, to: result + start * line)
          }
          withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, width)) { row in
            for index in range {
              first.multiply(index..<index + 1, width: width, source, to: row.baseAddress!)
              second.multiply(
                0..<second.count, width: inner, UnsafePointer(row.baseAddress!), to: result + index * line)
            }
          }
        }
      }
    }
    return target
  }
}
