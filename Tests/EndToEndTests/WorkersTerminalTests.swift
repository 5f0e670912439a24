import Foundation
import TestSupport
import Testing

/// The screen shows what workers find. One process is started for them here: `ranks.py` has `mpirun` start several.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct WorkersTerminalTests {
  private let sample: Sample

  init() throws {
    sample = try Sample()
    // A launcher that says which process the worker is.
    _ = try sample.write("echo $$ > worker; exec \"$@\"\n", to: "launch.sh")
  }

  private func opening(_ model: String) throws -> TerminalSession {
    try TerminalSession.opening(
      sample, width: 140, height: 40, command: "secateur \(model) --workers 'sh launch.sh'")
  }

  /// The worker's process, as soon as there is one.
  private func worker(in terminal: TerminalSession) throws -> pid_t {
    var process: pid_t?
    try terminal.wait(what: "a worker") { _ in
      let text = sample.bytes("worker").map { String(decoding: $0, as: UTF8.self) } ?? ""
      process = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
      return process != nil
    }
    return try #require(process)
  }

  @Test func aLostWorkerIsToldAndTheScoresGoOnHere() throws {
    // This one takes long enough to be interrupted.
    for file in ["residual.onnx", "residual.yaml"] {
      try FileManager.default.copyItem(
        at: Program.samples.appending(path: file), to: sample.folder.url.appending(path: file))
    }
    let terminal = try opening("residual.onnx")
    let process = try worker(in: terminal)
    try terminal.wait(for: "Kernels of")
    try terminal.wait(for: " ex/s")
    #expect(kill(process, SIGKILL) == 0, "it works until then")
    try terminal.type("g5")
    try terminal.wait(for: "goes on here")
    try terminal.wait(for: " ex/s")
    try terminal.type("q")
    try terminal.waitForShell()
  }

  @Test func aTrainingIsStoppedAndItsWorkerEnds() throws {
    let terminal = try opening("reference.onnx")
    _ = try worker(in: terminal)
    try FileManager.default.removeItem(atPath: sample.path("worker"))
    try terminal.run("train 500 --rate 0.001 --batch-size 64")
    let process = try worker(in: terminal)
    try terminal.wait(for: "training epoch 2/500", seconds: 300)
    try terminal.run("stop-training")
    try terminal.wait(for: "Stop training")
    try terminal.type("y")
    try terminal.type("g5")
    try terminal.wait(for: "stopped after")
    #expect(kill(process, 0) != 0, "it has ended")
    try terminal.type("q")
    try terminal.waitForShell()
  }
}
