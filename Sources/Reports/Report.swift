package import Session

/// What was done to a model and what came of it, as a page to hand on: what it is worth for its cost, what is left of each
/// layer and why, what was expected and what came of it, and how to do it again.
package struct Report {
  private let document: ReportDocument

  /// The report in Markdown.
  package var markdown: String { document.markdown }
  /// The report as one HTML page with its plots inside.
  package var html: String { document.html }

  /// A report on an iteration.
  ///
  /// - Parameters:
  ///   - id: the iteration; the current one where `nil`.
  ///   - model: the original's file name.
  ///   - evidence: what is known of the prunes that led to the iteration, by the iteration that each made.
  ///   - commands: what repeats it without a terminal.
  ///   - data: the data, in a line; `nil` without.
  package init(
    on history: History, iteration id: Int? = nil, model: String, evidence: [Int: PruneEvidence] = [:],
    commands: [String] = [], data: String? = nil
  ) {
    let iteration = id.flatMap { history[$0] } ?? history.now
    var writer = ReportWriter(history: history, iteration: iteration, model: model, evidence: evidence)
    writer.addFigures()
    writer.addFronts()
    writer.addWidths()
    writer.addScores()
    writer.addExpectations()
    writer.addRecoveries()
    writer.addTrainings()
    writer.addSensitivity()
    writer.add(commands: commands)
    writer.addCircumstances(data: data)
    document = writer.document
  }
}
