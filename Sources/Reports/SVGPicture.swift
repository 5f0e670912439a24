import Foundation

/// The part of a picture that values are drawn in, in the picture's units; the vertical axis grows upwards.
struct SVGFrame {
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// The place of a share of the width.
  func x(_ share: Double) -> Double { left + (right - left) * share }
  /// The place of a share of the height.
  func y(_ share: Double) -> Double { bottom - (bottom - top) * share }
}

/// An SVG picture as it is put together, in the page's colours.
struct SVGPicture {
  private var body = ""
  private let head: String

  /// A picture with what is heard instead of it.
  init(width: Int, height: Int, title: String, description: String) {
    let label = ReportDocument.escaped([title, description].filter { !$0.isEmpty }.joined(separator: ". "))
    head = "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(label)\">\n"
  }

  /// The picture.
  var svg: String { head + body + "</svg>\n" }

  /// Adds text.
  mutating func text(_ content: String, x: Double, y: Double, _ anchor: String, isLabel: Bool = false) {
    body +=
      "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\""
      + (isLabel ? " class=\"label\"" : "") + ">\(ReportDocument.escaped(content))</text>\n"
  }

  /// Adds a line.
  mutating func line(_ start: (x: Double, y: Double), _ end: (x: Double, y: Double), _ look: String) {
    body +=
      "<line x1=\"\(Self.number(start.x))\" y1=\"\(Self.number(start.y))\" x2=\"\(Self.number(end.x))\" "
      + "y2=\"\(Self.number(end.y))\" \(look)/>\n"
  }

  /// Adds a line through points, where there are two at least.
  mutating func polyline(_ points: [(x: Double, y: Double)], _ color: String) {
    guard points.count > 1 else { return }
    let path = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
    body += "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>\n"
  }

  /// Adds a circle.
  mutating func circle(_ center: (x: Double, y: Double), _ radius: Double, _ look: String) {
    body +=
      "<circle cx=\"\(Self.number(center.x))\" cy=\"\(Self.number(center.y))\" r=\"\(Self.number(radius))\" \(look)/>\n"
  }

  /// Adds a rectangle from its upper left corner.
  mutating func rectangle(x: Double, y: Double, width: Double, height: Double, _ look: String) {
    body +=
      "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
      + "height=\"\(Self.number(height))\" \(look)/>\n"
  }

  /// A coordinate; what is no number stands at 0.
  static func number(_ value: Double) -> String { value.isFinite ? String(format: "%.1f", value) : "0" }
}
