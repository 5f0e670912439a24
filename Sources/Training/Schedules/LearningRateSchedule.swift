import Foundation

/// How the learning rate changes over a run.
public struct LearningRateSchedule: Sendable, Hashable, Codable {
  /// How the rate falls behind the warm-up.
  public enum Decay: Sendable, Hashable, Codable {
    /// The same throughout.
    case constant
    /// Times `factor` every `every` epochs (`torch.optim.lr_scheduler.StepLR`).
    case step(every: Int, factor: Double)
    /// Times `factor` at each of these epochs (`MultiStepLR`).
    case multiStep(at: [Int], factor: Double)
    /// Times `factor` each epoch (`ExponentialLR`).
    case exponential(factor: Double)
    /// Half a cosine from the rate down to `floor` times the rate (`CosineAnnealingLR`), every step a little.
    case cosine(floor: Double)
    /// (1 − t)^`power` over the run (`PolynomialLR`), every step a little.
    case polynomial(power: Double)
    /// A factor for each epoch; behind the last one it stays.
    case byEpoch([Double])
  }

  /// How the rate falls.
  public var decay: Decay
  /// Epochs, or a part of one, in which the rate rises linearly to what the decay says (`LinearLR`).
  public var warmUp: Double
  /// The share of the rate that the warm-up begins with.
  public var warmUpStart: Double

  /// A decay with a warm-up before it.
  public init(_ decay: Decay = .cosine(floor: 0), warmUp: Double = 0, warmUpStart: Double = 0.1) {
    self.decay = decay
    self.warmUp = warmUp
    self.warmUpStart = warmUpStart
  }

  /// What the learning rate is multiplied with.
  ///
  /// - Parameters:
  ///   - position: epochs done, parts of one included.
  ///   - epochs: epochs in all.
  package func factor(at position: Double, of epochs: Double) -> Double {
    let rise =
      position < warmUp ? warmUpStart + (1 - warmUpStart) * position / warmUp : 1
    return rise * rateFactor(at: position, of: epochs)
  }

  private func rateFactor(at position: Double, of epochs: Double) -> Double {
    let done = epochs > 0 ? min(1, max(0, position / epochs)) : 1
    switch decay {
    case .constant: return 1
    case .step(let every, let factor): return pow(factor, (position / Double(max(1, every))).rounded(.down))
    case .multiStep(let epochs, let factor):
      return pow(factor, Double(epochs.count { Double($0) <= position }))
    case .exponential(let factor): return pow(factor, position.rounded(.down))
    case .cosine(let floor): return floor + (1 - floor) * 0.5 * (1 + cos(.pi * done))
    case .polynomial(let power): return pow(1 - done, power)
    case .byEpoch(let factors):
      return factors.isEmpty ? 1 : factors[min(max(0, Int(position)), factors.count - 1)]
    }
  }
}
