/// How far a run over the data is.
public struct RunProgress: Sendable, Hashable, Codable {
  /// Examples done.
  public var done: Int
  /// Those of them that were done before this run: by the one that it goes on with.
  package var doneBefore = 0
  /// Examples in all.
  public var total: Int
  /// Seconds spent computing.
  public var seconds: Double
  /// What is counted where it is not examples: `passes`.
  public var unit: String
  /// The share of the work that is done, 0…1, where the counted things do not take equally long.
  public var share: Double?
  /// The part of that share that was done before this run.
  package var shareBefore = 0.0

  /// A run of `total` examples of which `done` took `seconds`.
  package init(done: Int, total: Int, seconds: Double, unit: String = "examples", share: Double? = nil) {
    self.done = done
    self.total = total
    self.seconds = seconds
    self.unit = unit
    self.share = share
  }

  /// Examples a second so far; 0 before the first.
  public var examplesPerSecond: Double { seconds > 0 ? Double(done - doneBefore) / seconds : 0 }

  /// Seconds until the end at the rate so far; `nil` before the first example.
  public var secondsLeft: Double? {
    if let share { return share > shareBefore ? seconds * (1 - share) / (share - shareBefore) : nil }
    return done > doneBefore && seconds > 0 ? Double(total - done) / examplesPerSecond : nil
  }
}

/// What a run does between two looks at the screen: about a fifth of a second.
package struct TimeSlice: Sendable {
  private let begin = ContinuousClock.now

  /// A slice that begins now.
  package init() {}

  /// Whether it is time to stop.
  package var isOver: Bool { ContinuousClock.now - begin >= .milliseconds(200) }

  /// Seconds since it began.
  package var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }
}

extension RunProgress {
  /// Adds a slice's time, after which so much of all work is done.
  package mutating func add(_ slice: TimeSlice, done: Double, of total: Double) {
    seconds += slice.seconds
    share = total > 0 ? min(1, done / total) : nil
  }
}
