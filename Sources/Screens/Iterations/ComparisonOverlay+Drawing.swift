internal import Pruning
package import TerminalUI

extension ComparisonOverlay {
  /// Columns of the figures' names.
  private static let nameColumns = 12
  /// Columns in which a figure and what became of it have room.
  private static let columnsWithChange = 20

  /// Draws iterations side by side: figures, layers, curves.
  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let shown = iterations.compactMap(state.iteration)
    guard shown.count == iterations.count else { return }
    grid.cursor = nil
    grid.fill(area)
    let rows = rows
    let differing = rows.count { $0.fate != .same }
    let note = isCompared ? "\(differing) of \(rows.count) layers differ" : "comparing…"
    let names = iterations.map(String.init)
    let title = "Iterations \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
    let inside = grid.box(area, title: title, note: note, isFocused: true).inset(horizontal: 1, vertical: 0)
    let isWide = inside.width >= ScreenLayout.wideColumns - 4 && shown.contains { !$0.trainings.isEmpty }
    let columns =
      isWide ? inside.split(horizontally: [.flexible(weight: 6), .flexible(weight: 5)], gap: 2) : [inside]
    let figures = figures(state, of: shown)
    let parts = columns[0].split(vertically: [.fixed(figures.count + 1), .fixed(1), .flexible()])
    drawFigures(state, figures, of: shown, into: &grid, in: parts[0])
    if isWide || !showsCurves {
      drawLayers(rows, into: &grid, line: parts[1], table: parts[2])
    } else {
      grid.horizontalLine(x: parts[1].x, y: parts[1].y, length: parts[1].width)
      Self.drawCurves(of: shown, into: &grid, in: parts[2])
    }
    if isWide { Self.drawCurves(of: shown, into: &grid, in: columns[1]) }
  }

  // MARK: Figures

  /// The figures that one of them has.
  private func figures(_ state: ProgramState, of shown: [IterationSummary]) -> [IterationFigure] {
    let sheet = state.iterationSheet
    let all: [IterationFigure] = [
      .accuracy, .loss, .deviation, .parameters, .macs, .latency, .size,
    ]
    return all.filter { figure in shown.contains { sheet.text(of: $0, by: figure) != nil } }
  }

  private static func name(of figure: IterationFigure) -> String {
    figure == .size ? "File" : figure.title.capitalizedFirst
  }

  private func drawFigures(
    _ state: ProgramState, _ figures: [IterationFigure], of shown: [IterationSummary], into grid: inout Grid,
    in area: Rectangle
  ) {
    let sheet = state.iterationSheet
    // Of two there is room to say what became of each figure; of more, where columns are wide.
    let isPair = shown.count == 2
    var area = area
    area.width = min(area.width, Self.nameColumns + 34 * shown.count + 14)
    let slots = area.split(
      horizontally: [.fixed(Self.nameColumns)] + shown.map { _ in .flexible() }
        + (isPair ? [.fixed(13)] : []), gap: 1)
    for (index, iteration) in shown.enumerated() {
      let slot = slots[index + 1].row(0)
      let isSelected = index == selected
      if isSelected { grid.fill(slot, style: .role(.selection)) }
      let label = iteration.name ?? iteration.title
      // A number stands whole.
      let head = slot.width > "\(iteration.id)".count + 8 ? "\(iteration.id) \(label)" : "\(iteration.id)"
      grid.write(head, in: slot, alignment: .right, style: .role(isSelected ? .selection : .header))
    }
    for (row, figure) in figures.enumerated() {
      grid.write(Self.name(of: figure), in: slots[0].row(row + 1), style: .role(.header))
      let values = shown.map { sheet.value(of: $0, by: figure) }
      for (index, iteration) in shown.enumerated() {
        let text = sheet.text(of: iteration, by: figure) ?? Quantity.missing
        var spans = [Span(text, style: Self.isBest(index, values, figure) ? .role(.success) : .text)]
        if !isPair, index > 0, slots[1].width >= Self.columnsWithChange {
          spans = Self.change(figure, values[0], values[index]) + [Span("  ")] + spans
        }
        grid.write(spans, in: slots[index + 1].row(row + 1), alignment: .right)
      }
      if isPair {
        let change = Self.change(figure, values[0], values[1])
        grid.write(change, in: slots[3].row(row + 1), alignment: .right)
      }
    }
  }

  /// Whether no other of several different values is better.
  private static func isBest(_ index: Int, _ values: [Double?], _ figure: IterationFigure) -> Bool {
    guard values.count > 2, let value = values[index] else { return false }
    let known = values.compactMap { $0 }
    let best = figure == .accuracy ? known.max() : known.min()
    return value == best && known.contains { $0 != value }
  }

  /// What became of a figure: in points and in a word of what networks are worth, in per cent of what they cost.
  private static func change(_ figure: IterationFigure, _ one: Double?, _ other: Double?) -> [Span] {
    guard let one, let other else { return [] }
    switch figure {
    case .accuracy:
      if abs(other - one) < 0.05 { return [Span("same", .dim)] }
      let text = Quantity.fixed(abs(other - one), digits: 1)
      return [Span(other < one ? "fell \(text)" : "rose \(text)", other < one ? .error : .success)]
    case .deviation:
      if abs(other - one) < 0.0005 { return [Span("same", .dim)] }
      return [Span(other > one ? "rose" : "fell", other > one ? .warning : .success)]
    default:
      if one == other { return [Span("same", .dim)] }
      return [Span(Quantity.change(from: one, to: other, digits: 1), .changed)]
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
    let placeholder =
      !isCompared
      ? "Comparing…"
      : filter.text.isEmpty
        ? "There are no layers." : "No layer contains \"\(filter.text)\"."
    let isPair = iterations.count == 2
    var columns = isPair ? Self.pairColumns : widthColumns
    columns[0].idealWidth = max(columns[0].minimumWidth, rows.map(\.name.columns).max() ?? 0)
    let layers = Table(columns: columns, rowCount: rows.count, placeholder: placeholder) {
      let layer = rows[$0]
      let isSame = layer.fate == .same
      let name = Table.Content.text(layer.name, isSame ? .dim : .text)
      let fate = Table.Content.text(
        layer.fate.rawValue, isSame ? .dim : .role(layer.fate == .retrained ? .warning : .changed))
      return Table.Row([name] + (isPair ? Self.pairCells(layer) : Self.widthCells(layer)) + [fate])
    }
    var area = table
    area.width = min(area.width, max(40, layers.idealWidth))
    layers.draw(into: &grid, in: area, state: &list, isFocused: !isFiltering)
  }

  private static let fateColumn = Table.Column("fate", "", minimumWidth: 9, dropPriority: 2)

  private static let pairColumns: [Table.Column] = [
    .init("name", "LAYER", minimumWidth: 12, isFlexible: true),
    .init("kernels", "KERNELS", .aligned(.right), minimumWidth: 9),
    .init("parameters", "PARAMS", .aligned(.right), minimumWidth: 13),
    .init("macs", "MACS", .aligned(.right), minimumWidth: 13, dropPriority: 1),
    fateColumn,
  ]

  /// A column an iteration, for the widths.
  private var widthColumns: [Table.Column] {
    [.init("name", "LAYER", minimumWidth: 12, isFlexible: true)]
      + iterations.map { id in
        .init("\(id)", "KERN \(id)", .aligned(.right), minimumWidth: max(7, "KERN \(id)".count))
      } + [Self.fateColumn]
  }

  private static func pairCells(_ layer: ComparedLayer) -> [Table.Content] {
    func amount(_ value: (ComparedLayer.Size) -> Int, _ format: (Int) -> String) -> Table.Content {
      // What only one of them has becomes something, or nothing.
      let change = Change(layer.sizes[0].map(value) ?? 0, layer.sizes[1].map(value) ?? 0)
      let (before, after) = ChangeText.pair(change, format)
      return .spans(
        (before.map { [Span($0 + "→", .dim)] } ?? []) + [Span(after, before == nil ? .dim : .changed)])
    }
    return [
      amount(\.kernels) { "\($0)" }, amount(\.parameters) { Quantity.count($0) },
      amount(\.multiplyAccumulates) { Quantity.count($0) },
    ]
  }

  private static func widthCells(_ layer: ComparedLayer) -> [Table.Content] {
    let first = layer.sizes[0]?.kernels
    return layer.sizes.map { size in
      guard let size else { return .text(Quantity.missing, .dim) }
      return .text("\(size.kernels)", size.kernels == first ? .dim : .role(.changed))
    }
  }

  // MARK: Curves

  private static func drawCurves(of shown: [IterationSummary], into grid: inout Grid, in area: Rectangle) {
    let trained = shown.filter { !$0.trainings.isEmpty }
    guard !trained.isEmpty else {
      let text = shown.count == 2 ? "Neither of the two was trained." : "None of them was trained."
      grid.write(text, in: area.row(area.height / 2), alignment: .center, style: .dim)
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
        let roles: [Role] = [.graph, .graphSecond]
        let style = Style.role(index < roles.count ? roles[index] : .group(index))
        // The validations of all in one plot; more curves could not be told apart.
        series.append(.init("", points, style: style))
        series.append(.init("iteration \(iteration.id)", points, kind: .scatter, style: style))
      }
      var plot = Plot.training(series, quantity, epochs: epochs)
      plot.yTitle = "validation " + plot.yTitle
      // The others were not trained.
      if trained.count == 1 { plot.yTitle += " of iteration \(trained[0].id)" }
      plot.draw(into: &grid, in: part)
    }
  }
}
