import Graph

extension ChannelRelation {
  /// Axes of inputs over which a node sums the same channels; `nil` where it sums over none.
  var summedAxes: [AxisReference]? {
    switch self {
    case .contracted(let axes): return axes
    case .grouped(let input, let inner, let output, _):
      // A convolution sums inside a block; a transposed one over its weight's first axis.
      guard case .input(let weight) = inner.operand else { return nil }
      let innerIsInput = output.contains { $0.operand == inner.operand }
      return innerIsInput ? [inner] : [input, .input(weight, axis: 0)]
    default: return nil
    }
  }
}

extension ChannelRelation {
  /// The axes at which what a node sums over can be silenced or stood in for: of a grouped convolution the data's alone,
  /// because its weights know the channels of a block only by their place there.
  var readAxes: [AxisReference]? {
    switch self {
    case .contracted(let axes): axes
    case .grouped(let input, _, _, _): [input]
    default: nil
    }
  }
}

extension KeptChannels {
  /// Whether a node divides by how many channels there are, or takes statistics over them, and some go.
  func changesStatistics(_ relations: [ChannelRelation], of index: Int, _ bound: BoundNetwork) -> Bool {
    if let left = normalizedGroups(relations, of: index, bound), !left.areWhole { return true }
    return relations.contains { relation in
      guard case .inexact(let axes, _) = relation else { return false }
      return axes.contains { isCut($0, of: index, bound) }
    }
  }
}
