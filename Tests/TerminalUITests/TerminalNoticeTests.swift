import TerminalUI
import Testing

/// What terminals are told beside the screen, as each of them takes it.
@Suite struct TerminalNoticeTests {
  @Test(arguments: [
    (["TERM": "xterm-256color", "WT_SESSION": "1"], "\u{1b}]9;4;1;46\u{07}"),
    (["TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"], "\u{1b}]9;4;1;46\u{07}"),
    (["TERM": "xterm-256color", "VTE_VERSION": "8003"], "\u{1b}]9;4;1;46\u{07}"),
    (
      ["TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.2"],
      "\u{1b}]9;4;1;46\u{07}"
    ),
    // These would show it as a message.
    (["TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.4.19"], ""),
    (["TERM": "xterm-256color", "VTE_VERSION": "6800"], ""), (["TERM": "xterm-256color"], ""),
    (["TERM": "tmux-256color", "WT_SESSION": "1"], ""), (["WT_SESSION": "1", "TMUX": "/tmp/x"], ""),
    ([:], ""),
  ])
  func progressGoesOnlyWhereItIsKnown(environment: [String: String], expected: String) {
    let writer = NoticeWriter(environment: environment)
    #expect(writer.sequence(of: .progress(0.457)) == expected)
    #expect(writer.sequence(of: .progress(nil)).isEmpty == expected.isEmpty)
  }

  @Test(arguments: [
    ("xterm-256color", "\u{07}\u{1b}]9;a, b; c ended\u{07}"),
    ("rxvt-unicode-256color", "\u{07}\u{1b}]777;notify;secateur;a, b, c ended\u{07}"),
    ("foot", "\u{07}\u{1b}]777;notify;secateur;a, b, c ended\u{07}"),
  ])
  func attentionIsABellAndANotification(type: String, expected: String) {
    #expect(NoticeWriter(environment: ["TERM": type]).sequence(of: .attention("a, b; c ended")) == expected)
  }

  /// The name of a file must not end a sequence or begin another.
  @Test func namesCannotBreakOut() {
    let writer = NoticeWriter(environment: [:])
    let name = "a\u{07}\u{1b}]0;x\u{9c}\u{9b}31mb\n"
    for notice in [TerminalNotice.title(name), .attention(name)] {
      let inside = writer.sequence(of: notice).unicodeScalars.dropFirst(notice == .title(name) ? 1 : 2)
        .dropLast()
      #expect(!inside.contains { $0.value < 32 || (127...159).contains($0.value) })
    }
    #expect(writer.sequence(of: .title(String(repeating: "x", count: 1000))).count < 220)
    #expect(writer.sequence(of: .clipboard("\u{1b}")) == "\u{1b}]52;c;Gw==\u{07}")
    for strange in [Double.nan, .infinity, -1] {
      let progress = NoticeWriter(environment: ["WT_SESSION": "1"]).sequence(of: .progress(strange))
      #expect(progress.hasPrefix("\u{1b}]9;4;1;") && progress.count <= 12 + 1)
    }
  }
}
