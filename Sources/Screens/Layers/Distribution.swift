internal import TerminalUI

/// How the scores of a layer's kernels are spread, in so many cells: the height of a cell says how many kernels, its colour
/// whether they go.
struct Distribution {
  /// A cell of it.
  struct Bin: Equatable {
    var count = 0
    /// How many of its kernels go.
    var gone = 0
  }

  private(set) var bins: [Bin]

  /// The spread of scores over the range that they have themselves.
  ///
  /// - Parameters:
  ///   - isLogarithmic: whether each cell stands for the same ratio rather than the same difference.
  ///   - kept: the kernels that stay, ascending; `nil` where nothing is decided.
  init(_ scores: [Double], kept: [Int]?, cells: Int, isLogarithmic: Bool) {
    bins = Array(repeating: Bin(), count: max(1, cells))
    let values = scores.map { score in BarScale.position(score, isLogarithmic: isLogarithmic) }
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return }
    let staying = kept.map { Set($0) }
    for (kernel, value) in values.enumerated() {
      // A score of nothing stands at the left end, whatever the scale.
      let share = !value.isFinite ? 0 : high > low ? (value - low) / (high - low) : 0.5
      let bin = min(bins.count - 1, max(0, Int(share * Double(bins.count))))
      bins[bin].count += 1
      if let staying, !staying.contains(kernel) { bins[bin].gone += 1 }
    }
  }

  /// The cells as text: where kernels go they have the colour of what goes, where some do that of the cut.
  func spans(_ glyphs: Glyphs, role: Role) -> [Span] {
    let most = bins.reduce(0) { max($0, $1.count) }
    let steps = glyphs.verticalSteps
    return bins.map { bin in
      guard bin.count > 0, most > 0 else { return Span(" ", .text) }
      let level = min(steps.count - 1, Int(Double(bin.count) / Double(most) * Double(steps.count)))
      let paint: Role = bin.gone == 0 ? role : bin.gone == bin.count ? .cut : .changed
      return Span(String(Character(steps[level])), paint)
    }
  }
}

/// How values become lengths of bars.
enum BarScale {
  /// Orders of magnitude that a logarithmic bar shows below the largest value.
  static let decades = 4.0

  /// Where a value stands on an axis.
  static func position(_ value: Double, isLogarithmic: Bool) -> Double {
    guard isLogarithmic else { return value }
    return value > 0 ? logarithm(value) : -.infinity
  }

  /// The length of a value's bar, 0…1.
  static func fraction(_ value: Double, of largest: Double, isLogarithmic: Bool) -> Double {
    guard largest > 0, value > 0 else { return 0 }
    guard isLogarithmic else { return value / largest }
    return max(0.02, 1 + logarithm(value / largest) / decades)
  }
}
