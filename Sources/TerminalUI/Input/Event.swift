/// Something that happened to the program from outside.
package enum Event: Hashable, Sendable {
  /// A key was pressed.
  case key(Key)
  /// The mouse was pressed, or its wheel turned.
  case mouse(Mouse)
  /// Text was pasted; it must be taken as text, never as commands.
  case paste(String)
  /// The screen has a new size, in cells.
  case resize(width: Int, height: Int)
  /// Another thread has news.
  case wake
  /// The deadline that the application asked for has come.
  case tick
  /// The window has the keyboard's focus now, or lost it; only some terminals say so.
  case focus(Bool)
  /// The terminal said what is behind its text: something light, or something dark.
  case background(isLight: Bool)
  /// The system wants something.
  case signal(Signal)

  /// A signal, by what it asks for.
  package enum Signal: Hashable, Sendable {
    /// The process is to end (SIGTERM): save and quit.
    case terminate
    /// The terminal is gone (SIGHUP, or the line was cut): save and quit; nothing can be drawn.
    case hangup
    /// Somebody sent SIGINT; Control-C arrives as a key instead.
    case interrupt
    /// The process was suspended and goes on; the screen is drawn anew in any case.
    case `continue`
  }

  /// A press, its end or a turn of the wheel, with its cell.
  package struct Mouse: Hashable, Sendable {
    /// What was done.
    package enum Action: Hashable, Sendable {
      /// The left button was pressed.
      case press
      /// The left button was let go.
      case release
      /// The middle button was pressed.
      case middlePress
      /// The right button was pressed.
      case rightPress
      /// The wheel was turned away from the user.
      case wheelUp
      /// The wheel was turned towards the user.
      case wheelDown
    }

    /// What was done.
    package var action: Action
    /// The cell's column.
    package var x: Int
    /// The cell's row.
    package var y: Int

    /// A mouse action at a cell.
    package init(_ action: Action, x: Int, y: Int) {
      self.action = action
      self.x = x
      self.y = y
    }
  }

  /// What the event puts into a text field: a typed character, or pasted text on one line; nil for all else.
  package var text: String? {
    switch self {
    case .key(let key): key.typed.map { String(Character($0)) }
    case .paste(let text): Self.line(of: text)
    default: nil
    }
  }

  /// Text as one line holds it: ends of lines and tabs become spaces, except behind the last line, and every other control
  /// character goes.
  private static func line(of text: String) -> String {
    var scalars = String.UnicodeScalarView()
    var isBehindReturn = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where isBehindReturn: break
      case "\n", "\r", "\t", "\u{85}", "\u{2028}", "\u{2029}": scalars.append(" ")
      case _ where scalar.columns < 0: break
      default: scalars.append(scalar)
      }
      isBehindReturn = scalar == "\r"
    }
    let endsInLine = text.unicodeScalars.last.map { ["\n", "\r"].contains($0) } ?? false
    if endsInLine { while scalars.last == " " { scalars.removeLast() } }
    return String(scalars)
  }
}
