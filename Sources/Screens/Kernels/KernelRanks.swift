internal import Graph
internal import Pruning
internal import TerminalUI

/// How two criteria rank the kernels of a layer: the one of now, and the one before.
struct KernelRanks {
  /// The criterion before.
  let criterion: Criterion
  private let now: [Double]
  private let before: [Double]

  /// `nil` unless both scored the same kernels.
  init?(_ now: [Double], _ before: [Double], criterion: Criterion) {
    guard now.count == before.count, now.count > 1, now.allSatisfy(\.isFinite), before.allSatisfy(\.isFinite)
    else { return nil }
    (self.criterion, self.now, self.before) = (criterion, now, before)
  }

  /// The kernels, the highest score first; of equal ones the first.
  static func order(by scores: [Double]) -> [Int] {
    scores.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
  }

  /// By kernel: its rank by both, 1 the highest.
  var pairs: [(now: Int, before: Int)] {
    zip(Self.ranks(now), Self.ranks(before)).map { (now: $0, before: $1) }
  }

  private static func ranks(_ scores: [Double]) -> [Int] {
    var ranks = [Int](repeating: 0, count: scores.count)
    for (rank, kernel) in order(by: scores).enumerated() { ranks[kernel] = rank + 1 }
    return ranks
  }

  /// What both have in common, for the pane's border.
  var note: String {
    "ranks as \(criterion.rawValue) \(Quantity.fixed(rankCorrelation(now, before), digits: 2))"
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
