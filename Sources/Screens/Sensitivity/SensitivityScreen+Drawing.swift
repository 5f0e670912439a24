internal import Graph
internal import Pruning
internal import TerminalUI

extension SensitivityScreen {
  /// The level whose loss stands in the table, in per cent.
  private static let shownLevel = 50.0
  /// From this width on, the plots stand beside the table.
  private static let besideColumns = ScreenLayout.wideColumns

  /// The table of curves: the rows of the table of layers.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let levels = (measured(state)?.subject.levels ?? SensitivitySettings.usualLevels).count + 1
    let all: [Table.Column] = [
      .init(
        "order", "#", .aligned(.right), minimumWidth: state.coupledLayers.count > 999 ? 4 : 3, dropPriority: 4
      ),
      .init("name", "LAYER", minimumWidth: 14, idealWidth: LayersScreen.nameColumns(state), isFlexible: true),
      .init("kernels", "KERN", .aligned(.right), minimumWidth: 5, dropPriority: 3),
      .init("percent", "PRUNE", .aligned(.right), minimumWidth: 6),
      .init("curve", hasAccuracy(state) ? "ACCURACY" : "LOSS", minimumWidth: max(8, min(20, levels))),
      .init("accuracy", "AT 50%", .aligned(.right), minimumWidth: 6),
      .init(
        "loss", (hasAccuracy(state) ? "LOSS" : "AT 50%") + lossColumn(state).suffix, .aligned(.right),
        minimumWidth: 8),
      .init("group", "TIE", minimumWidth: 6, dropPriority: 2),
    ]
    let columns = all.filter { hasAccuracy(state) || $0.id != "accuracy" }
    let placeholder =
      state.engine.structure.value == nil
      ? "No model is open: ^O opens one."
      : state.layers.filter.isEmpty
        ? "This model has no layers with kernels." : "No layer fits \"\(state.layers.filter)\"."
    let range = sparklineRange(state)
    let losses = lossColumn(state)
    let layers = state.layers
    func table(_ names: RowNames) -> Table {
      Table(columns: columns, rowCount: layers.rows.count, placeholder: placeholder) { row in
        switch layers.rows[row] {
        case .layer(let index): Self.row(state, index, label: names.label(of: index), range, losses)
        case .module(let module): Self.row(state, module: module, label: names.label(ofModule: module))
        }
      }
    }
    return table(
      RowNames(layers, columns: table(RowNames()).width(of: "name", in: width), isASCII: state.usesASCII))
  }

  /// A module: curves are measured layer by layer, so it has only what its layers have together.
  private static func row(_ state: ProgramState, module: Int, label: String) -> Table.Row {
    let members = state.layers.layers(of: .module(module))
    let sum = LayerSum(of: members, in: state)
    return Table.Row([
      .text(""), .text(label, .role(.title)), .text(Quantity.grouped(sum.kernels.before)),
      .text(AmountText.percent(sum.percent.rounded()), sum.percent > 0 ? .role(.changed) : .dim),
      .text("\(members.count) layers", .dim),
    ])
  }

  private static func row(
    _ state: ProgramState, _ index: Int, label: String, _ range: ClosedRange<Double>?,
    _ losses: Quantity.Column
  ) -> Table.Row {
    guard state.coupledLayers.indices.contains(index) else { return Table.Row([]) }
    let coupled = state.coupledLayers[index]
    let base: Style = coupled.isPrunable ? .text : .dim
    let asked = Percentages.asked(state, of: coupled)
    let curve = curve(state, of: index)
    let style: Style = curve?.isComplete == true ? base : .dim
    let half = curve?.measurement(at: Self.shownLevel)
    let groups = state.structure?.groups.groups ?? []
    let names = coupled.groups.filter(groups.indices.contains).map { groups[$0].name }.filter { !$0.isEmpty }
    return Table.Row(
      [
        .text(String(index + 1), .dim),
        .text(label, base),
        .text(String(coupled.layer.kernels), base),
        .text(
          coupled.isPrunable ? AmountText.percent(asked.rounded()) : "", asked > 0 ? .role(.changed) : .dim),
        curve.map {
          .sparkline(sparkline(state, $0), .role($0.isComplete ? .graph : .graphSecond), range: range)
        } ?? .text(""),
      ]
        + (hasAccuracy(state) ? [.spans(accuracyFall(half, from: curve?.baseline, style))] : [])
        + [
          .text(
            lossRise(half, from: curve?.baseline, losses) ?? (coupled.isPrunable ? Quantity.missing : ""),
            curve == nil ? .dim : style),
          .text(
            coupled.isPrunable ? names.joined(separator: " ") : coupled.reason?.label ?? "fixed",
            coupled.isPrunable ? .dim : .role(.pinned)),
        ], mark: coupled.isPrunable ? " " : "=", markStyle: .role(.pinned))
  }

  /// Whether the curves speak of accuracy.
  private static func hasAccuracy(_ state: ProgramState) -> Bool {
    measured(state)?.curves.contains { $0.baseline?.top1 != nil } ?? true
  }

  /// What a row's curve shows, from 0 % on: accuracy where there are classes, else the loss.
  private static func sparkline(_ state: ProgramState, _ curve: SensitivityTable.Curve) -> [Double] {
    curve.points.map { hasAccuracy(state) ? $0.measurement.top1 ?? .nan : $0.measurement.loss }
  }

  /// One range for all rows, so that they can be compared.
  private static func sparklineRange(_ state: ProgramState) -> ClosedRange<Double>? {
    let values = (measured(state)?.curves ?? []).flatMap({ sparkline(state, $0) }).filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else { return nil }
    return low...high
  }

  /// `−3.1`: points of accuracy lost.
  private static func accuracyFall(
    _ now: SensitivityTable.Measurement?, from before: SensitivityTable.Measurement?, _ style: Style
  ) -> [Span] {
    guard let now = now?.top1, let before = before?.top1 else { return [] }
    let points = 100 * (now - before)
    if abs(points) < 0.05 { return [Span("same", .dim)] }
    let text = (points < 0 ? "−" : "+") + Quantity.fixed(abs(points), digits: 1)
    guard points < -1 else { return [Span(text, style: style)] }
    return [Span(text, points < -5 ? .error : .warning)]
  }

  private static func lossRise(
    _ now: SensitivityTable.Measurement?, from before: SensitivityTable.Measurement?,
    _ numbers: Quantity.Column
  ) -> String? {
    guard let now = now?.loss, let before = before?.loss else { return nil }
    guard now.isFinite else { return Quantity.significant(now, digits: 3) }
    let text = numbers.text(abs(now - before))
    return text.hasPrefix("<") ? text : (now < before ? "−" : "+") + text
  }

  /// How the losses of the table are written.
  private static func lossColumn(_ state: ProgramState) -> Quantity.Column {
    let rises = (measured(state)?.curves ?? []).compactMap { curve -> Double? in
      guard let before = curve.baseline?.loss, let now = curve.measurement(at: shownLevel)?.loss else {
        return nil
      }
      return abs(now - before)
    }
    return Quantity.Column(largest: rises.filter(\.isFinite).max() ?? 0)
  }

  /// What the line above the footer says of the selected layer's curve.
  static func standingMessage(_ state: ProgramState) -> String? {
    guard let index = state.layers.selectedLayer, let coupled = state.selectedCoupledLayer, coupled.isPrunable
    else {
      return nil
    }
    guard let curve = curve(state, of: index), let before = curve.baseline,
      let half = curve.measurement(at: Self.shownLevel)
    else {
      if state.engine.data == nil {
        return "Curves are measured on data, and there are none: d chooses some."
      }
      return state.engine.activity?.kind == .sensitivity
        ? "\(coupled.layer.name) is measured in its turn."
        : "Enter measures what pruning each layer by itself does."
    }
    var text = "\(coupled.layer.name) at 50%: "
    if let a = before.top1, let b = half.top1 {
      text += "accuracy \(Quantity.fixed(100 * a, digits: 1)) → \(Quantity.percent(b, digits: 1)), "
    }
    text += "loss \(Quantity.precise(before.loss, digits: 3)) → \(Quantity.precise(half.loss, digits: 3)), "
    return text + "\(Quantity.grouped(before.examples)) examples" + (curve.isComplete ? "" : " so far")
  }

  // MARK: Plots

  /// The part of the pane that the table takes.
  static func tableArea(_ state: ProgramState, in inside: Rectangle) -> Rectangle {
    var area = inside
    if inside.width >= Self.besideColumns {
      area.width = inside.width * 11 / 20
    } else if inside.height >= 15 {
      area.height = inside.height - min(14, inside.height * 5 / 9)
    }
    return area
  }

  /// Draws the selected layer's curves beside the table, or below it.
  static func drawRest(
    _ state: ProgramState, into grid: inout Grid, beside table: Rectangle, in inside: Rectangle
  ) {
    let isBeside = table.width < inside.width
    let area =
      isBeside
      ? Rectangle(
        x: table.endX + 2, y: inside.y, width: inside.endX - table.endX - 2, height: inside.height)
      : Rectangle(x: inside.x, y: table.endY, width: inside.width, height: inside.endY - table.endY)
    guard area.height >= 5, area.width >= 20 else { return }
    guard let index = state.layers.selectedLayer, let coupled = state.selectedCoupledLayer,
      let curve = curve(state, of: index)
    else {
      if measured(state) != nil || state.engine.structure.value != nil {
        grid.write(absence(state), in: area.row(area.height / 2), alignment: .center, style: .dim)
      }
      return
    }
    let asked = Percentages.asked(state, of: coupled)
    let loss = lossPlot(curve, asked)
    guard let accuracy = accuracyPlot(state, curve, asked) else { return loss.draw(into: &grid, in: area) }
    let parts =
      isBeside
      ? area.split(vertically: [.flexible(), .flexible()])
      : area.split(horizontally: [.flexible(), .fixed(2), .flexible()])
    accuracy.draw(into: &grid, in: parts[0])
    loss.draw(into: &grid, in: parts[parts.count - 1])
  }

  private static func absence(_ state: ProgramState) -> String {
    guard let coupled = state.selectedCoupledLayer else { return "" }
    return coupled.isPrunable ? "no curve yet" : "its kernels cannot go, so there is no curve"
  }

  private static func accuracyPlot(_ state: ProgramState, _ curve: SensitivityTable.Curve, _ asked: Double)
    -> Plot?
  {
    guard hasAccuracy(state), let before = curve.baseline?.top1 else { return nil }
    let all = (measured(state)?.curves ?? []).flatMap(\.points).compactMap(\.measurement.top1).map {
      100 * $0
    }
    guard let low = all.min(), let high = all.max() else { return nil }
    let now = curve.measurement(at: asked)?.top1
    return plot(
      curve.points.map { .init($0.level, 100 * ($0.measurement.top1 ?? .nan)) }, low...max(high, low + 1),
      asked,
      title: "accuracy %",
      note: now.map { (Quantity.fixed(100 * before, digits: 1), Quantity.fixed(100 * $0, digits: 1)) },
      digits: 1)
  }

  private static func lossPlot(_ curve: SensitivityTable.Curve, _ asked: Double) -> Plot {
    let losses = curve.points.map(\.measurement.loss).filter(\.isFinite)
    let (low, high) = (losses.min() ?? 0, losses.max() ?? 1)
    let now = curve.measurement(at: asked)?.loss
    return plot(
      curve.points.map { .init($0.level, $0.measurement.loss) },
      low...max(high, low + 1e-6 + abs(low) * 0.05),
      asked, title: "loss",
      note: (curve.baseline?.loss).flatMap { before in
        now.map { (Quantity.precise(before, digits: 3), Quantity.precise($0, digits: 3)) }
      }, digits: nil)
  }

  /// A curve over the share that goes, with the share that is asked for marked by a line.
  ///
  /// - Parameters:
  ///   - note: the value before and at the share that is asked for.
  ///   - digits: behind the point at the axis; three significant ones where `nil`.
  private static func plot(
    _ points: [Plot.Location], _ range: ClosedRange<Double>, _ asked: Double, title: String,
    note: (String, String)?, digits: Int?
  ) -> Plot {
    let end = points.last?.x ?? 100
    var series = [Plot.Series("", points)]
    if asked > 0, asked <= end {
      let line = [Plot.Location(asked, range.lowerBound), .init(asked, range.upperBound)]
      series.insert(Plot.Series("", line, style: .role(.changed)), at: 0)
    }
    var text = title
    if asked > 0, let note { text += "  \(note.0) → \(note.1) at \(AmountText.percent(asked))" }
    var plot = Plot(series, xRange: 0...max(end, 1), yRange: range, xTitle: "% gone", yTitle: text)
    plot.xLabel = { Quantity.fixed($0, digits: 0) }
    if let digits { plot.yLabel = { Quantity.fixed($0, digits: digits) } }
    return plot
  }
}
