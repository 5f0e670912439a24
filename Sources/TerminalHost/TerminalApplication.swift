internal import Foundation
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

/// Something that a terminal is told beside what is on the screen. Those that do not know it pass it by.
package enum TerminalNotice: Hashable, Sendable {
  /// The title of its window.
  case title(String)
  /// A text for its clipboard (OSC 52).
  case clipboard(String)
  /// Attention: a bell, and where it can a notification (OSC 9).
  case attention(String)
  /// How far work is, 0…1, beside the title or in a bar of tasks (OSC 9;4); `nil` where nothing runs.
  case progress(Double?)

  /// The bytes that say it.
  var sequence: String {
    switch self {
    case .title(let text): "\u{1b}]2;\(Self.plain(text))\u{07}"
    case .clipboard(let text): "\u{1b}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}"
    case .attention(let text): "\u{07}\u{1b}]9;\(Self.plain(text))\u{07}"
    case .progress(let fraction?): "\u{1b}]9;4;1;\(Int((100 * min(1, max(0, fraction))).rounded()))\u{07}"
    case .progress(nil): "\u{1b}]9;4;0;0\u{07}"
    }
  }

  /// A text in which nothing ends the sequence or begins another.
  private static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { $0.value >= 32 && !(127...159).contains($0.value) }.prefix(200)))
  }
}

extension TerminalApplication {
  /// The theme of a program without files.
  package var theme: Theme { .builtIn }
  /// The mouse is on.
  package var isMouseEnabled: Bool { true }
  /// No ticks.
  package var nextTick: ContinuousClock.Instant? { nil }
  /// Nothing.
  package mutating func takeNotices() -> [TerminalNotice] { [] }
}
