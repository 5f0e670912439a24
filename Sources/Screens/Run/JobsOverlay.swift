package import TerminalUI

/// What runs and what stands in line, a line each: how far it is, how long it takes still, and in which order it is done.
package struct JobsOverlay: Overlay {
  /// The row under the cursor.
  package var list = ListState()

  static let command = Command(
    "jobs", ["Q"], "jobs", "what runs and what stands in line: move it, take it out, hold it",
    footer: false, menu: "j", disabled: \.noModel
  ) { state, _ in
    state.overlays.append(JobsOverlay())
    return []
  }

  package var hints: [(Key, String)] {
    [
      ("J", "later"), ("K", "sooner"), ("x", "take out"), (.space, "pause"), (.control("c"), "stop"),
      (.escape, "close"),
    ]
  }

  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool {
    list.selected = min(list.selected, max(0, state.engine.jobs.count - 1))
    return !news.isAnotherModel
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    let jobs = state.engine.jobs
    switch event {
    case .key(.escape), .key("q"), .key("Q"), .key(.enter): return .closes()
    case .key(.down), .key("j"): list.selected = min(max(0, jobs.count - 1), list.selected + 1)
    case .key(.up), .key("k"): list.selected = max(0, list.selected - 1)
    case .key("J"): return .stays(move(by: 1, jobs, &state))
    case .key("K"): return .stays(move(by: -1, jobs, &state))
    case .key("x"), .key("d"), .key(.delete):
      guard let number = selected(jobs)?.number else {
        state.say("Only what stands in line is taken out; \u{2303}C stops what runs.", .warning)
        return .stays()
      }
      return .stays([.engine(.dequeue(number))])
    case .key(.space), .key("p"): return .stays(state.run("pause"))
    case .mouse(let mouse):
      if let wheel = mouse.wheel {
        list.selected = max(0, min(jobs.count - 1, list.selected + (wheel == .up ? -1 : 1)))
      }
    default: break
    }
    return .stays()
  }

  private func selected(_ jobs: [Job]) -> Job? {
    jobs.indices.contains(list.selected) ? jobs[list.selected] : nil
  }

  /// Moves what is under the cursor in the line, and the cursor with it.
  private mutating func move(by places: Int, _ jobs: [Job], _ state: inout ProgramState) -> [Effect] {
    guard let number = selected(jobs)?.number else {
      state.say("Only what stands in line can be moved.", .warning)
      return []
    }
    let other = list.selected + places
    guard jobs.indices.contains(other), jobs[other].number != nil else { return [] }
    list.selected = other
    return [.engine(.moveQueued(number, by: places))]
  }

  // MARK: Drawing

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let jobs = state.engine.jobs
    let frame = area.centered(
      width: min(area.width, 100), height: min(area.height, max(1, jobs.count) + 4))
    grid.cursor = nil
    grid.fill(frame)
    let inside = grid.box(
      frame, title: state.engine.isPaused ? "Jobs, held" : "Jobs", note: Self.timeLeft(jobs), isFocused: true)
    guard !jobs.isEmpty else {
      return grid.write("Nothing runs.", in: inside.row(inside.height / 2), alignment: .center, style: .dim)
    }
    Self.table(jobs, isPaused: state.engine.isPaused).draw(
      into: &grid, in: inside, state: &list, isFocused: true)
  }

  /// How long all of it takes still, as far as that is known.
  private static func timeLeft(_ jobs: [Job]) -> String {
    let asked = jobs.filter { !$0.isBackground }
    let known = asked.compactMap(\.secondsLeft)
    guard !known.isEmpty else { return "" }
    let time = Quantity.duration(seconds: known.reduce(0, +))
    return known.count == asked.count ? "\(time) left in all" : "more than \(time) left in all"
  }

  private static func table(_ jobs: [Job], isPaused: Bool) -> Table {
    let columns: [Table.Column] = [
      .init(
        "title", "What", minimumWidth: 16, idealWidth: jobs.reduce(20) { max($0, $1.title.columns) },
        isFlexible: true),
      .init(
        "position", "Where", minimumWidth: 12,
        idealWidth: jobs.reduce(12) { max($0, $1.position.columns) }, dropPriority: 2),
      .init("bar", "", minimumWidth: 6, idealWidth: 12, dropPriority: 3),
      .init("share", "Done", .aligned(.right), minimumWidth: 8, dropPriority: 1),
      .init("left", "Left", .aligned(.right), minimumWidth: 8),
    ]
    return Table(columns: columns, rowCount: jobs.count) { index in
      let job = jobs[index]
      let fraction = job.activity?.fraction
      let role: Role = job.standing == .running && !isPaused ? .text : .dim
      return Table.Row(
        [
          .text(job.title, .role(role)), .text(job.position, .role(role)),
          fraction.map { .bar($0, .role(role == .text ? .bar : .dim)) } ?? .text(""),
          .text(standing(job, fraction, isPaused: isPaused), .role(role)),
          .text(job.secondsLeft.map { Quantity.duration(seconds: $0) } ?? "", .role(role)),
        ])
    }
  }

  /// How far it is, or why it does not go on.
  private static func standing(_ job: Job, _ fraction: Double?, isPaused: Bool) -> String {
    switch job.standing {
    case .running:
      isPaused ? "held" : fraction.map { Quantity.percent($0) } ?? "begins"
    case .waiting: "waits"
    case .inLine: "in line"
    }
  }
}

extension ProgramState {
  /// What is said of a run that was put in line.
  static let inLineSentence = "It stands in line, and begins when what runs is through. Q shows all."

  /// The command as it is sent: long work stands in line while something runs that somebody waits for.
  package func standingInLine(_ command: EngineCommand) -> EngineCommand {
    command.jobWords != nil && mustWait != nil ? .enqueue(command) : command
  }

  /// The same of an effect, with a word about it.
  mutating func standingInLine(_ effect: Effect) -> Effect {
    guard case .engine(let command) = effect, case .enqueue(let waiting) = standingInLine(command) else {
      return effect
    }
    say(Self.inLineSentence)
    return .engine(.enqueue(waiting))
  }

  /// Whether an effect waits for what runs instead of ending it.
  func standsInLine(_ effect: Effect) -> Bool {
    switch effect {
    case .train, .iterate: mustWait != nil
    default: false
    }
  }
}
