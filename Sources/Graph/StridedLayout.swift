package import Foundation

/// How a tensor lies in a storage: where it begins, and how far apart neighbours are along each axis; all in elements.
package struct StridedLayout: Sendable, Hashable {
  /// Where it begins.
  package let offset: Int
  /// Its extents.
  package let shape: [Int]
  /// The distances of neighbours along each axis, which are not negative.
  package let strides: [Int]

  /// A tensor's place; as many strides as extents.
  package init(offset: Int, shape: [Int], strides: [Int]) {
    (self.offset, self.shape, self.strides) = (offset, shape, strides)
  }

  /// Whether the elements lie in C order.
  package var isDense: Bool { strides.isDense(of: shape) }

  /// The position of the last element in the storage; `nil` where it is beyond all numbers.
  package var lastElement: Int? {
    zip(shape, strides).reduce(Optional(offset)) { sum, axis in
      (axis.0 - 1).checkedProduct(axis.1).flatMap { step in sum?.checkedSum(step) }
    }
  }

  /// The elements in C order, of a storage that holds them all.
  ///
  /// - Parameter width: the bytes of an element.
  package func gathered(from storage: Data, width: Int) -> Data {
    let count = shape.elementCount
    var output = Data(capacity: count * width)
    var index = [Int](repeating: 0, count: shape.count)
    var position = storage.startIndex + offset * width
    for _ in 0..<count {
      output.append(storage[position..<position + width])
      // The odometer: the last index runs fastest.
      for axis in shape.indices.reversed() {
        index[axis] += 1
        guard index[axis] == shape[axis] else {
          position += strides[axis] * width
          break
        }
        position -= strides[axis] * (shape[axis] - 1) * width
        index[axis] = 0
      }
    }
    return output
  }
}

extension [Int] {
  /// Whether these are the strides of a tensor in C order; those of axes of one element may be any.
  package func isDense(of shape: [Int]) -> Bool {
    let dense = shape.denseStrides
    return shape.contains(0) || indices.allSatisfy { shape[$0] == 1 || self[$0] == dense[$0] }
  }
}
