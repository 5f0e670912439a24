import Graph

/// A pattern of names as shells write them: `*` stands for any characters, `?` for one.
package struct NamePattern: Sendable, Hashable {
  private let pattern: [Character]

  /// The pattern of that text; every other character stands for itself.
  package init(_ text: String) { pattern = Array(text) }

  /// Whether a whole name is like the pattern.
  ///
  /// - Complexity: the product of both lengths at most.
  package func matches(_ name: String) -> Bool {
    let name = Array(name)
    var (index, letter) = (0, 0)
    // Where to go on when what follows the last `*` does not fit: that `*` takes one character more.
    var retry: (index: Int, letter: Int)?
    while letter < name.count {
      if index < pattern.count, pattern[index] == "*" {
        retry = (index, letter)
        index += 1
      } else if index < pattern.count, pattern[index] == "?" || pattern[index] == name[letter] {
        index += 1
        letter += 1
      } else if let last = retry {
        retry = (last.index, last.letter + 1)
        index = last.index + 1
        letter = last.letter + 1
      } else {
        return false
      }
    }
    return pattern[index...].allSatisfy { $0 == "*" }
  }
}

extension ChannelGroups {
  /// The names of the layers that go by a name or an alias like `pattern`, in the order of the graph.
  ///
  /// - Throws: `PruningError.noMatch` where there is none.
  package func layerNames(like pattern: String) throws -> [String] {
    if let index = index(of: pattern) { return [layers[index].layer.name] }
    let glob = NamePattern(pattern)
    let found = layers.map(\.layer).filter { layer in
      glob.matches(layer.name) || layer.aliases.contains { glob.matches($0) }
    }
    guard !found.isEmpty else {
      throw PruningError.noMatch(pattern: pattern, known: layers.map(\.layer.name))
    }
    return found.map(\.name)
  }
}
