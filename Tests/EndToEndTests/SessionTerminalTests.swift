import Foundation
import Testing

/// A session that survives: iterated, branched, left, taken up again, killed, and gone on with.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct SessionTerminalTests {
  private func open() throws -> TerminalSession { try .openingLittleData(width: 100, height: 30) }

  /// Waits until an iteration is the current one in the tree.
  private func wait(for iteration: String, _ terminal: TerminalSession) throws {
    try terminal.wait(what: "\(iteration) as the current iteration") { lines in
      // Lines of the tree stand between the number and the title.
      let parts = iteration.split(separator: " ")
      return lines.contains {
        $0.contains(" now ") && $0.firstMatch(of: #/^\D*(\d+) /#)?.1 == parts[0] && $0.contains(parts[1])
      }
    }
  }

  /// Waits until everything is scored: to leave an iteration before is asked about.
  private func waitForScores(_ terminal: TerminalSession) throws {
    try terminal.wait(for: "taylor over 600 examples")
  }

  /// Prunes to a target by hand, and looks at the iterations.
  private func prune(to target: String, _ terminal: TerminalSession) throws {
    try terminal.prune(to: target)
    try terminal.type("g4")
  }

  @Test func iteratedByItselfAndBranched() throws {
    let terminal = try open()
    // The data are attached.
    try waitForScores(terminal)

    // Three iterations by themselves.
    try terminal.run(
      "auto keep-macs 40% --steps 3 --no-train --criterion taylor --scored 128 --measured 200")
    try terminal.type("g4")
    try wait(for: "3 −", terminal)
    try terminal.run("log")
    try terminal.wait(for: "Reached the target in 3 steps")
    try terminal.type("g4")

    // Back to the first, and a branch from there.
    try waitForScores(terminal)
    try terminal.run("go-to 1")
    try wait(for: "1 −", terminal)
    try prune(to: "MACs 85%", terminal)
    try wait(for: "4 −", terminal)
    try terminal.run("name branch")
    try terminal.wait(for: "4 branch")
    try terminal.run("compare 3 branch")
    try terminal.wait(for: "Iterations 3 and 4")
    try terminal.press("Escape")
    try terminal.wait(without: "Iterations 3 and 4")

    // All of them are there when the session is taken up again.
    try terminal.type("q")
    try terminal.waitForShell()
    try terminal.enter("clear")
    try terminal.enter("secateur --resume")
    try terminal.wait(for: "LAYER")
    try terminal.type("g4")
    try wait(for: "4 branch", terminal)
    try terminal.wait(what: "iteration 3") { lines in
      lines.contains { $0.firstMatch(of: #/^\D*3 .*kernels by taylor/#) != nil }
    }
  }

  /// A model is written with a report and the indices that stay.
  @Test func writtenWithReportAndIndices() throws {
    let terminal = try open()
    try waitForScores(terminal)
    try prune(to: "MACs 85%", terminal)
    try wait(for: "1 −", terminal)
    try terminal.run("export branch.onnx")
    try terminal.wait(for: "Kept indices")
    try terminal.press("Tab", "Tab", "Tab")
    try terminal.type("report.html")
    try terminal.press("Tab")
    try terminal.type("kept.json")
    try terminal.press("Tab")
    try terminal.type("cut.py")
    try terminal.press("Tab")
    try terminal.type("small.safetensors")
    try terminal.press("Enter")
    // The name alone stands in the dialog already.
    try terminal.wait(for: "The same without a terminal:")
    try terminal.wait(for: "report.html  ")
    try terminal.press("Escape")
    try terminal.wait(without: "The same without a terminal:")
    try terminal.type("q")
    try terminal.waitForShell()
    try terminal.wait(for: "secateur --resume goes on")
    for name in ["branch.onnx", "report.html", "kept.json", "kept.npz", "cut.py", "small.safetensors"] {
      try terminal.enter("ls \(name)")
    }
    try terminal.wait(what: "all files") { lines in
      lines.contains { $0 == "small.safetensors" } && !lines.contains { $0.contains("No such file") }
    }
  }

  /// Killed in the middle of a training, it goes on at the epoch it was in.
  @Test func killedInATrainingAndGoneOnWith() throws {
    let terminal = try open()
    try waitForScores(terminal)
    try prune(to: "MACs 85%", terminal)
    try wait(for: "1 −", terminal)
    try terminal.run("train 2000 --rate 0.001")
    let session = try #require(terminal.keptSession)
    let checkpoint = session.appending(path: "training.npz").path
    try terminal.wait(what: "a checkpoint") { _ in FileManager.default.fileExists(atPath: checkpoint) }
    let holder = try String(contentsOf: session.appending(path: "lock"), encoding: .utf8)
    let process = try #require(Int32(holder.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kill(process, SIGKILL) == 0)
    // Wherever the cursor was: the screen is as it was left.
    try terminal.wait(for: TerminalSession.prompt)
    try terminal.enter("reset")
    try terminal.enter("clear")
    try terminal.enter("secateur --resume")
    try terminal.wait(for: "training epoch")
    try terminal.wait(what: "an epoch behind the first") {
      $0.contains { $0.contains(#/training epoch ([2-9]|\d\d+)\/2000/#) }
    }
    try terminal.type("g7")
    try terminal.wait(for: "best epoch")

    // Stopped, its best is kept.
    try terminal.type("!")
    try terminal.wait(for: "its best is kept")
    try terminal.type("y")
    try terminal.wait(for: "(stopped)")
    try terminal.type("q")
    try terminal.waitForShell()
  }
}
