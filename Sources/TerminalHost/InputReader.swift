internal import CTerminal
internal import TerminalUI

/// Turns what the shim reads into events, and gathers pasted text between its two marks.
///
/// Whatever stands between the marks is text, and is read past ncurses: the sequences of keys and of the mouse in it are
/// none. The same holds for what the terminal answers when it is asked what colour is behind its text: whenever it comes, it
/// is no key.
struct InputReader {
  private let clock = ContinuousClock()
  /// The bytes that were pasted so far, as many as are kept, and how many there were; `nil` outside of a paste.
  private var paste: (bytes: [UInt8], count: Int)?
  /// When a paste whose end never comes counts as ended.
  private(set) var pasteDeadline: ContinuousClock.Instant?

  /// The answer that has begun, and when one whose end never comes counts as ended.
  private var answer: (reader: AnswerReader, deadline: ContinuousClock.Instant)?
  /// Whether the terminal was asked and has not answered.
  private(set) var expectsAnswer = false
  /// Until when the Escape key waits for what may belong to it; `nil` where it does so no longer than usual.
  private var patienceEnd: ContinuousClock.Instant?
  /// Finds answers that were torn apart, as long as one is expected.
  private var tornAnswers = TornAnswerGuard()
  /// When keys that are held back as part of an answer are none.
  private var heldKeysDeadline: ContinuousClock.Instant?
  /// Events that are there already.
  private var ready: [Event] = []

  /// When something that has begun counts as ended though nothing comes.
  var deadline: ContinuousClock.Instant? {
    [pasteDeadline, answer?.deadline, heldKeysDeadline, patienceEnd, ready.isEmpty ? nil : clock.now]
      .compactMap { $0 }.min()
  }

  /// Longer than a line stops within an answer; what came behind it would be keys.
  private static let longestAnswer = Duration.seconds(2)
  /// As long as most answers take that come at all.
  private static let patience = Duration.seconds(3)
  /// As long as a line stops that tore an answer apart.
  private static let longestTear = Duration.milliseconds(300)

  /// Far more than any field takes.
  private static let largestPaste = 1 << 16
  /// Longer than a bad line stops within a paste; what came behind it would be keys.
  private static let longestSilence = Duration.seconds(5)

  /// The next event; `nil` where no whole one is there, or the time is over.
  mutating func next(until end: ContinuousClock.Instant) -> Event? {
    repeat {
      if !ready.isEmpty { return ready.removeFirst() }
      if let patienceEnd, patienceEnd <= clock.now { endPatience() }
      if let heldKeysDeadline, heldKeysDeadline <= clock.now {
        self.heldKeysDeadline = nil
        ready = tornAnswers.release().map { .key($0) }
      } else if answer != nil {
        if let event = readAnswer() { return event }
        if answer != nil { return nil }
      } else if paste != nil {
        var hasRead = false
        if let event = readPaste(&hasRead) { return event }
        if !hasRead { return nil }
      } else {
        var input = term_input()
        term_read(&input)
        if Int(input.kind) == TERM_INPUT_NONE { return nil }
        if let event = take(input).flatMap({ sift($0) }) { return event }
      }
    } while clock.now < end
    return nil
  }

  /// Asks the terminal what colour is behind its text; the answer comes among the events, if it comes.
  mutating func ask() {
    expectsAnswer = true
    patienceEnd = clock.now + Self.patience
    term_expect_answer(true)
    term_send(TerminalAnswer.question)
  }

  private mutating func endPatience() {
    patienceEnd = nil
    term_expect_answer(false)
  }

  private mutating func begin(_ kind: AnswerReader.Kind) {
    answer = (AnswerReader(kind), clock.now + Self.longestAnswer)
  }

  /// Reads what is there of the answer.
  private mutating func readAnswer() -> Event? {
    while let (begun, deadline) = answer {
      var reader = begun
      let byte = term_read_byte()
      guard let byte = UInt8(exactly: byte) else {
        if deadline <= clock.now { answer = nil }
        return nil
      }
      switch reader.take(byte) {
      case .goesOn: answer = (reader, clock.now + Self.longestAnswer)
      case .ended(let found):
        answer = nil
        // What every terminal answers comes last.
        if found == .attributes {
          expectsAnswer = false
          endPatience()
        }
        return found?.isLight.map { .background(isLight: $0) }
      }
    }
    return nil
  }

  /// Holds keys back that may be the rest of a torn answer.
  private mutating func sift(_ event: Event) -> Event? {
    guard expectsAnswer, case .key(let key) = event else { return event }
    let (keys, begun) = tornAnswers.take(key)
    heldKeysDeadline = tornAnswers.holdsKeys ? clock.now + Self.longestTear : nil
    if let begun { begin(begun) }
    ready += keys.map { .key($0) }
    return ready.isEmpty ? nil : ready.removeFirst()
  }

