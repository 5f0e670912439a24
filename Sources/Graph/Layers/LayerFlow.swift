/// Who feeds which layer of a network: its layers, and the nodes between them in which outputs of several come together.
///
/// Sizes and constants are no data, and a node that reads one output twice joins nothing.
///
///     let flow = LayerFlow(bound, layers: NetworkSummary(bound).layers)
///     flow.source(ofLayer: 4)          // .join(0)
///     flow.joins[0].sources            // [.layer(0), .layer(3)]
package struct LayerFlow: Sendable {
  /// Where data come from.
  package enum Source: Hashable, Sendable, Comparable {
    /// An input, by its index in `Network.inputs`.
    case input(Int)
    /// A layer, by its index in the layers that the flow was read from.
    case layer(Int)
    /// A join, by its index in `joins`.
    case join(Int)
  }

  /// Where data go.
  package enum Reader: Hashable, Sendable {
    /// A layer, by its index in the layers that the flow was read from.
    case layer(Int)
    /// A join, by its index in `joins`.
    case join(Int)
  }

  /// Outputs of several layers that come together.
  package struct Join: Hashable, Sendable {
    /// The index in `Network.nodes` of the node in which they do; of outputs of the network, behind which no layer stands,
    /// the node that computes one.
    package let node: Int
    /// What comes together: at least two, ascending.
    package let sources: [Source]
    /// What it computes.
    package let output: ValueID
    /// The last of the layers that it waits for, in the order of the graph; `nil` where only inputs come together.
    package let completer: Int?
  }

  /// The joins, in the order of the graph.
  package private(set) var joins: [Join] = []
  private var layerSources: [Source?]
  private var layerReaders: [[Reader]]
  private var joinReaders: [[Reader]] = []
  private var inputReaders: [[Reader]]
  private var between: [Source: [Int]] = [:]
  private var trunks: [Source: [Int]] = [:]

  /// What a layer reads; `nil` where it reads constants alone.
  package func source(ofLayer layer: Int) -> Source? {
    layerSources.indices.contains(layer) ? layerSources[layer] : nil
  }

  /// Who reads what comes from a source, in the order of the graph.
  package func readers(of source: Source) -> [Reader] {
    switch source {
    case .input(let input): inputReaders[safe: input] ?? []
    case .layer(let layer): layerReaders[safe: layer] ?? []
    case .join(let join): joinReaders[safe: join] ?? []
    }
  }

  /// The nodes that only pass on what comes from a source, by their index in `Network.nodes`.
  package func nodes(behind source: Source) -> [Int] { between[source] ?? [] }

  /// The nodes that all that comes from a source goes through, one behind the other, before ways part or it is read.
  package func trunk(behind source: Source) -> [Int] { trunks[source] ?? [] }

  /// The last layer that a source waits for, in the order of the graph: itself, where it is a layer.
  package func completer(of source: Source) -> Int? {
    switch source {
    case .input: nil
    case .layer(let layer): layer
    case .join(let join): joins[join].completer
    }
  }

  /// The runs of layers that hang together: between one and the next a single output is passed on, which no way leads around.
  /// Layers that follow one another are a run of their own.
  package func runs() -> [Range<Int>] {
    let count = layerSources.count
    var changes = [Int](repeating: 0, count: count + 1)
    let inputs = inputReaders.indices.map { Source.input($0) }
    let sources = inputs + (0..<count).map { .layer($0) } + joins.indices.map { .join($0) }
    for source in sources {
      let ends = readers(of: source).compactMap { reader -> Int? in
        switch reader {
        case .layer(let layer): layer
        case .join(let join): joins[join].completer
        }
      }
      let (start, end) = (completer(of: source) ?? 0, ends.max() ?? 0)
      guard start < end else { continue }
      changes[start] += 1
      changes[end] -= 1
    }
    var runs: [Range<Int>] = []
    var (start, open, chainEnd) = (0, 0, 0)
    for layer in 0..<count {
      open += changes[layer]
      guard open <= 1 else { continue }
      let isSingle = layer == start
      // Neighbours that stand alone are one chain.
      if isSingle, let last = runs.last, last.upperBound == start, chainEnd == start {
        runs[runs.count - 1] = last.lowerBound..<layer + 1
      } else {
        runs.append(start..<layer + 1)
      }
      if isSingle { chainEnd = layer + 1 }
      start = layer + 1
    }
    if start < count { runs.append(start..<count) }
    return runs
  }

  /// The layer that each value of the network belongs to, by its index in `Network.values`: what a layer computes or what goes
  /// on from it, and what is read there; `nil` where it belongs to none.
  package func homes(in network: Network, layers: [Layer]) -> [Int?] {
    var nodes = [Int?](repeating: nil, count: network.nodes.count)
    for (source, passed) in between { for node in passed { nodes[node] = completer(of: source) } }
    for join in joins { nodes[join.node] = join.completer }
    let numbers = Dictionary(
      layers.enumerated().map { ($0.element.node, $0.offset) }, uniquingKeysWith: { first, _ in first })
    var homes = [Int?](repeating: nil, count: network.values.count)
    for (index, node) in network.nodes.enumerated().reversed() {
      // Arithmetic on weights belongs to whoever reads its result.
      let made = node.outputs.compactMap { $0 }
      let home = numbers[node.id] ?? nodes[index] ?? made.lazy.compactMap { homes[$0.index] }.first
      for value in made { homes[value.index] = home }
      for case let value? in node.inputs where homes[value.index] == nil { homes[value.index] = home }
    }
    return homes
  }

  // MARK: Reading

  /// Reads a network once.
  ///
  /// - Complexity: linear in the nodes, but for outputs behind which no layer stands.
  package init(_ bound: BoundNetwork, layers: [Layer]) {
    let network = bound.network
    layerSources = layers.map { _ in nil }
    layerReaders = layers.map { _ in [] }
    inputReaders = network.inputs.map { _ in [] }
    let numbers = Dictionary(
      layers.enumerated().map { ($0.element.node, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let leading = Self.valuesBeforeLayers(bound, Set(numbers.keys))
    var sources = [[Source]](repeating: [], count: network.values.count)
    for (index, input) in network.inputs.enumerated() { sources[input.index] = [.input(index)] }
    for (index, node) in network.nodes.enumerated() {
      let outputs = node.outputs.compactMap { $0 }
      if let layer = numbers[node.id] {
        let data = (node.inputs.first ?? nil).map { sources[$0.index] } ?? []
        layerSources[layer] = data.first
        if let source = data.first { add(.layer(layer), to: source) }
        for output in outputs { sources[output.index] = [.layer(layer)] }
        continue
      }
      // What is known before any data are is a size.
      if outputs.allSatisfy({ bound.constant(of: $0) != nil }) { continue }
      let found = Set(Self.data(of: node, in: bound).flatMap { sources[$0.index] }).sorted()
      var result = found
      if found.count > 1, let first = outputs.first, outputs.contains(where: leading.contains) {
        result = [join(found, at: index, output: first)]
      } else if found.count == 1 {
        between[found[0], default: []].append(index)
      }
      for output in outputs { sources[output.index] = result }
    }
    joinOutputs(network, sources)
    findTrunks(bound, layers)
  }

  private mutating func findTrunks(_ bound: BoundNetwork, _ layers: [Layer]) {
    let (network, topology) = (bound.network, Topology(bound.network))
    for (source, passed) in between {
      var value =
        switch source {
        case .input(let input): network.inputs[input]
        case .layer(let layer): layers[layer].output
        case .join(let join): joins[join].output
        }
      let known = Set(passed)
      while true {
        let readers = Set(topology.uses(of: value).map(\.node)).filter { node in
          network.nodes[node].outputs.contains { $0.map { bound.constant(of: $0) == nil } ?? false }
        }
        guard readers.count == 1, let node = readers.first, known.contains(node),
          let output = network.nodes[node].outputs.first ?? nil
        else { break }
        trunks[source, default: []].append(node)
        value = output
      }
    }
  }

  /// Outputs of the network in which several layers come together; what stands before them is not told apart.
  private mutating func joinOutputs(_ network: Network, _ sources: [[Source]]) {
    var seen: Set<[Source]> = []
    for output in network.outputs {
      let found = sources[output.index]
      guard found.count > 1, seen.insert(found).inserted,
        let node = network.nodes.lastIndex(where: { $0.outputs.contains(output) })
      else { continue }
      _ = join(found, at: node, output: output)
    }
  }

  private mutating func join(_ sources: [Source], at node: Int, output: ValueID) -> Source {
    let number = joins.count
    let completer = sources.compactMap { self.completer(of: $0) }.max()
    joins.append(Join(node: node, sources: sources, output: output, completer: completer))
    joinReaders.append([])
    for source in sources { add(.join(number), to: source) }
    return .join(number)
  }

  private mutating func add(_ reader: Reader, to source: Source) {
    switch source {
    case .input(let input): inputReaders[input].append(reader)
    case .layer(let layer): layerReaders[layer].append(reader)
    case .join(let join): joinReaders[join].append(reader)
    }
  }

  /// The values from which a way leads to a layer's data.
  private static func valuesBeforeLayers(_ bound: BoundNetwork, _ layers: Set<NodeID>) -> Set<ValueID> {
    var found: Set<ValueID> = []
    for node in bound.network.nodes.reversed() {
      if layers.contains(node.id) {
        if let data = node.inputs.first ?? nil { found.insert(data) }
      } else if node.outputs.contains(where: { $0.map(found.contains) ?? false }) {
        found.formUnion(data(of: node, in: bound))
      }
    }
    return found
  }

  /// What a node computes with: no constants, and nothing that only says how large or where.
  private static func data(of node: Node, in bound: BoundNetwork) -> [ValueID] {
    let sizes = Set(bound.table.sizeInputs(of: node))
    var values = node.inputs.enumerated().compactMap { sizes.contains($0.offset) ? nil : $0.element }
    for attribute in node.attributes.values {
      switch attribute {
      case .graph(let body): values += body.captures.values
      case .graphs(let bodies): values += bodies.flatMap(\.captures.values)
      default: break
      }
    }
    return values.filter { bound.constant(of: $0) == nil }
  }
}
