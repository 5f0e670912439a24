/// A line of the log.
package struct LogEntry: Sendable, Hashable {
  /// How much attention a line deserves.
  package enum Weight: Sendable {
    /// From what is only told to what has to be dealt with.
    case note, success, warning, error
  }

  /// How much attention it deserves.
  package let weight: Weight
  /// What happened.
  package let text: String
  /// Seconds since 1970.
  package let time: Double

  /// A line of the log.
  package init(weight: Weight, text: String, time: Double) {
    self.weight = weight
    self.text = text
    self.time = time
  }
}
