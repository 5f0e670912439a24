import Pruning

/// Finds what has to go for a network to take a share of its time, by a table first and by measuring what comes
/// of it then: layers take another time side by side than one by one. Used on one thread.
struct LatencySearch {
  private let network: OpenNetwork
  private let chooser: Chooser
  private let meter: LatencyMeter
  /// How often a result is measured, and the aim moved by what was missed.
  private let tries = 5
  /// The least share of what is asked for that is aimed at by the table.
  private let leastAim = 0.7

  /// A search in a network.
  ///
  /// - Parameter chooser: one that has all times that it needs.
  init(_ network: OpenNetwork, chooser: Chooser, meter: LatencyMeter) {
    self.network = network
    self.chooser = chooser
    self.meter = meter
  }

  /// What was found.
  private struct Found {
    var choice: Choice
    /// The share of the time that was measured to be left, in per cent.
    let left: Double
    /// Whether no more than the share is left, and other targets are met.
    let isReached: Bool
    /// Whether the table says so.
    let isExpected: Bool
  }

  /// What leaves at most `percent` of the time, as near as was found.
  ///
  /// - Throws: `SessionError` where the network cannot be computed.
  func choice(_ request: RemovalRequest, keepPercent percent: Double) throws -> Choice {
    let chooser = chooser
    let ranking = chooser.ranking(for: request.settings)
    var request = request
    var aim = percent
    var best: Found?
    // The largest aim that was found to meet the share, and the smallest that was not.
    var (met, missed) = (leastAim * percent, 100.0)
    for _ in 0..<tries {
      request.target = .latency(keepPercent: aim)
      let asked = request
      var choice = try chooser.choice(asked, ranking: ranking)
      if let best, best.choice.selection.removedUnits == choice.selection.removedUnits { break }
      let latency = try latency(of: choice.selection)
      choice.latency = latency
      let got = 100 * latency.after / latency.before
      let found = Found(
        choice: choice, left: got,
        isReached: got <= percent && (request.further.isEmpty || choice.shortfall == nil),
        isExpected: choice.shortfall == nil)
      if best.map({ Self.isBetter(found, than: $0) }) ?? true { best = found }
      // Near enough that another run would say something else.
      if (percent - 2)...percent ~= got || (!found.isExpected && got > percent) { break }
      if found.isReached { met = max(met, aim) } else { missed = min(missed, aim) }
      // By proportion, or half-way where that leaves what is known. A machine that is busy with other things must
      // not talk anyone out of the table altogether.
      let proportional = aim * (percent - 1) / got
      aim = met < proportional && proportional < missed ? proportional : (met + missed) / 2
    }
    guard var best else { preconditionFailure("there is a first try") }
    best.choice.shortfall = best.isReached ? nil : best.isExpected ? .measuredMore : .obstacles
    return best.choice
  }

  private func latency(of selection: Selection) throws -> Change<Double> {
    if selection.isEmpty {
      let seconds = try meter.seconds(of: [network])[0]
      return Change(seconds, seconds)
    }
    let seconds = try meter.seconds(of: [network, network.removing(selection)])
    return Change(seconds[0], seconds[1])
  }

  /// One that meets the share before one that does not; of two that do the slower, which kept more.
  private static func isBetter(_ a: Found, than b: Found) -> Bool {
    if a.isReached != b.isReached { return a.isReached }
    return a.isReached ? a.left > b.left : a.left < b.left
  }
}
