package import TerminalUI

/// Which command a key runs on which screen: built once from the tables and the user's keys, and only looked up then.
package struct KeyTables: Sendable, Equatable {
  /// A command with the keys that are in force.
  struct Entry: Sendable {
    let command: Command
    let keys: [Key]
    let heading: String

    /// The entry as footer and help show it, as things stand.
    func binding(_ state: ProgramState) -> Binding {
      Binding(
        command.id, keys, command.title(state), command.help, category: heading,
        sequences: command.places.map { [$0.leader.key, $0.key] },
        disabledReason: command.disabledReason(state), isInFooter: command.isInFooter)
    }
  }

  private struct ScreenTable: Sendable {
    /// In the order of the footer; of two entries with the same key the first one counts.
    let entries: [Entry]
    let commands: [Key: Command]
    /// By what is pressed behind a leader.
    let menus: [LeaderKey: Command]

    init(_ tables: [CommandTable], settings: [String: [Key]]) {
      let usual = tables.flatMap { table in
        table.commands.map { Entry(command: $0, keys: $0.keys, heading: table.title) }
      }
      // The settings were checked when they were read (`readKeySettings`).
      let keys =
        (try? Self.keyMap(usual).remapped(bySome: settings).bindings.map(\.keys)) ?? usual.map(\.keys)
      entries = zip(usual, keys).map { Entry(command: $0.command, keys: $1, heading: $0.heading) }
      commands = Dictionary(
        entries.flatMap { entry in entry.keys.map { ($0, entry.command) } },
        uniquingKeysWith: { first, _ in first })
      menus = Dictionary(
        entries.flatMap { entry in entry.command.places.map { ($0, entry.command) } },
        uniquingKeysWith: { first, _ in first })
    }

    /// The keys alone: what titles and reasons are depends on a state, and keys do not.
    static func keyMap(_ entries: [Entry]) -> KeyMap {
      KeyMap(
        entries.map { entry in
          Binding(
            entry.command.id, entry.keys, "", "", category: entry.heading,
            sequences: entry.command.places.map { [$0.leader.key, $0.key] })
        })
    }
  }

  private let settings: [String: [Key]]
  private let screens: [Screen: ScreenTable]
  /// What holds on every screen.
  private let shared: ScreenTable

  /// The tables with the user's keys, by the id of the command.
  init(_ settings: [String: [Key]]) {
    self.settings = settings
    screens = Dictionary(
      uniqueKeysWithValues: Screen.allCases.map { ($0, ScreenTable(Self.tables(of: $0), settings: settings)) }
    )
    shared = ScreenTable([Running.commands, Everywhere.commands, Moving.commands], settings: settings)
  }

  /// The tables with the usual keys.
  static let usual = KeyTables([:])

  package static func == (a: KeyTables, b: KeyTables) -> Bool { a.settings == b.settings }

  /// The tables that hold on a screen, its own first.
  private static func tables(of screen: Screen) -> [CommandTable] {
    [
      CommandTable(screen.title, screen.feature.commands), Running.commands,
      CommandTable(screen.title, screen.feature.commandsBehindRunning), Everywhere.commands, Moving.commands,
    ]
  }

  /// Checks the keys that a user's settings give to commands, on every screen.
  ///
  /// - Returns: sentences about commands that have no key any more, because a setting gives it to another one.
  /// - Throws: `TerminalUIError.unknownBinding` or `.keyConflict`.
  static func check(_ settings: [String: [Key]]) throws -> [String] {
    for id in settings.keys.sorted() where Command.called(id)?.id != id {
      throw TerminalUIError.unknownBinding(id)
    }
    var notes: [String] = []
    for screen in Screen.allCases {
      let map = ScreenTable.keyMap(usual.entries(on: screen))
      _ = try map.remapped(bySome: settings)
      for lost in map.displaced(bySome: settings) {
        let note = "\(lost.key.name) is \(lost.by) there, so \(lost.id) has no key now (:\(lost.id))."
        if !notes.contains(note) { notes.append(note) }
      }
    }
    return notes
  }

  /// What can be pressed behind a leader on a screen, in the order of the tables.
  func menu(_ leader: Leader, on screen: Screen) -> [(key: Key, entry: Entry)] {
    entries(on: screen).flatMap { entry in
      entry.command.places.filter { $0.leader == leader }.map { ($0.key, entry) }
    }
  }

  /// The command behind a leader on a screen.
  func command(for place: LeaderKey, on screen: Screen) -> Command? { screens[screen]?.menus[place] }

  /// The command that a key runs on other screens, and one of these screens.
  func elsewhere(_ key: Key, than screen: Screen) -> (command: Command, screen: Screen)? {
    Screen.allCases.lazy.filter { $0 != screen }.compactMap { other in
      command(for: key, on: other).map { ($0, other) }
    }.first
  }

  /// The commands that can be run by keys on a screen, in the order of the footer.
  func entries(on screen: Screen) -> [Entry] { screens[screen]?.entries ?? [] }

  /// The bindings that the footer of a screen may show, as things stand.
  func footer(of screen: Screen, _ state: ProgramState) -> KeyMap {
    KeyMap(entries(on: screen).filter(\.command.isInFooter).map { $0.binding(state) })
  }

  /// Every binding of every screen, as things stand: those of one screen first.
  func all(first screen: Screen, _ state: ProgramState) -> KeyMap {
    func own(_ screen: Screen) -> [Entry] { entries(on: screen).filter { $0.heading == screen.title } }
    let others = Screen.allCases.filter { $0 != screen }
    return KeyMap((own(screen) + shared.entries + others.flatMap(own)).map { $0.binding(state) })
  }

  /// The command that a key runs on a screen.
  func command(for key: Key, on screen: Screen) -> Command? { screens[screen]?.commands[key] }
}

extension KeyMap {
  /// The map with those of the user's keys whose bindings are in it.
  fileprivate func remapped(bySome settings: [String: [Key]]) throws -> KeyMap {
    settings.isEmpty ? self : try remapped(by: settings.filter { binding(id: $0.key) != nil })
  }

  fileprivate func displaced(bySome settings: [String: [Key]]) -> [(id: String, key: Key, by: String)] {
    displaced(by: settings.filter { binding(id: $0.key) != nil })
  }
}

extension ProgramState {
  /// The bindings in force on a screen, its own first, with titles and reasons as things stand.
  package func keyMap(for screen: Screen) -> KeyMap {
    KeyMap(keys.entries(on: screen).map { $0.binding(self) })
  }

  /// Every binding of every screen, for the help: the focused screen's first.
  package func allBindings() -> KeyMap { keys.all(first: focus, self) }

  /// Checks the keys that a user's settings give to commands, on every screen.
  ///
  /// - Returns: sentences about commands that have no key any more, because a setting gives it to another one.
  /// - Throws: `TerminalUIError.unknownBinding` or `.keyConflict`.
  @discardableResult
  package static func checkKeySettings(_ settings: [String: [Key]]) throws -> [String] {
    try KeyTables.check(settings)
  }
}
