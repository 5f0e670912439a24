public import Compute
import Foundation
import Graph
public import Pruning

/// Measures how long a network takes on this machine: the whole of it, and each of its layers at several
/// widths.
///
/// Layers of the same kind and shapes are measured once and kept in a file, so that the next table of the same
/// model, and much of that of a similar one, is read instead.
public struct LatencyMeter {
  /// How plans compute.
  public var options: ComputeOptions
  /// Where measured times are kept; `nil` keeps them for this meter only.
  public var cachePath: String?
  /// Told how many layers are measured of how many.
  public var progress: ((_ done: Int, _ total: Int) -> Void)?
  private var known: [String: LatencyTable.Layer] = [:]

  /// A meter; what an earlier one left at `cachePath` is read, and anything unreadable there is measured again.
  public init(options: ComputeOptions = ComputeOptions(), cachePath: String? = nil) {
    self.options = options
    self.cachePath = cachePath
    if let cachePath, let data = FileManager.default.contents(atPath: cachePath) {
      known = (try? JSONDecoder().decode([String: LatencyTable.Layer].self, from: data)) ?? [:]
    }
  }

  /// The file in the user's cache folder.
  public static var standardCachePath: String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? NSHomeDirectory()
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.cache"
    return "\(base)/secateur/latency.json"
  }

  /// Seconds of one example through each of some networks: the shortest of several runs.
  ///
  /// The runs take turns, so that whatever else the machine does meets all networks alike.
  public func seconds(of networks: [OpenNetwork]) throws(SessionError) -> [Double] {
    try SessionError.compute { () throws(ComputeError) in
      var runs: [Stopwatch] = []
      for network in networks {
        let bound: BoundNetwork
        do throws(GraphError) {
          bound = try BoundNetwork(
            network.network, inputShapes: network.inputShapes, foldsWeights: true)
        } catch { throw .network(error) }
        var options = options
        options.profiles = false
        runs.append(try Stopwatch(bound, options))
      }
      let clock = ContinuousClock()
      let began = clock.now
      for round in 0..<12 where round < 3 || (clock.now - began) / .seconds(1) < 4 {
        for place in runs.indices { try runs[place].run() }
      }
      return runs.map(\.shortest)
    }
  }

  /// The times of all layers at a grid of widths, and of the rest.
  public mutating func table(for network: OpenNetwork) throws(SessionError) -> LatencyTable {
    let whole = try seconds(of: [network])[0]
    var layers: [String: LatencyTable.Layer] = [:]
    var sum = 0.0
    for (place, coupled) in network.groups.layers.enumerated() {
      progress?(place, network.groups.layers.count)
      guard let single = SingleLayer(coupled.layer, in: network) else { continue }
      let key = single.key(options)
      let times: LatencyTable.Layer
      if let found = known[key] {
        times = found
      } else {
        times = try measure(single)
        known[key] = times
      }
      layers[coupled.layer.name] = times
      sum += times.seconds(kernels: single.kernels, inputs: single.inputs)
    }
    progress?(network.groups.layers.count, network.groups.layers.count)
    keep()
    return LatencyTable(layers: layers, rest: max(0, whole - sum))
  }

  private func measure(_ layer: SingleLayer) throws(SessionError) -> LatencyTable.Layer {
    let kernels = Self.widths(upTo: layer.kernels)
    let inputs = layer.isGrouped ? [layer.inputs] : Self.widths(upTo: layer.inputs)
    var options = options
    options.profiles = true
    var seconds: [Double] = []
    for count in kernels {
      for inputCount in inputs {
        let found = try SessionError.compute { () throws(ComputeError) in
          let bound: BoundNetwork
          do throws(GraphError) {
            bound = try BoundNetwork(layer.network(kernels: count, inputs: inputCount), foldsWeights: true)
          } catch { throw .network(error) }
          var run = try Stopwatch(bound, options)
          let clock = ContinuousClock()
          let began = clock.now
          for round in 0..<8 where round < 2 || (clock.now - began) / .seconds(1) < 0.3 {
            try run.run(kind: layer.op)
          }
          return run.shortest
        }
        seconds.append(found)
      }
    }
    return LatencyTable.Layer(kernels: kernels, inputs: inputs, seconds: seconds)
  }

  /// Quarters of a width, brought to what is computed fast.
  private static func widths(upTo width: Int) -> [Int] {
    let block = PruningSettings.fastMultiple
    let quarters = (1...3).map { quarter in
      let share = width * quarter / 4
      return width > 2 * block ? max(block, (share + block / 2) / block * block) : max(1, share)
    }
    return Set(quarters.filter { $0 < width } + [width]).sorted()
  }

  /// Keeps what was measured; a cache that cannot be written costs only time.
  private func keep() {
    guard let cachePath, let data = try? JSONEncoder().encode(known) else { return }
    let url = URL(fileURLWithPath: cachePath)
    try? FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? data.write(to: url, options: .atomic)
  }
}

/// A plan that is run on random numbers, and its shortest run.
private struct Stopwatch {
  private(set) var shortest = Double.infinity
  private let plan: ExecutionPlan
  private let feeds: [ValueID: [Float]]

  /// Makes the plan and warms up.
  init(_ bound: BoundNetwork, _ options: ComputeOptions) throws(ComputeError) {
    plan = try ExecutionPlan(bound, purpose: .infer, options: options)
    var generator = SeededGenerator(seed: 1)
    var feeds: [ValueID: [Float]] = [:]
    for input in plan.inputs {
      feeds[input] = (0..<(bound.shape(of: input) ?? []).elementCount).map { _ in Float(generator.normal()) }
    }
    self.feeds = feeds
    try plan.forward(feeds)
  }

  /// Runs once; by the plan's profile for a kind of step, which leaves out the reorderings at its borders: inside a
  /// network they are not there.
  mutating func run(kind: String? = nil) throws(ComputeError) {
    let clock = ContinuousClock()
    let (start, before) = (clock.now, kind.flatMap { plan.secondsByStep[$0] })
    try plan.forward(feeds)
    let passed = (clock.now - start) / .seconds(1)
    let profiled = before.flatMap { before in kind.flatMap { plan.secondsByStep[$0] }.map { $0 - before } }
    shortest = min(shortest, profiled ?? passed)
  }
}
