package import TerminalUI

/// Where a cursor goes. `Graph` has movements of another kind.
package typealias Movement = TerminalUI.Movement

/// A screen: what it is called, what it shows and how it takes keys, the mouse and the engine's news.
///
/// Everything about a screen stands in its own folder; `Screen.allCases` lists them. What it keeps between keys is a
/// `ScreenState` there.
package protocol ScreenFeature: Sendable {
  /// The name in the line of screens, and over its commands in the help.
  static var title: String { get }
  /// The name where the line of screens is short of room.
  static var shortTitle: String { get }
  /// The id of the command that shows it.
  static var id: String { get }
  /// What it shows, for the help.
  static var help: String { get }

  // MARK: Commands

  /// What can be done on it, in the order of the footer.
  static var commands: [Command] { get }
  /// More of that, which the footer shows behind what runs.
  static var commandsBehindRunning: [Command] { get }
  /// What `/` does on it.
  static var filter: RowFilter { get }
  /// Whether percentages that are set here go to the marked layers, and not only to the one under the cursor.
  static var editsMarkedLayers: Bool { get }

  // MARK: Drawing

  /// The title of its pane.
  static func paneTitle(_ state: ProgramState) -> String
  /// What stands in the lower edge of its pane, parted by dots; empty parts are left out.
  static func notes(_ state: ProgramState) -> [String]
  /// What the line above the footer says when nothing happened; `nil` leaves it to the layer under the cursor.
  static func standingMessage(_ state: ProgramState) -> String?
  /// Draws the inside of its pane.
  static func draw(_ state: inout ProgramState, into grid: inout Grid, in inside: Rectangle, isFocused: Bool)

  // MARK: Input

  /// Gets what it shows ready when it was asked for; returns what has to be done for that.
  static func appear(_ state: inout ProgramState) -> [Effect]
  /// Moves in it; `inside` is what its pane's frame leaves, empty where it is not shown.
  static func move(_ state: inout ProgramState, _ movement: Movement, in inside: Rectangle) -> [Effect]
  /// Moves to the left (-1) or to the right (1) in it; `false` goes to the next pane instead.
  static func moveSideways(_ state: inout ProgramState, _ step: Int) -> Bool
  /// Takes a press of the mouse in its pane.
  static func press(_ state: inout ProgramState, x: Int, y: Int, in inside: Rectangle) -> [Effect]
  /// Takes a turn of the wheel over its pane.
  static func scroll(_ state: inout ProgramState, by rows: Int, in inside: Rectangle)
  /// Gives up what Escape ends first, such as a filter; `false` where there is nothing of the kind.
  static func giveUp(_ state: inout ProgramState) -> Bool

  // MARK: Searching

  /// Why nothing can be searched for; `nil` where something can.
  static func searchObstacle(_ state: ProgramState) -> String?
  /// The row from which a search goes on.
  static func searchPlace(_ state: ProgramState) -> Int
  /// Goes to the next row that contains a text, around the ends; `false` where there is none.
  static func find(
    _ state: inout ProgramState, _ text: String, from row: Int, backwards: Bool, includesOrigin: Bool
  ) -> Bool
  /// Goes to a row, or as near to it as there is one.
  static func goTo(_ state: inout ProgramState, row: Int)

  // MARK: News

  /// Follows the engine's news, which are in the state already.
  static func adopt(_ state: inout ProgramState, _ news: News)
}

extension ScreenFeature {
  package static var shortTitle: String { title }
  package static var id: String { title.lowercased() }
  package static var commands: [Command] { [] }
  /// Targets and settings are for the whole network, wherever one is.
  package static var commandsBehindRunning: [Command] { [LayersScreen.target, LayersScreen.set] }
  package static var filter: RowFilter { .none("there is nothing to filter") }
  package static var editsMarkedLayers: Bool { false }
  package static func paneTitle(_ state: ProgramState) -> String { title }
  package static func notes(_ state: ProgramState) -> [String] { [] }
  package static func standingMessage(_ state: ProgramState) -> String? { nil }
  package static func appear(_ state: inout ProgramState) -> [Effect] { [] }
  package static func move(_ state: inout ProgramState, _ movement: Movement, in inside: Rectangle)
    -> [Effect]
  { [] }
  package static func moveSideways(_ state: inout ProgramState, _ step: Int) -> Bool { false }
  package static func press(_ state: inout ProgramState, x: Int, y: Int, in inside: Rectangle) -> [Effect] {
    []
  }
  package static func scroll(_ state: inout ProgramState, by rows: Int, in inside: Rectangle) {}
  package static func giveUp(_ state: inout ProgramState) -> Bool { false }
  package static func adopt(_ state: inout ProgramState, _ news: News) {}
  package static func searchObstacle(_ state: ProgramState) -> String? { "there is nothing to search" }
  package static func searchPlace(_ state: ProgramState) -> Int { 0 }
  package static func find(
    _ state: inout ProgramState, _ text: String, from row: Int, backwards: Bool, includesOrigin: Bool
  ) -> Bool { false }
  package static func goTo(_ state: inout ProgramState, row: Int) {}
}

