import Foundation
import TestSupport
import Testing

/// Bad input gets one clear sentence, a remedy and the documented exit code; nothing is half-written.
@Suite struct BadInputTests {
  /// The environment takes the processor's newer instructions from the library.
  @Test func aProcessorWithoutHalvesIsNamed() throws {
    let outcome = try Program.run(
      ["bench", Program.samples.appending(path: "reference.onnx").path, "--precision", "bf16"],
      environment: ["ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"])
    #expect(outcome.code == 69)
    #expect(outcome.errors.contains("bfloat16"))
    #expect(outcome.output.isEmpty)
  }

  /// Runs a command that has to fail, and checks what every failure has in common.
  ///
  /// - Parameters:
  ///   - code: the documented exit code.
  ///   - words: what the report must name.
  private func expectFailure(
    _ arguments: [String], in sample: Sample, code: Int32, naming words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try sample.names()
    let outcome = try Program.run(arguments)
    let said = Comment(rawValue: "\(arguments): exit \(outcome.code)\n\(outcome.errors)")
    #expect(outcome.code == code, said, sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, said, sourceLocation: sourceLocation)
    #expect(try sample.names() == before, "nothing is left behind", sourceLocation: sourceLocation)
    for word in words { #expect(outcome.errors.contains(word), said, sourceLocation: sourceLocation) }
    let lines = outcome.errors.split(separator: "\n")
    if code == 64, lines.first?.hasPrefix("Error: ") == true {
      // Wrong usage found by the argument parser: its sentence, then the usage.
      #expect(outcome.errors.contains("Usage: secateur"), said, sourceLocation: sourceLocation)
      return
    }
    try #require(lines.count == 2, said, sourceLocation: sourceLocation)
    #expect(lines[0].hasPrefix("secateur: ") && lines[0].hasSuffix("."), said, sourceLocation: sourceLocation)
    #expect(lines[1].hasPrefix("  ") && lines[1].hasSuffix("."), said, sourceLocation: sourceLocation)
  }

  private static func prune(_ sample: Sample, to output: String = "small.onnx", _ more: String...) -> [String]
  {
    ["prune", sample.model, "-o", sample.path(output), "--criterion", "l2"]
      + (more.isEmpty ? ["--percent", "30"] : more)
  }

  // MARK: Models

  @Test(arguments: [
    "", "This is a letter, not a model.\n", "\u{89}PNG\r\n\u{1A}\n", "<html><body>404</body></html>",
  ])
  func aFileThatIsNoModel(text: String) throws {
    let sample = try Sample()
    let file = try sample.write(text, to: "letter.onnx")
    try expectFailure(["inspect", file], in: sample, code: 65, naming: "letter.onnx")
    // The terminal program says so before it takes the screen.
    try expectFailure([file], in: sample, code: 65, naming: "letter.onnx")
  }

  @Test(arguments: [1, 20, 1_000, 200_000, -1]) func aTruncatedModel(length: Int) throws {
    let sample = try Sample()
    let whole = try #require(sample.bytes("reference.onnx"))
    let file = try sample.write(length < 0 ? whole.dropLast(-length) : whole.prefix(length), to: "cut.onnx")
    try expectFailure(["inspect", file, "--json"], in: sample, code: 65, naming: "cut.onnx")
  }

  @Test func aMissingModel() throws {
    let sample = try Sample()
    try expectFailure(["inspect", sample.path("nowhere.onnx")], in: sample, code: 66, naming: "nowhere.onnx")
    try expectFailure(["inspect", sample.folder.url.path], in: sample, code: 66)
  }

  /// The type of the last layer's weights, changed in the file: 10 is the key of `data_type`, 42 of `name`.
  @Test(arguments: [(6, "int32"), (11, "float64"), (14, "complex64"), (17, "float8"), (99, "99")])
  func weightsOfAWrongType(type: Int, name: String) throws {
    let sample = try Sample()
    var model = try #require(sample.bytes("reference.onnx"))
    let tag = Data([0x10, 1, 0x42, 9] + Array("fc.weight".utf8))
    let index = try #require(model.range(of: tag))
    model[index.lowerBound + 1] = UInt8(type)
    let file = try sample.write(model, to: "typed.onnx")
    try expectFailure(
      ["score", file, "--data", sample.path("fashion-mnist"), "--batches", "1"], in: sample, code: 65,
      naming: "fc")
  }

  @Test func anUnsupportedOperatorStopsOnlyWhatNeedsIt() throws {
    let sample = try Sample(isConfigured: false)
    // An operator of a name as long as a known one's, so that no length in the file changes: after the last
    // convolution.
    var model = try #require(sample.bytes("reference.onnx"))
    let index = try #require(model.range(of: Data([0x22, 4] + Array("Relu".utf8)), options: .backwards))
    model.replaceSubrange(index.lowerBound + 2..<index.upperBound, with: Array("Rolu".utf8))
    let file = try sample.write(model, to: "odd.onnx")

    let inspected = try Program.run(["inspect", file, "--json"])
    #expect(inspected.code == 0, "\(inspected.errors)")
    let report = try JSONValue(inspected.output)
    #expect(report["problems"][0].string?.contains("Rolu") == true)
    #expect(report["layers"].elements.map { $0["name"].string } == ["conv1", "conv2", "conv3", "fc"])
    #expect(report["layers"].elements.prefix(2).allSatisfy { $0["prunable"].bool == true }, "those before it")
    #expect(report["layers"][2]["reason"].string?.contains("Rolu") == true, "and why not the one at it")

    let pruned = try Program.run(
      [
        "prune", file, "-o", sample.path("small.onnx"), "--criterion", "l2", "--layer", "conv1=50",
        "--no-verify",
      ])
    #expect(pruned.code == 0, "\(pruned.errors)")
    let small = try JSONValue(Program.run(["inspect", sample.path("small.onnx"), "--json"]).output)
    #expect(small["layers"].elements.map { $0["kernels"].int } == [10, 20, 20, 10])

    try expectFailure(
      ["score", file, "--data", sample.path("fashion-mnist")], in: sample, code: 69, naming: "Rolu")
    try expectFailure(
      ["evaluate", file, "--data", sample.path("fashion-mnist")], in: sample, code: 69, naming: "Rolu")
  }

  // MARK: Data

  /// Two IDX files in a folder, as MNIST has them.
  private func idx(_ sample: Sample, count: Int, side: Int, labels: [UInt8]) throws -> String {
    func number(_ value: Int) -> [UInt8] { [0, 0, UInt8(value >> 8), UInt8(value & 255)] }
    let folder = sample.path("data")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let images = [0, 0, 8, 3] + number(count) + number(side) + number(side)
    _ = try sample.write(
      Data(images + [UInt8](repeating: 7, count: count * side * side)), to: "data/train-images-idx3-ubyte")
    _ = try sample.write(
      Data([0, 0, 8, 1] + number(labels.count) + labels), to: "data/train-labels-idx1-ubyte")
    return folder
  }

  @Test func dataThatDoNotFitTheInput() throws {
    let sample = try Sample(isConfigured: false)
    let data = try idx(sample, count: 4, side: 20, labels: [0, 1, 2, 3])
    for command in ["score", "evaluate"] {
      try expectFailure([command, sample.model, "--data", data], in: sample, code: 65, naming: "20", "28")
    }
  }

  @Test func labelsOutOfRange() throws {
    let sample = try Sample(isConfigured: false)
    let data = try idx(sample, count: 4, side: 28, labels: [0, 1, 2, 30])
    for command in ["score", "evaluate"] {
      try expectFailure([command, sample.model, "--data", data], in: sample, code: 65, naming: "30", "10")
    }
  }

  @Test func countsThatDiffer() throws {
    let sample = try Sample(isConfigured: false)
    let data = try idx(sample, count: 4, side: 28, labels: [0, 1, 2])
    try expectFailure(["score", sample.model, "--data", data], in: sample, code: 65, naming: "4", "3")
  }

  @Test func dataThatAreNotThere() throws {
    let sample = try Sample(isConfigured: false)
    try expectFailure(
      ["score", sample.model, "--data", sample.path("nowhere")], in: sample, code: 66, naming: "nowhere")
    try expectFailure(["score", sample.model, "--data", sample.model], in: sample, code: 65)
    try expectFailure(
      ["infer", sample.model, "--input", sample.path("x.npy"), "-o", sample.path("y.npz")], in: sample,
      code: 66,
      naming: "x.npy")
    try expectFailure(
      ["infer", sample.model, "-o", sample.path("y.npz")], in: sample, code: 64, naming: "--input input=")
  }

  @Test func scoresThatNeedDataWithoutAny() throws {
    let sample = try Sample(isConfigured: false)
    try expectFailure(
      ["score", sample.model, "--criterion", "taylor"], in: sample, code: 64, naming: "--data")
    try expectFailure(
      ["prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "taylor", "--percent", "30"],
      in: sample, code: 64, naming: "--data")
    try expectFailure(["evaluate", sample.model], in: sample, code: 64, naming: "--data")
  }

  @Test func aWrongFileBesideTheModel() throws {
    let sample = try Sample(isConfigured: false)
    _ = try sample.write("data: fashion-mnist\nmeen: 0.3\n", to: "reference.yaml")
    try expectFailure(
      ["score", sample.model], in: sample, code: 65, naming: "reference.yaml, line 2", "meen", "mean")
    _ = try sample.write("data: [fashion-mnist\nmean: 0.3\n", to: "reference.yaml")
    try expectFailure(["score", sample.model], in: sample, code: 65, naming: "reference.yaml")
  }

  // MARK: Requests

  @Test func aLayerThatIsNotThere() throws {
    let sample = try Sample()
    try expectFailure(
      Self.prune(sample, to: "small.onnx", "--layer", "conv9=30"), in: sample, code: 64, naming: "conv9",
      "conv1")
    try expectFailure(
      Self.prune(sample, to: "small.onnx", "--layer", "conv1=30", "--protect", "conv9"), in: sample, code: 64,
      naming: "conv9", "conv1")
  }

  @Test(arguments: [
    ["--percent", "101"], ["--percent", "-1"], ["--percent", "many"], [], ["--layer", "conv1=101"],
    ["--layer", "conv1"], ["--percent", "30", "--min-keep", "0"], ["--percent", "30", "--scope", "moon"],
    ["--percent", "30", "--threads", "0"], ["--percent", "30", "--threads", "\(Int.max)"],
    ["--kernels", "\(Int.max)"], ["--percent", "30", "--batches", "\(Int.max)"],
    ["--percent", "30", "--calibration", "-\(Int.max)"], ["--percent", "30", "--colour"],
  ]) func wrongUsage(flags: [String]) throws {
    let sample = try Sample()
    let arguments = ["prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2"]
    try expectFailure(arguments + flags, in: sample, code: 64)
  }

  @Test func nothingToRemove() throws {
    let sample = try Sample()
    try expectFailure(Self.prune(sample, to: "small.onnx", "--percent", "0"), in: sample, code: 64)
  }

  // MARK: Outputs

  @Test func anOutputThatCannotBeWritten() throws {
    let sample = try Sample()
    try FileManager.default.createDirectory(atPath: sample.path("taken"), withIntermediateDirectories: true)
    for output in ["missing/small.onnx", "taken"] {
      try expectFailure(Self.prune(sample, to: output), in: sample, code: 73, naming: output)
      try expectFailure(
        ["score", sample.model, "--criterion", "l2", "-o", sample.path(output)], in: sample, code: 73,
        naming: output)
      // The model must not stand there without the plan that was asked for.
      try expectFailure(
        Self.prune(sample, to: "small.onnx", "--percent", "30", "--plan-out", sample.path(output)),
        in: sample,
        code: 73, naming: output)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: sample.path("taken")).isEmpty)
  }

  @Test func aFailureLeavesTheFileThatWasThere() throws {
    let sample = try Sample()
    let before = try #require(sample.bytes("reference.onnx"))
    _ = try sample.write("older", to: "small.onnx")
    try expectFailure(Self.prune(sample, to: "small.onnx", "--layer", "conv9=30"), in: sample, code: 64)
    #expect(sample.bytes("small.onnx") == Data("older".utf8))
    #expect(sample.bytes("reference.onnx") == before)
  }

  // MARK: Plans

  private func plan(_ sample: Sample) throws -> String {
    let outcome = try Program.run(
      Self.prune(sample, to: "made.onnx", "--percent", "30", "--plan-out", sample.path("plan.yaml")))
    try #require(outcome.code == 0, "\(outcome.errors)")
    return String(decoding: try #require(sample.bytes("plan.yaml")), as: UTF8.self)
  }

  private func apply(_ plan: String, _ sample: Sample) throws -> [String] {
    ["apply", try sample.write(plan, to: "edited.yaml"), sample.model, "-o", sample.path("applied.onnx")]
  }

  @Test func anEmptyPlan() throws {
    let sample = try Sample()
    let plan = try plan(sample)
    try expectFailure(try apply("", sample), in: sample, code: 65, naming: "plan")
    let steps = try #require(plan.range(of: "\nsteps:"))
    try expectFailure(
      try apply(plan[..<steps.lowerBound] + "\nsteps: []\n", sample), in: sample, code: 65, naming: "plan")
  }

  @Test func aPlanForAnotherModel() throws {
    let sample = try Sample()
    _ = try plan(sample)
    // The plan of the original, on what it made.
    try expectFailure(
      ["apply", sample.path("plan.yaml"), sample.path("made.onnx"), "-o", sample.path("applied.onnx")],
      in: sample,
      code: 65, naming: "reference.onnx", "fingerprint")
  }

  @Test(arguments: ["steps: [1, 2\nmodel: }", "- a\n- list\n", "just words", "\u{0}\u{1}\u{2}"])
  func aMalformedPlan(text: String) throws {
    let sample = try Sample()
    try expectFailure(try apply(text, sample), in: sample, code: 65, naming: "edited.yaml")
  }

  @Test func aPlanThatIsNotThere() throws {
    let sample = try Sample()
    try expectFailure(
      ["apply", sample.path("nowhere.yaml"), sample.model, "-o", sample.path("applied.onnx")], in: sample,
      code: 66,
      naming: "nowhere.yaml")
  }

  // MARK: No terminal

  @Test(.enabled(if: Program.find("setsid") != nil)) func noTerminalAtAll() throws {
    let sample = try Sample()
    let outcome = try Program.launch(
      try #require(Program.find("setsid")), ["--wait", Program.executable, sample.model],
      environment: ["TERM": "xterm"])
    #expect(outcome.code == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("There is no terminal") && outcome.errors.contains("inspect"))
    #expect(outcome.output.isEmpty)
  }
}
