import Foundation
import Testing

/// Iterating on a real terminal: prune, train, name, prune again, compare, delete.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct IterationsTerminalTests {
  private static let looks: [(Int, Int, [String: String])] = [(80, 24, [:]), (140, 40, ["NO_COLOR": "1"])]

  /// Opens the sample and prunes it once.
  private func openPruned(_ width: Int, _ height: Int, _ environment: [String: String]) throws
    -> TerminalSession
  {
    let terminal = try TerminalSession.openingLittleData(
      width: width, height: height, environment: environment)
    try terminal.wait(for: "Accuracy")
    try terminal.prune(to: "MACs 50%")
    try terminal.wait(what: "the accuracy of the pruned one") {
      $0.contains { $0.contains(#/Accuracy (fell|rose|\d)/#) }
    }
    return terminal
  }

  @Test(arguments: looks)
  func aTrainingIsSetUpWatchedAndStopped(width: Int, height: Int, environment: [String: String]) throws {
    let terminal = try openPruned(width, height, environment)

    // What is wrong is said beside the field, and on the line.
    try terminal.type("F")
    try terminal.wait(for: "Optimiser")
    try terminal.press("Tab", "Tab")
    try terminal.type("fast")
    try terminal.press("Enter")
    try terminal.wait(for: "\"fast\" is not understood")
    try terminal.press("Escape")
    try terminal.wait(without: "Optimiser")
    try terminal.run("train 3 --label-smoothing 2")
    try terminal.wait(for: "label-smoothing is a number from 0 to below 1")

    // The curves come while it trains.
    try terminal.run("train 500 --rate 0.01 --schedule step=100:0.5 --batch-size 32 --weight-decay 1e-4")
    try terminal.wait(for: "training epoch")
    try terminal.wait(for: "best epoch")
    try terminal.wait(what: "curves in dots, with their legend") { lines in
      lines.contains { $0.contains("validation") }
        && lines.contains { $0.unicodeScalars.contains { (0x2801...0x28FF).contains($0.value) } }
    }

    // It does not end by a slip.
    try terminal.run("go-to 0")
    try terminal.wait(for: "Iteration 1 is being trained")
    try terminal.press("Enter")
    try terminal.wait(without: "Iteration 1 is being trained")
    try terminal.type("!")
    try terminal.wait(for: "its best is kept")
    try terminal.type("y")
    try terminal.wait(for: "(stopped)")
    try terminal.wait(without: "training epoch")
  }

  @Test(arguments: looks)
  func iterationsAreNamedComparedAndDeleted(width: Int, height: Int, environment: [String: String]) throws {
    let terminal = try openPruned(width, height, environment)
    try terminal.run("train 3 --rate 0.01")
    try terminal.wait(for: "best epoch")
    try terminal.wait(without: "training epoch")

    // A name, another prune, and what differs.
    try terminal.type("g4")
    try terminal.wait(for: "ITERATION")
    try terminal.type("e")
    try terminal.wait(for: "Name of iteration 1")
    try terminal.type("half")
    try terminal.press("Enter")
    try terminal.wait(for: "1 half")
    try terminal.prune(to: "MACs 80%")
    // The header counts what goes, too.
    try terminal.wait(what: "iteration 2 as the current one") { $0.contains { $0.contains(#/ 2 .*−.*now/#) } }
    try terminal.type("&")
    try terminal.wait(for: "Iterations 1 and 2")
    try terminal.wait(what: "layers that differ") { $0.contains { $0.contains(#/conv\d .*→.*changed/#) } }
    if width < 110 { try terminal.press("Tab") }
    try terminal.wait(for: "epochs")
    try terminal.press("Escape")
    try terminal.wait(without: "Iterations 1 and 2")

    // The branch goes, and with it the current iteration.
    try terminal.type("D")
    try terminal.wait(for: "Delete 1 iteration")
    try terminal.press("Enter")
    try terminal.wait(without: "Delete 1 iteration")
    try terminal.type("D")
    try terminal.wait(for: "Delete 1 iteration")
    try terminal.type("y")
    try terminal.wait(what: "iteration 1 as the current one") { lines in
      lines.contains { $0.contains(#/1 half .*now/#) } && !lines.contains { $0.contains("2 −") }
    }
    try terminal.type("q")
    try terminal.wait(for: "Leave anyway?")
    try terminal.type("y")
    try terminal.waitForShell()
  }

  /// A procedure begun on the line is a loop of the session like any other.
  @Test func taylorPruningOnTheLine() throws {
    let terminal = try TerminalSession.openingLittleData(width: 100, height: 30)
    try terminal.wait(for: "Accuracy")
    try terminal.run("taylor-prune max-to-prune 4")
    try terminal.wait(for: "Missing expected argument")
    try terminal.run("taylor-prune 15 --score-iterations 2")
    try terminal.type("g5")
    try terminal.wait(for: "Reached the target in")
    try terminal.type("g4")
    try terminal.wait(what: "one iteration of all prunes") {
      $0.contains { $0.contains(#/−\d+ kernels by tay.* now/#) }
    }
  }

  /// A file vouches for the network that it holds: what was recovered since is asked about before it is lost.
  @Test(arguments: [(80, 24), (140, 40)]) func whatWasRecoveredAfterWritingIsAskedAbout(
    width: Int, height: Int
  ) throws {
    let sample = try Sample()
    let terminal = try TerminalSession.openingLittleData(
      of: sample, width: width, height: height, command: "secateur reference.onnx --no-session")
    // The opening measurement goes on, and refuses nobody.
    try terminal.prune(to: "MACs 50%")
    // What the log's line says of it is soon followed by its accuracy; the tree keeps it.
    try terminal.type("g4")
    try terminal.wait(what: "the new iteration") { $0.contains { $0.contains(#/1 −/#) } }
    try terminal.run("export out.onnx")
    try terminal.wait(for: "Kept indices")
    try terminal.press("Enter")
    try terminal.wait(for: "The same without a terminal:")
    try terminal.press("Escape")
    try terminal.wait(what: "that it is written") { $0.contains { $0.contains(#/1 −.* written/#) } }
    try terminal.run("recover refit")
    try terminal.wait(for: "Written before refit: as it is now, no file has it")
    try terminal.type("q")
    try terminal.wait(for: "Iteration 1 was written before refit")
    try terminal.press("Enter")
    try terminal.wait(without: "Leave anyway?")

    // While a training runs, `w` says which network it would write, and waits for the other.
    try terminal.run("train 2000 --rate 0.001")
    try terminal.wait(for: "training epoch")
    try terminal.run("export trained.onnx")
    try terminal.wait(for: "Kept indices")
    try terminal.press("Enter")
    // The plan has the name of the one before.
    try terminal.wait(for: "This file exists:")
    try terminal.type("y")
    try terminal.wait(for: "Iteration 1 is being trained.")
    #expect(!sample.has("trained.onnx"))
    try terminal.type("w")
    try terminal.wait(for: "trained.onnx is written when what runs is through")
    try terminal.type("g7")
    try terminal.wait(for: "best epoch")
    try terminal.type("!")
    try terminal.wait(for: "its best is kept")
    try terminal.type("y")
    try terminal.wait(for: "The same without a terminal:")
    try terminal.press("Escape")
    try terminal.type("g4")
    try terminal.wait(what: "that it is written as it is") { lines in
      lines.contains { $0.contains(#/1 −.* written/#) } && !lines.contains { $0.contains("ritten before") }
    }
    try terminal.type("q")
    try terminal.waitForShell()
    #expect(sample.has("trained.onnx"))
  }
}
