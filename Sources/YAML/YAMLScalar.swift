/// How a text stands in YAML.
enum YAMLScalar {
  /// A text, in quotes where the way of quoting asks for them.
  static func text(_ text: String, _ quoting: YAMLOutput.Quoting, inline: Bool) -> String {
    switch quoting {
    case .cautious: isClearlyText(text) ? text : quoted(text)
    case .sparing:
      if text.unicodeScalars.contains(where: isUnprintable) {
        quoted(text)
      } else if canBePlain(text, inline: inline) {
        text
      } else {
        "'\(text.replacing("'", with: "''"))'"
      }
    }
  }

  /// Whether a name is too long to stand in front of its colon on one line. Readers give up after 1,024 characters.
  static func isLong(_ name: String, _ quoting: YAMLOutput.Quoting) -> Bool {
    switch quoting {
    case .cautious: name.unicodeScalars.count > 1000
    case .sparing: name.utf8.count > 128
    }
  }

  /// A text in double quotes. What nobody would see is written by its number.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for letter in text.unicodeScalars {
      switch letter {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where isHidden(letter):
        let digits = String(letter.value, radix: 16)
        let length = letter.value > 0xFFFF ? 8 : 4
        quoted += length == 8 ? "\\U" : "\\u"
        quoted += String(repeating: "0", count: length - digits.count) + digits
      default: quoted.unicodeScalars.append(letter)
      }
    }
    return quoted + "\""
  }

  /// Whether a scalar is none that somebody who reads the file would see.
  private static func isHidden(_ letter: Unicode.Scalar) -> Bool {
    switch letter.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: letter.properties.isDefaultIgnorableCodePoint
    }
  }

  /// Whether nobody could read the text as anything but a text.
  private static func isClearlyText(_ text: String) -> Bool {
    let letters = text.unicodeScalars
    func isLetter(_ c: Unicode.Scalar) -> Bool { c.isASCII && c.properties.isAlphabetic }
    return letters.first.map { isLetter($0) || $0 == "_" || $0 == "/" } == true
      && letters.allSatisfy { isLetter($0) || ("0"..."9").contains($0) || "_./-".unicodeScalars.contains($0) }
      && !["y", "n", "yes", "no", "true", "false", "on", "off", "null"].contains(text.lowercased())
  }

  // MARK: As few quotes as readers need

  /// Whether a scalar cannot stand in a line outside double quotes.
  private static func isUnprintable(_ letter: Unicode.Scalar) -> Bool {
    switch letter.value {
    case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: false
    default: true
    }
  }

  /// Whether readers take the letters, all printable, for one scalar.
  private static func canBePlain(_ text: String, inline: Bool) -> Bool {
    let letters = Array(text.unicodeScalars)
    guard let first = letters.first, let last = letters.last, first != " ", last != " " else { return false }
    if text.hasPrefix("---") || text.hasPrefix("...") { return false }
    if "#,[]{}&*!|>'\"%@`".unicodeScalars.contains(first) { return false }
    if inline, letters.contains(where: { ",?[]{}:".unicodeScalars.contains($0) }) { return false }
    for (index, letter) in letters.enumerated() {
      let isFollowedBySpace = index + 1 == letters.count || letters[index + 1] == " "
      switch letter {
      case ":" where isFollowedBySpace: return false
      case "?", "-": if index == 0, isFollowedBySpace { return false }
      case "#": if letters[index - 1] == " " { return false }
      default: break
      }
    }
    // In brackets, a dash in front of a closing one is no item either.
    return !(inline && first == "-" && letters.count == 1)
  }
}
