internal import Errors
internal import TerminalUI

/// Changes the state by what the user or the engine did; returns what is to be done outside of it, in order.
///
/// It never blocks and never fails: what cannot be done becomes a message.
package func update(_ state: inout ProgramState, _ action: Action) -> [Effect] {
  let asked = (state.overlays.last as? EndOfTraining)?.effects ?? []
  var effects = change(&state, action).map { state.standingInLine($0) }
  state.showAnnounced()
  if !action.isSignal { effects = EndOfTraining.sparing(&state, effects, unless: asked) }
  effects += state.record(effects)
  return effects + state.neededWidths() + state.keepLayout()
}

private func change(_ state: inout ProgramState, _ action: Action) -> [Effect] {
  switch action {
  case .terminal(let event): return state.handle(event)
  case .command(let id, let argument):
    return state.run(id, argument: argument)
  case .engineReported(let snapshot):
    let before = state.engine
    return News.adopt(snapshot, &state) + state.goOnPlaying(after: before)
  case .startListed(let entries): return StartOverlay.take(&state, entries)
  case .previewed(let entry, let preview): StartOverlay.take(&state, preview, of: entry)
  case .dataInspected(let inspection): DataDialog.take(&state, inspection)
  case .pathsCompleted(let prefix, let candidates):
    return PathCompletion.complete(&state, prefix, with: candidates)
  case .exported(let result): ExportDialog.take(&state, result)
  case .exportAwaited(let path): ExportDialog.takeAwaited(&state, path)
  case .trainingAnswered(let answer): TrainingDialog.take(&state, answer)
  case .iteratingAnswered(let problem): state.takeIterating(problem)
  case .compared(let comparison): ComparisonOverlay.take(&state, comparison)
  case .weightsRead(let weights): state.kernels.weights = weights
  case .scriptRead(let path, .success(let lines)): return state.play(path, lines)
  case .scriptRead(_, .failure(let error)), .scriptWritten(_, .failure(let error)):
    state.announce(MessageOverlay.failure(sentence: error.sentence, remedy: error.remedy))
  case .scriptWritten(let path, .success(let gaps)):
    state.say(
      "\(path) is written: sh \(path) repeats the session." + (gaps.first.map { " Without \($0)" } ?? ""),
      gaps.isEmpty ? .success : .warning)
  case .recordRead(let entries): state.record = entries + state.record
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
    case .key(.control("c")):
      pending = PendingKeys()
      return run("cancel")
    case .key(let key):
      if isTooSmall {
        if overlays.last?.asksToQuit == true { return OverlayStack.handle(event, &self) }
        // The panes are not drawn, so keys that change something would act blindly.
        guard let command = keys.command(for: key, on: focus), command.id == "quit" else { return [] }
        return command.run(&self, argument: "")
      }
      status = nil
      if !overlays.isEmpty { return OverlayStack.handle(event, &self) }
      if inputLine != nil { return InputLine.handle(event, &self) }
      return press(key)
    case .paste:
      if isTooSmall { return [] }
      status = nil
      guard isTyping else {
        say("Pasted text goes into fields only: open one with : or / first.", .warning)
        return []
      }
      return overlays.isEmpty ? InputLine.handle(event, &self) : OverlayStack.handle(event, &self)
    case .mouse(let mouse):
      if isTooSmall { return [] }
      if mouse.action == .release {
        Mouse.release(mouse, &self)
        return []
      }
      pending = PendingKeys()
      return overlays.isEmpty ? Mouse.handle(mouse, &self) : OverlayStack.handle(event, &self)
    case .background(let isLight):
      takeBackground(isLight: isLight)
      return []
    case .wake, .tick, .focus: return []
    case .signal(.terminate), .signal(.hangup), .signal(.interrupt): return [.quit]
    case .signal(.continue): return []
    }
  }

  /// Whether only the notice fits.
  var isTooSmall: Bool { width < Grid.smallestWidth || height < Grid.smallestHeight }
}

extension Action {
  /// Whether the terminal or the system ends the program, which asks nobody.
  fileprivate var isSignal: Bool { if case .terminal(.signal) = self { true } else { false } }
}
