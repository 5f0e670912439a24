/// Knows the best validation so far, and when to stop waiting for a better one.
public struct ValidationWatch: Sendable, Hashable, Codable {
  /// What an epoch's validation gave.
  public struct Result: Sendable, Hashable, Codable {
    /// The epoch, from 1; 0 for the network before training.
    public var epoch: Int
    /// The mean loss.
    public var loss: Double
    /// The share of right decisions; `nil` without classes.
    public var accuracy: Double?

    /// A result.
    package init(epoch: Int, loss: Double, accuracy: Double?) {
      self.epoch = epoch
      self.loss = loss
      self.accuracy = accuracy
    }

    /// Whether this is better: by accuracy where there is one, then by loss. What is not a number is never better.
    package func isBetter(than other: Result) -> Bool {
      guard loss.isFinite else { return false }
      guard other.loss.isFinite else { return true }
      if let own = accuracy, let others = other.accuracy, own != others { return own > others }
      return loss < other.loss
    }
  }

  /// The best so far.
  package private(set) var best: Result?
  /// Epochs without a better one that are waited for; `nil` for any number.
  package let patience: Int?
  private var epochsSinceBest = 0

  /// A watch that has seen nothing.
  package init(patience: Int?) { self.patience = patience }

  /// Takes note of an epoch's result; true where it is the best so far.
  package mutating func observe(_ result: Result) -> Bool {
    if let best, !result.isBetter(than: best) {
      epochsSinceBest += 1
      return false
    }
    best = result
    epochsSinceBest = 0
    return true
  }

  /// Whether patience is at its end.
  package var isOver: Bool { patience.map { epochsSinceBest >= $0 } ?? false }
}
