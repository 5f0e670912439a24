internal import Pruning
internal import TerminalUI

/// How much of layers goes. Several screens offer these commands.
enum Percentages {
  static let commands: [Command] = [
    Command(
      "percent-up", ["+"], "more", "prune 1 % more of the layer, or of the marked layers", takesCount: true,
      disabled: reason
    ) { state, count in nudge(&state, by: Double(count) ?? 1) },
    Command("percent-down", ["-"], "less", "prune 1 % less", takesCount: true, disabled: reason) {
      state, count in nudge(&state, by: -(Double(count) ?? 1))
    },
    Command(
      "percent-up-10", ["]"], "10% more", "prune 10 % more", footer: false, takesCount: true, disabled: reason
    ) { state, count in nudge(&state, by: 10 * (Double(count) ?? 1)) },
    Command(
      "percent-down-10", ["["], "10% less", "prune 10 % less", footer: false, takesCount: true,
      disabled: reason
    ) { state, count in nudge(&state, by: -10 * (Double(count) ?? 1)) },
    Command(
      "percent", ["%"], "so many %", "prune so many per cent: 30%", footer: false, takesCount: true,
      disabled: reason
    ) { AmountDialog.open(&$0, $1) },
    Command("percent-zero", ["0"], "keep all", "prune nothing of the layer", footer: false, disabled: reason)
    {
      state, _ in setAmount(&state, .percent(0), of: editedLayers(state))
    },
    Command(
      "amount", ["e", "="], "exact", "say exactly how much: 25 or 25%, or 48k for 48 kernels kept",
      verb: .edit,
      disabled: reason
    ) { AmountDialog.open(&$0, $1) },
  ]

  /// Why percentages cannot be set.
  @Sendable private static func reason(_ state: ProgramState) -> String? {
    if let reason = state.noModel { return reason }
    if state.focus == .layers, !state.layers.marked.isEmpty || state.layers.rangeStart != nil { return nil }
    return state.notPrunable
  }
}
