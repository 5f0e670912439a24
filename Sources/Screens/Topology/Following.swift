internal import Graph
internal import Pruning
package import TerminalUI

extension LayersScreen {
  /// What shows how layers hang together, and goes along it.
  static let topologyCommands: [Command] = [
    Command(
      "topology", ["|"], "lanes", "show or hide the lanes that say which layers feed which", footer: false,
      menu: "g", disabled: \.noModel
    ) { state, _ in
      state.layers.hidesGutter.toggle()
      state.say(gutterMessage(state))
      return []
    },
    Command(
      "feeder", ["("], "what feeds it", "go to the layer that feeds this one, or choose among several",
      footer: false, go: "i", disabled: noLayer
    ) { state, _ in follow(&state, .feeders) },
    Command(
      "reader", [")"], "what reads it", "go to the layer that reads this one or joins it, or choose",
      footer: false, go: "o", disabled: noLayer
    ) { state, _ in follow(&state, .readers) },
    Command(
      "block", ["\\"], "block",
      "the block around the layer: what feeds what, the shapes between, and what would change", footer: false,
      menu: "k", go: "b", disabled: noLayer
    ) { state, _ in
      if let block = BlockOverlay(state) { state.overlays.append(block) }
      return []
    },
  ]

  @Sendable private static func noLayer(_ state: ProgramState) -> String? {
    state.noModel ?? (state.layers.selectedRow == nil ? "no layer is selected" : nil)
  }

  private static func gutterMessage(_ state: ProgramState) -> String {
    if state.layers.hidesGutter { return "The lanes are hidden." }
    if gutterChart(state, width: state.layout.inside(of: .layers).width) != nil {
      return "Lanes say which layers feed which; F2 says what their signs mean."
    }
    return state.layers.filter.isEmpty && state.layers.sort == .order && state.layers.isAscending
      ? "No lanes are drawn: each layer feeds the next one."
      : "Lanes are drawn once all layers are shown in the order of the network."
  }

  // MARK: Following

  /// Goes to what feeds the row under the cursor, or to what reads it; asks which where there are several.
  static func follow(_ state: inout ProgramState, _ direction: FlowNeighbours.Direction) -> [Effect] {
    guard let row = state.layers.selectedRow, let structure = state.structure else { return [] }
    let neighbours = FlowNeighbours(
      of: state.layers.layers(of: row), direction, in: structure.flow
    ).list
    guard let first = neighbours.first else {
      state.say(
        direction == .feeders
          ? "Only inputs of the network feed this." : "Only outputs of the network come of this.")
      return []
    }
    guard neighbours.count > 1 else { return go(&state, to: first.layer) }
    state.overlays.append(FollowMenu(neighbours, direction, state))
    return []
  }

  /// Puts the cursor on the row of a layer, or of the closed module that it stands in.
  static func go(_ state: inout ProgramState, to layer: Int) -> [Effect] {
    guard let name = state.coupledLayers[safe: layer]?.layer.name else { return [] }
    if row(.layer(name), state) == nil, !state.layers.filter.isEmpty {
      setFilter(&state, "")
      state.say("The filter was ended: \(name) did not fit it.")
    }
    guard let row = row(.layer(name), state) else { return [] }
    state.layers.list.selected = row
    return followCursor(&state)
  }
}

/// The layers next to some, before or behind them.
struct FlowNeighbours {
  enum Direction: Sendable, Hashable {
    case feeders, readers
  }

  struct Neighbour: Sendable, Hashable {
    let layer: Int
    /// The join between; `nil` where one reads the other.
    let join: Int?
  }

  private(set) var list: [Neighbour] = []

  /// What stands before or behind layers, themselves left out, in the order of the graph.
  init(of layers: [Int], _ direction: Direction, in flow: LayerFlow) {
    let own = Set(layers)
    var found: [Int: Int?] = [:]
    func add(_ layer: Int?, _ join: Int?) {
      if let layer, !own.contains(layer), found[layer] == nil { found[layer] = .some(join) }
    }
    for layer in layers {
      switch direction {
      case .feeders:
        guard let source = flow.source(ofLayer: layer) else { continue }
        guard case .join(let join) = source else {
          add(flow.completer(of: source), nil)
          continue
        }
        for part in flow.joins[join].sources { add(flow.completer(of: part), join) }
      case .readers:
        var open: [LayerFlow.Source] = [.layer(layer)]
        while let source = open.popLast() {
          for reader in flow.readers(of: source) {
            switch reader {
            case .layer(let next):
              if case .join(let join) = source { add(next, join) } else { add(next, nil) }
            case .join(let join):
              // Where this layer is the last that a join waits for, the join is told by who reads it.
              if flow.joins[join].completer.map(own.contains) ?? true {
                open.append(.join(join))
              } else {
                add(flow.joins[join].completer, join)
              }
            }
          }
        }
      }
    }
    list = found.sorted { $0.key < $1.key }.map { Neighbour(layer: $0.key, join: $0.value) }
  }
}

/// The layers to go to from one that several feed or read.
package struct FollowMenu: MenuOverlay {
  package var menu: Menu

  init(_ neighbours: [FlowNeighbours.Neighbour], _ direction: FlowNeighbours.Direction, _ state: ProgramState)
  {
    let nodes = state.structure?.bound.network.nodes ?? []
    let items = neighbours.map { neighbour -> Menu.Item in
      let layer = state.coupledLayers[neighbour.layer].layer
      let join = neighbour.join.flatMap { state.structure?.flow.joins[safe: $0] }
      let op = join.flatMap { nodes[safe: $0.node]?.op }
      return Menu.Item(String(neighbour.layer), layer.name, note: op.map { "by way of \($0)" } ?? layer.op)
    }
    menu = Menu(title: direction == .feeders ? "What feeds it" : "What reads it", items: items)
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch menu.handle(event) {
    case .chosen(let id): .closes(Int(id).map { LayersScreen.go(&state, to: $0) } ?? [])
    case .cancelled: .closes()
    case .moved, .refused, .ignored: .stays()
    }
  }
}
