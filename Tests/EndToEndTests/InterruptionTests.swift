import Foundation
import TestSupport
import Testing

/// ^C ends what a command is at, in whichever part of its work it comes; what was found by then is used, and a second one ends
/// the command.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct InterruptionTests {
  private let sample: Sample
  private let terminal: TerminalSession

  init() throws {
    sample = try Sample()
    terminal = try TerminalSession()
    try terminal.enter("cd \(sample.folder.url.path)")
  }

  @Test(arguments: ["quick", "high"])
  func aPruneIsStoppedBySecondOne(effort: String) throws {
    let before = try sample.names()
    try terminal.enter(
      "secateur prune reference.onnx -o small.onnx --keep-macs 40% --effort \(effort) --passes 1000000; echo code $?"
    )
    try terminal.wait(for: "measuring")
    try terminal.press("C-c")
    // Where nothing was measured yet, the first one is enough.
    try terminal.wait(for: "topped", seconds: 20)
    try terminal.press("C-c")
    try terminal.wait(for: "code 130", seconds: 20)
    let after = try sample.names()
    #expect(after == before)
  }

  @Test func whatAPruneWonBackIsWritten() throws {
    try terminal.enter(
      "secateur prune reference.onnx -o small.onnx --plan-out plan.yaml --keep-macs 40% --passes 1000000; echo code $?"
    )
    try terminal.wait(for: "distillation")
    try terminal.press("C-c")
    try terminal.wait(for: "code 130", seconds: 20)
    #expect(try sample.names().contains("small.onnx"))
    try terminal.enter("clear; secateur apply plan.yaml reference.onnx -o again.onnx")
    try terminal.wait(for: "wrote", seconds: 60)
    try terminal.enter("clear; cmp small.onnx again.onnx && printf 'the %s' same")
    try terminal.wait(for: "the same")
  }
}
