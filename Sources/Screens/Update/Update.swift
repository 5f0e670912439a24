internal import TerminalUI

/// Changes the state by what the user or the engine did; returns what is to be done outside of it, in order.
///
/// It never blocks and never fails: what cannot be done becomes a message.
public func update(_ state: inout ProgramState, _ action: Action) -> [Effect] {
  let asked = state.effectsAskedAbout
  var effects = change(&state, action)
  if !action.isSignal { effects = state.sparingTraining(effects, unless: asked) }
  return effects + state.neededWidths()
}

private func change(_ state: inout ProgramState, _ action: Action) -> [Effect] {
  switch action {
  case .terminal(let event): return state.handle(event)
  case .command(let id, let argument):
    guard let command = Command(rawValue: id) else {
      state.say("There is no command called \"\(id)\". Type : and Tab to see them all.", .warning)
      return []
    }
    return state.run(command, argument: argument)
  case .engineReported(let snapshot): return state.adopt(snapshot)
  case .dataInspected(let inspection): state.take(inspection)
  case .pathsCompleted(let prefix, let candidates): return state.complete(prefix, with: candidates)
  case .exported(let result): state.take(result)
  case .exportAwaited(let path): state.takeAwaitedExport(path)
  case .trainingAnswered(let answer): state.take(answer)
  case .iteratingAnswered(let problem): state.takeIterating(problem)
  case .compared(let comparison): state.take(comparison)
  case .weightsRead(let weights): state.weights = weights
  }
  return []
}

extension ProgramState {
  /// Takes an event of the terminal: the topmost layer that wants it gets it.
  mutating func handle(_ event: Event) -> [Effect] {
    switch event {
    case .resize(let width, let height):
      (self.width, self.height) = (width, height)
      return []
    case .key(.control("c")): return run(.cancel)
    case .key(let key):
      if isTooSmall {
        if asksToQuit { return handleInOverlay(event) }
        // The panes are not drawn, so keys that change something would act blindly.
        guard keyMap(for: focus).binding(for: key)?.id == Command.quit.rawValue else { return [] }
        return run(.quit)
      }
      status = nil
      if !overlays.isEmpty { return handleInOverlay(event) }
      if inputLine != nil { return handleInInputLine(event) }
      guard let binding = keyMap(for: focus).binding(for: key), let command = Command(rawValue: binding.id)
      else { return [] }
      return run(command)
    case .paste:
      if isTooSmall { return [] }
      status = nil
      guard takesText else {
        say("Pasted text goes into fields only: open one with : or / first.", .warning)
        return []
      }
      return overlays.isEmpty ? handleInInputLine(event) : handleInOverlay(event)
    case .mouse(let mouse):
      if isTooSmall { return [] }
      return overlays.isEmpty ? handle(mouse) : handleInOverlay(event)
    case .wake, .tick: return []
    case .signal(.terminate), .signal(.hangup), .signal(.interrupt): return [.quit]
    case .signal(.continue): return []
    }
  }

  /// Whether the question before leaving is on top.
  var asksToQuit: Bool {
    switch overlays.last {
    case .confirmation(_, .leave(.quit)): true
    case .confirmation(_, .endTraining(let effects)): effects.contains(.quit)
    default: false
    }
  }

  /// Whether only the notice fits.
  var isTooSmall: Bool { width < Grid.smallestWidth || height < Grid.smallestHeight }

  /// Carries a command out, or says why it cannot run now.
  mutating func run(_ command: Command, argument: String = "") -> [Effect] {
    // Where an argument names the iteration, it does not matter which one is selected.
    let namesOne = command == .goTo && !argument.isEmpty && !engine.iterations.isEmpty
    if !namesOne, let reason = disabledReason(for: command) {
      say(reason.prefix(1).uppercased() + reason.dropFirst() + ".", .warning)
      return []
    }
    switch command {
    case .screenLayers: show(.layers)
    case .screenKernels: return showKernels()
    case .screenShapes: show(.shapes)
    case .screenIterations: show(.iterations)
    case .screenLog: show(.log)
    case .screenSensitivity: show(.sensitivity)
    case .screenTrain: show(.train)
    case .nextPane: return cyclePane(1)
    case .previousPane: return cyclePane(-1)
    case .maximize: isMaximized.toggle()
    case .filter: beginFilter(argument)
    case .commandLine: inputLine = .command(TextField(history: commandHistory))
    case .help:
      overlays.append(.help(HelpOverlay(filter: TextField(argument, placeholder: "type to filter"))))
    case .undo: return undo()
    case .redo: return redo()
    case .back: goBack()
    case .quit: return leave(by: .quit)
    case .cancel: return cancel()
    case .themes: return chooseTheme(argument)
    case .mouse:
      isMouseEnabled.toggle()
      say(isMouseEnabled ? "The mouse is on." : "The mouse is off: the terminal can select text now.")
    case .up, .down, .halfUp, .halfDown, .pageUp, .pageDown, .first, .last: return move(command.movement)
    case .left, .right: return moveSideways(command == .left ? -1 : 1)
    case .percentUp, .percentDown, .percentUpMore, .percentDownMore, .percentZero, .amount, .protect, .target:
      return runEditing(command, argument)
    case .settings: return beginSettings(argument)
    case .mark, .markRange, .markAll, .markInvert: runMarking(command)
    case .open: return openLayer()
    case .explain: explain()
    case .sort: beginSort(argument)
    case .invertSort: sortLayers(by: layers.sort, ascending: !layers.isAscending)
    case .sortAgain: sortAgain()
    case .toggleKernel, .pinKernel: changeKernel(command)
    case .kernelOrder: turnKernelOrder()
    case .heatMaps:
      kernels.showsWeights.toggle()
      focus = .kernels
      return neededWeights()
    case .nextLayer: return moveLayer(.down)
    case .previousLayer: return moveLayer(.up)
    case .goTo: return goToIteration(argument)
    case .measure: return measureSensitivity(argument)
    case .suggest: beginSuggestion(argument)
    case .nameIteration: return beginNaming(argument)
    case .deleteBranch: return confirmDelete(argument)
    case .markIteration: markIteration()
    case .compare: return beginComparing(argument)
    case .scatterAxis: turnScatterAxis(argument)
    case .train: return beginTraining(argument)
    case .stopTraining: return [.engine(.stopTraining)]
    case .iterate: return beginIterating(argument)
    case .findNext, .findPrevious: findInLog(backwards: command == .findPrevious)
    case .score: return [.engine(engine.isScoring ? .pauseScoring : .score(criterion))]
    case .criterion: return chooseCriterion(argument)
    case .freeze: toggleFreeze()
    case .prune: confirmPrune()
    case .recover: return beginRecovery(argument)
    case .evaluate: return [.engine(.evaluate)]
    case .data: return openDataDialog(argument)
    case .export: return openExportDialog(argument)
    case .discardScores: confirmDiscard()
    case .openModel: return openModel(argument)
    case .schedule: return openTimeline(argument)
    }
    return []
  }

