import ArgumentParser
import TerminalUI

/// Whole numbers on the command line, within bounds: what is counted over a run must not overflow.
enum WholeNumber {
  /// The largest number of examples, steps and the like. The product of two of them is a number, too.
  static let largest = 1_000_000_000

  /// More threads than that no machine of today has.
  static let mostThreads = 1_024

  /// Reads a number of something, from 1.
  @Sendable static func count(_ text: String) throws -> Int { try read(text, 1...largest) }

  /// Reads a number of threads.
  @Sendable static func threads(_ text: String) throws -> Int { try read(text, 1...mostThreads) }

  private static func read(_ text: String, _ allowed: ClosedRange<Int>) throws -> Int {
    guard let number = Int(text), allowed.contains(number) else {
      let (least, most) = (Quantity.grouped(allowed.lowerBound), Quantity.grouped(allowed.upperBound))
      throw ValidationError("Write a whole number from \(least) to \(most).")
    }
    return number
  }
}
