/// A penalty that drives kernels to zero while the network trains, so that removing them costs less.
public struct SparsitySettings: Sendable, Hashable, Codable {
  /// What is penalised. Each is taken of whole units: the kernels that can only go together, with the weights of their
  /// consumers.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// λ·√n·‖w‖ of the n weights of each unit (Yuan and Lin 2006; Wen et al. 2016).
    case groupLasso = "group-lasso"
    /// ½·λ·γ·‖w‖² of each unit with γ = 16^((I_max − I)/(I_max − I_min)): the least important one is driven sixteen times as
    /// hard as the most important one of its group (Fang et al. 2023, DepGraph, eq. 5 with α = 4). I is the mean over the
    /// unit's slices of Σ w².
    case groupNorm = "group-norm"
    /// ½·γ·‖w‖² with a γ a unit that begins at λ and grows each epoch, faster for units of less importance
    /// (Wang et al. 2021): γ += δ·(I_max − I)/(I_max − I_min).
    case growing
    /// λ·|γ| of each scale of a batch normalization (Liu et al. 2017).
    case batchNormScale = "bn-scale"
  }

  /// What is penalised.
  public var kind: Kind
  /// λ.
  public var strength: Double
  /// δ: by how much `growing` grows the penalty of the least important unit each epoch.
  public var growth: Double

  /// A penalty.
  public init(_ kind: Kind, strength: Double, growth: Double = 1e-4) {
    self.kind = kind
    self.strength = strength
    self.growth = growth
  }
}
