import Graph

extension ChannelGroups {
  /// Entries of layers under the names that the layers have here: what was written by another release may know a layer by
  /// another of its names. What is the name of no layer stays as it is.
  package func naming<Entry>(_ entries: [String: Entry]) -> [String: Entry] {
    Dictionary(entries.map { (naming($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The name that a layer has here.
  package func naming(_ name: String) -> String { index(of: name).map { layers[$0].layer.name } ?? name }
}

extension PruningSettings {
  /// The same with the names that layers have in a network.
  package func naming(layersOf groups: ChannelGroups) -> PruningSettings {
    var settings = self
    settings.amounts = groups.naming(amounts)
    settings.protected = Set(protected.map(groups.naming))
    settings.pinned = groups.naming(pinned)
    settings.forced = groups.naming(forced)
    return settings
  }
}

extension PruningPlan.Step {
  /// The same with the names that layers have in a network.
  package func naming(layersOf groups: ChannelGroups) -> PruningPlan.Step {
    var step = self
    step.settings = settings.naming(layersOf: groups)
    step.kept = groups.naming(kept)
    return step
  }
}
