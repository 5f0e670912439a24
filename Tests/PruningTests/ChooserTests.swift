import Graph
import Pruning
import TestSupport
import Testing

/// What a request comes to.
@Suite struct ChooserTests {
  private let network: ScoredNetwork

  init() throws { network = try ScoredNetwork(NetworkFixtures.residual()) }

  private func chooser(_ times: MeasuredTimes = MeasuredTimes()) -> Chooser {
    Chooser(groups: network.groups, bound: network.bound, scores: network.scores, times: times)
  }

  private static let targets: [PruningTarget] = [
    .percent(30), .kernels(5), .parameters(keepPercent: 50), .multiplyAccumulates(keepPercent: 50),
    .peakMemory(keepPercent: 70),
  ]

  @Test(arguments: targets) func aTargetIsSharedOutAndItsAmountsSayTheSame(target: PruningTarget) throws {
    for scope in Scope.allCases {
      let choice = try chooser().choice(RemovalRequest(target, scope: scope))
      let proposal = try network.proposal(target, scope)
      #expect(choice.selection == proposal.selection && choice.settings == proposal.settings)
      #expect((choice.shortfall == nil) == proposal.isReached)
      let again = try chooser().choice(RemovalRequest(settings: choice.settings))
      #expect(again.selection.removedUnits == choice.selection.removedUnits && again.shortfall == nil)
    }
  }

  @Test func amountsOfLayersHoldWhateverTheTargetTakes() throws {
    let prunable = network.groups.layers.filter(\.isPrunable)
    let layer = try #require(prunable.first).layer
    let request = RemovalRequest(
      .multiplyAccumulates(keepPercent: 50), layers: [.init(.percent(0), of: layer.name)])
    let choice = try chooser().choice(request)
    #expect(choice.settings.amounts[layer.name] == .percent(0))
    let index = try #require(network.groups.index(of: layer.name))
    #expect(choice.selection.keptKernels[index].count == layer.kernels)
    #expect(!choice.selection.isEmpty)
    #expect(throws: PruningError.self) {
      try chooser().choice(RemovalRequest(layers: [.init(.percent(10), of: "nowhere")]))
    }
  }

  @Test func aTargetOfLatencyTakesFastWidthsUnlessWidthsAreMeantToStay() {
    let latency = PruningTarget.latency(keepPercent: 60)
    let fast = RemovalRequest(latency).settings
    #expect(fast.snapsToFastWidths && fast.multiple == PruningSettings.fastMultiple)
    #expect(RemovalRequest(latency, keepsWidths: true).settings == PruningSettings())
    #expect(RemovalRequest(.percent(60)).settings == PruningSettings())
    var eights = PruningSettings()
    eights.multiple = 8
    #expect(RemovalRequest(latency, settings: eights).settings == eights)
  }

  @Test func whatIsOutOfReachIsSaid() throws {
    var settings = PruningSettings()
    settings.protected = Set(network.groups.layers.map(\.layer.name))
    let choice = try chooser().choice(RemovalRequest(.parameters(keepPercent: 10), settings: settings))
    #expect(choice.shortfall == .obstacles && choice.selection.isEmpty)
    #expect(choice.shortfall?.sentence(of: "MACs 50%").hasPrefix("MACs 50% cannot be reached: ") == true)
    #expect(throws: PruningError.noTimes) {
      try chooser().choice(RemovalRequest(.latency(keepPercent: 50)))
    }
  }

  /// Which widths are measured does not depend on those that were.
  @Test func theWidthsThatARequestNeedsFollowFromTheRequest() throws {
    var b = NetworkBuilder()
    let x = b.block(b.input("x", [1, 3, 4, 4]), 3, 64, "first")
    b.head(b.block(x, 64, 64, "second"), 64)
    let wide = try ScoredNetwork(b.network)
    var chooser = Chooser(groups: wide.groups, bound: wide.bound, scores: wide.scores)
    var settings = PruningSettings()
    settings.multiple = PruningSettings.fastMultiple
    settings.snapsToFastWidths = true
    let request = RemovalRequest(.multiplyAccumulates(keepPercent: 50), scope: .layer, settings: settings)
    let needed = try chooser.widthsNeeded(for: request)
    #expect(!needed.isEmpty && needed.values.allSatisfy { $0 % PruningSettings.fastMultiple == 0 })
    let unmeasured = try chooser.choice(request)
    chooser.times.widths = WidthTimes(
      layers: needed.mapValues { multiple in
        WidthTimes.candidates(near: multiple).reduce(into: [:]) {
          $0[$1] = $1 == multiple - 4 ? 1e-3 : 4e-3
        }
      })
    #expect(try chooser.choice(request).selection != unmeasured.selection)
    #expect(try chooser.widthsNeeded(for: request) == needed)
    #expect(try chooser.widthsNeeded(for: RemovalRequest(.percent(50))).isEmpty)
  }
}
