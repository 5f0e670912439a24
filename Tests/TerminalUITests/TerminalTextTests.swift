import TerminalUI
import Testing

/// What comes from a file is shown and not obeyed.
@Suite struct TerminalTextTests {
  @Test(arguments: [
    ("conv1", "conv1"), ("", ""), ("größe 層 e\u{301} 🙂", "größe 層 e\u{301} 🙂"),
    ("\u{1B}]0;x\u{7}", "\\u{1B}]0;x\\u{7}"),
    ("a\nb\r\nc\u{8}", "a\\u{A}b\\u{D}\\u{A}c\\u{8}"), ("\u{9B}2J\u{7F}\u{85}", "\\u{9B}2J\\u{7F}\\u{85}"),
    (
      "\u{202E}\u{2066}\u{200B}\u{200D}\u{FEFF}\u{AD}", "\\u{202E}\\u{2066}\\u{200B}\\u{200D}\\u{FEFF}\\u{AD}"
    ),
    ("\u{2028}\u{2029}\u{E0041}\u{3164}", "\\u{2028}\\u{2029}\\u{E0041}\\u{3164}"),
  ])
  func isShown(text: String, shown: String) {
    #expect(text.visible == shown)
    #expect(TerminalText(text).string == shown)
  }

  @Test func onlyTheProgramsOwnLinesAreLines() {
    let name = "a\nb\u{1B}"
    let text: TerminalText = "one \(name)\ntwo \(3)\n" + "\(["x", name].joined(separator: ", "))"
    #expect(text.string == "one a\\u{A}b\\u{1B}\ntwo 3\nx, a\\u{A}b\\u{1B}")
    #expect(TerminalText(lines: "a\r\n\t\u{1B}b\n").string == "a\\u{D}\n\t\\u{1B}b\n")
    let parts: [TerminalText] = [TerminalText(name), "\n"]
    #expect(parts.joined(separator: "→").string == "a\\u{A}b\\u{1B}→\n")
    let inner: TerminalText = "two\nlines"
    #expect(("\(inner)" as TerminalText).string == "two\nlines")
  }
}
