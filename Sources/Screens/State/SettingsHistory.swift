package import Pruning

/// A target that percentages were proposed for, until one of them is set by hand.
package struct Pursuit: Sendable, Hashable {
  package var target: Target
  package var scope: Scope
}

/// What was chosen for one iteration, as a log of commands that can be undone and redone.
package struct SettingsHistory: Sendable, Hashable {
  /// A change with what it led from and to.
  package struct Entry: Sendable, Hashable {
    /// What was done: `40% of conv1`.
    package var title: String
    /// The settings before.
    package var before: PruningSettings
    /// The settings after.
    package var after: PruningSettings
    /// The target that stands then.
    package var pursuit: Pursuit?
  }

  /// What was done, oldest first, including what was undone and can be redone.
  package private(set) var entries: [Entry] = []
  /// How many of the entries are in force.
  package private(set) var position = 0
  /// The settings that the history begins with.
  package let initial: PruningSettings

  /// A history that begins with these settings.
  package init(initial: PruningSettings = PruningSettings()) {
    self.initial = initial
  }

  /// The settings in force.
  package var current: PruningSettings { position > 0 ? entries[position - 1].after : initial }

  /// The target that stands; `nil` where amounts are as they were set by hand.
  package var pursuit: Pursuit? { position > 0 ? entries[position - 1].pursuit : nil }

  /// The entry that `undo` takes back; `nil` if there is none.
  package var undoable: Entry? { position > 0 ? entries[position - 1] : nil }

  /// The entry that `redo` brings back; `nil` if there is none.
  package var redoable: Entry? { position < entries.count ? entries[position] : nil }

  /// Puts settings in force and forgets what was undone; does nothing if they are in force already.
  package mutating func record(_ settings: PruningSettings, title: String, pursuit: Pursuit? = nil) {
    guard settings != current || pursuit != self.pursuit else { return }
    entries.removeSubrange(position...)
    entries.append(Entry(title: title, before: current, after: settings, pursuit: pursuit))
    position += 1
  }

  /// Takes the last entry back; returns it.
  package mutating func undo() -> Entry? {
    guard let entry = undoable else { return nil }
    position -= 1
    return entry
  }

  /// Brings the last undone entry back; returns it.
  package mutating func redo() -> Entry? {
    guard let entry = redoable else { return nil }
    position += 1
    return entry
  }
}
