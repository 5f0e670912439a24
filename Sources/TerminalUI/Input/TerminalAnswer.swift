/// What a terminal says of itself when it is asked.
package enum TerminalAnswer: Hashable, Sendable {
  /// What is behind text, with shares of full light from 0 to 1 (OSC 11).
  case background(red: Double, green: Double, blue: Double)
  /// What it can do (DA1): every terminal answers that, so an answer before it that did not come does not come any more.
  case attributes

  /// What is asked: the colour behind text, and behind that what every terminal answers.
  package static let question = "\u{1b}]11;?\u{1b}\\\u{1b}[c"

  /// Whether a background is light, as an eye has it (Rec. 709 luma of the values as they are sent); `nil` for other answers.
  package var isLight: Bool? {
    guard case .background(let red, let green, let blue) = self else { return nil }
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5
  }
}

/// Reads the rest of an answer, byte by byte, from behind what it begins with.
package struct AnswerReader: Hashable, Sendable {
  /// What an answer is about, by what it begins with.
  package enum Kind: Hashable, Sendable, CaseIterable {
    /// `ESC ] 11 ;`
    case color
    /// `ESC [ ?`
    case attributes
  }

  /// What came of a byte.
  package enum Result: Hashable, Sendable {
    /// More is to come.
    case goesOn
    /// That was the end; `nil` for something that is no answer to what was asked.
    case ended(TerminalAnswer?)
  }

  private let kind: Kind
  private var bytes: [UInt8] = []
  private var isBehindEscape = false

  /// No answer is longer.
  private static let longest = 64

  /// A reader of an answer that has begun.
  package init(_ kind: Kind) { self.kind = kind }

  /// Takes the next byte. Whatever comes, it ends after some bytes: keys would be lost in an answer without an end.
  package mutating func take(_ byte: UInt8) -> Result {
    switch kind {
    case .color: takeOfColor(byte)
    case .attributes: takeOfAttributes(byte)
    }
  }

  /// A command of the operating system ends with BEL or with ESC and a backslash (ECMA-48, 8.3.89 and 8.3.143).
  private mutating func takeOfColor(_ byte: UInt8) -> Result {
    if isBehindEscape { return .ended(byte == UInt8(ascii: "\\") ? color : nil) }
    switch byte {
    case 0x07, 0x9c: return .ended(color)
    case 0x1b:
      isBehindEscape = true
      return .goesOn
    case 0x20...0x7e where bytes.count < Self.longest:
      bytes.append(byte)
      return .goesOn
    default: return .ended(nil)
    }
  }

  /// A control sequence has digits and separators, and ends with a letter (ECMA-48, 5.4).
  private mutating func takeOfAttributes(_ byte: UInt8) -> Result {
    switch byte {
    case 0x20...0x3f where bytes.count < Self.longest:
      bytes.append(byte)
      return .goesOn
    case UInt8(ascii: "c"): return .ended(.attributes)
    default: return .ended(nil)
    }
  }

  /// The colour that was read: `rgb:ffff/0000/7f7f` with one to four digits a part, `rgba:` with a fourth part, or `#ff007f`.
  private var color: TerminalAnswer? {
    let text = String(decoding: bytes, as: UTF8.self)
    let parts: [Substring]
    if text.hasPrefix("rgb:") || text.hasPrefix("rgba:") {
      let count = text.hasPrefix("rgba:") ? 4 : 3
      parts = text.drop { $0 != ":" }.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == count else { return nil }
    } else if text.hasPrefix("#"), [3, 6, 9, 12].contains(text.count - 1) {
      let digits = text.dropFirst()
      let length = digits.count / 3
      parts = (0..<3).map { digits.dropFirst($0 * length).prefix(length) }
    } else {
      return nil
    }
    let shares = parts.prefix(3).compactMap(Self.share)
    return shares.count == 3 ? .background(red: shares[0], green: shares[1], blue: shares[2]) : nil
  }

  /// One to four hexadecimal digits as a share of the most that they can be.
  private static func share(_ digits: Substring) -> Double? {
    guard (1...4).contains(digits.count), digits.allSatisfy(\.isHexDigit), let value = Int(digits, radix: 16)
    else { return nil }
    return Double(value) / Double((1 << (4 * digits.count)) - 1)
  }
}

/// Finds the beginning of an answer among keys: a slow line tore it apart, so that its Escape was taken for the key.
///
/// Keys that can be such a beginning are held back until it is clear that they are not. The Escape itself is not.
package struct TornAnswerGuard: Hashable, Sendable {
  private static let beginnings: [(keys: [Key], kind: AnswerReader.Kind)] = [
    (["]", "1", "1", ";"], .color), (["[", "?"], .attributes),
  ]

  private var isBehindEscape = false
  private var held: [Key] = []

  /// A guard that has seen nothing.
  package init() {}

  /// Whether keys are held back.
  package var holdsKeys: Bool { !held.isEmpty }

  /// Takes a key; gives the keys that are none of an answer, in their order, and what answer begins behind them.
  package mutating func take(_ key: Key) -> (keys: [Key], begun: AnswerReader.Kind?) {
    if isBehindEscape {
      let now = held + [key]
      if let found = Self.beginnings.first(where: { $0.keys.starts(with: now) }) {
        held = now
        guard found.keys.count == now.count else { return ([], nil) }
        self = TornAnswerGuard()
        return ([], found.kind)
      }
    }
    let keys = release() + [key]
    isBehindEscape = key == .escape
    return (keys, nil)
  }

  /// Gives up: what was held back were keys.
  package mutating func release() -> [Key] {
    defer { self = TornAnswerGuard() }
    return held
  }
}
