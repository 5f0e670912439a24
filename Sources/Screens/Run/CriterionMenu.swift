internal import Pruning
package import TerminalUI

/// How kernels can be scored.
package struct CriterionMenu: MenuOverlay {
  package var menu: Menu

  /// Opens the menu, or begins to score by the criterion of this name.
  static func open(_ state: inout ProgramState, _ name: String) -> [Effect] {
    if name.isEmpty {
      let now = state.engine.scores.value?.criterion
      let hasData = state.engine.data != nil
      let items = Criterion.allCases.map { criterion in
        Menu.Item(
          criterion.rawValue, criterion.rawValue,
          note: (criterion == now ? "now · " : "") + criterion.definition.summary,
          disabledReason: criterion.needsData && !hasData
            ? "choose data first (d)"
            : criterion == .external && state.engine.scoresPath == nil
              ? "read them first (:scores FILE)" : nil)
      }
      let selected = (now ?? state.criterion).rawValue
      state.overlays.append(
        CriterionMenu(menu: Menu(title: "Score kernels by", items: items, selected: selected)))
      return []
    }
    guard let chosen = Criterion(rawValue: name) else {
      state.say("There is no criterion called \"\(name)\": C shows them all.", .warning)
      return []
    }
    if chosen.needsData, state.engine.data == nil {
      state.say("\(name) needs data: choose them with d.", .warning)
      return []
    }
    if chosen == .external {
      guard let path = state.engine.scoresPath else {
        state.say("external needs scores: read them with :scores FILE.", .warning)
        return []
      }
      state.criterion = chosen
      return [.engine(.readScores(path: path))]
    }
    state.criterion = chosen
    return [.engine(.score(chosen))]
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch menu.handle(event) {
    case .chosen(let id): return .closes(Self.open(&state, id))
    case .refused(let reason): state.say("\(reason).", .warning)
    case .cancelled: return .closes()
    case .moved, .ignored: break
    }
    return .stays()
  }
}
