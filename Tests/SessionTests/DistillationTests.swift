import Compute
import Datasets
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// Weights that learned the original's outputs bring a pruned network closer to it, on pictures that they did not learn from;
/// where that is not so, the network stays as it was.
@Suite struct DistillationTests {
  /// What the outputs are, each of which is compared in another way.
  enum Output: CaseIterable {
    case numbers, classes, classesAtEveryPosition, logarithmsAtEveryPosition, behindNormalization
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func network(_ output: Output) -> Network {
    let reader: RedundantNetwork.Reader =
      switch output {
      case .classes: .gemm
      case .behindNormalization: .normalized
      default: .convolution
      }
    var network = RedundantNetwork.network(reader) { _, _ in }
    func add(_ op: String, _ attributes: [String: Attribute]) {
      let made = network.addValue(op)
      network.nodes.append(
        Node(
          id: network.unusedNodeID, name: op, op: op, inputs: [network.outputs[0]], outputs: [made],
          attributes: attributes))
      network.outputs = [made]
    }
    switch output {
    case .classesAtEveryPosition:
      add("Softmax", ["axis": .int(1)])
      add("Transpose", ["perm": .ints([0, 2, 3, 1])])
    case .logarithmsAtEveryPosition: add("LogSoftmax", ["axis": .int(1)])
    default: break
    }
    return network
  }

  private func pictures(_ count: Int, seed: UInt64) throws -> DatasetConfiguration {
    var random = RandomNumbers(seed: seed)
    let path = folder.path("x\(seed).npy")
    try NumPyArray(shape: [count, 2, 8, 8], floats: random.numbers(count * 128)).write(to: path)
    var configuration = DatasetConfiguration()
    configuration.data = [path]
    return configuration
  }

  /// Recovers what half of the first layer's kernels leave, and gives the deviation on other pictures than those that were
  /// learned from.
  private func recovered(
    _ network: Network, by methods: Set<RecoveryMethod>, pictures count: Int = 256, passes: Int = 40,
    asSet settings: RecoverySettings? = nil, stoppedAfter last: Int = .max
  ) throws -> (deviation: Double, run: RecoveryRun, steps: Int) {
    let original = try OpenNetwork(network)
    let selection = try Selection(keeping: ["first": [0, 2, 4, 6]], groups: original.groups)
    let pruned = try OpenNetwork(
      network.removing(selection, groups: original.groups, bound: original.bound))
    let dataset = try Dataset(pictures(count, seed: 1), preferring: [], fitting: [nil, 2, 8, 8])
    let run = try RecoveryRun(
      pruned, original: original, selection: selection, dataset: dataset, evaluation: nil,
      settings: settings ?? RecoverySettings(methods: methods, examples: count, passes: passes))
    var steps = 0
    while steps < last, try run.step() { steps += 1 }
    if steps == last { try run.stop() }
    let others = try Dataset(pictures(96, seed: 2), preferring: [], fitting: [nil, 2, 8, 8])
    let check = try LossCheck(run.network, original: original, dataset: others)
    while try check.step() {}
    return (try #require(check.loss), run, steps)
  }

  @Test(arguments: Output.allCases)
  func whatWasLearnedHoldsForOtherPictures(output: Output) throws {
    let network = network(output)
    let cut = try recovered(network, by: [])
    let distilled = try recovered(network, by: [.distil])
    #expect(distilled.deviation < cut.deviation)
    #expect(distilled.run.recovery.steps.map(\.method) == [.distil])
    // Not only the layer behind the removal learns.
    #expect(distilled.run.recovery.steps[0].layers >= 2)
    #expect(distilled.run.network.summary.parameters == cut.run.network.summary.parameters)
    #expect(
      distilled.run.network.summary.multiplyAccumulates == cut.run.network.summary.multiplyAccumulates)
  }

  @Test func itIsTheSameEachTime() throws {
    let first = try recovered(network(.classes), by: [.distil]).run.network.network
    let second = try recovered(network(.classes), by: [.distil]).run.network.network
    #expect(first.constants == second.constants)
  }

  /// A recovery that somebody ends keeps what it has by then, whichever method was at work, and says how that is repeated.
  @Test(arguments: [3, 40, 120]) func oneThatWasEndedIsRepeated(steps: Int) throws {
    let network = network(.behindNormalization)
    let whole = try recovered(network, by: [.refit, .distil])
    #expect(whole.run.settings.endedAfter == nil && whole.steps > steps)
    let ended = try recovered(network, by: [.refit, .distil], stoppedAfter: steps)
    #expect(ended.run.settings.endedAfter == steps)
    let repeated = try recovered(network, by: [], asSet: ended.run.settings)
    #expect(repeated.run.network.network.constants == ended.run.network.network.constants)
    #expect(repeated.run.settings == ended.run.settings)
    #expect(ended.run.network.network.constants != whole.run.network.network.constants)
  }

  /// It goes on as long as that brings something, and no longer.
  @Test func itEndsWhereLittleIsGained() throws {
    var lossless = network(.numbers)
    for (value, tensor) in lossless.constants
    where ["first", "first.bias"].contains(lossless.name(of: value)) {
      let size = tensor.elementCount / 8
      lossless.constants[value] = Tensor(
        tensor.floats.enumerated().map { $0.offset / size % 2 == 0 ? $0.element : 0 }, shape: tensor.shape)
    }
    let (idle, busy) = (
      try recovered(lossless, by: [.distil], passes: 600),
      try recovered(network(.numbers), by: [.distil], passes: 600)
    )
    #expect(idle.run.recovery.steps[0].layers == 0 && idle.deviation < 1e-6)
    #expect(busy.steps > 2 * idle.steps, "\(busy.steps) steps, \(idle.steps) where nothing was lost")
  }

  /// One batch leaves nothing that could say whether what was learned holds for other pictures.
  @Test func fewPicturesTeachNothing() throws {
    let run = try recovered(network(.numbers), by: [.distil], pictures: 24).run
    #expect(run.recovery.steps[0].layers == 0)
  }

  /// A network whose output has no gradient stays as it is, without an error.
  @Test func whatHasNoGradientStays() throws {
    var network = network(.classes)
    let made = network.addValue("class")
    network.nodes.append(
      Node(
        id: network.unusedNodeID, name: "class", op: "Sign", inputs: [network.outputs[0]], outputs: [made],
        attributes: [:]))
    network.outputs = [made]
    #expect(try recovered(network, by: [.distil]).run.recovery.steps[0].layers == 0)
  }
}
