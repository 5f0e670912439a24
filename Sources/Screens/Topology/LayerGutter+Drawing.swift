internal import Graph
internal import TerminalUI

extension LayersScreen {
  /// The lanes beside a table of a width; `nil` where names that would stand whole would not beside them.
  static func gutterChart(_ state: ProgramState, width: Int) -> LaneChart? {
    guard !state.layers.hidesGutter, let chart = state.layers.gutter.chart(in: width) else { return nil }
    let needed = wholeNameColumns(state)
    guard nameColumns(state, in: width, beside: nil) >= needed else { return chart }
    return nameColumns(state, in: width, beside: laneColumn(of: chart)) >= needed ? chart : nil
  }

  /// The column that lanes are drawn in.
  static func laneColumn(of chart: LaneChart) -> Table.Column {
    Table.Column("flow", "", minimumWidth: chart.width, isJoined: true)
  }

  /// The lanes of a row: in the colours of ties, or of the way that was explained.
  static func gutterSpans(_ state: ProgramState, _ chart: LaneChart, row: Int) -> [Span] {
    let layers = state.layers
    let gutter = layers.gutter
    guard layers.rows.indices.contains(row) else { return [] }
    let isOnPath = layers.path.map { path in
      layers.layers(of: layers.rows[row]).contains(where: path.layers.contains)
    }
    let glyphs = state.usesASCII ? Glyphs.ascii : .unicode
    var node = gutter.joining.contains(row) ? glyphs.junction : glyphs.stop
    if case .module = layers.rows[row] { node = glyphs.stops }
    let look = LaneChart.Look(
      glyphs: glyphs, node: node,
      nodeStyle: isOnPath == true ? .role(.warning, .bold) : isOnPath == false ? .dim : .text
    ) { net in
      if let path = layers.path, let flow = state.structure?.flow {
        guard case .source(let source) = gutter.nets[net] else { return .dim }
        return path.runs(from: source, in: flow) ? .role(.warning, .bold) : .dim
      }
      return gutter.ties[net].map { .role(.group(groupNumber($0))) } ?? .dim
    }
    return chart.spans(row, look)
  }
}
