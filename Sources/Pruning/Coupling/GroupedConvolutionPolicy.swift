/// What goes together in a grouped convolution, so that it stays one.
public enum GroupedConvolutionPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// For each convolution, whichever of the other two leaves less behind at most: whole groups where
  /// there are at least as many groups as channels in one (depthwise among them), else equal counts; the
  /// other way round where that would leave a single unit of them, as with the heads of an attention.
  case automatic
  /// A group goes with all its input and output channels.
  case wholeGroups
  /// The same channel of every group goes; the groups stay.
  case equalCounts
}
