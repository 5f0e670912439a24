import Graph
public import Pruning

/// Finds what has to go for a network to take a share of its time, by a table first and by measuring what comes
/// of it then: layers take another time side by side than one by one. Used on one thread.
public struct LatencySearch {
  /// What was found.
  public struct Found: Sendable {
    /// What goes.
    public let proposal: Proposal
    /// Seconds of an example, measured.
    public let latency: Change<Double>
    /// Whether no more than the share is left.
    public let isReached: Bool
  }

  private let opened: OpenNetwork
  private let scores: ScoreTable
  private let settings: PruningSettings
  private let meter: LatencyMeter
  /// How often a result is measured, and the aim moved by what was missed.
  private let tries = 5
  /// The least share of what is asked for that is aimed at by the table.
  private let leastAim = 0.7

  /// A search in a network with scores.
  public init(
    _ opened: OpenNetwork, scores: ScoreTable, settings: PruningSettings, meter: LatencyMeter
  ) {
    self.opened = opened
    self.scores = scores
    self.settings = settings
    self.meter = meter
  }

  /// What leaves at most `percent` of the time, as near as was found.
  ///
  /// - Throws: `SessionError` where the network or a layer of it cannot be computed.
  public func choice(keepPercent percent: Double) throws(SessionError) -> Found {
    let table = try meter.table(for: opened)
    var aim = percent
    var times = WidthTimes()
    var best: Found?
    // The largest aim that was found to meet the share, and the smallest that was not.
    var (met, missed) = (leastAim * percent, 100.0)
    for number in 0..<tries {
      func proposal(_ times: WidthTimes) throws(SessionError) -> Proposal {
        try SessionError.pruning { () throws(PruningError) in
          try settings.proposal(
            .latency(keepPercent: aim, table), scope: .global, scores: scores, groups: opened.groups,
            bound: opened.bound, times: times)
        }
      }
      if number == 0 {
        times = try meter.widths(for: settings, in: opened) { times throws(SessionError) in
          try proposal(times).selection
        }
      }
      let proposal = try proposal(times)
      if let best, best.proposal.selection.removedAtoms == proposal.selection.removedAtoms { break }
      let latency = try latency(of: proposal.selection)
      let got = 100 * latency.after / latency.before
      let found = Found(proposal: proposal, latency: latency, isReached: got <= percent)
      if best.map({ Self.isBetter(found, than: $0) }) ?? true { best = found }
      // Near enough that another run would say something else.
      if (percent - 2)...percent ~= got || (!proposal.isReached && got > percent) { break }
      if found.isReached { met = max(met, aim) } else { missed = min(missed, aim) }
      // By proportion, or half-way where that leaves what is known. A machine that is busy with other things must
      // not talk anyone out of the table altogether.
      let proportional = aim * (percent - 1) / got
      aim = met < proportional && proportional < missed ? proportional : (met + missed) / 2
    }
    guard let best else { preconditionFailure("there is a first try") }
    return best
  }

  private func latency(of selection: Selection) throws(SessionError) -> Change<Double> {
    if selection.isEmpty {
      let seconds = try meter.seconds(of: [opened])[0]
      return Change(seconds, seconds)
    }
    let seconds = try meter.seconds(of: [opened, opened.removing(selection)])
    return Change(seconds[0], seconds[1])
  }

  /// One that meets the share before one that does not; of two that do the slower, which kept more.
  private static func isBetter(_ a: Found, than b: Found) -> Bool {
    if a.isReached != b.isReached { return a.isReached }
    let (first, second) = (a.latency.after / a.latency.before, b.latency.after / b.latency.before)
    return a.isReached ? first > second : first < second
  }
}
