/// A screen: what it is called and what can be done on it.
package protocol ScreenFeature {
  /// The name in the line of screens, and over its commands in the help.
  static var title: String { get }
  /// The name where the line of screens is short of room.
  static var shortTitle: String { get }
  /// The id of the command that shows it.
  static var id: String { get }
  /// What it shows, for the help.
  static var help: String { get }
  /// What can be done on it, in the order of the footer.
  static var commands: [Command] { get }
  /// More of that, which the footer shows behind what runs.
  static var commandsBehindRunning: [Command] { get }

  /// Gets what it shows ready when it was asked for; returns what has to be done for that.
  static func appear(_ state: inout ProgramState) -> [Effect]
}

extension ScreenFeature {
  package static var shortTitle: String { title }
  package static var id: String { title.lowercased() }
  package static var commands: [Command] { [] }
  package static var commandsBehindRunning: [Command] { [] }
  package static func appear(_ state: inout ProgramState) -> [Effect] { [] }
}
