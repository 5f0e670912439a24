internal import Datasets
package import TerminalUI

/// Something that can be done: what it is called, which keys run it, why it cannot run now, and what it does.
///
/// Footer, palette, keys and completions are read off tables of commands. A table stands beside the screen that it is about, or
/// in `Everywhere`, `Moving` or `Running`.
///
/// A key means one thing on all screens: commands of several screens that do the same to what is under the cursor share a
/// `verb`, and may share a key.
package struct Command: Sendable {
  /// What keys, the `:` line and the user's settings know it by.
  package let id: String
  /// The keys that run it, unless the user chose others; the footer shows the first.
  package let keys: [Key]
  /// Where it stands in the menus that a leader opens.
  package let places: [LeaderKey]
  /// What it does to whatever is under the cursor, where other screens have a command that does the same.
  package let verb: Verb?
  /// Other names that it is known by behind the colon, such as `w`.
  package let aliases: [String]
  /// Whether a number that was typed before its key is its argument: `12j`, `30%`, `42G`.
  package let takesCount: Bool
  /// One sentence, for the help.
  package let help: String
  /// Whether the footer shows it, room permitting.
  package let isInFooter: Bool
  /// Whether the argument is the path of a file, which Tab completes.
  let takesPath: Bool
  /// Which files that is completed to.
  let completed: CompletedFiles

  private let usualTitle: String
  private let titleNow: @Sendable (ProgramState) -> String?
  private let reason: @Sendable (ProgramState) -> String?
  private let reasonWithArgument: (@Sendable (ProgramState) -> String?)?
  private let completing: @Sendable (ProgramState, String) -> [Completion]
  private let act: @Sendable (inout ProgramState, String) -> [Effect]

  /// A command from its parts.
  ///
  /// - Parameters:
  ///   - title: One or two words, for the footer.
  ///   - titleNow: Another title that holds as things stand; `nil` where the usual one does.
  ///   - disabled: Why it cannot run now, as half a sentence; `nil` if it can.
  ///   - disabledWithArgument: The same where an argument was typed, if that makes a difference.
  ///   - completions: Whole arguments that can stand instead of what was typed of one, with what they mean.
  ///   - act: What it does with the argument, which is empty where none was typed.
  init(
    _ id: String, _ keys: [Key], _ title: String, _ help: String, footer isInFooter: Bool = true,
    verb: Verb? = nil, menu: Key? = nil, go: Key? = nil, aliases: [String] = [], takesCount: Bool = false,
    takesPath: Bool = false, completed: CompletedFiles = .all,
    titleNow: @escaping @Sendable (ProgramState) -> String? = { _ in nil },
    disabled: @escaping @Sendable (ProgramState) -> String? = { _ in nil },
    disabledWithArgument: (@Sendable (ProgramState) -> String?)? = nil,
    completions: @escaping @Sendable (ProgramState, String) -> [Completion] = { _, _ in [] },
    act: @escaping @Sendable (inout ProgramState, String) -> [Effect]
  ) {
    self.id = id
    self.keys = keys
    self.help = help
    self.verb = verb
    self.aliases = aliases
    self.takesCount = takesCount
    places = [menu.map { LeaderKey(.menu, $0) }, go.map { LeaderKey(.go, $0) }].compactMap { $0 }
    self.isInFooter = isInFooter
    self.takesPath = takesPath
    self.completed = completed
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
  func completions(_ state: ProgramState, of typed: String) -> [Completion] {
    completing(state, typed).filter { $0.text.hasPrefix(typed) }
  }

  /// Whether something can be typed behind its name that is completed.
  func takesArgument(_ state: ProgramState) -> Bool { takesPath || !completing(state, "").isEmpty }

  /// How often something is done by the number that was typed before a key: once without one, and no more than anyone
  /// would see a difference of.
  static func times(_ count: String) -> Int { min(10_000, max(1, Int(count) ?? 1)) }

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

  private static let byID = Dictionary(
    all.flatMap { command in ([command.id] + command.aliases).map { ($0, command) } },
    uniquingKeysWith: { first, _ in first })

  /// The command of this id, or of this other name; `nil` if there is none.
  package static func called(_ id: String) -> Command? { byID[id] }
}

/// An argument that can be typed, and what it means.
package struct Completion: Sendable, Hashable, ExpressibleByStringInterpolation {
  package let text: String
  package let help: String

  package init(_ text: String, _ help: String = "") {
    (self.text, self.help) = (text, help)
  }

  package init(stringLiteral text: String) { self.init(text) }
}

/// What is done to whatever is under the cursor, on several screens.
package enum Verb: String, Sendable, Hashable {
  /// Goes on with it: opens a layer, goes to an iteration, measures a layer.
  case open
  /// Marks it.
  case mark
  /// Has it stay, whatever its score: a layer is protected, a kernel pinned.
  case protect
  /// Puts the rows into another order.
  case sort
  /// Turns their order round.
  case invertSort
  /// Marks all rows that are shown, or none.
  case markAll
  /// Marks the rows that are not marked.
  case markOthers
  /// Says something about it exactly: an amount, a name.
  case edit
  /// Shares a target out over the layers.
  case target
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
