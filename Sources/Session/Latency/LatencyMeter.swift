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
  public func seconds(of networks: [OpenNetwork]) throws -> [Double] {
    let run = LatencyRun(networks, options: options, cache: cache)
    try finish(run)
    return run.seconds
  }

  /// The times of all layers at a grid of widths, and of the rest.
  public func table(for network: OpenNetwork) throws -> LatencyTable {
    let run = LatencyRun(tableOf: network, options: options, cache: cache)
    try finish(run)
    return run.table(for: network)
  }

  /// The times at widths near some that layers are to be left with.
  ///
  /// - Parameter kept: multiples of `PruningSettings.fastMultiple` by layer (`Chooser.widthsNeeded`).
  package func widths(near kept: [String: Int], in network: OpenNetwork) throws -> WidthTimes {
    let run = LatencyRun(widthsNear: kept, in: network, options: options, cache: cache)
    try finish(run)
    return run.widths
  }

  private func finish(_ run: LatencyRun) throws {
    while try run.step() { progress?(run.progress) }
  }
}
