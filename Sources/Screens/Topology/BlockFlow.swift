internal import Graph
internal import Pruning
internal import TerminalUI

/// Some layers of a network with what comes in, what comes together, and what goes out.
struct BlockFlow: Sendable, Hashable {
  /// What stands in a row.
  enum Node: Sendable, Hashable {
    /// What comes from outside.
    case feeder(LayerFlow.Source)
    /// A layer, by its index in `ChannelGroups.layers`.
    case layer(Int)
    /// A join, by its index in `LayerFlow.joins`.
    case join(Int)
    /// What goes outside.
    case reader(LayerFlow.Source)

    /// What comes of it inside the block.
    var source: LayerFlow.Source? {
      switch self {
      case .feeder(let source): source
      case .layer(let layer): .layer(layer)
      case .join(let join): .join(join)
      case .reader: nil
      }
    }
  }

  /// In the order of the graph.
  private(set) var nodes: [Node] = []
  /// What runs between them.
  private(set) var lines: [LaneChart.Row] = []
  /// What runs in each net.
  private(set) var nets: [LayerFlow.Source] = []

  /// How many joins there are.
  var joins: Int { nodes.count { if case .join = $0 { true } else { false } } }

  /// The block of some layers.
  init(_ layers: [Int], in flow: LayerFlow) {
    let members = Set(layers)
    let joins = flow.joins.indices.filter { flow.joins[$0].completer.map(members.contains) ?? false }
    let inside = Set(members.map { LayerFlow.Source.layer($0) } + joins.map { .join($0) })
    let read = layers.compactMap(flow.source(ofLayer:)) + joins.flatMap { flow.joins[$0].sources }
    var seen = inside
    let feeders = read.filter { seen.insert($0).inserted }.sorted {
      (flow.completer(of: $0) ?? -1, $0) < (flow.completer(of: $1) ?? -1, $1)
    }
    nodes = feeders.map { .feeder($0) }
    for layer in layers.sorted() {
      nodes.append(.layer(layer))
      nodes += joins.filter { flow.joins[$0].completer == layer }.map { .join($0) }
    }
    let leaving = nodes.compactMap(\.source).filter { source in
      inside.contains(source)
        && flow.readers(of: source).contains { reader in
          switch reader {
          case .layer(let layer): !members.contains(layer)
          case .join(let join): !inside.contains(.join(join))
          }
        }
    }
    nodes += leaving.map { .reader($0) }
    lines = nodes.map { line($0, flow) }
  }

  private mutating func line(_ node: Node, _ flow: LayerFlow) -> LaneChart.Row {
    let read: [LayerFlow.Source]
    switch node {
    case .feeder: read = []
    case .layer(let layer): read = flow.source(ofLayer: layer).map { [$0] } ?? []
    case .join(let join): read = flow.joins[join].sources
    case .reader(let source): read = [source]
    }
    let reads = read.map { net(of: $0) }
    let own = node.source.map { net(of: $0) }
    return LaneChart.Row(reads: reads, makes: own.map { [$0] } ?? [], source: reads.first, own: own)
  }

  private mutating func net(of source: LayerFlow.Source) -> Int {
    if let net = nets.firstIndex(of: source) { return net }
    nets.append(source)
    return nets.count - 1
  }
}

/// How much of a network is looked at as one block.
struct BlockScope: Sendable, Hashable {
  /// What it is called.
  let title: String
  /// Indices in `ChannelGroups.layers`, ascending.
  let layers: [Int]

  /// The blocks around some layers, the smallest first: modules, the run of layers that hangs together, the network.
  static func around(_ layers: [Int], _ modules: ModuleTree, _ flow: LayerFlow, count: Int) -> [BlockScope] {
    guard let first = layers.first else { return [] }
    var scopes: [BlockScope] = []
    var module = modules.module(of: first)
    while let number = module {
      let found = modules.modules[number]
      scopes.append(BlockScope(title: found.name, layers: found.layers))
      module = found.parent
    }
    if let run = flow.runs().first(where: { $0.contains(first) }), run.count > 1 {
      scopes.append(BlockScope(title: "Layers \(run.lowerBound + 1)–\(run.upperBound)", layers: Array(run)))
    }
    scopes.append(BlockScope(title: "The whole network", layers: Array(0..<count)))
    var seen: Set<[Int]> = []
    return scopes.filter { Set(layers).isSubset(of: $0.layers) && seen.insert($0.layers).inserted }
      .sorted { $0.layers.count < $1.layers.count }
  }
}
