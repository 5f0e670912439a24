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
    return state.run(id, argument: argument)
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
    case .key(.control("c")): return run("cancel")
    case .key(let key):
      if isTooSmall {
        if asksToQuit { return handleInOverlay(event) }
        // The panes are not drawn, so keys that change something would act blindly.
        guard let command = keys.command(for: key, on: focus), command.id == "quit" else { return [] }
        return command.run(&self, argument: "")
      }
      status = nil
      if !overlays.isEmpty { return handleInOverlay(event) }
      if inputLine != nil { return handleInInputLine(event) }
      return keys.command(for: key, on: focus)?.run(&self, argument: "") ?? []
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

  // MARK: Screens and panes

  mutating func cyclePane(_ step: Int) -> [Effect] {
    let shown = layout.panes.map(\.screen)
    let ring = shown.count > 1 ? shown : Screen.allCases
    let place = ring.firstIndex(of: focus) ?? 0
    focus = ring[(place + step + ring.count) % ring.count]
    return neededWeights()
  }

  mutating func goBack() {
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

  mutating func cancel() -> [Effect] {
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

  mutating func move(_ movement: Movement) -> [Effect] {
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

  mutating func moveSideways(_ step: Int) -> [Effect] {
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

extension Action {
  /// Whether the terminal or the system ends the program, which asks nobody.
  fileprivate var isSignal: Bool { if case .terminal(.signal) = self { true } else { false } }
}
