import Compute
import Datasets
import Errors
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Curves against what pruning really leaves.
@Suite struct SensitivityRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var options: ComputeOptions {
    var options = ComputeOptions()
    options.threads = 1
    return options
  }

  /// Random examples with labels, or with targets of a shape.
  private func data(
    _ count: Int, _ shape: [Int], classes: Int = 4, targets: [Int]? = nil, further: [String: [Int]] = [:]
  ) throws -> DatasetConfiguration {
    var generator = SeededGenerator(seed: 17)
    func numbers(_ shape: [Int]) throws -> NumPyArray {
      try NumPyArray(
        shape: [count] + shape,
        floats: (0..<count * shape.reduce(1, *)).map { _ in Float(2 * generator.unit() - 1) })
    }
    var archive = NumPyArchive()
    for (name, shape) in further { archive[name] = try numbers(shape) }
    archive[further.isEmpty ? "x" : "image"] = try numbers(shape)
    archive["y"] =
      try targets.map(numbers)
      ?? NumPyArray(shape: [count], integers: (0..<count).map { Int64($0 * 7 % classes) })
    let path = folder.path("data.npz")
    try archive.write(to: path)
    var configuration = DatasetConfiguration()
    configuration.data = [path]
    if targets != nil { configuration.loss = .meanSquaredError }
    return configuration
  }

  private func run(
    _ network: OpenNetwork, _ dataset: Dataset, _ settings: SensitivitySettings,
    earlier: SensitivityTable? = nil, batchSize: Int = 4
  ) throws -> SensitivityRun {
    try SensitivityRun(
      network, dataset: dataset, scores: ScoreTable(.l2, of: network.groups, in: network.bound),
      settings: settings, earlier: earlier, batchSize: batchSize, options: options)
  }

  /// Measures, and compares every point with an evaluation of the pruned network.
  private func compare(
    _ network: Network, _ dataset: Dataset, levels: [Double], batchSize: Int = 4,
    change: (inout PruningSettings) -> Void = { _ in }
  ) throws -> SensitivityTable {
    let opened = try OpenNetwork(network)
    var settings = SensitivitySettings()
    settings.levels = levels
    change(&settings.pruning)
    let run = try run(opened, dataset, settings, batchSize: batchSize)
    while try run.step() {}
    #expect(run.progress.done == run.progress.total)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    #expect(run.table.completeCount == run.table.curves.count && !run.table.curves.isEmpty)
    for curve in run.table.curves {
      #expect(curve.points.map(\.level) == [0] + levels)
      for point in curve.points {
        let amounts = try settings.pruning.settingAmount(
          .percent(point.level), for: curve.layers[0], in: opened.groups)
        let selection = try Selection(amounts, scores: scores, groups: opened.groups)
        let pruned = try OpenNetwork(
          network.removing(selection, groups: opened.groups, bound: opened.bound))
        let evaluation = try EvaluationRun(
          pruned, dataset: dataset, batchSize: batchSize, limit: 512, options: options)
        while try evaluation.step() {}
        let (found, wanted) = (point.measurement, evaluation.result)
        #expect(found.examples == wanted.examples)
        #expect(
          abs(found.loss - wanted.loss) < 1e-5 * max(1, abs(wanted.loss)),
          "\(curve.layers) at \(point.level) %")
        #expect(found.top1 == wanted.accuracy && found.top5 == wanted.accuracyInFive)
        let indices = curve.layers.map { opened.groups.index(of: $0)! }
        #expect(point.kernels == indices.reduce(0) { $0 + selection.keptKernels[$1].count })
      }
    }
    return run.table
  }

  @Test func curvesAreWhatPrunedNetworksDo() throws {
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    let dataset = try workbench.open(configuration)
    // 21 examples: the last batch is a smaller one.
    let table = try compare(
      workbench.current.network, dataset, levels: [20, 50, 80], batchSize: 8)
    let tied = try #require(table.curve(of: "conv1"))
    #expect(tied.layers.contains("conv2"))
    #expect(table.curves.contains { curve in Set(curve.points.map(\.measurement.loss)).count > 2 })
    #expect(table.csv.split(separator: "\n").count == 1 + 4 * table.curves.reduce(0) { $0 + $1.layers.count })
  }

  @Test(arguments: [SampleNetwork.residual, .upsampler])
  func curvesAreWhatPrunedSamplesDo(sample: SampleNetwork) throws {
    let side = sample == .upsampler ? 14 : 28
    let configuration = try data(
      6, [1, side, side], classes: 10, targets: sample == .upsampler ? [1, 28, 28] : nil)
    let table = try compare(
      sample.untrained(), try Dataset(configuration), levels: [40, 75]
    ) {
      $0.multiple = 4
      $0.minimumKept = 8
    }
    #expect(table.curves.contains { $0.layers.count > 1 }, "tied layers are pruned together")
    #expect(table.curves.allSatisfy { ($0.baseline?.top1 == nil) == (sample == .upsampler) })
  }

  /// Where statistics run over channels, zeros would not do what removal does.
  @Test func statisticsAreTakenOverWhatStays() throws {
    var build = NetworkBuilder(name: "layer normalization", seed: 3)
    let image = build.input("x", shape: [2, 4, 4])
    var value = build.relu("relu", build.convolution("conv", image, kernels: 8, extent: 3))
    value = build.linear("wide", build.pooledFeatures("pool", value), features: 12)
    let scale = build.constant("scale", Tensor((0..<12).map { 1 + Float($0) / 9 }, shape: [12]))
    let shift = build.constant("shift", Tensor((0..<12).map { Float($0 % 3) - 1 }, shape: [12]))
    value = build.node("LayerNormalization", "norm", [value, scale, shift], channels: 12)
    build.output(build.linear("fc", value, features: 4), shape: [4])
    let dataset = try Dataset(data(7, [2, 4, 4]))
    let table = try compare(build.network, dataset, levels: [25, 50, 75])
    #expect(Set(table.curves.flatMap(\.layers)) == ["conv", "wide"])
  }

  @Test func severalInputsAreFed() throws {
    var build = NetworkBuilder(name: "pair", seed: 9)
    let image = build.input("image", shape: [2, 4, 4])
    let extra = build.input("extra", shape: [3])
    let features = build.pooledFeatures(
      "pool", build.relu("relu", build.convolution("conv", image, kernels: 6, extent: 3)))
    let both = build.relu(
      "both.relu", build.linear("mix", build.concat("both", [features, extra]), features: 8))
    build.output(build.linear("fc", both, features: 2), shape: [2])
    let configuration = try data(7, [2, 4, 4], targets: [2], further: ["extra": [3]])
    let dataset = try Dataset(configuration, inputs: [InputDescription("image"), InputDescription("extra")])
    _ = try compare(build.network, dataset, levels: [50], batchSize: 3)
  }

  /// A network in which a reshape fixes how many examples a batch has.
  private func network(batch: Int, channels: Int) throws -> Network {
    var build = NetworkBuilder(name: "fixed", seed: 5)
    let image = build.input("x", shape: [channels, 4, 4])
    let value = build.relu("relu", build.convolution("conv", image, kernels: 6, extent: 3))
    let target = build.constant("target", Tensor([batch, 96]))
    let flat = build.node("Reshape", "flat", [value, target], channels: 96)
    build.output(build.linear("fc", flat, features: 4), shape: [4])
    var network = build.network
    for value in network.inputs + network.outputs {
      let declared = try #require(network.values[value.index].declaredType)
      let dimensions = [Graph.Dimension.fixed(batch)] + (declared.dimensions ?? []).dropFirst()
      network.declare(DeclaredType(elementType: .float32, dimensions: dimensions), for: value)
    }
    return network
  }

  /// A reshape fixes three examples a batch; the seventh example is left out.
  @Test func batchesThatAModelFixesAreKept() throws {
    let network = try network(batch: 3, channels: 2)
    #expect(try OpenNetwork(network).fixedBatch == 3)
    let table = try compare(network, try Dataset(data(7, [2, 4, 4])), levels: [50], batchSize: 5)
    #expect(table.subject.examples == 6)
    #expect(table.curves.first?.baseline?.examples == 6)
  }

  /// A picture of 4×4 pixels.
  private static let picture =
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAP0lEQVR42gE0AMv/ADVSb0ZjgFd0kWiFogB5lrOKp8"
    + "SbuNWsyeYAvdr3zusI3/wZ8A0qAAEeOxIvTCNAXTRRbo7eF0mQZR38AAAAAElFTkSuQmCC"

  /// Eight pictures of two classes, one of which cannot be read.
  private func photos() throws -> Dataset {
    for (number, name) in ["a", "b"].enumerated() {
      try FileManager.default.createDirectory(
        atPath: folder.path("photos/\(name)"), withIntermediateDirectories: true)
      for picture in 0..<4 {
        let bytes = try #require(Data(base64Encoded: Self.picture))
        let isBroken = picture == 2 && number == 1
        try bytes.prefix(isBroken ? 40 : bytes.count).write(
          to: URL(fileURLWithPath: folder.path("photos/\(name)/\(picture).png")))
      }
    }
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("photos")]
    configuration.split = .all
    let dataset = try Dataset(configuration)
    try #require(dataset.count == 8)
    return dataset
  }

  /// The picture beside the one that cannot be read makes no batch of two.
  @Test func aBatchThatLacksAPictureIsLeftOutWhereAModelFixesIt() throws {
    let run = try EvaluationRun(
      OpenNetwork(network(batch: 2, channels: 3)), dataset: photos(), batchSize: 2, options: options)
    while try run.step() {}
    #expect(run.result.examples == 6 && run.result.loss.isFinite)
    #expect(run.skipped.count == 1)
  }

  @Test func picturesThatCannotBeReadAreLeftOutAndNamed() throws {
    let dataset = try photos()
    var build = NetworkBuilder(name: "photos", seed: 7)
    let image = build.input("x", shape: [3, 4, 4])
    let value = build.relu("relu", build.convolution("conv", image, kernels: 6, extent: 3))
    build.output(build.linear("fc", build.pooledFeatures("pool", value), features: 2), shape: [2])
    let table = try compare(build.network, dataset, levels: [50], batchSize: 3)
    #expect(table.curves.first?.baseline?.examples == 7)
    var settings = SensitivitySettings()
    settings.levels = [50]
    let run = try run(OpenNetwork(build.network), dataset, settings, batchSize: 3)
    while try run.step() {}
    #expect(run.skipped.count == 1 && run.skipped.first?.name.hasSuffix("b/2.png") == true)
  }

  // MARK: In steps

  private func taylor() throws -> (network: OpenNetwork, dataset: Dataset) {
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    return (workbench.current, try workbench.open(configuration))
  }

  @Test func whatIsMeasuredIsNotMeasuredAgain() throws {
    let (network, dataset) = try taylor()
    let settings = SensitivitySettings()
    let whole = try run(network, dataset, settings)
    while try whole.step() {}
    var partial = whole.table
    for index in partial.curves.indices.dropFirst() {
      partial.curves[index].isComplete = false
      partial.curves[index].points = []
    }
    let path = folder.path("state.json")
    try SensitivityFile.write(partial, to: path)
    let read = try #require(try SensitivityFile.read(path))
    #expect(read == partial)
    let rest = try run(network, dataset, settings, earlier: read)
    #expect(rest.progress.total < whole.progress.total)
    #expect(rest.table.completeCount == 1)
    while try rest.step() {}
    #expect(rest.table == whole.table)
    let nothing = try run(network, dataset, settings, earlier: rest.table)
    #expect(nothing.progress.total == 0)
    #expect(try !nothing.step())
    #expect(nothing.table == whole.table)
  }

  @Test func aSessionKeepsItsCurves() throws {
    let index = SessionFolder(folder.path("session"))
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    func open() throws -> Workbench {
      let workbench = try Workbench(opening: TaylorFixture.path("model.onnx"), options: options)
      try workbench.keep(in: index)
      try workbench.attach(configuration)
      return workbench
    }
    var settings = SensitivitySettings()
    settings.levels = [50]
    var measured: SensitivityTable?
    do {
      let workbench = try open()
      let run = try workbench.sensitivityRun(settings)
      while try run.step() { workbench.adopt(run.table, for: 0) }
      workbench.adopt(run.table, for: 0)
      measured = run.table
    }
    let later = try open()
    #expect(later.sensitivity == measured)
    #expect(try later.sensitivityRun(settings).progress.total == 0)
    configuration.limit = 9
    #expect(try open().sensitivity == nil, "of other data")
  }

  @Test func layersCanBeMeasuredOneAfterAnother() throws {
    let (network, dataset) = try taylor()
    var settings = SensitivitySettings()
    settings.levels = [50]
    settings.layers = ["conv4"]
    let first = try run(network, dataset, settings)
    while try first.step() {}
    #expect(first.table.curves.map(\.layers) == [["conv4"]])
    settings.layers = ["conv1"]
    let second = try run(network, dataset, settings, earlier: first.table)
    while try second.step() {}
    #expect(second.table.curves.count == 2 && second.table.completeCount == 2)
    #expect(second.table.curves.first?.layers.contains("conv1") == true, "in the order of the graph")
  }

  @Test func tablesOfSomethingElseAreRefusedByName() throws {
    let (network, dataset) = try taylor()
    var settings = SensitivitySettings()
    settings.levels = [50]
    let table = try run(network, dataset, settings).table
    func complaint(_ change: (inout SensitivitySettings) -> Void) -> String {
      var other = settings
      change(&other)
      do {
        _ = try run(network, dataset, other, earlier: table)
        return ""
      } catch { return (error as? any ExplainedError)?.sentence ?? "" }
    }
    #expect(complaint { $0.levels = [40] }.contains("levels"))
    #expect(complaint { $0.examples = 5 }.contains("examples"))
    #expect(complaint { $0.pruning.multiple = 2 }.contains("settings"))
    #expect(complaint { $0.pruning.amounts = ["conv4": .percent(3)] }.isEmpty, "amounts do not count")
    let other = try OpenNetwork(SampleNetwork.reference.untrained())
    #expect(throws: PruningError.self) {
      try run(other, Dataset(data(4, [1, 28, 28], classes: 10)), settings, earlier: table)
    }
    try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path("other.json")))
    #expect(throws: SessionError.self) { try SensitivityFile.read(folder.path("other.json")) }
    #expect(try SensitivityFile.read(folder.path("missing.json")) == nil)
  }

  @Test func curvesGrowWithTheBatchesAndLevelsThatRemoveTheSameAreOnePass() throws {
    let (network, dataset) = try taylor()
    var settings = SensitivitySettings()
    settings.levels = (1...99).map(Double.init)
    settings.layers = ["conv4"]
    let run = try run(network, dataset, settings)
    let kernels = try network.layer(named: "conv4").kernels
    // Six batches, the unpruned network and one pass for each number of kernels that stays.
    #expect(run.progress.total == 6 * kernels)
    #expect(run.table.curves[0].points.isEmpty)
    while try run.step() {
      let counts = Set(run.table.curves[0].points.map(\.measurement.examples))
      #expect(counts.count <= 1)
    }
    #expect(run.table.curves[0].points.count == 100)
  }

  @Test func aLossIsNeeded() throws {
    let (network, _) = try taylor()
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    configuration.loss = .outputEnergy
    #expect(throws: SessionError.self) {
      try run(network, Dataset(configuration), SensitivitySettings())
    }
  }
}