  // MARK: Screens and panes

  private mutating func show(_ screen: Screen) {
    focus = screen
  }

  private mutating func showKernels() -> [Effect] {
    focus = .kernels
    followSelectedLayer()
    return neededWeights()
  }

  private mutating func cyclePane(_ step: Int) -> [Effect] {
    let shown = layout.panes.map(\.screen)
    let ring = shown.count > 1 ? shown : Screen.allCases
    let place = ring.firstIndex(of: focus) ?? 0
    focus = ring[(place + step + ring.count) % ring.count]
    return neededWeights()
  }

  private mutating func goBack() {
    if layers.rangeStart != nil {
      layers.rangeStart = nil
    } else if focus == .layers, !layers.filter.isEmpty {
      setFilter("")
    } else if focus == .shapes, !shapes.filter.isEmpty {
      setFilter("")
    } else if focus == .log, !log.text.search.isEmpty {
      setFilter("")
    } else if focus == .layers, !layers.marked.isEmpty {
      layers.marked = []
    } else if isMaximized {
      isMaximized = false
    } else {
      focus = .layers
    }
  }

  private mutating func cancel() -> [Effect] {
    if case .confirmation(_, .endTraining(let effects)) = overlays.last {
      overlays.removeLast()
      return effects
    }
    if isTraining { return [.engine(.stopTraining)] }
    if let work = engine.activity {
      say("Stopping \(work.kind.rawValue)\u{2026}")
      return [.engine(.cancel)]
    }
    if asksToQuit { return [.quit] }
    return leave(by: .quit)
  }

  // MARK: Moving

  private mutating func move(_ movement: Movement?) -> [Effect] {
    guard let movement else { return [] }
    let area = layout.inside(of: focus)
    switch focus {
    case .layers, .sensitivity: return moveLayer(movement)
    case .kernels:
      let perRow = kernels.showsWeights ? max(1, kernels.mapsPerRow) : 1
      if perRow > 1, movement == .up || movement == .down {
        let target = kernels.list.selected + (movement == .up ? -perRow : perRow)
        if kernels.order.indices.contains(target) { kernels.list.selected = target }
      } else {
        kernels.list.move(movement, count: kernels.order.count, page: Table.page(in: area) * perRow)
      }
    case .shapes: shapes.list.move(movement, count: shapeRows.count, page: Table.page(in: area))
    case .iterations: iterations.move(movement, count: iterationRows.count, page: Table.page(in: area))
    case .log: log.text.move(movement)
    case .train: break
    }
    return []
  }

  private mutating func moveSideways(_ step: Int) -> [Effect] {
    guard focus == .kernels, kernels.showsWeights else { return cyclePane(step) }
    kernels.list.move(step < 0 ? .up : .down, count: kernels.order.count, page: 1)
    return []
  }

  /// Moves the cursor of the layer table; the kernels follow.
  mutating func moveLayer(_ movement: Movement) -> [Effect] {
    let page =
      focus == .sensitivity
      ? Table.page(in: sensitivityTableArea(in: layout.inside(of: .sensitivity)))
      : Table.page(in: layout.inside(of: .layers))
    layers.list.move(movement, count: layers.order.count, page: page > 0 ? page : 10)
    followSelectedLayer()
    return neededWeights()
  }
}

extension Command {
  /// The movement that the command is.
  var movement: Movement? {
    switch self {
    case .up: .up
    case .down: .down
    case .halfUp: .halfUp
    case .halfDown: .halfDown
    case .pageUp: .pageUp
    case .pageDown: .pageDown
    case .first: .first
    case .last: .last
    default: nil
    }
  }
}

extension Action {
  /// Whether the terminal or the system ends the program, which asks nobody.
  fileprivate var isSignal: Bool { if case .terminal(.signal) = self { true } else { false } }
}