/// What `f` on a screen.
package enum RowFilter: Sendable {
  /// Only rows that fit a text are shown.
  case text(Text)
  /// Nothing, for this reason.
  case none(String)

  /// How rows are filtered; `nil` where they are not.
  var text: Text? { if case .text(let text) = self { text } else { nil } }

  /// Why they are not; `nil` where they are.
  var reason: String? { if case .none(let reason) = self { reason } else { nil } }

  /// How rows are filtered by a text.
  package struct Text: Sendable {
    /// The screen whose rows are filtered, which gets the focus; `nil` for the one that has it.
    var screen: Screen?
    /// The text in force.
    let value: @Sendable (ProgramState) -> String
    /// Puts a text in force, while it is typed.
    let set: @Sendable (inout ProgramState, String) -> Void
  }
}

// MARK: Tables

/// A screen whose pane holds a table with a cursor.
package protocol TableScreen: ScreenFeature {
  /// Where the cursor is kept.
  static var list: any WritableKeyPath<ProgramState, ListState> & Sendable { get }
  /// The table at a width.
  static func table(_ state: ProgramState, width: Int) -> Table
  /// How many rows it has.
  static func count(_ state: ProgramState) -> Int
  /// The part of the pane that the table takes; the rest is for totals and plots.
  static func tableArea(_ state: ProgramState, in inside: Rectangle) -> Rectangle
  /// Draws what stands beside the table, or below it.
  static func drawRest(
    _ state: ProgramState, into grid: inout Grid, beside table: Rectangle, in inside: Rectangle)
  /// Has what depends on the cursor follow it.
  static func followCursor(_ state: inout ProgramState) -> [Effect]
  /// Takes a press on the head of a column.
  static func press(_ state: inout ProgramState, head column: String) -> [Effect]
  /// What a row is searched by; `nil` where rows have no text of their own.
  static func searchText(_ state: ProgramState, row: Int) -> String?
}

extension TableScreen {
  package static func tableArea(_ state: ProgramState, in inside: Rectangle) -> Rectangle { inside }
  package static func drawRest(
    _ state: ProgramState, into grid: inout Grid, beside table: Rectangle, in inside: Rectangle
  ) {}
  package static func followCursor(_ state: inout ProgramState) -> [Effect] { [] }
  package static func press(_ state: inout ProgramState, head column: String) -> [Effect] { [] }
  package static func searchText(_ state: ProgramState, row: Int) -> String? { nil }

  package static func searchObstacle(_ state: ProgramState) -> String? {
    count(state) > 0 && searchText(state, row: 0) != nil ? nil : "there is nothing to search"
  }

  package static func searchPlace(_ state: ProgramState) -> Int { state[keyPath: list].selected }

  package static func find(
    _ state: inout ProgramState, _ text: String, from row: Int, backwards: Bool, includesOrigin: Bool
  ) -> Bool {
    let (count, needle, now) = (count(state), text.lowercased(), state)
    guard count > 0, !needle.isEmpty else { return false }
    for step in (includesOrigin ? 0 : 1)...count {
      let index = ((row + (backwards ? -step : step)) % count + count) % count
      guard searchText(now, row: index)?.lowercased().contains(needle) == true else { continue }
      goTo(&state, row: index)
      return true
    }
    return false
  }

  package static func goTo(_ state: inout ProgramState, row: Int) {
    state[keyPath: list].selected = max(0, min(count(state) - 1, row))
    _ = followCursor(&state)
  }

  package static func draw(
    _ state: inout ProgramState, into grid: inout Grid, in inside: Rectangle, isFocused: Bool
  ) {
    let area = tableArea(state, in: inside)
    table(state, width: area.width).draw(
      into: &grid, in: area, state: &state[keyPath: list], isFocused: isFocused)
    drawRest(state, into: &grid, beside: area, in: inside)
  }

  package static func move(_ state: inout ProgramState, _ movement: Movement, in inside: Rectangle)
    -> [Effect]
  {
    state[keyPath: list].move(movement, count: count(state), page: Table.page(in: inside))
    return followCursor(&state)
  }

  package static func press(_ state: inout ProgramState, x: Int, y: Int, in inside: Rectangle) -> [Effect] {
    let area = tableArea(state, in: inside)
    switch table(state, width: area.width).hit(x: x, y: y, in: area, state: state[keyPath: list]) {
    case .row(let row):
      state[keyPath: list].selected = row
      return followCursor(&state)
    case .header(let column): return press(&state, head: column)
    case nil: return []
    }
  }

  package static func scroll(_ state: inout ProgramState, by rows: Int, in inside: Rectangle) {
    let page = Table.page(in: tableArea(state, in: inside))
    state[keyPath: list].scroll(by: rows, count: count(state), page: page)
    _ = followCursor(&state)
  }
}
