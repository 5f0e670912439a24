public import Pruning

extension Chooser {
  /// A chooser for a network.
  public init(_ network: OpenNetwork, scores: ScoreTable, times: MeasuredTimes = MeasuredTimes()) {
    self.init(groups: network.groups, bound: network.bound, scores: scores, times: times)
  }
}

/// Decides what goes of a network as `Chooser` does, and measures the times that the request needs for that. Used on one
/// thread.
public struct MeasuredChooser {
  private let network: OpenNetwork
  private let scores: ScoreTable
  private let meter: LatencyMeter

  /// A chooser for a network with scores.
  public init(_ network: OpenNetwork, scores: ScoreTable, meter: LatencyMeter) {
    self.network = network
    self.scores = scores
    self.meter = meter
  }

  /// What goes. What a target of latency leaves is measured, too.
  ///
  /// - Throws: `SessionError` for a request that cannot be, and where the network or a layer of it cannot be computed.
  public func choice(_ request: RemovalRequest) throws -> Choice {
    var chooser = Chooser(network, scores: scores)
    var request = request
    var metAlready: TargetMetAlready?
    if case .absolute(_, .latency)? = request.target {
      chooser.times.seconds = try meter.seconds(of: [network])[0]
      (request.target, metAlready) = try relative(request, chooser)
    }
    guard case .latency(let percent)? = request.target else {
      chooser.times.widths = try widths(for: request, chooser)
      return try decide(request, chooser)
    }
    var whole = request
    whole.layers = []
    chooser.times.layers = try meter.table(for: network)
    chooser.times.widths = try widths(for: whole, chooser)
    var found = try LatencySearch(network, chooser: chooser, meter: meter).choice(whole, keepPercent: percent)
    found.metAlready = metAlready
    guard !request.layers.isEmpty else { return found }
    let rest = RemovalRequest(settings: found.settings, layers: request.layers, keepsWidths: true)
    var choice = try decide(rest, chooser)
    (choice.shortfall, choice.metAlready) = (found.shortfall, metAlready)
    return choice
  }

  /// A target in seconds as a share of the time that was measured, and whether it asks for nothing.
  private func relative(
    _ request: RemovalRequest, _ chooser: Chooser
  ) throws -> (PruningTarget?, TargetMetAlready?) {
    guard let target = request.target else { return (nil, nil) }
    return (
      try target.relative(to: chooser.groups, times: chooser.times),
      request.further.isEmpty
        ? try TargetMetAlready(target, groups: chooser.groups, times: chooser.times) : nil
    )
  }

  private func widths(for request: RemovalRequest, _ chooser: Chooser) throws -> WidthTimes {
    guard request.settings.snapsToFastWidths else { return WidthTimes() }
    let needed = try chooser.widthsNeeded(for: request)
    return try meter.widths(near: needed, in: network)
  }

  private func decide(_ request: RemovalRequest, _ chooser: Chooser) throws -> Choice {
    try chooser.choice(request)
  }
}
