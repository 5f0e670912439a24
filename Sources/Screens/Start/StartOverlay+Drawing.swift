internal import Errors
package import TerminalUI

extension StartOverlay {
  /// Columns from which the preview stands beside the list.
  private static let wideColumns = 64

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    grid.cursor = nil
    grid.fill(area)
    let inside = grid.box(area, title: "Open", note: "t begins a tour", isFocused: true)
      .inset(horizontal: 1, vertical: 0)
    let isWide = inside.width >= Self.wideColumns
    // Beside one another where there is room; else the list above what is said of its row.
    let parts =
      isWide
      ? inside.split(horizontally: [.flexible(weight: 6), .flexible(weight: 5)], gap: 3)
      : inside.split(vertically: [.flexible(weight: 6), .flexible(weight: 5)], gap: 1)
    if isWide {
      grid.verticalLine(x: parts[1].x - 2, y: inside.y, length: inside.height)
    } else {
      grid.horizontalLine(x: inside.x, y: parts[1].y - 1, length: inside.width)
    }
    var list = parts[0]
    if let field {
      let rows = list.split(vertically: [.fixed(1), .flexible()])
      let start = grid.write("File ", x: rows[0].x, y: rows[0].y, style: .role(.title))
      let room = Rectangle(x: start, y: rows[0].y, width: rows[0].endX - start, height: 1)
      field.draw(into: &grid, in: room)
      list = rows[1]
    }
    drawList(into: &grid, in: list)
    let lines = previewLines(state, grid.glyphs).flatMap { ScrollText.wrap($0, width: parts[1].width) }
    for (row, line) in lines.prefix(parts[1].height).enumerated() { grid.write(line, in: parts[1].row(row)) }
  }

  // MARK: The list

  private enum Line {
    case heading(String)
    case choice(Int)
    case text(String)
  }

  private var lines: [Line] {
    if field != nil {
      return found.isEmpty
        ? [.text("No model and no folder begins like this.")] : found.indices.map { .choice($0) }
    }
    guard let entries else { return [.text("Looking for what can be opened\u{2026}"), .choice(0)] }
    var lines: [Line] = []
    for (kind, title) in [
      (StartEntry.Kind.sample, "Samples"), (.recent, "Recent"), (.file, "In this folder"),
    ] {
      let places = entries.indices.filter { entries[$0].kind == kind }
      if places.isEmpty { continue }
      lines.append(.heading(title))
      lines += places.map { .choice($0) }
    }
    return lines + [.heading("Files"), .choice(entries.count)]
  }

  private func drawList(into grid: inout Grid, in area: Rectangle) {
    let lines = lines
    let place = lines.firstIndex { if case .choice(selected) = $0 { true } else { false } } ?? 0
    let offset = max(0, min(place - area.height / 2, lines.count - area.height))
    let choices = choices
    for (row, line) in lines.dropFirst(offset).prefix(area.height).enumerated() {
      switch line {
      case .heading(let title): grid.write(title, in: area.row(row), style: .role(.title))
      case .text(let text): grid.write(text, in: area.row(row), style: .dim)
      case .choice(let index) where choices.indices.contains(index):
        draw(choices[index], isSelected: index == selected, into: &grid, in: area.row(row))
      case .choice: break
      }
    }
  }

  private func draw(_ choice: Choice, isSelected: Bool, into grid: inout Grid, in row: Rectangle) {
    let style: Style = isSelected ? .role(.selection) : .text
    grid.fill(row, style: style)
    if isSelected { grid.put(grid.glyphs.selector, x: row.x, y: row.y, style: style) }
    let place = Rectangle(x: row.x + 2, y: row.y, width: row.width - 2, height: 1)
    guard case .entry(let entry) = choice else {
      return grid.write("another file\u{2026}", in: place, style: style)
    }
    // What tells two of one name apart gives way to the name, and the time stands whole.
    let time = entry.lastUsed.map(Moment.text) ?? ""
    let columns = place.split(horizontally: [.flexible(), .fixed(time.columns)], gap: 1)
    let (folder, name) = entry.nameParts
    if field != nil {
      let path = entry.path.truncatedInMiddle(toColumns: place.width, ellipsis: grid.glyphs.ellipsis)
      return grid.write(path, in: place, style: style)
    }
    let shown = name.truncatedInMiddle(toColumns: columns[0].width, ellipsis: grid.glyphs.ellipsis)
    let end = grid.write(shown, x: columns[0].x, y: row.y, style: style, clip: columns[0])
    if entry.kind == .recent, columns[0].endX - end > 8 {
      let rest = Rectangle(x: end + 2, y: row.y, width: columns[0].endX - end - 2, height: 1)
      let text = folder.truncatedInMiddle(toColumns: rest.width, ellipsis: grid.glyphs.ellipsis)
      grid.write(text, in: rest, style: isSelected ? style : .dim)
    }
    grid.write(time, in: columns[1], alignment: .right, style: isSelected ? style : .dim)
  }

  // MARK: The preview

  private func previewLines(_ state: ProgramState, _ glyphs: Glyphs) -> [[Span]] {
    if let opening {
      return [
        [Span(StartEntry(.file, path: opening).nameParts.name, .title)], [Span("Opening\u{2026}", .changed)],
      ]
    }
    guard let entry = selectedEntry else {
      if entries == nil, field == nil { return [] }
      let text =
        field == nil
        ? "Enter, or o, and a path. Tab completes it, and what it leads to is shown here."
        : "Enter goes into a folder. A shape may stand behind a path whose file leaves it open: net.onnx 1x3x224x224"
      return [[Span(text, .dim)]]
    }
    let title = [Span(entry.nameParts.name, .title)]
    switch previews[entry] {
    case nil: return [title, [Span("Reading\u{2026}", .dim)]]
    case .failure(let error):
      let mark = String(Character(glyphs.failure))
      return [title, [Span("\(mark) \(error.sentence)", .error)], [Span(error.remedy)]]
    case .success(let preview): return [title] + Self.lines(of: preview)
    }
  }

  private static func lines(of preview: ModelPreview) -> [[Span]] {
    let model = preview.model
    var lines = [
      [Span("\(model.format), \(Quantity.bytes(model.bytes))")],
      [Span("input \(model.input)")],
      [Span("\(count(preview.layers, "layer")), \(preview.prunableLayers) prunable")],
      [Span("\(count(preview.removableKernels, "kernel")) can go")],
      [
        Span(
          "\(Quantity.count(preview.parameters)) parameters, \(Quantity.count(preview.multiplyAccumulates)) MACs"
        )
      ], [],
    ]
    guard let session = preview.session else {
      return lines + [[Span("Nothing was kept of it yet. Enter opens it.", .dim)]]
    }
    let when = session.lastUsed.map { " of " + Moment.text($0) } ?? ""
    lines.append([Span("Session\(when), \(Quantity.bytes(session.bytes))", .title)])
    lines.append([Span(count(session.iterations, "iteration"))])
    if let best = session.best {
      let accuracy = Quantity.percent(best.accuracy, digits: 1)
      lines.append([Span("best: iteration \(best.id), \(accuracy) right")])
    }
    lines.append([Span("Enter goes on with iteration \(session.current).", .dim)])
    return lines
  }

  private static func count(_ number: Int, _ word: String) -> String {
    "\(Quantity.grouped(number)) \(word)\(number == 1 ? "" : "s")"
  }
}

extension StartEntry {
  /// The folder that the model stands in, and its file's name.
  fileprivate var nameParts: (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }
}
