/// Elements of a parameter that are held at zero.
package struct WeightMask: Sendable, Hashable {
  /// By element, in C order: whether it stays.
  package private(set) var keeps: [Bool]

  /// A mask from what stays of each element.
  package init(keeps: [Bool]) { self.keeps = keeps }

  /// A mask of whole slices of an axis.
  ///
  /// - Parameters:
  ///   - positions: indices along the axis that are held at zero; those outside it are passed over.
  ///   - axis: an axis of `shape`.
  package init(zeroing positions: some Sequence<Int>, axis: Int, shape: [Int]) {
    keeps = [Bool](repeating: true, count: shape.reduce(1, *))
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    for position in positions where 0..<shape[axis] ~= position {
      for block in 0..<outer {
        let start = (block * shape[axis] + position) * inner
        for index in start..<start + inner { keeps[index] = false }
      }
    }
  }

  /// The share of the elements that are held at zero.
  package var sparsity: Double {
    keeps.isEmpty ? 0 : Double(keeps.count { !$0 }) / Double(keeps.count)
  }

  /// What stays of both.
  package func intersection(_ other: WeightMask) -> WeightMask {
    precondition(keeps.count == other.keeps.count, "masks of one parameter")
    var both = keeps
    for index in both.indices { both[index] = both[index] && other.keeps[index] }
    return WeightMask(keeps: both)
  }

  /// Puts zeros where nothing stays.
  package func apply(to values: UnsafeMutableBufferPointer<Float>) {
    precondition(keeps.count == values.count, "a mask as long as the parameter")
    keeps.withUnsafeBufferPointer { keeps in
      // Every element is written, so that the processor's vectors are used.
      for index in values.indices { values[index] = keeps[index] ? values[index] : 0 }
    }
  }

  /// The elements with zeros where nothing stays.
  package func applied(to values: [Float]) -> [Float] {
    precondition(keeps.count == values.count, "a mask as long as the parameter")
    var masked = values
    masked.withUnsafeMutableBufferPointer { apply(to: $0) }
    return masked
  }
}
