/// Something that can be opened: a sample, a model that was opened before with its session, a file.
package struct StartEntry: Sendable, Hashable {
  /// Where it comes from.
  package enum Kind: Sendable, Hashable, CaseIterable {
    /// Ships with the program.
    case sample
    /// Was opened before.
    case recent
    /// Stands in a folder.
    case file
  }

  /// Where it comes from.
  package let kind: Kind
  /// The model's path.
  package let path: String
  /// Shapes of inputs that its file leaves open, by name.
  package var inputShapes: [String: [Int]] = [:]
  /// The folder of its session, where one is known.
  package var session: String?
  /// When it was used last, in seconds since 1970.
  package var lastUsed: Double?

  /// An entry of which nothing but the model is known.
  package init(_ kind: Kind, path: String) {
    (self.kind, self.path) = (kind, path)
  }
}
