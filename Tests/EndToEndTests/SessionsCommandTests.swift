import Foundation
import Testing

/// `secateur sessions` with a model: what the Iterations screen does, for scripts.
@Suite struct SessionsCommandTests {
  /// The sample with a session of two steps.
  private func iterated() throws -> (sample: Sample, session: String) {
    let sample = try Sample()
    let session = sample.path("session")
    let outcome = try Program.run([
      "iterate", sample.model, "-o", sample.path("small.onnx"), "--session", session, "--keep-macs", "50%",
      "--steps", "2", "--no-train", "--criterion", "l2", "--measured", "200",
    ])
    try #require(outcome.code == 0, "\(outcome.errors)")
    return (sample, session)
  }

  @Test func iterationsAreSortedByAnyFigure() throws {
    let (sample, session) = try iterated()
    func list(_ options: String...) throws -> JSONValue {
      let outcome = try Program.run(
        ["sessions", sample.model, "--session", session, "--json"] + options)
      #expect(outcome.code == 0, "\(outcome.errors)")
      return try JSONValue(outcome.output)
    }
    #expect(try list().elements.map { $0["id"].int } == [0, 1, 2])
    let byCost = try list("--sort", "macs")
    #expect(byCost.elements.map { $0["id"].int } == [2, 1, 0])
    #expect(byCost[0]["is_current"].bool == true && byCost[2]["made"].double == nil)
    let made = try #require(byCost[0]["made"].double)
    #expect(abs(Date().timeIntervalSince1970 - made) < 600)
    #expect(try list("--sort", "macs", "--reverse").elements.map { $0["id"].int } == [0, 1, 2])
    #expect(try list("--sort", "accuracy")[0]["id"].int == 0)
    #expect(
      try list("--sort", "size").elements.map { $0["bytes"].int ?? 0 }
        == byCost.elements.map { $0["bytes"].int ?? 0 })
    // The original is the best and costs the most: it is on every front.
    #expect(try list("--front", "--axis", "parameters").elements.contains { $0["id"].int == 0 })
    #expect(try list("--front").elements.allSatisfy { $0["is_on_front"].bool == true })
  }

  @Test func severalAreComparedAndOneIsTaken() throws {
    let (sample, session) = try iterated()
    let options = ["sessions", sample.model, "--session", session]
    let report = try JSONValue(Program.run(options + ["--compare", "0", "1", "2", "--json"]).output)
    #expect(report["iterations"].ints == [0, 1, 2])
    let layers = report["layers"].elements
    #expect(!layers.isEmpty && layers.count + (report["unchanged_layers"].int ?? 0) == 4)
    #expect(layers.allSatisfy { Set($0["kernels"].ints).count > 1 && $0["kernels"].ints[0] == 20 })
    let text = try Program.run(options + ["--compare", "0", "2"]).output
    #expect(text.contains("KERNELS 0  KERNELS 2"))
    let taken = try Program.run(options + ["--take", "1", "--json"])
    #expect(taken.code == 0, "\(taken.errors)")
    let list = try JSONValue(Program.run(options + ["--json"]).output)
    #expect(list.elements.map { $0["is_current"].bool } == [false, true, false])
  }

  @Test(arguments: [
    (["--compare", "0"], "two to 6"), (["--compare", "0", "9"], "There is no iteration"),
    (["--take", "9"], "There is no iteration"), (["--axis", "accuracy"], "--axis is one of"),
    (["--worth", "macs"], "--worth is one of"), (["--delete", "x"], "leave the model out"),
    (["--sort", "beauty"], "beauty"),
  ])
  func whatIsWrongIsSaid(options: [String], sentence: String) throws {
    let (sample, session) = try iterated()
    let outcome = try Program.run(["sessions", sample.model, "--session", session] + options)
    #expect(outcome.code != 0 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  @Test func iterationsNeedAModelAndASession() throws {
    let sample = try Sample()
    let outcome = try Program.run(["sessions", "--sort", "macs"])
    #expect(outcome.code == 64 && outcome.errors.contains("Name the model"))
    for options in [[], ["--take", "1"]] {
      let empty = try Program.run(
        ["sessions", sample.model, "--session", sample.path("nothing")] + options)
      #expect(empty.code != 0 && !FileManager.default.fileExists(atPath: sample.path("nothing")))
    }
  }
}
