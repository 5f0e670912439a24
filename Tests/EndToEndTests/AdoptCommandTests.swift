import Foundation
import Testing

/// Weights go out and come back by the command line.
@Suite struct AdoptCommandTests {
  /// A session's iteration, its weights written and taken in again: a new iteration with the same accuracy.
  @Test func weightsComeBackAsAnIteration() throws {
    let sample = try Sample()
    let session = sample.path("session")
    let iterated = try Program.run([
      "iterate", sample.model, "--keep-macs", "60", "--steps", "1", "--no-train", "--criterion", "l2",
      "--recover", "none",
      "--measured", "200", "--session", session, "--weights-out", sample.path("w.safetensors"), "--limit",
      "300",
    ])
    #expect(iterated.code == 0, "\(iterated.errors)")
    let adopted = try Program.run([
      "adopt", session, sample.path("w.safetensors"), "--limit", "200", "-o", sample.path("back.onnx"),
      "--json",
    ])
    #expect(adopted.code == 0, "\(adopted.errors)")
    let report = try JSONValue(adopted.output)
    #expect(report["iteration"].int == 2 && report["from"].int == 1)
    #expect(report["leftOver"].elements.isEmpty && report["unchanged"].elements.isEmpty)
    let list = try JSONValue(
      Program.run(["export", sample.model, "--session", session, "--list", "--json"]).output)
    #expect(list.elements.count == 3 && list[2]["parent"].int == 1)
    #expect(list[2]["title"].string == "weights of w.safetensors")
    #expect(report["evaluation"]["accuracy"].double == list[2]["evaluation"]["accuracy"].double)
    // What a column means stands on a line of its own.
    let text = try Program.run(["export", sample.model, "--session", session, "--list"]).output
    #expect(text.split(separator: "\n").last?.hasPrefix("the deviation is") == true, "\(text)")
    // The same weights make the same model.
    let written = try Program.run([
      "export", sample.model, "--session", session, "--iteration", "1", "-o", sample.path("one.onnx"),
    ])
    #expect(written.code == 0, "\(written.errors)")
    #expect(sample.bytes("one.onnx") == sample.bytes("back.onnx"))
  }

