/// Which elements of a weight go where a pruner takes them one by one.
package enum ElementChoice: Sendable, Hashable {
  /// So many that are nearest to zero, ties by index; what is not a number counts as zero.
  case nearestToZero(Int)
  /// All whose magnitude is not above a threshold.
  case upTo(Double)

  /// What stays of a weight.
  package func mask(of elements: [Float]) -> BitMask {
    elements.withUnsafeBufferPointer { elements in
      switch self {
      case .nearestToZero(let count):
        guard count > 0, !elements.isEmpty else {
          return BitMask(count: elements.count) { _ in true }
        }
        let border = Border(count: min(count, elements.count), of: elements)
        var ties = border.ties
        return BitMask(count: elements.count) { index in
          let magnitude = Border.magnitude(elements[index])
          if magnitude != border.magnitude { return magnitude > border.magnitude }
          ties -= 1
          return ties < 0
        }
      case .upTo(let threshold):
        return BitMask(count: elements.count) { Double(abs(elements[$0])) > threshold }
      }
    }
  }

  /// How many elements of a weight go, without a mask of them.
  ///
  /// - Parameters:
  ///   - total: the elements of the weight.
  ///   - elements: what they are; asked for only where the number follows from them.
  func count(of total: Int, _ elements: () throws -> [Float]) rethrows -> Int {
    switch self {
    case .nearestToZero(let count): return min(max(0, count), total)
    case .upTo(let threshold):
      // `!(a > b)` and not `a <= b`: what is not a number goes.
      return try elements().withUnsafeBufferPointer { elements in
        var count = 0
        for element in elements { count += Double(abs(element)) > threshold ? 0 : 1 }
        return count
      }
    }
  }
}

/// Where the elements that are nearest to zero end.
///
/// Magnitudes of floating-point numbers are in the order of their bits, so that a sort is not needed: the bits' upper half
/// is counted first, and then the lower half of those elements alone that share the upper half of the border.
private struct Border {
  /// The largest magnitude of those that go, as bits.
  let magnitude: UInt32
  /// How many that are as large go too; all that are smaller do.
  let ties: Int

  /// - Parameter count: how many go, from 1 to all.
  init(count: Int, of elements: UnsafeBufferPointer<Float>) {
    var left = count
    let upper = Self.bin(where: &left, of: 1 << 15) { counts in
      for element in elements { counts[Int(Self.magnitude(element) >> 16)] += 1 }
    }
    let lower = Self.bin(where: &left, of: 1 << 16) { counts in
      for element in elements {
        let magnitude = Self.magnitude(element)
        if magnitude >> 16 == upper { counts[Int(magnitude & 0xffff)] += 1 }
      }
    }
    magnitude = UInt32(upper) << 16 | UInt32(lower)
    ties = left
  }

  /// Bits in the order of magnitudes; those of zero for what is not a number.
  @inline(__always) static func magnitude(_ element: Float) -> UInt32 {
    let bits = element.bitPattern & 0x7fff_ffff
    return bits > 0x7f80_0000 ? 0 : bits
  }

  /// The bin in which the number falls that `left` counts to; behind it, how many are left in that bin.
  private static func bin(
    where left: inout Int, of bins: Int, _ fill: (UnsafeMutableBufferPointer<Int>) -> Void
  ) -> Int {
    var counts = [Int](repeating: 0, count: bins)
    counts.withUnsafeMutableBufferPointer { fill($0) }
    for (bin, count) in counts.enumerated() {
      if left <= count { return bin }
      left -= count
    }
    return bins - 1
  }
}
