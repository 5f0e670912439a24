import Compute
import Datasets
import Errors
import Formats
import Foundation
import Graph
import Schedules
import Session
import TestSupport
import Testing
import Training

/// Schedules that train.
@Suite struct ScheduleRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// conv1 (6) – conv2 (8) – fc.
  private func network() throws -> OpenNetwork { try OpenNetwork(BarSample.network()) }

  private func configuration(count: Int = 64, seed: UInt64 = 4) throws -> DatasetConfiguration {
    try BarSample.data(at: folder.path("data\(seed)-\(count).npz"), count: count, seed: seed)
  }

  private func data(count: Int = 64, seed: UInt64 = 4) throws -> Dataset {
    try Dataset(configuration(count: count, seed: seed), fitting: [nil, 1, 8, 8])
  }

  private func run(
    _ text: String, epochs: Int? = nil, validates: Bool = false, continuing: ScheduleCheckpoint? = nil
  ) throws -> ScheduleRun {
    let schedule = try Schedule(yaml: text, path: "s.yaml")
    var settings = TrainingSettings(epochs: epochs ?? schedule.epochs, batchSize: 16)
    settings.rate = 0.05
    return try ScheduleRun(
      BoundSchedule(schedule, network: network()), settings: settings, training: data(),
      validation: validates ? data(count: 32, seed: 9) : nil, examples: 32, continuing: continuing)
  }

  @discardableResult
  private func finish(_ run: ScheduleRun) throws -> Network {
    while try run.step() {}
    return try run.network()
  }

  private func weight(_ name: String, _ network: Network) throws -> Tensor {
    let value = try #require(network.value(named: "\(name).weight"))
    return try #require(network.constants[value])
  }

  /// The filters of a layer that are all zero.
  private func zeroFilters(_ name: String, _ network: Network) throws -> [Int] {
    let tensor = try weight(name, network)
    let length = tensor.elementCount / tensor.shape[0]
    let elements = tensor.floats
    return (0..<tensor.shape[0]).filter { filter in
      elements[filter * length..<(filter + 1) * length].allSatisfy { $0 == 0 }
    }
  }

  private static let gradual = """
    version: 1
    pruners:
      p:
        class: L1RankedStructureParameterPruner_AGP
        initial_sparsity: 0.2
        final_sparsity: 0.5
        group_type: Filters
        weights: [module.conv1.weight, module.conv2.weight]
    extensions:
      thin: {class: FilterRemover, thinning_func_str: remove_filters, arch: small, dataset: bars}
    lr_schedulers:
      falling: {class: ExponentialLR, gamma: 0.5}
    policies:
      - pruner: {instance_name: p}
        starting_epoch: 1
        ending_epoch: 4
        frequency: 1
      - extension: {instance_name: thin}
        epochs: [4]
      - lr_scheduler: {instance_name: falling}
        starting_epoch: 0
        ending_epoch: 6
        frequency: 1

    """

  @Test(arguments: [false, true]) func masksComeWithTheirEpochsAndHoldInEveryStep(validates: Bool) throws {
    let run = try run(Self.gradual, validates: validates)
    var zeros: [Int: Set<[Int]>] = [:]
    var goesOn = true
    while goesOn {
      goesOn = try run.step()
      let state = run.state
      guard state.phase == .training, state.step > 0 else { continue }
      let filters = try zeroFilters("conv2", run.network())
      zeros[state.epoch - 1, default: []].insert(filters)
    }
    // One set of filters in every step of an epoch: the optimiser's steps do not bring them back.
    #expect(zeros.values.allSatisfy { $0.count == 1 })
    let counts = zeros.mapValues { $0.first?.count }
    // 0.2 → 0.5 of 8 over 1, 2, 3: ⌊1.6⌋, ⌊3.7⌋, ⌊4⌋; nothing before, and gone behind the remover.
    #expect(counts == [0: 0, 1: 1, 2: 3, 3: 4, 4: 0, 5: 0])
    // What is masked stays masked.
    let sets = (1...3).map { Set(zeros[$0]?.first ?? []) }
    #expect(sets[0].isSubset(of: sets[1]) && sets[1].isSubset(of: sets[2]))
    #expect(run.log.rows.map(\.epoch) == Array(0..<6))
    #expect(run.log.rows.map(\.rate) == [0.05, 0.025, 0.0125, 0.00625, 0.003125, 0.0015625])
    #expect(run.log.rows.map { $0.validationLoss != nil } == Array(repeating: validates, count: 6))
    #expect(run.log.rows[3].sparsity["conv2"] == 0.5 && run.log.rows[4].sparsity["conv2"] == 0)
  }

  @Test func aRemoverMakesTheNetworkSmallerOnce() throws {
    let run = try run(Self.gradual)
    let trained = try finish(run)
    #expect(try weight("conv1", trained).shape == [3, 1, 3, 3])
    #expect(try weight("conv2", trained).shape == [4, 3, 3, 3])
    #expect(try weight("fc", trained).shape.contains(4))
    #expect(run.removals.count == 1 && run.removals[0].epoch == 4)
    #expect(run.removals[0].kept.mapValues(\.count) == ["conv1": 3, "conv2": 4])
    #expect(run.log.rows.map(\.size.weights)[3...4].first != run.log.rows[4].size.weights)
    #expect(run.state.stopReason == .completed && run.state.history.count == 6)
    let header = run.log.csv.split(separator: "\n")[0]
    #expect(header.hasPrefix("epoch,loss,accuracy,validation_loss,") && header.hasSuffix("sparsity:fc"))
    #expect(run.log.csv.split(separator: "\n").count == 7)
  }

  /// The rehearsal and the run come to the same sizes.
  @Test func theRehearsalTellsTheTruth() throws {
    let run = try run(Self.gradual)
    let shown = try Rehearsal(run.bound)
    try finish(run)
    #expect(NetworkSize(run.bound.network) == shown.sizeAfter)
    #expect(shown.cells.last?.sizes == run.removals[0].sizes)
  }

  @Test(arguments: [2, 5]) func whatWasBrokenOffGoesOnToTheSameWeights(epoch: Int) throws {
    let whole = try finish(run(Self.gradual, validates: true))
    let broken = try run(Self.gradual, validates: true)
    let kept = try ScheduleFolder(path: folder.path("run"))
    #expect(try kept.checkpoint() == nil)
    while broken.epoch < epoch { #expect(try broken.step()) }
    try kept.keep(try #require(try broken.checkpoint()))
    // Some steps more, which are lost.
    for _ in 0..<2 { _ = try broken.step() }
    let checkpoint = try #require(try kept.checkpoint())
    #expect(checkpoint.epoch == epoch && checkpoint.rows.count == epoch)
    let second = try run(Self.gradual, validates: true, continuing: checkpoint)
    let finished = try finish(second)
    for name in ["conv1", "conv2", "fc"] {
      #expect(try weight(name, finished).floats == weight(name, whole).floats, "\(name)")
    }
    #expect(second.log.rows.map(\.epoch) == Array(0..<6) && second.removals.count == 1)
    kept.forget()
    #expect(try kept.checkpoint() == nil)
  }

  @Test func aStateOfAnotherScheduleIsRefused() throws {
    let broken = try run(Self.gradual)
    while broken.epoch < 2 { _ = try broken.step() }
    let checkpoint = try #require(try broken.checkpoint())
    let other = Self.gradual.replacingOccurrences(of: "final_sparsity: 0.5", with: "final_sparsity: 0.4")
    #expect(throws: ScheduleError.self) { try run(other, continuing: checkpoint) }
    #expect(throws: ScheduleError.self) { try run(Self.gradual, epochs: 9, continuing: checkpoint) }
    // Comments and lines do not matter.
    _ = try run("# a comment\n" + Self.gradual, continuing: checkpoint)
  }

  @Test func damagedStatesAreErrors() throws {
    let broken = try run(Self.gradual)
    while broken.epoch < 1 { _ = try broken.step() }
    let path = folder.path("damaged")
    let kept = try ScheduleFolder(path: path)
    try kept.keep(try #require(try broken.checkpoint()))
    let state = try #require(FileManager.default.contents(atPath: path + "/state.json"))
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<40 {
      var bytes = Data(state.prefix(Int(generator.unit() * Double(state.count))))
      if !bytes.isEmpty { bytes[Int(generator.unit() * Double(bytes.count))] ^= 4 }
      try bytes.write(to: URL(fileURLWithPath: path + "/state.json"))
      #expect {
        try kept.checkpoint()
      } throws: { $0 is any ExplainedError }
    }
  }

  @Test(arguments: [
    "ActivationAPoZRankedFilterPruner", "ActivationMeanRankedFilterPruner", "GradientRankedFilterPruner",
    "RandomRankedFilterPruner", "L2RankedStructureParameterPruner",
  ])
  func everyRankingPrunesItsShare(className: String) throws {
    let text = """
      pruners:
        p: {class: \(className), desired_sparsity: 0.5, group_type: Filters, weights: [conv1.weight, conv2.weight]}
      policies:
        - pruner: {instance_name: p}
          epochs: [0, 1]
      """
    let trained = try finish(run(text))
    #expect(try zeroFilters("conv1", trained).count == 3)
    #expect(try zeroFilters("conv2", trained).count == 4)
  }

  @Test func channelsGoWithTheFiltersThatMakeThem() throws {
    let text = """
      pruners:
        p: {class: L1RankedStructureParameterPruner, desired_sparsity: 0.5, group_type: Channels, weights: [conv2.weight]}
      extensions:
        thin: {class: ChannelRemover, thinning_func_str: remove_channels}
      policies:
        - pruner: {instance_name: p}
          epochs: [0]
        - extension: {instance_name: thin}
          epochs: [1]
      """
    let trained = try finish(run(text))
    #expect(try weight("conv1", trained).shape == [3, 1, 3, 3])
    #expect(try weight("conv2", trained).shape == [8, 3, 3, 3])
  }

  @Test func elementsAreMaskedByLevelThresholdAndDeviation() throws {
    let text = """
      pruners:
        gradual: {class: AutomatedGradualPruner, initial_sparsity: 0.1, final_sparsity: 0.6, weights: [conv1.weight]}
        level: {class: SparsityLevelParameterPruner, levels: {conv2.weight: 0.25}}
        threshold: {class: MagnitudeParameterPruner, thresholds: {fc.weight: 0.05}}
      policies:
        - pruner: {instance_name: gradual}
          starting_epoch: 0
          ending_epoch: 3
          frequency: 1
        - pruner: {instance_name: level}
          epochs: [0]
        - pruner: {instance_name: threshold}
          epochs: [2]
      """
    let before = try network()
    let trained = try finish(run(text))
    func zeros(_ name: String) throws -> Int { try weight(name, trained).floats.count { $0 == 0 } }
    #expect(try zeros("conv1") == Int(0.6 * 54) && zeros("conv2") == 432 / 4)
    // The smallest went: with one mask at the first epoch they are those of the network as it came.
    let border = try weight("conv2", before.network).floats.map(abs).sorted()[432 / 4 - 1]
    let elements = zip(try weight("conv2", before.network).floats, try weight("conv2", trained).floats)
    #expect(elements.allSatisfy { ($1 == 0) == (abs($0) <= border) })
    #expect(try zeros("fc") > 0)
  }

  @Test func sensitivityKeepsTheDeviationOfTheFirstTime() throws {
    let text = """
      pruners:
        p: {class: SensitivityPruner, sensitivities: {conv2.weight: 0.5}}
      policies:
        - pruner: {instance_name: p}
          epochs: [0]
      """
    let elements = try weight("conv2", network().network).floats.map(Double.init)
    let mean = elements.reduce(0, +) / Double(elements.count)
    let deviation =
      (elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(elements.count - 1)).squareRoot()
    let trained = try finish(run(text))
    let expected = elements.count { abs($0) <= 0.5 * deviation }
    #expect(try weight("conv2", trained).floats.count { $0 == 0 } == expected && expected > 0)
  }

  @Test func regularizersShrinkWhatTheyName() throws {
    func norm(_ regularizer: String) throws -> Double {
      let text = """
        regularizers: {r: {class: \(regularizer)}}
        policies: [{regularizer: {instance_name: r}, starting_epoch: 0, ending_epoch: 4, frequency: 1}]
        """
      return try weight("conv2", finish(run(text))).floats.reduce(0) { $0 + Double(abs($1)) }
    }
    let weak = try norm("L1Regularizer, reg_regims: {conv2.weight: 1.0e-9}")
    #expect(try norm("L1Regularizer, reg_regims: {conv2.weight: 0.02}") < 0.8 * weak)
    #expect(try norm("L2Regularizer, reg_regims: {conv2.weight: 0.5}") < 0.9 * weak)
    #expect(try norm("GroupLassoRegularizer, reg_regims: {conv2.weight: [0.1, 3D]}") < 0.9 * weak)
    // What is below the strength is masked when an epoch ends.
    let masked = """
      regularizers: {r: {class: L1Regularizer, reg_regims: {conv2.weight: 0.02}, threshold_criteria: Mean_Abs}}
      policies: [{regularizer: {instance_name: r}, starting_epoch: 0, ending_epoch: 2, frequency: 1}]
      """
    #expect(try weight("conv2", finish(run(masked))).floats.contains(0))
  }

  // MARK: Arguments of policies

  /// Masks that hold while a batch is computed leave the weights free; kept copies move on as if they were not masked.
  @Test(arguments: [
    ("mask_on_forward_only: true", false), ("mask_on_forward_only: true, use_double_copies: true", false),
    ("mask_on_forward_only: true, use_double_copies: true, keep_mask: true", true),
    ("mask_on_forward_only: true, keep_mask: true", true), ("use_double_copies: true", true),
    ("keep_mask: true", true),
  ])
  func masksHoldWhileABatchIsComputed(arguments: String, staysMasked: Bool) throws {
    let text = """
      pruners:
        p: {class: SparsityLevelParameterPruner, levels: {conv2.weight: 0.5}}
      policies:
        - pruner: {instance_name: p, args: {\(arguments)}}
          starting_epoch: 0
          ending_epoch: 2
          frequency: 1
      """
    let before = try weight("conv2", network().network).floats
    let border = before.map(abs).sorted()[before.count / 2 - 1]
    let run = try run(text, epochs: 3)
    while run.state.history.isEmpty, try run.step() {}
    let between = try weight("conv2", run.network()).floats
    #expect(between.contains(0) == !arguments.contains("forward"))
    if arguments.contains("copies"), arguments.contains("forward") {
      // The small ones did not begin at zero again.
      let small = before.indices.filter { abs(before[$0]) <= border && abs(before[$0]) > border / 2 }
      let near = small.count { abs(between[$0] - before[$0]) < abs(before[$0]) / 2 }
      #expect(near > small.count / 2)
    }
    let after = try weight("conv2", finish(run)).floats
    #expect(after.count { $0 == 0 } == (staysMasked ? before.count / 2 : 0))
  }

  @Test func maskedGradientsLeaveCopiesWhereTheyWere() throws {
    let text = """
      pruners:
        p: {class: SparsityLevelParameterPruner, levels: {conv2.weight: 0.5}}
      policies:
        - pruner:
            instance_name: p
            args: {mask_on_forward_only: true, use_double_copies: true, mask_gradients: true}
          epochs: [0]
      """
    let before = try weight("conv2", network().network).floats
    let border = before.map(abs).sorted()[before.count / 2 - 1]
    let after = try weight("conv2", finish(run(text))).floats
    // All that moves what has no gradient is the weight decay.
    for index in before.indices where abs(before[index]) <= border {
      #expect(abs(after[index] - before[index]) <= 0.01 * abs(before[index]))
    }
    #expect(before.indices.contains { abs(after[$0] - before[$0]) > 0.05 * abs(before[$0]) })
  }

  /// Four batches an epoch, two epochs: chosen at each epoch's first, and at every second or third of all.
  @Test(arguments: [(0, 1), (2, 4), (3, 4), (1, 7)])
  func masksAreChosenEverySoManyBatches(frequency: Int, choices: Int) throws {
    let run = try run(Self.choosing("mini_batch_pruning_frequency: \(frequency), mask_on_forward_only: true"))
    // The last batch of an epoch ends it: what was chosen before shows until the next one begins.
    var seen: [ScheduleMasks] = []
    while try run.step() { if seen.last != run.masks { seen.append(run.masks) } }
    // An epoch's first choice is always the same; that of the last batch, which ends the run, is not seen.
    #expect(seen.filter { $0 != ScheduleMasks() }.count == choices)
  }

  @Test func masksAreForgottenBehindABatchWhereThatIsSaid() throws {
    let run = try run(Self.choosing("mini_batch_pruning_frequency: 2, discard_masks_at_minibatch_end: true"))
    var batches = 0
    while try run.step() {
      guard run.state.phase == .training, run.state.step > 0 else { continue }
      batches += 1
      #expect(run.masks == ScheduleMasks())
    }
    #expect(batches > 4)
    // What held the weights themselves was zero for a batch, and has moved since.
    #expect(try zeroFilters("conv2", run.network()).count < 8)
  }

  private static func choosing(_ arguments: String) -> String {
    """
    pruners:
      p: {class: RandomRankedFilterPruner, desired_sparsity: 0.5, group_type: Filters, weights: [conv2.weight]}
    policies:
      - pruner: {instance_name: p, args: {\(arguments)}}
        starting_epoch: 0
        ending_epoch: 2
        frequency: 1
    """
  }

  @Test func aRegularizersMaskIsKeptWhereThatIsSaid() throws {
    func zeros(_ arguments: String) throws -> Int {
      let text = """
        regularizers: {r: {class: L1Regularizer, reg_regims: {conv2.weight: 0.02}, threshold_criteria: Mean_Abs}}
        policies:
          - regularizer: {instance_name: r\(arguments)}
            starting_epoch: 0
            ending_epoch: 2
            frequency: 1
        """
      return try weight("conv2", finish(run(text, epochs: 4))).floats.count { $0 == 0 }
    }
    #expect(try zeros(", args: {keep_mask: true}") > 0)
    #expect(try zeros("") == 0)
  }

  /// γ / √(σ² + ε) of the normalization behind a filter counts with `fold_batchnorm`.
  @Test(arguments: [false, true]) func foldedNormalizationsCount(folds: Bool) throws {
    var network = try network()
    var changed = network.network
    let scale = try #require(changed.value(named: "bn2.weight"))
    changed.constants[scale] = Tensor([1, 1, 1, 0.001, 1, 1, 0.002, 1] as [Float], shape: [8])
    network = try OpenNetwork(changed)
    let text = """
      pruners:
        p: {class: L1RankedStructureParameterPruner, desired_sparsity: 0.25, group_type: Filters, weights: [conv2.weight]}
      policies:
        - pruner: {instance_name: p, args: {fold_batchnorm: \(folds)}}
          epochs: [0]
      """
    let schedule = try Schedule(yaml: text, path: "s.yaml")
    let run = try ScheduleRun(
      BoundSchedule(schedule, network: network), settings: TrainingSettings(epochs: 1, batchSize: 16),
      training: data())
    #expect((try zeroFilters("conv2", finish(run)) == [3, 6]) == folds)
  }

  // MARK: Removers

  /// Distiller's removers look at the weights: what was pruned element by element until nothing is left goes too.
  @Test func filtersWithoutElementsGo() throws {
    var network = try network()
    var changed = network.network
    let value = try #require(changed.value(named: "conv1.weight"))
    var elements = try #require(changed.constants[value]).floats
    for index in 18..<27 { elements[index] *= 1e-4 }
    changed.constants[value] = Tensor(elements, shape: [6, 1, 3, 3])
    network = try OpenNetwork(changed)
    let text = """
      pruners:
        p: {class: MagnitudeParameterPruner, thresholds: {conv1.weight: 0.001}}
      extensions:
        thin: {class: FilterRemover, thinning_func_str: remove_filters}
      policies:
        - pruner: {instance_name: p}
          epochs: [0]
        - extension: {instance_name: thin}
          epochs: [1]
      """
    let schedule = try Schedule(yaml: text, path: "s.yaml")
    let bound = try BoundSchedule(schedule, network: network)
    let run = try ScheduleRun(bound, settings: TrainingSettings(epochs: 2, batchSize: 16), training: data())
    let trained = try finish(run)
    #expect(try weight("conv1", trained).shape == [5, 1, 3, 3])
    #expect(try weight("conv2", trained).shape == [8, 5, 3, 3])
    #expect(run.removals.map(\.kept) == [["conv1": [0, 1, 3, 4, 5]]])
    // The rehearsal, which looks at the weights as they came, tells the same.
    #expect(try Rehearsal(bound).sizeAfter == NetworkSize(run.bound.network))
  }

  // MARK: In a session

  private var session: SessionFolder { SessionFolder(folder.path("session")) }
  private var model: String { folder.path("small.onnx") }

  /// A workbench with data, whose session is kept, and a schedule beside the model.
  private func keptWorkbench(_ schedule: String) throws -> (workbench: Workbench, schedule: HostedSchedule) {
    if !FileManager.default.fileExists(atPath: model) {
      try ONNXModel(network().network).write(network().network, to: model)
    }
    let path = folder.path("s.yaml")
    try Data(schedule.utf8).write(to: URL(filePath: path))
    let workbench = try Workbench(opening: model)
    try workbench.keep(in: session)
    try workbench.attach(configuration())
    return (workbench, try HostedSchedule(path: path, workbench: workbench, options: ComputeOptions()))
  }

  /// What a schedule makes in the terminal program is an iteration like any other, also when the session is taken up again.
  @Test(arguments: [true, false]) func aHostedScheduleBecomesAnIteration(removes: Bool) throws {
    let text = removes ? Self.gradual : Self.gradual.replacing("epochs: [4]", with: "epochs: [0]")
    let (workbench, hosted) = try keptWorkbench(text)
    try hosted.take(.goOn)
    while try hosted.step() {}
    #expect(hosted.outcome?.contains("iteration 1") == true, "\(hosted.outcome ?? "")")
    let made = workbench.history.now
    #expect(made.id == 1 && made.parent == 0 && made.trainings.count == 1)
    #expect(made.title == (removes ? "−7 kernels by a schedule, 6 epochs" : "a schedule, 6 epochs"))
    let written = try Workbench(opening: folder.path("s-run/model.onnx"))
    #expect(try weight("conv2", made.network.network) == weight("conv2", written.current.network))
    #expect(try weight("conv1", made.network.network).shape[0] == (removes ? 3 : 6))
    workbench.stopKeeping()
    let again = try Workbench(opening: model)
    try again.keep(in: session)
    #expect(again.history.now.title == made.title)
    #expect(
      try weight("conv2", again.history.now.network.network) == weight("conv2", made.network.network))
  }

  /// Goes on until there is an iteration more.
  private func untilRemoval(_ hosted: HostedSchedule, _ workbench: Workbench) throws {
    let count = workbench.history.iterations.count
    try hosted.take(.goOn)
    while workbench.history.iterations.count == count, try hosted.step() {}
    #expect(hosted.outcome == nil && workbench.history.iterations.count == count + 1)
  }

  /// What is removed is an iteration at once, with the weights of then: a run that is killed leaves it, and goes on.
  @Test func aKilledRunLeavesWhatItRemoved() throws {
    let removed: Tensor
    do {
      let (workbench, hosted) = try keptWorkbench(Self.gradual)
      try untilRemoval(hosted, workbench)
      let made = try #require(workbench.history[1])
      #expect(workbench.history.current == 0 && made.parent == 0 && hosted.goesOn)
      #expect(made.title == "−7 kernels by a schedule, 4 epochs")
      removed = try weight("conv2", made.network.network)
      #expect(try removed != weight("conv2", #require(made.asPruned).network))
      let written = try Workbench(opening: folder.path("s-run/epoch-004-thin.onnx"))
      #expect(try weight("conv2", written.current.network) == removed)
      // Killed here: nothing more is done.
      workbench.stopKeeping()
    }
    let (workbench, hosted) = try keptWorkbench(Self.gradual)
    let left = try #require(workbench.history[1])
    #expect(workbench.history.current == 0 && workbench.history.iterations.count == 2)
    #expect(left.title == "−7 kernels by a schedule, 4 epochs")
    #expect(try weight("conv2", left.network.network) == removed)
    try hosted.take(.goOn)
    #expect(hosted.timeline.epoch == 4)
    while try hosted.step() {}
    let made = workbench.history.now
    #expect(made.id == 1 && workbench.history.iterations.count == 2 && made.trainings.count == 1)
    #expect(made.title == "−7 kernels by a schedule, 6 epochs")
    #expect(try weight("conv2", made.network.network) != removed)
  }

  /// Each removal is an iteration behind the one before, and tells of the epochs between.
  @Test func removalsOfAScheduleAreAChain() throws {
    let text = Self.gradual
      .replacing("extensions:\n", with: "extensions:\n  first: {class: FilterRemover}\n")
      .replacing(
        "  - extension: {instance_name: thin}",
        with: "  - extension: {instance_name: first}\n    epochs: [2]\n  - extension: {instance_name: thin}")
    let (workbench, hosted) = try keptWorkbench(text)
    try untilRemoval(hosted, workbench)
    try untilRemoval(hosted, workbench)
    #expect(workbench.history.current == 0 && workbench.history[2]?.parent == 1)
    while try hosted.step() {}
    let history = workbench.history
    #expect(history.current == 2 && history.iterations.map(\.parent) == [nil, 0, 1])
    let epochs = history.iterations.map { $0.trainings.flatMap(\.state.history).map(\.number) }
    #expect(epochs == [[], [1, 2], [3, 4, 5, 6]])
    let written = try Workbench(opening: folder.path("s-run/model.onnx"))
    #expect(try weight("conv2", history.now.network.network) == weight("conv2", written.current.network))
  }

  @Test func itCanBeStopped() throws {
    let run = try run(Self.gradual)
    for _ in 0..<3 { _ = try run.step() }
    run.stop()
    #expect(try !run.step() && run.state.stopReason == .stopped)
  }
}
