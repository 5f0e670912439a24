package import Pruning
internal import TerminalUI

/// Before → after, always in that order.
package enum ChangeText {
  /// Counts with a prefix and the change in percent: `11.7 M → 9.4 M  −20%`; one number where nothing changes.
  package static func counts(_ change: Change<Int>) -> String {
    guard change.before != change.after else { return Quantity.count(change.before) }
    return "\(Quantity.count(change.before)) → \(Quantity.count(change.after))  \(percent(change))"
  }

  /// The same, as short as it can be: `11.7→9.4 M −20%`.
  package static func compact(_ change: Change<Int>, _ format: (Int) -> String = { Quantity.count($0) }) -> String {
    let before = format(change.before)
    guard change.before != change.after else { return before }
    let after = format(change.after)
    let (first, second) = (before.split(separator: " "), after.split(separator: " "))
    // A unit that both share is said once.
    if first.count == 2, second.count == 2, first[1] == second[1] {
      return "\(first[0])→\(after) \(percent(change))"
    }
    return "\(before)→\(after) \(percent(change))"
  }

  /// The change in percent, with its sign.
  package static func percent(_ change: Change<Int>) -> String {
    Quantity.change(from: Double(change.before), to: Double(change.after))
  }
}
