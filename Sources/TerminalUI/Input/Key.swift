/// One keystroke.
///
/// Printable characters carry their own case (`P` is not `shift-p`); `ctrl` goes with letters, a few signs
/// and with keys that move; `shift` with Tab and keys that move. Alt is not told apart: terminals send it as Escape and another key.
public struct Key: Hashable, Sendable {
  /// Which key, without its modifiers.
  public enum Code: Hashable, Sendable {
    /// A printable character, as typed.
    case character(Unicode.Scalar)
    /// A function key, from 1.
    case function(Int)
    /// Keys with names.
    case enter, tab, backspace, delete, insert, escape
    /// Keys that move.
    case up, down, left, right, home, end, pageUp, pageDown
  }

  /// Keys held down with another one.
  public struct Modifiers: OptionSet, Hashable, Sendable {
    /// One bit a modifier.
    public let rawValue: UInt8

    /// Modifiers from their bits.
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// Control.
    public static let control = Modifiers(rawValue: 1)
    /// Shift.
    public static let shift = Modifiers(rawValue: 2)
  }

  /// Which key.
  public var code: Code
  /// What was held down.
  public var modifiers: Modifiers

  /// A key with modifiers.
  public init(_ code: Code, _ modifiers: Modifiers = []) {
    self.code = code
    self.modifiers = modifiers
  }

  /// The key that types a character.
  public static func character(_ scalar: Unicode.Scalar) -> Key { Key(.character(scalar)) }
  /// Control and a lower-case letter.
  public static func control(_ scalar: Unicode.Scalar) -> Key { Key(.character(scalar), .control) }
  /// Function key number `number`.
  public static func function(_ number: Int) -> Key { Key(.function(number)) }
  /// Enter.
  public static let enter = Key(.enter)
  /// Tab.
  public static let tab = Key(.tab)
  /// Shift and Tab.
  public static let backTab = Key(.tab, .shift)
  /// Backspace.
  public static let backspace = Key(.backspace)
  /// Delete.
  public static let delete = Key(.delete)
  /// Insert.
  public static let insert = Key(.insert)
  /// Escape.
  public static let escape = Key(.escape)
  /// The arrow up.
  public static let up = Key(.up)
  /// The arrow down.
  public static let down = Key(.down)
  /// The arrow to the left.
  public static let left = Key(.left)
  /// The arrow to the right.
  public static let right = Key(.right)
  /// Home.
  public static let home = Key(.home)
  /// End.
  public static let end = Key(.end)
  /// Page up.
  public static let pageUp = Key(.pageUp)
  /// Page down.
  public static let pageDown = Key(.pageDown)
  /// The space bar.
  public static let space = Key.character(" ")

  /// The character that the key types into a field; nil if it types none.
  public var typed: Unicode.Scalar? {
    guard case .character(let scalar) = code, modifiers.isEmpty else { return nil }
    return scalar
  }

  /// The key that sent a scalar: control characters become their keys; nil for those that no key sends.
  public init?(scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0: self = .control(" ")
    case 8, 127: self = .backspace
    case 9: self = .tab
    case 10, 13: self = .enter
    case 27: self = .escape
    case 1...26: self = .control(Unicode.Scalar(UInt8(scalar.value + 96)))
    case 28...31: self = .control(Unicode.Scalar(UInt8(scalar.value + 64)))
    case 0x80...0x9f: return nil
    default: self = .character(scalar)
    }
  }
}

extension Key: ExpressibleByUnicodeScalarLiteral {
  /// The key that types this character: `let quit: Key = "q"`.
  public init(unicodeScalarLiteral scalar: Unicode.Scalar) {
    self = .character(scalar)
  }
}
