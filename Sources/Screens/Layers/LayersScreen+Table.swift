internal import Graph
internal import Pruning
internal import TerminalUI

extension LayersScreen {
  /// Columns for the kernels that stay, and for how many of them may change.
  private static let keptColumns = 5

  /// The table of layers at a width.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let columns = columns(state, width: width)
    let partners = Set(state.layers.selectedLayer.map(state.partners(of:)) ?? [])
    let layers = state.layers
    let range = layers.range
    let sort = Table.Sort(column: state.layers.sort.column, isAscending: state.layers.isAscending)
    let placeholder =
      state.engine.structure.value == nil
      ? "No model is open: ^O opens one."
      : state.layers.filter.isEmpty
        ? "This model has no layers with kernels." : "No layer contains \"\(state.layers.filter)\"."
    func table(labels: [String]) -> Table {
      Table(columns: columns, rowCount: layers.order.count, sort: sort, placeholder: placeholder) { row in
        let index = layers.order[row]
        return Self.row(
          state, index, label: labels.indices.contains(index) ? labels[index] : "",
          isPartner: partners.contains(index),
          isMarked: layers.marked.contains(index) || range?.contains(row) == true)
      }
    }
    return table(labels: layers.labels.labels(columns: table(labels: []).width(of: "name", in: width)))
  }

  /// The columns of a table of a width: what operator a layer is says less than its whole name, and gives way to it.
  private static func columns(_ state: ProgramState, width: Int) -> [Table.Column] {
    let all = columns(state)
    guard let op = all.firstIndex(where: { $0.id == "op" }) else { return all }
    var columns = all
    columns[op].minimumWidth = max(1, width)
    let names = Table(columns: columns, rowCount: 0) { _ in Table.Row([]) }.width(of: "name", in: width)
    return names > nameColumns(state) + all[op].minimumWidth ? all : columns
  }

  private static func columns(_ state: ProgramState) -> [Table.Column] {
    let scoreTitle = state.engine.scores.value?.criterion.rawValue.uppercased() ?? "SCORE"
    let stateTitle = state.isFrozen ? "frozen" : state.engine.isScoring ? "live" : "mean"
    let mostKernels = state.coupledLayers.reduce(0) { max($0, $1.layer.kernels) }
    let kernelColumns = max(4, String(mostKernels).count)
    return [
      .init("order", "#", .aligned(.right), minimumWidth: state.coupledLayers.count > 999 ? 4 : 3),
      .init(
        "name", "LAYER", minimumWidth: max(14, min(16, state.layers.labels.idealColumns)),
        idealWidth: nameColumns(state), isFlexible: true),
      .init("op", "OP", minimumWidth: 4, dropPriority: 11),
      .init("shape", "SHAPE", minimumWidth: 11, dropPriority: 4),
      .init("kernels", "KERN", .aligned(.right), minimumWidth: kernelColumns, dropPriority: 2),
      .init("percent", "PRUNE", .aligned(.right), minimumWidth: 7),
      .init("kept", "KEEP", .aligned(.right), minimumWidth: max(keptColumns, kernelColumns)),
      .init("score", scoreTitle, minimumWidth: 7, idealWidth: 10, dropPriority: 3),
      .init("mean", stateTitle, .aligned(.right), minimumWidth: 7, dropPriority: 5),
      .init("parameters", "PARAMS", .aligned(.right), minimumWidth: 11, dropPriority: 10),
      .init("macs", "MACS", .aligned(.right), minimumWidth: 11, dropPriority: 8),
      .init("group", "TIE", minimumWidth: 6, idealWidth: 10),
    ]
  }

  /// The width of a pane that shows what one of `width` shows, and names whole.
  static func idealWidth(_ state: ProgramState, from width: Int) -> Int {
    guard !state.coupledLayers.isEmpty else { return width }
    let table = Table(columns: columns(state, width: width - 2), rowCount: 0) { _ in Table.Row([]) }
    return width + max(0, nameColumns(state) - table.width(of: "name", in: width - 2))
  }

  /// The columns that names are given where there is room: all of the longest, up to a bound.
  static func nameColumns(_ state: ProgramState) -> Int { max(22, min(40, state.layers.labels.idealColumns)) }

  private static func row(
    _ state: ProgramState, _ index: Int, label: String, isPartner: Bool, isMarked: Bool
  ) -> Table.Row {
    guard state.coupledLayers.indices.contains(index) else { return Table.Row([]) }
    let coupled = state.coupledLayers[index]
    let layer = coupled.layer
    let isProtected = state.settings.protected.contains(layer.name)
    let base: Style = coupled.isPrunable ? .text : .dim
    let preview = state.preview(of: index)
    let after = preview?.kernels.after ?? layer.kernels
    let score = state.layerScore(of: index)
    let largest = state.decision?.largestLayerScore ?? 0
    let cells: [Table.Content] = [
      .text(String(index + 1), .dim),
      .text(label, isProtected ? .role(.pinned) : base),
      .text(layer.op, .dim),
      .text(layer.weightShape.map(String.init).joined(separator: "×"), .dim),
      .text(String(layer.kernels), base),
      coupled.isPrunable
        ? .spans(percentSpans(state, of: coupled, index, isProtected: isProtected)) : .text("", .dim),
      .spans(keptSpans(state, index, after, after < layer.kernels ? .role(.changed) : base)),
      score.map { .bar(largest > 0 ? $0 / largest : 0, coupled.isPrunable ? .role(.bar) : .role(.barTrack)) }
        ?? .text(""),
      .text(score.map { ScoreText.short($0) } ?? Quantity.missing, score == nil ? .dim : base),
      .spans(changeSpans(preview?.parameters ?? Change(layer.parameters, layer.parameters), base)),
      .spans(
        changeSpans(
          preview?.multiplyAccumulates ?? Change(layer.multiplyAccumulates, layer.multiplyAccumulates), base)),
      .spans(tieSpans(state, of: coupled, isProtected: isProtected)),
    ]
    var row = Table.Row(cells, attributes: isPartner ? .underline : [])
    if isMarked {
      row.mark = "*"
    } else if !coupled.isPrunable || isProtected {
      row.mark = "="
      row.markStyle = .role(.pinned)
    }
    return row
  }

  /// `25%`, or `25→22%` where something else goes than was asked for.
  private static func percentSpans(
    _ state: ProgramState, of coupled: CoupledLayer, _ index: Int, isProtected: Bool
  ) -> [Span] {
    if isProtected { return [Span("keep", .pinned)] }
    let kernels = coupled.layer.kernels
    let got = state.preview(of: index).map { $0.kernels.before - $0.kernels.after } ?? 0
    let asked = state.settings.amounts[coupled.layer.name] == nil ? 0 : Percentages.asked(state, of: coupled)
    let askedCount =
      state.decision?.selection.asked.indices.contains(index) == true
      ? state.decision?.selection.asked[index] : nil
    let askedText = AmountText.percent(asked.rounded())
    if let askedCount, askedCount != got, kernels > 0 {
      let gotText = AmountText.percent((100 * Double(got) / Double(kernels)).rounded())
      if gotText != askedText {
        return [Span(String(askedText.dropLast()) + "→", .changed), Span(gotText, .warning)]
      }
    }
    return [Span(askedText, asked > 0 ? .changed : .dim)]
  }

  /// `12`, or `12≈3` where more examples are expected to exchange kernels and there is room to say how many.
  private static func keptSpans(
    _ state: ProgramState, _ index: Int, _ kept: Int, _ style: Style
  ) -> [Span] {
    let count = Span(String(kept), style: style)
    guard let changes = state.openChanges(of: index) else { return [count] }
    let note = "≈\(changes)"
    return count.text.columns + note.columns > keptColumns ? [count] : [count, Span(note, .warning)]
  }

  private static func changeSpans(_ change: Change<Int>, _ base: Style) -> [Span] {
    guard change.before != change.after else { return [Span(Quantity.count(change.before), style: base)] }
    let (before, after) = ChangeText.pair(change)
    return (before.map { [Span($0 + "→", .dim)] } ?? []) + [Span(after, .changed)]
  }

  /// The group's letter, or why nothing can go.
  private static func tieSpans(_ state: ProgramState, of coupled: CoupledLayer, isProtected: Bool) -> [Span] {
    if !coupled.isPrunable { return [Span(coupled.reason?.label ?? "fixed", .pinned)] }
    let groups = state.structure?.groups.groups ?? []
    var spans: [Span] = []
    for group in coupled.groups where groups.indices.contains(group) && !groups[group].name.isEmpty {
      if !spans.isEmpty { spans.append(Span(" ")) }
      spans.append(Span(groups[group].name, .group(Self.number(ofGroup: groups[group].name))))
    }
    if isProtected { spans.append(Span(spans.isEmpty ? "protected" : " protected", .pinned)) }
    return spans
  }

  /// `A` is 0, `B` 1, … `AA` 26: the colour goes by the letter.
  private static func number(ofGroup name: String) -> Int {
    name.unicodeScalars.reduce(0) { ($0 &* 26 &+ Int($1.value)) % 1_000_003 } - 65
  }
}

/// Scores as they stand in columns.
enum ScoreText {
  /// Two significant digits in five columns, so that magnitudes can be compared at a glance: `4.1e-2`.
  static func short(_ value: Double) -> String { Quantity.scientific(value) }
}
