import Foundation

/// A weight as a schedule names it.
public struct NamedWeight: Sendable, Hashable {
  /// As it is written.
  public var name: String
  /// The line where.
  public var line: Int?

  /// A name at a line.
  package init(_ name: String, line: Int? = nil) {
    self.name = name
    self.line = line
  }
}

/// How much of a weight is to be zero.
public enum SparsityRamp: Sendable, Hashable {
  /// The same share at every epoch of the policy.
  case fixed(Double)
  /// A share that rises over the policy (automated gradual pruning, Zhu and Gupta 2017).
  case gradual(from: Double, to: Double)

  /// The share at an epoch of a policy.
  ///
  /// With span = ((end − start − 1) div frequency)·frequency it is
  /// final + (initial − final)·(1 − (epoch − start)/span)³, which the last scheduled epoch brings to the final one.
  public func sparsity(at epoch: Int, of epochs: PolicyEpochs) -> Double {
    switch self {
    case .fixed(let sparsity): return sparsity
    case .gradual(let initial, let final):
      guard let span = epochs.span, span > 0 else { return final }
      if epoch <= epochs.first { return initial }
      let left = 1 - Double(epoch - epochs.first) / Double(span)
      return final + (initial - final) * left * left * left
    }
  }

  /// The largest share.
  public var largest: Double {
    switch self {
    case .fixed(let sparsity): sparsity
    case .gradual(_, let final): final
    }
  }

  var isGradual: Bool { if case .gradual = self { true } else { false } }
}

/// An instance under `pruners`.
public struct Pruner: Sendable, Hashable {
  /// What filters and channels are ranked by; the lowest go first.
  public enum Ranking: String, Sendable, Hashable, CaseIterable {
    /// Σ |w| / count.
    case l1
    /// √Σ w² / count.
    case l2
    /// The share of activations that are not zero.
    case apoz
    /// The mean activation.
    case meanActivation
    /// Σ (w·∂L/∂w)².
    case gradient
    /// Chance.
    case random

    /// Whether data are needed.
    public var needsData: Bool { self == .apoz || self == .meanActivation || self == .gradient }
  }

  /// What is pruned at once.
  public enum Structure: String, Sendable, Hashable, CaseIterable {
    /// Output channels with all their weights.
    case filters = "Filters"
    /// Input channels with all their weights.
    case channels = "Channels"
    /// The inputs of a fully connected layer with all their weights: rows of the matrix that multiplies them.
    case rows = "Rows"
  }

  /// What a pruner does.
  public enum Method: Sendable, Hashable {
    /// The lowest slices of each weight; with `followsLeader` those of the first weight, in all of them.
    case ranked(Ranking, Structure, SparsityRamp, weights: [NamedWeight], followsLeader: Bool)
    /// The smallest elements of each weight.
    case gradual(SparsityRamp, weights: [NamedWeight])
    /// The smallest elements, so many of each weight.
    case levels([NamedWeight: Double])
    /// Elements nearer to zero than so many standard deviations of the weight when it was first pruned.
    case sensitivities([NamedWeight: Double])
    /// Elements nearer to zero than a threshold.
    case thresholds([NamedWeight: Double])
  }

  /// The name of the instance.
  public var name: String
  /// The class, as Distiller calls it.
  public var className: String
  /// What it does.
  public var method: Method
  /// Where it begins.
  public var line: Int?

  /// An instance.
  package init(name: String, className: String, method: Method, line: Int? = nil) {
    self.name = name
    self.className = className
    self.method = method
    self.line = line
  }

  /// How a share grows, where the class has one.
  package var ramp: SparsityRamp? {
    switch method {
    case .ranked(_, _, let ramp, _, _), .gradual(let ramp, _): ramp
    case .levels, .sensitivities, .thresholds: nil
    }
  }

  /// The weights that it names, in order.
  package var weights: [NamedWeight] {
    switch method {
    case .ranked(_, _, _, let weights, _), .gradual(_, let weights): weights
    case .levels(let values), .sensitivities(let values), .thresholds(let values):
      values.keys.sorted { ($0.line ?? 0, $0.name) < ($1.line ?? 0, $1.name) }
    }
  }

  /// The same with another share at the end: the sparsity itself where it does not rise.
  package func settingFinalSparsity(_ sparsity: Double) -> Pruner {
    func changed(_ ramp: SparsityRamp) -> SparsityRamp {
      switch ramp {
      case .fixed: .fixed(sparsity)
      case .gradual(let initial, _): .gradual(from: initial, to: sparsity)
      }
    }
    var result = self
    switch method {
    case .ranked(let ranking, let structure, let ramp, let weights, let follows):
      result.method = .ranked(ranking, structure, changed(ramp), weights: weights, followsLeader: follows)
    case .gradual(let ramp, let weights): result.method = .gradual(changed(ramp), weights: weights)
    case .levels, .sensitivities, .thresholds: break
    }
    return result
  }

  /// How many of so many slices a share takes: ⌊share·n⌋, where what rounding took from a share counts: 0.5 − 0.4 of 20
  /// are 2.
  public static func count(_ sparsity: Double, of slices: Int) -> Int {
    min(slices, max(0, Int((sparsity * Double(slices) + 1e-9).rounded(.down))))
  }
}
