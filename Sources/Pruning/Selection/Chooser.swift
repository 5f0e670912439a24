package import Graph

/// What was measured of the time that a network takes on a machine.
public struct MeasuredTimes: Sendable, Hashable {
  /// The times of all layers by their widths, for targets of latency; `nil` where they were not measured.
  public var layers: LatencyTable?
  /// Times at single widths, for `PruningSettings.snapsToFastWidths`.
  public var widths: WidthTimes
  /// Seconds of one example through the whole network; `nil` where only its layers were measured.
  public var seconds: Double?

  /// Times as they were measured; by default nothing was.
  public init(
    layers: LatencyTable? = nil, widths: WidthTimes = WidthTimes(), seconds: Double? = nil
  ) {
    self.layers = layers
    self.widths = widths
    self.seconds = seconds
  }
}

/// Decides what goes of a network: the one place where a target, settings, scores and measured times become a selection.
///
/// Command lines, loops, screens and procedures all ask it, so that the same request removes the same kernels wherever it
/// comes from. It measures nothing: `widthsNeeded` says which times a request needs.
public struct Chooser: Sendable {
  /// What goes together.
  package let groups: ChannelGroups
  /// The network that the groups were solved for.
  package let bound: BoundNetwork
  /// What the kernels are worth.
  package let scores: ScoreTable
  /// What was measured of the network's time.
  package var times: MeasuredTimes

  /// A chooser for a network.
  package init(
    groups: ChannelGroups, bound: BoundNetwork, scores: ScoreTable, times: MeasuredTimes = MeasuredTimes()
  ) {
    self.groups = groups
    self.bound = bound
    self.scores = scores
    self.times = times
  }

  /// What each group's width loses, where that was measured of this network: a target for the whole of it is shared out by
  /// that then.
  package var curves: LossCurves? {
    scores.curves.flatMap { $0.isAbout(groups) ? $0 : nil }
  }

  /// The order in which kernels go under some settings.
  package func ranking(for settings: PruningSettings) -> UnitScores {
    UnitScores(scores, groups: groups, settings: settings)
  }

  /// What goes.
  ///
  /// - Throws: `PruningError` for a target, settings or layers that cannot be.
  public func choice(_ request: RemovalRequest) throws -> Choice { try choice(request, ranking: nil) }

  /// What goes, by the ranking for the request's settings where it is known already.
  package func choice(_ request: RemovalRequest, ranking: UnitScores?) throws -> Choice {
    let ranking = ranking ?? self.ranking(for: request.settings)
    var settings = request.settings
    var selection: Selection?
    var shortfall: Shortfall?
    var metAlready: TargetMetAlready?
    if let target = request.target {
      let found = try settings.proposal(
        target, further: request.further, scope: request.scope, ranking: ranking, groups: groups,
        times: times,
        curves: request.scope == .global ? curves : nil)
      (settings, selection, shortfall) = (found.settings, found.selection, found.isReached ? nil : .obstacles)
      let met = try request.targets.map { try TargetMetAlready($0, groups: groups, times: times) }
      metAlready = met.contains { $0 == nil } ? nil : met.first ?? nil
    }
    for layer in request.layers {
      let name = groups.layers[try groups.requiredIndex(of: layer.name)].layer.name
      settings = try settings.settingAmount(layer.amount, for: name, in: groups)
      selection = nil
    }
    if selection == nil {
      selection = try Selection(settings, ranking: ranking, groups: groups, times: times.widths)
    }
    return Choice(
      settings: settings, selection: selection ?? Selection(removingNothingOf: groups), shortfall: shortfall,
      metAlready: metAlready)
  }

  /// The multiples of `PruningSettings.fastMultiple` near which the times of widths are to be measured before a request is
  /// decided, by layer name; none where it does not ask for fast widths.
  ///
  /// They follow from what would go if no width had been measured, so that a request leads to the same widths whatever was
  /// measured before it.
  package func widthsNeeded(
    for request: RemovalRequest, ranking: UnitScores? = nil
  ) throws -> [String: Int] {
    guard request.settings.snapsToFastWidths else { return [:] }
    var unmeasured = self
    unmeasured.times.widths = WidthTimes()
    return groups.multiplesKept(by: try unmeasured.choice(request, ranking: ranking).selection)
  }
}
