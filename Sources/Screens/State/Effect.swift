package import Datasets

/// What the executable is asked to do: `update` only says so and never does it.
package enum Effect: Sendable, Hashable {
  /// Something that the engine does; its answers are actions.
  case engine(EngineCommand)
  /// Train the current iteration, with options as they were typed; answered by `Action.trainingAnswered`.
  case train(TrainingRequest)
  /// Prune step by step towards a target, with options as they were typed; answered by `Action.iteratingAnswered`.
  case iterate(IterationRequest)
  /// What can follow this beginning of a path; answered by `Action.pathsCompleted`.
  case completePath(prefix: String, of: CompletedFiles = .data)
  /// Look for what can be opened; answered by `Action.startListed`.
  case listStart
  /// Read what is to be said of something that can be opened; answered by `Action.previewed`, unless another one is asked for
  /// meanwhile.
  case preview(StartEntry)
  /// Remember the theme of this name.
  case saveTheme(String)
  /// Remember which panes are shown and how large they are.
  case saveLayout(KeptLayout)
  /// Remember these filters of layers, by their names.
  case saveFilters([String: String])
  /// Keep the record of what was done in the folder of the session.
  case keepRecord([RecordEntry], folder: String)
  /// Write a shell script that repeats the session; answered by `Action.scriptWritten`.
  case writeScript(path: String, ScriptRequest)
  /// Read a script; answered by `Action.scriptRead`.
  case readScript(path: String)
  /// Put a text where the terminal pastes from.
  case copy(String)
  /// Leave.
  case quit

  /// Whether a training that runs would end with it.
  package var endsTraining: Bool {
    switch self {
    case .engine(let command): command.endsTraining
    case .train, .iterate, .quit: true
    case .completePath, .listStart, .preview, .saveTheme, .saveLayout, .saveFilters, .keepRecord,
      .writeScript, .readScript, .copy:
      false
    }
  }
}
