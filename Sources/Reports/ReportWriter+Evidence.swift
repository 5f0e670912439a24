import Graph
import Pruning
import Quantities
import Session

/// Why it was just these kernels, and what was expected of that.
extension ReportWriter {
  /// Prunes whose scores a page shows without folding the others away.
  private static let mostPrunes = 3

  mutating func addScores() {
    let parts = chain.compactMap { iteration -> ReportDocument.Part? in
      evidence[iteration.id].flatMap { histogram(of: iteration, $0) }.map { .histogram($0) }
    }
    guard !parts.isEmpty else { return }
    document.parts.append(.heading("How kernels were chosen", level: 2))
    document.parts.append(
      .paragraph("Each bar counts kernels of a score, with what is tied to each; the dashed line is the cut.")
    )
    guard parts.count > Self.mostPrunes else { return document.parts += parts }
    document.parts += parts.suffix(1)
    document.parts.append(
      .fold(
        .init(
          title: "The prunes before", note: String(parts.count - 1), bar: nil, isOpen: false,
          parts: parts.dropLast())))
  }

  private func histogram(of iteration: Iteration, _ evidence: PruneEvidence) -> ReportDocument.Histogram? {
    let scores = evidence.ranked.map(\.score)
    guard scores.count > 1, let least = scores.min(), let largest = scores.max() else { return nil }
    let kept = evidence.ranked.indices.filter { !evidence.ranked[$0].isGone }
    // A straight axis would put nearly all of them into its first bar.
    let isLogarithmic = least > 0 && largest / least > 1_000
    let spread = ScoreDistribution(
      scores, kept: kept, cells: min(72, max(12, Int(cut: 3 * Double(scores.count).squareRoot()))),
      isLogarithmic: isLogarithmic)
    let examples =
      evidence.examples > 0
      ? "\(evidence.criterion.rawValue) over \(Quantity.grouped(evidence.examples)) examples"
      : evidence.criterion.rawValue
    return ReportDocument.Histogram(
      title: "Iteration \(iteration.id): \(examples)", summary: summary(evidence, spread), spread: spread)
  }

  private func summary(_ evidence: PruneEvidence, _ spread: ScoreDistribution) -> String {
    let gone = evidence.ranked.filter(\.isGone)
    let total = evidence.ranked.reduce(0) { $0 + max(0, $1.score) }
    let share = gone.reduce(0) { $0 + max(0, $1.score) } / max(total, .leastNormalMagnitude)
    let counts =
      "\(Quantity.grouped(gone.count)) of \(Quantity.grouped(evidence.ranked.count)) that could go went, with "
      + "\(Quantity.percent(share, digits: 1)) of all score"
    guard let cut = spread.cut else {
      return counts
        + "; no one score parts them: shares of layers, floors, pins, multiples or costs decided too."
    }
    return counts + "; the cut lies at \(Quantity.precise(cut, digits: 3))."
  }

  // MARK: What was expected

  mutating func addExpectations() {
    var table = ReportDocument.Table(
      columns: ["iteration", "what", "before", "expected", "as pruned", "in the end"])
    for iteration in chain {
      guard let evidence = evidence[iteration.id] else { continue }
      addDeviation(of: iteration, evidence, to: &table)
      addLoss(of: iteration, evidence, to: &table)
    }
    guard !table.rows.isEmpty else { return }
    document.parts.append(.heading("What was expected, and what came of it", level: 2))
    document.parts.append(.table(table))
    if chain.contains(where: { evidence[$0.id]?.expectedRise != nil }) {
      document.parts.append(
        .paragraph(
          "Loss and accuracy are expected from the sensitivity of single layers, added up as if layers did not depend "
            + "on each other: as a rule more is lost, and recovery and training win much of it back."))
    }
  }

