internal import Graph

/// What a network has less of when kernels go.
public enum CostMeasure: String, Sendable, Hashable, Codable, CaseIterable {
  /// Learnable elements.
  case parameters
  /// Multiply-accumulates of one example.
  case multiplyAccumulates = "macs"
  /// The peak of activation memory, in bytes.
  case memory
  /// The time on this machine, in seconds.
  case latency

  /// How much of it a network has.
  ///
  /// - Throws: `PruningError.noTimes` for a latency of which nothing was measured.
  package func whole(of groups: ChannelGroups, times: MeasuredTimes = MeasuredTimes()) throws
    -> Double
  {
    switch self {
    case .parameters: return Double(groups.summary.parameters)
    case .multiplyAccumulates: return Double(groups.summary.multiplyAccumulates)
    case .memory: return Double(groups.costs.activations.peak(groups.costs.tables))
    case .latency:
      if let seconds = times.seconds { return seconds }
      guard let table = times.layers else { throw PruningError.noTimes }
      return LatencyModel(table, groups: groups).seconds
    }
  }

  /// An amount of it as it is typed, for those who do not know how.
  package var exampleAmount: String {
    switch self {
    case .parameters: "90k"
    case .multiplyAccumulates: "1.2G"
    case .memory: "300kB"
    case .latency: "4ms"
    }
  }

  /// What amounts of it can be, in a sentence.
  package var acceptedAmounts: String {
    let names = (units.reversed() + otherUnits.reversed()).map(\.name).joined(separator: ", ")
    return
      "Write a share from 0 to 100 such as 40%, or an amount above zero with its unit, such as \(exampleAmount) (\(names))."
  }

  /// A unit, and how many of the smallest amounts it is.
  struct Unit {
    let name: String
    let size: Double
  }

  /// The units that amounts are written in, the largest first.
  var units: [Unit] {
    switch self {
    case .parameters, .multiplyAccumulates: Self.units(["T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3])
    case .memory: Self.units(["TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1])
    case .latency: Self.units(["s": 1e9, "ms": 1e6, "µs": 1e3])
    }
  }

  /// Units that are read, too.
  var otherUnits: [Unit] {
    switch self {
    case .parameters, .multiplyAccumulates: []
    case .memory: Self.units(["GiB": 1_073_741_824, "MiB": 1_048_576, "KiB": 1024])
    // There are two letters that look like a mu.
    case .latency: Self.units(["\u{3BC}s": 1e3, "us": 1e3])
    }
  }

  /// How many of the smallest amounts that are told apart one is: a latency is told to the nanosecond.
  var resolution: Double { self == .latency ? 1e9 : 1 }

  private static func units(_ sizes: KeyValuePairs<String, Double>) -> [Unit] {
    sizes.map { Unit(name: $0.key, size: $0.value) }
  }
}
