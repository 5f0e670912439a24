import Graph
import Pruning
public import Session

/// A schedule with the network that it is for: names resolved, everything checked that can be told before training.
public struct BoundSchedule: Sendable {
  /// The schedule.
  public let schedule: Schedule
  /// The network; behind a remover another one takes its place.
  public let network: OpenNetwork
  /// By pruner: its weights, in order.
  private let weights: [String: [BoundWeight]]
  /// By regularizer: its weights with λ and groups.
  let regimes: [String: [(weight: BoundWeight, regime: Regularizer.Regime)]]

  /// Resolves and checks.
  ///
  /// - Throws: `ScheduleError` for weights that are not there or cannot be pruned so, pruners that take everything, and
  ///   joins whose members are pruned differently before a remover.
  public init(_ schedule: Schedule, network: OpenNetwork) throws {
    try self.init(unchecked: schedule, network: network)
    try check()
  }

  /// A schedule that was checked with the network that this one was made of.
  init(unchecked schedule: Schedule, network: OpenNetwork) throws {
    self.schedule = schedule
    self.network = network
    let resolver = WeightResolver(network, schedule)
    var weights: [String: [BoundWeight]] = [:]
    for pruner in schedule.pruners { weights[pruner.name] = try resolver.weights(pruner.weights) }
    self.weights = weights
    var regimes: [String: [(weight: BoundWeight, regime: Regularizer.Regime)]] = [:]
    // What no policy names does nothing, whatever it lists: published schedules have such.
    let used = Set(schedule.policies.filter { $0.kind == .regularizer }.map(\.instance))
    for regularizer in schedule.regularizers where used.contains(regularizer.name) {
      var list: [(weight: BoundWeight, regime: Regularizer.Regime)] = []
      for regime in regularizer.regimes {
        for weight in try resolver.weights([regime.weight]) { list.append((weight, regime)) }
      }
      regimes[regularizer.name] = list
    }
    self.regimes = regimes
  }

  /// The weights of a pruner, in order; those that `*` stands for last.
  package func weights(of pruner: Pruner) -> [BoundWeight] { weights[pruner.name] ?? [] }

  /// The number that a class by weight has for one of them.
  func value(_ values: [NamedWeight: Double], of weight: BoundWeight) -> Double {
    values[weight.written] ?? 0
  }

  /// The policies of pruners that act before a remover's epoch, or at it.
  func pruningPolicies(through epoch: Int) -> [Policy] {
    schedule.policies.filter { $0.kind == .pruner && $0.epochs.first <= epoch }
  }
}

/// Finds the weights that a schedule names.
struct WeightResolver {
  private let network: OpenNetwork
  private let schedule: Schedule
  private let names: WeightNames
  private let nodes: [NodeID: Node]

  init(_ network: OpenNetwork, _ schedule: Schedule) {
    self.network = network
    self.schedule = schedule
    names = WeightNames(network)
    nodes = network.network.nodes.reduce(into: [:]) { $0[$1.id] = $1 }
  }

  /// The weights of a list; `*` stands for all layers that the others do not name.
  func weights(_ list: [NamedWeight]) throws -> [BoundWeight] {
    var result: [BoundWeight] = []
    for name in list where name.name != "*" {
      guard let index = names.index(of: name.name) else {
        throw ScheduleError.unknownWeight(
          schedule.location(name.line), name: name.name, near: names.near(name.name))
      }
      let (weight, problem) = bound(name, index)
      guard let weight else {
        throw ScheduleError.unsuitable(schedule.location(name.line), weight: name.name, reason: problem)
      }
      if let twin = result.first(where: { $0.layer == index }) {
        throw ScheduleError.outOfRange(
          schedule.location(name.line), what: name.name,
          problem: "is the same weight as \(twin.written.name)",
          remedy: "Name each weight once.")
      }
      result.append(weight)
    }
    guard let rest = list.first(where: { $0.name == "*" }) else { return result }
    let named = Set(result.map(\.layer))
    for index in network.groups.layers.indices where !named.contains(index) {
      if let weight = bound(rest, index).weight { result.append(weight) }
    }
    return result
  }

  private func bound(_ name: NamedWeight, _ index: Int) -> (weight: BoundWeight?, problem: String) {
    let layer = network.groups.layers[index].layer
    guard let constant = network.network.constants[layer.weight], constant.shape == layer.weightShape else {
      return (nil, "the model computes it from other constants")
    }
    guard constant.elementType.isFloatingPoint else { return (nil, "it is quantized") }
    var groups = 1
    if case .int(let count)? = nodes[layer.node]?.attributes["group"] { groups = count }
    return (BoundWeight(name, layer: layer, index: index, constant: layer.weight, groups: groups), "")
  }
}
