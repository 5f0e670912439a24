internal import CTerminal
internal import Foundation
internal import TerminalUI

/// The loop of the terminal's thread: wait, handle, draw.
struct EventLoop {
  var screen: Screen
  let wakeInterval: Duration
  let wakeUp: WakeUp?
  let latency: LatencyRecord?

  /// How long input is handled before the loop looks around.
  private static let inputSpan = Duration.milliseconds(30)
  /// How long the first picture waits for what the terminal answers.
  private static let answerSpan = Duration.milliseconds(150)

  private let clock = ContinuousClock()
  private var input = InputReader()
  private let notices = NoticeWriter(environment: ProcessInfo.processInfo.environment)
  /// Whether the terminal was told how far work is, which it would show for ever.
  private var showsProgress = false
  private var mustDraw = true
  private var mustQuit = false
  private var terminations = 0
  /// When the keys that are not on the screen yet were read.
  private var unseenKeys: [ContinuousClock.Instant] = []
  private var lastWake: ContinuousClock.Instant?
  /// Whether the next SIGCONT belongs to a suspension of our own, after which the screen is up already.
  private var expectsContinue = false

  init(screen: Screen, wakeInterval: Duration, wakeUp: WakeUp?, latency: LatencyRecord?) {
    self.screen = screen
    self.wakeInterval = wakeInterval
    self.wakeUp = wakeUp
    self.latency = latency
  }

  mutating func run(_ application: inout some TerminalApplication) {
    let size = screen.size()
    send(.resize(width: size.width, height: size.height), to: &application)
    if application.asksForBackground, screen.depth > .mono, term_knows_sequences() { ask(&application) }
    while !mustQuit {
      if mustDraw { draw(&application) }
      unseenKeys.removeAll(keepingCapacity: true)
      wait(&application)
    }
    if showsProgress { tell(.progress(nil)) }
    input.skipPaste(longest: .seconds(3))
    input.skipAnswer(longest: .milliseconds(500))
  }

  /// Asks for the colour behind text and waits a moment, so that the first picture has the right colours where the terminal
  /// answers at once. Keys that come meanwhile are not lost; an answer that comes later is taken then.
  private mutating func ask(_ application: inout some TerminalApplication) {
    input.ask()
    let end = clock.now + Self.answerSpan
    var others: [Event] = []
    while input.expectsAnswer, clock.now < end {
      if let event = input.next(until: clock.now) {
        if case .background = event { send(event, to: &application) } else { others.append(event) }
      } else if !input.expectsAnswer
        || Int(term_wait(-1, milliseconds(until: end, from: clock.now))) & ~TERM_READY_INPUT != 0
      {
        // The answer is there; or a signal is, or the line was cut, and the loop looks after that.
        break
      }
    }
    for event in others where !mustQuit { take(event, at: clock.now, &application) }
  }

  private mutating func draw(_ application: inout some TerminalApplication) {
    term_set_mouse(application.isMouseEnabled)
    let size = screen.size()
    var grid = Grid(width: size.width, height: size.height, glyphs: screen.glyphs, depth: screen.depth)
    application.draw(into: &grid)
    screen.show(grid, theme: application.theme)
    for notice in application.takeNotices() { tell(notice) }
    mustDraw = false
    let now = clock.now
    for read in unseenKeys { latency?.add(now - read) }
  }

  private mutating func tell(_ notice: TerminalNotice) {
    guard term_knows_sequences() else { return }
    let sequence = notices.sequence(of: notice)
    guard !sequence.isEmpty else { return }
    if case .progress(let fraction) = notice { showsProgress = fraction != nil }
    term_send(sequence)
  }

