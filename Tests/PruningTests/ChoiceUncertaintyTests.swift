import Graph
import Pruning
import TestSupport
import Testing

/// How many of the kernels that go would be others if more examples were scored.
@Suite struct ChoiceUncertaintyTests {
  /// Kernels of three layers whose true scores lie close together, and examples that scatter about them.
  private struct Draw {
    let groups: ChannelGroups
    let truth: [String: [Double]]

    init() throws {
      groups = try ChannelGroups(BoundNetwork(NetworkFixtures.plain()))
      var numbers = RandomNumbers(seed: 5)
      truth = groups.layers.filter(\.isPrunable).reduce(into: [:]) { truth, layer in
        truth[layer.layer.name] = (0..<layer.layer.kernels).map { _ in 1 + 0.3 * Double(numbers.number(-1, 1))
        }
      }
    }

    /// Scores over so many examples, or the true ones where `nil`.
    func scores(_ examples: Int?, seed: UInt64 = 1) -> ScoreTable {
      var numbers = RandomNumbers(seed: seed)
      var table = ScoreTable(criterion: .taylor)
      for (name, means) in truth.sorted(by: { $0.key < $1.key }) {
        var statistics = KernelStatistics(kernels: means.count)
        for _ in 0..<(examples ?? 0) { statistics.add(means.map { $0 + 2 * Double(numbers.number(-1, 1)) }) }
        table.layers[name] = examples == nil ? KernelStatistics(exact: means) : statistics
      }
      return table
    }

    func choice(_ scores: ScoreTable, _ scope: Scope) throws -> (gone: Set<Int>, found: ChoiceUncertainty?) {
      var settings = PruningSettings()
      settings.normalization = .none
      let ranking = UnitScores(scores, groups: groups, settings: settings)
      let selection = try settings.proposal(.percent(50), scope: scope, ranking: ranking, groups: groups)
        .selection
      return (
        Set(selection.removedUnits),
        ChoiceUncertainty(
          scores, ranking: ranking, settings: settings, scope: scope, selection: selection, groups: groups)
      )
    }
  }

  /// Over many draws as many kernels change as is expected in the mean.
  @Test(arguments: [Scope.global, .layer])
  func asManyChangeAsIsExpected(scope: Scope) throws {
    let draw = try Draw()
    let truth = try draw.choice(draw.scores(nil), scope).gone
    var (expected, happened) = (0.0, 0)
    for seed in 1...60 {
      let now = try draw.choice(draw.scores(40, seed: UInt64(seed)), scope)
      expected += try #require(now.found).expectedChanges
      happened += now.gone.subtracting(truth).count
    }
    #expect(happened > 30)
    #expect(abs(expected / Double(happened) - 1) < 0.35, "\(expected) expected, \(happened) happened")
  }

  /// Four times the examples leave about half of what could change.
  @Test func moreExamplesHalveIt() throws {
    let draw = try Draw()
    func expected(_ examples: Int) throws -> Double {
      let found = try (1...20).map {
        try #require(draw.choice(draw.scores(examples, seed: $0), .global).found)
      }
      #expect(found.allSatisfy { $0.examplesToHalve == 3 * examples && (0...1).contains($0.sureness) })
      return found.reduce(0) { $0 + $1.expectedChanges } / 20
    }
    let ratio = try expected(80) / expected(320)
    #expect((1.5...2.8).contains(ratio), "\(ratio)")
  }

  @Test func whatIsExactAndWhatUsersDecideDoesNotChange() throws {
    let draw = try Draw()
    #expect(try draw.choice(draw.scores(nil), .global).found == nil, "a single observation has no error")
    let scores = draw.scores(10)
    var settings = PruningSettings()
    settings.forced = ["c1": [0, 1]]
    settings.pinned = ["c1": [2]]
    settings.amounts = ["c1": .keep(4)]
    let ranking = UnitScores(scores, groups: draw.groups, settings: settings)
    let selection = try Selection(settings, ranking: ranking, groups: draw.groups)
    let found = try #require(
      ChoiceUncertainty(
        scores, ranking: ranking, settings: settings, scope: .layer, selection: selection, groups: draw.groups
      ))
    let units = draw.groups.layers[try #require(draw.groups.index(of: "c1"))].units
    #expect(units[..<3].allSatisfy { found.chances[$0] == 0 })
    #expect(units[3...].contains { found.chances[$0] > 0 } && found.removedKernels == 2)
  }

  /// What makes all kernels of an example score higher changes their means and not their order.
  @Test func hardExamplesDoNotMakeTheOrderUnsure() {
    var numbers = RandomNumbers(seed: 2)
    let own = [1.0, 2, 3, 6]
    var (all, first, second) = (
      KernelStatistics(kernels: 4), KernelStatistics(kernels: 4), KernelStatistics(kernels: 4)
    )
    for example in 0..<400 {
      let hardness = 1 + 0.9 * Double(numbers.number(-1, 1))
      let scores = own.map { hardness * $0 + 0.01 * Double(numbers.number(-1, 1)) }
      all.add(scores)
      if example < 150 { first.add(scores) } else { second.add(scores) }
    }
    let (plain, shares) = (all.standardError, all.standardErrorOfShare)
    #expect(zip(shares, plain).allSatisfy { $0 < 0.05 * $1 && $0 > 0 })
    // Their sizes are those of what is each kernel's own: uniform in ±0.01, and the mean's as much as its share.
    #expect(abs(shares[0] / (0.01 / 3.0.squareRoot() / 20) - 1) < 0.2, "\(shares)")
    // Joined parts say what the whole does.
    first.merge(second)
    #expect(zip(first.standardErrorOfShare, shares).allSatisfy { abs($0 / $1 - 1) < 1e-6 })
  }
}
