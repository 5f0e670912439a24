package import TerminalUI

/// What the rows of the sheet of iterations can be sorted by.
package struct IterationSortMenu: MenuOverlay {
  package var menu: Menu

  /// The word for the order of the tree.
  static let tree = "tree"

  private static let keys: [IterationFigure: Key] = [
    .number: "n", .title: "b", .accuracy: "a", .loss: "o", .deviation: "d", .parameters: "p", .macs: "m",
    .latency: "y", .size: "f", .made: "w",
  ]

  /// The words that an order goes by, with what they mean.
  static var words: [Completion] {
    [Completion(tree, "what was made of an iteration stands below it")]
      + IterationFigure.allCases.map { Completion($0.rawValue, $0.title) }
  }

  /// Opens the menu, or sorts by what was named.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    let word = argument.lowercased()
    if !word.isEmpty {
      if !sort(&state, word) {
        state.say(
          "Nothing is sorted by \"\(argument)\": write one of \(words.map(\.text).joined(separator: ", ")).",
          .warning)
      }
      return []
    }
    let now = state.iterations.sort?.rawValue ?? tree
    var items = [Menu.Item(tree, "the tree", key: "t", note: now == tree ? "now" : "")]
    for figure in IterationFigure.allCases {
      items.append(
        Menu.Item(
          figure.rawValue, figure.title, key: keys[figure], note: now == figure.rawValue ? "now" : ""))
    }
    state.overlays.append(IterationSortMenu(menu: Menu(title: "Sort by", items: items, selected: now)))
    return []
  }

  /// Sorts by what a word stands for; `false` where it stands for nothing.
  private static func sort(_ state: inout ProgramState, _ word: String) -> Bool {
    let figure = IterationFigure(rawValue: word)
    guard figure != nil || word == tree else { return false }
    IterationsScreen.sort(&state, by: figure, ascending: figure?.isAscendingAtFirst ?? true)
    return true
  }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch menu.handle(event) {
    case .chosen(let word):
      _ = Self.sort(&state, word)
      return .closes()
    case .cancelled: return .closes()
    case .moved, .refused, .ignored: return .stays()
    }
  }
}
