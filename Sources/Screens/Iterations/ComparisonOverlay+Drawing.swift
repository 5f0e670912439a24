internal import Graph
internal import Pruning
package import TerminalUI

/// A layer of two networks that are compared.
struct ComparedLayer: Hashable {
  /// What became of it.
  enum Fate: String { case changed, retrained, removed, added, same }

  let name: String
  let fate: Fate
  let kernels: Change<Int>
  let parameters: Change<Int>
  let multiplyAccumulates: Change<Int>

  init(_ layer: NetworkComparison.Layer) {
    name = layer.name
    (kernels, parameters) = (layer.kernels, layer.parameters)
    multiplyAccumulates = layer.multiplyAccumulates
    fate = layer.hasOtherWeights ? .retrained : layer.isChanged ? .changed : .same
  }

  init(_ layer: Layer, _ fate: Fate) {
    name = layer.name
    self.fate = fate
    func change(_ amount: Int) -> Change<Int> { fate == .removed ? Change(amount, 0) : Change(0, amount) }
    kernels = change(layer.kernels)
    parameters = change(layer.parameters)
    multiplyAccumulates = change(layer.multiplyAccumulates)
  }
}

extension ComparisonOverlay {
  /// The layers that pass the filter: those that differ in shape first, then those with other weights, then the others.
  var rows: [ComparedLayer] {
    guard let networks else { return [] }
    let all =
      networks.layers.map(ComparedLayer.init) + networks.removed.map { ComparedLayer($0, .removed) }
      + networks.added.map { ComparedLayer($0, .added) }
    let needle = filter.text.lowercased()
    let shown = needle.isEmpty ? all : all.filter { $0.name.lowercased().contains(needle) }
    func isSame(_ layer: ComparedLayer) -> Bool { layer.fate == .same }
    func isRetrained(_ layer: ComparedLayer) -> Bool { layer.fate == .retrained }
    return shown.filter { !isSame($0) && !isRetrained($0) } + shown.filter(isRetrained) + shown.filter(isSame)
  }
}

