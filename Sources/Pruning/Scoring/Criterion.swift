package import Graph

/// How the importance of a kernel is measured. What there is to know of each stands in `definition`, which
/// commands, screens and the help read.
public enum Criterion: String, Sendable, Hashable, Codable, CaseIterable {
  /// The change of the loss to first order, |Σ z·∂L/∂z| / (H·W) (Molchanov et al. 2017).
  case taylor
  /// The square of the same for all coupled kernels at once (Molchanov et al. 2019; Liu et al. 2021).
  case taylorGate = "taylor-gate"
  /// Σ (w·∂L/∂w)² over the kernel's weights (Molchanov et al. 2019).
  case taylorWeight = "taylor-weight"
  /// The measured change of the loss when the kernel and what is coupled to it are silent.
  case oracle
  /// How far the outputs move without the kernel once what reads it is refitted (Hassibi & Stork 1993; Frantar et al. 2022).
  case obs
  /// The change of the network's outputs to first order; needs no labels.
  case outputEnergy = "output-energy"
  /// The kernel's L1 norm.
  case l1
  /// The kernel's L2 norm.
  case l2
  /// The mean squared length of all slices of weights that go with the kernel (Fang et al. 2023).
  case groupL2 = "group-l2"
  /// |γ| of the normalization behind the layer (Liu et al. 2017).
  case normalizationScale = "bn-scale"
  /// The sum of the distances to the layer's other kernels (He et al. 2019).
  case geometricMedian = "geometric-median"
  /// The share of the activations that are not zero (Hu et al. 2016).
  case apoz
  /// The mean activation (Molchanov et al. 2017).
  case meanActivation = "mean-activation"
  /// Seeded random numbers, the floor that every other criterion must beat.
  case random
  /// What code of somebody else's computed: it comes from a file.
  case external

  /// What scores are computed from.
  package enum Measure: Sendable {
    /// The constants of a layer. `nil` where they are not known, or are not there.
    case weights(
      @Sendable (_ layer: LayerWeights, _ generator: inout SeededGenerator) -> [Double]?)
    /// The weights of all slices that a unit owns; the score is that of all its kernels together.
    case unitWeights
    /// Each example's activations of a channel; the score is that of the kernel.
    case activations(@Sendable (ActivationCount) -> Double)
    /// Each example's term t = Σ z·g of a channel, z [C, H, W] the activation and g the loss's gradient; the
    /// score is that of the kernel.
    case terms(@Sendable (_ term: Double, _ elements: Int) -> Double)
    /// Each example's terms summed over a unit's kernels, squared; the score is that of all of them together.
    ///
    /// - Parameter ofOutputs: whether the loss is a random projection of the outputs.
    case unitTerms(ofOutputs: Bool)
    /// Each example's Σ (w·g)² over the weights of a kernel.
    case weightGradients
    /// Each example's |L′ − L|, L′ with a unit silenced; the score is that of all its kernels together.
    case removal
    /// How far the outputs move as a group is narrowed unit by unit and what reads it is refitted; the score is that of
    /// all of a unit's kernels together.
    case refits
    /// What a file says; the score is that of the kernel.
    case given
  }

  /// A criterion in words and in symbols.
  public struct Definition: Sendable {
    /// What it measures, in a few words.
    public let summary: String
    /// The score of kernel k: mean over the examples, un-normalised.
    public let formula: String
    /// Where it comes from.
    public let paper: String
    /// When to use it, and what it cannot see; one to three sentences.
    public let advice: String
    /// What is computed.
    package let measure: Measure
  }

  /// Whether scores come from data through the engine, not from the weights alone.
  public var needsData: Bool {
    switch definition.measure {
    case .weights, .unitWeights, .given: false
    case .activations, .terms, .unitTerms, .weightGradients, .removal, .refits: true
    }
  }

  /// Whether the loss is measured, which labels or target images belong to.
  public var needsLoss: Bool {
    switch definition.measure {
    case .weights, .unitWeights, .activations, .unitTerms(ofOutputs: true), .refits, .given: false
    case .terms, .unitTerms, .weightGradients, .removal: true
    }
  }

  /// Whether a score is that of all kernels that go together: each of them carries it, and it is not added up.
  package var scoresUnits: Bool {
    switch definition.measure {
    case .unitWeights, .unitTerms, .removal, .refits: true
    case .weights, .activations, .terms, .weightGradients, .given: false
    }
  }

  /// Examples that are enough where all of the data would take too long; `nil` where they do not.
  package var usualExamples: Int? {
    switch definition.measure {
    case .removal, .refits: 512
    case .weights, .unitWeights, .activations, .terms, .unitTerms, .weightGradients, .given: nil
    }
  }
}

/// An example's activations of one channel.
package struct ActivationCount: Sendable, Hashable {
  /// Their sum.
  package let sum: Double
  /// How many are zero.
  package let zeros: Int
  /// How many there are: H·W.
  package let elements: Int

  /// Activations as they were counted.
  package init(sum: Double, zeros: Int, elements: Int) {
    self.sum = sum
    self.zeros = zeros
    self.elements = elements
  }
}
