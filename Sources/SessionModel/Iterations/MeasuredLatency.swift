public import Foundation
import Quantities

/// What a time was measured under. Times under others say nothing of each other.
public struct LatencyConditions: Sendable, Hashable, Codable {
  /// Threads that computed.
  public let threads: Int
  /// The precision that was computed in.
  public let precision: String
  /// The processor, as the system calls it; empty where it does not say.
  public let processor: String

  /// Conditions from their parts.
  package init(threads: Int, precision: String, processor: String) {
    self.threads = threads
    self.precision = precision
    self.processor = processor
  }

  /// `2 threads, float32, AMD EPYC 7B13`.
  public var text: String {
    ["\(threads) thread\(threads == 1 ? "" : "s")", precision, processor].filter { !$0.isEmpty }
      .joined(separator: ", ")
  }
}

/// A time of one example that was measured, with what it holds for.
public struct MeasuredLatency: Sendable, Hashable {
  /// Seconds: the shortest of several runs, or of all but the original by the ratio to it that was measured in turns.
  public let seconds: Double
  /// What it was measured under; `nil` where an older program noted the seconds only.
  public let conditions: LatencyConditions?
  /// How far the run in the middle lay above the shortest, as a share of it: what else the machine did.
  public let spread: Double?
  /// When.
  public let date: Date?

  /// A time with what is known of it.
  package init(seconds: Double, conditions: LatencyConditions?, spread: Double? = nil, date: Date? = nil) {
    self.seconds = seconds
    self.conditions = conditions
    self.spread = spread
    self.date = date
  }

  /// Whether it says something beside another time.
  package func compares(with other: MeasuredLatency) -> Bool {
    other.conditions.map(compares(under:)) ?? false
  }

  /// Whether it says something beside times under these conditions.
  package func compares(under conditions: LatencyConditions) -> Bool { self.conditions == conditions }

  /// The seconds, where they say something beside times under these conditions.
  package func seconds(under conditions: LatencyConditions?) -> Double? {
    conditions.map(compares(under:)) == true ? seconds : nil
  }

  /// What it was measured under, how sure it is, and when: `2 threads, float32, AMD EPYC 7B13, ±3%, 28 Nov 2026 09:50`.
  package var circumstances: String {
    guard let conditions else { return "nobody noted with how many threads" }
    let when = date?.formatted(
      .dateTime.day().month(.abbreviated).year().hour(.twoDigits(amPM: .omitted)).minute(.twoDigits)
        .locale(Locale(identifier: "en_GB")))
    return [conditions.text, spread.map { "\u{B1}" + Quantity.percent($0) }, when].compactMap { $0 }
      .joined(separator: ", ")
  }
}
