import Formats
import Foundation
import Graph
import TestSupport
import Testing

/// The two files of a model, and what is written to them.
@Suite struct MXNetFileTests {
  /// A model whose epochs differ in a bias: 0, 1, 2.
  private func folder(epochs: [String] = ["0000", "0007", "0010"]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try SmallMXNet.symbol.write(to: URL(fileURLWithPath: folder.path("net-symbol.json")))
    let model = try SmallMXNet.model()
    for (number, epoch) in epochs.enumerated() {
      var network = model.network
      try network.replace("conv0_bias", with: Tensor([Float](repeating: Float(number), count: 4), shape: [4]))
      try model.data(for: network).arrays.write(to: URL(fileURLWithPath: folder.path("net-\(epoch).params")))
    }
    return folder
  }

  private func bias(_ path: String) throws -> Float? {
    try MXNetModel(contentsOf: path, inputShapes: SmallMXNet.shapes).network.constant("conv0_bias").floats
      .first
  }

  @Test func `the newest epoch counts unless the path says which`() throws {
    let folder = try folder()
    #expect(try bias(folder.path("net-symbol.json")) == 2)
    #expect(try bias(folder.path("net")) == 2)
    #expect(try bias(folder.path("net-0007.params")) == 1)
    #expect(try bias(folder.path("net-0000.params")) == 0)
    let opened = try ModelFormat.open(folder.path("net"), inputShapes: SmallMXNet.shapes)
    #expect(opened.formatName == "MXNet")
    #expect(opened.fileBytes == SmallMXNet.symbol.count + SmallMXNet.arrays().count)
  }

