internal import TerminalUI

extension ProgramState {
  /// The tree of iterations as a table.
  func iterationsTable() -> Table {
    let rows = iterationRows
    let glyphs = usesASCII ? Glyphs.ascii : .unicode
    let columns: [Table.Column] = [
      .init("title", "ITERATION", minimumWidth: 16, isFlexible: true),
      .init("accuracy", "ACCURACY", .aligned(.right), minimumWidth: 8),
      .init("change", "SINCE", minimumWidth: 9, dropPriority: 3),
      .init("loss", "LOSS", .aligned(.right), minimumWidth: 6, dropPriority: 2),
      .init("parameters", "PARAMS", .aligned(.right), minimumWidth: 7),
      .init("macs", "MACS", .aligned(.right), minimumWidth: 7),
      .init("latency", "TIME", .aligned(.right), minimumWidth: 7, dropPriority: 1),
    ]
    let known = Dictionary(engine.iterations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return Table(columns: columns, rowCount: rows.count, placeholder: "No model is open.") { index in
      let row = rows[index]
      let iteration = row.iteration
      let isCurrent = iteration.id == self.engine.currentIteration
      let style: Style = isCurrent ? .role(.title) : .text
      var title = [
        Span(row.branch(glyphs), .border), Span("\(iteration.id) ", .dim),
        Span(iteration.title, style: style),
      ]
      if iteration.isSaved { title.append(Span("  written", .success)) }
      let parent = iteration.parent.flatMap { known[$0] }
      let accuracy = iteration.evaluation?.accuracy
      return Table.Row(
        [
          .spans(title),
          .text(
            accuracy.map { Quantity.percent($0, digits: 1) } ?? Quantity.missing,
            accuracy == nil ? .dim : style),
          .spans(Self.change(accuracy, since: parent?.evaluation?.accuracy)),
          .text(
            iteration.evaluation.map { Quantity.significant($0.loss, digits: 3) } ?? Quantity.missing, .dim),
          .text(Quantity.count(iteration.parameters), style),
          .text(Quantity.count(iteration.multiplyAccumulates), style),
          .text(
            iteration.latency.flatMap(Self.time) ?? Quantity.missing, iteration.latency == nil ? .dim : style),
        ], mark: isCurrent ? "*" : " ", markStyle: .role(.success))
    }
  }

  private static func time(_ seconds: Double) -> String? {
    seconds.isFinite && seconds < 1e6 ? ChangeText.time(Int(1e9 * seconds)) : nil
  }

  /// What became of the accuracy since the parent, in points and in a word.
  private static func change(_ accuracy: Double?, since before: Double?) -> [Span] {
    guard let accuracy, let before else { return [] }
    let points = 100 * (accuracy - before)
    if abs(points) < 0.05 { return [Span("same", .dim)] }
    let text = Quantity.fixed(abs(points), digits: 1)
    return points < 0
      ? [Span("fell \(text)", points < -1 ? .error : .warning)] : [Span("rose \(text)", .success)]
  }

  // MARK: Accuracy against MACs

  private var evaluatedIterations: [IterationSummary] {
    engine.iterations.filter { $0.evaluation?.accuracy != nil }
  }

  /// The rows that the plot below the tree takes; 0 where it has nothing to say or no room.
  func scatterRows(in inside: Rectangle) -> Int {
    guard evaluatedIterations.count > 1, inside.width >= 40 else { return 0 }
    let needed = 1 + iterationRows.count
    return inside.height - needed >= 10 ? min(16, inside.height - needed) : 0
  }

  /// Draws accuracy against MACs below the tree, with the iterations that no other one beats marked.
  func drawScatter(into grid: inout Grid, below table: Rectangle, in inside: Rectangle) {
    let area = Rectangle(x: inside.x, y: table.endY, width: inside.width, height: inside.endY - table.endY)
    guard area.height >= 8 else { return }
    let points = evaluatedIterations.compactMap { iteration in
      iteration.evaluation?.accuracy.map { (macs: Double(iteration.multiplyAccumulates), accuracy: 100 * $0) }
    }
    let front = points.filter { point in
      !points.contains {
        ($0.macs < point.macs && $0.accuracy >= point.accuracy)
          || ($0.macs <= point.macs && $0.accuracy > point.accuracy)
      }
    }
    var plot = Plot(
      [
        .init("iterations", points.map { .init($0.macs, $0.accuracy) }, kind: .scatter, style: .role(.graph)),
        .init("front", front.map { .init($0.macs, $0.accuracy) }, kind: .scatter, style: .role(.graphSecond)),
      ], xTitle: "MACs", yTitle: "accuracy %")
    plot.xLabel = { Quantity.count($0) }
    plot.draw(into: &grid, in: area)
  }
}
