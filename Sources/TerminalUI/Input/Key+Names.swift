extension Key {
  private static let names: [(Code, String)] = [
    (.enter, "enter"), (.tab, "tab"), (.backspace, "backspace"), (.delete, "delete"),
    (.insert, "insert"), (.escape, "escape"), (.up, "up"), (.down, "down"), (.left, "left"),
    (.right, "right"), (.home, "home"), (.end, "end"), (.pageUp, "page-up"), (.pageDown, "page-down"),
    (.character(" "), "space"),
  ]

  /// The key's name as settings have it: `ctrl-d`, `F1`, `page-down`, `shift-tab`, `+`.
  package var name: String {
    var name = modifiers.contains(.control) ? "ctrl-" : ""
    if modifiers.contains(.shift) { name += "shift-" }
    switch code {
    case .function(let number): return name + "F\(number)"
    case .character(let scalar) where scalar != " ":
      return name + String(Character(scalar))
    default: return name + (Self.names.first { $0.0 == code }?.1 ?? "")
    }
  }

  /// The key of a name. Only single characters tell upper from lower case.
  ///
  /// - Throws: `TerminalUIError.unknownKey`.
  package init(name: String) throws {
    var rest = Substring(name)
    var modifiers: Modifiers = []
    for (prefix, modifier) in [("ctrl-", Modifiers.control), ("shift-", .shift)]
    where rest.count > prefix.count && rest.lowercased().hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
      modifiers.insert(modifier)
    }
    let word = rest.lowercased()
    if rest.unicodeScalars.count == 1, let scalar = rest.unicodeScalars.first, scalar.columns > 0 {
      // Terminals send the same byte for ctrl-d and ctrl-D; a shifted character is another character.
      let isControl = modifiers.contains(.control)
      guard !modifiers.contains(.shift), !isControl || scalar.isASCII else {
        throw TerminalUIError.unknownKey(name)
      }
      let lowered = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
      self.init(.character(isControl ? lowered : scalar), modifiers)
    } else if let code = Self.names.first(where: { $0.1 == word })?.0 {
      self.init(code, modifiers)
    } else if word.hasPrefix("f"), let number = Int(word.dropFirst()), (1...24).contains(number) {
      self.init(.function(number), modifiers)
    } else {
      throw TerminalUIError.unknownKey(name)
    }
  }

  /// The short form for the footer: `^D`, `PgDn`, `⏎`.
  package func label(_ glyphs: Glyphs) -> String {
    let prefix = (modifiers.contains(.control) ? "^" : "") + (modifiers.contains(.shift) ? "S-" : "")
    switch code {
    case .character(" "): return prefix + glyphs.spaceKey
    case .character(let scalar):
      let text = String(Character(scalar))
      return prefix + (modifiers.contains(.control) ? text.uppercased() : text)
    case .function(let number): return prefix + "F\(number)"
    case .enter: return prefix + glyphs.enterKey
    case .tab: return prefix + glyphs.tabKey
    case .backspace: return prefix + "Bksp"
    case .delete: return prefix + "Del"
    case .insert: return prefix + "Ins"
    case .escape: return prefix + "Esc"
    case .up: return prefix + String(Character(glyphs.arrowUp))
    case .down: return prefix + String(Character(glyphs.arrowDown))
    case .left: return prefix + String(Character(glyphs.arrowLeft))
    case .right: return prefix + String(Character(glyphs.arrowRight))
    case .home: return prefix + "Home"
    case .end: return prefix + "End"
    case .pageUp: return prefix + "PgUp"
    case .pageDown: return prefix + "PgDn"
    }
  }
}

extension Key: Codable {
  /// Reads the key's name.
  package init(from decoder: any Decoder) throws {
    try self.init(name: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the key's name.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
