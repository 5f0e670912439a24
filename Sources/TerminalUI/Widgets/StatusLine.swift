/// What a message is about. It is told by a mark as well as by a colour.
package enum Severity: Hashable, Sendable, Comparable {
  /// Something to know.
  case information
  /// Something went well.
  case success
  /// Something to look at.
  case warning
  /// Something went wrong.
  case error

  /// The role it is drawn in.
  package var role: Role {
    switch self {
    case .information: .text
    case .success: .success
    case .warning: .warning
    case .error: .error
    }
  }

  /// The mark before the message; nil for none.
  package func mark(_ glyphs: Glyphs) -> Unicode.Scalar? {
    switch self {
    case .information: nil
    case .success: glyphs.check
    case .warning: glyphs.warning
    case .error: glyphs.failure
    }
  }
}

/// A message in the line above the footer, which may pass by itself.
package struct StatusLine: Hashable, Sendable {
  /// What it is about.
  package var severity: Severity
  /// What it says, and what to do next.
  package var text: String
  /// When it passes; nil to stay until replaced.
  package var expires: ContinuousClock.Instant?

  /// A message.
  package init(_ text: String, _ severity: Severity = .information, expires: ContinuousClock.Instant? = nil) {
    self.text = text
    self.severity = severity
    self.expires = expires
  }

  /// Whether the message has passed.
  package func hasExpired(at now: ContinuousClock.Instant) -> Bool {
    expires.map { $0 <= now } ?? false
  }

  /// Draws the message into the first row of an area.
  package func draw(into grid: inout Grid, in area: Rectangle) {
    let mark = severity.mark(grid.glyphs).map { String(Character($0)) + " " } ?? ""
    grid.write(mark + text, in: area, style: .role(severity.role))
  }

  /// Draws the message as a frame in the upper right corner of an area, for news from the background.
  package func drawToast(into grid: inout Grid, in area: Rectangle) {
    let mark = severity.mark(grid.glyphs).map { String(Character($0)) + " " } ?? ""
    let style = Style.role(severity.role)
    let width = min(area.width, max(12, min(50, (mark + text).columns + 4)))
    let rows = ScrollText.wrap([Span(mark + text, style: style)], width: width - 4)
    let height = min(area.height, rows.count + 2)
    let frame = Rectangle(x: area.endX - width, y: area.y, width: width, height: height)
    grid.fill(frame)
    let inside = grid.box(frame).inset(horizontal: 1, vertical: 0)
    for (line, row) in rows.prefix(inside.height).enumerated() {
      grid.write(row, x: inside.x, y: inside.y + line, clip: inside)
    }
  }
}

extension Grid {
  /// The smallest screen on which panes are drawn.
  package static let smallestWidth = 40
  /// The smallest screen on which panes are drawn.
  package static let smallestHeight = 10

  /// Whether there is only room for the notice that `drawSizeNotice` draws.
  package var isTooSmall: Bool { width < Self.smallestWidth || height < Self.smallestHeight }

  /// Says that the screen is too small and how to leave.
  ///
  /// - Parameter question: stands in the last line's place, where leaving has to be confirmed.
  package mutating func drawSizeNotice(quitKey: Key = "q", question: String? = nil) {
    let notice = [
      "\(width)×\(height) is too small:", "needs \(Self.smallestWidth)×\(Self.smallestHeight).",
      question ?? "Enlarge it, or \(quitKey.label(glyphs)) quits.",
    ]
    let area = bounds.centered(width: width, height: notice.count)
    for (line, text) in notice.enumerated() {
      write(text, in: area.row(line), alignment: .center, style: .role(.warning))
    }
  }
}
