internal import Graph
internal import Pruning
internal import TerminalUI

/// How two criteria rank the kernels of a layer: by the one of now, and by the one before.
struct KernelRanks {
  /// The criterion before.
  let criterion: Criterion
  /// By kernel: its rank, 1 the highest.
  let now: [Int]
  let besides: [Int]
  /// Spearman's, −1…1.
  let correlation: Double

  /// `nil` unless both are of the same kernels.
  init?(_ now: [Double], _ besides: [Double], criterion: Criterion) {
    guard now.count == besides.count, now.count > 1, (now + besides).allSatisfy(\.isFinite) else {
      return nil
    }
    self.criterion = criterion
    self.now = Self.ranks(now)
    self.besides = Self.ranks(besides)
    correlation = rankCorrelation(now, besides)
  }

  private static func ranks(_ scores: [Double]) -> [Int] {
    let order = scores.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
    var ranks = [Int](repeating: 0, count: scores.count)
    for (rank, kernel) in order.enumerated() { ranks[kernel] = rank + 1 }
    return ranks
  }

  /// What both have in common, for the pane's border.
  var note: String { "ranks as \(criterion.rawValue) \(Quantity.fixed(correlation, digits: 2))" }

  /// A rank that is more than a quarter of the layer away stands out.
  func style(of kernel: Int) -> Style {
    4 * abs(now[kernel] - besides[kernel]) > now.count ? .role(.changed) : .dim
  }
}

extension KernelsScreen {
  /// The ranks of the layer under the cursor by two criteria; `nil` where it was scored by one only.
  static func ranks(_ state: ProgramState) -> KernelRanks? {
    guard let besides = state.kernels.besides, let name = state.selectedCoupledLayer?.layer.name,
      let scores = state.engine.scores.value, scores.criterion != besides.criterion,
      let now = scores.layers[name]?.mean, let before = besides.layers[name]?.mean
    else { return nil }
    return KernelRanks(now, before, criterion: besides.criterion)
  }
}
