/// Costs that are all to fall, and how much a saving of each counts while kernels are put in order.
///
/// Which of several costs is the hardest to meet shows only in the end. So a few blends are tried; each leads along one order,
/// where a lower target of any cost removes what a higher one removes, and more.
struct CostBlend {
  /// No absolute ones.
  let targets: [PruningTarget]
  /// By target; the sum is 1.
  let weights: [Double]

  /// Steps from nothing to everything that a weight can have.
  private static let steps = 4

  /// The blends that are worth trying: where no losses are known that savings are weighed against, one.
  static func candidates(for targets: [PruningTarget], areMeasured: Bool) -> [CostBlend] {
    guard targets.count > 1, areMeasured else {
      let share = 1 / Double(max(1, targets.count))
      return [CostBlend(targets: targets, weights: targets.map { _ in share })]
    }
    return compositions(of: steps, in: targets.count).map { parts in
      CostBlend(targets: targets, weights: parts.map { Double($0) / Double(steps) })
    }
  }

  /// All ways of dealing a sum to so many parts.
  private static func compositions(of sum: Int, in parts: Int) -> [[Int]] {
    guard parts > 1 else { return [[sum]] }
    return (0...sum).flatMap { first in compositions(of: sum - first, in: parts - 1).map { [first] + $0 } }
  }
}