  @Test func `half of a model is told from none`() throws {
    let folder = try TemporaryFolder()
    try SmallMXNet.symbol.write(to: URL(fileURLWithPath: folder.path("a-symbol.json")))
    try SmallMXNet.arrays().write(to: URL(fileURLWithPath: folder.path("b-0001.params")))
    for (path, partner) in [
      ("a-symbol.json", "a-0000.params"), ("a", "a-0000.params"), ("b-0001.params", "b-symbol.json"),
      ("b", "b-symbol.json"),
    ] {
      let error = #expect(throws: FormatError.self) { try ModelFormat.open(folder.path(path)) }
      #expect(
        error?.sentence.hasSuffix("is half of an MXNet model, and there is no \(folder.path(partner)).")
          == true)
    }
    #expect(throws: FormatError.unreadable(file: folder.path("c.params"), reason: "there is no such file")) {
      try ModelFormat.open(folder.path("c.params"))
    }
  }

  @Test(arguments: [
    ("out", ["out-symbol.json", "out-0010.params"]),
    ("out-symbol.json", ["out-symbol.json", "out-0010.params"]),
    ("out-0003.params", ["out-symbol.json", "out-0003.params"]), ("out.onnx", ["out.onnx"]),
  ]) func `names of what is written`(path: String, names: [String]) throws {
    let source = try folder()
    let target = try TemporaryFolder()
    let model = try MXNetModel(contentsOf: source.path("net"), inputShapes: SmallMXNet.shapes)
    #expect(model.files(writtenTo: target.path(path)) == names.map { target.path($0) })
    try model.write(model.network, to: target.path(path))
    #expect(target.names == names.sorted())
    guard path != "out.onnx" else {
      let converted = try ONNXModel(contentsOf: target.path(path))
      #expect(converted.network.fixedBatch == nil)
      #expect(converted.network.nodes.map(\.op) == model.network.nodes.map(\.op))
      return
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: target.path("out-symbol.json"))) == SmallMXNet.symbol)
  }

  @Test func `both files or neither`() throws {
    let source = try folder()
    let target = try TemporaryFolder()
    let model = try MXNetModel(contentsOf: source.path("net"), inputShapes: SmallMXNet.shapes)
    // The symbol's name is taken by a folder.
    try FileManager.default.createDirectory(
      atPath: target.path("out-symbol.json"), withIntermediateDirectories: false)
    #expect(throws: FormatError.self) { try model.write(model.network, to: target.path("out")) }
    #expect(target.names == ["out-symbol.json"])
  }

  @Test func `ONNX models are not written as MXNet`() throws {
    let target = try TemporaryFolder()
    let model = try Fixture.model("small.onnx")
    #expect(
      throws: FormatError.notConvertible(
        file: target.path("x-symbol.json"), format: "MXNet", original: "ONNX")
    ) {
      try model.write(model.network, to: target.path("x-symbol.json"))
    }
    #expect(target.names == [])
  }

  // MARK: What changes

  /// The small network without a kernel: arrays, `num_filter` on the operator and on its variables, nothing else.
  @Test func `a pruned convolution`() throws {
    let model = try SmallMXNet.model()
    var network = model.network
    let kept = [0, 1, 3]
    for name in ["conv0_weight", "conv0_bias", "bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var"] {
      try network.replace(name, with: network.constant(name).taking(kept, alongAxis: 0))
    }
    let columns = kept.flatMap { channel in (0..<16).map { channel * 16 + $0 } }
    try network.replace("fc_weight", with: network.constant("fc_weight").taking(columns, alongAxis: 1))
    let data = try model.data(for: network)
    let expected = String(decoding: SmallMXNet.symbol, as: UTF8.self)
      .replacingOccurrences(of: "\"num_filter\": \"4\"", with: "\"num_filter\": \"3\"")
    #expect(String(decoding: data.symbol, as: UTF8.self) == expected)
    let again = try MXNetModel(symbol: data.symbol, arrays: data.arrays, inputShapes: SmallMXNet.shapes)
    #expect(try again.network.constant("fc_weight") == network.constant("fc_weight"))
    #expect(try again.network.constant("bn_moving_var").floats == [1, 2, 4])
    #expect(again.network.nodes == network.nodes)
  }

  /// The number that is the last from the left is the first from the right; what is written goes with any number of
  /// examples, as it did.
  @Test func `a reshape that is read from the right`() throws {
    func symbol(_ kernels: Int) -> Data {
      symbolText([
        ("null", "data", [:], []), ("null", "w", [:], []),
        (
          "Convolution", "conv",
          ["num_filter": "\(kernels)", "kernel": "(1, 1)", "no_bias": "True"], [0, 1]
        ),
        ("transpose", "turned", ["axes": "(0, 2, 3, 1)"], [2]),
        ("Reshape", "rows", ["shape": "(-3, 0, \(kernels))", "reverse": "True"], [3]),
      ])
    }
    let arrays = MXNetBytes.file([("arg:w", [8, 2, 1, 1], counting(8, 2, 1, 1))])
    let model = try MXNetModel(symbol: symbol(8), arrays: arrays, inputShapes: ["": [1, 2, 4, 4]])
    var network = model.network
    try network.replace("w", with: network.constant("w").taking(Array(0..<6), alongAxis: 0))
    let target = try #require(network.node("rows").inputs[1])
    network.constants[target] = Tensor([-1, 4, 6])
    let written = try model.data(for: network)
    #expect(String(decoding: written.symbol, as: UTF8.self) == String(decoding: symbol(6), as: UTF8.self))
  }

  @Test func `a fixed scale that was trained counts from then on`() throws {
    let model = try SmallMXNet.model()
    var network = model.network
    try network.replace("bn_gamma", with: Tensor([1, 2, 3, 4] as [Float], shape: [4]))
    let data = try model.data(for: network)
    let again = try MXNetModel(symbol: data.symbol, arrays: data.arrays, inputShapes: SmallMXNet.shapes)
    #expect(try again.network.constant("bn_gamma").floats == [1, 2, 3, 4])
    #expect(String(decoding: data.symbol, as: UTF8.self).contains("\"attrs\": {\"fix_gamma\": \"False\"}"))
  }

  @Test func `a network of another model is refused`() throws {
    let other = try Fixture.model("small.onnx").network
    #expect(throws: FormatError.self) { try SmallMXNet.model().data(for: other) }
  }

  @Test func `what has no operator in MXNet is said`() throws {
    let model = try SmallMXNet.model()
    var network = model.network
    let output = network.nodes[0].outputs[0]!
    let made = network.addValue("made")
    network.nodes[0].outputs[0] = made
    network.nodes.insert(
      Node(id: network.unusedNodeID, name: "extra", op: "Erf", inputs: [made], outputs: [output]), at: 1)
    let error = #expect(throws: FormatError.self) { try model.data(for: network) }
    #expect(error == .notExpressible(node: "extra", format: "MXNet", problem: "Erf was put in its place"))
  }
}
