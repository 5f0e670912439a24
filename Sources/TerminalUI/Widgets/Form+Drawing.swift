extension Form {
  /// Draws the form in the middle of an area, over what is there; returns where.
  ///
  /// Message and fields scroll where they do not fit: the field that has the focus, what is said of it and the buttons are
  /// always to be seen.
  @discardableResult
  package func draw(into grid: inout Grid, in area: Rectangle) -> Rectangle {
    let inner = min(idealWidth, area.width) - 4
    let wrapped = message.flatMap { ScrollText.wrap($0, width: inner) }
    let noteRows = noteRows(width: inner)
    let outcomeRows = outcome.flatMap { ScrollText.wrap($0, width: inner) }
    let below = noteRows + (outcomeRows.isEmpty ? 0 : outcomeRows.count + 1) + 1
    // Blank lines go first where there is no room.
    let blank = wrapped.count + fields.count + below + 2 <= area.height - 2 ? 1 : 0
    let gap = wrapped.isEmpty || fields.isEmpty ? 0 : blank
    let body = wrapped.count + gap + fields.count
    let fixed = below + blank
    let room = max(1, area.height - 2 - fixed)
    let focused = wrapped.count + gap + focus
    let offset =
      fields.indices.contains(focus)
      ? max(0, min(body - room, focused - room / 2)) : fields.isEmpty ? 0 : max(0, body - room)
    let shown = min(body, room)
    let frame = area.centered(width: idealWidth, height: shown + fixed + 2)
    grid.cursor = nil
    grid.fill(frame)
    let more = [offset > 0 ? grid.glyphs.arrowUp : nil, offset + shown < body ? grid.glyphs.arrowDown : nil]
    let note = body > room ? "more " + String(String.UnicodeScalarView(more.compactMap { $0 })) : ""
    let inside = grid.box(frame, title: title, note: note, isFocused: true).inset(horizontal: 1, vertical: 0)
    guard !inside.isEmpty else { return frame }
    for line in 0..<min(shown, inside.height) {
      let row = inside.row(line)
      let index = offset + line
      if index < wrapped.count {
        grid.write(wrapped[index], x: row.x, y: row.y, clip: inside)
      } else if fields.indices.contains(index - wrapped.count - gap) {
        draw(field: index - wrapped.count - gap, into: &grid, in: row)
      }
    }
    var y = inside.y + shown
    drawNote(
      into: &grid,
      in: Rectangle(x: inside.x, y: y, width: inside.width, height: noteRows).intersection(inside))
    y += noteRows + 1
    for row in outcomeRows where y < inside.endY - 1 {
      grid.write(row, x: inside.x, y: y, clip: inside)
      y += 1
    }
    drawButtons(into: &grid, in: inside.row(inside.height - 1))
    return frame
  }

  private func draw(field index: Int, into grid: inout Grid, in row: Rectangle) {
    let field = fields[index]
    let isFocused = index == focus
    let labelWidth = min(row.width / 2, (fields.map(\.label.columns).max() ?? 0) + 1)
    let parts = row.split(horizontally: [.fixed(labelWidth), .flexible()], gap: 1)
    let labelStyle = Style.role(field.problem == nil ? .text : .error, isFocused ? .bold : [])
    grid.write(field.label, in: parts[0], style: labelStyle)
    draw(field.value, into: &grid, in: parts[1], isFocused: isFocused)
  }

  private func draw(_ value: Value, into grid: inout Grid, in area: Rectangle, isFocused: Bool) {
    let style = Style.role(isFocused ? .field : .text)
    switch value {
    case .text(let field): field.draw(into: &grid, in: area, isFocused: isFocused)
    case .toggle(let isOn):
      let tick = isOn ? String(Character(grid.glyphs.tick)) : " "
      grid.write("[" + tick + "]", in: area, style: style)
    case .choice(let options, let selected):
      let text = options.indices.contains(selected) ? options[selected] : ""
      let (left, right) = (Character(grid.glyphs.arrowLeft), Character(grid.glyphs.arrowRight))
      grid.write(isFocused ? "\(left) \(text) \(right)" : "  \(text)", in: area, style: style)
    }
  }

  /// The rows that the longest hint takes: two at most, so that the form keeps its height while the focus moves.
  private func noteRows(width: Int) -> Int {
    fields.contains { ScrollText.wrap([Span($0.hint)], width: width).count > 1 } ? 2 : 1
  }

  /// Below the fields: the focused field's problem, else any problem, else the candidates or the hint.
  private func drawNote(into grid: inout Grid, in area: Rectangle) {
    let focused = fields.indices.contains(focus) ? fields[focus] : nil
    var note = Span("", .dim)
    if let problem = focused?.problem ?? fields.lazy.compactMap(\.problem).first {
      note = Span(String(Character(grid.glyphs.failure)) + " " + problem, .error)
    } else if let focused {
      note.text = focused.hint
      if case .text(let field) = focused.value, !field.candidates.isEmpty {
        note.text = field.candidates.joined(separator: "  ")
      }
    }
    guard area.height > 1 else { return grid.write([note], in: area) }
    for (line, row) in ScrollText.wrap([note], width: area.width).prefix(area.height).enumerated() {
      grid.write(row, in: area.row(line))
    }
  }

  private func drawButtons(into grid: inout Grid, in area: Rectangle) {
    let texts = buttons.enumerated().map { index, button -> Span in
      let key = button.key.map { $0.label(grid.glyphs) + " " } ?? ""
      let isFocused = index + fields.count == focus
      let style = Style.role(isFocused ? .selection : .text)
      return Span(isFocused ? "[ \(key)\(button.title) ]" : "  \(key)\(button.title)  ", style: style)
    }
    grid.write(Array(texts.map { [$0] }.joined(separator: [Span("  ")])), in: area, alignment: .right)
  }
}