  /// Waits a moment for an answer that may still come, and forgets it: the shell would take it as a command.
  mutating func skipAnswer(longest: Duration) {
    let end = clock.now + longest
    while patienceEnd != nil || answer != nil, clock.now < end {
      if next(until: clock.now) == nil, Int(term_wait(-1, 50)) & ~TERM_READY_INPUT != 0 { break }
    }
    answer = nil
  }

  /// Reads what is there of the paste; gives it once it is whole, or nothing more of it comes.
  private mutating func readPaste(_ hasRead: inout Bool) -> Event? {
    var hasEnded = false
    var block = [UInt8](repeating: 0, count: 4096)
    let count = Int(term_read_paste(&block, Int32(block.count), &hasEnded))
    hasRead = count > 0
    if hasRead {
      pasteDeadline = clock.now + Self.longestSilence
      let room = max(0, Self.largestPaste - (paste?.count ?? 0))
      paste?.bytes += block.prefix(min(count, room))
      paste?.count += count
    }
    if hasEnded { return endPaste(markBytes: Int(TERM_PASTE_MARK)) }
    guard !hasRead, let deadline = pasteDeadline, deadline <= clock.now else { return nil }
    return endPaste(markBytes: 0)
  }

  private mutating func endPaste(markBytes: Int) -> Event? {
    defer { (paste, pasteDeadline) = (nil, nil) }
    guard let paste else { return nil }
    let bytes = paste.bytes.prefix(max(0, paste.count - markBytes))
    let text =
      term_is_utf8()
      ? String(decoding: bytes, as: UTF8.self)
      : String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    // Terminals send Return for each end of a line.
    return .paste(String(text.map { $0 == "\r" ? "\n" : $0 }))
  }

  /// Reads to the end of a paste that is under way, and forgets it: the shell would take the rest as commands.
  ///
  /// - Parameter longest: no longer than this.
  mutating func skipPaste(longest: Duration) {
    let end = clock.now + longest
    while paste != nil, clock.now < end {
      _ = next(until: clock.now)
      guard paste != nil else { return }
      // Where nothing more comes, or somebody asks again to end, it is over.
      if Int(term_wait(-1, 300)) != TERM_READY_INPUT { break }
    }
    if paste != nil { term_discard_input() }
  }

  private mutating func take(_ input: term_input) -> Event? {
    switch Int(input.kind) {
    case TERM_INPUT_PASTE_BEGIN:
      paste = ([], 0)
      pasteDeadline = clock.now + Self.longestSilence
      return nil
    case TERM_INPUT_ANSWER:
      begin(input.code == 1 ? .color : .attributes)
      return nil
    case TERM_INPUT_FOCUS: return .focus(input.code == 1)
    case TERM_INPUT_TEXT: return Unicode.Scalar(input.code).flatMap { Key(scalar: $0) }.map { .key($0) }
    case TERM_INPUT_KEY:
      guard var key = Self.key(input.code) else { return nil }
      if input.has_shift { key.modifiers.insert(.shift) }
      if input.has_control { key.modifiers.insert(.control) }
      return .key(key)
    case TERM_INPUT_MOUSE:
      return Self.action(input.code).map { .mouse(.init($0, x: Int(input.x), y: Int(input.y))) }
    default: return nil
    }
  }

  private static func key(_ code: UInt32) -> Key? {
    switch Int(code) {
    case TERM_KEY_UP: .up
    case TERM_KEY_DOWN: .down
    case TERM_KEY_LEFT: .left
    case TERM_KEY_RIGHT: .right
    case TERM_KEY_HOME: .home
    case TERM_KEY_END: .end
    case TERM_KEY_PAGE_UP: .pageUp
    case TERM_KEY_PAGE_DOWN: .pageDown
    case TERM_KEY_INSERT: .insert
    case TERM_KEY_DELETE: .delete
    case TERM_KEY_BACKSPACE: .backspace
    case TERM_KEY_ENTER: .enter
    case TERM_KEY_BACK_TAB: .backTab
    case TERM_KEY_SHIFT_UP: Key(.up, .shift)
    case TERM_KEY_SHIFT_DOWN: Key(.down, .shift)
    case TERM_KEY_SHIFT_LEFT: Key(.left, .shift)
    case TERM_KEY_SHIFT_RIGHT: Key(.right, .shift)
    default: Int(code) > TERM_KEY_FUNCTION ? .function(Int(code) - TERM_KEY_FUNCTION) : nil
    }
  }

  private static func action(_ code: UInt32) -> Event.Mouse.Action? {
    switch Int(code) {
    case TERM_MOUSE_LEFT: .press
    case TERM_MOUSE_MIDDLE: .middlePress
    case TERM_MOUSE_RIGHT: .rightPress
    case TERM_MOUSE_WHEEL_UP: .wheelUp
    case TERM_MOUSE_WHEEL_DOWN: .wheelDown
    case TERM_MOUSE_RELEASE: .release
    default: nil
    }
  }
}