  /// A program of torch.export is a file of weights, too.
  @Test func weightsComeFromAProgram() throws {
    let sample = try Sample()
    let program = Program.root.appending(path: "Tests/TestSupport/Cases/models/pictures.pt2").path
    let (pruned, session) = (sample.path("pruned.pt2"), sample.path("session"))
    let outcome = try Program.run([
      "iterate", program, "-o", pruned, "--keep-params", "70", "--steps", "1", "--no-train", "--criterion",
      "l2",
      "--recover", "none", "--session", session,
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let adopted = try Program.run(["adopt", session, pruned, "-o", sample.path("back.pt2"), "--json"])
    #expect(adopted.code == 0, "\(adopted.errors)")
    let report = try JSONValue(adopted.output)
    #expect(report["leftOver"].elements.isEmpty && report["unchanged"].elements.isEmpty)
    #expect(sample.bytes("pruned.pt2") == sample.bytes("back.pt2"))
    // The weights of the whole program have other shapes.
    let whole = try Program.run(["adopt", session, program, "-o", sample.path("none.pt2")])
    #expect(whole.code == 65 && whole.errors.contains("shape"), "\(whole.errors)")
    #expect(!sample.has("none.pt2"))
  }

  /// Nothing of a pickle is run, and no iteration comes of what is refused.
  @Test func aPickleThatRunsSomethingIsRefused() throws {
    let sample = try Sample()
    let fixture = Program.root.appending(path: "Tests/TensorFilesTests/Fixtures/evil.pt").path
    let outcome = try Program.run(["adopt", sample.model, fixture, "--session", sample.path("session")])
    #expect(outcome.code == 69, "\(outcome.errors)")
    #expect(outcome.errors.contains("GLOBAL") && outcome.errors.contains("posix.system"), "\(outcome.errors)")
    #expect(outcome.output.isEmpty && !sample.has("was-run"))
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let sample = try Sample()
    let fixture = Program.root.appending(path: "Tests/TensorFilesTests/Fixtures/state.pth").path
    let other = try Program.run(["adopt", sample.model, fixture, "-o", sample.path("o.onnx"), "--no-session"])
    #expect(other.code == 65 && other.errors.contains("by the name of a parameter"), "\(other.errors)")
    #expect(other.errors.contains("--prefix") && !sample.has("o.onnx"))
    let nothing = try Program.run(["adopt", sample.model, fixture, "--no-session"])
    #expect(nothing.code == 64)
  }

  /// A folder with all that a training needs, and with the command that brings its weights back.
  @Test func aTrainingProject() throws {
    let sample = try Sample()
    let program = Program.root.appending(path: "Tests/TestSupport/Cases/models/pictures.pt2").path
    let folder = sample.path("further")
    func prune(_ model: String, to output: String) throws -> Program.Outcome {
      try Program.run([
        "prune", model, "-o", sample.path(output), "--criterion", "l2", "--percent", "30",
        "--pytorch-project", folder,
      ])
    }
    // What is no program of PyTorch is refused before anything is written.
    let refused = try prune(sample.model, to: "small.onnx")
    #expect(refused.code == 65 && refused.errors.contains("torch.export"), "\(refused.errors)")
    #expect(!sample.has("further") && !sample.has("small.onnx"))

    let made = try prune(program, to: "small.pt2")
    #expect(made.code == 0, "\(made.errors)")
    #expect(sample.bytes("further/pruned.pt2") == sample.bytes("small.pt2"))
    #expect(try sample.bytes("further/original.pt2") == Data(contentsOf: URL(filePath: program)))
    let compiled = try Program.launch("/usr/bin/env", ["python3", "-m", "py_compile", "\(folder)/train.py"])
    #expect(compiled.code == 0, "\(compiled.errors)")
    let page = String(decoding: try #require(sample.bytes("further/README.md")), as: UTF8.self)
    #expect(page.contains("secateur adopt \(folder)/pruned.pt2 \(folder)/trained.pt"), "\(page)")
  }

  /// Scores of one's own stand where a criterion does.
  @Test func givenScoresAreOneMoreCriterion() throws {
    let sample = try Sample(isConfigured: false)
    let scores = try Program.run(["score", sample.model, "--criterion", "l1", "-o", sample.path("mine.json")])
    #expect(scores.code == 0, "\(scores.errors)")
    for (name, options) in [
      ("a.onnx", ["--scores", sample.path("mine.json")]), ("b.onnx", ["--criterion", "l1"]),
    ] {
      let outcome = try Program.run(
        ["prune", sample.model, "-o", sample.path(name), "--percent", "30", "--aggregation", "sum"] + options)
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
    #expect(sample.bytes("a.onnx") == sample.bytes("b.onnx"))
    let both = try Program.run([
      "prune", sample.model, "-o", sample.path("c.onnx"), "--percent", "30", "--scores",
      sample.path("mine.json"),
      "--criterion", "l1",
    ])
    #expect(both.code == 64 && both.errors.contains("--scores takes the place of a criterion"))
    let none = try Program.run([
      "prune", sample.model, "-o", sample.path("c.onnx"), "--percent", "30", "--criterion", "external",
    ])
    #expect(none.code == 64 && none.errors.contains("--scores"))
    let steps = try Program.run([
      "iterate", sample.model, "-o", sample.path("d.onnx"), "--keep-macs", "50", "--steps", "2", "--no-train",
      "--scores", sample.path("mine.json"), "--no-session",
    ])
    #expect(steps.code == 0 && steps.output.contains("by external"), "\(steps.errors)\(steps.output)")
  }
}
