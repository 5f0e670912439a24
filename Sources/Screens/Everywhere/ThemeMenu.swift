package import TerminalUI

/// The looks to choose from, each previewed while it is selected.
package struct ThemeMenu: MenuOverlay {
  package var menu: Menu
  /// The name of the look that Escape brings back.
  package let before: String

  /// Opens the menu, or puts a look in force by its name.
  static func open(_ state: inout ProgramState, _ name: String) -> [Effect] {
    if name.isEmpty {
      let now = state.theme.name
      let items = state.themes.map { Menu.Item($0.name, $0.name, note: $0.name == now ? "now" : "") }
      state.overlays.append(
        ThemeMenu(menu: Menu(title: "Theme", items: items, selected: now), before: now))
      return []
    }
    guard state.themes.contains(where: { $0.name == name }) else {
      state.say("There is no theme called \"\(name)\": T shows them all.", .warning)
      return []
    }
    preview(&state, name)
    state.followsBackground = false
    return [.saveTheme(name)]
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch menu.handle(event) {
    case .chosen(let name): return .closes(Self.open(&state, name))
    case .cancelled:
      Self.preview(&state, before)
      return .closes()
    case .moved(let name): Self.preview(&state, name)
    case .refused, .ignored: break
    }
    return .stays()
  }

  /// Looks go with every model.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { true }

  fileprivate static func preview(_ state: inout ProgramState, _ name: String) {
    if let found = state.themes.first(where: { $0.name == name }) { state.theme = found }
  }
}

extension ProgramState {
  /// The look of who chose none, where the terminal is light; the first one is for dark ones.
  private static let lightTheme = "paper"

  /// Takes a look that can be read on the terminal's background, unless the user chose one.
  mutating func takeBackground(isLight: Bool) {
    guard followsBackground else { return }
    ThemeMenu.preview(&self, isLight ? Self.lightTheme : themes[0].name)
  }
}
