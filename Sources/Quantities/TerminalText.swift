/// Text that can be sent to a terminal: what a file, a name or an argument brought into it has no effect but to be read.
///
/// What stands in a literal is the program's own and stays as it is; what is interpolated is shown by `String.visible`:
///
///     let text: TerminalText = "wrote \(path)\nand its plan"
package struct TerminalText: ExpressibleByStringInterpolation, Hashable, Sendable {
  /// The text, with line ends of the program's own.
  package private(set) var string: String

  /// One line of anything.
  package init(_ text: String) { string = text.visible }

  /// Text that this program laid out in lines: everything but line ends and tabs is shown as in one line.
  package init(lines text: String) {
    string = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }.map { line in
      line.split(omittingEmptySubsequences: false) { $0 == "\t" }.map { String($0).visible }
        .joined(separator: "\t")
    }.joined(separator: "\n")
  }

  /// The program's own words.
  package init(stringLiteral text: String) { string = text }

  /// A literal with what is brought into it.
  package init(stringInterpolation: StringInterpolation) { string = stringInterpolation.string }

  /// Tells the program's own words from what is brought into them.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var string = ""

    /// Begins a text.
    package init(literalCapacity: Int, interpolationCount: Int) {
      string.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    /// The program's own words.
    package mutating func appendLiteral(_ literal: String) { string += literal }

    /// A text that is safe already.
    package mutating func appendInterpolation(_ text: TerminalText) { string += text.string }

    /// Anything else, in one line.
    package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      string += value.description.visible
    }
  }

  /// One text behind the other.
  package static func + (first: TerminalText, second: TerminalText) -> TerminalText {
    var result = first
    result += second
    return result
  }

  /// Appends a text.
  package static func += (text: inout TerminalText, more: TerminalText) { text.string += more.string }
}

extension Sequence<TerminalText> {
  /// The texts in one, with a separator between them.
  package func joined(separator: TerminalText = "") -> TerminalText {
    var iterator = makeIterator()
    guard var result = iterator.next() else { return "" }
    while let next = iterator.next() { result += separator + next }
    return result
  }
}

extension String {
  /// The text in one line, with every scalar in it written out that a terminal or a reader would obey instead of show:
  /// control characters of both sets, line ends, marks that turn the direction of writing, and what has no width. ESC
  /// becomes `\u{1B}`, as Swift writes it.
  package var visible: String {
    guard unicodeScalars.contains(where: { !$0.isShown }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isShown {
        text.unicodeScalars.append(scalar)
      } else {
        text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
  }
}

extension Unicode.Scalar {
  /// Whether a scalar is something to see, a space, or belongs to the letter before it.
  package var isShown: Bool {
    if value < 0x7F { return value >= 0x20 }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
    default: return !properties.isDefaultIgnorableCodePoint
    }
  }
}
