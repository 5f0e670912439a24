internal import Datasets
package import TerminalUI

/// Everything that can be done, to be found by a few letters: with keys, what it means, and why it cannot be done now.
///
/// It also takes whole lines: a command's name and an argument, which is completed; a number goes to that row.
package struct Palette: Overlay {
  /// What can be chosen.
  package struct Item: Sendable, Hashable {
    /// What it stands for.
    package enum Kind: Sendable, Hashable {
      /// Runs a command; one that takes an argument asks for it first.
      case command(id: String)
      /// Puts an argument behind the command.
      case argument(line: String)
      /// Runs a line that was typed before.
      case line(String)
      /// Says under what the next ones stand.
      case heading
    }

    package let kind: Kind
    package let title: String
    package var keys = ""
    package let help: String
    /// Why it cannot be done now.
    package var reason: String?
  }

  /// What is typed.
  package var field: TextField
  /// The selected item.
  package var list = ListState()
  /// Whether a row was selected with a key, which Enter takes then.
  package var hasMoved = false
  /// Whether it takes as much of the screen as there is, to be read.
  package let isHelp: Bool
  /// The paths that can stand for the argument that was typed.
  package var paths: (prefix: String, found: [String])?

  /// Rows that a glance takes in.
  private static let usualRows = 14
  private static let recentLines = 5

  init(_ state: ProgramState, text: String = "", isHelp: Bool) {
    self.isHelp = isHelp
    field = TextField(
      text, placeholder: "a command, or some letters of it; a number goes to that row",
      history: state.commandHistory)
    selectFirst(state)
  }

  package var hints: [(Key, String)] {
    [
      (.enter, "run"), (.tab, "complete"), (.up, "choose"), (.control("p"), "earlier lines"),
      (.escape, "close"),
    ]
  }
  package var takesText: Bool { true }

  /// What can be done is the same for every model.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { true }

  package static func == (a: Palette, b: Palette) -> Bool {
    a.field == b.field && a.list == b.list && a.isHelp == b.isHelp && a.paths?.found == b.paths?.found
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(field)
    hasher.combine(list)
  }

  // MARK: Input

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    if case .mouse(let mouse) = event {
      if let movement = mouse.wheel { move(movement, state) }
      return .stays()
    }
    switch event {
    case .key(.up): move(.up, state)
    case .key(.down): move(.down, state)
    case .key(.pageUp): move(.pageUp, state)
    case .key(.pageDown): move(.pageDown, state)
    case .key(.enter): return enter(&state)
    case .key(.tab): return .stays(complete(state))
    case .key(.backspace) where field.text.isEmpty: return .closes()
    default:
      switch field.handle(event) {
      case .cancelled: return .closes()
      case .edited: return .stays(edited(state))
      case .submitted, .ignored: break
      }
    }
    return .stays()
  }

  private mutating func move(_ movement: Movement, _ state: ProgramState) {
    let items = items(state)
    hasMoved = true
    list.move(movement, count: items.count, page: Self.usualRows)
    // Headings are passed by.
    let step: Movement = [.up, .pageUp, .halfUp, .first].contains(movement) ? .up : .down
    while items.indices.contains(list.selected), items[list.selected].kind == .heading {
      if !list.move(step, count: items.count, page: 1) {
        list.move(step == .up ? .down : .up, count: items.count, page: 1)
        break
      }
    }
  }

  private mutating func selectFirst(_ state: ProgramState) {
    hasMoved = false
    list = ListState(selected: items(state).firstIndex { $0.kind != .heading } ?? 0)
  }

  /// Looks for paths where what was typed is one.
  private mutating func edited(_ state: ProgramState) -> [Effect] {
    selectFirst(state)
    guard let prefix = Self.pathArgument(in: field.text), let word = field.text.split(separator: " ").first
    else {
      paths = nil
      return []
    }
    if paths?.prefix == prefix { return [] }
    let command = Self.command(String(word), argument: prefix.isEmpty ? " " : prefix)
    return [.completePath(prefix: prefix, of: command?.completed ?? .all)]
  }

  /// Takes the paths that can stand for what was typed.
  mutating func take(_ candidates: [String], for prefix: String, _ state: ProgramState) {
    guard Self.pathArgument(in: field.text) == prefix else { return }
    paths = (prefix, candidates)
    list = ListState()
  }

  private mutating func complete(_ state: ProgramState) -> [Effect] {
    let items = items(state)
    if hasMoved, items.indices.contains(list.selected) {
      switch items[list.selected].kind {
      case .command(let id): field.text = id + " "
      case .argument(let line), .line(let line): field.text = line
      case .heading: break
      }
      return edited(state)
    }
    let lines: [String] =
      field.text.contains(" ")
      ? items.compactMap { if case .argument(let line) = $0.kind { line } else { nil } }
      : Command.all.map(\.id).filter { $0.hasPrefix(field.text) }.sorted()
    let before = field.text
    _ = field.handle(.key(.tab)) { _ in lines }
    // Candidates that are gone through stay to be seen.
    return field.candidates.isEmpty && field.text != before ? edited(state) : []
  }

  private mutating func enter(_ state: inout ProgramState) -> OverlayReaction {
    let items = items(state)
    if !hasMoved, Self.isWhole(field.text) { return run(field.text, &state) }
    guard items.indices.contains(list.selected) else { return run(field.text, &state) }
    switch items[list.selected].kind {
    case .line(let line): return run(line, &state)
    case .argument(let line):
      guard hasMoved, !line.hasSuffix("/"), !line.hasSuffix(" ") else {
        if hasMoved {
          field.text = line
          return .stays(edited(state))
        }
        return run(field.text, &state)
      }
      return run(line, &state)
    case .command(let id):
      if let reason = items[list.selected].reason {
        state.say(reason.capitalizedFirst + ".", .warning)
        return .stays()
      }
      return run(id, &state)
    case .heading: return .stays()
    }
  }

  private mutating func run(_ line: String, _ state: inout ProgramState) -> OverlayReaction {
    field.text = line
    field.remember()
    state.commandHistory = field.history
    return .closes(Self.run(line, &state))
  }

  // MARK: Lines

  /// Runs a line: a command's name, or what it begins with if nothing else does, and an argument; or the number of a row.
  static func run(_ line: String, _ state: inout ProgramState) -> [Effect] {
    let parts = line.split(separator: " ", maxSplits: 1)
    guard let word = parts.first.map(String.init) else { return [] }
    let argument = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    if Int(word) != nil { return state.run("last", argument: word) }
    guard let command = command(word, argument: argument) else {
      let matches = Command.all.filter { $0.id.hasPrefix(word) }.map(\.id).sorted()
      state.say(
        matches.isEmpty
          ? "There is no command \"\(word)\": ? lists them all."
          : "\"\(word)\" could be " + matches.joined(separator: ", ") + ".", .warning)
      return []
    }
    return command.run(&state, argument: argument)
  }

  /// The command that a word stands for; `nil` where there is none, or several begin with it.
  static func command(_ word: String, argument: String = "") -> Command? {
    // Enter opens a layer, by the name `open`; what has a file's name behind it is meant for a model.
    if word == "open", !argument.isEmpty { return Command.called("open-model") }
    if let command = Command.called(word) { return command }
    let matches = Command.all.filter { $0.id.hasPrefix(word) }
    return matches.count == 1 ? matches[0] : nil
  }

  /// Whether a line says what to do: a number, a command's whole name, or a beginning of one with an argument.
  private static func isWhole(_ line: String) -> Bool {
    let parts = line.split(separator: " ", maxSplits: 1)
    guard let word = parts.first.map(String.init) else { return false }
    return Int(word) != nil || Command.called(word) != nil || parts.count > 1
  }

  /// The beginning of a path that is being typed as the argument of a command that takes one.
  private static func pathArgument(in line: String) -> String? {
    guard let space = line.firstIndex(of: " ") else { return nil }
    let typed = String(line[line.index(after: space)...])
    return command(String(line[..<space]), argument: typed.isEmpty ? " " : typed)?.takesPath == true
      ? typed : nil
  }

  // MARK: What can be chosen

  /// What can be chosen now.
  package func items(_ state: ProgramState) -> [Item] {
    let text = field.text
    if let space = text.firstIndex(of: " ") {
      let typed = String(text[text.index(after: space)...])
      return arguments(of: String(text[..<space]), typed, state)
    }
    if text.isEmpty { return recent(state) + all(state) }
    if Int(text) != nil { return [] }
    return matches(text, state)
  }

  private func recent(_ state: ProgramState) -> [Item] {
    guard !isHelp, !state.commandHistory.isEmpty else { return [] }
    var seen: Set<String> = []
    let lines = state.commandHistory.reversed().filter { seen.insert($0).inserted }.prefix(Self.recentLines)
    return [Item(kind: .heading, title: "Recent", help: "")]
      + lines.map { Item(kind: .line($0), title: $0, help: "") }
  }

  private func all(_ state: ProgramState) -> [Item] {
    state.allBindings().help().flatMap { section in
      [Item(kind: .heading, title: section.category, help: "")] + section.bindings.map { item($0, state) }
    }
  }

  private func item(_ binding: Binding, _ state: ProgramState) -> Item {
    Item(
      kind: .command(id: binding.id), title: binding.id,
      keys: binding.keyLabel(state.usesASCII ? .ascii : .unicode), help: binding.description,
      reason: binding.disabledReason)
  }

  /// The commands whose names fit, the best first; then those of whose meaning the text is a part.
  private func matches(_ text: String, _ state: ProgramState) -> [Item] {
    var scored: [(item: Item, score: Int)] = []
    let needle = text.lowercased()
    for binding in state.allBindings().help().flatMap(\.bindings) {
      let names = [binding.id, binding.title] + (Command.called(binding.id)?.aliases ?? [])
      var score = names.compactMap { FuzzyMatch.score(text, in: $0) }.max()
      if (score ?? 0) < 20,
        binding.description.lowercased().contains(needle) || binding.category.lowercased() == needle
      {
        score = max(score ?? 0, 20)
      }
      // A key by itself finds what it does.
      if binding.keys.contains(where: { $0.name == text }) { score = (score ?? 0) + 300 }
      if let score { scored.append((item(binding, state), score)) }
    }
    return scored.enumerated().sorted { one, other in
      one.element.score == other.element.score
        ? one.offset < other.offset : one.element.score > other.element.score
    }.map(\.element.item)
  }

  private func arguments(of word: String, _ typed: String, _ state: ProgramState) -> [Item] {
    guard let command = Self.command(word, argument: typed.isEmpty ? " " : typed) else { return [] }
    let candidates =
      command.takesPath
      ? (paths?.prefix == typed ? paths?.found ?? [] : []).map { Completion($0) }
      : command.completions(state, of: typed)
    return candidates.map {
      Item(kind: .argument(line: "\(word) \($0.text)"), title: $0.text, help: $0.help)
    }
  }

  // MARK: Drawing

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let items = items(state)
    let height = isHelp ? area.height : min(area.height, Self.usualRows + 5)
    let width = min(area.width, 112)
    let frame =
      isHelp
      ? area.centered(width: width, height: height)
      : Rectangle(x: area.x + (area.width - width) / 2, y: area.endY - height, width: width, height: height)
    grid.cursor = nil
    grid.fill(frame)
    let places = items.filter { $0.kind != .heading }.count
    let inside = grid.box(
      frame, title: isHelp ? "Everything that can be done" : "Command", note: places > 0 ? "\(places)" : "",
      isFocused: true
    ).inset(horizontal: 1, vertical: 0)
    let rows = inside.split(vertically: [.fixed(1), .fixed(1), .flexible(), .fixed(1)])
    grid.write(":", x: rows[0].x, y: rows[0].y, style: .role(.title))
    field.draw(
      into: &grid, in: Rectangle(x: rows[0].x + 1, y: rows[0].y, width: rows[0].width - 1, height: 1))
    draw(items, into: &grid, in: rows[2])
    drawNote(items, state, into: &grid, in: rows[3])
  }

  private mutating func draw(_ items: [Item], into grid: inout Grid, in area: Rectangle) {
    list = list.clamped(count: items.count, page: area.height)
    let keyWidth = min(14, items.map(\.keys.columns).max() ?? 0)
    let titleWidth = min(area.width / 2, items.filter { $0.kind != .heading }.map(\.title.columns).max() ?? 0)
    for line in 0..<max(0, min(area.height, items.count - list.offset)) {
      let item = items[list.offset + line]
      let row = area.row(line)
      guard item.kind != .heading else {
        grid.write(item.title, in: row, style: .role(.title))
        continue
      }
      let isSelected = list.offset + line == list.selected
      let base: Style = isSelected ? .role(.selection) : item.reason == nil ? .text : .dim
      grid.fill(row, style: base)
      if isSelected { grid.put(grid.glyphs.selector, x: row.x, y: row.y, style: base) }
      let parts = row.split(
        horizontally: [.fixed(1), .fixed(titleWidth), .fixed(keyWidth), .flexible()], gap: 1)
      grid.write(item.title, in: parts[1], style: base)
      grid.write(
        item.keys, in: parts[2], style: isSelected ? base : .role(item.reason == nil ? .footerKey : .dim))
      grid.write(item.help, in: parts[3], style: isSelected ? base : .dim)
    }
  }

  /// Below the list: the whole of what the selected one means, or why it cannot be done.
  private func drawNote(_ items: [Item], _ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    guard items.indices.contains(list.selected), items[list.selected].kind != .heading else {
      if Int(field.text) != nil {
        return grid.write("Enter goes to row \(field.text).", in: area, style: .dim)
      }
      let text =
        items.isEmpty && !field.text.contains(" ") ? "No command has these letters." : ""
      return grid.write(text, in: area, style: .dim)
    }
    let item = items[list.selected]
    if let reason = item.reason {
      grid.write("\(reason.capitalizedFirst).", in: area, style: .role(.warning))
    } else {
      grid.write(item.help, in: area, style: .dim)
    }
  }
}
