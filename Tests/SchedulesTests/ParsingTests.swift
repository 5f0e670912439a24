import Foundation
import Graph
import Pruning
import Schedules
import Session
import TestSupport
import Testing

@Suite struct ParsingTests {
  /// What is said of a text, `nil` where nothing is wrong with it and the network.
  private func problem(_ text: String) throws -> (sentence: String, remedy: String)? {
    do {
      let schedule = try Schedule(yaml: text, path: "s.yaml")
      _ = try Rehearsal(try BoundSchedule(schedule, network: Fixtures.joined()))
      return nil
    } catch let error as ScheduleError { return (error.sentence, error.remedy) }
  }

  @Test func whatIsWrittenIsRead() throws {
    let schedule = try Fixtures.schedule("resnet20_agp.yaml")
    let pruner = try #require(schedule.pruner("low_pruner"))
    #expect(pruner.ramp == .gradual(from: 0.1, to: 0.4))
    #expect(pruner.weights.count == 6 && pruner.weights[3].name == "module.layer2.0.conv1.weight")
    #expect(schedule.policies.map(\.kind) == [.pruner, .remover, .rate])
    #expect(schedule.policies[0].epochs == .range(start: 0, end: 30, frequency: 2))
    #expect(schedule.epochs == 400)
  }

  @Test(arguments: [
    "resnet20_agp.yaml", "resnet20_layer2.yaml", "resnet56_filter_rank.yaml", "resnet50_half.yaml",
  ])
  func whatIsWrittenAgainReadsTheSame(name: String) throws {
    let schedule = try Fixtures.schedule(name)
    let again = try Schedule(yaml: schedule.yaml, path: name)
    #expect(again.yaml == schedule.yaml && again.policies.map(\.epochs) == schedule.policies.map(\.epochs))
    #expect(again.pruners.map(\.ramp) == schedule.pruners.map(\.ramp))
    #expect(again.pruners.map { $0.weights.map(\.name) } == schedule.pruners.map { $0.weights.map(\.name) })
  }

  @Test func everyClassReadsBackAsItWasWritten() throws {
    let text = """
      version: 1
      pruners:
        a: {class: AutomatedGradualPruner, initial_sparsity: 0.05, final_sparsity: 0.5, weights: [conv1.weight]}
        b: {class: SensitivityPruner, sensitivities: {conv1.weight: 0.25, "*": 0.5}}
        c: {class: SparsityLevelParameterPruner, levels: {conv2.weight: 0.3}}
        d: {class: MagnitudeParameterPruner, thresholds: {"*": 0.01}}
        e: {class: RandomRankedFilterPruner_AGP, initial_sparsity: 0, final_sparsity: 0.5, group_type: Filters,
            weights: [conv3.weight]}
        f: {class: L2RankedStructureParameterPruner, desired_sparsity: 0.25, group_type: Channels,
            group_dependency: Leader, weights: [conv3.weight]}
        g: {class: ActivationAPoZRankedFilterPruner, desired_sparsity: 0.25, group_type: Filters, weights: [conv3]}
        h: {class: GradientRankedFilterPruner, desired_sparsity: 0.25, group_type: Filters, weights: [conv3]}
        i: {class: ActivationMeanRankedFilterPruner, desired_sparsity: 0.25, group_type: Filters, weights: [conv3]}
      regularizers:
        j: {class: L1Regularizer, reg_regims: {conv1.weight: 0.0001}}
        k: {class: GroupLassoRegularizer, reg_regims: {conv1.weight: [0.0008, 3D]}, threshold_criteria: Mean_Abs}
        l: {class: L2Regularizer, reg_regims: {conv1.weight: 0.1}}
      extensions:
        m: {class: ChannelRemover, thinning_func_str: remove_channels, arch: x, dataset: y}
      lr_schedulers:
        n: {class: StepLR, step_size: 3}
        o: {class: MultiStepLR, milestones: [1, 2], gamma: 0.5}
        p: {class: ExponentialLR, gamma: 0.95}
        q: {class: CosineAnnealingLR, T_max: 5, eta_min: 0.001}
        r: {class: PolynomialLR, T_max: 5, power: 2}
        s: {class: MultiStepMultiGammaLR, milestones: [1, 3], gammas: [0.1, 2]}
      policies:
        - pruner: {instance_name: a, args: {keep_mask: true, mask_on_forward_only: false}}
          starting_epoch: 0
          ending_epoch: 8
          frequency: 2
        - lr_scheduler: {instance_name: s}
          epochs: [1, 2, 5]
      """
    let schedule = try Schedule(yaml: text, path: "s.yaml")
    #expect(schedule.pruners.count == 9 && schedule.regularizers.count == 3 && schedule.rates.count == 6)
    #expect(try Schedule(yaml: schedule.yaml, path: "s.yaml").yaml == schedule.yaml)
    #expect(try problem(text) == nil)
  }

