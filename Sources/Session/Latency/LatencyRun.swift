package import Compute
import Foundation
import Graph
import Ranks
package import Pruning

/// Measures how long networks or layers take on this machine, a forward pass at a time, so that whoever runs it
/// can turn to something else between any two. Used on one thread.
///
/// A time is the shortest of several runs. Plans that are to be compared take turns, so that whatever else the
/// machine does meets all of them alike.
package final class LatencyRun {
  /// What a plan is made of.
  private enum Subject {
    case network(OpenNetwork)
    case layer(SingleLayer, kernels: Int, inputs: Int)

    func bound() throws -> BoundNetwork {
      switch self {
      case .network(let network):
        try BoundNetwork(network.network, inputShapes: network.inputShapes, foldsWeights: true)
      case .layer(let single, let kernels, let inputs):
        try BoundNetwork(single.network(kernels: kernels, inputs: inputs), foldsWeights: true)
      }
    }
  }

  /// Plans that take turns, and what becomes of their times.
  private struct Measurement {
    enum Outcome {
      case networks
      case grid(String, row: Int)
      case widths(String, [Int])
    }

    let plans: [Subject]
    let outcome: Outcome
    /// The kind of step that counts; `nil` for the whole.
    var op: String?
    /// How often each plan is run, at least and at most; short ones are run on for `least` seconds together, so
    /// that no other process's turn lasts as long as all of them.
    var rounds = 2...8
    var least = 0.01
    /// How often it is measured again, behind all others, if that could change what is chosen.
    var repeats = 0
    /// Seconds after which no further round begins.
    var limit = 0.3
  }

  /// How far the run is, in measurements.
  package private(set) var progress: RunProgress
  /// Seconds of one example through each network that was asked about, in their order.
  package private(set) var seconds: [Double] = []
  /// How far the run in the middle lay above the shortest, as a share of it, likewise.
  package private(set) var spreads: [Double] = []

  private let options: ComputeOptions
  private let cache: LatencyCache
  /// What tells the network of a table from others.
  private let tableKey: String?
  private let layers: [(name: String, key: String, single: SingleLayer)]
  private var pending: [Measurement]
  private var stopwatches: [Stopwatch] = []
  private var rounds = 0
  private var passed = 0.0
  /// Times of a grid so far.
  private var points: [Double] = []

  private init(
    _ measurements: [Measurement], layers: [(name: String, key: String, single: SingleLayer)] = [],
    tableKey: String? = nil, options: ComputeOptions, cache: LatencyCache
  ) {
    self.tableKey = tableKey
    pending = measurements.reversed()
    self.layers = layers
    self.options = options
    self.cache = cache
    progress = RunProgress(done: 0, total: measurements.count, seconds: 0, unit: "timings")
  }

  /// Layers that it has times of, measured now or before.
  package var layerCount: Int { layers.count }

  /// The whole of some networks, in turns.
  package convenience init(_ networks: [OpenNetwork], options: ComputeOptions, cache: LatencyCache) {
    self.init([Self.whole(networks)], options: options, cache: cache)
  }

  /// All layers of a network at a grid of widths, and the whole of it: what `table` needs.
  package convenience init(
    tableOf network: OpenNetwork, options: ComputeOptions, cache: LatencyCache
  ) {
    let layers = Self.layers(of: network, options)
    var seen = Set<String>()
    var measurements = [Self.whole([network])]
    for (_, key, single) in layers where seen.insert(key).inserted && cache.grid(key) == nil {
      let (kernels, inputs) = single.gridWidths
      for (row, pair) in kernels.flatMap({ count in inputs.map { (count, $0) } }).enumerated() {
        measurements.append(
          Measurement(
            plans: [.layer(single, kernels: pair.0, inputs: pair.1)], outcome: .grid(key, row: row),
            op: single.op))
      }
    }
    self.init(
      measurements, layers: layers, tableKey: network.latencyKey(options), options: options, cache: cache)
  }

  /// Some layers of a network at the widths near those that they would be left with: what `widths` needs.
  ///
  /// - Parameter kept: multiples of `PruningSettings.fastMultiple` by layer.
  package convenience init(
    widthsNear kept: [String: Int], in network: OpenNetwork, options: ComputeOptions, cache: LatencyCache
  ) {
    let layers = Self.layers(of: network, options)
    var seen = Set<String>()
    var measurements: [Measurement] = []
    for (name, key, single) in layers {
      guard let multiple = kept[name] else { continue }
      let widths = WidthTimes.candidates(near: multiple).filter { $0 <= single.kernels }
      let known = cache.widths(key)
      guard widths.contains(where: { known[$0] == nil }), seen.insert("\(multiple) \(key)").inserted,
        single.fitsSideBySide(widths.count)
      else { continue }
      measurements.append(
        Measurement(
          plans: widths.map { .layer(single, kernels: $0, inputs: single.inputs) },
          outcome: .widths(key, widths), op: single.op, rounds: 3...12, least: 0.05, repeats: 4, limit: 1))
    }
    self.init(measurements, layers: layers, options: options, cache: cache)
  }

  private static func whole(_ networks: [OpenNetwork]) -> Measurement {
    Measurement(
      plans: networks.map { .network($0) }, outcome: .networks, rounds: 3...12, least: 0.1, limit: 4)
  }

  private static func layers(
    of network: OpenNetwork, _ options: ComputeOptions
  ) -> [(name: String, key: String, single: SingleLayer)] {
    network.groups.layers.compactMap { coupled in
      SingleLayer(coupled.layer, in: network).map { (coupled.layer.name, $0.key(options), $0) }
    }
  }

  /// Makes a plan or runs one; `false` when all is measured.
  package func step() throws -> Bool {
    guard let measurement = pending.last else { return false }
    guard options.ranks.count == 1 else {
      throw SessionError.unfit(
        sentence: "Times are those of one machine, and this run is shared by \(options.ranks.count) ranks.",
        remedy: "Ask for another target than latency, or run on one rank.")
    }
    let began = ContinuousClock.now
    try time(measurement)
    progress.seconds += (ContinuousClock.now - began) / .seconds(1)
    let isLong = rounds >= measurement.rounds.lowerBound && passed > measurement.limit
    let isEnough = rounds >= measurement.rounds.upperBound && passed > measurement.least
    if isLong || isEnough {
      pending.removeLast()
      finish(measurement)
    }
    if pending.isEmpty { cache.save() }
    return !pending.isEmpty
  }

  /// Makes the next plan of a measurement or, when there are all of them, runs each once.
  private func time(_ measurement: Measurement) throws {
    if stopwatches.count < measurement.plans.count {
      var options = options
      options.profiles = measurement.op != nil
      let bound = try measurement.plans[stopwatches.count].bound()
      stopwatches.append(try Stopwatch(bound, options))
      if stopwatches.count < measurement.plans.count { return }
    }
    let clock = ContinuousClock()
    let start = clock.now
    for index in stopwatches.indices { try stopwatches[index].run(kind: measurement.op) }
    passed += (clock.now - start) / .seconds(1)
    rounds += 1
  }

  deinit { cache.save() }

  private func finish(_ measurement: Measurement) {
    let times = stopwatches.map(\.shortest)
    switch measurement.outcome {
    case .networks:
      seconds = times
      spreads = stopwatches.map(\.spread)
      // A table compares the whole with layers that may have been measured when the machine had less to do.
      if let tableKey { seconds = times.map { cache.shortest($0, for: tableKey) } }
    case .widths(let key, let widths):
      let known = cache.widths(key)
      let shortest = Dictionary(zip(widths, times)) { $1 }.merging(known) { min($0, $1) }
      cache.keep(shortest, for: key)
      let multiple = widths.first { $0 % PruningSettings.fastMultiple == 0 } ?? 0
      let near = shortest.filter { widths.contains($0.key) }
      if measurement.repeats > 0, WidthTimes.speak(near, against: multiple) {
        var again = measurement
        again.repeats -= 1
        pending.insert(again, at: 0)
        progress.total += 1
      }
    case .grid(let key, let row):
      if row == 0 { points = [] }
      points += times
      if let single = layers.first(where: { $0.key == key })?.single {
        let (kernels, inputs) = single.gridWidths
        if points.count == kernels.count * inputs.count {
          cache.keep(LatencyTable.Layer(kernels: kernels, inputs: inputs, seconds: points), for: key)
        }
      }
    }
    stopwatches = []
    rounds = 0
    passed = 0
    progress.done += 1
  }

  /// The times of all layers, and of the rest of a network: complete when `step` said so.
  package func table(for network: OpenNetwork) -> LatencyTable {
    var found: [String: LatencyTable.Layer] = [:]
    var sum = 0.0
    for (name, key, single) in layers {
      guard let times = cache.grid(key) else { continue }
      found[name] = times
      sum += times.seconds(kernels: single.kernels, inputs: single.inputs)
    }
    return LatencyTable(
      layers: found, rest: max(0, (seconds.first ?? sum) - sum),
      activationBytes: network.groups.activationBytes)
  }

  /// The times at single widths, of all layers that have some.
  package var widths: WidthTimes {
    WidthTimes(
      layers: layers.reduce(into: [:]) { found, layer in
        let times = cache.widths(layer.key)
        if !times.isEmpty { found[layer.name] = times }
      })
  }
}

