/// The modules that layers stand in, read off their names: `layer3.0.conv1` stands in `layer3`, and there in `layer3.0`.
///
/// A module holds at least two layers and not all of them. Of modules that hold the same layers only the innermost counts.
package struct ModuleTree: Sendable, Hashable {
  /// Layers that stand under one name.
  package struct Module: Sendable, Hashable {
    /// What the names of its layers begin with, without the separator.
    package let name: String
    /// Its layers, ascending, those of modules inside it included.
    package let layers: [Int]
    /// The module that it stands in.
    package let parent: Int?
    /// How many modules it stands in.
    package let depth: Int
  }

  /// All modules, each behind the one that it stands in.
  package private(set) var modules: [Module] = []
  /// The innermost module of each layer.
  private var homes: [Int?] = []

  /// The modules of layers with these names.
  package init(_ names: [String] = []) {
    var members: [String: [Int]] = [:]
    var prefixes: [String] = []
    for (layer, name) in names.enumerated() {
      for prefix in Self.prefixes(of: name) {
        if members[prefix] == nil { prefixes.append(prefix) }
        members[prefix, default: []].append(layer)
      }
    }
    let shared = prefixes.filter {
      let count = members[$0]?.count ?? 0
      return count > 1 && count < names.count
    }
    // A shorter name of the same layers says less.
    var longest: [[Int]: String] = [:]
    for prefix in shared {
      guard let layers = members[prefix] else { continue }
      if longest[layers].map({ $0.count < prefix.count }) ?? true { longest[layers] = prefix }
    }
    homes = names.map { _ in nil }
    for (layers, name) in longest.sorted(by: { Self.isBefore($0, $1) }) {
      // What is longer comes later, so the home of any of its layers is what it stands in.
      let parent = layers.first.flatMap { homes[$0] }
      let depth = parent.map { modules[$0].depth + 1 } ?? 0
      for layer in layers { homes[layer] = modules.count }
      modules.append(Module(name: name, layers: layers, parent: parent, depth: depth))
    }
  }

  private static func isBefore(_ one: (key: [Int], value: String), _ other: (key: [Int], value: String))
    -> Bool
  {
    let (first, second) = (one.value.count, other.value.count)
    return first == second ? (one.key.first ?? 0) < (other.key.first ?? 0) : first < second
  }

  /// The innermost module that a layer stands in; `nil` where it stands in none.
  package func module(of layer: Int) -> Int? { homes.indices.contains(layer) ? homes[layer] : nil }

  /// How many modules a layer stands in.
  package func depth(of layer: Int) -> Int { module(of: layer).map { modules[$0].depth + 1 } ?? 0 }

  /// How deep the deepest layer stands.
  package var depth: Int { modules.reduce(0) { max($0, $1.depth + 1) } }

  /// What a name can be shortened to at its right: up to a dot, a slash or a colon, and up to an underscore behind a digit, as
  /// in `block_1_expand`.
  private static func prefixes(of name: String) -> [String] {
    var prefixes: [String] = []
    var before: Character?
    for index in name.indices {
      let character = name[index]
      let parts = ".:/".contains(character) || character == "_" && before.map { $0.isNumber } == true
      if parts, index > name.startIndex { prefixes.append(String(name[..<index])) }
      before = character
    }
    return prefixes
  }
}
