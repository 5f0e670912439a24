import Graph

/// The target of MXNet's `Reshape`, whose codes speak of the shape that is there.
///
/// 0 copies an extent, −1 takes what is left, −2 copies all that follow, −3 multiplies two, −4 splits one in the two
/// that follow it. With `reverse` all is read from the right. (MXNet 1.9.1, `InferReshapeShape`.)
struct ReshapeTarget: Sendable, Hashable {
  var codes: [Int]
  var reversed = false

  /// An extent of the result and where it comes from.
  private struct Extent {
    var count: Int
    /// The axis that it copies.
    var copied: Int?
    /// Whether it follows from the others.
    var isRest = false
    /// Whether the batch is in it.
    var holdsBatch = false
    /// The code that a number here stands for, where it is one.
    var literal: Int?
  }

  /// The shape that the codes make of another; `nil` where they do not fit it.
  func shape(from source: [Int]) -> [Int]? { extents(from: source)?.map(\.count) }

  /// The same as a target of ONNX's `Reshape`, right for every number of examples where that can be said.
  func target(from source: [Int]) -> [Int]? {
    guard let extents = extents(from: source) else { return nil }
    let hasRest = extents.contains(where: \.isRest)
    return extents.enumerated().map { axis, extent in
      if extent.copied == axis { return 0 }
      if extent.isRest || (!hasRest && extent.holdsBatch) { return -1 }
      return extent.count
    }
  }

  /// Codes that make `shape` of `source`: these where they do, or these with other numbers, or plain numbers.
  func retargeted(from source: [Int], to shape: [Int]) -> ReshapeTarget? {
    if self.shape(from: source) == shape { return self }
    if let extents = extents(from: source), extents.count == shape.count {
      var changed = self
      for (axis, extent) in extents.enumerated() {
        if let index = extent.literal, changed.codes[index] > 0 { changed.codes[index] = shape[axis] }
      }
      if changed.shape(from: source) == shape { return changed }
    }
    var plain = ReshapeTarget(codes: shape)
    if let first = shape.first, first == source.first { plain.codes[0] = 0 }
    return plain.shape(from: source) == shape ? plain : nil
  }

  private func extents(from source: [Int]) -> [Extent]? {
    guard reversed else { return Self.extents(codes, Array(source.enumerated()), total: source) }
    // The order of a split is another from the right; nobody writes one so.
    guard !codes.contains(-4) else { return nil }
    let found = Self.extents(codes.reversed(), source.enumerated().reversed(), total: source)
    return found?.reversed().map { extent in
      var extent = extent
      extent.literal = extent.literal.map { codes.count - 1 - $0 }
      return extent
    }
  }

  private static func extents(
    _ codes: [Int], _ source: [(offset: Int, element: Int)], total: [Int]
  ) -> [Extent]? {
    var result: [Extent] = []
    var rest = source[...]
    var index = 0
    while index < codes.count {
      defer { index += 1 }
      switch codes[index] {
      case 0:
        guard let (axis, count) = rest.popFirst() else { return nil }
        result.append(Extent(count: count, copied: axis, holdsBatch: axis == 0))
      case -1:
        _ = rest.popFirst()
        result.append(Extent(count: 1, isRest: true))
      case -2:
        while let (axis, count) = rest.popFirst() {
          result.append(Extent(count: count, copied: axis, holdsBatch: axis == 0))
        }
      case -3:
        guard let (axis, first) = rest.popFirst(), let (other, second) = rest.popFirst() else { return nil }
        guard let count = first.checkedProduct(second) else { return nil }
        result.append(Extent(count: count, holdsBatch: axis == 0 || other == 0))
      case -4:
        guard let (axis, count) = rest.popFirst(), index + 2 < codes.count else { return nil }
        var parts = [codes[index + 1], codes[index + 2]]
        guard let known = parts.first(where: { $0 > 0 }), parts.allSatisfy({ $0 > 0 || $0 == -1 }) else {
          return nil
        }
        let indices = [index + 1, index + 2].map { codes[$0] > 0 ? $0 : nil }
        for number in 0..<2 where parts[number] == -1 { parts[number] = count / known }
        for number in 0..<2 {
          result.append(
            Extent(
              count: parts[number], holdsBatch: axis == 0 && codes[index + 1 + number] == -1,
              literal: indices[number]))
        }
        index += 2
      case let count where count > 0:
        _ = rest.popFirst()
        result.append(Extent(count: count, literal: index))
      default: return nil
      }
    }
    guard let all = total.checkedElementCount, result.count(where: \.isRest) <= 1,
      let made = result.map(\.count).checkedElementCount
    else { return nil }
    if let open = result.firstIndex(where: \.isRest) {
      guard made > 0, all % made == 0 else { return nil }
      result[open].count = all / made
    } else if made != all {
      // With a number that no longer fits, the shape is still said.
      return result
    }
    return result
  }
}
