import Graph
import Pruning
import Session

/// The names by which a schedule may call the weights of a network's layers: the model's own, PyTorch's
/// (`module.layer1.0.conv1.weight`) and the node's path (`/layer1/layer1.0/conv1/Conv`).
struct WeightNames {
  private var indices: [String: Int] = [:]
  /// By layer: what PyTorch calls its weight, as far as that can be told.
  private let usual: [String]

  init(_ network: OpenNetwork) {
    let modules = network.network.nodes.reduce(into: [NodeID: String]()) { $0[$1.id] = $1.moduleName }
    let layers = network.groups.layers.map(\.layer)
    usual = layers.map { layer in
      // An initializer that the author named begins with the layer's name.
      let root = layer.aliases.last ?? layer.name
      return root.hasPrefix(layer.name) ? root : modules[layer.node].map { "\($0).weight" } ?? layer.name
    }
    var indices: [String: Int] = [:]
    for (index, layer) in layers.enumerated() {
      for name in [layer.name] + layer.aliases + [modules[layer.node]].compactMap({ $0 })
      where indices[Self.key(name)] == nil {
        indices[Self.key(name)] = index
      }
    }
    // A layer's own name wins over another's alias.
    for (index, layer) in layers.enumerated() { indices[Self.key(layer.name)] = index }
    self.indices = indices
  }

  /// A name without what PyTorch puts around it.
  private static func key(_ name: String) -> String {
    var key = name[...]
    if key.hasPrefix("module.") { key = key.dropFirst(7) }
    if key.hasSuffix(".weight") { key = key.dropLast(7) }
    return String(key)
  }

  /// The layer's index in `ChannelGroups.layers`.
  func index(of name: String) -> Int? {
    let key = Self.key(name)
    // `DataParallel` around a part of a network: features.module.0.
    return indices[key] ?? indices[key.replacing(".module.", with: ".")]
  }

  /// Names that look like one that is not there, the nearest first.
  func near(_ name: String) -> [String] {
    let key = Array(Self.key(name).lowercased().utf8.prefix(200))
    let ranked = usual.map { candidate in
      (candidate, Self.distance(key, Array(Self.key(candidate).lowercased().utf8.prefix(200))))
    }
    let best = ranked.map(\.1).min() ?? 0
    return ranked.enumerated().filter { $0.element.1 <= best + 1 }
      .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.prefix(4).map(\.element.0)
  }

  /// Insertions, removals and replacements that make one text of the other (Levenshtein 1966).
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var corner = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let replaced = corner + (x == y ? 0 : 1)
        corner = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, corner + 1)
      }
    }
    return row[b.count]
  }
}
