import Graph
import Training

/// What pruners rank by.
enum Magnitudes {
  /// The norm of each slice of an axis, divided by its number of elements.
  static func slices(
    _ elements: [Float], shape: [Int], axis: Int, isSquared: Bool
  ) -> [Double] {
    let indices = ElementGroups(.slices(axis: axis), shape: shape)
    var sums = [Double](repeating: 0, count: indices.count)
    elements.withUnsafeBufferPointer { elements in
      indices.forEachRun(of: elements.count) { group, run in
        var sum = sums[group]
        if isSquared {
          for index in run { sum += Double(elements[index]) * Double(elements[index]) }
        } else {
          for index in run { sum += abs(Double(elements[index])) }
        }
        sums[group] = sum
      }
    }
    let size = Double(max(1, elements.count / max(1, indices.count)))
    return sums.map { (isSquared ? $0.squareRoot() : $0) / size }
  }

  /// The indices of the `count` lowest scores, ties by index; ascending.
  static func lowest(_ count: Int, of scores: [Double]) -> [Int] {
    let ranks = scores.map { $0.isNaN ? 0 : $0 }
    return ranks.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.prefix(count).sorted()
  }

  /// √(Σ (w − mean)² / (n − 1)), as `torch.std`.
  static func deviation(_ elements: [Float]) -> Double {
    guard elements.count > 1 else { return 0 }
    let mean = elements.reduce(0) { $0 + Double($1) } / Double(elements.count)
    let squares = elements.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / Double(elements.count - 1)).squareRoot()
  }
}
