import Foundation

/// An instance under `lr_schedulers`.
public struct RateSchedule: Sendable, Hashable {
  /// A class with its arguments; factors are of the rate that training began with, t the scheduled epochs so far.
  public enum Kind: Sendable, Hashable {
    /// γ^⌊t/step⌋.
    case step(size: Int, gamma: Double)
    /// γ to the number of milestones up to t.
    case multiStep(milestones: [Int], gamma: Double)
    /// γ^t.
    case exponential(gamma: Double)
    /// From 1 along half a cosine to `floor`, a rate, over `period` epochs.
    case cosine(period: Int, floor: Double)
    /// (1 − t/period)^power.
    case polynomial(period: Int, power: Double)
    /// The product of the γ of the milestones up to t.
    case multiGamma(milestones: [Int], gammas: [Double])
  }

  /// The name of the instance.
  public var name: String
  /// The class, as PyTorch or Distiller calls it.
  public var className: String
  /// What it does.
  public var kind: Kind
  /// Where it begins.
  public var line: Int?

  /// What the rate is multiplied with when so many scheduled epochs are over.
  ///
  /// - Parameter rate: the rate that training began with, for floors that are rates.
  public func factor(after epochs: Int, rate: Double) -> Double {
    switch kind {
    case .step(let size, let gamma): return pow(gamma, Double(epochs / max(1, size)))
    case .multiStep(let milestones, let gamma):
      return pow(gamma, Double(milestones.count { $0 <= epochs }))
    case .exponential(let gamma): return pow(gamma, Double(epochs))
    case .cosine(let period, let floor):
      let least = rate > 0 ? floor / rate : 0
      return least + (1 - least) * 0.5 * (1 + cos(.pi * Double(epochs) / Double(max(1, period))))
    case .polynomial(let period, let power):
      return pow(max(0, 1 - Double(epochs) / Double(max(1, period))), power)
    case .multiGamma(let milestones, let gammas):
      return zip(milestones, gammas).reduce(1) { $1.0 <= epochs ? $0 * $1.1 : $0 }
    }
  }
}
