internal import TerminalUI

/// The sheet as a table: a column a figure.
extension IterationsScreen {
  /// What stands in a column.
  private enum Column: Hashable {
    case figure(IterationFigure)
    /// What became of the accuracy, or of the loss, since the iteration that it was made from.
    case sinceParent
    /// The same since the original.
    case sinceOriginal
    /// Whether the iteration is on the front of what is plotted.
    case front

    var id: String {
      switch self {
      case .figure(let figure): figure.rawValue
      case .sinceParent: "since"
      case .sinceOriginal: "original"
      case .front: "front"
      }
    }
  }

  /// What rows are made of, worked out once a table.
  private struct Sheet {
    let sheet: IterationSheet
    let state: ProgramState
    let columns: [Column]
    let front: Set<Int>
    let glyphs: Glyphs
    let known: [Int: IterationSummary]
    let original: IterationSummary?
    /// The columns of the titles; as many as they like until that is known.
    var titleWidth = 1_000
  }

  /// The sheet, or the tree, as a table of so many columns.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let rows = rows(state)
    let columns = columns(state)
    var sheet = Sheet(
      sheet: state.iterationSheet, state: state, columns: columns, front: front(state),
      glyphs: state.usesASCII ? .ascii : .unicode,
      known: Dictionary(
        state.engine.iterations.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
      original: state.engine.iterations.first { $0.parent == nil })
    var layout = columns.map { tableColumn($0, state) }
    if let title = columns.firstIndex(of: .figure(.title)) {
      let longest = rows.map { Self.title($0, sheet).columns }.max() ?? 0
      layout[title].idealWidth = max(layout[title].minimumWidth, longest)
    }
    let bare = Table(columns: layout, rowCount: 0) { _ in Table.Row([]) }
    sheet.titleWidth = bare.width(of: IterationFigure.title.rawValue, in: width)
    let sort = state.iterations.sort.map {
      Table.Sort(column: $0.rawValue, isAscending: state.iterations.isAscending)
    }
    return Table(columns: layout, rowCount: rows.count, sort: sort, placeholder: "No model is open.") {
      row(rows[$0], sheet)
    }
  }

  // MARK: Columns

  /// The columns in their order; what no iteration has takes no room.
  private static func columns(_ state: ProgramState) -> [Column] {
    let (sheet, known) = (state.iterationSheet, state.knownWorths)
    var columns: [Column] = [.figure(.number), .figure(.title)]
    // Without labels nothing but the deviation says what an iteration is worth.
    if known != [.deviation] {
      columns += [.figure(.accuracy), .sinceParent]
      if state.engine.iterations.count > 1 { columns.append(.sinceOriginal) }
      columns.append(.figure(.loss))
    }
    if known.contains(.deviation) { columns.append(.figure(.deviation)) }
    columns += [.figure(.parameters), .figure(.macs), .figure(.latency)]
    if sheet.knows(.size) { columns.append(.figure(.size)) }
    if sheet.knows(.made) { columns.append(.figure(.made)) }
    if !front(state).isEmpty { columns.append(.front) }
    return columns
  }

  private static func tableColumn(_ column: Column, _ state: ProgramState) -> Table.Column {
    let (head, width, priority): (String, Int, Int)
    // The tree says what a step did, the sheet what is left of the original.
    let isTree = state.iterations.sort == nil
    switch column {
    case .figure(.number):
      (head, width, priority) = ("#", max(2, "\(state.engine.iterations.last?.id ?? 0)".count), 0)
    case .figure(.title): (head, width, priority) = ("ITERATION", 24, 0)
    case .figure(.accuracy): (head, width, priority) = ("ACCURACY", 8, 0)
    case .figure(.loss): (head, width, priority) = ("LOSS", 6, 6)
    case .figure(.deviation):
      // Beside an accuracy it says less.
      (head, width, priority) = ("DEVIATION", 9, state.knownWorths.contains(.accuracy) ? 4 : 0)
    case .figure(.parameters): (head, width, priority) = ("PARAMS", 7, 0)
    case .figure(.macs): (head, width, priority) = ("MACS", 7, 0)
    case .figure(.latency):
      let hasOthers = state.engine.iterations.contains { $0.latency != nil && state.seconds(of: $0) == nil }
      (head, width, priority) = ("LATENCY", hasOthers ? 9 : 7, 1)
    case .figure(.size): (head, width, priority) = ("FILE", 7, isTree ? 5 : 2)
    case .figure(.made): (head, width, priority) = ("MADE", 12, 8)
    case .sinceParent: (head, width, priority) = ("SINCE", 9, isTree ? 2 : 7)
    case .sinceOriginal: (head, width, priority) = ("VS 0", 9, isTree ? 7 : 5)
    case .front: (head, width, priority) = ("FRONT", 5, 3)
    }
    // The head stands whole beside the arrow.
    let isSorted = state.iterations.sort.map { column == .figure($0) } ?? false
    let least = max(width, head.columns + (isSorted ? 2 : 0))
    let isText = [.figure(.title), .sinceParent, .sinceOriginal, .front].contains(column)
    return Table.Column(
      column.id, head, .aligned(isText ? .left : .right), minimumWidth: least, dropPriority: priority,
      isFlexible: column == .figure(.title))
  }

