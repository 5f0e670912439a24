import Foundation
import Testing

/// The commands as scripts use them: what stands on standard output, and in files.
@Suite struct CommandTests {
  /// Runs a command that has to work.
  private func run(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String
  {
    try run(arguments, sourceLocation: sourceLocation)
  }

  private func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String
  {
    let outcome = try Program.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  /// What `inspect` says of a model.
  private func inspect(_ model: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue
  {
    try JSONValue(run("inspect", model, "--json", sourceLocation: sourceLocation))
  }

  @Test func inspectDescribesTheReferenceNetwork() throws {
    let report = try inspect(Program.samples.appending(path: "reference.onnx").path)
    #expect(
      report.keys.isSuperset(of: [
        "model", "parameters", "macs", "prunable_conv_num", "prunable_kernel_num", "layers",
      ]))
    #expect(report["parameters"].int == 123_090)
    #expect(report["prunable_conv_num"].int == 3)
    #expect(report["prunable_kernel_num"].int == 57)
    let layers = report["layers"].elements
    #expect(layers.map { $0["name"].string } == ["conv1", "conv2", "conv3", "fc"])
    #expect(layers.map { $0["kernels"].int } == [20, 20, 20, 10])
    #expect(layers.map { $0["prunable"].bool } == [true, true, true, false])
    for layer in layers {
      #expect(
        layer.keys.isSuperset(of: [
          "name", "op", "kernels", "prunable", "weight_shape", "output_shape", "parameters", "macs",
        ]))
      // A reason stands just where nothing can go.
      #expect((layer["reason"].string == nil) == (layer["prunable"].bool == true))
    }
    #expect(layers[0]["weight_shape"].ints.first == 20)
    #expect(layers.reduce(0) { $0 + ($1["macs"].int ?? 0) } == report["macs"].int)
  }

  @Test func inspectAsTextNamesEveryLayer() throws {
    let text = try run("inspect", Program.samples.appending(path: "reference.onnx").path)
    for name in ["conv1", "conv2", "conv3", "fc", "123,090 parameters"] { #expect(text.contains(name)) }
    #expect(!text.contains("\u{1B}"), "no control sequences in what scripts read")
  }

  @Test func scoreGivesAMeanAndAnErrorForEveryKernel() throws {
    let sample = try Sample()
    let text = try run(
      "score", sample.model, "--batches", "4", "--batch-size", "16", "--json", "-o", sample.path("s.json"))
    let report = try JSONValue(text)
    #expect(report["criterion"].string == "taylor")
    #expect(report["examples"].int == 64)
    let layers = report["layers"].elements
    #expect(layers.map { $0["name"].string } == ["conv1", "conv2", "conv3"])
    for layer in layers {
      #expect(layer["mean"].doubles.count == 20)
      #expect(layer["standard_error"].doubles.count == 20)
      #expect(layer["mean"].doubles.allSatisfy { $0 >= 0 && $0.isFinite })
      #expect(Set(layer["mean"].doubles).count > 10, "kernels differ")
      #expect(layer["standard_error"].doubles.contains { $0 > 0 })
    }
    #expect(sample.bytes("s.json") == Data(text.utf8), "the file says what standard output says")
    #expect(
      try run("score", sample.model, "--batches", "4", "--batch-size", "16", "--json") == text,
      "twice the same")
  }

  @Test func scoresFromWeightsNeedNoData() throws {
    let sample = try Sample(isConfigured: false)
    let report = try JSONValue(run("score", sample.model, "--json"))
    #expect(report["criterion"].string == "l2")
    #expect(report["examples"].int == 0)
    #expect(report["layers"].elements.allSatisfy { $0["standard_error"].doubles.allSatisfy { $0 == 0 } })
  }

  @Test func theHelpExplainsEveryCriterion() throws {
    let text = try run("help", "criteria")
    let report = try JSONValue(run("criteria", "--json"))
    #expect(report.elements.count == 15)
    for criterion in report.elements {
      let name = try #require(criterion["name"].string)
      #expect(text.contains("\n\(name)\n"), "\(name)")
      #expect(criterion["formula"].string?.isEmpty == false && criterion["paper"].string?.isEmpty == false)
    }
    #expect(try run("score", "--help").contains("geometric-median"), "the choices are listed")
  }

  @Test(arguments: [
    "taylor", "taylor-gate", "taylor-weight", "oracle", "output-energy", "l1", "l2", "group-l2", "bn-scale",
    "geometric-median", "apoz", "mean-activation", "random",
  ])
  func everyCriterionScores(criterion: String) throws {
    let sample = try Sample()
    let report = try JSONValue(
      run(
        "score", sample.model, "--criterion", criterion, "--batches", "1", "--batch-size", "8", "--json"))
    #expect(report["criterion"].string == criterion)
    let layers = report["layers"].elements
    #expect(layers.map { $0["name"].string } == ["conv1", "conv2", "conv3"])
    #expect(layers.allSatisfy { $0["mean"].doubles.count == 20 && $0["mean"].doubles.contains { $0 > 0 } })
    #expect([0, 8].contains(report["examples"].int))
  }

  @Test func rankingIsASetting() throws {
    let costly = try kernelsLeft("--criterion", "random", "--percent", "50", "--mac-penalty", "1000")
    #expect(costly[0] == 20, "a kernel of the first layer has the fewest multiply-accumulates by far")
    let sample = try Sample()
    _ = try run(
      "prune", sample.model, "-o", sample.path("small.onnx"), "--percent", "30", "--criterion",
      "taylor-gate", "--batches", "2", "--normalization", "max", "--aggregation", "first", "--mac-penalty",
      "0.25", "--plan-out", sample.path("plan.yaml"))
    let plan = String(decoding: try #require(sample.bytes("plan.yaml")), as: UTF8.self)
    for line in ["taylor-gate", "normalization: max", "aggregation: first", "mac_penalty: 0.25"] {
      #expect(plan.contains(line), "\(line)")
    }
    _ = try run("apply", sample.path("plan.yaml"), sample.model, "-o", sample.path("again.onnx"))
    #expect(sample.bytes("small.onnx") == sample.bytes("again.onnx"))
  }

  @Test(arguments: [["--criterion", "l2"], ["--criterion", "taylor", "--batches", "4"]])
  func aPlanReplaysToTheSameBytes(criterion: [String]) throws {
    let sample = try Sample()
    let report = try JSONValue(
      run(
        [
          "prune", sample.model, "-o", sample.path("small.onnx"), "--percent", "30", "--plan-out",
          sample.path("plan.yaml"), "--json",
        ] + criterion))
    #expect(report["parameters"]["before"].int == 123_090)
    #expect(try #require(report["parameters"]["after"].int) < 123_090)
    #expect(report["pruned_kernel_num"].int == 17, "30 % of 57 kernels")
    #expect(try #require(report["largest_difference"].double) < 1e-4, "pruned = masked")
    _ = try run("apply", sample.path("plan.yaml"), sample.model, "-o", sample.path("again.onnx"))
    #expect(sample.bytes("small.onnx") == sample.bytes("again.onnx"))
    let after = try inspect(sample.path("small.onnx"))
    #expect(after["parameters"].int == report["parameters"]["after"].int)
    #expect(after["macs"].int == report["macs"]["after"].int)
    #expect(
      after["layers"].elements.prefix(3).map { $0["kernels"].int }
        == report["layers"].elements.prefix(3).map { $0["kept"].int })
  }

  @Test func recoveryIsTimedMeasuredAndReplayed() throws {
    let sample = try Sample()
    let options = ["--recover", "bn,refit,bias", "--calibration", "64", "--threads", "1"]
    let report = try JSONValue(
      run(
        [
          "prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2", "--keep-macs", "30",
          "--plan-out", sample.path("plan.yaml"), "--json",
        ] + options))
    let steps = report["recovery"]["steps"].elements
    #expect(steps.map { $0["method"].string } == ["bias", "bn", "refit"])
    #expect(steps.allSatisfy { ($0["seconds"].double ?? -1) > 0 })
    let before = try #require(report["recovery"]["before"]["loss"].double)
    let after = try #require(steps.last?["evaluation"]["loss"].double)
    #expect(after < before)
    let plan = String(decoding: try #require(sample.bytes("plan.yaml")), as: UTF8.self)
    #expect(plan.contains("recovery: [bias, bn, refit]\n  calibration: 64\n"))
    let replay = ["apply", sample.path("plan.yaml"), sample.model, "-o", sample.path("again.onnx")]
    _ = try run(replay + ["--threads", "1"])
    #expect(sample.bytes("small.onnx") == sample.bytes("again.onnx"))
    _ = try run(replay + ["--no-recover"])
    #expect(sample.bytes("small.onnx") != sample.bytes("again.onnx"))
    let evaluated = try JSONValue(
      run("evaluate", sample.path("small.onnx"), "--data", sample.path("fashion-mnist"), "--json"))
    #expect(evaluated["loss"].double != nil)
  }

  @Test func sharesAreMeasured() throws {
    let sample = try Sample()
    let options = [
      "--keep-macs", "25", "--effort", "quick", "--calibration", "128", "--threads", "1",
    ]
    let small = sample.path("small.onnx")
    let report = try JSONValue(
      run(
        ["prune", sample.model, "-o", small, "--plan-out", sample.path("plan.yaml"), "--json"] + options))
    let (before, after) = (report["macs"]["before"].int ?? 0, report["macs"]["after"].int ?? 0)
    #expect(after > 0 && after * 4 <= before)
    #expect(report["allocation"]["measure"].string == "divergence")
    #expect(report["allocation"]["examples"].int == 64)
    #expect((report["allocation"]["predicted"].double ?? -1) > 0)
    #expect((report["allocation"]["measured"].double ?? -1) > 0)
    #expect((report["allocation"]["measured_examples"].int ?? 0) > 64)
    #expect(report["recovery"]["steps"].elements.map { $0["method"].string } == ["refit", "distil"])
    // The same command gives the same file, and so does the plan.
    let again = sample.path("again.onnx")
    _ = try run(["prune", sample.model, "-o", again] + options)
    #expect(sample.bytes("small.onnx") == sample.bytes("again.onnx"))
    _ = try run(["apply", sample.path("plan.yaml"), sample.model, "-o", again, "--threads", "1"])
    #expect(sample.bytes("small.onnx") == sample.bytes("again.onnx"))
    // What would go is said before anything is written.
    let unwritten = try JSONValue(run(["prune", sample.model, "--dry-run", "--json"] + options))
    #expect(unwritten["output"].string == nil)
    #expect(unwritten["macs"]["after"].int == after)
    #expect(
      unwritten["layers"].elements.map { $0["kept"].int } == report["layers"].elements.map { $0["kept"].int })
    let losses = unwritten["layers"].elements.compactMap { $0["expected_loss"].double }
    #expect(!losses.isEmpty && losses.allSatisfy { $0 >= 0 })
    // Without a refit what is left is what the original has.
    let cut = try JSONValue(
      run(["prune", sample.model, "-o", again, "--recover", "none", "--json"] + options))
    #expect(cut["recovery"]["steps"].elements.isEmpty)
    #expect(
      cut["layers"].elements.map { $0["kept"].int } == report["layers"].elements.map { $0["kept"].int })
  }

