internal import Datasets
internal import Pruning
internal import TerminalUI

/// What is done with the network: scoring, pruning, training, writing.
enum Running {
  static let commands = CommandTable(
    "Run",
    [
      Command(
        "score", ["r"], "run", "begin scoring, or pause it", menu: "r",
        titleNow: { $0.engine.isScoring ? "pause" : nil },
        disabled: { $0.noModel ?? ($0.engine.isScoring ? nil : $0.noData) ?? $0.mustWait }
      ) { state, _ in [.engine(state.engine.isScoring ? .pauseScoring : .score(state.criterion))] },
      Command(
        "data", ["d"], "data", "choose the data that scores and accuracy are measured on", menu: "d",
        takesPath: true, completed: .data,
        disabled: \.noModel
      ) { DataDialog.open(&$0, $1) },
      Command(
        "prune", ["P"], "prune", "remove what was chosen, as a new iteration", menu: "p",
        disabled: {
          $0.noModel
            ?? (removesNothing($0.settings) ? "nothing is chosen: set percentages first" : $0.cannotPrune)
        }
      ) { state, answer in
        // What recovers then has a line of its own in a script.
        if answer == "yes" { return Array(prune(&state).prefix(1)) }
        confirmPrune(&state)
        return []
      },
      Command(
        "recover", ["b"], "win back", "win back without training what the prune lost", menu: "b",
        disabled: {
          $0.noModel
            ?? ($0.currentIteration?.parent == nil
              ? "nothing was pruned yet" : $0.isTraining ? $0.cannotRun : $0.cannotStandInLine)
        },
        completions: { _, _ in RecoveryMethod.allCases.map { Completion($0.rawValue, $0.hint) } }
      ) { RecoveryDialog.open(&$0, $1) },
      Command(
        "train", ["F"], "train", "train the iteration on the data, to regain what the prune cost", menu: "t",
        disabled: \.cannotStandInLine, completions: { TrainingDialog.completions($0, of: $1) }
      ) { TrainingDialog.open(&$0, $1) },
      Command(
        "auto", ["A"], "auto", "prune step by step to a target", footer: false, menu: "a",
        disabled: \.cannotStandInLine
      ) {
        $0.beginIterating($1)
      },
      Command(
        "taylor-prune", ["X"], "taylor-prune",
        "remove a few kernels at a time: :taylor-prune 15", footer: false, menu: "X",
        disabled: \.cannotStandInLine
      ) { $0.begin(.taylorPrune, $1, first: "reduction") },
      Command(
        "upsampling-prune", ["W"], "upsampling-prune",
        "prune while the error stays small: :upsampling-prune 10",
        footer: false, menu: "W", disabled: \.cannotStandInLine
      ) { $0.begin(.upsamplingPrune, $1, first: "step-size") },
      Command(
        "export", ["w"], "write", "write the model and its plan to files", menu: "w",
        aliases: ["w", "write"],
        takesPath: true,
        disabled: \.noModel
      ) { ExportDialog.open(&$0, $1) },
      Command(
        "adopt", [], "adopt", "take weights that were trained elsewhere: :adopt FILE [PREFIX]",
        footer: false, menu: "A", takesPath: true, disabled: { $0.noModel ?? $0.mustWait }
      ) { AdoptDialog.open(&$0, $1) },
      Command(
        "criterion", ["C"], "criterion", "choose how kernels are scored", footer: false, menu: "c",
        disabled: \.noModel,
        completions: { _, _ in Criterion.allCases.map { Completion($0.rawValue, $0.definition.summary) } }
      ) { CriterionMenu.open(&$0, $1) },
      Command(
        "scores", [], "scores",
        "score kernels by what your own code writes: :scores FILE, live as it grows",
        footer: false, menu: "V", takesPath: true, disabled: { $0.noModel ?? $0.mustWait }
      ) { ScoresDialog.open(&$0, $1) },
      Command(
        "evaluate", ["E"], "evaluate", "measure accuracy and loss of this iteration", footer: false,
        menu: "e",
        disabled: \.cannotStandInLine
      ) { _, _ in [.engine(.evaluate)] },
      JobsOverlay.command,
      Command(
        "pause", [], "pause", "hold what runs, or let it go on", footer: false, menu: "z",
        titleNow: { $0.engine.isPaused ? "go on" : nil },
        disabled: { $0.engine.jobs.isEmpty ? "nothing runs" : nil }
      ) { state, _ in
        state.say(
          state.engine.isPaused ? "What runs goes on." : "What runs is held: Space z lets it go on.")
        return [.engine(.pause(!state.engine.isPaused))]
      },
      Command(
        "freeze", ["H"], "hold", "hold the scores on the screen still while work goes on", footer: false,
        menu: "h",
        disabled: \.noScores
      ) { state, _ in
        toggleFreeze(&state)
        return []
      },
      Command(
        "discard-scores", ["R"], "discard scores", "forget the scores and begin anew", footer: false,
        menu: "R",
        disabled: \.noScores
      ) { state, answer in
        if answer == "yes" { return [.engine(.discardScores)] }
        confirmDiscard(&state)
        return []
      },
      Command(
        "open-model", [.control("o")], "open", "open another model", footer: false, menu: "o",
        aliases: ["edit"], takesPath: true, completed: .models
      ) { OpenDialog.open(&$0, $1) },
      Command(
        "schedule", ["Y"], "schedule", "the timeline of a schedule; :schedule FILE.yaml opens one",
        footer: false, menu: "y", takesPath: true, disabled: \.noModel
      ) { TimelineOverlay.open(&$0, $1) },
    ])

  /// Whether the settings would remove nothing, as far as they say so themselves.
  private static func removesNothing(_ settings: PruningSettings) -> Bool {
    settings.forced.values.allSatisfy(\.isEmpty)
      && settings.amounts.values.allSatisfy { if case .percent(let share) = $0 { share <= 0 } else { false } }
  }
}
