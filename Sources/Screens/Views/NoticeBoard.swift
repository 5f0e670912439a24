package import TerminalUI

/// What the terminal is told beside the screen: its title, how far work is, and that a long run ended while nobody looked.
package struct NoticeBoard: Sendable {
  private var pending: [TerminalNotice] = []
  private var title = ""
  private var percent: Int?
  private var running: (title: String, began: ContinuousClock.Instant)?
  /// Whether the window has the keyboard's focus; `nil` where the terminal does not say.
  private var hasFocus: Bool?

  /// A run of so long may have been left alone.
  private static let longRun = Duration.seconds(30)

  /// A board that nothing was told from.
  package init() {}

  /// Adds a notice to those that are told next.
  package mutating func add(_ notice: TerminalNotice) { pending.append(notice) }

  /// Follows what happens to the terminal.
  package mutating func note(_ event: Event) {
    switch event {
    case .focus(let hasFocus): self.hasFocus = hasFocus
    case .signal(.continue):
      // Somebody else had the terminal meanwhile.
      title = ""
      percent = nil
    default: break
    }
  }

  /// What is new since the last call.
  package mutating func take(
    _ state: ProgramState, at now: ContinuousClock.Instant = ContinuousClock.now
  ) -> [TerminalNotice] {
    let job = state.engine.jobs.first { !$0.isBackground }
    let shown = job?.activity?.fraction.map { Int(($0 * 100).rounded(.down)) }
    if shown != percent {
      percent = shown
      pending.append(.progress(shown.map { Double($0) / 100 }))
    }
    let model = state.engine.model?.fileName ?? "no model"
    let work = job.map { job in
      [shown.map { "\($0)%" }, job.title, job.position.isEmpty ? nil : job.position].compactMap { $0 }
        .joined(separator: " ")
    }
    let title = [state.engine.isPaused ? "held" : nil, work, model, "secateur"].compactMap { $0 }
      .joined(separator: " · ")
    if title != self.title {
      self.title = title
      pending.append(.title(title))
    }
    if let running, running.title != job?.title {
      if hasFocus != true, running.began.duration(to: now) > Self.longRun {
        pending.append(.attention("\(model): \(running.title) ended"))
      }
      self.running = nil
    }
    if running == nil, let job { running = (job.title, now) }
    defer { pending = [] }
    return pending
  }
}
