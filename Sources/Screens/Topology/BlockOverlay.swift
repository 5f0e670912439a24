internal import Graph
internal import Pruning
package import TerminalUI

/// A block of the network over the whole screen: what feeds what, the shapes that run between, and what would change of them.
package struct BlockOverlay: Overlay {
  private var scopes: [BlockScope]
  private var scope = 0
  private(set) var flow: BlockFlow
  /// The node under the cursor.
  var list: ListState
  /// How many nodes were visible last.
  private var page = 4
  /// Where nodes were drawn last.
  private var inside = Rectangle(width: 0, height: 0)

  /// The rows that a node takes: itself, and what comes of it.
  static let rowsPerNode = 2

  /// The block around the row under the cursor; `nil` without one.
  init?(_ state: ProgramState) {
    guard let row = state.layers.selectedRow, let structure = state.structure else { return nil }
    scopes = BlockScope.around(
      state.layers.layers(of: row), state.layers.modules, structure.flow, count: state.coupledLayers.count)
    guard !scopes.isEmpty else { return nil }
    // Layers that follow one another say little: it begins where outputs come together.
    scope = scopes.firstIndex { BlockFlow($0.layers, in: structure.flow).joins > 0 } ?? 0
    flow = BlockFlow(scopes[scope].layers, in: structure.flow)
    list = ListState()
    if case .layer(let layer) = row { select(.layer(layer)) }
  }

  /// How it is called now.
  var title: String { scopes[scope].title }

  package var hints: [(Key, String)] {
    [
      (.enter, "to the row"), ("+", "more"), ("-", "less"), (">", "wider"), ("<", "narrower"), ("i", "why"),
      ("u", "undo"), (.escape, "close"),
    ]
  }

  private mutating func select(_ node: BlockFlow.Node) {
    list.selected = flow.nodes.firstIndex(of: node) ?? 0
  }

  private var selected: BlockFlow.Node? { flow.nodes[safe: list.selected] }

  /// The layer of the node under the cursor: what a join waits for last, or what feeds or reads the block.
  private func layer(_ state: ProgramState) -> Int? {
    guard let flow = state.structure?.flow else { return nil }
    switch selected {
    case .layer(let layer): return layer
    case .join(let join): return flow.completer(of: .join(join))
    case .feeder(let source): return flow.completer(of: source)
    case .reader(let source):
      let inside = Set(scopes[scope].layers)
      return Self.layers(reading: source, flow).first { !inside.contains($0) }
    case nil: return nil
    }
  }

  /// The layers that read a source, or that the joins wait for which read it.
  static func layers(reading source: LayerFlow.Source, _ flow: LayerFlow) -> [Int] {
    flow.readers(of: source).compactMap { reader in
      switch reader {
      case .layer(let layer): layer
      case .join(let join): flow.completer(of: .join(join))
      }
    }
  }

  // MARK: Keys

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch event {
    case .key(.escape), .key("q"): return .closes()
    case .key(.enter): return .closes(layer(state).map { LayersScreen.go(&state, to: $0) } ?? [])
    case .key(">"): widen(by: 1, state)
    case .key("<"): widen(by: -1, state)
    case .key("+"), .key("-"), .key("]"), .key("["): nudge(&state, event)
    case .key("u"), .key("z"): return .stays(state.run("undo"))
    case .key("i"):
      guard let layer = layer(state) else { break }
      let effects = LayersScreen.go(&state, to: layer)
      LayersScreen.explain(&state)
      return .stays(effects)
    case .key(let key):
      if let movement = Movement(key) { move(movement) }
    case .mouse(let mouse):
      if let wheel = mouse.wheel {
        move(wheel)
      } else if mouse.action == .press {
        guard inside.contains(x: mouse.x, y: mouse.y) else { return .closes() }
        let node = list.offset + (mouse.y - inside.y) / Self.rowsPerNode
        if flow.nodes.indices.contains(node) { list.selected = node }
      }
    default: break
    }
    return .stays()
  }

  private mutating func move(_ movement: Movement) {
    list.move(movement, count: flow.nodes.count, page: page)
  }

  /// Shows more around it, or less.
  private mutating func widen(by step: Int, _ state: ProgramState) {
    guard scopes.indices.contains(scope + step), let flow = state.structure?.flow else { return }
    let node = selected
    scope += step
    self.flow = BlockFlow(scopes[scope].layers, in: flow)
    list = ListState()
    if let node { select(node) }
  }

  private func nudge(_ state: inout ProgramState, _ event: Event) {
    guard case .layer(let layer) = selected else {
      return state.say("Percentages belong to layers: move to one.", .warning)
    }
    let steps: [Event: Double] = [.key("+"): 1, .key("-"): -1, .key("]"): 10, .key("["): -10]
    Percentages.nudge(&state, [layer], by: steps[event] ?? 0)
  }

  /// Another network has other layers.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { !news.isAnotherNetwork }

  // MARK: Drawing

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    grid.cursor = nil
    grid.fill(area)
    let note = "\(list.selected + 1)/\(flow.nodes.count)"
    let frame = grid.box(area, title: "\(title): \(summary)", note: note, isFocused: true)
    inside = frame.inset(horizontal: 1, vertical: 0)
    page = max(1, inside.height / Self.rowsPerNode)
    list = list.clamped(count: flow.nodes.count, page: page)
    guard let picture = BlockPicture(flow, state, width: inside.width, glyphs: grid.glyphs) else { return }
    for line in 0..<min(page, flow.nodes.count - list.offset) {
      let node = list.offset + line
      let place = inside.row(line * Self.rowsPerNode)
      let isSelected = node == list.selected
      if isSelected {
        grid.fill(place, style: .role(.selection))
      }
      grid.write(picture.line(node), in: place)
      if isSelected {
        grid.restyle(place) { style in
          if style.foreground == .role(.text) { style.foreground = .role(.selection) }
          style.background = .role(.selection)
        }
      }
      grid.write(picture.line(below: node), in: inside.row(line * Self.rowsPerNode + 1))
    }
  }

  private var summary: String {
    let layers = scopes[scope].layers.count
    let joins = flow.joins
    return (layers == 1 ? "1 layer" : "\(layers) layers")
      + (joins == 0 ? "" : joins == 1 ? ", 1 join" : ", \(joins) joins")
  }
}
