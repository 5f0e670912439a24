/// A symmetric positive definite matrix, factored in place as LLᵀ (Cholesky), block by block so that most of the work is
/// inner products of rows that lie in the cache.
struct SymmetricSystem {
  private let order: Int
  /// The lower triangle, rows of `order`.
  private var elements: [Double]

  private static let blockSize = 64

  /// - Parameter element: the matrix's element at a row and a column not behind it.
  init(order: Int, element: (_ row: Int, _ column: Int) -> Double) {
    self.order = order
    elements = [Double](unsafeUninitializedCapacity: order * order) { buffer, count in
      for row in 0..<order {
        for column in 0..<order { buffer[row * order + column] = column <= row ? element(row, column) : 0 }
      }
      count = order * order
    }
  }

  /// Factors the matrix; false where it is not positive definite to rounding.
  mutating func factor() -> Bool {
    let order = order
    return elements.withUnsafeMutableBufferPointer { buffer in
      let a = buffer.baseAddress!
      for start in stride(from: 0, to: order, by: Self.blockSize) {
        let end = min(order, start + Self.blockSize)
        // Columns before the block are done with: subtract what they say of these rows and all below.
        if start > 0 {
          nonisolated(unsafe) let a = a
          parallelRanges(order - start, grain: Self.blockSize) { range in
            for row in start + range.lowerBound..<start + range.upperBound {
              for column in start..<min(end, row + 1) {
                a[row * order + column] -= Self.dot(a + row * order, a + column * order, start)
              }
            }
          }
        }
        for column in start..<end {
          let own = a + column * order
          let square = own[column] - Self.dot(own + start, own + start, column - start)
          guard square > 0, square.isFinite else { return false }
          own[column] = square.squareRoot()
          for row in column + 1..<max(column + 1, end) {
            let other = a + row * order
            other[column] =
              (other[column] - Self.dot(other + start, own + start, column - start)) / own[column]
          }
        }
        guard end < order else { continue }
        nonisolated(unsafe) let shared = a
        parallelRanges(order - end, grain: Self.blockSize) { range in
          for row in end + range.lowerBound..<end + range.upperBound {
            let other = shared + row * order
            for column in start..<end {
              let own = shared + column * order
              other[column] =
                (other[column] - Self.dot(other + start, own + start, column - start)) / own[column]
            }
          }
        }
      }
      return true
    }
  }

  /// The solutions for several right-hand sides, `[columns, order]` in C order.
  func solve(columns: Int, _ element: (_ row: Int, _ column: Int) -> Double) -> [Double] {
    var result = [Double](repeating: 0, count: columns * order)
    for column in 0..<columns {
      for row in 0..<order { result[column * order + row] = element(row, column) }
    }
    let order = order
    elements.withUnsafeBufferPointer { matrix in
      result.withUnsafeMutableBufferPointer { result in
        nonisolated(unsafe) let (a, x) = (matrix.baseAddress!, result.baseAddress!)
        parallel(columns) { column in
          let x = x + column * order
          for row in 0..<order {
            x[row] = (x[row] - Self.dot(a + row * order, x, row)) / a[row * order + row]
          }
          for row in (0..<order).reversed() {
            x[row] /= a[row * order + row]
            let factor = x[row]
            let above = a + row * order
            for index in 0..<row { x[index] -= factor * above[index] }
          }
        }
      }
    }
    return result
  }

  @inline(__always)
  private static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var sums = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    var index = 0
    while index + 16 <= count {
      // Products and sums apart: without a processor that is known to fuse them, fusing is a call.
      sums.0 +=
        UnsafeRawPointer(a + index).loadUnaligned(as: SIMD8<Double>.self)
        * UnsafeRawPointer(b + index).loadUnaligned(as: SIMD8<Double>.self)
      sums.1 +=
        UnsafeRawPointer(a + index + 8).loadUnaligned(as: SIMD8<Double>.self)
        * UnsafeRawPointer(b + index + 8).loadUnaligned(as: SIMD8<Double>.self)
      index += 16
    }
    var sum = (sums.0 + sums.1).sum()
    while index < count {
      sum += a[index] * b[index]
      index += 1
    }
    return sum
  }
}
