import Graph

/// Finds the operators that lead from a layer to the node that freezes it.
struct FreezeTracer {
  private let network: Network
  private let events: [PinEvent]
  private let layerIndices: [Int?]
  /// By node: its neighbours behind it and before it, along values that carry channels.
  private var following: [[Int]]
  private var preceding: [[Int]]
  /// By freezing node: for each node the next one on a shortest way there; -1 where there is none.
  private var forward: [Int: [Int]] = [:]
  private var anyWay: [Int: [Int]] = [:]
  private var made: [Key: FreezeReason] = [:]

  private struct Key: Hashable { var event, layer: Int }

  init(_ solver: CouplingSolver, layers: [Layer]) {
    network = solver.bound.network
    events = solver.events
    let nodes = network.nodes
    let indices = Dictionary(nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { a, _ in a })
    layerIndices = layers.map { indices[$0.node] }
    following = [[Int]](repeating: [], count: nodes.count)
    preceding = following
    let between = Set(solver.chains.flatMap { $0.between.map(\.value) })
    var producer = [Int](repeating: -1, count: network.values.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs {
        guard let input, producer[input.index] >= 0,
          !solver.valueFields[input.index].isEmpty || between.contains(input)
        else { continue }
        following[producer[input.index]].append(index)
        preceding[index].append(producer[input.index])
      }
      for output in node.outputs { if let output { producer[output.index] = index } }
    }
  }

  /// The reason of a freeze event as it concerns a layer.
  mutating func reason(_ event: Int, layer: Int) -> FreezeReason {
    if let known = made[Key(event: event, layer: layer)] { return known }
    let freeze = events[event]
    var chain: [Int] = []
    if let start = layerIndices[layer] {
      chain = freeze.node.map { self.chain(from: start, to: $0) } ?? [start]
    }
    let names = chain.map { network.nodes[$0].name }
    let between = names.dropFirst().dropLast()
    let way = between.isEmpty ? "" : " through \(Self.list(Array(between)))"
    let sentence: String
    if freeze.label == "output" || freeze.label == "input" {
      sentence = "Its kernels cannot go: \(way.isEmpty ? "" : "\(way.dropFirst()), ")\(freeze.cause)."
    } else if chain.count <= 1 {
      sentence = "Its kernels cannot go: at the \(freeze.label), \(freeze.cause)."
    } else {
      sentence = "Its kernels cannot go: they reach the \(freeze.label)\(way), and \(freeze.cause)."
    }
    let reason = FreezeReason(label: freeze.label, chain: names, sentence: sentence)
    made[Key(event: event, layer: layer)] = reason
    return reason
  }

  private static func list(_ names: [String]) -> String {
    names.count <= 6
      ? names.joined(separator: ", ")
      : "\(names.prefix(3).joined(separator: ", ")), … \(names.suffix(2).joined(separator: ", "))"
  }

  /// Nodes from one to another, both included: with the flow of data where possible.
  private mutating func chain(from start: Int, to end: Int) -> [Int] {
    let straight = forward[end] ?? Self.ways(to: end) { preceding[$0] }
    forward[end] = straight
    if let found = Self.follow(straight, from: start, to: end) { return found }
    let crooked = anyWay[end] ?? Self.ways(to: end) { preceding[$0] + following[$0] }
    anyWay[end] = crooked
    return Self.follow(crooked, from: start, to: end) ?? (start == end ? [start] : [start, end])
  }

  private static func ways(to end: Int, _ neighbours: (Int) -> [Int]) -> [Int] {
    var next: [Int: Int] = [end: end]
    var open = [end]
    var head = 0
    while head < open.count {
      let node = open[head]
      head += 1
      for other in neighbours(node) where next[other] == nil {
        next[other] = node
        open.append(other)
      }
    }
    let size = (next.keys.max() ?? end) + 1
    return (0..<size).map { next[$0] ?? -1 }
  }

  private static func follow(_ ways: [Int], from start: Int, to end: Int) -> [Int]? {
    guard start < ways.count, ways[start] >= 0 else { return nil }
    var chain = [start]
    while let last = chain.last, last != end { chain.append(ways[last]) }
    return chain
  }
}
