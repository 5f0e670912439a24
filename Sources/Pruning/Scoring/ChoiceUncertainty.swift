import Foundation
import Graph

/// How much of a choice by scores would be another one if many more examples were scored.
///
/// A score is a mean over examples, so it has a standard error. Where a unit's score lies d from the cut and has the error e, it
/// lies on the other side in truth with the probability Φ(−d / e).
package struct ChoiceUncertainty: Sendable, Hashable {
  /// By unit: the probability that it belongs on the other side; 0 where something else than its score decides.
  package let chances: [Double]
  /// Kernels that go, of those that scores decide about.
  package let removedKernels: Int
  /// How many of them are expected to be others.
  package let expectedChanges: Double
  /// Examples that were scored.
  package let examples: Int

  /// The share of what goes that is expected to go however many examples are scored, 0…1.
  package var sureness: Double {
    removedKernels == 0 ? 1 : max(0, 1 - expectedChanges / Double(removedKernels))
  }

  /// How many more examples halve what could change: errors fall with the square root of the examples.
  package var examplesToHalve: Int { 3 * examples }

  /// Looks at every unit's distance from the cut.
  ///
  /// - Parameters:
  ///   - ranking: of the units, by the settings.
  ///   - scope: what the cut is common to: all units (`global`), else those of a group.
  /// - Returns: `nil` where scores have no errors: those of weights, those of a single example, and `obs`.
  package init?(
    _ scores: ScoreTable, ranking: UnitScores, settings: PruningSettings, scope: Scope, selection: Selection,
    groups: ChannelGroups
  ) {
    guard scores.criterion.needsData, scores.curves == nil, scores.examples > 1 else { return nil }
    examples = scores.examples
    let errors = ranking.errors(scores, groups: groups, settings: settings)
    let gone = Set(selection.removedUnits)
    // Kernels that the user decided about stay out of it.
    var decided = Set<Int>()
    for (name, kernels) in Array(settings.forced) + Array(settings.pinned) {
      guard let layer = groups.index(of: name).map({ groups.layers[$0] }) else { continue }
      decided.formUnion(kernels.compactMap { layer.units[safe: $0] })
    }
    let all = groups.groups.map { $0.units.filter { !decided.contains($0) && ranking.values[$0].isFinite } }
    var chances = [Double](repeating: 0, count: groups.units.count)
    var (removed, leaving, entering) = (0, 0.0, 0.0)
    for units in scope == .global ? [all.flatMap { $0 }] : all {
      guard let cut = Self.cut(units, ranking.values, gone) else { continue }
      for unit in units {
        let goes = gone.contains(unit)
        // How far it lies on its own side; what lies on the other one is held there by a floor or by rounding.
        let distance = goes ? cut - ranking.values[unit] : ranking.values[unit] - cut
        let size = groups.demands.sizes[unit]
        if goes { removed += size }
        guard distance >= 0, errors[unit] > 0 else { continue }
        chances[unit] = 0.5 * erfc(distance / errors[unit] / 2.squareRoot())
        if goes { leaving += chances[unit] * Double(size) } else { entering += chances[unit] * Double(size) }
      }
    }
    self.chances = chances
    removedKernels = removed
    // As many come as go: both are estimates of the same number.
    expectedChanges = (leaving + entering) / 2
  }

  /// The score between those that go and those that stay: as many lie below it as go; `nil` where none or all do.
  private static func cut(_ units: [Int], _ values: [Double], _ gone: Set<Int>) -> Double? {
    let count = units.count { gone.contains($0) }
    guard count > 0, count < units.count else { return nil }
    let sorted = units.map { values[$0] }.sorted()
    return (sorted[count - 1] + sorted[count]) / 2
  }
}