/// A plan that is run on random numbers, and how long its runs take.
private struct Stopwatch {
  private var times: [Double] = []
  private let plan: ExecutionPlan
  private let feeds: [ValueID: [Float]]

  /// Makes the plan and warms up.
  init(_ bound: BoundNetwork, _ options: ComputeOptions) throws {
    plan = try ExecutionPlan(bound, purpose: .infer, options: options)
    var generator = SeededGenerator(seed: 1)
    var feeds: [ValueID: [Float]] = [:]
    for input in plan.inputs {
      feeds[input] = bound.standIn(for: input, &generator)
    }
    self.feeds = feeds
    try plan.forward(feeds)
  }

  /// Runs once; by the plan's profile for a kind of step, which leaves out the reorderings at its borders: inside a
  /// network they are not there.
  mutating func run(kind: String? = nil) throws {
    let clock = ContinuousClock()
    let (start, before) = (clock.now, kind.flatMap { plan.secondsByStep[$0] })
    try plan.forward(feeds)
    let passed = (clock.now - start) / .seconds(1)
    let profiled = before.flatMap { before in kind.flatMap { plan.secondsByStep[$0] }.map { $0 - before } }
    times.append(profiled ?? passed)
  }

  /// The shortest run.
  var shortest: Double { times.min() ?? .infinity }

  /// How far the run in the middle lies above the shortest, as a share of it.
  var spread: Double {
    guard shortest > 0, !times.isEmpty else { return 0 }
    return times.sorted()[times.count / 2] / shortest - 1
  }
}
