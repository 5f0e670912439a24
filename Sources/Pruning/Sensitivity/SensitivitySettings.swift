package import Graph

/// What sensitivity is measured at.
public struct SensitivitySettings: Sendable, Hashable, Codable {
  /// The shares of a layer's kernels that go, in per cent, ascending; 0 % is always measured.
  public var levels = Self.usualLevels
  /// Examples that every level is measured on at most.
  public var examples = 512
  /// Layers that are measured, by name, with those tied to them; `nil` for all that can be pruned.
  public var layers: Set<String>?
  /// How kernels are ranked, with floors, multiples, protection, pinned and forced kernels: what a commit would
  /// follow. Its amounts are not looked at.
  public var pruning = PruningSettings()

  /// From 10 to 90 % by tens.
  public static let usualLevels = (1...9).map { Double(10 * $0) }

  /// The usual levels of every layer.
  public init() {}

  /// Throws `PruningError.invalidSetting` for levels that do not ascend between 0 and 100 %, and for no examples.
  package func check() throws {
    guard !levels.isEmpty, levels.allSatisfy({ $0.isFinite && $0 > 0 && $0 <= 100 }),
      zip(levels, levels.dropFirst()).allSatisfy(<)
    else {
      throw PruningError.invalidSetting(
        "levels are percentages above 0 and up to 100, each above the one before")
    }
    guard examples > 0 else {
      throw PruningError.invalidSetting("sensitivity is measured on one example at least")
    }
  }
}

/// What is taken out of one set of tied layers to see how much it matters.
package struct SensitivityTrial: Sendable, Hashable {
  /// The layers, by their indices in `ChannelGroups.layers`, ascending: one amount holds for all of them.
  package let layers: [Int]
  /// By level: the numbers of the units that a commit would take out, ascending.
  package let removals: [[Int]]

  /// Differs where anything else would be taken out.
  var digest: String {
    Digest128(removals.map { $0.map(String.init).joined(separator: " ") }.joined(separator: "\n"))
      .hexadecimal
  }
}

extension SensitivitySettings {
  /// What is tried: for every set of tied layers what a commit with that amount, and no other, would remove.
  ///
  /// - Parameter ranking: made with `pruning`'s normalization and aggregation.
  /// - Throws: `PruningError` for settings that cannot be followed.
  package func trials(
    _ ranking: UnitScores, groups: ChannelGroups, times: WidthTimes = WidthTimes()
  ) throws -> [SensitivityTrial] {
    try check()
    var wanted: Set<Int>?
    if let layers {
      var indices = Set<Int>()
      for name in layers.sorted() { indices.insert(try groups.requiredIndex(of: name)) }
      wanted = indices
    }
    var trials: [SensitivityTrial] = []
    for layers in groups.tiedLayers where wanted.map({ !$0.isDisjoint(with: layers) }) ?? true {
      var removals: [[Int]] = []
      for level in levels {
        let settings = try pruning.pruning(only: layers, by: level, in: groups)
        removals.append(
          try Selection(settings, ranking: ranking, groups: groups, times: times).removedUnits)
      }
      trials.append(SensitivityTrial(layers: layers, removals: removals))
    }
    return trials
  }
}

extension PruningSettings {
  /// The settings with an amount for one set of tied layers and for no other.
  ///
  /// - Parameter percent: of each layer's kernels, 0…100.
  func pruning(only layers: [Int], by percent: Double, in groups: ChannelGroups) throws
    -> PruningSettings
  {
    var settings = self
    let names = Set(layers.map { groups.layers[$0].layer.name })
    settings.amounts = [:]
    settings.forced = forced.filter { names.contains($0.key) }
    guard let first = layers.first else { return settings }
    return try settings.settingAmount(.percent(percent), for: groups.layers[first].layer.name, in: groups)
  }
}

extension ChannelGroups {
  /// The prunable layers in sets for which one amount holds (`tying`), in the order of the graph.
  package var tiedLayers: [[Int]] {
    var seen = Set<Int>()
    return layers.indices.compactMap { index in
      guard layers[index].isPrunable, !seen.contains(index) else { return nil }
      let tied = tying(index)
      seen.formUnion(tied)
      return tied
    }
  }
}

extension ChannelGroups {
  /// Whether nodes take statistics over channels of which some go: masks alone do not do then what the removal does.
  ///
  /// - Parameters:
  ///   - units: the numbers of the units that go.
  ///   - bound: the network that the groups were solved for, bound to any batch.
  package func changesStatistics(removing units: [Int], in bound: BoundNetwork) -> Bool {
    guard units.contains(where: { self.units[$0].group.flatMap { groups[$0].inexact } != nil }) else {
      return false
    }
    let kept = KeptChannels(map, units: self.units.count, removed: units)
    return bound.steps.contains { kept.changesStatistics(bound.relations(at: $0), of: $0, bound) }
  }
}