  private mutating func wait(_ application: inout some TerminalApplication) {
    let before = clock.now
    let wakeAllowed = lastWake.map { $0 + wakeInterval } ?? before
    let watchesWake = wakeAllowed <= before
    var deadline = application.nextTick
    if !watchesWake, wakeUp != nil {
      deadline = min(deadline ?? wakeAllowed, wakeAllowed)
    }
    if let end = input.deadline { deadline = min(deadline ?? end, end) }
    let ready = Int(
      term_wait(watchesWake ? wakeUp?.descriptor ?? -1 : -1, milliseconds(until: deadline, from: before)))
    let now = clock.now

    if ready & TERM_READY_HANGUP != 0 {
      hangUp(&application)
      return
    }
    if ready & TERM_READY_SIGNAL != 0 { takeSignals(&application) }
    let isOver = input.deadline.map { $0 <= now } ?? false
    if ready & TERM_READY_INPUT != 0 || isOver, !mustQuit { takeInput(&application, at: now) }
    if let wakeUp, wakeUp.isPending, wakeAllowed <= now, !mustQuit {
      wakeUp.take()
      lastWake = now
      send(.wake, to: &application)
    }
    if let tick = application.nextTick, tick <= now, !mustQuit { send(.tick, to: &application) }
  }

  private func milliseconds(until deadline: ContinuousClock.Instant?, from now: ContinuousClock.Instant)
    -> Int32
  {
    guard let deadline else { return -1 }
    let (seconds, attoseconds) = (deadline - now).components
    if seconds < 0 || attoseconds < 0 { return 0 }
    if seconds > 3_600 { return 3_600_000 }
    // Rounded up: waking a moment early would spin until the deadline.
    return Int32(seconds) * 1_000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  private mutating func takeInput(
    _ application: inout some TerminalApplication, at now: ContinuousClock.Instant
  ) {
    // When a frame's time is over, what the keys did so far is drawn, and signals are looked at.
    let end = now + Self.inputSpan
    while clock.now < end, let event = input.next(until: end) {
      take(event, at: now, &application)
      if mustQuit { return }
    }
  }

  private mutating func take(
    _ event: Event, at now: ContinuousClock.Instant, _ application: inout some TerminalApplication
  ) {
    switch event {
    case .key(.control("z")): suspend(&application)
    case .key(.control("\\")): term_quit()
    case .key(.control("l")):
      term_invalidate()
      mustDraw = true
    case .key:
      unseenKeys.append(now)
      send(event, to: &application)
    default: send(event, to: &application)
    }
  }

  private mutating func takeSignals(_ application: inout some TerminalApplication) {
    while !mustQuit {
      switch Int(term_next_signal()) {
      case TERM_SIGNAL_NONE: return
      case TERM_SIGNAL_RESIZE:
        let size = screen.size()
        send(.resize(width: size.width, height: size.height), to: &application)
        mustDraw = true
      case TERM_SIGNAL_SUSPEND: suspend(&application)
      case TERM_SIGNAL_CONTINUE:
        if expectsContinue {
          expectsContinue = false
        } else {
          resume(&application)
        }
      case TERM_SIGNAL_INTERRUPT: send(.signal(.interrupt), to: &application)
      case TERM_SIGNAL_TERMINATE:
        terminations += 1
        send(.signal(.terminate), to: &application)
        if terminations > 1 { mustQuit = true }
      default: hangUp(&application)
      }
    }
  }

  private mutating func suspend(_ application: inout some TerminalApplication) {
    input.skipAnswer(longest: .milliseconds(200))
    term_suspend()
    expectsContinue = true
    resume(&application)
  }

  private mutating func resume(_ application: inout some TerminalApplication) {
    term_resume()
    let size = screen.size()
    send(.resize(width: size.width, height: size.height), to: &application)
    send(.signal(.continue), to: &application)
    mustDraw = true
  }

  private mutating func hangUp(_ application: inout some TerminalApplication) {
    term_ignore_hangup()
    send(.signal(.hangup), to: &application)
    mustQuit = true
  }

  private mutating func send(_ event: Event, to application: inout some TerminalApplication) {
    switch application.handle(event) {
    case .continue: mustDraw = true
    case .unchanged: break
    case .quit: mustQuit = true
    }
  }
}