  @Test(arguments: [["--criterion", "l2", "--keep-macs", "25"], ["--layer", "conv1=40"]])
  func whatMeasuredSharesCannotHeedIsSaid(options: [String]) throws {
    let sample = try Sample()
    let result = try Program.run(
      ["prune", sample.model, "-o", sample.path("small.onnx"), "--allocate", "measured"] + options)
    #expect(result.code == 64 && result.errors.contains("--allocate measured"))
    #expect(sample.bytes("small.onnx") == nil)
  }

  /// The kernels of each layer after `prune` with options that need no data.
  private func kernelsLeft(
    _ options: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [Int?] {
    let sample = try Sample(isConfigured: false)
    let small = sample.path("small.onnx")
    _ = try run(["prune", sample.model, "-o", small] + options, sourceLocation: sourceLocation)
    return try inspect(small)["layers"].elements.map { $0["kernels"].int }
  }

  @Test func layersCanBeAskedForByName() throws {
    let kernels = try kernelsLeft("--criterion", "l1", "--layer", "conv1=40", "--layer", "conv3=50")
    #expect(kernels == [12, 20, 10, 10])
  }

  /// `NumPrunables` of the reference procedure: 48 with at least 4 kept a layer, 40 after 8 went.
  @Test func aFloorIsKept() throws {
    let kernels = try kernelsLeft("--criterion", "l2", "--percent", "100", "--min-keep", "4")
    #expect(kernels == [4, 4, 4, 10])
  }

  @Test func evaluateMeasuresTheTestPart() throws {
    let sample = try Sample()
    let report = try JSONValue(run("evaluate", sample.model, "--json"))
    let accuracy = try #require(report["accuracy"].double)
    #expect(accuracy > 0.6 && accuracy < 1, "a trained network of ten classes")
    #expect(try #require(report["loss"].double) > 0)
    #expect(try #require(report["examples"].int) > 0)
    #expect(try run("evaluate", sample.model).contains("accuracy"))
  }

  @Test func inferWritesTheOutputsByName() throws {
    let sample = try Sample(isConfigured: false)
    // Two images in NumPy's format, version 1.0: header, then little-endian floats.
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 28, 28), }"
    header += String(repeating: " ", count: (64 - (11 + header.count) % 64) % 64) + "\n"
    var array = Data(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)])
    array += Data(header.utf8)
    for index in 0..<2 * 784 {
      withUnsafeBytes(of: (Float(index % 29) / 29).bitPattern.littleEndian) { array.append(contentsOf: $0) }
    }
    let input = try sample.write(array, to: "x.npy")
    let inputs = try inspect(sample.model)
    let (inputName, outputName) = (
      try #require(inputs["inputs"].keys.first), try #require(inputs["outputs"].keys.first)
    )
    _ = try run("infer", sample.model, "--input", input, "-o", sample.path("y.npz"))
    let archive = try #require(sample.bytes("y.npz"))
    #expect(archive.starts(with: Array("PK".utf8)))
    #expect(archive.range(of: Data("\(outputName).npy".utf8)) != nil)
    #expect(archive.range(of: Data("(2, 10)".utf8)) != nil, "as many rows as there were images")
    _ = try run("infer", sample.model, "--input", "\(inputName)=\(input)", "-o", sample.path("named.npz"))
    #expect(sample.bytes("named.npz") == archive)
  }

  @Test(arguments: ["open", "inspect", "score", "prune", "apply", "evaluate", "infer", "samples", "bench"])
  func everyCommandShowsAnExample(command: String) throws {
    let help = try run(command, "--help")
    #expect(help.contains("EXAMPLE"))
    #expect(help.contains("secateur \(command == "open" ? "" : command)"))
  }

  @Test func theHelpListsTheExitCodes() throws {
    let help = try run("--help")
    for code in ["EXIT CODES", "64 wrong usage", "65 ", "66 ", "69 ", "73 ", "130 "] {
      #expect(help.contains(code))
    }
  }

  @Test func completionsAreMadeForBash() throws {
    let script = try run("--generate-completion-script", "bash")
    #expect(script.contains("secateur") && script.contains("complete"))
    for command in ["inspect", "prune", "apply", "finetune"] { #expect(script.contains(command)) }
  }
}
