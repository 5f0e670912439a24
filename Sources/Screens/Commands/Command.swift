package import TerminalUI

/// Something that can be done: what it is called, which keys run it, why it cannot run now, and what it does.
///
/// Footer, help, keys, the `:` line and its completions are read off tables of commands. A table stands beside the screen
/// that it is about, or in `Everywhere`, `Moving` or `Running`.
package struct Command: Sendable {
  /// What keys, the `:` line and the user's settings know it by.
  package let id: String
  /// The keys that run it, unless the user chose others; the footer shows the first.
  package let keys: [Key]
  /// One sentence, for the help.
  package let help: String
  /// Whether the footer shows it, room permitting.
  package let isInFooter: Bool
  /// Whether the argument is the path of a file, which Tab completes.
  let takesPath: Bool

  private let usualTitle: String
  private let titleNow: @Sendable (ProgramState) -> String?
  private let reason: @Sendable (ProgramState) -> String?
  private let reasonWithArgument: (@Sendable (ProgramState) -> String?)?
  private let completing: @Sendable (ProgramState, String) -> [String]
  private let act: @Sendable (inout ProgramState, String) -> [Effect]

  /// A command from its parts.
  ///
  /// - Parameters:
  ///   - title: One or two words, for the footer.
  ///   - titleNow: Another title that holds as things stand; `nil` where the usual one does.
  ///   - disabled: Why it cannot run now, as half a sentence; `nil` if it can.
  ///   - disabledWithArgument: The same where an argument was typed, if that makes a difference.
  ///   - completions: Whole arguments that can stand instead of what was typed of one.
  ///   - act: What it does with the argument, which is empty where none was typed.
  init(
    _ id: String, _ keys: [Key], _ title: String, _ help: String, footer isInFooter: Bool = true,
    takesPath: Bool = false,
    titleNow: @escaping @Sendable (ProgramState) -> String? = { _ in nil },
    disabled: @escaping @Sendable (ProgramState) -> String? = { _ in nil },
    disabledWithArgument: (@Sendable (ProgramState) -> String?)? = nil,
    completions: @escaping @Sendable (ProgramState, String) -> [String] = { _, _ in [] },
    act: @escaping @Sendable (inout ProgramState, String) -> [Effect]
  ) {
    self.id = id
    self.keys = keys
    self.help = help
    self.isInFooter = isInFooter
    self.takesPath = takesPath
    usualTitle = title
    self.titleNow = titleNow
    reason = disabled
    reasonWithArgument = disabledWithArgument
    completing = completions
    self.act = act
  }

  /// What the footer calls it now.
  func title(_ state: ProgramState) -> String { titleNow(state) ?? usualTitle }

  /// Why it cannot run now; `nil` if it can.
  package func disabledReason(_ state: ProgramState, argument: String = "") -> String? {
    if let reasonWithArgument, !argument.isEmpty { return reasonWithArgument(state) }
    return reason(state)
  }

  /// The arguments that begin with what was typed of one.
  func completions(_ state: ProgramState, of typed: String) -> [String] {
    completing(state, typed).filter { $0.hasPrefix(typed) }
  }

  /// Carries it out, or says why it cannot run now.
  func run(_ state: inout ProgramState, argument: String) -> [Effect] {
    if let reason = disabledReason(state, argument: argument) {
      state.say(reason.capitalizedFirst + ".", .warning)
      return []
    }
    return act(&state, argument)
  }
}

// MARK: All of them

/// Commands under one heading of the help.
package struct CommandTable: Sendable {
  package let title: String
  package let commands: [Command]

  init(_ title: String, _ commands: [Command]) {
    self.title = title
    self.commands = commands
  }
}

extension Command {
  /// Every table: those that hold everywhere, and those of the screens.
  package static let tables: [CommandTable] =
    [Everywhere.commands, Moving.commands, Running.commands]
    + Screen.allCases.map { CommandTable($0.title, $0.feature.commands + $0.feature.commandsBehindRunning) }

  /// Every command once, in the order of the tables; several screens may share one.
  package static let all: [Command] = {
    var seen: Set<String> = []
    return tables.flatMap(\.commands).filter { seen.insert($0.id).inserted }
  }()

  private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })

  /// The command of this id; `nil` if there is none.
  package static func called(_ id: String) -> Command? { byID[id] }
}

extension ProgramState {
  /// Carries a command out, or says why it cannot run now.
  mutating func run(_ id: String, argument: String = "") -> [Effect] {
    guard let command = Command.called(id) else {
      say("There is no command called \"\(id)\". Type : and Tab to see them all.", .warning)
      return []
    }
    return command.run(&self, argument: argument)
  }
}
