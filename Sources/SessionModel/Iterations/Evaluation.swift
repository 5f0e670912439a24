import Foundation

/// What a network is worth on some data.
public struct Evaluation: Sendable, Hashable, Codable {
  /// Examples measured.
  public var examples: Int
  /// The mean loss.
  public var loss: Double
  /// The share of examples (for class maps of places) whose class has the largest output; `nil` without classes.
  public var accuracy: Double?
  /// The share of examples whose class is among the five largest outputs; `nil` without classes.
  public var accuracyInFive: Double?
  /// Seconds that it took.
  public var seconds: Double

  /// A measurement.
  package init(
    examples: Int, loss: Double, accuracy: Double? = nil, accuracyInFive: Double? = nil, seconds: Double = 0
  ) {
    self.examples = examples
    self.loss = loss
    self.accuracy = accuracy
    self.accuracyInFive = accuracyInFive
    self.seconds = seconds
  }

  /// The peak signal-to-noise ratio in decibels of a mean squared error, for values from 0 to 1.
  public var peakSignalToNoise: Double { -10 * log10(max(loss, .leastNormalMagnitude)) }
}
