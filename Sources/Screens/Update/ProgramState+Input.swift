internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Whether a field has the focus that takes text.
  var takesText: Bool { overlays.last.map(\.takesText) ?? (inputLine != nil) }

  /// Gives an event to the line at the bottom.
  mutating func handleInInputLine(_ event: Event) -> [Effect] {
    switch inputLine {
    case .filter(var field, let before):
      let outcome = field.handle(event)
      switch outcome {
      case .submitted:
        inputLine = nil
        if focus == .log, !field.text.isEmpty { return findInLog(backwards: false) }
      case .cancelled:
        inputLine = nil
        setFilter(before)
        return neededWeights()
      case .edited:
        inputLine = .filter(field, before: before)
        setFilter(field.text)
        return neededWeights()
      case .ignored: break
      }
      return []
    case .command(var field):
      if event == .key(.tab), field.candidates.isEmpty, let prefix = pathArgument(in: field.text) {
        return [.completePath(prefix: prefix)]
      }
      if event == .key(.backspace), field.text.isEmpty {
        inputLine = nil
        return []
      }
      let state = self
      switch field.handle(event, completions: { state.commandCompletions(of: $0) }) {
      case .submitted:
        let line = field.text
        field.remember()
        commandHistory = field.history
        inputLine = nil
        return runLine(line)
      case .cancelled: inputLine = nil
      case .edited: inputLine = .command(field)
      case .ignored: break
      }
      return []
    case nil: return []
    }
  }

  /// Runs what was typed after the colon: a command's name, or what it begins with if nothing else does, and
  /// an argument.
  mutating func runLine(_ line: String) -> [Effect] {
    let parts = line.split(separator: " ", maxSplits: 1)
    guard let word = parts.first.map(String.init) else { return [] }
    let argument = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    // Enter opens a layer, by the name `open`; what has a file's name behind it is meant for a model.
    if word == "open", !argument.isEmpty { return run("open-model", argument: argument) }
    if let command = Command.called(word) { return command.run(&self, argument: argument) }
    let matches = Command.all.filter { $0.id.hasPrefix(word) }
    switch matches.count {
    case 1: return matches[0].run(&self, argument: argument)
    case 0: say("There is no command \"\(word)\": ? lists them all.", .warning)
    default:
      say("\"\(word)\" could be " + matches.map(\.id).sorted().joined(separator: ", ") + ".", .warning)
    }
    return []
  }

  /// The whole lines that can stand instead of what was typed so far.
  func commandCompletions(of head: String) -> [String] {
    guard let space = head.firstIndex(of: " ") else {
      return Command.all.map(\.id).filter { $0.hasPrefix(head) }.sorted()
    }
    guard let command = Command.called(String(head[..<space])) else { return [] }
    let typed = String(head[head.index(after: space)...])
    return command.completions(self, of: typed).map { "\(command.id) \($0)" }
  }

  /// The beginning of a path that is being typed as the argument of a command that takes one.
  private func pathArgument(in line: String) -> String? {
    guard let space = line.firstIndex(of: " "), Command.called(String(line[..<space]))?.takesPath == true
    else { return nil }
    return String(line[line.index(after: space)...])
  }

  // MARK: Mouse

  /// Takes a press or a turn of the wheel on the panes.
  mutating func handle(_ mouse: Event.Mouse) -> [Effect] {
    let layout = layout
    if mouse.action == .press, layout.tabs.contains(x: mouse.x, y: mouse.y) {
      guard let tab = tabSlots.first(where: { $0.area.contains(x: mouse.x, y: mouse.y) }) else { return [] }
      status = nil
      return run(tab.screen.feature.id)
    }
    guard let pane = layout.panes.first(where: { $0.frame.contains(x: mouse.x, y: mouse.y) }) else {
      return []
    }
    if let movement = mouse.wheel {
      scroll(pane, by: movement == .up ? -3 : 3)
      return neededWeights()
    }
    guard mouse.action == .press else { return [] }
    status = nil
    focus = pane.screen
    switch hit(x: mouse.x, y: mouse.y, in: pane) {
    case .row(let row): return select(row, in: pane.screen)
    case .header(let column):
      guard pane.screen == .layers else { return [] }
      if layers.sort.column == column {
        sortLayers(by: layers.sort, ascending: !layers.isAscending)
      } else if let sort = LayerSort.allCases.first(where: { $0.column == column }) {
        sortLayers(by: sort, ascending: sort.isAscendingAtFirst)
      }
      return neededWeights()
    case nil: return []
    }
  }

  private func hit(x: Int, y: Int, in pane: ScreenLayout.Pane) -> Table.Hit? {
    switch pane.screen {
    case .layers:
      return layersTable(width: pane.inside.width).hit(x: x, y: y, in: pane.inside, state: layers.list)
    case .kernels:
      guard !kernels.showsWeights else { return nil }
      return kernelsTable(width: pane.inside.width).hit(x: x, y: y, in: pane.inside, state: kernels.list)
    case .shapes: return shapesTable().hit(x: x, y: y, in: pane.inside, state: shapes.list)
    case .iterations:
      let area = tableArea(of: .iterations, in: pane.inside)
      return iterationsTable(width: area.width).hit(x: x, y: y, in: area, state: iterations)
    case .log, .train: return nil
    case .sensitivity:
      let area = sensitivityTableArea(in: pane.inside)
      return sensitivityTable(width: area.width).hit(x: x, y: y, in: area, state: layers.list)
    }
  }

  private mutating func select(_ row: Int, in screen: Screen) -> [Effect] {
    switch screen {
    case .layers, .sensitivity:
      layers.list.selected = row
      followSelectedLayer()
      return neededWeights()
    case .kernels: kernels.list.selected = row
    case .shapes: shapes.list.selected = row
    case .iterations: iterations.selected = row
    case .log, .train: break
    }
    return []
  }

  private mutating func scroll(_ pane: ScreenLayout.Pane, by rows: Int) {
    let page = Table.page(in: tableArea(of: pane.screen, in: pane.inside))
    switch pane.screen {
    case .layers, .sensitivity:
      layers.list.scroll(by: rows, count: layers.order.count, page: page)
      followSelectedLayer()
    case .kernels: kernels.list.scroll(by: rows, count: kernels.order.count, page: page)
    case .shapes: shapes.list.scroll(by: rows, count: shapeRows.count, page: page)
    case .iterations: iterations.scroll(by: rows, count: iterationRows.count, page: page)
    case .train: break
    case .log: for _ in 0..<abs(rows) { log.text.move(rows < 0 ? .up : .down) }
    }
  }
}
