import Foundation
import TestSupport
import Testing

/// `finetune` as scripts use it.
@Suite struct FinetuneCommandTests {
  private func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String
  {
    let outcome = try Program.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  private static let data = [
    "--data", Program.samples.appending(path: "fashion-mnist").path, "--mean", "0.286", "--deviation",
    "0.353",
    // Tests run beside each other: threads would wait for cores that others have.
    "--threads", "1",
  ]

  /// The residual sample with 25 % of its kernels removed.
  private func pruned(in folder: TemporaryFolder) throws -> String {
    let small = folder.path("small.onnx")
    _ = try run([
      "prune", Program.samples.appending(path: "residual.onnx").path, "-o", small, "--criterion", "l2",
      "--percent", "25", "--scope", "layer",
    ])
    return small
  }

  @Test func aPrunedNetworkRegainsItsAccuracy() throws {
    let folder = try TemporaryFolder()
    let small = try pruned(in: folder)
    let better = folder.path("better.onnx")
    let report = try JSONValue(
      run(
        ["finetune", small, "-o", better, "--epochs", "2", "--limit", "1000", "--batch-size", "50", "--json"]
          + Self.data))
    let (before, after) = (report["test"]["before"], report["test"]["after"])
    #expect(try #require(after["accuracy"].double) > #require(before["accuracy"].double) + 0.2)
    #expect(try #require(after["accuracy"].double) > 0.7)
    #expect(report["epochs"].elements.count == 2 && report["stop_reason"].string == "completed")
    #expect(report["epochs"].elements.allSatisfy { $0["validation_accuracy"].double != nil })
    #expect(report["settings"]["optimizer"]["method"].string == "sgd")
    #expect(report["skipped_steps"].int == 0 && report["best_epoch"].int ?? 0 > 0)
    // The file is the network that was measured, and nothing but its weights changed.
    let measured = try JSONValue(run(["evaluate", better, "--limit", "1000", "--json"] + Self.data))
    #expect(measured["accuracy"].double == after["accuracy"].double)
    let (one, other) = (
      try JSONValue(run(["inspect", small, "--json"])), try JSONValue(run(["inspect", better, "--json"]))
    )
    #expect(one["parameters"].int == other["parameters"].int && one["macs"].int == other["macs"].int)
  }

  @Test func answersAreLearnedWithoutLabels() throws {
    let folder = try TemporaryFolder()
    let small = try pruned(in: folder)
    let report = try JSONValue(
      run(
        [
          "finetune", small, "-o", folder.path("better.onnx"), "--epochs", "1", "--limit", "500", "--loss",
          "output-energy", "--distil-from", Program.samples.appending(path: "residual.onnx").path, "--distil",
          "logits", "--augment", "flip,shift=1", "--clip", "5", "--optimizer", "adamw", "--schedule",
          "multistep=2,3:0.5", "--validation", "0.2", "--json",
        ] + Self.data))
    let validation = report["validation"]
    #expect(
      try #require(validation["after"]["loss"].double) < 0.7 * #require(validation["before"]["loss"].double))
    #expect(report["test"].value == nil)
  }

  @Test func whatIsSaidIsReadable() throws {
    let sample = try Sample()
    let outcome = try Program.run([
      "finetune", sample.model, "-o", sample.path("out.onnx"), "--epochs", "1", "--limit", "200",
      "--sparsity", "group-lasso=1e-3", "--freeze-bn", "--label-smoothing", "0.1", "--patience", "1",
      "--threads", "1",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("BEFORE") && outcome.output.contains("validation accuracy"))
    #expect(outcome.output.contains("wrote \(sample.path("out.onnx"))"))
    #expect(outcome.errors.contains("epoch 1 of 1: loss"))
    #expect(!outcome.errors.contains("\u{1B}"), "no control sequences where standard error is no terminal")
    let help = try run(["finetune", "--help"])
    for word in ["EXAMPLES", "secateur finetune", "--distil-from", "^C"] { #expect(help.contains(word)) }
  }

  private static let wrong: [(options: String, code: Int32)] = [
    ("--epochs 0", 64), ("--rate -1", 64), ("--schedule sideways", 64), ("--augment crop", 64),
    ("--sparsity magic=1", 64), ("--sparsity growing=0", 64),
    ("--temperature 0 --distil-from reference.onnx", 64),
    ("--distil logits", 64), ("--momentum 1", 64), ("--loss output-energy", 65), ("--split test", 65),
    ("--distil-from nowhere.onnx", 66), ("--precision f64", 64),
  ]

  @Test(arguments: wrong)
  func badInputIsSaidInOneSentence(options: String, code: Int32) throws {
    let sample = try Sample()
    let before = try sample.names()
    let outcome = try Program.run(
      ["finetune", sample.model, "-o", sample.path("out.onnx")]
        + options.split(separator: " ").map { $0 == "reference.onnx" ? sample.model : String($0) })
    #expect(outcome.code == code, "\(options): \(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try sample.names() == before)
    if !outcome.errors.contains("Usage:") {
      #expect(outcome.errors.split(separator: "\n").count == 2, "\(outcome.errors)")
    }
  }

  @Test func nothingIsWrittenWithoutAFolderOrData() throws {
    let sample = try Sample(isConfigured: false)
    #expect(try Program.run(["finetune", sample.model, "-o", sample.path("out.onnx")]).code == 64)
    #expect(
      try Program.run(["finetune", sample.model, "-o", sample.path("no/out.onnx")] + Self.data).code == 73)
    #expect(!sample.has("out.onnx"))
  }

  /// ^C in the middle: the best so far is written, and the exit code says that it was stopped.
  @Test func anInterruptionKeepsTheBest() throws {
    let sample = try Sample()
    let (output, log) = (sample.path("out.onnx"), sample.path("log"))
    let small = sample.path("small.onnx")
    _ = try run(["prune", sample.model, "-o", small, "--criterion", "l2", "--percent", "50"])
    // The shell sends the signal once the first epoch is told.
    let script = """
      "$1" finetune "$2" -o "$3" --epochs 1000 --data "$5" --mean 0.286 --deviation 0.353 --limit 300 --batch-size 32 --threads 1 >"$4.out" 2>"$4" &
      for i in $(seq 600); do grep -q 'epoch 1 of' "$4" && break; sleep 0.05; done
      kill -TERM $!
      wait $!
      """
    let outcome = try Program.launch(
      "/bin/sh",
      [
        "-c", script, "sh", Program.executable, small, output, log,
        Program.samples.appending(path: "fashion-mnist").path,
      ])
    #expect(outcome.code == 130, "\(outcome.errors)")
    let said = String(decoding: try #require(sample.bytes("log.out")), as: UTF8.self)
    #expect(said.contains("stopped after") && said.contains("wrote"))
    #expect(sample.has("out.onnx"))
    #expect(try Program.run(["inspect", output]).code == 0)
  }
}
