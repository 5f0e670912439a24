import Graph
import Pruning
import Schedules
import Session
import TestSupport
import Testing

/// What follows from the schedule alone: shares, counts, order, rates.
@Suite struct TimingTests {
  private let ramp = SparsityRamp.gradual(from: 0.1, to: 0.5)
  private let epochs = PolicyEpochs.range(start: 0, end: 30, frequency: 2)

  @Test(arguments: [(0, 0.1), (2, 0.179738), (4, 0.248105), (14, 0.45), (28, 0.5)])
  func gradualPruningReachesTheFinalShare(epoch: Int, share: Double) {
    #expect(abs(ramp.sparsity(at: epoch, of: epochs) - share) < 5e-7)
  }

  @Test func ofThirtyTwoFiltersAsManyAsPublishedGo() throws {
    let counts = stride(from: 0, to: 30, by: 2).map {
      Pruner.count(ramp.sparsity(at: $0, of: epochs), of: 32)
    }
    #expect(counts == [3, 5, 7, 9, 11, 12, 13, 14, 14, 15, 15, 15, 15, 15, 16])
    // The same as a rehearsal of a file shows them.
    let text = Fixtures.text(
      className: "L1RankedStructureParameterPruner_AGP",
      sparsity: "initial_sparsity: 0.10\n    final_sparsity: 0.50",
      epochs: "starting_epoch: 0\n    ending_epoch: 30\n    frequency: 2")
    let schedule = try Schedule(yaml: text, path: "s.yaml")
    let rehearsal = try Rehearsal(BoundSchedule(schedule, network: Fixtures.joined()))
    #expect(rehearsal.cells.map { $0.counts[0].masked } == counts)
    #expect(rehearsal.cells.map(\.epoch) == Array(stride(from: 0, to: 30, by: 2)))
    #expect(rehearsal.cells.allSatisfy { $0.counts[0].total == 32 && $0.unit == "filters" })
  }

  @Test func whatRoundingTakesFromAShareIsNotLost() {
    #expect(Pruner.count(0.5 - 0.4, of: 20) == 2 && Pruner.count(0.3, of: 10) == 3)
    #expect(
      Pruner.count(0.6, of: 16) == 9 && Pruner.count(0.3, of: 64) == 19 && Pruner.count(0.1, of: 64) == 6)
    #expect(Pruner.count(0, of: 7) == 0 && Pruner.count(1, of: 7) == 7)
  }

  @Test func theLastScheduledEpochIsTheOneBeforeTheEnd() {
    let odd = PolicyEpochs.range(start: 1, end: 8, frequency: 3)
    #expect((0..<12).filter(odd.contains) == [1, 4, 7] && odd.last == 7 && odd.span == 6)
    #expect(ramp.sparsity(at: 7, of: odd) == 0.5)
    #expect([0, 2, 5, 8, 20].map(odd.count(before:)) == [0, 1, 2, 3, 3])
  }

  @Test func policiesActAsDeclaredAndRatesLast() throws {
    let schedule = try Schedule(
      yaml: """
        pruners:
          a: {class: SparsityLevelParameterPruner, levels: {conv1.weight: 0.5}}
          b: {class: SparsityLevelParameterPruner, levels: {conv2.weight: 0.5}}
        extensions:
          x: {class: FilterRemover, thinning_func_str: remove_filters}
        lr_schedulers:
          r: {class: ExponentialLR, gamma: 0.5}
        policies:
          - lr_scheduler: {instance_name: r}
            epochs: [0, 1]
          - pruner: {instance_name: b}
            epochs: [0]
          - extension: {instance_name: x}
            epochs: [0]
          - pruner: {instance_name: a}
            epochs: [0, 1]
        """, path: "s.yaml")
    #expect(schedule.policies(at: 0).map { schedule.policies[$0].instance } == ["b", "a", "x", "r"])
    #expect(schedule.policies(at: 1).map { schedule.policies[$0].instance } == ["a", "r"])
    #expect(schedule.policies(at: 2).isEmpty)
    // Stepped at the end of each of its epochs, kept behind the last.
    #expect(schedule.rateFactors(epochs: 4, rate: 1) == [1, 0.5, 0.25, 0.25])
  }

  @Test(arguments: [
    ("StepLR, step_size: 2, gamma: 0.1", [1, 1, 0.1, 0.1, 0.01]),
    ("MultiStepLR, milestones: [1, 3], gamma: 0.5", [1, 0.5, 0.5, 0.25, 0.25]),
    ("ExponentialLR, gamma: 0.5", [1, 0.5, 0.25, 0.125, 0.0625]),
    ("CosineAnnealingLR, T_max: 4, eta_min: 0.02", [1, 0.8682, 0.55, 0.2318, 0.1]),
    ("PolynomialLR, T_max: 4, power: 2", [1, 0.5625, 0.25, 0.0625, 0]),
    ("MultiStepMultiGammaLR, milestones: [1, 3], gammas: [0.1, 5]", [1, 0.1, 0.1, 0.5, 0.5]),
  ])
  func ratesFollowTheirSchedulers(definition: String, factors: [Double]) throws {
    let schedule = try Schedule(
      yaml: """
        lr_schedulers: {r: {class: \(definition)}}
        policies: [{lr_scheduler: {instance_name: r}, starting_epoch: 0, ending_epoch: 9, frequency: 1}]
        """, path: "s.yaml")
    let found = schedule.rateFactors(epochs: 5, rate: 0.2)
    #expect(zip(found, factors).allSatisfy { abs($0 - $1) < 1e-4 }, "\(found)")
  }
}

/// Published sizes of networks behind their schedules, read from files as their users write them.
@Suite struct PublishedScheduleTests {
  private func sizes(_ name: String, _ network: Network) throws -> [[Int]] {
    let open = try OpenNetwork(network)
    let rehearsal = try Rehearsal(BoundSchedule(Fixtures.schedule(name), network: open))
    // The network that was made has the size that was shown.
    let summary = rehearsal.network.summary
    #expect(summary.multiplyAccumulates == rehearsal.sizeAfter.multiplyAccumulates)
    return [rehearsal.sizeBefore, rehearsal.sizeAfter].map { [$0.weights, $0.multiplyAccumulates] }
  }

  @Test func resNet20() throws {
    let network = ResidualNetworks.cifar(blocks: 3)
    #expect(
      try sizes("resnet20_layer2.yaml", network) == [[270_896, 40_813_184], [223_536, 30_655_104]])
    #expect(try sizes("resnet20_agp.yaml", network) == [[270_896, 40_813_184], [246_704, 30_638_720]])
  }

  @Test func resNet56() throws {
    #expect(
      try sizes("resnet56_filter_rank.yaml", ResidualNetworks.cifar(blocks: 9))
        == [[851_504, 125_747_840], [634_640, 78_856_832]])
  }

  @Test func resNet50() throws {
    #expect(
      try sizes("resnet50_half.yaml", ResidualNetworks.imageNet50())
        == [[25_502_912, 4_089_184_256], [12_335_296, 1_822_031_872]])
  }
}
