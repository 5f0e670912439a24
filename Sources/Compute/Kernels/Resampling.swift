import CPointwise
import Graph

/// For each place of an output axis, the input places that it is made of and their weights.
struct Taps {
  /// Where the places of each row begin; one more than there are rows.
  private(set) var starts: [Int32] = [0]
  private(set) var places: [Int32] = []
  private(set) var weights: [Float] = []

  var count: Int { starts.count - 1 }

  mutating func append(_ row: [(place: Int, weight: Float)]) {
    for (place, weight) in row where weight != 0 {
      places.append(Int32(place))
      weights.append(weight)
    }
    starts.append(Int32(places.count))
  }

  /// What each of `count` input places gives to.
  func transposed(count: Int) -> Taps {
    var rows = [[(place: Int, weight: Float)]](repeating: [], count: count)
    for row in 0..<self.count {
      for tap in Int(starts[row])..<Int(starts[row + 1]) {
        rows[Int(places[tap])].append((row, weights[tap]))
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
      places.withUnsafeBufferPointer { places in
        weights.withUnsafeBufferPointer { weights in
          withUnsafePointer(
            to: cpw_taps(starts: starts.baseAddress, places: places.baseAddress, weights: weights.baseAddress)
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
  ) throws(ComputeError) -> PlanTensor {
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
      let place = order.firstIndex(of: .axis(step.axis)) ?? 0
      var second: Taps?
      if let next = rest.first, order.indices.contains(place + 1), order[place + 1] == .axis(next.axis) {
        second = next.taps
        rest.removeFirst()
      }
      current = try resample(label, current, order, at: place, step.taps, second)
    }
    return current
  }

  /// - Parameters:
  ///   - order: what the memory of the tensor runs over.
  ///   - place: where the axis stands in it.
  ///   - second: the matrix of the axis behind it.
  private func resample(
    _ label: String, _ source: PlanTensor, _ order: [Layout.Dimension], at place: Int, _ first: Taps,
    _ second: Taps?
  ) throws(ComputeError) -> PlanTensor {
    func axis(_ place: Int) -> Int { if case .axis(let axis) = order[place] { axis } else { 0 } }
    let extents = source.layout.extents(order)
    var shape = source.shape
    shape[axis(place)] = first.count
    if let second { shape[axis(place + 1)] = second.count }
    let target = make(try source.layout.like(shape))
    let (outer, rows) = (extents[..<place].elementCount, extents[place])
    let width = extents[(place + 1)...].elementCount
    let inner = second == nil ? width : extents[(place + 2)...].elementCount
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
            for place in range {
              first.multiply(place..<place + 1, width: width, source, to: row.baseAddress!)
              second.multiply(
                0..<second.count, width: inner, UnsafePointer(row.baseAddress!), to: result + place * line)
            }
          }
        }
      }
    }
    return target
  }
}
