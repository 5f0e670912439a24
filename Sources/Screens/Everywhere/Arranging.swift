internal import TerminalUI

/// Which panes are shown, and how large they are.
enum Arranging {
  static let commands: [Command] = [
    Command(
      "layout", [.control("w")], "layout",
      "show other panes beside each other: each press the next arrangement", footer: false, menu: "L",
      completions: { _, _ in Arrangement.allCases.map { Completion($0.rawValue, $0.help) } }
    ) { arrange(&$0, $1) },
    Command(
      "divider-left", ["<"], "border left", "move the border between panes to the left, or up", footer: false,
      takesCount: true, disabled: noDivider
    ) { move(&$0, -1, $1) },
    Command(
      "divider-right", [">"], "border right", "move the border between panes to the right, or down",
      footer: false, takesCount: true, disabled: noDivider
    ) { move(&$0, 1, $1) },
  ]

  @Sendable private static func noDivider(_ state: ProgramState) -> String? {
    state.layout.dividers.isEmpty ? "there is one pane; ^W shows others beside it" : nil
  }

  /// Shows the arrangement of a name, or the next one.
  private static func arrange(_ state: inout ProgramState, _ name: String) -> [Effect] {
    let all = Arrangement.allCases
    let next = ((all.firstIndex(of: state.arrangement) ?? 0) + 1) % all.count
    guard let chosen = name.isEmpty ? all[next] : Arrangement(rawValue: name.lowercased()) else {
      state.say(
        "There is no layout \"\(name)\": there are \(all.map(\.rawValue).joined(separator: ", ")).", .warning)
      return []
    }
    state.arrangement = chosen
    state.dividerShift = DividerShift()
    state.isMaximized = false
    if let companion = chosen.companion, state.focus != companion { state.focus = .layers }
    state.say("Layout: \(chosen.help). ^W shows the next one.")
    return KernelsScreen.neededWeights(state)
  }

  /// Moves the border that the pane under the cursor has with another.
  private static func move(_ state: inout ProgramState, _ step: Int, _ count: String) -> [Effect] {
    let times = step * Command.times(count)
    guard let divider = state.layout.dividers.first else { return [] }
    move(&state, divider, by: divider.isVertical ? 4 * times : times)
    return []
  }

  /// Moves a border by columns or rows, as far as panes stay readable.
  static func move(_ state: inout ProgramState, _ divider: ScreenLayout.Divider, by distance: Int) {
    let place = divider.place + distance
    let bounded = max(divider.range.lowerBound, min(divider.range.upperBound, place)) - divider.place
    if divider.isVertical {
      state.dividerShift.columns += bounded
    } else {
      state.dividerShift.rows += bounded
    }
    if bounded == 0 { state.say("The border is as far as it goes.") }
  }
}
