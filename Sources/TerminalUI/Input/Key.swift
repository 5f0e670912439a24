/// One keystroke.
///
/// Printable characters carry their own case (`P` is not `shift-p`); `ctrl` goes with letters, a few signs
/// and with keys that move; `shift` with Tab and keys that move. Alt is not told apart: terminals send it as Escape and another key.
package struct Key: Hashable, Sendable {
  /// Which key, without its modifiers.
  package enum Code: Hashable, Sendable {
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
  package struct Modifiers: OptionSet, Hashable, Sendable {
    /// One bit a modifier.
    package let rawValue: UInt8

    /// Modifiers from their bits.
    package init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// Control.
    package static let control = Modifiers(rawValue: 1)
    /// Shift.
    package static let shift = Modifiers(rawValue: 2)
  }

  /// Which key.
  package var code: Code
  /// What was held down.
  package var modifiers: Modifiers

  /// A key with modifiers.
  package init(_ code: Code, _ modifiers: Modifiers = []) {
    self.code = code
    self.modifiers = modifiers
  }

  /// The key that types a character.
  package static func character(_ scalar: Unicode.Scalar) -> Key { Key(.character(scalar)) }
  /// Control and a lower-case letter.
  package static func control(_ scalar: Unicode.Scalar) -> Key { Key(.character(scalar), .control) }
  /// Function key number `number`.
  package static func function(_ number: Int) -> Key { Key(.function(number)) }
  /// Enter.
  package static let enter = Key(.enter)
  /// Tab.
  package static let tab = Key(.tab)
  /// Shift and Tab.
  package static let backTab = Key(.tab, .shift)
  /// Backspace.
  package static let backspace = Key(.backspace)
  /// Delete.
  package static let delete = Key(.delete)
  /// Insert.
  package static let insert = Key(.insert)
  /// Escape.
  package static let escape = Key(.escape)
  /// The arrow up.
  package static let up = Key(.up)
  /// The arrow down.
  package static let down = Key(.down)
  /// The arrow to the left.
  package static let left = Key(.left)
  /// The arrow to the right.
  package static let right = Key(.right)
  /// Home.
  package static let home = Key(.home)
  /// End.
  package static let end = Key(.end)
  /// Page up.
  package static let pageUp = Key(.pageUp)
  /// Page down.
  package static let pageDown = Key(.pageDown)
  /// The space bar.
  package static let space = Key.character(" ")

  /// The character that the key types into a field; nil if it types none.
  package var typed: Unicode.Scalar? {
    guard case .character(let scalar) = code, modifiers.isEmpty else { return nil }
    return scalar
  }

  /// The key that sent a scalar: control characters become their keys; nil for those that no key sends.
  package init?(scalar: Unicode.Scalar) {
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
  package init(unicodeScalarLiteral scalar: Unicode.Scalar) {
    self = .character(scalar)
  }
}
