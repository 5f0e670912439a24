package import TerminalUI

/// What the rows of the table of layers can be sorted by.
package struct SortMenu: MenuOverlay {
  package var menu: Menu

  /// Opens the menu, or sorts by what was named.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    if let sort = LayerSort.allCases.first(where: { $0.word == argument.lowercased() }) {
      LayersScreen.sort(&state, by: sort, ascending: sort.isAscendingAtFirst)
      return []
    }
    let now = state.layers.sort
    let keys: [Key] = ["o", "n", "k", "p", "t", "s", "a", "m", "A", "M", "g"]
    let items = zip(LayerSort.allCases, keys).map { sort, key in
      Menu.Item(sort.rawValue, sort.title, key: key, note: sort == now ? "now" : "")
    }
    state.overlays.append(SortMenu(menu: Menu(title: "Sort by", items: items, selected: now.rawValue)))
    return []
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch menu.handle(event) {
    case .chosen(let id):
      if let sort = LayerSort(rawValue: id) {
        LayersScreen.sort(&state, by: sort, ascending: sort.isAscendingAtFirst)
      }
      return .closes()
    case .cancelled: return .closes()
    case .moved, .refused, .ignored: return .stays()
    }
  }
}
