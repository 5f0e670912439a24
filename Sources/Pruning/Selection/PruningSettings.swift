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
}

/// How the scores of a group's members make one.
public enum Aggregation: String, Sendable, Hashable, Codable, CaseIterable {
  case sum, mean, max, first
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
public struct PruningSettings: Sendable, Hashable, Codable {
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
  /// How members of a group are aggregated.
  public var aggregation = Aggregation.sum
  /// How layers are made comparable. By the mean, a kernel is measured against its layer's average one. By the L2
  /// norm, which grows with the root of a layer's width only, the scores of wide layers are small, and such layers
  /// are stripped first.
  public var normalization = Normalization.mean
  /// λ of the penalty on costly kernels (Molchanov et al. 2017, §2.2): an atom's score is lowered by λ for each
  /// million multiply-accumulates that its kernels take for one example.
  public var macPenalty = 0.0
  /// What goes together in grouped convolutions; the groups that settings are used with must have been
  /// solved with the same policy.
  public var groupedConvolutions = GroupedConvolutionPolicy.automatic

  /// Settings that remove nothing.
  public init() {}
}
