import Yams

/// A value of a file, with the line where it stands.
package struct YAMLValue {
  // Values that aliases share stay shared: what stands below is looked at when it is asked for.
  private let node: Node
  /// What makes errors for the file.
  package let reader: YAMLReader

  init(node: Node, reader: YAMLReader) {
    self.node = node
    self.reader = reader
  }

  /// The line, from 1; `nil` where it is not known.
  package var line: Int? { node.mark?.line }

  /// The text of a scalar, whatever it would be taken for; `nil` for lists and mappings.
  package var text: String? { node.scalar?.string }

  /// The items of a list.
  package var list: [YAMLValue]? {
    node.sequence.map { $0.map { YAMLValue(node: $0, reader: reader) } }
  }

  /// The entries of a mapping, in the file's order.
  package var entries: [(key: YAMLValue, value: YAMLValue)]? {
    node.mapping.map {
      $0.map { (YAMLValue(node: $0.key, reader: reader), YAMLValue(node: $0.value, reader: reader)) }
    }
  }

  /// Whether nothing stands there, or `null`.
  package var isNull: Bool { node.null != nil }
  /// What YAML takes for true or false: `yes` and `off` too.
  package var flag: Bool? { node.bool }
  /// What YAML takes for a whole number: `0x10` and `1_000` too, and nothing in quotes.
  package var integer: Int? { node.int }
  /// What YAML takes for a number, and nothing in quotes.
  package var number: Double? { node.float }

  /// The mapping, to be read name by name.
  ///
  /// - Parameter owner: what the mapping is, for errors: `the pruner low_pruner`.
  package func fields(of owner: String) throws -> YAMLFields { try YAMLFields(self, owner: owner) }

  /// The error for what is wrong here.
  package func error(_ kind: YAMLProblem.Kind) -> any Error { reader.error(line: line, kind) }
}
