internal import TerminalUI

/// Lines that are played back, each when what the one before began is done.
package struct PlayedScript: Sendable, Hashable {
  /// Where they stand.
  let path: String
  /// What is left to do.
  var lines: [String]
  /// How many were done.
  var done = 0
  /// Whether the engine was asked for something that it has not told of yet.
  var waits = false
  /// Whether it was asked for scores, which are wanted whole.
  var wantsScores = false
}

extension ProgramState {
  /// Begins to play the lines of a file.
  mutating func play(_ path: String, _ lines: [String]) -> [Effect] {
    let words = lines.compactMap { RecordEntry.words(of: $0) }
    guard !words.isEmpty else {
      say("\(path) has no lines that do anything.", .warning)
      return []
    }
    overlays = OverlayStack()
    script = PlayedScript(path: path, lines: words)
    return goOnPlaying()
  }

  /// Does the next lines, up to one that has the engine do something.
  mutating func goOnPlaying() -> [Effect] {
    var effects: [Effect] = []
    while let playing = script, !playing.waits, isIdle(playing) {
      guard let line = playing.lines.first else {
        script = nil
        say("\(playing.path) is done: \(playing.done) line\(playing.done == 1 ? "" : "s").", .success)
        break
      }
      script?.lines.removeFirst()
      script?.done += 1
      let number = playing.done + 1
      status = nil
      let more = Palette.run(line, &self)
      effects += more
      if let status, status.severity == .warning || status.severity == .error {
        script = nil
        say("Line \(number) of \(playing.path), \"\(line)\": \(status.text)", .error)
        break
      }
      if !overlays.isEmpty {
        script = nil
        say(
          "Line \(number) of \(playing.path), \"\(line)\", asks for something: what follows was not done.",
          .warning)
        break
      }
      if more.contains(where: \.asksEngine) { script?.waits = true }
      script?.wantsScores = more.contains { if case .engine(.score) = $0 { true } else { false } }
    }
    return effects
  }

  /// Takes the engine's news into account: what it was asked for may be done.
  mutating func goOnPlaying(after before: SessionSnapshot) -> [Effect] {
    guard script != nil else { return [] }
    if before.failure?.number != engine.failure?.number {
      let done = script?.done ?? 0
      script = nil
      say("Line \(done) of the script failed: what follows was not done.", .error)
      return []
    }
    // Until the engine is through with what it was sent, the next line has to wait.
    if unansweredCommands <= 0 { script?.waits = false }
    return goOnPlaying()
  }

  /// Whether nothing runs that was asked for; what the engine does by itself gives way.
  private func isIdle(_ playing: PlayedScript) -> Bool {
    let isBusy = engine.activity.map { !$0.givesWay } ?? false
    return !isBusy && !isTraining && awaitedIteration == nil && awaitedTarget == nil
      && !(playing.wantsScores && engine.isScoring)
  }
}

extension Effect {
  /// Whether the engine or the program has to do something that takes time.
  fileprivate var asksEngine: Bool {
    switch self {
    case .engine, .train, .iterate: true
    default: false
    }
  }
}
