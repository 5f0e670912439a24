package import Datasets
internal import Errors

/// The runs: which goes on, and which are dropped.
extension EngineLoop {
  /// Goes on with the first run; one that fails is over, the others are not.
  func step() throws {
    guard let first = runs.first else { return }
    do {
      let changes = first.networkChanges
      let goesOn = try first.step()
      if first.networkChanges > changes { changeNetwork() }
      guard !goesOn else { return }
    } catch {
      // Stopped in the middle of a batch: the command that did it settles what was learned.
      if first is any SettledRun, error is Stopped { return }
      runs.removeFirst()
      return try first.fail(error, in: self)
    }
    runs.removeFirst()
    try first.finish(in: self)
  }

  /// Puts a run before those that nobody waits for.
  func begin(_ run: any EngineRun) {
    runs.insert(run, at: runs.firstIndex(where: \.isBackground) ?? runs.endIndex)
  }

  /// Ends a run that is worth something before it is through, where one runs, and keeps the best of it.
  func settle() throws {
    guard let run = runs.lazy.compactMap({ $0 as? any SettledRun }).first else { return }
    runs.removeAll { $0 === run }
    try run.stop()
    try run.finish(in: self)
  }

  /// Takes runs off that can go on later.
  func suspend(where isMeant: (any EngineRun) -> Bool) {
    for run in runs where isMeant(run) { run.suspend(in: self) }
    runs.removeAll(where: isMeant)
  }

  /// Stops what is about the current network: another one comes in its place, or changes it. Iterations that are being
  /// measured give way, and are measured on behind it.
  func leaveNetwork() {
    suspend { $0.subject == .currentNetwork }
    pausedScoring = nil
    heldSensitivity = nil
  }

  /// Stops what goes over the data: they are others now.
  func stopUsingData() {
    leaveNetwork()
    runs.removeAll { $0.subject != .times }
  }

  /// Says how many examples could not be read, and why the first one could not.
  package func logSkipped(_ skipped: [Batch.Skipped]) {
    guard let first = skipped.first else { return }
    log(.warning, "\(skipped.count) examples could not be read; the first is \(first.name): \(first.reason)")
  }
}
