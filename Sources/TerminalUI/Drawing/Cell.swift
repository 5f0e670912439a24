/// One place of the screen: a spacing scalar and its style.
package struct Cell: Hashable, Sendable {
  /// What is shown. Never a control character or a combining mark.
  package internal(set) var scalar: Unicode.Scalar
  /// How it is shown.
  package var style: Style

  /// An empty cell.
  package static let blank = Cell(scalar: " ", style: .text)

  /// Stands in the second column of a wide scalar.
  static let continuation: Unicode.Scalar = "\0"

  /// Whether this is the second column of the wide scalar to its left.
  package var isContinuation: Bool { scalar == Self.continuation }
}