  // MARK: Rows

  private static func row(_ row: IterationRow, _ sheet: Sheet) -> Table.Row {
    let isMarked = sheet.state.iterations.marked.contains(row.iteration.id)
    return Table.Row(sheet.columns.map { cell($0, row, sheet) }, mark: isMarked ? "*" : " ")
  }

  private static func cell(_ column: Column, _ row: IterationRow, _ sheet: Sheet) -> Table.Content {
    let iteration = row.iteration
    let isCurrent = iteration.id == sheet.state.engine.currentIteration
    let style: Style = isCurrent ? .role(.title) : .text
    switch column {
    case .figure(.title): return .spans(title(row, sheet))
    case .figure(.number): return .text("\(iteration.id)", .dim)
    case .sinceParent:
      let parent = iteration.parent.flatMap { sheet.known[$0] }
      return .spans(change(iteration.evaluation, since: parent?.evaluation))
    case .sinceOriginal:
      return .spans(
        iteration.parent == nil ? [] : change(iteration.evaluation, since: sheet.original?.evaluation))
    case .front:
      let mark = String(Character(frontMark(sheet.glyphs)))
      return .text(sheet.front.contains(iteration.id) ? mark : "", .role(.graphSecond))
    case .figure(let figure):
      guard let text = sheet.sheet.text(of: iteration, by: figure) else {
        return .text(Quantity.missing, .dim)
      }
      if figure == .latency, sheet.state.seconds(of: iteration) == nil { return .text(text, .dim) }
      if figure == .deviation, iteration.outputDeviation?.isLarge == true {
        return .text(text, .role(.warning))
      }
      return .text(text, figure == .loss || figure == .made ? .dim : style)
    }
  }

  /// The lines of the tree, what the iteration is called, and its state.
  private static func title(_ row: IterationRow, _ sheet: Sheet) -> [Span] {
    let (iteration, state) = (row.iteration, sheet.state)
    var title = [Span(row.branch(sheet.glyphs), .border)]
    var states: [Span] = []
    let isCurrent = iteration.id == state.engine.currentIteration
    if isCurrent { states.append(Span("  now", .success)) }
    if iteration.isWritten {
      states.append(Span("  written", .success))
    } else if let change = iteration.firstUnwrittenChange {
      states.append(Span("  written before \(change.name)", .warning))
    }
    if iteration.id == state.engine.training?.iteration { states.append(Span("  training", .changed)) }
    // What has a name goes by it; what was done stands below, and gives way to the state.
    let room = max(4, sheet.titleWidth - title.columns - states.columns)
    let label = (iteration.name ?? iteration.title).truncated(
      toColumns: room, ellipsis: sheet.glyphs.ellipsis)
    title.append(Span(label, style: isCurrent ? .role(.title) : .text))
    return title + states
  }

  /// What became of the accuracy, in points and in a word; without accuracies of the loss.
  private static func change(_ now: Evaluation?, since before: Evaluation?) -> [Span] {
    guard let now, let before else { return [] }
    guard let accuracy = now.accuracy, let earlier = before.accuracy else {
      guard before.loss > 0, now.loss.isFinite, abs(now.loss / before.loss - 1) >= 0.0005 else {
        return [Span("same", .dim)]
      }
      let text = Quantity.percent(abs(now.loss / before.loss - 1), digits: 1)
      return now.loss > before.loss ? [Span("rose \(text)", .warning)] : [Span("fell \(text)", .success)]
    }
    let points = 100 * (accuracy - earlier)
    if abs(points) < 0.05 { return [Span("same", .dim)] }
    let text = Quantity.fixed(abs(points), digits: 1)
    return points < 0
      ? [Span("fell \(text)", points < -1 ? .error : .warning)] : [Span("rose \(text)", .success)]
  }
}
