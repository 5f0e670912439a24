package import Errors
package import TerminalUI

/// What the user or the engine did.
package enum Action: Sendable, Equatable {
  /// A key, the mouse, pasted text or a new size of the screen.
  case terminal(Event)
  /// A command by the id of its binding, as the `:` line and tests name it, with what was typed after it.
  case command(id: String, argument: String = "")
  /// The engine has news.
  case engineReported(SessionSnapshot)
  /// The answer to `EngineCommand.inspect`.
  case dataInspected(DataInspection)
  /// The answer to `Effect.completePath`: whole paths, folders ending in `/`.
  case pathsCompleted(prefix: String, candidates: [String])
  /// The answer to `Effect.listStart`.
  case startListed([StartEntry])
  /// The answer to `Effect.preview`: what stands there, or why it cannot be opened.
  case previewed(StartEntry, Result<ModelPreview, CaughtError>)
  /// The answer to `EngineCommand.export`: what was written, or why nothing was.
  case exported(Result<ExportResult, CaughtError>)
  /// The other answer to it: it is written when what runs is through, and another answer comes then.
  case exportAwaited(path: String)
  /// The answer to `Effect.train`.
  case trainingAnswered(TrainingAnswer)
  /// The answer to `Effect.iterate`: what is wrong with it; `nil` where the steps begin.
  case iteratingAnswered(problem: String?)
  /// The answer to `EngineCommand.compare`.
  case compared(IterationComparison)
  /// The answer to `Effect.readScript`, or a script that was given at the start: its lines, or why there are none.
  case scriptRead(path: String, Result<[String], CaughtError>)
  /// The answer to `Effect.writeScript`: what the script leaves out, or why there is none.
  case scriptWritten(path: String, Result<[String], CaughtError>)
  /// What was done in the session before, as it was kept.
  case recordRead([RecordEntry])
  /// The answer to `EngineCommand.readWeights`.
  case weightsRead(KernelWeights)
}
