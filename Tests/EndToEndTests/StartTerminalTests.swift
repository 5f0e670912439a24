import Foundation
import TestSupport
import Testing

/// The first minutes on a real terminal: `secateur` alone.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct StartTerminalTests {
  @Test(arguments: [(80, 24), (140, 40)]) func samplesSessionsAndFilesAreOffered(width: Int, height: Int)
    throws
  {
    let sample = try Sample()
    let terminal = try TerminalSession(width: width, height: height)
    terminal.keep(sample)
    try terminal.enter("cd \(sample.folder.url.path)")
    try terminal.enter("clear")
    try terminal.enter("secateur")
    try terminal.wait(for: "Samples")
    try terminal.wait(for: "In this folder")
    // The preview comes without a key.
    try terminal.wait(for: "residual.onnx")
    try terminal.wait(for: "prunable")

    // A path, completed; what it leads to is told before it is opened.
    try terminal.type("oref")
    try terminal.press("Tab")
    try terminal.wait(for: "4 layers, 3 prunable")
    try terminal.press("Enter")
    try terminal.wait(for: "LAYER")
    try terminal.prune(to: "MACs 50%")
    try terminal.type("g4")
    try terminal.wait(what: "the new iteration") { $0.contains { $0.contains(#/1 −/#) } }
    try terminal.type("q")
    try terminal.waitForShell()

    // It is the first one next time, with what was done.
    try terminal.enter("clear; secateur")
    try terminal.wait(for: "Recent")
    try terminal.wait(for: "1 iteration")
    try terminal.press("Enter")
    try terminal.wait(for: "LAYER")
    try terminal.type("g4")
    try terminal.wait(what: "the iteration of before") { $0.contains { $0.contains(#/1 −.*now/#) } }
    try terminal.type("q")
    try terminal.waitForShell()
    try terminal.enter("clear; secateur sessions --recent")
    try terminal.wait(for: "reference.onnx")
  }

  @Test func oneKeyBeginsTheTour() throws {
    let terminal = try TerminalSession()
    try terminal.enter("secateur")
    try terminal.wait(for: "Samples")
    try terminal.type("t")
    try terminal.wait(for: "1 of 5")
    try terminal.type("q")
    try terminal.waitForShell()
  }
}
