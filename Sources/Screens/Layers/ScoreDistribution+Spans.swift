internal import Pruning
internal import TerminalUI

extension ScoreDistribution {
  /// The cells as text, the height of each saying how many kernels it has: where kernels go they have the colour of what
  /// goes, where some do that of the cut.
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

  /// The length of a value's bar, 0…1.
  static func fraction(_ value: Double, of largest: Double, isLogarithmic: Bool) -> Double {
    guard largest > 0, value > 0 else { return 0 }
    guard isLogarithmic else { return value / largest }
    return max(0.02, 1 + logarithm(value / largest) / decades)
  }
}
