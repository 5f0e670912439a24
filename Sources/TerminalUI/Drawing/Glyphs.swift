/// The drawing characters: a set for UTF-8 terminals and one of ASCII for all others.
package struct Glyphs: Hashable, Sendable {
  /// Whether only ASCII may be written.
  package let isASCII: Bool
  /// Lines and corners of boxes.
  package let horizontal, vertical, topLeft, topRight, bottomLeft, bottomRight: Unicode.Scalar
  /// Where lines meet the sides of a box, and the place where two lines cross.
  package let teeLeft, teeRight, teeTop, teeBottom, cross: Unicode.Scalar
  /// Where lines meet on all four sides, and where one passes over the other.
  package let joint, overpass: Unicode.Scalar
  /// What stands on a line: one thing, several together, and one in which others come together.
  package let stop, stops, junction: Unicode.Scalar
  /// A horizontal bar's cell, from empty to full in equal steps; at least two.
  package let horizontalSteps: [Unicode.Scalar]
  /// A sparkline's cell, from lowest to highest in equal steps; at least two.
  package let verticalSteps: [Unicode.Scalar]
  /// Densities from none to full, in equal steps.
  package let shades: [Unicode.Scalar]
  /// The upper half of a cell, for two values a cell; nil where there is none.
  package let upperHalf: Unicode.Scalar?
  /// What stands for an empty part of a bar.
  package let track: Unicode.Scalar
  /// Bounds of a bar that stands in text.
  package let barStart, barEnd: Unicode.Scalar
  /// Arrows.
  package let arrowLeft, arrowRight, arrowUp, arrowDown: Unicode.Scalar
  /// The marks of the sorted column.
  package let sortAscending, sortDescending: Unicode.Scalar
  /// The mark before the selected row, of a marked row, and of a row that may not change.
  package let selector, mark, pinned: Unicode.Scalar
  /// Marks of good news, of warnings and of errors.
  package let check, warning, failure: Unicode.Scalar
  /// Ticked and empty boxes and radio buttons are drawn with this scalar in brackets.
  package let tick: Unicode.Scalar
  /// What stands for cut text, for something unprintable, for a bullet and for a list that goes on.
  package let ellipsis, replacement, bullet, more: Unicode.Scalar
  /// Names of keys in the footer.
  package let enterKey, spaceKey, tabKey: String
  /// Marks of plotted series where braille patterns cannot be drawn, and of points in legends.
  package let plotMarks: [Unicode.Scalar]

  /// Box drawing, eighth blocks and braille: needs UTF-8.
  package static let unicode = Glyphs(
    isASCII: false, horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└",
    bottomRight: "┘", teeLeft: "├", teeRight: "┤", teeTop: "┬", teeBottom: "┴", cross: "┼",
    joint: "╋", overpass: "┼", stop: "●", stops: "■", junction: "◆",
    horizontalSteps: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    verticalSteps: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    shades: [" ", "░", "▒", "▓", "█"], upperHalf: "▀", track: " ", barStart: "▕", barEnd: "▏",
    arrowLeft: "←", arrowRight: "→", arrowUp: "↑", arrowDown: "↓", sortAscending: "▴",
    sortDescending: "▾", selector: "▸", mark: "*", pinned: "=", check: "✓", warning: "!", failure: "✗",
    tick: "✓", ellipsis: "…", replacement: "\u{fffd}", bullet: "•", more: "⋮", enterKey: "⏎",
    spaceKey: "␣", tabKey: "⇥", plotMarks: ["●", "■", "▲", "◆", "○", "□", "△", "◇"])

  /// Nothing but ASCII: for other codesets, and for people whose font lacks the rest.
  package static let ascii = Glyphs(
    isASCII: true, horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
    bottomRight: "+", teeLeft: "+", teeRight: "+", teeTop: "+", teeBottom: "+", cross: "+",
    joint: "+", overpass: "|", stop: "o", stops: "#", junction: "@",
    horizontalSteps: [" ", "-", "#"], verticalSteps: ["_", ".", "-", "=", "#"],
    shades: [" ", ".", ":", "+", "#"], upperHalf: nil, track: ".", barStart: "[", barEnd: "]",
    arrowLeft: "<", arrowRight: ">", arrowUp: "^", arrowDown: "v", sortAscending: "^",
    sortDescending: "v", selector: ">", mark: "*", pinned: "=", check: "+", warning: "!", failure: "x",
    tick: "x", ellipsis: "~", replacement: "?", bullet: "*", more: ":", enterKey: "Enter",
    spaceKey: "Space", tabKey: "Tab", plotMarks: ["*", "o", "+", "x", "#", "@", "%", "&"])

  /// What an ASCII terminal shows for a scalar: itself, a look-alike of one column, or the replacement.
  static func asciiForm(of scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.isASCII { return scalar }
    return asciiForms[scalar] ?? "?"
  }

  private static let asciiForms: [Unicode.Scalar: Unicode.Scalar] = [
    "−": "-", "–": "-", "—": "-", "→": ">", "←": "<", "↑": "^", "↓": "v", "×": "x", "·": ".", "…": "~",
    "“": "\"", "”": "\"", "‘": "'", "’": "'", "≤": "<", "≥": ">", "±": "~", "≈": "~", "•": "*", "▸": ">",
    "✓": "+", "✗": "x", "⁻": "-", "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6",
    "⁷": "7", "⁸": "8", "⁹": "9", "µ": "u", "μ": "u", "∆": "d", "Δ": "D", "σ": "s", "\u{a0}": " ",
    "\u{202f}": " ", "█": "#", "─": "-", "│": "|", "⋮": ":", "▾": "v", "▴": "^", "●": "o", "■": "#", "◆": "@",
  ]
}
