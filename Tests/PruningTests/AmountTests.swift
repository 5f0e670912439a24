import Graph
import Pruning
import TestSupport
import Testing

/// Amounts that may remain, as shares and as they are counted.
@Suite struct AmountTests {
  @Test(arguments: [
    (CostMeasure.parameters, "90k", 90e3), (.parameters, "1.5M", 1.5e6), (.parameters, "0.64K", 640),
    (.multiplyAccumulates, "1.2G", 1.2e9), (.multiplyAccumulates, " 2 t ", 2e12),
    (.memory, "300kB", 300e3), (.memory, "4 KiB", 4096), (.memory, "1.5mib", 1_572_864),
    (.memory, "512B", 512),
    (.latency, "4ms", 4e-3), (.latency, "250us", 250e-6), (.latency, "250\u{B5}s", 250e-6),
    (.latency, "250\u{3BC}s", 250e-6), (.latency, "1.5s", 1.5),
  ])
  func aUnitMakesAnAmount(measure: CostMeasure, text: String, amount: Double) throws {
    let read = try #require(RemainingAmount(text, of: measure))
    #expect(read == .absolute(amount))
    #expect(RemainingAmount(read.text(of: measure), of: measure) == read)
  }

  @Test func aNumberIsAShareWithItsSignOrWithout() {
    for measure in CostMeasure.allCases {
      for (text, percent) in [("40", 40.0), ("40%", 40), ("12.5 %", 12.5), ("0", 0), ("100", 100)] {
        #expect(RemainingAmount(text, of: measure) == .percent(percent))
      }
    }
  }

  @Test(arguments: CostMeasure.allCases) func whatIsNoAmountIsRefused(measure: CostMeasure) {
    let never = [
      "", "%", "k", "much", "101", "-1", "nan", "inf", "90q", "1.2Gx", "1e300G", "-4k", "0k", "0B", "0ms",
      "nank",
      "infms", "1e99s", "40%k", "k40",
    ]
    for text in never { #expect(RemainingAmount(text, of: measure) == nil, "\(text)") }
    // What belongs to another measure is no unit of this one.
    let units: [CostMeasure: String] = [
      .parameters: "5k", .multiplyAccumulates: "5k", .memory: "5kB", .latency: "5ms",
    ]
    for (other, text) in units where units[measure] != text {
      #expect(RemainingAmount(text, of: measure) == nil, "\(text) of \(other.rawValue)")
    }
    #expect(measure.acceptedAmounts.contains(measure.exampleAmount))
    #expect(RemainingAmount(measure.exampleAmount, of: measure) != nil)
  }

  /// What is written is read as the same amount, and looks as people would write it.
  @Test(arguments: CostMeasure.allCases) func textIsReadAsWhatItSays(measure: CostMeasure) {
    var random = SeededGenerator(seed: 16)
    for _ in 0..<2000 {
      let whole = Double(random.next() % (UInt64(1) << (random.next() % 49)) + 1)
      let amount = RemainingAmount.absolute(measure == .latency ? whole / 1e9 : whole)
      #expect(RemainingAmount(amount.text(of: measure), of: measure) == amount)
      let share = RemainingAmount.percent(Double(random.next() % 10_000) / 100)
      #expect(RemainingAmount(share.text(of: measure), of: measure) == share)
    }
    #expect(RemainingAmount(measure.exampleAmount, of: measure)?.text(of: measure) == measure.exampleAmount)
  }

  /// An amount and the share that it is remove the same kernels.
  @Test(arguments: [CostMeasure.parameters, .multiplyAccumulates, .memory, .latency])
  func anAmountRemovesWhatItsShareRemoves(measure: CostMeasure) throws {
    let network = try ScoredNetwork(NetworkFixtures.residual())
    let times = MeasuredTimes(
      layers: LatencyTable(
        layers: [
          network.groups.layers[0].layer.name: LatencyTable.Layer(
            kernels: [1, 64], inputs: [3], seconds: [1e-3, 9e-3])
        ], rest: 1e-3))
    let chooser = Chooser(
      groups: network.groups, bound: network.bound, scores: network.scores, times: times)
    let whole = try measure.whole(of: network.groups, times: times)
    #expect(whole > 0)
    for scope in Scope.allCases {
      for percent in stride(from: 5.0, through: 95, by: 7.5) {
        let amount = measure == .latency ? percent / 100 * whole : (percent / 100 * whole).rounded()
        guard amount > 0 else { continue }
        let absolute = try chooser.choice(RemovalRequest(.absolute(amount, of: measure), scope: scope))
        let share = RemainingAmount.percent(100 * amount / whole)
        let relative = try chooser.choice(RemovalRequest(.keeping(share, of: measure), scope: scope))
        #expect(absolute.selection.removedUnits == relative.selection.removedUnits)
        #expect(absolute.settings == relative.settings && absolute.shortfall == relative.shortfall)
        #expect(absolute.metAlready == nil)
      }
    }
  }

  /// What just fits is not forbidden by the rounding of a share.
  @Test func whatIsLeftOfATargetIsATargetThatLeavesAsMuch() throws {
    let network = try ScoredNetwork(NetworkFixtures.residual())
    let chooser = Chooser(groups: network.groups, bound: network.bound, scores: network.scores)
    var settings = PruningSettings()
    // Kernels of multiples come back in no other order.
    settings.multiple = 2
    for percent in stride(from: 10.0, through: 90, by: 5) {
      let first = try chooser.choice(
        RemovalRequest(.multiplyAccumulates(keepPercent: percent), settings: settings))
      guard first.shortfall == nil, !first.selection.isEmpty else { continue }
      let left = Preview(first.selection, groups: network.groups, bound: network.bound).multiplyAccumulates
        .after
      let again = try chooser.choice(
        RemovalRequest(.absolute(Double(left), of: .multiplyAccumulates), settings: settings))
      #expect(again.selection.removedUnits == first.selection.removedUnits)
    }
  }

  @Test func whatIsMetAlreadyTakesNothingAndIsSaid() throws {
    let network = try ScoredNetwork(NetworkFixtures.residual())
    let chooser = Chooser(groups: network.groups, bound: network.bound, scores: network.scores)
    for measure in [CostMeasure.parameters, .multiplyAccumulates, .memory] {
      let whole = try measure.whole(of: network.groups)
      for amount in [whole, 2 * whole, 1e15] {
        let choice = try chooser.choice(RemovalRequest(.absolute(amount, of: measure)))
        #expect(choice.selection.isEmpty && choice.shortfall == nil)
        #expect(choice.metAlready?.sentence.contains("nothing has to go") == true)
      }
      for amount in [0, -1, Double.nan, .infinity] {
        #expect(throws: PruningError.self) {
          try chooser.choice(RemovalRequest(.absolute(amount, of: measure)))
        }
      }
    }
    #expect(throws: PruningError.noTimes) {
      try chooser.choice(RemovalRequest(.absolute(1e-3, of: .latency)))
    }
    let said = try #require(
      try TargetMetAlready(
        .absolute(4e-3, of: .latency), groups: network.groups, times: MeasuredTimes(seconds: 0.001234567)))
    #expect(said.sentence == "The network takes 1.23ms, and 4ms may remain: nothing has to go for that.")
  }

  @Test func timesInSecondsTakeFastWidthsAsSharesDo() {
    let request = RemovalRequest(.absolute(4e-3, of: .latency))
    #expect(request.settings == RemovalRequest(.latency(keepPercent: 50)).settings)
  }
}
