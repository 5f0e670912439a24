import Pruning
import Testing

@Suite("Rank correlation") struct RankCorrelationTests {
  @Test func theSameOrderIsOneWhateverTheScale() {
    #expect(rankCorrelation([1, 5, 2, 9], [0.1, 80, 3, 81]) == 1)
    #expect(rankCorrelation([1, 5, 2, 9], [9, 2, 5, 1]) == -1)
  }

  /// Spearman's own formula without ties: 1 − 6 Σ d² / n(n² − 1).
  @Test func exchangedNeighboursCostTheirDistance() {
    #expect(abs(rankCorrelation([1, 2, 3, 4, 5], [2, 1, 3, 4, 5]) - (1 - 6.0 * 2 / (5 * 24))) < 1e-12)
  }

  /// scipy.stats.spearmanr([1, 2, 2, 3], [1, 2, 3, 4]).
  @Test func equalScoresShareTheirRank() {
    #expect(abs(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4]) - 0.9486832980505138) < 1e-12)
  }

  @Test func listsWithoutAnOrder() {
    #expect(rankCorrelation([1, 1, 1], [2, 2, 2]) == 1)
    #expect(rankCorrelation([1, 1, 1], [1, 2, 3]) == 0)
    #expect(rankCorrelation([], []) == 1)
  }
}
