public import Compute
public import Pruning

/// Measures how long a network takes on this machine: the whole of it, and each of its layers at several widths. Used on
/// one thread.
///
/// Layers of the same kind and shapes are measured once and kept, so that the next table of the same model, and
/// much of that of a similar one, is read instead.
public struct LatencyMeter {
  /// How plans compute.
  public var options: ComputeOptions
  /// Where measured times are kept.
  public let cache: LatencyCache
  /// Told how far a measuring is.
  public var progress: ((RunProgress) -> Void)?

  /// A meter with a cache.
  public init(options: ComputeOptions = ComputeOptions(), cache: LatencyCache = LatencyCache()) {
    self.options = options
    self.cache = cache
  }

  /// Seconds of one example through each of some networks.
  public func seconds(of networks: [OpenNetwork]) throws(SessionError) -> [Double] {
    let run = LatencyRun(networks, options: options, cache: cache)
    try finish(run)
    return run.seconds
  }

  /// The times of all layers at a grid of widths, and of the rest.
  public func table(for network: OpenNetwork) throws(SessionError) -> LatencyTable {
    let run = LatencyRun(tableOf: network, options: options, cache: cache)
    try finish(run)
    return run.table(for: network)
  }

  /// The times at widths near those that a selection would leave of the layers that it narrows.
  ///
  /// - Parameter selection: of multiples of `PruningSettings.fastMultiple`.
  public func widths(near selection: Selection, in network: OpenNetwork) throws(SessionError) -> WidthTimes {
    let run = LatencyRun(
      widthsNear: network.groups.multiplesKept(by: selection), in: network, options: options, cache: cache)
    try finish(run)
    return run.widths
  }

  /// The times that settings choose widths by: near those that are chosen without any; none where the settings do not
  /// ask for fast widths.
  ///
  /// - Parameter selection: what goes, given times.
  public func widths(
    for settings: PruningSettings, in network: OpenNetwork,
    selecting selection: (WidthTimes) throws(SessionError) -> Selection
  ) throws(SessionError) -> WidthTimes {
    guard settings.snapsToFastWidths else { return WidthTimes() }
    return try widths(near: try selection(WidthTimes()), in: network)
  }

  private func finish(_ run: LatencyRun) throws(SessionError) {
    while try run.step() { progress?(run.progress) }
  }
}
