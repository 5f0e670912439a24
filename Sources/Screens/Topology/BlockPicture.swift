internal import Graph
internal import Pruning
internal import TerminalUI

/// How a block is written: a line for each node, and one for what comes of it.
struct BlockPicture {
  private let block: BlockFlow
  private let state: ProgramState
  private let flow: LayerFlow
  private let nodes: [Node]
  private let bound: BoundNetwork
  private let chart: LaneChart
  private let glyphs: Glyphs
  private let names: Int
  /// The shapes that come of sources, before and after.
  private var shapes: [LayerFlow.Source: Change<[Int]>] = [:]

  /// The columns of a lane, with the line to the next.
  private static let pitch = 2

  init?(_ block: BlockFlow, _ state: ProgramState, width: Int, glyphs: Glyphs) {
    guard let structure = state.structure else { return nil }
    (self.block, self.state, self.glyphs) = (block, state, glyphs)
    (flow, bound) = (structure.flow, structure.bound)
    nodes = bound.network.nodes
    chart = LaneChart(block.lines, width: max(2, width / 3 / Self.pitch))
    let sources = block.nets
    let values = sources.map { source -> ValueID in
      switch source {
      case .input(let input): structure.bound.network.inputs[input]
      case .layer(let layer): structure.groups.layers[layer].layer.output
      case .join(let join): structure.flow.joins[join].output
      }
    }
    let changes = structure.groups.shapes(of: values, in: bound, without: state.decision?.selection)
    for (source, change) in zip(sources, changes) { shapes[source] = change }
    names = block.nodes.reduce(0) { most, node in
      if case .layer(let layer) = node {
        max(most, structure.groups.layers[layer].layer.name.columns)
      } else {
        most
      }
    }
  }

  private var lanesWidth: Int { chart.lanes * Self.pitch - 1 + chart.countColumns }

  private func lanes(_ spans: [Span]) -> [Span] {
    spans + [Span(String(repeating: " ", count: max(1, lanesWidth + 2 - spans.columns)))]
  }

  /// What would change has the colour of changes.
  private func look(_ node: Int) -> LaneChart.Look {
    func style(_ source: LayerFlow.Source?) -> Style {
      guard let source else { return .dim }
      if let path = state.layers.path, path.runs(from: source, in: flow) { return .role(.warning, .bold) }
      guard let change = shapes[source], change.before != change.after else { return .dim }
      return .role(.changed)
    }
    let sign: Unicode.Scalar
    switch block.nodes[node] {
    case .layer: sign = glyphs.stop
    case .join: sign = glyphs.junction
    case .feeder, .reader: sign = glyphs.arrowDown
    }
    let own = block.nodes[node].source
    return LaneChart.Look(
      glyphs: glyphs, pitch: Self.pitch, node: sign, nodeStyle: own.map { style($0) } ?? .dim,
      style: { style(block.nets[$0]) })
  }

  // MARK: Nodes

  /// The line of a node: what stands there.
  func line(_ node: Int) -> [Span] {
    let lanes = lanes(chart.spans(node, look(node)))
    switch block.nodes[node] {
    case .layer(let layer): return lanes + describe(layer)
    case .join(let join):
      let made = nodes[flow.joins[join].node]
      return lanes + [Span(made.op, .title), Span("  " + made.name, .dim)]
    case .feeder(let source): return lanes + [Span("from " + name(of: source), .dim)]
    case .reader(let source):
      let inside = Set(block.nodes.compactMap(\.source))
      let names = flow.readers(of: source).compactMap { reader -> String? in
        switch reader {
        case .layer(let layer): inside.contains(.layer(layer)) ? nil : state.coupledLayers[layer].layer.name
        case .join(let join): inside.contains(.join(join)) ? nil : name(of: .join(join))
        }
      }
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      return lanes + [Span("to " + names.prefix(3).joined(separator: ", ") + more, .dim)]
    }
  }

  private func describe(_ layer: Int) -> [Span] {
    let coupled = state.coupledLayers[layer]
    let preview = state.preview(of: layer)
    let isOnPath = state.layers.path?.layers.contains(layer) == true
    let name = coupled.layer.name
    let padding = String(repeating: " ", count: max(0, min(names, 32) - name.columns) + 2)
    let style: Style = isOnPath ? .role(.warning, .bold) : coupled.isPrunable ? .text : .role(.pinned)
    var spans = [Span(name, style: style), Span(padding + coupled.layer.op + " ", .dim)]
    let weights = preview?.weightShape ?? Change(coupled.layer.weightShape, coupled.layer.weightShape)
    spans += ShapeText.spans(weights)
    if !coupled.isPrunable { spans.append(Span("  " + (coupled.reason?.label ?? "fixed"), .pinned)) }
    return spans
  }

  private func name(of source: LayerFlow.Source) -> String {
    switch source {
    case .input(let input): return bound.network.name(of: bound.network.inputs[input])
    case .layer(let layer): return state.coupledLayers[layer].layer.name
    case .join(let join):
      let op = nodes[flow.joins[join].node].op
      let last = flow.joins[join].completer.map { state.coupledLayers[$0].layer.name }
      return op + (last.map { " behind \($0)" } ?? "")
    }
  }

  // MARK: What comes of nodes

  /// The line below a node: the shape of what comes of it, and what it goes through.
  func line(below node: Int) -> [Span] {
    let lanes = lanes(chart.spans(below: node, look(node)))
    guard let source = block.nodes[node].source else { return [] }
    var spans = [Span("  ")] + (shapes[source].map(ShapeText.spans) ?? [])
    let passed = flow.trunk(behind: source).map { nodes[$0] }
    var ops: [String] = []
    for node in passed where ops.last != node.op { ops.append(node.op) }
    if !ops.isEmpty {
      let more = ops.count > 4 ? " and \(ops.count - 4) more" : ""
      spans.append(Span("   " + ops.prefix(4).joined(separator: " · ") + more, .dim))
    }
    // A picture that is made smaller on the way has another size where it arrives.
    if let last = passed.last?.outputs.first ?? nil, let before = shapes[source]?.before,
      let shape = bound.shape(of: last), shape.dropFirst(2) != before.dropFirst(2)
    {
      spans.append(Span(" to \(ShapeText.text(Array(shape.dropFirst(2))))", .dim))
    }
    return lanes + spans
  }
}
