import Datasets
import Foundation
import Graph
import Procedures
import Pruning
import Session
import TestSupport
import Testing
import Training

/// `reference-systems.md` §1, with its numbers.
@Suite struct PruningHandleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func aNewHandleSaysWhatCanGo() throws {
    let handle = try PruningHandle(for: .reference())
    #expect(try handle.get("mode") == .text("oracle"))
    #expect(try handle.get("percentage") == .number(10))
    #expect(try handle.get("prunable_conv_num") == .number(3))
    #expect(try handle.get("prunable_conv_layer_name") == .list(["conv1", "conv2", "conv3"]))
    #expect(try handle.get("prunable_kernel_num") == .number(57))
    #expect(try handle.get("pruned_kernel_num") == .number(0))
    #expect(try handle.get("pruned_percentage") == .number(0))
    #expect(PruningHandle.Parameter.allCases.count == 7)
  }

  @Test func tenPercentIsFiveKernelsAndAHundredLeavesOneEach() throws {
    let model = try OpenNetwork.reference()
    let before = model.network.fingerprint
    // By magnitudes: the counts are those of every mode.
    var handle = try PruningHandle(for: model, mode: .l2)
    try handle.addBatch(try folder.pictures("a.npz", 0..<2), of: model)
    let pruned = try OpenNetwork(try handle.generatePrunedModel(of: model))
    #expect(try handle.get("pruned_kernel_num") == .number(5))
    #expect(try handle.get("pruned_percentage").text == "8.77")
    #expect(pruned.summary.layers.reduce(0) { $0 + $1.kernels } == 65)
    try handle.set("percentage", to: .number(100))
    let least = try OpenNetwork(try handle.generatePrunedModel(of: model))
    #expect(least.summary.layers.map(\.kernels) == [1, 1, 1, 10])
    #expect(try handle.get("pruned_percentage") == .number(100))
    #expect(model.network.fingerprint == before, "the input is unchanged")
  }

  /// Its layer `expand` has 64 kernels in units of four, of which the last stays.
  @Test func aHundredPercentOfUnitsIsAHundredPercent() throws {
    let model = try OpenNetwork(SampleNetwork.upsampler.untrained())
    var handle = try PruningHandle(for: model, mode: .l2, percentage: 100)
    try handle.addBatch(try folder.pictures("a.npz", 0..<2), of: model)
    _ = try handle.generatePrunedModel(of: model)
    #expect(try handle.get("prunable_kernel_num") == .number(153))
    #expect(try handle.get("pruned_kernel_num") == .number(153))
    #expect(try handle.get("pruned_percentage") == .number(100))
  }

  /// The screen, and `--scores`, read a handle's file while batches are added to it.
  @Test func whatAHandleHoldsAreScores() throws {
    let model = try OpenNetwork.reference()
    var handle = try PruningHandle(for: model, mode: .taylor)
    let path = folder.path("prune.handle")
    try handle.write(to: path)
    #expect(throws: SessionError.self) { try GivenScores(path: path) }
    for number in 1...2 {
      try handle.addBatch(try folder.pictures("\(number).npz", 0..<(2 * number)), of: model)
      try handle.write(to: path)
      let scores = try #require(handle.scores).layers.mapValues(\.mean)
      #expect(try GivenScores(path: path).byLayer == scores && scores.count >= 3)
    }
  }

  @Test(arguments: [Criterion.oracle, .taylor]) func halvesAddUpToTheWhole(mode: Criterion) throws {
    let model = try OpenNetwork.reference()
    var parts = try PruningHandle(for: model, mode: mode)
    try parts.addBatch(try folder.pictures("1.npz", 0..<3), of: model)
    try parts.addBatch(try folder.pictures("2.npz", 3..<6), of: model)
    var whole = try PruningHandle(for: model, mode: mode)
    try whole.addBatch(try folder.pictures("all.npz", 0..<6), of: model)
    let (a, b) = (try #require(parts.scores), try #require(whole.scores))
    #expect(a.examples == 6 && b.examples == 6)
    for (name, statistics) in b.layers {
      let other = try #require(a.layers[name])
      for (x, y) in zip(other.mean, statistics.mean) { #expect(abs(x - y) <= 1e-5 * max(1e-3, abs(y))) }
    }
    #expect(
      try parts.generatePrunedModel(of: model).fingerprint == whole.generatePrunedModel(of: model).fingerprint
    )
  }

  @Test func aHandleIsTheSameFromItsFile() throws {
    let model = try OpenNetwork.reference()
    var handle = try PruningHandle(for: model, mode: .taylor, percentage: 25)
    try handle.addBatch(try folder.pictures("a.npz", 0..<4), of: model)
    let path = folder.path("handle")
    try handle.write(to: path)
    var read = try PruningHandle(path: path)
    #expect(PruningHandle.Parameter.allCases.allSatisfy { read.get($0) == handle.get($0) })
    #expect(read.scores == handle.scores)
    #expect(
      try read.generatePrunedModel(of: model).fingerprint == handle.generatePrunedModel(of: model).fingerprint
    )
    // And of any other content a sentence.
    let whole = Array(try #require(FileManager.default.contents(atPath: path)))
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<200 {
      var bytes = whole
      bytes[Int(generator.unit() * Double(bytes.count))] = UInt8(256 * generator.unit())
      if generator.unit() < 0.3 { bytes.removeLast(Int(generator.unit() * Double(bytes.count))) }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      do {
        var found = try PruningHandle(path: path)
        _ = try? found.generatePrunedModel(of: model)
      } catch {
        #expect((error as? ProcedureError)?.sentence.contains("handle") == true)
      }
    }
  }

  @Test func errorsNameTheParameterAndWhatIsAllowed() throws {
    let model = try OpenNetwork.reference()
    var handle = try PruningHandle(for: model)
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch {
        return (error as? ProcedureError).map { "\($0.sentence) \($0.remedy)" } ?? ""
      }
      return ""
    }
    let unknown = message { _ = try handle.get("size") }
    #expect(unknown.contains("size") && unknown.contains("prunable_kernel_num"))
    let readOnly = message {
      try handle.set("pruned_percentage", to: .number(3))
    }
    #expect(readOnly.contains("pruned_percentage") && readOnly.contains("mode, percentage"))
    for value in [-1, 100.5, .nan, .infinity] {
      let range = message { try handle.set("percentage", to: .number(value)) }
      #expect(range.contains("percentage") && range.contains("0 to 100"))
    }
    let type = message { try handle.set("percentage", to: .text("much")) }
    #expect(type.contains("percentage") && type.contains("much"))
    let mode = message { try handle.set("mode", to: .text("magic")) }
    #expect(mode.contains("magic") && mode.contains("oracle"))
    let unscored = message { _ = try handle.generatePrunedModel(of: model) }
    #expect(unscored.contains("no scores"))
    let other = try OpenNetwork(SampleNetwork.residual.untrained())
    let anotherModel = message { _ = try handle.generatePrunedModel(of: other) }
    #expect(anotherModel.contains("do not fit the given model"))
    let notPrunable = message {
      var network = Network(name: "empty", opsets: ["": 17])
      let x = network.addValue(
        "x", type: DeclaredType(elementType: .float32, dimensions: [.symbolic("n"), .fixed(4)]))
      let y = network.addValue("y")
      network.inputs = [x]
      network.outputs = [y]
      network.nodes = [Node(id: NodeID(0), name: "relu", op: "Relu", inputs: [x], outputs: [y])]
      _ = try PruningHandle(for: OpenNetwork(network))
    }
    #expect(notPrunable.contains("does not support pruning"))
  }
}
