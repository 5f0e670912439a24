/// A product of two constant matrices, leading axes broadcast as `MatMul` does.
struct FoldedProduct {
  /// In C order.
  let elements: [Double]

  /// More multiplications than this are left for when the network runs.
  static let multiplicationLimit = 1 << 26
  /// So are products of more elements.
  static let elementLimit = 1 << 24

  /// `nil` where the shapes do not fit, or where it would take too long.
  init?(_ a: Tensor, _ b: Tensor) {
    let left = a.shape.count == 1 ? [1] + a.shape : a.shape
    let right = b.shape.count == 1 ? b.shape + [1] : b.shape
    guard left.count >= 2, right.count >= 2, let inner = left.last, inner == right[right.count - 2] else {
      return nil
    }
    let (rows, columns) = (left[left.count - 2], right[right.count - 1])
    let (leftLead, rightLead) = (Array(left.dropLast(2)), Array(right.dropLast(2)))
    let rank = max(leftLead.count, rightLead.count)
    let padded = [leftLead, rightLead].map { [Int](repeating: 1, count: rank - $0.count) + $0 }
    let lead = zip(padded[0], padded[1]).map { $0 == 1 ? $1 : $0 }
    let extents = lead + [rows, inner, columns]
    guard !extents.contains(0), let work = extents.checkedElementCount, work <= Self.multiplicationLimit,
      work / inner <= Self.elementLimit
    else { return nil }
    let strides = padded.map { $0.broadcastStrides(to: lead) }
    let (x, y) = (a.doubles, b.doubles)
    var result: [Double] = []
    result.reserveCapacity(work / inner)
    for block in 0..<lead.elementCount {
      // Which matrix of each operand: as many as its own leading axes count.
      var (rest, first, second) = (block, 0, 0)
      for axis in lead.indices.reversed() {
        let index = rest % lead[axis]
        rest /= lead[axis]
        first += index * strides[0][axis]
        second += index * strides[1][axis]
      }
      let (xStart, yStart) = (first * rows * inner, second * inner * columns)
      for row in 0..<rows {
        var sums = [Double](repeating: 0, count: columns)
        for term in 0..<inner {
          let factor = x[xStart + row * inner + term]
          for column in 0..<columns { sums[column] += factor * y[yStart + term * columns + column] }
        }
        result += sums
      }
    }
    elements = result
  }
}

extension Tensor {
  /// A matrix with rows and columns exchanged; any other tensor as it is.
  var transposed: Tensor {
    guard shape.count == 2 else { return self }
    let (rows, columns) = (shape[0], shape[1])
    let elements = doubles
    let turned = (0..<elements.count).map { elements[$0 % rows * columns + $0 / rows] }
    return Tensor(elementType, turned, shape: [columns, rows])
  }
}

extension [Int] {
  /// The steps in C order through a tensor of this shape that is broadcast to another: 0 where it is repeated.
  func broadcastStrides(to shape: [Int]) -> [Int] {
    let own = [Int](repeating: 1, count: shape.count - count) + self
    return zip(own, own.denseStrides).map { $0 == 1 ? 0 : $1 }
  }
}
