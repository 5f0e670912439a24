extension Theme {
  /// Reads a theme from its flat text form.
  ///
  /// One role a line: `role = COLOUR [on COLOUR] [bold] [dim] [underline] [reverse] [italic]`, where a colour
  /// is `#rrggbb`, `0`–`15` for the terminal's palette, or `default`. `#` at the start of a line begins a
  /// comment. Roles that are not named look like `text`.
  ///
  /// - Parameters:
  ///   - text: The file's contents.
  ///   - name: The theme's name, usually the file's without its ending.
  ///   - file: What errors call the file.
  /// - Throws: `TerminalUIError.theme` with the line of the first mistake.
  package init(parsing text: String, name: String, file: String) throws {
    var looks: [Role: Look] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      func fail(_ problem: TerminalUIError.ThemeProblem) -> TerminalUIError {
        .theme(file: file, line: index + 1, problem)
      }
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      guard words.count >= 2, words[1] == "=" else { throw fail(.noEqualsSign) }
      guard let role = Role(rawValue: first) else { throw fail(.unknownRole(first)) }
      if looks[role] != nil { throw fail(.repeatedRole(first)) }
      guard words.count >= 3 else { throw fail(.noColor) }
      guard let foreground = Color(word: words[2]) else { throw fail(.unknownColor(words[2])) }
      var look = Look(foreground)
      var rest = words[3...]
      if rest.first == "on" {
        rest = rest.dropFirst()
        guard let word = rest.popFirst() else { throw fail(.noColor) }
        guard let background = Color(word: word) else { throw fail(.unknownColor(word)) }
        look.background = background
      }
      for word in rest {
        guard let attribute = Attributes.names.first(where: { $0.0 == word })?.1 else {
          throw fail(.unknownAttribute(word))
        }
        look.attributes.insert(attribute)
      }
      looks[role] = look
    }
    self.init(name: name, looks: looks)
  }
}

extension Color {
  fileprivate init?(word: String) {
    if word == "default" {
      self = .standard
    } else if word.utf8.first == UInt8(ascii: "#") {
      let digits = word.dropFirst()
      guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16)
      else { return nil }
      self = .rgb(UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff))
    } else {
      guard word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let index = UInt8(word), index < 16
      else { return nil }
      self = .palette(index)
    }
  }
}
