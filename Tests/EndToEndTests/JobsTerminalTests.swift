import Foundation
import Testing

/// What runs and stands in line on a real terminal, and the title that says so.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct JobsTerminalTests {
  @Test func aRunStandsInLineIsHeldAndTakenOut() throws {
    let terminal = try TerminalSession.openingLittleData(width: 140, height: 40)
    try terminal.wait(for: "Accuracy")
    try terminal.run("train 500 --rate 0.01 --batch-size 32")
    try terminal.wait(for: "training epoch")
    try terminal.wait(what: "a title that says what runs") { _ in
      try terminal.title().contains("training of iteration")
    }

    // What is begun meanwhile waits, and the training goes on.
    try terminal.type("E")
    try terminal.wait(for: "+1 in line")
    try terminal.type("Q")
    try terminal.wait(for: "measuring what it is worth")
    try terminal.press("Space")
    try terminal.wait(for: "Jobs, held")
    try terminal.press("Space")
    try terminal.wait(without: "Jobs, held")
    try terminal.type("jjjj")
    try terminal.type("x")
    try terminal.wait(without: "measuring what it is worth")
    try terminal.press("Escape")
    try terminal.wait(without: "in line")
    try terminal.wait(for: "training epoch")

    try terminal.run("stop-training")
    try terminal.wait(for: "Stop training")
    try terminal.type("y")
    try terminal.wait(without: "training epoch")
    try terminal.type("q")
    try terminal.waitForShell()
    #expect(try !terminal.title().contains("secateur"), "the title is given back")
  }
}