  private func addDeviation(
    of iteration: Iteration, _ evidence: PruneEvidence, to table: inout ReportDocument.Table
  ) {
    guard let expected = evidence.expectedDeviation else { return }
    func text(_ value: Double, _ examples: Int) -> String {
      OutputDeviation(measure: expected.measure, value: value, examples: examples).text
    }
    let recovery = iteration.recovery.flatMap { $0.measure == expected.measure ? $0 : nil }
    let measured = iteration.outputDeviation.flatMap { $0.measure == expected.measure ? $0 : nil }
    table.add([
      String(iteration.id), expected.measure.deviationMeaning, "",
      text(expected.value, expected.examples) + " after a refit",
      recovery?.deviationBefore.map { text($0, recovery?.examples ?? 0) } ?? "",
      measured?.text ?? recovery?.steps.last?.deviation.map { text($0, recovery?.examples ?? 0) } ?? "",
    ])
  }

  private func addLoss(
    of iteration: Iteration, _ evidence: PruneEvidence, to table: inout ReportDocument.Table
  ) {
    guard let expected = evidence.expectedRise,
      let before = iteration.parent.flatMap({ history[$0] })?.evaluation
    else { return }
    let changed = iteration.recovery != nil || !iteration.trainings.isEmpty
    let pruned = iteration.recovery?.before ?? (changed ? nil : iteration.evaluation)
    table.add([
      String(iteration.id), "loss", Self.loss(before.loss), Self.loss(before.loss + expected.loss),
      pruned.map { Self.loss($0.loss) } ?? "",
      changed ? iteration.evaluation.map { Self.loss($0.loss) } ?? "" : "",
    ])
    guard let drop = expected.accuracyDrop, let accuracy = before.accuracy else { return }
    table.add([
      String(iteration.id), "accuracy", Self.percent(accuracy), Self.percent(max(0, accuracy - drop)),
      pruned?.accuracy.map(Self.percent) ?? "",
      changed ? iteration.evaluation?.accuracy.map(Self.percent) ?? "" : "",
    ])
  }

  // MARK: Sensitivity

  /// Curves that a plot can hold.
  private static let mostCurves = 6

  mutating func addSensitivity() {
    let tables = chain.compactMap { evidence[$0.id]?.sensitivity }
    guard let table = tables.last else { return }
    let curves = table.curves.filter { $0.isComplete && $0.points.count > 1 }
    let hasAccuracy = curves.allSatisfy { $0.points.allSatisfy { $0.measurement.top1 != nil } }
    func worth(_ point: SensitivityTable.Point) -> Double {
      hasAccuracy ? 100 * (point.measurement.top1 ?? 0) : point.measurement.loss
    }
    func damage(_ curve: SensitivityTable.Curve) -> Double {
      curve.points.reduce(0) { $0 + (hasAccuracy ? -worth($1) : worth($1)) } / Double(curve.points.count)
    }
    let worst = curves.sorted { damage($0) > damage($1) }.prefix(Self.mostCurves)
    guard !worst.isEmpty else { return }
    document.parts.append(.heading("How much each layer can lose", level: 2))
    let series = worst.map { curve in
      ReportDocument.Plot.Series(
        name: "", points: curve.points.map { ($0.level, worth($0)) }, style: .line,
        labels: Array(repeating: "", count: curve.points.count - 1) + [curve.layers[0]])
    }
    document.parts.append(
      .plot(
        .init(
          title: hasAccuracy ? "Accuracy with one layer narrowed" : "Loss with one layer narrowed",
          summary: "Before the last prune each layer was narrowed by itself, with what is tied to it, on "
            + "\(Quantity.grouped(table.subject.examples)) examples. "
            + (curves.count > worst.count
              ? "Of \(curves.count) such sets the \(worst.count) are shown that lose most." : ""),
          xTitle: "% of the kernels gone", yTitle: hasAccuracy ? "accuracy %" : "loss", series: series,
          xText: { Quantity.significant($0, digits: 2) }, yText: { Quantity.precise($0, digits: 3) })))
  }
}
