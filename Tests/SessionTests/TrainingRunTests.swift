import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

@Suite struct TrainingRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A small network with normalization; `width` kernels.
  private func network(width: Int = 6, seed: UInt64 = 1, classes: Int = 3) throws -> OpenNetwork {
    try OpenNetwork(
      BarSample.network(kernels: (width, width), stride: 2, classes: classes, seed: seed))
  }

  private func data(
    _ name: String = "data", count: Int = 96, seed: UInt64 = 4, labelled: Bool = true, bad: Int? = nil
  ) throws -> Dataset {
    let configuration = try BarSample.data(
      at: folder.path("\(name).npz"), count: count, seed: seed, isLabelled: labelled, bad: bad)
    return try Dataset(configuration, fitting: [nil, 1, 8, 8])
  }

  private func settings(epochs: Int = 4, rate: Double = 0.05) -> TrainingSettings {
    var settings = TrainingSettings(epochs: epochs, batchSize: 16)
    settings.rate = rate
    return settings
  }

  @discardableResult
  private func finish(_ run: TrainingRun) throws -> TrainingState {
    while try run.step() {}
    return run.state
  }

  private func evaluate(_ network: Network, _ dataset: Dataset) throws -> Evaluation {
    let run = try EvaluationRun(OpenNetwork(network), dataset: dataset)
    while try run.step() {}
    return run.result
  }

  @Test func itLearnsAndKeepsTheBest() throws {
    let (training, validation) = (try data(), try data("other", count: 40, seed: 9))
    let run = try TrainingRun(
      network(), settings: settings(epochs: 6), training: training, validation: validation)
    #expect(run.state.phase == .measuring && run.state.before == nil)
    let state = try finish(run)
    let (before, best) = (try #require(state.before), try #require(state.best))
    #expect(before.epoch == 0 && best.epoch > 0 && run.hasLearned)
    #expect(try #require(best.accuracy) > 0.8 && best.accuracy! > before.accuracy!)
    #expect(state.history.count == 6 && state.losses.count == 36 && state.stopReason == .completed)
    #expect(state.history.filter(\.isBest).last?.number == best.epoch)
    // The network that is given is the one that was measured.
    let found = try evaluate(run.trained(), validation)
    #expect(abs(found.loss - best.loss) < 1e-4 && found.accuracy == best.accuracy)
    #expect(state.examplesPerSecond > 0 && state.secondsLeft != nil && run.progress.share == 1)
  }

  @Test func aSeedRepeatsARun() throws {
    let dataset = try data()
    func losses(_ seed: UInt64) throws -> [Double] {
      var settings = settings(epochs: 2)
      settings.seed = seed
      settings.augmentation = Augmentation(flips: true, shift: 1)
      let run = try TrainingRun(network(), settings: settings, training: dataset)
      return try finish(run).losses
    }
    let first = try losses(1)
    #expect(try losses(1) == first)
    #expect(try losses(2) != first)
  }

  @Test func itCanBeStoppedBetweenAnyTwoSteps() throws {
    let (training, validation) = (try data(), try data("other", count: 40, seed: 9))
    for steps in [0, 1, 5, 12, 22] {
      let run = try TrainingRun(
        network(), settings: settings(), training: training, validation: validation)
      for _ in 0..<steps { _ = try run.step() }
      run.stop()
      #expect(run.state.stopReason == .stopped)
      #expect(!(try run.step()))
      let found = try evaluate(run.trained(), validation)
      if let best = run.state.best { #expect(abs(found.loss - best.loss) < 1e-4) }
      #expect(run.hasLearned == ((run.state.best?.epoch ?? 0) > 0))
    }
  }

  /// At a rate that ruins the network nothing is better than what it came with.
  @Test func patienceEndsARunAndTheOriginalMayBeTheBest() throws {
    let (training, validation) = (try data(), try data("other", count: 40, seed: 9))
    let good = try TrainingRun(
      network(), settings: settings(epochs: 6), training: training, validation: validation)
    try finish(good)
    var ruinous = settings(epochs: 20, rate: 3)
    ruinous.patience = 2
    ruinous.optimizer.momentum = 0.99
    let trained = try OpenNetwork(good.trained())
    let run = try TrainingRun(trained, settings: ruinous, training: training, validation: validation)
    let state = try finish(run)
    #expect(state.stopReason == .patience || state.stopReason == .notFinite)
    #expect(state.history.count < 20)
    let (before, best) = (try #require(state.before), try #require(state.best))
    #expect(!before.isBetter(than: best))
    #expect(abs(try evaluate(run.trained(), validation).loss - best.loss) < 1e-4)
  }

  @Test func stepsThatAreNoNumbersAreSkippedAndCounted() throws {
    // Every 40th example: some batches have one, others none.
    let training = try data(count: 160, bad: 80)
    let run = try TrainingRun(network(), settings: settings(epochs: 3), training: training)
    let state = try finish(run)
    #expect(state.stopReason == .completed)
    #expect((3...6).contains(state.skippedSteps), "two examples an epoch")
    #expect(state.losses.allSatisfy(\.isFinite) && state.losses.count == 30 - state.skippedSteps)
    for (_, tensor) in try run.trained().constants {
      let numbers = tensor.floats
      #expect(!numbers.contains { !$0.isFinite })
    }
  }

  @Test func tenInARowEndTheRunWithTheLastGoodWeights() throws {
    let training = try data(count: 320, bad: 1)
    let validation = try data("other", count: 40, seed: 9)
    let original = try network()
    let run = try TrainingRun(original, settings: settings(), training: training, validation: validation)
    let state = try finish(run)
    #expect(state.stopReason == .notFinite && state.skippedSteps == TrainingRun.unusableStepLimit)
    #expect(!run.hasLearned)
    #expect(try run.trained().constants == original.network.constants)
  }

  @Test(arguments: Distillation.Measure.allCases) func aTeacherIsApproachedWithoutLabels(
    measure: Distillation.Measure
  ) throws {
    let labelled = try data()
    let teaching = try TrainingRun(network(width: 8), settings: settings(epochs: 6), training: labelled)
    try finish(teaching)
    let teacher = try OpenNetwork(teaching.trained())
    let (training, validation) = (
      try data("bare", labelled: false), try data("other", count: 40, seed: 9, labelled: false)
    )
    var settings = settings(epochs: 12)
    settings.distillation = Distillation(measure: measure)
    let run = try TrainingRun(
      network(width: 5, seed: 3), settings: settings, training: training, validation: validation,
      teacher: teacher)
    let state = try finish(run)
    #expect(try #require(state.best).loss < 0.5 * #require(state.before).loss)
    #expect(state.best?.accuracy == nil)
    // Who answers like the teacher knows the classes too.
    #expect(try #require(evaluate(run.trained(), labelled).accuracy) > 0.7)
  }

  @Test func labelsAndTeacherMix() throws {
    let dataset = try data()
    let teacher = try network(width: 8, seed: 7)
    func first(_ weight: Double?) throws -> Double {
      var settings = settings(epochs: 1)
      settings.distillation = weight.map { Distillation(weight: $0) }
      let run = try TrainingRun(
        network(), settings: settings, training: dataset, teacher: weight == nil ? nil : teacher)
      _ = try run.step()
      #expect(run.state.accuracy != nil)
      return try #require(run.state.lastLoss)
    }
    let (labels, both, teacherOnly) = (try first(nil), try first(0.25), try first(1))
    #expect(abs(both - (0.75 * labels + 0.25 * teacherOnly)) < 1e-6)
    #expect(abs(try first(0) - labels) < 1e-9)
  }

  @Test func whatCannotBeLearnedFromIsSaid() throws {
    let bare = try data("bare", labelled: false)
    #expect(throws: TrainingError.self) {
      try TrainingRun(network(), settings: settings(), training: bare)
    }
    #expect(throws: TrainingError.self) {
      try TrainingRun(network(), settings: settings(), training: bare, teacher: network(classes: 4))
    }
    var wrong = settings()
    wrong.rate = 0
    #expect(throws: TrainingError.self) { try TrainingRun(network(), settings: wrong, training: data()) }
    #expect(throws: SessionError.self) {
      try TrainingRun(network(classes: 2), settings: settings(), training: data())
    }
  }

  /// A class for every place, some places without one; the maps move with the pictures.
  @Test func classMapsAreLearned() throws {
    var generator = SeededGenerator(seed: 6)
    var (pictures, maps): ([Float], [Float]) = ([], [])
    for _ in 0..<48 * 64 {
      let label = Int(generator.unit() * 3)
      pictures.append(Float(label) - 1 + Float(0.2 * generator.normal()))
      maps.append(generator.unit() < 0.1 ? 255 : Float(label))
    }
    let path = folder.path("maps.npz")
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [48, 1, 8, 8], floats: pictures)
    archive["y"] = try NumPyArray(shape: [48, 8, 8], integers: maps.map { Int64($0) })
    try archive.write(to: path)
    var configuration = DatasetConfiguration()
    configuration.data = [path]
    configuration.loss = .crossEntropy
    let dataset = try Dataset(configuration, fitting: [nil, 1, 8, 8])
    #expect(dataset.targets == .arrays(shape: [8, 8]))
    var build = Training.NetworkBuilder(name: "maps", seed: 2)
    let input = build.input("input", shape: [1, 8, 8])
    let features = build.relu("relu", build.convolution("conv", input, kernels: 8, extent: 1, bias: true))
    build.output(build.convolution("head", features, kernels: 3, extent: 1, bias: true), shape: [3, 8, 8])
    let network = try OpenNetwork(build.network)
    var settings = settings(epochs: 12, rate: 0.2)
    settings.augmentation = Augmentation(flips: true, crop: 1)
    let run = try TrainingRun(network, settings: settings, training: dataset, validation: dataset)
    let state = try finish(run)
    #expect(try #require(state.best?.accuracy) > 0.9)
    #expect(abs(try #require(evaluate(run.trained(), dataset).accuracy) - state.best!.accuracy!) < 1e-6)
    // One class an example does not fit a network that gives a map, and the other way round.
    #expect(throws: SessionError.self) { try TrainingRun(network, settings: settings, training: data()) }
    #expect(throws: SessionError.self) {
      try TrainingRun(self.network(), settings: settings, training: dataset)
    }
  }

  @Test(arguments: SparsitySettings.Kind.allCases) func penaltiesShrinkWhatTheyPenalise(
    kind: SparsitySettings.Kind
  ) throws {
    let dataset = try data()
    func norm(_ sparsity: SparsitySettings?) throws -> Double {
      var settings = settings(epochs: 4)
      settings.sparsity = sparsity
      let run = try TrainingRun(network(), settings: settings, training: dataset)
      try finish(run)
      let trained = try run.trained()
      let name = kind == .batchNormScale ? "bn1.weight" : "conv2.weight"
      return trained.constants[try #require(trained.value(named: name))]!.doubles.reduce(0) { $0 + $1 * $1 }
    }
    let strength = kind == .groupLasso ? 1e-2 : 0.1
    #expect(try norm(SparsitySettings(kind, strength: strength)) < 0.9 * norm(nil))
  }

  /// Exporters write down the batch that they were shown; only where something depends on it, it counts.
  @Test func aFixedBatchIsDeclaredOnly() throws {
    var fixed = try network().network
    for value in fixed.inputs + fixed.outputs {
      let type = try #require(fixed.values[value.index].declaredType)
      let dimensions = try #require(type.dimensions)
      fixed.declare(
        DeclaredType(elementType: .float32, dimensions: [.fixed(1)] + dimensions.dropFirst()), for: value)
    }
    let run = try TrainingRun(OpenNetwork(fixed), settings: settings(), training: data())
    let state = try finish(run)
    #expect(state.stepsPerEpoch == 6, "batches of 16, not of 1")
    let free = try TrainingRun(network(), settings: settings(), training: data())
    #expect(try finish(free).losses == state.losses)
    let trained = try run.trained()
    #expect(trained.fixedBatch == 1)
    #expect(try trained.constants == free.trained().constants)
  }

  @Test func partsAreTheDataOwnOrAShare() throws {
    let bench = try Workbench(opening: sample("reference.onnx"))
    let parts = try TrainingData(bench, configuration: bench.dataConfiguration())
    // The data have a train and a test part; a tenth is set aside.
    #expect(parts.training.count == 9_000 && parts.validation?.count == 1_000 && parts.test?.count == 2_000)
    var configuration = try bench.dataConfiguration()
    configuration.validation = 0
    let whole = try TrainingData(bench, configuration: configuration)
    #expect(whole.training.count == 10_000 && whole.validation == nil)
    configuration.split = .test
    #expect(throws: DatasetError.self) { try TrainingData(bench, configuration: configuration) }
  }

  private func sample(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "SampleModels/\(name)").path
  }
}
