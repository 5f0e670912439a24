import Foundation
import Graph

/// How scores are spread, in so many cells of the same width: how many lie in each, and how many of those go.
package struct ScoreDistribution: Sendable, Hashable {
  /// A cell of it.
  package struct Bin: Sendable, Hashable {
    /// Kernels whose score lies here.
    package var count = 0
    /// How many of its kernels go.
    package var gone = 0
  }

  /// The cells, the lowest scores first.
  package private(set) var bins: [Bin]
  /// The least and the largest score that has a place on the axis; `nil` without any.
  package private(set) var range: ClosedRange<Double>?
  /// Whether each cell stands for the same ratio rather than the same difference.
  package let isLogarithmic: Bool
  /// The score between what goes and what stays; `nil` where nothing goes, everything does, or no score parts the two.
  package private(set) var cut: Double?

  /// The spread of scores over the range that they have themselves.
  ///
  /// - Parameters:
  ///   - isLogarithmic: whether each cell stands for the same ratio rather than the same difference.
  ///   - kept: the kernels that stay, ascending; `nil` where nothing is decided.
  package init(_ scores: [Double], kept: [Int]?, cells: Int, isLogarithmic: Bool) {
    bins = Array(repeating: Bin(), count: max(1, cells))
    self.isLogarithmic = isLogarithmic
    let staying = kept.map { Set($0) }
    let goes = scores.indices.map { index in staying.map { !$0.contains(index) } ?? false }
    let placed = scores.filter { Self.position($0, isLogarithmic: isLogarithmic).isFinite }
    guard let least = placed.min(), let largest = placed.max() else { return }
    range = least...largest
    for (score, goes) in zip(scores, goes) {
      // A score of nothing stands at the left end, whatever the scale.
      let bin = min(bins.count - 1, max(0, Int(cut: (place(of: score) ?? 0) * Double(bins.count))))
      bins[bin].count += 1
      if goes { bins[bin].gone += 1 }
    }
    let known = zip(scores, goes).filter { $0.0.isFinite }
    if let last = known.filter(\.1).map(\.0).max(), let first = known.filter({ !$0.1 }).map(\.0).min(),
      last <= first
    {
      cut = last + (first - last) / 2
    }
  }

  /// Where a score stands between the ends of the range, 0…1; `nil` where it has no place.
  package func place(of score: Double) -> Double? {
    guard let range else { return nil }
    func position(_ score: Double) -> Double { Self.position(score, isLogarithmic: isLogarithmic) }
    let (value, low, high) = (position(score), position(range.lowerBound), position(range.upperBound))
    guard value.isFinite else { return nil }
    // Halves, so that no difference of finite numbers overflows.
    return high > low ? min(1, max(0, (value / 2 - low / 2) / (high / 2 - low / 2))) : 0.5
  }

  /// Where a value stands on an axis.
  private static func position(_ value: Double, isLogarithmic: Bool) -> Double {
    guard isLogarithmic else { return value }
    return value > 0 ? log10(value) : -.infinity
  }
}
