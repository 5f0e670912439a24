internal import TerminalUI

extension TimelineOverlay {
  /// Columns of the policies' names.
  private static let nameWidth = 20
  /// Lines for the selected cell, the one above them included.
  private static let detailRows = 8

  /// Draws the timeline over an area: epochs across, a row a policy, the selected cell's numbers below.
  mutating func draw(_ summary: TimelineSummary, into grid: inout Grid, in area: Rectangle) {
    grid.fill(area)
    let inside = grid.box(area, title: "Schedule \(summary.name)", note: Self.note(summary), isFocused: true)
    // The mark of the current epoch has a row where there is one to spare.
    let head = inside.height > 3 ? 2 : 1
    guard inside.height > head, inside.width > Self.nameWidth + 8 else { return }
    let epoch = shownEpoch(of: summary)
    row = min(row, max(0, summary.rows.count - 1))
    let width = inside.width - Self.nameWidth - 1
    let cell = [6, 3, 2].first { summary.epochs * $0 <= width } ?? (summary.epochs <= 40 ? 3 : 1)
    let visible = max(1, width / cell)
    offset = min(max(0, summary.epochs - visible), max(0, min(max(offset, epoch - visible + 1), epoch)))
    let below = inside.height > Self.detailRows + 4 ? Self.detailRows : max(0, inside.height - 4)
    let columns = (offset..<min(summary.epochs, offset + visible)).map {
      (epoch: $0, x: inside.x + Self.nameWidth + 1 + ($0 - offset) * cell)
    }
    drawHeading(summary, columns, cell, hasMark: head > 1, into: &grid, in: inside)
    let count = max(0, inside.height - head - below)
    let first = max(0, min(row - count + 1, summary.rows.count - count))
    for (line, index) in (first..<min(summary.rows.count, first + count)).enumerated() {
      drawRow(
        summary, index, columns, cell, y: inside.y + head + line, selected: epoch, into: &grid, in: inside)
    }
    guard below > 2 else { return }
    drawDetails(
      summary, epoch,
      into: &grid, in: Rectangle(x: inside.x, y: inside.endY - below, width: inside.width, height: below))
  }

  private static func note(_ summary: TimelineSummary) -> String {
    if summary.outcome != nil { return "through" }
    return
      "epoch \(summary.epoch), the last is \(summary.epochs - 1) · \(summary.isWaiting ? "waiting" : "running")"
  }

  /// Numbers of epochs where there is room, and a mark at the current one.
  private func drawHeading(
    _ summary: TimelineSummary, _ columns: [(epoch: Int, x: Int)], _ cell: Int, hasMark: Bool,
    into grid: inout Grid, in area: Rectangle
  ) {
    grid.write("EPOCH", x: area.x + 1, y: area.y, style: .role(.header))
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500].first { $0 * cell > "\(summary.epochs)".count } ?? 1000
    for (epoch, x) in columns {
      if epoch % step == 0 { grid.write("\(epoch)", x: x, y: area.y, style: .role(.header), clip: area) }
      if hasMark, epoch == summary.epoch, summary.outcome == nil {
        grid.put(grid.glyphs.arrowDown, x: x, y: area.y + 1, style: .role(.changed))
      }
    }
  }

  private func drawRow(
    _ summary: TimelineSummary, _ index: Int, _ columns: [(epoch: Int, x: Int)], _ cell: Int, y: Int,
    selected: Int, into grid: inout Grid, in area: Rectangle
  ) {
    let policy = summary.rows[index]
    let isSelected = index == row
    if isSelected { grid.put(grid.glyphs.selector, x: area.x, y: y, style: .role(.title)) }
    grid.write(
      policy.name, in: Rectangle(x: area.x + 1, y: y, width: Self.nameWidth - 1, height: 1),
      style: isSelected ? .role(.title) : .text)
    for (epoch, x) in columns {
      let isCursor = isSelected && epoch == selected
      let found = policy.cells[epoch]
      let text =
        found.map { cell >= 5 ? $0.text : Self.short($0, policy.kind, cell) } ?? (isCursor ? "·" : "")
      let style: Style =
        isCursor
        ? .role(.selection) : epoch < summary.epoch ? .dim : policy.kind == .remover ? .role(.cut) : .text
      grid.write(text, x: x, y: y, style: style, clip: area)
    }
  }

  /// Two digits of a share, or one; else the sign of what acts.
  private static func short(_ cell: TimelineSummary.Cell, _ kind: TimelineSummary.Kind, _ width: Int)
    -> String
  {
    guard kind == .pruner, let share = Int(cell.text.prefix { $0.isNumber }) else { return String(kind.sign) }
    return width >= 3 ? "\(share)" : "\(min(9, share / 10))"
  }

  private func drawDetails(
    _ summary: TimelineSummary, _ epoch: Int, into grid: inout Grid, in area: Rectangle
  ) {
    grid.horizontalLine(x: area.x, y: area.y, length: area.width)
    func line(_ number: Int) -> Rectangle {
      Rectangle(x: area.x + 1, y: area.y + 1 + number, width: area.width - 2, height: 1)
    }
    guard summary.rows.indices.contains(row) else { return }
    let policy = summary.rows[row]
    grid.write(
      [Span("epoch \(epoch)  ", .title), Span(policy.name), Span("  \(policy.className)", .dim)], in: line(0))
    let rows = area.height - 2
    var lines = policy.cells[epoch]?.details ?? ["does nothing at this epoch"]
    if lines.count >= rows, rows > 1 {
      lines = lines.prefix(rows - 2) + ["and \(lines.count - rows + 2) more"]
    }
    for (number, text) in lines.enumerated() { grid.write(text, in: line(1 + number)) }
    if let outcome = summary.outcome {
      grid.write(outcome, in: line(rows), style: .role(.success))
    } else if summary.results.indices.contains(epoch) {
      grid.write(summary.results[epoch], in: line(rows), style: .role(.changed))
    }
  }
}
