import Foundation
import TestSupport
import Testing

/// The program on a real terminal, driven by keys and read as text.
///
/// Nothing here waits for a time: what is waited for is text.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct TerminalTests {
  // MARK: Another format

  /// An MXNet model is opened, pruned and written like any other; the plan is repeated without a terminal.
  @Test func anMXNetModel() throws {
    let sample = try Sample()
    for ending in ["-symbol.json", "-0003.params"] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: "Tests/SessionTests/Fixtures/mxnet/resnet\(ending)"),
        to: sample.folder.url.appending(path: "net\(ending)"))
    }
    let terminal = try TerminalSession.opening(
      sample, width: 120, height: 30, command: "secateur net-symbol.json --input data=1x3x8x8 --no-session")
    for text in ["stage1_", "MXNet", "net-symbol.json"] { try terminal.wait(for: text) }
    try terminal.type("e")
    try terminal.wait(for: "conv0, 8 kernels")
    try terminal.press("C-u")
    try terminal.type("50")
    try terminal.press("Enter")
    try terminal.wait(what: "50 %, 4 kept") {
      TerminalSession.row("conv0", in: $0)?.contains(#/ 50% +4 /#) == true
    }
    try terminal.type("P")
    try terminal.wait(for: "kernels of 2 layers go")
    try terminal.type("y")
    try terminal.wait(without: "kernels of 2 layers go")
    try terminal.type("g4")
    try terminal.wait(for: "−8 kernels")
    try terminal.type("w")
    try terminal.wait(for: "net-pruned-symbol.json")
    try terminal.press("Enter")
    try terminal.wait(for: "secateur apply")
    let applied = try Program.run([
      "apply", sample.path("net-plan.yaml"), sample.path("net"), "-o", sample.path("again"), "--input",
      "data=1x3x8x8",
    ])
    #expect(applied.code == 0, "\(applied.errors)")
    for ending in ["-symbol.json", "-0003.params"] {
      #expect(sample.bytes("again\(ending)") == sample.bytes("net-pruned\(ending)"))
      #expect(sample.has("again\(ending)"))
    }
  }

  /// A symbol does not always say what is fed to it: the terminal program asks, and takes the answer behind the name.
  @Test func anMXNetModelIsOpenedWithAShape() throws {
    let sample = try Sample()
    for ending in ["-symbol.json", "-0003.params"] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: "Tests/SessionTests/Fixtures/mxnet/resnet\(ending)"),
        to: sample.folder.url.appending(path: "net\(ending)"))
    }
    let terminal = try TerminalSession.opening(
      sample, width: 120, height: 30, command: "secateur reference.onnx --no-session")
    try terminal.type(":open net-symbol.json")
    try terminal.press("Enter")
    try terminal.wait(for: "does not say what shape its input data has")
    try terminal.wait(for: ":open FILE data=1x3x224x224")
    try terminal.press("Escape")
    try terminal.wait(without: "does not say what shape")
    try terminal.type(":open net-symbol.json data=1x3x8x8")
    try terminal.press("Enter")
    for text in ["stage1_", "MXNet", "net-symbol.json"] { try terminal.wait(for: text) }
    try terminal.type("q")
    try terminal.expectSaneShell()
  }

  @Test func quittingAsksWhereSomethingWouldBeLost() throws {
    let terminal = try TerminalSession.opening(Sample(isConfigured: false))
    try terminal.type("]")
    try terminal.wait(for: "10%")
    try terminal.type("q")
    try terminal.wait(for: "Leave anyway?")
    try terminal.press("Enter")
    try terminal.wait(without: "Leave anyway?")
    try terminal.type("q")
    try terminal.wait(for: "Leave anyway?")
    try terminal.type("y")
    try terminal.expectSaneShell()
  }

  @Test func writingOverAFileIsAsked() throws {
    let sample = try Sample(isConfigured: false)
    _ = try sample.write("older", to: "reference-pruned.onnx")
    let terminal = try TerminalSession.opening(sample)
    try terminal.type("]")
    try terminal.wait(for: "10%")
    try terminal.type("P")
    try terminal.wait(for: "kernels of 1 layers go")
    try terminal.type("y")
    try terminal.wait(for: "Iteration 1")
    try terminal.type("w")
    try terminal.wait(for: "reference-pruned.onnx")
    try terminal.press("Enter")
    try terminal.wait(for: "This file exists:")
    #expect(sample.bytes("reference-pruned.onnx") == Data("older".utf8))
    #expect(!sample.has("reference-plan.yaml"))
    try terminal.type("y")
    try terminal.wait(for: "secateur apply")
    #expect(try #require(sample.bytes("reference-pruned.onnx")).count > 10_000)
    try terminal.press("Escape")
    try terminal.wait(without: "secateur apply")
    try terminal.wait(without: "[+]")
    try terminal.type("q")
    try terminal.waitForShell()
  }

  // MARK: Data

  @Test func dataAreChosenInADialog() throws {
    let terminal = try TerminalSession.opening(Sample(isConfigured: false))
    try terminal.wait(for: "No data yet; scores from weights (l2). d chooses data.")
    try terminal.type("d")
    try terminal.wait(for: "Look")
    try terminal.type("nowhere")
    try terminal.press("Enter")
    try terminal.wait(for: "nowhere cannot be read")
    try terminal.press("C-u")
    try terminal.type("fash")
    try terminal.press("Tab")
    try terminal.wait(for: "fashion-mnist/")
    try terminal.press("Enter")
    try terminal.wait(for: "28×28")
    try terminal.wait(for: "10 classes")
    try terminal.wait(for: "Use these data")
    #expect(try !terminal.screen().contains { $0.contains("TAYLOR") }, "they are looked at first")
    try terminal.press("Enter")
    try terminal.wait(for: "TAYLOR")
    try terminal.wait(for: "ex/s")
    try terminal.type("q")
    try terminal.expectSaneShell()
  }

  // MARK: Help, filter, commands

  @Test func helpFilterAndCommands() throws {
    let terminal = try TerminalSession.opening(Sample(isConfigured: false))
    try terminal.type("?")
    try terminal.wait(for: "Everything that can be done")
    try terminal.wait(for: "prune 1 % more")
    try terminal.type("undone")
    try terminal.wait(for: "bring back what was undone")
    try terminal.wait(without: "prune 1 % more")
    try terminal.press("Escape")
    try terminal.wait(for: "conv2")

    try terminal.type("fconv2")
    try terminal.wait(without: "conv3")
    try terminal.press("Enter")
    try terminal.wait(for: "filter conv2")
    try terminal.press("Escape")
    try terminal.wait(for: "conv3")

    try terminal.type(":iter")
    try terminal.press("Tab")
    try terminal.wait(for: ":iterations")
    try terminal.press("Enter")
    try terminal.wait(for: "ITERATION")
    try terminal.type(":nonsense")
    try terminal.press("Enter")
    try terminal.wait(for: "There is no command")
    try terminal.type(":quit")
    try terminal.press("Enter")
    try terminal.expectSaneShell()
  }

  @Test func aFileThatIsNoModelIsSaidOnTheScreenToo() throws {
    let sample = try Sample(isConfigured: false)
    _ = try sample.write("a letter", to: "letter.onnx")
    let terminal = try TerminalSession.opening(sample)
    try terminal.type(":open-model letter.onnx")
    try terminal.press("Enter")
    try terminal.wait(for: "letter.onnx is not an ONNX model")
    try terminal.press("Escape")
    try terminal.wait(without: "letter.onnx is not an ONNX model")
    try terminal.wait(for: "conv1")
    try terminal.type("q")
    try terminal.waitForShell()
  }

  // MARK: The terminal

  @Test func anotherSizeWhileRunning() throws {
    let terminal = try TerminalSession.opening(Sample(), width: 140, height: 40)
    try terminal.wait(for: "Kernels of conv1")
    try terminal.resize(width: 80, height: 24)
    try terminal.wait(without: "Kernels of conv1")
    try terminal.wait(for: "conv1")
    // The footer stands in the last line, whole lines above.
    try terminal.wait(what: "a whole screen of 24 lines") {
      $0.count >= 24 && $0[23].contains("help") && $0[0].contains("1 Layers")
    }
    try terminal.resize(width: 39, height: 9)
    try terminal.wait(for: "39×9 is too small")
    try terminal.resize(width: 140, height: 40)
    try terminal.wait(for: "Kernels of conv1")
    try terminal.resize(width: 39, height: 9)
    try terminal.wait(for: "39×9 is too small")
    try terminal.type("q")
    try terminal.wait(without: "too small")
    try terminal.resize(width: 80, height: 24)
    try terminal.expectSaneShell()
  }

  @Test func aDumbTerminalIsRefused() throws {
    let sample = try Sample(isConfigured: false)
    let terminal = try TerminalSession()
    try terminal.enter("cd \(sample.folder.url.path)")
    for type in ["dumb", "no-such-terminal"] {
      // A mark of its own: the one before it may stand there until the screen is cleared.
      try terminal.enter("clear; TERM=\(type) secateur reference.onnx; echo \(type) gave $?")
      try terminal.wait(for: "\(type) gave 2")
      let text = try terminal.screen().joined()
      #expect(text.contains("The terminal \"\(type)\" (variable TERM)"))
      #expect(text.contains("Set TERM"))
    }
    try terminal.expectSaneShell()
  }

  @Test func withoutColoursWhereTheyAreNotWanted() throws {
    /// Whether a line sets a colour: a select-graphic-rendition parameter of 30–49, 90–107.
    func hasColor(_ line: String) -> Bool {
      line.matches(of: #/\x1B\[([0-9;:]*)m/#).contains { match in
        match.1.split(separator: ";").contains {
          Int($0.prefix { $0 != ":" }).map { (30...48).contains($0) && $0 != 39 || (90...107).contains($0) }
            ?? false
        }
      }
    }
    for (environment, isColored) in [(["NO_COLOR": "1"], false), ([:], true)] {
      let terminal = try TerminalSession.opening(Sample(isConfigured: false), environment: environment)
      try terminal.wait(for: "conv3")
      let styled = try terminal.styledScreen()
      #expect(styled.contains(where: hasColor) == isColored, "\(environment)")
      // What is selected can still be told: by reverse or bold.
      #expect(styled.contains { $0.contains(#/\x1B\[([0-9;]*;)?[17](;[0-9;]*)?m/#) })
      try terminal.type("q")
      try terminal.waitForShell()
    }
  }

  @Test func pipedStandardInputAndOutput() throws {
    let sample = try Sample(isConfigured: false)
    let terminal = try TerminalSession.opening(
      sample, command: "echo qqq | secateur reference.onnx > out.txt")
    try terminal.wait(for: "conv3")
    try terminal.type("g3")
    try terminal.wait(for: "TENSOR")
    try terminal.type("q")
    try terminal.expectSaneShell()
    #expect(sample.bytes("out.txt") == Data(), "the screen is not in the file")
  }

  @Test func suspendedAndBack() throws {
    let terminal = try TerminalSession.opening(Sample())
    try terminal.wait(for: "TAYLOR")
    try terminal.press("C-z")
    try terminal.wait(for: "Stopped")
    try terminal.expectSaneShell()
    try terminal.enter("clear; fg")
    try terminal.wait(for: "conv3")
    try terminal.wait(for: "1 Layers")
    try terminal.type("]")
    try terminal.wait(for: "10%")
    try terminal.type("z")
    try terminal.wait(for: "Undone")
    try terminal.type("q")
    try terminal.expectSaneShell()
  }

  @Test(arguments: ["TERM", "INT", "HUP"]) func aSignalEndsItCleanly(signal: String) throws {
    let sample = try Sample()
    let terminal = try TerminalSession.opening(
      sample, command: "sh -c 'echo $$ > pid; exec secateur reference.onnx'; echo $? > code")
    try terminal.wait(for: "TAYLOR")
    let number = String(decoding: try #require(sample.bytes("pid")), as: UTF8.self)
    let process = try #require(Int32(number.trimmingCharacters(in: .whitespacesAndNewlines)))
    kill(process, signal == "TERM" ? SIGTERM : signal == "INT" ? SIGINT : SIGHUP)
    try terminal.expectSaneShell()
    #expect(sample.has("code"))
    #expect(kill(process, 0) != 0, "it is gone")
  }

  @Test func theQuitKeyGivesTheTerminalBack() throws {
    let terminal = try TerminalSession.opening(
      Sample(), command: "ulimit -c 0; secateur reference.onnx; echo gave $?")
    try terminal.wait(for: "TAYLOR")
    try terminal.press("C-\\")
    try terminal.wait(for: "gave 131")
    try terminal.expectSaneShell()
  }

  /// The window is closed while a session is open: there is nothing left to write a farewell on.
  ///
  /// - Parameter trap: what the shell does with the signal; the program inherits that only where it is ignored.
  @Test(arguments: ["\"\"", ":"]) func aClosedTerminalEndsItQuietly(trap: String) throws {
    let sample = try Sample()
    let terminal = try TerminalSession.opening(
      sample, command: "sh -c 'trap \(trap) HUP; secateur reference.onnx; echo $? > ended; mv ended code'")
    try terminal.wait(for: "TAYLOR")
    try terminal.close()
    let deadline = ContinuousClock.now + .seconds(60)
    while !sample.has("code"), ContinuousClock.now < deadline { usleep(50_000) }
    #expect(sample.bytes("code") == Data("0\n".utf8))
  }
}
