/// A text as a cell of a table in CSV (RFC 4180).
///
/// Spreadsheets compute what begins with `=`, `+`, `-`, `@`, a tab or a carriage return, and a name in a file is somebody
/// else's text: an apostrophe before it keeps it a text. Numbers are not texts and go without.
package struct CSVCell: CustomStringConvertible, Sendable {
  /// The cell as the file has it.
  package let description: String

  /// The cell of a text.
  package init(_ text: String) {
    let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
    let safe = isFormula ? "'" + text : text
    let isPlain = !safe.unicodeScalars.contains {
      $0 == "," || $0 == "\"" || $0.properties.isWhitespace && $0 != " "
    }
    description = isPlain ? safe : "\"" + safe.replacing("\"", with: "\"\"") + "\""
  }
}
