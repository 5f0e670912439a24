/// One line of text that is being edited.
package struct TextField: Hashable, Sendable {
  /// What an event did to the field.
  package enum Outcome: Hashable, Sendable {
    /// The text or the cursor changed.
    case edited
    /// Enter was pressed.
    case submitted
    /// Escape was pressed.
    case cancelled
    /// The event is not for a text field.
    case ignored
  }

  /// The most scalars that typing and pasting make: what is longer is no path, name or number.
  package static let capacity = 4096

  /// The text.
  package var text: String {
    get { String(String.UnicodeScalarView(scalars)) }
    set {
      scalars = Array(newValue.unicodeScalars)
      cursor = scalars.count
    }
  }
  /// The cursor's place, in scalars from the start.
  package private(set) var cursor: Int
  /// What was submitted before, oldest first; up and down go through it.
  package var history: [String]
  /// What is shown while the field is empty.
  package var placeholder: String
  /// The candidates of the last completion, if there were several; to be shown near the field.
  package private(set) var candidates: [String] = []
  /// Whether a part of what was put in last had no room.
  package private(set) var isCut = false
  /// Whether all of the text is selected: what is typed next stands in its place.
  package private(set) var isSelected = false
  private var scalars: [Unicode.Scalar]
  private var recalled: Int?
  private var draft: [Unicode.Scalar] = []
  private var cycle: Int?

  /// A field with text, the cursor at its end.
  package init(_ text: String = "", placeholder: String = "", history: [String] = []) {
    scalars = Array(text.unicodeScalars)
    cursor = scalars.count
    self.placeholder = placeholder
    self.history = history
  }

  /// Selects all of the text.
  package mutating func selectAll() {
    isSelected = !scalars.isEmpty
    cursor = scalars.count
  }

  /// Takes an event. Every key is the field's, except those that it says it ignored.
  ///
  /// Known keys: arrows, Home and End or Control-A and -E, Backspace, Delete, Control-W (word), Control-U (to
  /// the start), Control-K (to the end), up and down (history), Tab (completion).
  ///
  /// - Parameter completions: The texts that may stand instead of the text before the cursor.
  package mutating func handle(
    _ event: Event, completions: ((String) -> [String])? = nil
  ) -> Outcome {
    isCut = false
    let wasSelected = isSelected
    if let text = event.text {
      if wasSelected { remove(0..<scalars.count) }
      isSelected = false
      insert(text)
      return .edited
    }
    guard case .key(let key) = event else { return .ignored }
    if key != .enter, key != .escape { isSelected = false }
    if wasSelected, [.backspace, .delete, .control("w")].contains(key) {
      remove(0..<scalars.count)
      return .edited
    }
    if key == .tab, let completions { return complete(completions) }
    switch key {
    case .enter: return .submitted
    case .escape: return .cancelled
    case .left, .control("b"): cursor = max(0, cursor - 1)
    case .right, .control("f"): cursor = min(scalars.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = scalars.count
    case .backspace: remove(max(0, cursor - 1)..<cursor)
    case .delete, .control("d"): remove(cursor..<min(scalars.count, cursor + 1))
    case .control("u"): remove(0..<cursor)
    case .control("k"): remove(cursor..<scalars.count)
    case .control("w"): remove(startOfWord..<cursor)
    case .up, .control("p"): return recall(-1)
    case .down, .control("n"): return recall(1)
    default: return .ignored
    }
    endCompletion()
    return .edited
  }

  /// Puts the text at the end of the history, unless it is empty or was the last one, and clears the field.
  package mutating func remember() {
    if !scalars.isEmpty, history.last != text { history.append(text) }
    text = ""
    recalled = nil
    endCompletion()
  }

  /// Draws the field into the first row of an area, scrolled so that the cursor is visible, which is placed if
  /// the field has the focus.
  package func draw(into grid: inout Grid, in area: Rectangle, isFocused: Bool = true) {
    guard !area.isEmpty else { return }
    let style = Style.role(isFocused ? .field : .text)
    grid.fill(area.row(0), style: style)
    if scalars.isEmpty {
      grid.write(placeholder, in: area, style: isFocused ? Style.role(.dim).on(.field) : .dim)
    }
    var area = area
    if isCut {
      // What was left out is said where one looks.
      let note = " the rest had no room "
      let width = min(note.columns, area.width / 2)
      grid.write(
        note, in: Rectangle(x: area.endX - width, y: area.y, width: width, height: 1), style: .role(.warning))
      area.width -= width
    }
    let start = firstVisible(width: area.width)
    var x = area.x
    let textStyle = isSelected && isFocused ? Style.role(.selection) : style
    for scalar in scalars[start...] where x < area.endX {
      x += grid.put(scalar, x: x, y: area.y, style: textStyle, clip: area)
    }
    if start > 0 { grid.put(grid.glyphs.ellipsis, x: area.x, y: area.y, style: style, clip: area) }
    if isFocused { grid.cursor = Point(x: area.x + columns(start..<cursor), y: area.y) }
  }

  private func columns(_ range: Range<Int>) -> Int { scalars[range].reduce(0) { $0 + abs($1.columns) } }

  /// The first scalar that is drawn: the cursor stands within the width.
  private func firstVisible(width: Int) -> Int {
    guard columns(0..<scalars.count) >= width else { return 0 }
    var (start, taken) = (cursor, 0)
    while start > 0 {
      taken += abs(scalars[start - 1].columns)
      if taken > width - 1 { break }
      start -= 1
    }
    return start
  }

  private mutating func insert(_ text: String) {
    let new = text.unicodeScalars.filter { $0.columns >= 0 }
    let room = max(0, Self.capacity - scalars.count)
    isCut = new.count > room
    scalars.insert(contentsOf: new.prefix(room), at: cursor)
    cursor += min(new.count, room)
    endCompletion()
  }

  private mutating func remove(_ range: Range<Int>) {
    scalars.removeSubrange(range)
    cursor = range.lowerBound
  }

  private var startOfWord: Int {
    var start = cursor
    func isWord(_ index: Int) -> Bool { scalars[index] != " " && scalars[index] != "/" }
    while start > 0, !isWord(start - 1) { start -= 1 }
    while start > 0, isWord(start - 1) { start -= 1 }
    return start
  }

  private mutating func recall(_ step: Int) -> Outcome {
    if recalled == nil { draft = scalars }
    let index = (recalled ?? history.count) + step
    guard index >= 0, index <= history.count else { return .edited }
    recalled = index == history.count ? nil : index
    scalars = recalled.map { Array(history[$0].unicodeScalars) } ?? draft
    cursor = scalars.count
    endCompletion()
    return .edited
  }

  /// The first Tab inserts what all candidates begin with; further ones go through the candidates.
  private mutating func complete(_ completions: (String) -> [String]) -> Outcome {
    if let index = cycle, !candidates.isEmpty {
      let next = (index + 1) % candidates.count
      replaceHead(by: candidates[next])
      cycle = next
      return .edited
    }
    let head = String(String.UnicodeScalarView(scalars[..<cursor]))
    let found = completions(head)
    guard var common = found.first.map({ Array($0.unicodeScalars) }) else { return .edited }
    for candidate in found.dropFirst() {
      common = zip(common, candidate.unicodeScalars).prefix { $0 == $1 }.map(\.0)
    }
    if common.count >= cursor { replaceHead(by: String(String.UnicodeScalarView(common))) }
    if found.count > 1 {
      candidates = found
      cycle = -1
    }
    return .edited
  }

  private mutating func replaceHead(by text: String) {
    let new = Array(text.unicodeScalars)
    scalars.replaceSubrange(..<cursor, with: new)
    cursor = new.count
  }

  private mutating func endCompletion() {
    candidates = []
    cycle = nil
  }
}
