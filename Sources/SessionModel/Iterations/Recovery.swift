import Foundation
public import Pruning
import Quantities

/// What was done to recover a network.
public struct Recovery: Sendable, Hashable, Codable {
  /// What one method did.
  public struct Step: Sendable, Hashable, Codable {
    /// The method.
    public let method: RecoveryMethod
    /// Seconds that it took.
    public let seconds: Double
    /// Layers that it changed.
    public let layers: Int
    /// What the network was worth afterwards; `nil` where it was not measured, or without labels.
    public package(set) var evaluation: Evaluation?
    /// How far its outputs are from those before the prune; `nil` where that was not measured.
    public package(set) var deviation: Double?

    /// What a method did, before its network was measured.
    package init(method: RecoveryMethod, seconds: Double, layers: Int, evaluation: Evaluation? = nil) {
      self.method = method
      self.seconds = seconds
      self.layers = layers
      self.evaluation = evaluation
    }
  }

  /// Calibration examples used.
  public let examples: Int
  /// What the network was worth before; `nil` where it was not measured, or without labels.
  public package(set) var before: Evaluation?
  /// How far its outputs were from those before the prune.
  public package(set) var deviationBefore: Double?
  /// What deviations count; `nil` without any, and of older programs, whose deviations are relative to the outputs' size.
  package var measure: LossCurves.Measure?
  /// In order.
  public package(set) var steps: [Step] = []

  /// A recovery that has done nothing yet.
  package init(examples: Int) { self.examples = examples }

  /// A deviation as it is read.
  package func deviationText(_ value: Double) -> String {
    measure?.deviationText(value) ?? Quantity.fixed(value, digits: 2)
  }

  /// A line a method for a log: `refit of 13 layers: accuracy 32.0 → 92.0 %, deviation 58% → 6.8%`.
  package var lines: [String] {
    func text(_ before: Double?, _ after: Double?, _ name: String, _ format: (Double) -> String) -> String? {
      guard let before, let after else { return nil }
      return "\(name) \(format(before)) → \(format(after))"
    }
    var earlier = (evaluation: before, deviation: deviationBefore)
    return steps.map { step in
      defer { earlier = (step.evaluation, step.deviation) }
      let changes = [
        text(earlier.evaluation?.accuracy, step.evaluation?.accuracy, "accuracy") {
          Quantity.fixed(100 * $0, digits: 1)
        }.map { $0 + " %" },
        text(earlier.deviation, step.deviation, "deviation", deviationText),
      ].compactMap { $0 }.joined(separator: ", ")
      let what = "\(step.method.summary) of \(step.layers) \(step.layers == 1 ? "layer" : "layers")"
      return changes.isEmpty ? "\(what)." : "\(what): \(changes)."
    }
  }
}
