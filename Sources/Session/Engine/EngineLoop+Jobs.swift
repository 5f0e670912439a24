/// What runs and what stands in line, a line each.
extension EngineLoop {
  /// A command that is carried out when what runs is through.
  struct QueuedCommand {
    /// What it is known by; none is used twice.
    let number: Int
    let command: EngineCommand
  }

  /// Puts a command in line; one that is no long work is carried out at once.
  func enqueue(_ command: EngineCommand) throws {
    guard let (title, position) = command.jobWords else { return try carryOut(command) }
    lastQueueNumber += 1
    queue.append(QueuedCommand(number: lastQueueNumber, command: command))
    log(.note, "In line: \([title, position].filter { !$0.isEmpty }.joined(separator: ", ")).")
  }

  /// Takes a command out of the line.
  func dequeue(_ number: Int) { queue.removeAll { $0.number == number } }

  /// Moves a command towards the front of the line, or with a positive number towards its end.
  func moveQueued(_ number: Int, by places: Int) {
    guard let index = queue.firstIndex(where: { $0.number == number }) else { return }
    let entry = queue.remove(at: index)
    queue.insert(entry, at: min(queue.count, max(0, index + min(queue.count, max(-queue.count, places)))))
  }

  /// Holds what runs, or lets it go on. What is not long work is done meanwhile.
  func pause(_ isPaused: Bool) {
    guard isPaused != self.isPaused, !isPaused || !runs.isEmpty || !queue.isEmpty else { return }
    self.isPaused = isPaused
    log(.note, isPaused ? "What runs is held." : "What runs goes on.")
  }

  /// Begins the next command in line, where nothing runs that somebody waits for.
  ///
  /// What was trained is measured first: that is why one trains. Scores and times go on behind.
  func startNext() {
    while let next = queue.first, !isPaused, runs.allSatisfy(\.letsOthersBefore) {
      queue.removeFirst()
      attempt { try carryOut(next.command) }
      publish()
    }
  }

  /// Everything that runs and stands in line, in the order in which it is done.
  var jobs: [Job] {
    let running = runs.enumerated().map { index, run in
      Job(
        title: run.title, position: run.position, activity: run.activity,
        standing: index == 0 ? .running : .waiting, secondsLeft: run.secondsLeft,
        isBackground: run.isBackground)
    }
    let waiting = queue.compactMap { entry in
      entry.command.jobWords.map {
        Job(title: $0.title, position: $0.position, standing: .inLine(number: entry.number))
      }
    }
    return running + waiting
  }
}

extension EngineRun {
  /// Whether a command that stands in line goes before it.
  fileprivate var letsOthersBefore: Bool { isBackground || [.scoring, .timing].contains(activity.kind) }
}
