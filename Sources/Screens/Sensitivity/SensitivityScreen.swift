internal import Pruning
internal import TerminalUI

/// What pruning each layer by itself does.
enum SensitivityScreen: ScreenFeature {
  static let title = "Sensitivity"
  static let shortTitle = "Sens"
  static let help = "what pruning each layer by itself does"

  static let commands: [Command] =
    [
      Command(
        "measure", [.enter], "measure", "measure what pruning each layer by itself does, or go on with that",
        disabled: \.cannotRun
      ) { $0.measureSensitivity($1) },
      Command(
        "suggest", ["t"], "suggest", "percentages from the curves, for a target",
        disabled: {
          $0.noModel
            ?? (($0.sensitivity?.completeCount ?? 0) == 0 ? "no curve is measured yet (:measure)" : nil)
        },
        completions: { _, _ in SuggestionTarget.allCases.map { $0.rawValue + " " } }
      ) {
        $0.beginSuggestion($1)
        return []
      },
    ] + Percentages.commands + [LayersScreen.explain]
}