  @Test func filtersGoByTheirOtherNameToo() throws {
    let schedule = try Schedule(yaml: Fixtures.text(more: "group_type: 3D"), path: "s.yaml")
    let plain = try Schedule(yaml: Fixtures.text(), path: "s.yaml")
    #expect(schedule.pruners == plain.pruners)
  }

  /// Each error says the file, the line, what is wrong, and what would be right.
  @Test(arguments: [
    (Fixtures.text(className: "L3Pruner"), 4, "no class L3Pruner", "L1RankedStructureParameterPruner_AGP"),
    (Fixtures.text(more: "group_types: Filters"), 6, "no group_types", "group_type"),
    (Fixtures.text(sparsity: "desired_sparsity: many"), 5, "not a number", ""),
    (Fixtures.text(sparsity: "desired_sparsity: 1.2"), 5, "is 1.2", "a share from 0 to 1"),
    (Fixtures.text(more: "# none"), 4, "lacks `group_type`", "Add"),
    (Fixtures.text(more: "group_type: Blocks"), 6, "is Blocks", "Filters, Channels, Rows"),
    (Fixtures.text(more: "group_type: Rows"), 7, "only the weights of fully connected layers", ""),
    (Fixtures.text(weights: "{conv3.weight: 1}"), 7, "not a list", ""),
    (
      Fixtures.text(instance: "p, args: {mask_gradients: true}"), 11, "where `mask_on_forward_only` is not",
      ""
    ),
    (Fixtures.text(instance: "p, args: {levels: 1}"), 11, "no levels", "keep_mask, mask_on_forward_only"),
    (Fixtures.text(instance: "p, args: {mini_batch_pruning_frequency: -1}"), 11, "is -1", "from 0"),
    (Fixtures.text(instance: "p, args: {keep_mask: 3}"), 11, "true or false", ""),
    (Fixtures.text(weights: "[conv3.weight, module.conv3.weight]"), 7, "same weight", "once"),
    (Fixtures.text(instance: "q"), 11, "no instance q", "Defined: p"),
    (Fixtures.text(epochs: "epochs: [0, -2]"), 12, "lists -2", "rise"),
    (Fixtures.text(epochs: "epochs: []"), 12, "is empty", "rise"),
    (Fixtures.text(epochs: "starting_epoch: -1"), 12, "is -1", "from 0"),
    (Fixtures.text(epochs: "starting_epoch: 4\n    ending_epoch: 4\n    frequency: 1"), 13, "is 4", "behind"),
    (Fixtures.text(epochs: "starting_epoch: 0\n    ending_epoch: 4\n    frequency: 0"), 14, "is 0", "from 1"),
    (Fixtures.text(epochs: "starting_epoch: 0\n    ending_epoch: 4"), 11, "lacks `frequency`", "Add"),
    (Fixtures.text(epochs: "epochs: [0]\n    frequency: 1"), 13, "beside `epochs`", "or starting_epoch"),
    (Fixtures.text(weights: "[module.conv4.weight]"), 7, "no weight module.conv4.weight", "conv1.weight"),
    (Fixtures.text(sparsity: "desired_sparsity: 1"), 7, "all 32 filters", "stay"),
    (
      Fixtures.text(
        className: "L1RankedStructureParameterPruner_AGP",
        sparsity: "initial_sparsity: 0.1\n    final_sparsity: 0.5"), 12, "lists its epochs", "starting_epoch"
    ),
    (
      Fixtures.text(
        className: "L1RankedStructureParameterPruner_AGP",
        sparsity: "initial_sparsity: 0.5\n    final_sparsity: 0.1"), 6, "not above", "up"
    ),
    (
      Fixtures.text(
        className: "ActivationAPoZRankedFilterPruner", more: "group_type: Channels"), 6, "is Channels",
      "Filters"
    ),
    (Fixtures.thinning(Fixtures.text(weights: "[conv1.weight]")), 7, "otherwise than conv2", "Leader"),
    (
      Fixtures.thinning(Fixtures.text(weights: "[conv1.weight, conv2.weight]")), 7, "otherwise than", "Leader"
    ),
    (Fixtures.thinning(Fixtures.text(weights: "[head.weight]")), 7, "cannot be removed", "remover"),
    (
      Fixtures.text(
        more: "group_type: Filters\n    group_dependency: Leader", weights: "[conv1.weight, conv3.weight]"),
      8, "has 32 filters", "as many"
    ),
    ("version: 2\npolicies: []", 1, "is 2", "It is 1"),
    ("prunners: {}\npolicies: []", 1, "no prunners", "pruners, regularizers"),
    ("version: 1", 1, "lacks `policies`", ""),
    ("version: 1\npolicies: {}", 2, "not a list", ""),
    ("a: [", 2, "", "YAML"),
  ])
  func errorsNameTheLineAndWhatIsAllowed(text: String, line: Int, says: String, remedy: String) throws {
    let found = try #require(try problem(text))
    #expect(
      found.sentence.contains("s.yaml, line \(line)") && (says.isEmpty || found.sentence.contains(says)),
      "\(found)")
    #expect(remedy.isEmpty || found.remedy.contains(remedy), "\(found)")
  }

  /// What Distiller's own examples contain beside the plain forms: no version, a weight without brackets, rows of a fully
  /// connected layer, filters as a group's name, a line that stands twice, instances that no policy uses, `DataParallel`
  /// around a part, and arguments of policies.
  private static let published = """
    pruners:
      fc_pruner:
        class:  AutomatedGradualPruner
        initial_sparsity : 0.05
        final_sparsity: 0.70
        weights: module.head.weight

      rows:
        class: L1RankedStructureParameterPruner_AGP
        initial_sparsity : 0.05
        final_sparsity: 0.50
        group_type: Rows
        weights: [head.weight]

    regularizers:
      Filters_groups_regularizer:
        class: GroupLassoRegularizer
        reg_regims:
          conv1.weight: [0.0008, Filters]
          #conv2.weight: [0.0008, Channels]
          module.conv3.weight: [0.0008, Channels]
          module.conv3.weight: [0.0008, Channels]
        threshold_criteria: Mean_Abs
      slimming:
        class: L1Regularizer
        reg_regims:
          module.layer1.0.bn2.weight: 0.007

    policies:
      - pruner:
          instance_name : 'fc_pruner'
          args:
            fold_batchnorm: True
            mini_batch_pruning_frequency: 16
            discard_masks_at_minibatch_end: True
            use_double_copies: True
            mask_on_forward_only: True
            mask_gradients: True
        starting_epoch: 0
        ending_epoch: 30
        frequency: 3
      - pruner: {instance_name: rows}
        starting_epoch: 0
        ending_epoch: 3
        frequency: 1
      - regularizer:
          instance_name: Filters_groups_regularizer
          args:
            keep_mask: True
        starting_epoch: 0
        ending_epoch: 180
        frequency: 1
    """

  @Test func formsOfPublishedSchedulesAreRead() throws {
    #expect(try problem(Self.published)?.sentence == nil)
    let schedule = try Schedule(yaml: Self.published, path: "s.yaml")
    #expect(schedule.pruners[0].weights.map(\.name) == ["module.head.weight"])
    #expect(schedule.regularizers[0].regimes.map(\.group) == [.filters, .channels])
    var masking = Policy.Masking()
    (masking.isForwardOnly, masking.keepsCopy, masking.masksGradients) = (true, true, true)
    (masking.batchFrequency, masking.lastsOneBatch, masking.foldsNormalization) = (16, true, true)
    #expect(schedule.policies[0].masking == masking)
    #expect(schedule.policies[2].masking.staysBehind)
    let again = try Schedule(yaml: schedule.yaml, path: "s.yaml")
    #expect(again.policies.map(\.masking) == schedule.policies.map(\.masking) && again.yaml == schedule.yaml)
    let rows = try Rehearsal(BoundSchedule(schedule, network: Fixtures.joined())).cells.last {
      $0.name == "rows"
    }
    #expect(rows?.counts.map { [$0.masked, $0.total] } == [[16, 32]])
  }

  /// A line that stands twice is forgiven, one with another value is not.
  @Test func aNameWithTwoValuesIsASlip() throws {
    let other = Self.published.replacingOccurrences(
      of: "module.conv3.weight: [0.0008, Channels]\n    threshold",
      with: "module.conv3.weight: [0.1, 3D]\n    threshold")
    #expect(other != Self.published)
    #expect(try problem(other)?.sentence.contains("stands twice") == true)
  }

  @Test func aPartThatTheModelDoesNotHaveIsNoWrapping() throws {
    let parallel = try Schedule(yaml: Fixtures.text(weights: "['conv3.module.weight']"), path: "s.yaml")
    #expect(throws: ScheduleError.self) { try BoundSchedule(parallel, network: Fixtures.joined()) }
  }

  @Test func joinsWithoutARemoverAndFollowersOfALeaderAreFine() throws {
    #expect(try problem(Fixtures.text(weights: "[conv1.weight]")) == nil)
    let led = Fixtures.text(
      more: "group_type: Filters\n    group_dependency: Leader", weights: "[conv2.weight, conv1.weight]")
    #expect(try problem(Fixtures.thinning(led)) == nil)
  }

  @Test(arguments: [
    "module.conv3.weight", "conv3.weight", "conv3", "module.conv3", "Conv_7",
  ])
  func weightsGoByTheirNamesAndPyTorchs(name: String) throws {
    let node = try Fixtures.joined().groups.layers.first { $0.layer.name == "conv3" }?.layer.aliases[0]
    let asked = name == "Conv_7" ? try #require(node) : name
    let schedule = try Schedule(yaml: Fixtures.text(weights: "[\(asked)]"), path: "s.yaml")
    let bound = try BoundSchedule(schedule, network: Fixtures.joined())
    #expect(bound.weights(of: schedule.pruners[0]).map(\.layerName) == ["conv3"])
  }

  @Test func exportedNetworksAreFoundByTheirModules() throws {
    var b = NetworkBuilder()
    let x = b.input("x", [1, 3, 8, 8])
    let weight = b.constant("onnx::Conv_12", [8, 3, 3, 3])
    var network = b.network
    let y = network.addValue("y")
    network.nodes.append(
      Node(
        id: network.unusedNodeID, name: "/layer1/layer1.0/conv1/Conv", op: "Conv", inputs: [x, weight],
        outputs: [y]))
    network.outputs = [y]
    for name in ["module.layer1.0.conv1.weight", "layer1.0.conv1.weight", "/layer1/layer1.0/conv1/Conv"] {
      let schedule = try Schedule(yaml: Fixtures.text(weights: "[\(name)]"), path: "s.yaml")
      let bound = try BoundSchedule(schedule, network: .init(network))
      #expect(bound.weights(of: schedule.pruners[0]).count == 1, "\(name)")
    }
  }

  /// Broken bytes give errors, never a crash, and never an endless schedule.
  @Test(arguments: 0..<6) func brokenFilesAreErrors(seed: UInt64) throws {
    let original = Array(
      try String(contentsOfFile: Fixtures.path("resnet20_layer2.yaml"), encoding: .utf8).utf8)
    var numbers = RandomNumbers(seed: seed + 1)
    func outcome(_ bytes: [UInt8]) {
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        let schedule = try Schedule(yaml: text, path: "s.yaml")
        #expect(schedule.epochs <= Schedule.epochLimit + 1)
        #expect(!schedule.policies.isEmpty)
      } catch {
        #expect((error as? ScheduleError).map { !$0.sentence.isEmpty && !$0.remedy.isEmpty } == true)
      }
    }
    for _ in 0..<40 {
      outcome(Array(original.prefix(Int.random(in: 0..<original.count, using: &numbers))))
      var flipped = original
      for _ in 0..<Int.random(in: 1...6, using: &numbers) {
        flipped[Int.random(in: 0..<flipped.count, using: &numbers)] ^=
          1 << UInt8.random(in: 0..<8, using: &numbers)
      }
      outcome(flipped)
      outcome((0..<200).map { _ in UInt8.random(in: 9...126, using: &numbers) })
    }
  }
}
