/// A list to choose from, in a frame of its own.
package struct Menu: Hashable, Sendable {
  /// Something to choose.
  package struct Item: Hashable, Sendable {
    /// The name it is known by.
    package var id: String
    /// What is written.
    package var title: String
    /// A key that chooses it at once.
    package var key: Key?
    /// What is written to the right, such as the present value.
    package var note: String
    /// Why it cannot be chosen; nil if it can.
    package var disabledReason: String?

    /// An item from its parts.
    package init(
      _ id: String, _ title: String, key: Key? = nil, note: String = "", disabledReason: String? = nil
    ) {
      self.id = id
      self.title = title
      self.key = key
      self.note = note
      self.disabledReason = disabledReason
    }
  }

  /// What an event did to the menu.
  package enum Outcome: Hashable, Sendable {
    /// The selection moved to the item with this name, for live previews.
    case moved(String)
    /// The item with this name was chosen.
    case chosen(String)
    /// The item cannot be chosen, for this reason.
    case refused(String)
    /// Escape.
    case cancelled
    /// Nothing happened.
    case ignored
  }

  /// The title in the frame.
  package var title: String
  /// The items, from top to bottom.
  package var items: [Item]
  /// The selection and what is visible.
  package var list: ListState
  private var page = 10

  /// A menu whose item of this name is selected first.
  package init(title: String, items: [Item], selected: String? = nil) {
    self.title = title
    self.items = items
    list = ListState(selected: items.firstIndex { $0.id == selected } ?? 0)
  }

  /// Takes an event: movements, Enter or Space, an item's own key, Escape, the wheel.
  package mutating func handle(_ event: Event) -> Outcome {
    switch event {
    case .key(let key):
      if key == .escape { return .cancelled }
      if let index = items.firstIndex(where: { $0.key == key }) {
        list.selected = index
        return choose()
      }
      if key == .enter || key == .space { return choose() }
      guard let movement = Movement(key) else { return .ignored }
      return list.move(movement, count: items.count, page: page) ? moved : .ignored
    case .mouse(let mouse) where mouse.action == .wheelUp || mouse.action == .wheelDown:
      let movement: Movement = mouse.action == .wheelUp ? .up : .down
      return list.move(movement, count: items.count, page: page) ? moved : .ignored
    default: return .ignored
    }
  }

  private var moved: Outcome {
    items.indices.contains(list.selected) ? .moved(items[list.selected].id) : .ignored
  }

  private func choose() -> Outcome {
    guard items.indices.contains(list.selected) else { return .ignored }
    let item = items[list.selected]
    return item.disabledReason.map { .refused($0) } ?? .chosen(item.id)
  }

  /// Draws the menu in the middle of an area; returns where.
  @discardableResult
  package mutating func draw(into grid: inout Grid, in area: Rectangle) -> Rectangle {
    func note(_ item: Item) -> String { item.disabledReason ?? item.note }
    let keyWidth = items.map { $0.key?.label(grid.glyphs).columns ?? 0 }.max() ?? 0
    let titleWidth = items.map(\.title.columns).max() ?? 0
    let noteWidth = items.map { note($0).columns }.max() ?? 0
    let width = max(title.columns, keyWidth + titleWidth + noteWidth + 4) + 6
    let frame = area.centered(width: width, height: items.count + 2)
    grid.cursor = nil
    grid.fill(frame)
    let inside = grid.box(frame, title: title, isFocused: true)
    page = max(1, inside.height)
    list = list.clamped(count: items.count, page: inside.height)
    for line in 0..<min(inside.height, items.count - list.offset) {
      let item = items[list.offset + line]
      let isSelected = list.offset + line == list.selected
      let row = inside.row(line)
      let style = isSelected ? Style.role(.selection) : item.disabledReason == nil ? .text : .dim
      grid.fill(row, style: style)
      if isSelected { grid.put(grid.glyphs.selector, x: row.x, y: row.y, style: style) }
      let x = row.x + 2
      let keyStyle = isSelected ? style : .role(item.disabledReason == nil ? .footerKey : .dim)
      grid.write(item.key?.label(grid.glyphs) ?? "", x: x, y: row.y, style: keyStyle, clip: row)
      let start = keyWidth > 0 ? x + keyWidth + 1 : x
      let end = grid.write(item.title, x: start, y: row.y, style: style, clip: row)
      let rest = Rectangle(x: end + 1, y: row.y, width: row.endX - end - 2, height: 1)
      grid.write(note(item), in: rest, alignment: .right, style: isSelected ? style : .dim)
    }
    return frame
  }

  /// The item under a click when the menu was drawn in `frame`.
  package func item(x: Int, y: Int, in frame: Rectangle) -> String? {
    let inside = frame.inset()
    guard inside.contains(x: x, y: y) else { return nil }
    let index = list.offset + y - inside.y
    return items.indices.contains(index) ? items[index].id : nil
  }
}
