internal import Pruning
internal import TerminalUI

/// What is done with the network: scoring, pruning, training, writing.
enum Running {
  static let commands = CommandTable(
    "Run",
    [
      Command(
        "score", ["r"], "run", "begin scoring, or pause it",
        titleNow: { $0.engine.isScoring ? "pause" : nil },
        disabled: { $0.noModel ?? ($0.engine.isScoring ? nil : $0.noData) ?? $0.mustWait }
      ) { state, _ in [.engine(state.engine.isScoring ? .pauseScoring : .score(state.criterion))] },
      Command(
        "data", ["d"], "data", "choose the data that scores and accuracy are measured on", takesPath: true,
        disabled: \.noModel
      ) { DataDialog.open(&$0, $1) },
      Command(
        "prune", ["P"], "prune", "remove what was chosen, as a new iteration",
        disabled: {
          $0.noModel
            ?? (removesNothing($0.settings) ? "nothing is chosen: set percentages first" : $0.mustWait)
        }
      ) { state, _ in
        confirmPrune(&state)
        return []
      },
      Command(
        "recover", ["b"], "win back", "win back without training what the prune lost",
        disabled: {
          $0.noModel ?? ($0.currentIteration?.parent == nil ? "nothing was pruned yet" : $0.cannotRun)
        },
        completions: { _, _ in RecoveryMethod.allCases.map(\.rawValue) }
      ) { RecoveryDialog.open(&$0, $1) },
      Command(
        "train", ["F"], "train", "train the iteration on the data, to regain what the prune cost",
        disabled: \.cannotRun, completions: { TrainingDialog.completions($0, of: $1) }
      ) { TrainingDialog.open(&$0, $1) },
      Command("auto", ["A"], "auto", "prune step by step to a target", footer: false, disabled: \.cannotRun) {
        $0.beginIterating($1)
      },
      Command(
        "taylor-prune", ["X"], "taylor-prune",
        "remove a few kernels at a time: :taylor-prune 15", footer: false,
        disabled: \.cannotRun
      ) { $0.begin(.taylorPrune, $1, first: "reduction") },
      Command(
        "upsampling-prune", ["W"], "upsampling-prune",
        "prune while the error stays small: :upsampling-prune 10",
        footer: false, disabled: \.cannotRun
      ) { $0.begin(.upsamplingPrune, $1, first: "step-size") },
      Command(
        "export", ["w"], "write", "write the model and its plan to files", takesPath: true,
        disabled: \.noModel
      ) { ExportDialog.open(&$0, $1) },
      Command(
        "adopt", ["H"], "adopt", "take weights that were trained elsewhere: :adopt FILE [PREFIX]",
        footer: false,
        takesPath: true, disabled: { $0.noModel ?? $0.mustWait }
      ) { AdoptDialog.open(&$0, $1) },
      Command(
        "criterion", ["c"], "criterion", "choose how kernels are scored", footer: false, disabled: \.noModel,
        completions: { _, _ in Criterion.allCases.map(\.rawValue) }
      ) { CriterionMenu.open(&$0, $1) },
      Command(
        "scores", ["V"], "scores",
        "score kernels by what your own code writes: :scores FILE, live as it grows",
        footer: false, takesPath: true, disabled: { $0.noModel ?? $0.mustWait }
      ) { ScoresDialog.open(&$0, $1) },
      Command(
        "evaluate", ["E"], "evaluate", "measure accuracy and loss of this iteration", footer: false,
        disabled: \.cannotRun
      ) { _, _ in [.engine(.evaluate)] },
      Command(
        "freeze", ["f"], "freeze", "hold the scores on the screen still while work goes on", footer: false,
        disabled: \.noScores
      ) { state, _ in
        toggleFreeze(&state)
        return []
      },
      Command(
        "discard-scores", ["R"], "discard scores", "forget the scores and begin anew", footer: false,
        disabled: \.noScores
      ) { state, _ in
        confirmDiscard(&state)
        return []
      },
      Command(
        "open-model", [.control("o")], "open", "open another model", footer: false, takesPath: true
      ) { OpenDialog.open(&$0, $1) },
      Command(
        "schedule", ["Y"], "schedule", "the timeline of a schedule; :schedule FILE.yaml opens one",
        footer: false, takesPath: true, disabled: \.noModel
      ) { TimelineOverlay.open(&$0, $1) },
    ])

  /// Whether the settings would remove nothing, as far as they say so themselves.
  private static func removesNothing(_ settings: PruningSettings) -> Bool {
    settings.forced.values.allSatisfy(\.isEmpty)
      && settings.amounts.values.allSatisfy { if case .percent(let share) = $0 { share <= 0 } else { false } }
  }
}
