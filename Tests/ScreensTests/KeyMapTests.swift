import Foundation
import Graph
import Pruning
import Screens
import TerminalUI
import Testing

@Suite struct KeyMapTests {
  @Test(arguments: Screen.allCases) func noKeyHasTwoMeaningsOnAScreen(screen: Screen) {
    let map = ProgramState().keyMap(for: screen)
    var seen: [Key: String] = [:]
    for binding in map.bindings {
      for key in binding.keys {
        if let other = seen.updateValue(binding.id, forKey: key) {
          Issue.record("\(key.name) is \(other) and \(binding.id) on \(screen)")
        }
      }
    }
  }

  @Test func anIdNamesOneCommand() {
    for table in Command.tables {
      let ids = table.commands.map(\.id)
      #expect(Set(ids).count == ids.count, "an id stands twice in \(table.title)")
    }
    // Screens may share a command; what they share is the same.
    var known: [String: Command] = [:]
    for command in Command.tables.flatMap(\.commands) {
      let first = known[command.id, default: command]
      known[command.id] = first
      #expect(first.keys == command.keys && first.help == command.help, "\(command.id) has two meanings")
    }
  }

  @Test func everyCommandHasAKeyAndStandsInTheHelp() {
    let listed = ProgramState().allBindings().help().flatMap(\.bindings)
    #expect(Set(listed.map(\.id)) == Set(Command.all.map(\.id)))
    // What needs an argument is for the line alone.
    let withoutKeys = Set(listed.filter { !$0.hasKey }.map(\.id))
    #expect(withoutKeys == ["layer", "pin", "cut", "attach", "script", "source", "tour"])
  }

  /// Whatever screen it is pressed on, a key does the same to what is under the cursor.
  @Test func aKeyMeansOneThingEverywhere() {
    var meanings: [String: Set<String>] = [:]
    for command in Command.all {
      let meaning = command.verb?.rawValue ?? command.id
      let keys = command.keys.map(\.name) + command.places.map { "\($0.leader.key.name) \($0.key.name)" }
      for key in keys { meanings[key, default: []].insert(meaning) }
    }
    for (key, found) in meanings { #expect(found.count == 1, "\(key) is \(found.sorted())") }
    // Leaders and digits are nobody's key.
    for key in ["g", "space"] + (1...9).map(String.init) { #expect(meanings[key] == nil) }
  }

  @Test func digitsShowTheScreensInTheirOrder() throws {
    var store = try TestStore(Sample.small())
    for (index, screen) in Screen.allCases.enumerated() {
      try store.press("g\(index + 1)")
      #expect(store.state.focus == screen)
      #expect(
        store.frame().lines[0].contains("\(index + 1) "), "\(screen.title) is not in the line of screens")
    }
  }

  @Test func theManualNamesTheKeysOfTheTables() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Secateur/Secateur.docc/TheTerminalProgram.md")
    let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
    let screens = lines.compactMap { $0.firstMatch(of: /^\| `(\d)` \| (\w+) \|/) }
    #expect(screens.map { String($0.2) } == Screen.allCases.map(\.title))
    #expect(screens.map { String($0.1) } == Screen.allCases.indices.map { "\($0 + 1)" })
    let commands = lines.compactMap { $0.firstMatch(of: /^\| `([^`]+)`[^|]*\| `:([a-z-]+)/) }
    #expect(commands.count > 5)
    for row in commands {
      let command = try #require(Command.called(String(row.2)), "the manual names :\(row.2)")
      #expect(command.keys.contains(try Key(name: String(row.1))), "\(row.1) is not a key of :\(row.2)")
    }
  }

  @Test func aDisabledBindingTellsItsReason() {
    var store = TestStore()
    store.send(.terminal(.key("P")))
    #expect(store.state.status?.text.contains("No model is open") == true)
    #expect(store.state.keyMap(for: .layers).binding(id: "prune")?.disabledReason == "no model is open")
  }

  @Test func usersGiveBindingsOtherKeys() throws {
    try ProgramState.checkKeySettings(["prune": [.control("p")]])
    var state = ProgramState(keys: ["quit": ["Q"]])
    #expect(update(&state, .terminal(.key("q"))).isEmpty)
    #expect(update(&state, .terminal(.key("Q"))) == [.quit])
    #expect(throws: TerminalUIError.unknownBinding("prunes")) {
      try ProgramState.checkKeySettings(["prunes": ["x"]])
    }
    #expect(throws: TerminalUIError.self) {
      try ProgramState.checkKeySettings(["prune": ["w"], "export": ["w"]])
    }
    // A file of version 0.1 is read: what lost its key by it is named.
    let notes = try ProgramState.checkKeySettings(["toggle-kernel": ["x"]])
    #expect(notes.contains("x is toggle-kernel there, so heat-maps has no key now (:heat-maps).") == false)
    #expect(try ProgramState.checkKeySettings(["prune": ["T"]]).isEmpty, "the theme is behind Space, too")
    #expect(
      try ProgramState.checkKeySettings(["prune": ["S"]]) == [
        "S is prune there, so sort-again has no key now (:sort-again)."
      ])
  }
}
