import Foundation
import TestSupport
import Testing

/// MXNet models through the commands: `prunable`, `apply --kept`, `convert`.
@Suite struct MXNetCommandTests {
  private static let fixtures = Program.root.appending(path: "Tests/SessionTests/Fixtures/mxnet").path
  private static let binding = ["--input", "data=1x3x8x8"]

  @Test func `an algorithm of one's own between two commands`() throws {
    let folder = try TemporaryFolder()
    let model = "\(Self.fixtures)/resnet"
    let listed = try Program.run(["prunable", model, "--json"] + Self.binding)
    #expect(listed.code == 0)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: Any])
    let layers = try #require(report["layers"] as? [[String: Any]])
    let conv0 = try #require(layers.first { $0["name"] as? String == "conv0" })
    #expect(conv0["channels"] as? Int == 8)
    #expect(conv0["removable"] as? Int == 7)
    #expect(conv0["members"] as? [String] == ["stage1_unit1_conv2"])
    #expect(
      conv0["dependents"] as? [String] == [
        "stage1_unit1_bn1", "stage1_unit1_conv1", "stage2_unit1_bn1", "stage2_unit1_conv1", "stage2_unit1_sc",
      ])
    #expect(
      conv0["dependent_layers"] as? [String] == [
        "stage1_unit1_conv1", "stage2_unit1_conv1", "stage2_unit1_sc",
      ])
    #expect(conv0["parents"] as? [String] == ["bn_data"])
    let attributes = try #require(conv0["attributes"] as? [String: Any])
    #expect(attributes["kernel_shape"] as? [Int] == [3, 3])
    // The algorithm: every layer keeps the units whose number is even.
    var kept: [String: [Int]] = [:]
    for layer in layers {
      let name = try #require(layer["name"] as? String)
      let units = try #require(layer["units"] as? [Int])
      kept[name] = units.indices.filter { units[$0] < 0 || units[$0] % 2 == 0 }
    }
    let path = folder.path("kept.json")
    try JSONSerialization.data(withJSONObject: kept).write(to: URL(filePath: path))
    let applied = try Program.run(
      ["apply", "--kept", path, model, "-o", folder.path("small")] + Self.binding)
    #expect(applied.code == 0, "\(applied.errors)")
    let converted = try Program.run(
      ["convert", folder.path("small-symbol.json"), "-o", folder.path("small.onnx")] + Self.binding)
    #expect(converted.code == 0, "\(converted.errors)")
    let inspected = try Program.run(["inspect", folder.path("small.onnx")])
    #expect(inspected.code == 0)
    #expect(inspected.output.contains("conv0"))
  }

  @Test func `the same split for ONNX`() throws {
    let folder = try TemporaryFolder()
    let model = Program.samples.appending(path: "residual.onnx").path
    let report = try JSONValue(try Program.run(["prunable", model, "--json"]).output)
    let transition = try #require(report["layers"].elements.first { $0["name"].string == "transition.conv" })
    #expect(transition["members"].elements.map(\.string) == ["block5.b.conv"])
    #expect(report["frozen"][0]["name"].string == "fc")
    try Data("{\"transition.conv\": [\((0..<64).map { "\($0)" }.joined(separator: ","))]}".utf8)
      .write(to: URL(filePath: folder.path("kept.json")))
    let applied = try Program.run([
      "apply", "--kept", folder.path("kept.json"), model, "-o", folder.path("out.onnx"),
    ])
    #expect(applied.code == 0, "\(applied.errors)")
    let after = try JSONValue(try Program.run(["inspect", folder.path("out.onnx"), "--json"]).output)
    for name in ["transition.conv", "block5.b.conv"] {
      #expect(after["layers"].elements.first { $0["name"].string == name }?["kernels"].int == 64)
    }
  }

  @Test func `what is missing is said with a remedy`() throws {
    let folder = try TemporaryFolder()
    let bare = try Program.run(["inspect", "\(Self.fixtures)/resnet-symbol.json"])
    #expect(bare.code == 65)
    #expect(bare.errors.contains("does not say what shape its input data has"))
    try FileManager.default.copyItem(
      atPath: "\(Self.fixtures)/resnet-symbol.json", toPath: folder.path("half-symbol.json"))
    let half = try Program.run(["inspect", folder.path("half-symbol.json")])
    #expect(half.code == 65)
    #expect(half.errors.contains("is half of an MXNet model"))
    let both = try Program.run([
      "apply", "--kept", "k.json", "plan.yaml", "m.onnx", "-o", folder.path("x.onnx"),
    ])
    #expect(both.code == 64)
    #expect(both.errors.contains("Give one model beside --kept"))
  }

  /// What the procedures make of an MXNet model is one, and each is found where the command says.
  @Test func `procedures write what they were given`() throws {
    let sample = try Sample()
    let model = "\(Self.fixtures)/digits"
    let data = ["--data", sample.path("fashion-mnist"), "--input", "data=1x1x28x28", "--threads", "1"]
    func run(_ arguments: [String], _ stem: String) throws -> Int {
      let outcome = try Program.run(arguments + data)
      #expect(outcome.code == 0, "\(arguments): \(outcome.errors)")
      for ending in ["-symbol.json", "-0003.params"] {
        #expect(sample.has("\(stem)\(ending)"), "\(arguments)")
      }
      let inspected = try Program.run([
        "inspect", sample.path("\(stem)-symbol.json"), "--json", "--input", "data=1x1x28x28",
      ])
      #expect(inspected.code == 0, "\(inspected.errors)")
      return try JSONValue(inspected.output)["layers"].elements.compactMap { $0["kernels"].int }.reduce(0, +)
    }
    #expect(
      try run(
        ["taylor-prune", model, "-o", sample.path("taylor"), "--reduction", "20", "--limit", "64"], "taylor")
        < 38)
    #expect(
      try run(
        [
          "iterate", model, "-o", sample.path("iterated"), "--keep-params", "60%", "--steps", "2",
          "--no-train",
          "--limit", "64", "--no-session",
        ], "iterated") < 38)
    let handle = sample.path("prune.handle")
    let created = try Program.run([
      "handle", "create", model, "-o", handle, "--mode", "l2", "--percentage", "40", "--input",
      "data=1x1x28x28",
    ])
    #expect(created.code == 0, "\(created.errors)")
    let added = try Program.run(["handle", "add-batch", handle, model, "--limit", "64"] + data)
    #expect(added.code == 0, "\(added.errors)")
    let generated = try Program.run([
      "handle", "generate", handle, model, "-o", sample.path("generated-0003.params"), "--input",
      "data=1x1x28x28",
    ])
    #expect(generated.code == 0, "\(generated.errors)")
    #expect(sample.has("generated-symbol.json") && sample.has("generated-0003.params"))
    let schedule = try sample.write(
      """
      pruners:
        p: {class: L1RankedStructureParameterPruner, desired_sparsity: 0.5, group_type: Filters, weights: [conv1]}
      extensions:
        thin: {class: FilterRemover}
      policies:
        - pruner: {instance_name: p}
          epochs: [0]
        - extension: {instance_name: thin}
          epochs: [1]
      """, to: "schedule.yaml")
    #expect(
      try run(["schedule", schedule, model, "-o", sample.path("run"), "--limit", "200"], "run/model") == 8 + 6
        + 8 + 10)
    #expect(sample.has("run/epoch-001-thin-symbol.json") && !sample.has("run/model.onnx"))
  }

  @Test func `ONNX is not written as MXNet`() throws {
    let folder = try TemporaryFolder()
    let sample = Program.samples.appending(path: "reference.onnx").path
    let refused = try Program.run(["convert", sample, "-o", folder.path("reference-symbol.json")])
    #expect(refused.code == 65)
    #expect(refused.errors.contains("secateur does not write ONNX models so"))
    let copied = try Program.run(["convert", sample, "-o", folder.path("copy.onnx")])
    #expect(copied.code == 0)
    #expect(
      FileManager.default.contents(atPath: folder.path("copy.onnx"))
        == FileManager.default.contents(atPath: sample))
  }
}
