package import TerminalUI

/// A key behind which a menu of others pops up.
package enum Leader: String, Sendable, Hashable, CaseIterable {
  /// Goes somewhere.
  case go
  /// Does something with the network, or with the program.
  case menu

  /// The key that opens it.
  package var key: Key {
    switch self {
    case .go: "g"
    case .menu: .space
    }
  }

  /// What stands over its menu.
  var title: String {
    switch self {
    case .go: "Go to"
    case .menu: "Do"
    }
  }
}

/// A key behind a leader.
package struct LeaderKey: Sendable, Hashable {
  package let leader: Leader
  package let key: Key

  init(_ leader: Leader, _ key: Key) {
    (self.leader, self.key) = (leader, key)
  }
}

/// What was pressed of a command that takes several keys: a number, a leader.
package struct PendingKeys: Sendable, Hashable {
  /// The number so far, which is the argument of the command that follows; `nil` where none was typed.
  package var count: Int?
  /// The leader whose menu is shown.
  package var leader: Leader?

  package init() {}

  package var isEmpty: Bool { count == nil && leader == nil }

  /// Larger numbers are meant for nothing.
  private static let largest = 1_000_000

  /// Takes a digit into the number; `false` for other keys, and for a zero that begins none.
  fileprivate mutating func take(_ key: Key) -> Bool {
    guard leader == nil, let scalar = key.typed, ("0"..."9").contains(scalar), count != nil || scalar != "0"
    else {
      return false
    }
    count = min(Self.largest, (count ?? 0) * 10 + Int(scalar.value - 48))
    return true
  }
}

extension ProgramState {
  /// Runs what a key stands for, with the keys before it.
  mutating func press(_ key: Key) -> [Effect] {
    if let leader = pending.leader { return press(key, behind: leader) }
    if pending.count != nil, key == .escape {
      pending = PendingKeys()
      return []
    }
    let command = keys.command(for: key, on: focus)
    if pending.count != nil || command == nil, pending.take(key) {
      say(countMessage)
      return []
    }
    if command == nil, let leader = Leader.allCases.first(where: { $0.key == key }) {
      pending.leader = leader
      return []
    }
    guard let command else {
      pending = PendingKeys()
      sayUnbound(key)
      return []
    }
    return run(command)
  }

  private mutating func press(_ key: Key, behind leader: Leader) -> [Effect] {
    pending.leader = nil
    guard let command = keys.command(for: LeaderKey(leader, key), on: focus) else {
      pending = PendingKeys()
      if key != .escape {
        say(
          "\(label([leader.key, key])) means nothing here. \(label([leader.key])) shows what can follow.",
          .warning)
      }
      return []
    }
    return run(command)
  }

  /// Runs a command with the number that was typed before its key.
  private mutating func run(_ command: Command) -> [Effect] {
    let count = pending.count
    pending = PendingKeys()
    guard let count else { return command.run(&self, argument: "") }
    guard command.takesCount else {
      say("\(command.title(self).capitalizedFirst) takes no number: nothing was done.", .warning)
      return []
    }
    return command.run(&self, argument: String(count))
  }

  private var countMessage: String {
    let count = pending.count ?? 0
    var text = "\(count): then j or k moves so many rows, % prunes so many per cent, G goes to the row."
    if count <= Screen.allCases.count {
      text += " g\(count) shows \(Screen.allCases[max(0, count - 1)].title)."
    }
    return text
  }

  /// Says that a key is not bound, and where it is.
  private mutating func sayUnbound(_ key: Key) {
    let name = label([key])
    if let (command, screen) = keys.elsewhere(key, than: focus) {
      say(
        "\(name) does nothing in \(focus.title); in \(screen.title) it is \"\(command.title(self))\". ? shows what can be done here.",
        .warning)
    } else {
      say("\(name) does nothing. ? shows what can be done here.", .warning)
    }
  }

  private func label(_ keys: [Key]) -> String {
    keys.map { $0 == .space ? "Space" : $0.label(usesASCII ? .ascii : .unicode) }.joined(separator: " ")
  }
}
