/// A value as it is written: the same bytes for the same value.
package indirect enum YAMLOutput: Sendable, Hashable {
  /// A scalar that stands as it is: a number, or a word that the program chose.
  case plain(String)
  /// A text in double quotes.
  case quoted(String)
  /// A text, in quotes where it needs them.
  case text(String)
  /// A list, a line an item or all in brackets.
  case list([YAMLOutput], inline: Bool = false)
  /// Names with values in this order, a line each or all in braces.
  case mapping([Entry], inline: Bool = false)

  /// A name with its value.
  package struct Entry: Sendable, Hashable {
    /// Its name, as a text.
    package let name: String
    /// Its value.
    package let value: YAMLOutput

    /// A name with its value.
    package init(_ name: String, _ value: YAMLOutput) {
      self.name = name
      self.value = value
    }
  }

  /// A whole number.
  package static func integer(_ value: Int) -> YAMLOutput { .plain("\(value)") }
  /// A number; it reads back as the very same.
  package static func number(_ value: Double) -> YAMLOutput { .plain("\(value)") }

  /// Which texts stand in quotes.
  package enum Quoting: Sendable, CaseIterable {
    /// All but those that nobody could read as anything else.
    case cautious
    /// Those only that a reader of YAML would not read as one text.
    case sparing
  }

  /// The value as a file: its lines, or one line.
  package func document(quoting: Quoting = .cautious) -> String {
    var writer = YAMLWriter(quoting: quoting)
    writer.write(self, indent: 0)
    return writer.text
  }
}

/// Writes values line by line.
private struct YAMLWriter {
  let quoting: YAMLOutput.Quoting
  private(set) var text = ""

  init(quoting: YAMLOutput.Quoting) { self.quoting = quoting }

  /// Writes a value; the cursor stands at the column `indent`.
  mutating func write(_ value: YAMLOutput, indent: Int) {
    switch value {
    case .mapping(let entries, inline: false) where !entries.isEmpty:
      for (index, entry) in entries.enumerated() {
        if index > 0 { pad(to: indent) }
        write(entry, indent: indent)
      }
    case .list(let items, inline: false) where !items.isEmpty:
      for (index, item) in items.enumerated() {
        if index > 0 { pad(to: indent) }
        text += "- "
        write(item, indent: indent + 2)
      }
    default: text += line(value, inline: false) + "\n"
    }
  }

  private mutating func write(_ entry: YAMLOutput.Entry, indent: Int) {
    let name = YAMLScalar.text(entry.name, quoting, inline: false)
    if YAMLScalar.isLong(name, quoting) {
      text += "? \(name)\n"
      pad(to: indent)
      text += ": "
      return write(entry.value, indent: indent + 2)
    }
    text += name + ":"
    switch entry.value {
    case .mapping(let entries, inline: false) where !entries.isEmpty:
      text += "\n"
      pad(to: indent + 2)
      write(entry.value, indent: indent + 2)
    case .list(let items, inline: false) where !items.isEmpty:
      text += "\n"
      pad(to: indent)
      write(entry.value, indent: indent)
    default: text += " " + line(entry.value, inline: false) + "\n"
    }
  }

  private mutating func pad(to indent: Int) { text += String(repeating: " ", count: indent) }

  /// The value within one line.
  private func line(_ value: YAMLOutput, inline: Bool) -> String {
    switch value {
    case .plain(let text): text
    case .quoted(let text): YAMLScalar.quoted(text)
    case .text(let text): YAMLScalar.text(text, quoting, inline: inline)
    case .list(let items, _): "[" + items.map { line($0, inline: true) }.joined(separator: ", ") + "]"
    case .mapping(let entries, _):
      "{"
        + entries.map {
          "\(YAMLScalar.text($0.name, quoting, inline: true)): \(line($0.value, inline: true))"
        }
        .joined(separator: ", ") + "}"
    }
  }
}
