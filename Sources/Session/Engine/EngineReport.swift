package import Errors

/// What the engine says.
package enum EngineReport: Sendable {
  /// Something changed. The newest snapshot replaces every older one.
  case snapshot(SessionSnapshot)
  /// The answer to `EngineCommand.inspect`.
  case inspected(DataInspection)
  /// The answer to `EngineCommand.compare`.
  case compared(IterationComparison)
  /// The answer to `EngineCommand.export`.
  case exported(Result<Export, CaughtError>)
  /// The other answer to `EngineCommand.export`: it is carried out when what runs is through, and answered once more then.
  case exportAwaited(path: String)
  /// The answer to `EngineCommand.readWeights`.
  case weights(KernelWeights)

  /// What was written, with what reports are made of.
  package struct Export: Sendable {
    /// What the engine wrote: all but the reports.
    package let result: ExportResult
    /// What was asked for.
    package let request: ExportRequest
    /// The tree as it is now.
    package let history: History
    /// What is known of the prunes that led to the current iteration, by the iteration that each made; empty where no report
    /// was asked for.
    package let evidence: [Int: PruneEvidence]
    /// The data, in a line.
    package let data: String?
  }
}
