/// How much of a layer is to be removed.
public enum Amount: Sendable, Hashable, Codable {
  /// Of the layer's kernels, 0…100.
  case percent(Double)
  /// Kernels that stay.
  case keep(Int)
}

/// Over which kernels scores are compared.
public enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
  /// Within the whole network, scores normalised by layer.
  case global
  /// The same share of every layer.
  case layer
  /// Within the groups of the same structure, the same share of each kind (Fang et al. 2024, "Isomorphic
  /// Pruning for Vision Models"): scores of a residual stream and of a bottleneck's inner layer do not
  /// compare.
  case isomorphic
}

/// How the scores of a group's members make one.
public enum Aggregation: String, Sendable, Hashable, Codable, CaseIterable {
  /// What suits the criterion: what is measured on data adds up; of magnitudes of weights, which have no common unit, the
  /// largest counts.
  case auto
  /// Their sum, mean or largest; the score of the first member.
  case sum, mean, max, first

  /// What `auto` is for a criterion.
  func resolved(for criterion: Criterion) -> Aggregation {
    if criterion.scoresUnits, self == .auto || self == .sum { return .mean }
    guard self == .auto else { return self }
    switch criterion.definition.measure {
    case .terms, .unitTerms, .weightGradients, .removal, .refits, .activations, .unitWeights, .given:
      return .sum
    case .weights: return criterion == .random ? .first : .max
    }
  }
}

/// How the scores of a layer are made comparable with another's.
public enum Normalization: String, Sendable, Hashable, Codable, CaseIterable {
  /// As they are.
  case none
  /// Divided by the layer's L2 norm (Molchanov et al. 2017, §2.2).
  case l2
  /// Divided by the layer's mean.
  case mean
  /// Divided by the layer's maximum.
  case max
}

/// What a user has chosen; with scores and a network it decides what is removed.
public struct PruningSettings: Sendable, Hashable {
  /// By layer name; tied layers agree (`ChannelGroups.tying`). A layer that is missing loses nothing.
  public var amounts: [String: Amount] = [:]
  /// Layers that lose nothing, whatever is asked for, by name.
  public var protected: Set<String> = []
  /// Kernels that stay, by layer.
  public var pinned: [String: Set<Int>] = [:]
  /// Kernels that go, by layer.
  public var forced: [String: Set<Int>] = [:]
  /// Kernels that every layer keeps at least.
  public var minimumKept = 1
  /// The share of a layer's kernels that may go at most, 0…1.
  public var maximumRatio = 1.0
  /// Kernels are kept in multiples of this many where a layer has as many; 1 leaves every count as it comes.
  ///
  /// A layer that loses something is brought to the nearest multiple (of two as near, the larger) that its
  /// floors and pins allow; one that has fewer kernels keeps what it would keep without.
  public var multiple = 1
  /// Whether a multiple gives way to a width near it that was measured to be faster for each kernel kept
  /// (`WidthTimes`); where nothing was measured, the multiple stays.
  public var snapsToFastWidths = false
  /// How members of a group are aggregated.
  public var aggregation = Aggregation.auto
  /// How layers are made comparable. By the mean, a kernel is measured against its layer's average one. By the L2
  /// norm, which grows with the root of a layer's width only, the scores of wide layers are small, and such layers
  /// are stripped first.
  public var normalization = Normalization.mean
  /// λ of the penalty on costly kernels (Molchanov et al. 2017, §2.2): a unit's score is lowered by λ for each
  /// million multiply-accumulates that its kernels take for one example.
  public var macPenalty = 0.0
  /// What goes together in grouped convolutions; the groups that settings are used with must have been
  /// solved with the same policy.
  public var groupedConvolutions = GroupedConvolutionPolicy.automatic

  /// Settings that remove nothing.
  public init() {}

  /// Widths that are computed fast where nothing was measured: the block of channels in which oneDNN's convolutions and onnxruntime's
  /// keep activations on processors with vectors of 512 bits, and two of those with 256.
  public static let fastMultiple = 16

  /// The kernels that a layer of so many keeps at least.
  func floor(of kernels: Int) -> Int {
    max(1, minimumKept, kernels - Self.share(100 * maximumRatio, of: kernels))
  }

  /// Throws `PruningError.invalidSetting` for numbers out of range.
  func check() throws {
    guard maximumRatio.isFinite, 0...1 ~= maximumRatio else {
      throw PruningError.invalidSetting(
        "a share of \(maximumRatio) of a layer cannot go at most; it is from 0 to 1")
    }
    guard multiple >= 1 else {
      throw PruningError.invalidSetting("kernels cannot be kept in multiples of \(multiple)")
    }
  }
}
