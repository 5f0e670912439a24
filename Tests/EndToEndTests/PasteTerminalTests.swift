import Foundation
import Testing

/// Text that is pasted into a real terminal: a field takes it as text, nothing else takes it, and however much there is,
/// the program answers.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct PasteTerminalTests {
  /// 200 kB of what would do harm as keys, and as lines of a shell: prune, say yes, quit, and write a file.
  private static let flood = String(
    repeating: "]]]Py\u{1b}[B\u{1b}[Aq y\ntouch harm-done\n:quit\n", count: 5_900)

  private func open(_ sample: Sample) throws -> (TerminalSession, process: Int32) {
    let terminal = try TerminalSession.opening(
      sample, command: "sh -c 'echo $$ > pid; exec secateur reference.onnx --no-session'; echo $? > code")
    let number = String(decoding: try #require(sample.bytes("pid")), as: UTF8.self)
    return (terminal, try #require(Int32(number.trimmingCharacters(in: .whitespacesAndNewlines))))
  }

  @Test func aFloodGoesIntoAFieldAndNowhereElse() throws {
    let sample = try Sample(isConfigured: false)
    let (terminal, process) = try open(sample)
    let clock = ContinuousClock()
    try terminal.type(":")
    let field = try clock.measure {
      try terminal.paste(Self.flood)
      try terminal.wait(for: "the rest had no room")
    }
    #expect(field < .seconds(10), "\(field)")
    try terminal.press("Escape")
    try terminal.wait(without: "the rest had no room")
    let table = try clock.measure {
      try terminal.paste(Self.flood)
      try terminal.wait(for: "Pasted text goes into fields only")
    }
    #expect(table < .seconds(10), "\(table)")
    // Nothing of it was a key.
    #expect(try !terminal.screen()[0].contains("[+]"))
    try terminal.paste("log\n")
    try terminal.type(":")
    try terminal.paste("log\n")
    try terminal.wait(for: ":log")
    try terminal.press("Enter")
    try terminal.wait(for: "Opened reference.onnx")
    try terminal.type("q")
    try terminal.waitForShell()
    #expect(kill(process, 0) != 0, "it is gone")
    #expect(!sample.has("harm-done"))
  }

  /// A signal is looked at between two pieces of a paste, and what is left of it is no line for the shell.
  @Test func aSignalIsSeenInTheMiddleOfAPaste() throws {
    let sample = try Sample(isConfigured: false)
    let (terminal, process) = try open(sample)
    try terminal.paste(Self.flood)
    let clock = ContinuousClock()
    let began = clock.now
    kill(process, SIGTERM)
    while kill(process, 0) == 0, clock.now - began < .seconds(30) { Thread.sleep(forTimeInterval: 0.01) }
    #expect(clock.now - began < .seconds(8), "\(clock.now - began)")
    try terminal.enter("")
    try terminal.waitForShell()
    #expect(!sample.has("harm-done"))
  }
}
