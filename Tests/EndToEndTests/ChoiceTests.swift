import Foundation
import Testing

/// One request, asked of a command, of a loop and of the screen.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct ChoiceTests {
  /// What a plan's steps keep.
  private static func kept(in plan: Data?) throws -> [Substring] {
    let text = String(decoding: try #require(plan), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let start = try #require(lines.firstIndex(of: "  kept:"))
    return Array(lines[(start + 1)...].prefix { $0.hasPrefix("    ") })
  }

  @Test(arguments: [
    (target: ["--keep-macs", "40%"], settings: [[String]]()),
    (target: ["--keep-params", "55%"], settings: [["scope", "layer"], ["max-ratio", "60%"]]),
    (target: ["--keep-macs", "40%"], settings: [["round-to", "fast"]]),
  ])
  func commandLoopAndScreenRemoveTheSameKernels(target: [String], settings: [[String]]) throws {
    let sample = try Sample(isConfigured: false)
    let model = sample.path("residual.onnx")
    try FileManager.default.copyItem(
      at: Program.samples.appending(path: "residual.onnx"), to: URL(filePath: model))
    let cache = ["XDG_CACHE_HOME": sample.path("cache")]
    let flags = target + settings.flatMap { ["--\($0[0])", $0[1]] } + ["--criterion", "l2"]
    let pruned = try Program.run(
      ["prune", model, "-o", sample.path("a.onnx"), "--plan-out", sample.path("a.yaml"), "--json"] + flags,
      environment: cache)
    #expect(pruned.code == 0, "\(pruned.errors)")
    let iterated = try Program.run(
      [
        "iterate", model, "-o", sample.path("b.onnx"), "--plan-out", sample.path("b.yaml"), "--steps",
        "1", "--no-train", "--no-session",
      ] + flags, environment: cache)
    #expect(iterated.code == 0, "\(iterated.errors)")
    let kept = try Self.kept(in: sample.bytes("a.yaml"))
    #expect(!kept.isEmpty)
    #expect(try Self.kept(in: sample.bytes("b.yaml")) == kept)

    let terminal = try TerminalSession.opening(
      sample, width: 140, height: 40, environment: cache, command: "secateur residual.onnx --no-session")
    try terminal.run("criterion l2")
    try terminal.wait(for: "L2")
    for setting in settings {
      try terminal.run("set " + setting.joined(separator: " "))
      try terminal.wait(for: "\(setting[0]) is \(setting[1]) now")
    }
    try terminal.run("set " + target.joined(separator: " ").dropFirst(2))
    try terminal.wait(for: "Proposed for")
    // Widths are read from what the commands measured, without a word: what is left is on the screen then.
    // Rows are numbered; long names are shortened there.
    let layers = try JSONValue(pruned.output)["layers"].elements.enumerated().filter {
      $0.element["kept"].int != $0.element["kernels"].int
    }
    #expect(!layers.isEmpty)
    try terminal.wait(what: "what the command left") { lines in
      let kept = lines.compactMap { $0.firstMatch(of: #/^\D*(\d+) .*?%\s+(\d+)\s/#) }.map { [$0.1, $0.2] }
      return layers.allSatisfy { index, layer in
        kept.contains { $0 == ["\(index + 1)", "\(layer["kept"].int ?? 0)"] }
      }
    }
    try terminal.type("P")
    try terminal.wait(for: "It becomes a new iteration")
    try terminal.type("y")
    try terminal.wait(without: "It becomes a new iteration")
    try terminal.type("g4")
    try terminal.wait(for: "ITERATION")
    try terminal.wait(for: "kernels")
    try terminal.type("w")
    try terminal.wait(for: "residual-pruned.onnx")
    try terminal.press("Enter")
    try terminal.wait(for: "secateur apply")
    #expect(try Self.kept(in: sample.bytes("residual-plan.yaml")) == kept)
  }
}
