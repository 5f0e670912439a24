package import Graph

extension ChannelGroups {
  /// The shapes of values `[N, C, …]` as they are, and as a selection leaves them; `nil` where no shape is known.
  ///
  /// - Parameter selection: what goes; nothing where it is `nil`.
  /// - Complexity: linear in the channels of all distinct axes.
  package func shapes(
    of values: [ValueID], in bound: BoundNetwork, without selection: Selection?
  ) -> [Change<[Int]>?] {
    let kept = KeptChannels(map, units: units.count, removed: selection?.removedUnits ?? [])
    return values.map { value in
      bound.shape(of: value).map { Change($0, kept.shape($0, .value(value.index))) }
    }
  }
}
