internal import Graph
package import TerminalUI

/// A score as a bar, its standard error as a whisker, and the cut as a line across.
package struct ScoreBar: Sendable, Hashable {
  /// The length of the bar, 0…1.
  package var fraction: Double
  /// The length of the whisker.
  package var error: Double
  /// Where the cut is; `nil` for nowhere.
  package var cut: Double?
  /// The paint of the bar.
  package var role: Role

  /// A bar from its parts.
  package init(fraction: Double, error: Double, cut: Double?, role: Role) {
    self.fraction = fraction
    self.error = error
    self.cut = cut
    self.role = role
  }

  /// The bar in so many cells.
  package func spans(width: Int, isASCII: Bool) -> [Span] {
    guard width > 0, fraction.isFinite else { return [] }
    let glyphs = isASCII ? Glyphs.ascii : .unicode
    let perCell = glyphs.horizontalSteps.count - 1
    let cells = Double(width)
    // The error of a score beside scores that are next to nothing can be without bounds.
    var filled = Int(cut: (min(1, max(0, fraction)) * cells * Double(perCell)).rounded())
    if fraction > 0 { filled = max(1, filled) }
    let end = min(width - 1, Int(cut: ((fraction + error) * cells).rounded(.down)))
    let cutCell = cut.map { min(width - 1, max(0, Int(cut: $0 * cells))) }
    var spans: [Span] = []
    for cell in 0..<width {
      let level = min(perCell, max(0, filled - cell * perCell))
      let (scalar, role): (Unicode.Scalar, Role) =
        if cell == cutCell {
          (glyphs.vertical, .changed)
        } else if level > 0 {
          (glyphs.horizontalSteps[level], self.role)
        } else if error > 0, cell <= end {
          (cell == end ? glyphs.teeRight : glyphs.horizontal, .dim)
        } else {
          (" ", .text)
        }
      if let last = spans.indices.last, spans[last].style == .role(role) {
        spans[last].text.unicodeScalars.append(scalar)
      } else {
        spans.append(Span(String(Character(scalar)), role))
      }
    }
    return spans
  }
}
