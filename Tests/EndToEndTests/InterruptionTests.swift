import Foundation
import TestSupport
import Testing

/// ^C stops a command in whichever part of its work it comes.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct InterruptionTests {
  /// - Parameter part: what is done when it comes: the last of it is begun after the curves, the refit and its comparison.
  @Test(arguments: ["measuring", "distillation"])
  func aPruneIsStoppedInEveryPart(part: String) throws {
    let sample = try Sample()
    let terminal = try TerminalSession()
    try terminal.enter("cd \(sample.folder.url.path)")
    let before = try sample.names()
    try terminal.enter(
      "secateur prune reference.onnx -o small.onnx --keep-macs 40% --effort high --passes 1000000; echo code $?"
    )
    try terminal.wait(for: part)
    try terminal.press("C-c")
    try terminal.wait(for: "Stopped.", seconds: 20)
    try terminal.wait(for: "code 130")
    #expect(try sample.names() == before)
  }
}
