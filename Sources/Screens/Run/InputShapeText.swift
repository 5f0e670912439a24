internal import Graph

/// Shapes of inputs as people write them behind a model's name.
enum InputShapeText {
  /// Whether a word says a shape rather than a part of a path: `data=1x3x224x224`, `1x3x224x224`.
  static func isMeant(by word: String) -> Bool {
    guard let shape = shapes(word)?.first else { return false }
    return !shape.key.isEmpty || shape.value.count > 1
  }

  /// Shapes by input, those without a name under the empty one; `nil` where a word is none.
  static func shapes(_ text: String) -> [String: [Int]]? {
    var shapes: [String: [Int]] = [:]
    for word in text.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard let extents = parts.last.flatMap({ [Int](shapeText: $0) }) else { return nil }
      shapes[parts.count == 2 ? String(parts[0]) : ""] = extents
    }
    return shapes
  }
}
