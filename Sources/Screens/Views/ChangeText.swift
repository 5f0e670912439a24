package import Pruning
internal import TerminalUI

/// Before → after, always in that order.
package enum ChangeText {
  /// Before, after and the change in percent: `11.7 → 9.4 M  −20%`; one number where nothing changes.
  package static func sentence(_ change: Change<Int>, _ format: (Int) -> String = { Quantity.count($0) })
    -> String
  {
    guard change.before != change.after else { return format(change.before) }
    let (before, after) = numbers(change, format)
    return (before.map { "\($0) → " } ?? "") + "\(after)  \(percent(change))"
  }

  /// Before and after with a unit that both share said once, `11.7→9.4 M`; one number where they read the same.
  package static func pair(_ change: Change<Int>, _ format: (Int) -> String = { Quantity.count($0) }) -> (
    before: String?, after: String
  ) {
    let (before, after) = numbers(change, format)
    return (before?.filter { $0 != " " }, after)
  }

  private static func numbers(_ change: Change<Int>, _ format: (Int) -> String) -> (
    before: String?, after: String
  ) {
    let (before, after) = (format(change.before), format(change.after))
    guard before != after else { return (nil, after) }
    let words = before.split(separator: " ")
    let sharesUnit = words.count == 2 && after.hasSuffix(" " + words[1])
    return (sharesUnit ? String(words[0]) : before, after)
  }

  /// Nanoseconds as people read them: `4.21 ms`.
  package static func time(_ nanoseconds: Int) -> String {
    Quantity.time(seconds: Double(nanoseconds) / 1e9)
  }

  /// The change in percent, with its sign.
  package static func percent(_ change: Change<Int>) -> String {
    let share = change.before == 0 ? 0 : Double(change.after - change.before) / Double(change.before)
    // A small step must be seen to do something.
    return Quantity.change(
      from: Double(change.before), to: Double(change.after), digits: abs(share) < 0.0995 ? 1 : 0)
  }
}
