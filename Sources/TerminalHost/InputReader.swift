internal import CTerminal
internal import TerminalUI

/// Turns what the shim reads into events, and gathers pasted text between its two marks.
struct InputReader {
  private var pasted: String.UnicodeScalarView?
  private static let largestPaste = 1 << 20

  /// The events that are there, at most `limit` so that a flood does not stop the drawing; empty if none.
  mutating func read(limit: Int) -> [Event] {
    var events: [Event] = []
    var input = term_input()
    while events.count < limit {
      term_read(&input)
      if Int(input.kind) == TERM_INPUT_NONE { break }
      if let event = take(input) { events.append(event) }
    }
    return events
  }

  private mutating func take(_ input: term_input) -> Event? {
    switch Int(input.kind) {
    case TERM_INPUT_PASTE_BEGIN:
      pasted = String.UnicodeScalarView()
      return nil
    case TERM_INPUT_PASTE_END:
      defer { pasted = nil }
      return pasted.map { .paste(String($0)) }
    case TERM_INPUT_TEXT:
      guard let scalar = Unicode.Scalar(input.code) else { return nil }
      if pasted != nil {
        if (pasted?.count ?? 0) < Self.largestPaste { pasted?.append(scalar == "\r" ? "\n" : scalar) }
        return nil
      }
      return Key(scalar: scalar).map { .key($0) }
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
    default: nil
    }
  }
}
