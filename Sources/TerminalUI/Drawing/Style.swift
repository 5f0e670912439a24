/// How a glyph is struck, beside its colours.
public struct Attributes: OptionSet, Hashable, Sendable {
  /// One bit an attribute.
  public let rawValue: UInt8

  /// Attributes from their bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Heavier or brighter.
  public static let bold = Attributes(rawValue: 1)
  /// Fainter.
  public static let dim = Attributes(rawValue: 2)
  /// A line below.
  public static let underline = Attributes(rawValue: 4)
  /// Foreground and background exchanged.
  public static let reverse = Attributes(rawValue: 8)
  /// Slanted, where the terminal can.
  public static let italic = Attributes(rawValue: 16)

  /// The names as theme files have them, in the order in which they are printed.
  static let names: [(String, Attributes)] = [
    ("bold", .bold), ("dim", .dim), ("underline", .underline), ("reverse", .reverse), ("italic", .italic),
  ]
}

/// What a cell is painted with: by meaning, so that the theme decides, or with a colour of its own.
public enum Paint: Hashable, Sendable {
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
public struct Style: Hashable, Sendable {
  /// The glyph's paint.
  public var foreground: Paint
  /// The paint behind it; nil leaves it to the foreground's role.
  public var background: Paint?
  /// Attributes in addition to those of the role.
  public var attributes: Attributes

  /// A style from its parts.
  public init(_ foreground: Paint, on background: Paint? = nil, _ attributes: Attributes = []) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  /// The style of a role, with further attributes.
  public static func role(_ role: Role, _ attributes: Attributes = []) -> Style {
    Style(.role(role), on: nil, attributes)
  }

  /// Ordinary text.
  public static let text = Style.role(.text)
  /// Text of less weight.
  public static let dim = Style.role(.dim)

  /// The same style before another background.
  public func on(_ background: Role) -> Style {
    Style(foreground, on: .role(background), attributes)
  }

  /// The same style with more attributes.
  public func adding(_ attributes: Attributes) -> Style {
    Style(foreground, on: background, self.attributes.union(attributes))
  }
}

/// A run of text in one style.
public struct Span: Hashable, Sendable {
  /// What is written.
  public var text: String
  /// How it looks.
  public var style: Style

  /// A run of text in one style.
  public init(_ text: String, style: Style = .text) {
    self.text = text
    self.style = style
  }

  /// A run of text in a role's style.
  public init(_ text: String, _ role: Role) {
    self.init(text, style: .role(role))
  }
}

extension [Span] {
  /// How many columns the runs take together.
  public var columns: Int { reduce(0) { $0 + $1.text.columns } }
  /// The text without its styles.
  public var text: String { map(\.text).joined() }
}
