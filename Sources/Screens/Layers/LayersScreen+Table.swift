internal import Graph
internal import Pruning
internal import TerminalUI

extension LayersScreen {
  /// Columns for the kernels that stay, and for how many of them may change.
  private static let keptColumns = 5
  /// The cells of a spread of scores.
  private static let distributionCells = 8

  /// The table of layers at a width.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let chart = gutterChart(state, width: width)
    let columns = columns(state, width: width, beside: chart.map(laneColumn))
    let layers = state.layers
    let partners = Set(
      (layers.selectedRow.map(layers.layers(of:)) ?? []).flatMap(state.partners(of:)))
    let range = layers.range
    let sort = Table.Sort(column: state.layers.sort.column, isAscending: state.layers.isAscending)
    let placeholder =
      state.engine.structure.value == nil
      ? "No model is open: ^O opens one."
      : state.layers.filter.isEmpty
        ? "This model has no layers with kernels." : "No layer fits \"\(state.layers.filter)\"."
    func table(_ names: RowNames) -> Table {
      Table(columns: columns, rowCount: layers.rows.count, sort: sort, placeholder: placeholder) { row in
        let isInRange = range?.contains(row) == true
        var content: Table.Row
        switch layers.rows[row] {
        case .layer(let index):
          content = Self.row(
            state, index, label: names.label(of: index), isPartner: partners.contains(index),
            isMarked: layers.marked.contains(index) || isInRange)
        case .module(let module):
          content = Self.row(
            state, module: module, label: names.label(ofModule: module), isInRange: isInRange)
        }
        if let chart { content.cells.insert(.spans(gutterSpans(state, chart, row: row)), at: 0) }
        return content
      }
    }
    return table(
      RowNames(layers, columns: table(RowNames()).width(of: "name", in: width), isASCII: state.usesASCII))
  }

  /// The columns of a table of a width: what operator a layer is says less than its whole name, and gives way to it.
  private static func columns(_ state: ProgramState, width: Int) -> [Table.Column] {
    columns(state, width: width, beside: gutterChart(state, width: width).map(laneColumn))
  }

  /// The columns of a table of a width, beside lanes or not.
  private static func columns(
    _ state: ProgramState, width: Int, beside lane: Table.Column?
  ) -> [Table.Column] {
    let lanes = lane.map { [$0] } ?? []
    let all = lanes + columns(state, lanes: lanes.count, isNarrow: width < LayerGutter.bounds.narrow)
    guard let op = all.firstIndex(where: { $0.id == "op" }) else { return all }
    var columns = all
    columns[op].minimumWidth = max(1, width)
    let names = Table(columns: columns, rowCount: 0) { _ in Table.Row([]) }.width(of: "name", in: width)
    return names > nameColumns(state) + all[op].minimumWidth ? all : columns
  }

  /// The columns behind those of lanes, for which names and bars give way before numbers do in a narrow table.
  private static func columns(_ state: ProgramState, lanes: Int, isNarrow: Bool) -> [Table.Column] {
    let isShort = lanes > 0 && isNarrow
    let stateSuffix = scoreColumn(state).suffix
    let scoreTitle = state.engine.scores.value?.criterion.rawValue.uppercased() ?? "SCORE"
    let stateTitle = (state.isFrozen ? "held" : state.engine.isScoring ? "live" : "mean") + stateSuffix
    let mostKernels =
      state.layers.showsModules
      ? state.layers.modules.modules.indices.reduce(0) { most, module in
        max(
          most,
          state.layers.layers(of: .module(module)).reduce(0) { $0 + state.coupledLayers[$1].layer.kernels })
      } : state.coupledLayers.reduce(0) { max($0, $1.layer.kernels) }
    let kernelColumns = max(4, String(mostKernels).count)
    let orderColumns = String(state.coupledLayers.count).count + lanes
    return [
      .init("order", "#", .aligned(.right), minimumWidth: max(3, orderColumns)),
      .init(
        "name", "LAYER", minimumWidth: isShort ? 14 : max(14, min(16, state.layers.labels.idealColumns)),
        idealWidth: nameColumns(state), isFlexible: true),
      .init("op", "OP", minimumWidth: 4, dropPriority: 11),
      .init(
        "shape", "SHAPE", minimumWidth: 11, idealWidth: max(11, min(17, state.layers.shapeColumns)),
        dropPriority: 4),
      .init("kernels", "KERN", .aligned(.right), minimumWidth: kernelColumns, dropPriority: 2),
      .init("percent", "PRUNE", .aligned(.right), minimumWidth: 7),
      .init("kept", "KEEP", .aligned(.right), minimumWidth: max(keptColumns, kernelColumns)),
      .init(
        "score", scoreTitle,
        minimumWidth: state.layers.showsDistribution ? distributionCells : isShort ? 6 : 7, idealWidth: 10,
        dropPriority: 3),
      .init("mean", stateTitle, .aligned(.right), minimumWidth: max(7, stateTitle.columns), dropPriority: 5),
      .init("parameters", "PARAMS", .aligned(.right), minimumWidth: 11, dropPriority: 10),
      .init("macs", "MACS", .aligned(.right), minimumWidth: 11, dropPriority: 8),
      .init("group", "TIE", minimumWidth: 6, idealWidth: 10),
    ]
  }

  /// The width of a pane that shows what one of `width` shows, and names whole.
  static func idealWidth(_ state: ProgramState, from width: Int) -> Int {
    guard !state.coupledLayers.isEmpty else { return width }
    var ideal = width
    // In a wider pane another column may find room, and take it from the names.
    for _ in 0..<3 {
      let table = Table(columns: columns(state, width: ideal - 2), rowCount: 0) { _ in Table.Row([]) }
      let missing = nameColumns(state) - table.width(of: "name", in: ideal - 2)
      guard missing > 0 else { break }
      ideal += missing
    }
    return ideal
  }

  /// The shape of a layer's weights: `64×32×3×3`.
  static func shapeText(_ layer: Layer) -> String { ShapeText.text(layer.weightShape) }

  /// The columns that names are given where there is room: all of the longest, up to a bound.
  static func nameColumns(_ state: ProgramState) -> Int { max(22, wholeNameColumns(state)) }

  /// The columns in which the longest name stands whole, up to a bound.
  static func wholeNameColumns(_ state: ProgramState) -> Int {
    min(40, state.layers.labels.idealColumns + (state.layers.showsModules ? state.layers.modules.depth : 0))
  }

  /// The columns that a table of a width has for names, beside lanes or not.
  static func nameColumns(_ state: ProgramState, in width: Int, beside lane: Table.Column?) -> Int {
    let columns = columns(state, width: width, beside: lane)
    return Table(columns: columns, rowCount: 0) { _ in Table.Row([]) }.width(of: "name", in: width)
  }

  private static func row(
    _ state: ProgramState, _ index: Int, label: String, isPartner: Bool, isMarked: Bool
  ) -> Table.Row {
    guard state.coupledLayers.indices.contains(index) else { return Table.Row([]) }
    let coupled = state.coupledLayers[index]
    let layer = coupled.layer
    let isProtected = state.settings.protected.contains(layer.name)
    let base: Style = coupled.isPrunable ? .text : .dim
    let isOnPath = state.layers.path?.layers.contains(index) == true
    let preview = state.preview(of: index)
    let after = preview?.kernels.after ?? layer.kernels
    let score = state.layerScore(of: index)
    let largest = state.decision?.largestLayerScore ?? 0
    let cells: [Table.Content] = [
      .text(String(index + 1), .dim),
      .text(label, isOnPath ? .role(.warning, .bold) : isProtected ? .role(.pinned) : base),
      .text(layer.op, .dim),
      .text(shapeText(layer), .dim),
      .text(String(layer.kernels), base),
      coupled.isPrunable
        ? .spans(percentSpans(state, of: coupled, index, isProtected: isProtected)) : .text("", .dim),
      .spans(keptSpans(state, index, after, after < layer.kernels ? .role(.changed) : base)),
      scoreCell(state, index, score, largest),
      .text(score.map(scoreColumn(state).text) ?? Quantity.missing, score == nil ? .dim : base),
      .fitting(changeSpans(preview?.parameters ?? Change(layer.parameters, layer.parameters), base)),
      .fitting(
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

  /// A module: what its layers have together.
  private static func row(_ state: ProgramState, module: Int, label: String, isInRange: Bool) -> Table.Row {
    let members = state.layers.layers(of: .module(module))
    let sum = LayerSum(of: members, in: state)
    let prunable = members.filter { state.coupledLayers[$0].isPrunable }
    let isProtected =
      !prunable.isEmpty
      && prunable.allSatisfy { state.settings.protected.contains(state.coupledLayers[$0].layer.name) }
    let largest = state.decision?.largestLayerScore ?? 0
    let macs = sum.multiplyAccumulates
    let cells: [Table.Content] = [
      .text(""),
      .text(label, isProtected ? .role(.pinned, .bold) : .role(.title)),
      .text("", .dim),
      .text(members.count == 1 ? "1 layer" : "\(members.count) layers", .dim),
      .text(String(sum.kernels.before)),
      prunable.isEmpty
        ? .text("") : .spans([isProtected ? Span("keep", .pinned) : percentSpan(sum.percent)]),
      .text(
        String(sum.kernels.after),
        sum.kernels.after < sum.kernels.before ? .role(.changed) : .text),
      sum.score.map { .bar(fraction(state, $0, of: largest), .role(.bar)) } ?? .text(""),
      .text(sum.score.map(scoreColumn(state).text) ?? Quantity.missing, sum.score == nil ? .dim : .text),
      .fitting(changeSpans(sum.parameters, .text)),
      .fitting(changeSpans(macs, .text)),
      macs.before == macs.after
        ? .text("")
        : .fitting([" MACs", ""].map { [Span(ChangeText.percent(macs) + $0, .changed)] }),
    ]
    var row = Table.Row(cells)
    if isInRange || !members.isEmpty && Set(members).isSubset(of: state.layers.marked) {
      row.mark = "*"
    } else if prunable.isEmpty || isProtected {
      row.mark = "="
      row.markStyle = .role(.pinned)
    }
    return row
  }

  private static func percentSpan(_ percent: Double) -> Span {
    Span(AmountText.percent(percent.rounded()), percent > 0 ? .changed : .dim)
  }

  /// The bar of a layer's mean score, or how its kernels' scores are spread.
  private static func scoreCell(
    _ state: ProgramState, _ index: Int, _ score: Double?, _ largest: Double
  ) -> Table.Content {
    let coupled = state.coupledLayers[index]
    let role: Role = coupled.isPrunable ? .bar : .barTrack
    if state.layers.showsDistribution, let mean = state.engine.scores.value?.layers[coupled.layer.name]?.mean
    {
      let kept = state.keptKernels(of: index)
      let spread = ScoreDistribution(
        mean, kept: kept?.count == mean.count ? nil : kept, cells: distributionCells,
        isLogarithmic: state.layers.isLogarithmic)
      return .spans(spread.spans(state.usesASCII ? .ascii : .unicode, role: role))
    }
    return score.map { .bar(fraction(state, $0, of: largest), .role(role)) } ?? .text("")
  }

  private static func fraction(_ state: ProgramState, _ score: Double, of largest: Double) -> Double {
    BarScale.fraction(score, of: largest, isLogarithmic: state.layers.isLogarithmic)
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

  /// Before → after, and what is left alone where there is no room for both.
  private static func changeSpans(_ change: Change<Int>, _ base: Style) -> [[Span]] {
    guard change.before != change.after else { return [[Span(Quantity.count(change.before), style: base)]] }
    let (before, after) = ChangeText.pair(change)
    let short = [Span(after, .changed)]
    return [(before.map { [Span($0 + "→", .dim)] } ?? []) + short, short]
  }

  /// How scores are written, so that magnitudes can be compared at a glance.
  private static func scoreColumn(_ state: ProgramState) -> Quantity.Column {
    Quantity.Column(largest: state.decision?.largestScoreMagnitude ?? 0)
  }

  /// The group's letter, or why nothing can go.
  private static func tieSpans(_ state: ProgramState, of coupled: CoupledLayer, isProtected: Bool) -> [Span] {
    if !coupled.isPrunable { return [Span(coupled.reason?.label ?? "fixed", .pinned)] }
    let groups = state.structure?.groups.groups ?? []
    var spans: [Span] = []
    for group in coupled.groups where groups.indices.contains(group) && !groups[group].name.isEmpty {
      if !spans.isEmpty { spans.append(Span(" ")) }
      spans.append(Span(groups[group].name, .group(groupNumber(groups[group].name))))
    }
    if isProtected { spans.append(Span(spans.isEmpty ? "protected" : " protected", .pinned)) }
    return spans
  }

  /// `A` is 0, `B` 1, … `AA` 26: the colour goes by the letter.
  static func groupNumber(_ name: String) -> Int {
    name.unicodeScalars.reduce(0) { ($0 &* 26 &+ Int($1.value)) % 1_000_003 } - 65
  }
}

/// What the rows of a table of layers are called in so many columns.
struct RowNames {
  private var layers: [String] = []
  private var modules: [String] = []

  init() {}

  /// The names of the rows; where modules have rows, what stands in one stands to its right.
  init(_ state: LayersState, columns: Int, isASCII: Bool) {
    guard state.showsModules else {
      layers = state.labels.labels(columns: columns)
      return
    }
    let tree = state.modules
    func indent(_ depth: Int) -> String { String(repeating: " ", count: min(depth, max(0, columns - 12))) }
    let glyphs = isASCII ? Glyphs.ascii : .unicode
    layers = state.labels.labels(columns: max(1, columns - indent(tree.depth).count)).enumerated().map {
      indent(tree.depth(of: $0)) + $1
    }
    modules = state.moduleLabels.labels(columns: max(1, columns - indent(tree.depth).count - 2)).enumerated()
      .map {
        let module = tree.modules[$0]
        let isClosed = state.closed.contains(module.name) && state.filter.isEmpty
        let mark = Character(isClosed ? glyphs.selector : glyphs.sortDescending)
        return indent(module.depth) + "\(mark) \($1)"
      }
  }

  func label(of layer: Int) -> String { layers.indices.contains(layer) ? layers[layer] : "" }

  func label(ofModule module: Int) -> String { modules.indices.contains(module) ? modules[module] : "" }
}
