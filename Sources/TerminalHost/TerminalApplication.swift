package import TerminalUI

/// What the host does after an event.
package enum Reaction: Hashable, Sendable {
  /// Something may look different now: draw.
  case `continue`
  /// Nothing has changed: do not draw.
  case unchanged
  /// Leave.
  case quit
}

/// A program with a screen: it handles one event after the other and draws itself whole.
///
/// The host calls it from one thread, the one that called `TerminalHost.run`, and never while it is busy.
package protocol TerminalApplication {
  /// The looks of the roles; read before each drawing, so that a change shows at once.
  var theme: Theme { get }

  /// Whether the mouse is reported; while it is, the terminal cannot select text.
  var isMouseEnabled: Bool { get }

  /// Whether it wants to know what colour is behind text. It is told by `.background`, where the terminal says.
  var asksForBackground: Bool { get }

  /// When the application wants a `.tick`; nil for never. Asked after every event.
  var nextTick: ContinuousClock.Instant? { get }

  /// Takes an event. For `.signal(.terminate)` and `.signal(.hangup)` it saves its work; after a hang-up, and
  /// after a second `.terminate`, the host leaves whatever is returned.
  mutating func handle(_ event: Event) -> Reaction

  /// Draws everything into a blank grid.
  mutating func draw(into grid: inout Grid)

  /// What the terminal is told beside the screen; asked for after each drawing, and told once.
  mutating func takeNotices() -> [TerminalNotice]
}

extension TerminalApplication {
  /// The theme of a program without files.
  package var theme: Theme { .builtIn }
  /// The mouse is on.
  package var isMouseEnabled: Bool { true }
  /// It has its colours already.
  package var asksForBackground: Bool { false }
  /// No ticks.
  package var nextTick: ContinuousClock.Instant? { nil }
  /// Nothing.
  package mutating func takeNotices() -> [TerminalNotice] { [] }
}
