/// How a glyph is struck, beside its colours.
package struct Attributes: OptionSet, Hashable, Sendable {
  /// One bit an attribute.
  package let rawValue: UInt8

  /// Attributes from their bits.
  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Heavier or brighter.
  package static let bold = Attributes(rawValue: 1)
  /// Fainter.
  package static let dim = Attributes(rawValue: 2)
  /// A line below.
  package static let underline = Attributes(rawValue: 4)
  /// Foreground and background exchanged.
  package static let reverse = Attributes(rawValue: 8)
  /// Slanted, where the terminal can.
  package static let italic = Attributes(rawValue: 16)

  /// The names as theme files have them, in the order in which they are printed.
  static let names: [(String, Attributes)] = [
    ("bold", .bold), ("dim", .dim), ("underline", .underline), ("reverse", .reverse), ("italic", .italic),
  ]
}

/// What a cell is painted with: by meaning, so that the theme decides, or with a colour of its own.
package enum Paint: Hashable, Sendable {
  /// The colour that the theme gives this role.
  case role(Role)
  /// A colour a number of 255ths of the way from one role's to another's: for heat maps.
  case blend(Role, Role, UInt8)
  /// This colour in every theme.
  case color(Color)
}

/// How a cell looks: paint for the glyph, paint behind it, and attributes.
///
/// A role brings its background and attributes along unless they are given here.
package struct Style: Hashable, Sendable {
  /// The glyph's paint.
  package var foreground: Paint
  /// The paint behind it; nil leaves it to the foreground's role.
  package var background: Paint?
  /// Attributes in addition to those of the role.
  package var attributes: Attributes

  /// A style from its parts.
  package init(_ foreground: Paint, on background: Paint? = nil, _ attributes: Attributes = []) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  /// The style of a role, with further attributes.
  package static func role(_ role: Role, _ attributes: Attributes = []) -> Style {
    Style(.role(role), on: nil, attributes)
  }

  /// Ordinary text.
  package static let text = Style.role(.text)
  /// Text of less weight.
  package static let dim = Style.role(.dim)

  /// Whether glyph and background are both blends, as the halves of a picture's cell are.
  var isPicture: Bool {
    if case .blend = foreground, case .blend? = background { true } else { false }
  }

  /// The same style before another background.
  package func on(_ background: Role) -> Style {
    Style(foreground, on: .role(background), attributes)
  }

  /// The same style with more attributes.
  package func adding(_ attributes: Attributes) -> Style {
    Style(foreground, on: background, self.attributes.union(attributes))
  }
}

/// A run of text in one style.
package struct Span: Hashable, Sendable {
  /// What is written.
  package var text: String
  /// How it looks.
  package var style: Style

  /// A run of text in one style.
  package init(_ text: String, style: Style = .text) {
    self.text = text
    self.style = style
  }

  /// A run of text in a role's style.
  package init(_ text: String, _ role: Role) {
    self.init(text, style: .role(role))
  }
}

extension [Span] {
  /// How many columns the runs take together.
  package var columns: Int { reduce(0) { $0 + $1.text.columns } }
  /// The text without its styles.
  package var text: String { map(\.text).joined() }
}
