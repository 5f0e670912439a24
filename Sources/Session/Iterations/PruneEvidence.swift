import Graph
package import Pruning

/// What was known when a prune was decided and what was expected of it, for a report to show beside what came of it.
package struct PruneEvidence: Sendable {
  /// The scores of a layer's kernels, numbered as before the prune.
  package struct LayerScores: Sendable, Hashable {
    /// The mean score of each kernel.
    package let scores: [Double]
    /// The kernels that stayed, ascending.
    package let kept: [Int]
  }

  /// Something that could go, with all that is tied to it.
  package struct RankedUnit: Sendable, Hashable {
    /// Its score as it was compared with the others.
    package let score: Double
    /// Whether it went.
    package let isGone: Bool
  }

  /// What was expected to be lost after a refit, by curves that were measured.
  package struct ExpectedDeviation: Sendable, Hashable {
    /// What is counted.
    package let measure: LossCurves.Measure
    /// How much of it.
    package let value: Double
    /// Examples that the curves were measured on.
    package let examples: Int
  }

  /// What was expected of the loss by the curves of sensitivity: the rises of single layers, added up, without a refit.
  package struct ExpectedRise: Sendable, Hashable {
    /// By how much the loss rises.
    package let loss: Double
    /// By how much the share of right answers falls, 0…1; `nil` without classes.
    package let accuracyDrop: Double?
    /// Examples that the curves were measured on.
    package let examples: Int
  }

  /// What kernels were chosen by.
  package let criterion: Criterion
  /// Examples that the scores are means over; 0 for scores from weights.
  package let examples: Int
  /// What could go, the lowest score first; empty where the scores are not known any more.
  package let ranked: [RankedUnit]
  /// By the names of layers that have scores.
  package let layers: [String: LayerScores]
  /// `nil` where no curves were measured.
  package let expectedDeviation: ExpectedDeviation?
  /// `nil` where the sensitivity of some layer is not known that lost kernels.
  package let expectedRise: ExpectedRise?
  /// The sensitivity of the network before the prune; `nil` where it was not measured.
  package let sensitivity: SensitivityTable?
}

extension Workbench {
  /// What is known of the prunes that lead to an iteration, by the number of the iteration that each made.
  package func evidence(for iteration: Int) -> [Int: PruneEvidence] {
    var found: [Int: PruneEvidence] = [:]
    var next = history[iteration]
    while let made = next, let parent = made.parent.flatMap({ history[$0] }) {
      if let selection = selections[made.id], let step = made.steps.last, !selection.isEmpty {
        found[made.id] = PruneEvidence(
          of: selection, step, in: parent.network.groups, scores: scores(of: parent, by: step.criterion),
          sensitivity: sensitivityByIteration[parent.id])
      }
      next = parent
    }
    return found
  }

  /// The scores that kernels of an iteration were chosen by, as far as they are known still.
  private func scores(of iteration: Iteration, by criterion: Criterion) -> ScoreTable? {
    if let known = scoresByIteration[iteration.id], known.criterion == criterion { return known }
    if let kept = keptScores(of: iteration)?.table, kept.criterion == criterion { return kept }
    guard !criterion.needsData, criterion != .external else { return nil }
    return ScoreTable(criterion, of: iteration.network.groups, in: iteration.network.bound)
  }
}

extension PruneEvidence {
  fileprivate init(
    of selection: Selection, _ step: PruningPlan.Step, in groups: ChannelGroups, scores: ScoreTable?,
    sensitivity: SensitivityTable?
  ) {
    criterion = step.criterion
    examples = step.examples
    self.sensitivity = sensitivity
    expectedRise = sensitivity?.expectedRise(of: selection, in: groups)
    guard let scores else {
      (ranked, layers, expectedDeviation) = ([], [:], nil)
      return
    }
    let ranking = UnitScores(scores, groups: groups, settings: step.settings)
    let gone = Set(selection.removedUnits)
    ranked = ranking.order.filter { ranking.values[$0].isFinite }.map {
      RankedUnit(score: ranking.values[$0], isGone: gone.contains($0))
    }
    layers = zip(groups.layers, selection.keptKernels).reduce(into: [:]) { found, next in
      let (layer, kept) = next
      guard let known = scores.layers[layer.layer.name], known.mean.count == layer.layer.kernels else {
        return
      }
      found[layer.layer.name] = LayerScores(scores: known.mean, kept: kept)
    }
    expectedDeviation = scores.curves.flatMap { curves in
      guard curves.isAbout(groups) else { return nil }
      return ExpectedDeviation(
        measure: curves.measure, value: curves.loss(without: selection, in: groups), examples: curves.examples
      )
    }
  }
}

extension SensitivityTable {
  /// The rises of the loss of the layers that a selection narrows, each by itself, added up; `nil` where one of them was not
  /// measured that far.
  fileprivate func expectedRise(
    of selection: Selection, in groups: ChannelGroups
  ) -> PruneEvidence.ExpectedRise? {
    let kept = zip(groups.layers, selection.keptKernels).reduce(
      into: [String: (before: Int, after: Int)]()
    ) {
      $0[$1.0.layer.name] = (before: $1.0.layer.kernels, after: $1.1.count)
    }
    var missing = Set(kept.filter { $0.value.after < $0.value.before }.keys)
    var (loss, drop) = (0.0, Double?.some(0))
    for curve in curves where curve.isComplete && curve.layers.contains(where: missing.contains) {
      let left = curve.layers.reduce(0) { $0 + (kept[$1]?.after ?? 0) }
      guard let whole = curve.baseline, let then = curve.measurement(leaving: left) else { return nil }
      missing.subtract(curve.layers)
      loss += then.loss - whole.loss
      if let sum = drop, let before = whole.top1, let after = then.top1 {
        drop = sum + before - after
      } else {
        drop = nil
      }
    }
    guard missing.isEmpty else { return nil }
    return PruneEvidence.ExpectedRise(loss: loss, accuracyDrop: drop, examples: subject.examples)
  }
}