extension ComparisonOverlay {
  /// Draws two iterations side by side: figures, layers, curves.
  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    guard let before = state.iteration(iterations.before),
      let after = state.iteration(iterations.after)
    else { return }
    grid.cursor = nil
    grid.fill(area)
    let rows = rows
    let differing = rows.count { $0.fate != .same }
    let note =
      networks == nil
      ? "comparing…" : "\(differing) of \(rows.count) layers differ"
    let inside = grid.box(
      area, title: "Iterations \(before.id) and \(after.id)", note: note, isFocused: true
    ).inset(horizontal: 1, vertical: 0)
    let isWide = inside.width >= ScreenLayout.wideColumns - 4
    let columns =
      isWide ? inside.split(horizontally: [.flexible(weight: 6), .flexible(weight: 5)], gap: 2) : [inside]
    let parts = columns[0].split(vertically: [.fixed(8), .fixed(1), .flexible()])
    Self.drawFigures(state, of: before, and: after, into: &grid, in: parts[0])
    if isWide || !showsCurves {
      drawLayers(rows, into: &grid, line: parts[1], table: parts[2])
    } else {
      grid.horizontalLine(x: parts[1].x, y: parts[1].y, length: parts[1].width)
      Self.drawCurves(of: before, and: after, into: &grid, in: parts[2])
    }
    if isWide { Self.drawCurves(of: before, and: after, into: &grid, in: columns[1]) }
  }

  // MARK: Figures

  private static func drawFigures(
    _ state: ProgramState, of before: IterationSummary, and after: IterationSummary, into grid: inout Grid,
    in area: Rectangle
  ) {
    func points(_ one: Double?, _ other: Double?) -> [Span] {
      guard let one, let other else { return [] }
      let change = 100 * (other - one)
      if abs(change) < 0.05 { return [Span("same", .dim)] }
      let text = Quantity.fixed(abs(change), digits: 1)
      return [Span(change < 0 ? "fell \(text)" : "rose \(text)", change < 0 ? .error : .success)]
    }
    func change(_ one: Double?, _ other: Double?) -> [Span] {
      guard let one, let other else { return [] }
      if one == other { return [Span("same", .dim)] }
      return [Span(Quantity.change(from: one, to: other, digits: 1), .changed)]
    }
    func rise(_ one: Double?, _ other: Double?) -> [Span] {
      guard let one, let other else { return [] }
      if abs(other - one) < 0.0005 { return [Span("same", .dim)] }
      return [Span(other > one ? "rose" : "fell", other > one ? .warning : .success)]
    }
    func text(_ value: Double?, _ format: (Double) -> String) -> String {
      value.map(format) ?? Quantity.missing
    }
    let (old, new) = (before.evaluation, after.evaluation)
    var rows: [(String, String, String, [Span])] = [
      (
        "Accuracy", text(old?.accuracy) { Quantity.percent($0, digits: 1) },
        text(new?.accuracy) { Quantity.percent($0, digits: 1) }, points(old?.accuracy, new?.accuracy)
      ),
      (
        "Loss", text(old?.loss) { Quantity.significant($0, digits: 3) },
        text(new?.loss) { Quantity.significant($0, digits: 3) }, change(old?.loss, new?.loss)
      ),
    ]
    let deviations = (before.outputDeviation, after.outputDeviation)
    if deviations.0 != nil || deviations.1 != nil {
      let compares =
        deviations.0?.measure == deviations.1?.measure || before.parent == nil || after.parent == nil
      func value(_ deviation: OutputDeviation?, of iteration: IterationSummary) -> Double? {
        iteration.parent == nil ? 0 : deviation?.value
      }
      rows.append(
        (
          "Deviation", deviations.0?.text ?? Quantity.missing, deviations.1?.text ?? Quantity.missing,
          compares ? rise(value(deviations.0, of: before), value(deviations.1, of: after)) : []
        ))
    }
    let amounts: [(String, (IterationSummary) -> Double?, (Double) -> String)] = [
      ("Parameters", { Double($0.parameters) }, { Quantity.count($0) }),
      ("MACs", { Double($0.multiplyAccumulates) }, { Quantity.count($0) }),
      ("Latency", { state.seconds(of: $0) }, ScatterAxis.latency.text),
      ("Weights", { Double($0.bytes) }, { Quantity.bytes(Int($0)) }),
    ]
    for (name, value, format) in amounts {
      let (one, other) = (value(before), value(after))
      rows.append((name, text(one, format), text(other, format), change(one, other)))
    }
    let slots: [Rectangle] = area.split(
      horizontally: [.fixed(12), .flexible(), .flexible(), .fixed(13)], gap: 1)
    let heads = [before, after].map { "\($0.id) \($0.name ?? $0.title)" }
    for (slot, head) in zip(slots[1...2], heads) {
      grid.write(head, in: slot.row(0), alignment: .right, style: .role(.header))
    }
    for (row, line) in rows.enumerated() {
      grid.write(line.0, in: slots[0].row(row + 1), style: .role(.header))
      grid.write(line.1, in: slots[1].row(row + 1), alignment: .right)
      grid.write(line.2, in: slots[2].row(row + 1), alignment: .right)
      grid.write(line.3, in: slots[3].row(row + 1), alignment: .right)
    }
  }

  // MARK: Layers

  private mutating func drawLayers(
    _ rows: [ComparedLayer], into grid: inout Grid, line: Rectangle,
    table: Rectangle
  ) {
    grid.horizontalLine(x: line.x, y: line.y, length: line.width)
    if isFiltering || !filter.text.isEmpty {
      let start = grid.write(" filter ", x: line.x + 1, y: line.y, style: .role(.title))
      let room = Rectangle(x: start, y: line.y, width: min(40, line.endX - start - 1), height: 1)
      filter.draw(into: &grid, in: room, isFocused: isFiltering)
    }
    let columns: [Table.Column] = [
      .init("name", "LAYER", minimumWidth: 12, isFlexible: true),
      .init("kernels", "KERNELS", .aligned(.right), minimumWidth: 9),
      .init("parameters", "PARAMS", .aligned(.right), minimumWidth: 13),
      .init("macs", "MACS", .aligned(.right), minimumWidth: 13, dropPriority: 1),
      .init("fate", "", minimumWidth: 9, dropPriority: 2),
    ]
    let placeholder =
      networks == nil
      ? "Comparing…"
      : filter.text.isEmpty
        ? "There are no layers." : "No layer contains \"\(filter.text)\"."
    func amount(_ change: Change<Int>, _ format: (Int) -> String) -> Table.Content {
      let (before, after) = ChangeText.pair(change, format)
      return .spans(
        (before.map { [Span($0 + "→", .dim)] } ?? []) + [Span(after, before == nil ? .dim : .changed)])
    }
    Table(columns: columns, rowCount: rows.count, placeholder: placeholder) { index in
      let layer = rows[index]
      let isSame = layer.fate == .same
      return Table.Row([
        .text(layer.name, isSame ? .dim : .text),
        amount(layer.kernels) { "\($0)" },
        amount(layer.parameters) { Quantity.count($0) },
        amount(layer.multiplyAccumulates) { Quantity.count($0) },
        .text(layer.fate.rawValue, isSame ? .dim : .role(layer.fate == .retrained ? .warning : .changed)),
      ])
    }.draw(into: &grid, in: table, state: &list, isFocused: !isFiltering)
  }

  // MARK: Curves

  private static func drawCurves(
    of before: IterationSummary, and after: IterationSummary, into grid: inout Grid, in area: Rectangle
  ) {
    let trained = [before, after].filter { !$0.trainings.isEmpty }
    guard !trained.isEmpty else {
      grid.write(
        "Neither of the two was trained.", in: area.row(area.height / 2), alignment: .center, style: .dim)
      return
    }
    let hasAccuracy = trained.contains { $0.trainings.contains(where: \.state.hasAccuracy) }
    let parts: [(TrainingCurves.Quantity, Rectangle)]
    if hasAccuracy, area.width >= 70 {
      parts = zip([.loss, .accuracy], area.split(horizontally: [.flexible(), .flexible()], gap: 2)).map { $0 }
    } else if hasAccuracy, area.height >= 16 {
      parts = zip([.loss, .accuracy], area.split(vertically: [.flexible(), .flexible()])).map { $0 }
    } else {
      parts = [(hasAccuracy ? .accuracy : .loss, area)]
    }
    for (quantity, part) in parts {
      var series: [Plot.Series] = []
      var epochs = 0.0
      for (index, iteration) in trained.enumerated() {
        let curves = TrainingCurves(iteration.trainings, quantity, points: 2 * part.width)
        epochs = max(epochs, curves.epochs)
        let points = curves.validation.isEmpty ? curves.training : curves.validation
        let style = Style.role(index == 0 ? .graph : .graphSecond)
        // The validations of both in one plot; four curves could not be told apart.
        series.append(.init("", points, style: style))
        series.append(.init("iteration \(iteration.id)", points, kind: .scatter, style: style))
      }
      var plot = Plot.training(series, quantity, epochs: epochs)
      plot.yTitle = "validation " + plot.yTitle
      // The other one was not trained.
      if trained.count == 1 { plot.yTitle += " of iteration \(trained[0].id)" }
      plot.draw(into: &grid, in: part)
    }
  }
}
