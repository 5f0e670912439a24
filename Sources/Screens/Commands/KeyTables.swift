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
        disabledReason: command.disabledReason(state), isInFooter: command.isInFooter)
    }
  }

  private struct ScreenTable: Sendable {
    /// In the order of the footer; of two entries with the same key the first one counts.
    let entries: [Entry]
    let commands: [Key: Command]

    init(_ tables: [CommandTable], settings: [String: [Key]]) {
      let usual = tables.flatMap { table in
        table.commands.map { Entry(command: $0, keys: $0.keys, heading: table.title) }
      }
      // The settings were checked when they were read (`checkKeySettings`).
      let keys =
        (try? Self.keyMap(usual).remapped(bySome: settings).bindings.map(\.keys)) ?? usual.map(\.keys)
      entries = zip(usual, keys).map { Entry(command: $0.command, keys: $1, heading: $0.heading) }
      commands = Dictionary(
        entries.flatMap { entry in entry.keys.map { ($0, entry.command) } },
        uniquingKeysWith: { first, _ in first })
    }

    /// The keys alone: what titles and reasons are depends on a state, and keys do not.
    static func keyMap(_ entries: [Entry]) -> KeyMap {
      KeyMap(entries.map { Binding($0.command.id, $0.keys, "", "", category: $0.heading) })
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
    let own = screen.feature.commands
    // Where a screen has a key for something of its own, the run's meaning is left to its name (`:criterion`).
    let taken = Set(own.flatMap(\.keys))
    let running = Running.commands.commands.filter { taken.isDisjoint(with: $0.keys) }
    return [
      CommandTable(screen.title, own), CommandTable(Running.commands.title, running),
      CommandTable(screen.title, screen.feature.commandsBehindRunning), Everywhere.commands, Moving.commands,
    ]
  }

  /// Checks the keys that a user's settings give to commands, on every screen.
  ///
  /// - Throws: `TerminalUIError.unknownBinding` or `.keyConflict`.
  static func check(_ settings: [String: [Key]]) throws {
    for id in settings.keys.sorted() where Command.called(id) == nil {
      throw TerminalUIError.unknownBinding(id)
    }
    for screen in Screen.allCases {
      _ = try ScreenTable.keyMap(usual.entries(on: screen)).remapped(bySome: settings)
    }
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
  /// - Throws: `TerminalUIError.unknownBinding` or `.keyConflict`.
  package static func checkKeySettings(_ settings: [String: [Key]]) throws {
    try KeyTables.check(settings)
  }
}
