public import Graph

/// Elements of one constant that belong to a unit.
public struct WeightSlice: Sendable, Hashable {
  /// The constant.
  public let constant: ValueID
  /// The axis sliced.
  public let axis: Int
  /// The positions along the axis, ascending.
  public let indices: [Int]
  /// The node that reads the constant with channels of its own, where it is a vector that several nodes
  /// may share; `nil` where every reader sees the same channels.
  public let reader: NodeID?

  /// Elements of `constant` at `indices` along `axis`.
  package init(constant: ValueID, axis: Int, indices: [Int], reader: NodeID? = nil) {
    self.constant = constant
    self.axis = axis
    self.indices = indices
    self.reader = reader
  }
}

/// One kernel of one layer.
public struct Kernel: Sendable, Hashable {
  /// The layer's index in `ChannelGroups.layers`.
  public let layer: Int
  /// The kernel's number in the layer.
  public let index: Int

  /// The kernel `index` of the layer at `layer`.
  package init(layer: Int, index: Int) {
    self.layer = layer
    self.index = index
  }
}

/// Channels that can only go together: a connected component of channel cells.
public struct KernelUnit: Sendable, Hashable {
  /// The group it belongs to: its index in `ChannelGroups.groups`; `nil` when it is frozen.
  public let group: Int?
  /// The kernels it takes with it, by layer and index.
  public let kernels: [Kernel]
  /// Why it cannot go, as it concerns the layer of its first kernel; `nil` where it can. Of another layer
  /// `CoupledLayer.freezeReason(ofKernel:)` tells.
  public let freezeReason: FreezeReason?

  /// A unit as it was found.
  package init(group: Int?, kernels: [Kernel], freezeReason: FreezeReason?) {
    self.group = group
    self.kernels = kernels
    self.freezeReason = freezeReason
  }
}

/// Why a channel cannot be removed.
public struct FreezeReason: Sendable, Hashable {
  /// A word for a column: `output`, `Softmax /head/Softmax`.
  public let label: String
  /// The operators from the layer to the one that freezes, both included, by node name.
  public let chain: [String]
  /// A sentence.
  public let sentence: String

  /// A reason in a word, a chain and a sentence.
  package init(label: String, chain: [String], sentence: String) {
    self.label = label
    self.chain = chain
    self.sentence = sentence
  }
}

/// Units with the same members: what is shown as a letter and moves together.
public struct ChannelGroup: Sendable, Hashable {
  /// `A`, `B`, … `Z`, `AA`; empty for a group of one layer.
  public let name: String
  /// Indices of its layers in `ChannelGroups.layers`, ascending.
  public let layers: [Int]
  /// Its units, by number.
  public let units: [Int]
  /// Why removing from it changes what remains, where it does (statistics over the channels).
  public let inexact: String?

  /// A group as it was found.
  package init(name: String, layers: [Int], units: [Int], inexact: String?) {
    self.name = name
    self.layers = layers
    self.units = units
    self.inexact = inexact
  }
}

/// A layer with what coupling says of it.
public struct CoupledLayer: Sendable, Hashable {
  /// The layer itself.
  public let layer: Layer
  /// Whether at least one of its kernels can go.
  public let isPrunable: Bool
  /// Why it is not prunable.
  public let reason: FreezeReason?
  /// The groups that its kernels belong to.
  public let groups: [Int]
  /// The unit of each kernel.
  public let units: [Int]
  /// Its kernels that cannot go, by reason, the first kernels first. Every way begins at this layer, whichever others its
  /// kernels are tied to.
  public let frozen: [FrozenKernels]

  /// A layer as coupling sees it.
  package init(
    layer: Layer, isPrunable: Bool, reason: FreezeReason?, groups: [Int], units: [Int],
    frozen: [FrozenKernels] = []
  ) {
    self.layer = layer
    self.isPrunable = isPrunable
    self.reason = reason
    self.groups = groups
    self.units = units
    self.frozen = frozen
  }

  /// Why one of its kernels cannot go; `nil` where it can.
  public func freezeReason(ofKernel kernel: Int) -> FreezeReason? {
    frozen.first { $0.kernels.contains(kernel) }?.reason
  }
}

/// Which kernels of a network can only go together, which cannot go at all, and why.
///
/// Every axis of every tensor that can carry channels is a row of cells; each operator says which cells
/// are the same (`ChannelRelation`); the connected components are the units. No layer, join or shuffle is
/// known by name here.
///
///     let groups = try ChannelGroups(BoundNetwork(network))
///     groups.explain("layer1.0.conv2")
public struct ChannelGroups: Sendable {
  /// Every layer, in the order of the graph.
  public let layers: [CoupledLayer]
  /// Units with at least one kernel, by their first kernel.
  public let units: [KernelUnit]
  /// Units with the same members, by their first kernel.
  public let groups: [ChannelGroup]
  /// How grouped convolutions were kept whole.
  package let policy: GroupedConvolutionPolicy
  /// Learnable elements and multiply-accumulates for one example, as `NetworkSummary` counts them.
  public let summary: NetworkSummary

  let map: ChannelMap
  let ledger: CostLedger
  let costs: CostModel
  let demands: UnitDemands
  private let indices: [String: Int]

  /// Solves the coupling of a bound network.
  ///
  /// - Complexity: nearly linear in the channels of all values.
  /// - Throws: `PruningError.tooManyChannels` where a file speaks of more than any network has.
  public init(
    _ bound: BoundNetwork, policy: GroupedConvolutionPolicy = .automatic
  ) throws {
    summary = NetworkSummary(bound)
    var solver = try CouplingSolver.solved(
      bound, policy: policy, chains: MovementChain.all(in: bound), layers: summary.layers)
    let collapsed = solver.collapsedChoices()
    if !collapsed.isEmpty {
      let second = try CouplingSolver.solved(
        bound, policy: policy, chains: solver.chains, layers: summary.layers, flipped: collapsed)
      if second.unitsOfAllChoices() > solver.unitsOfAllChoices() { solver = second }
    }
    let catalogue = try UnitCatalogue(&solver, layers: summary.layers)
    layers = catalogue.layers
    units = catalogue.units
    groups = catalogue.groups
    map = catalogue.map
    ledger = CostLedger(bound, map: catalogue.map, layers: summary.layers)
    demands = UnitDemands(catalogue.units)
    costs = CostModel(
      catalogue.map, ledger: ledger, layers: summary.layers, units: catalogue.units.count, bound: bound)
    self.policy = policy
    var indices: [String: Int] = [:]
    for (index, layer) in layers.enumerated() {
      for alias in layer.layer.aliases where indices[alias] == nil { indices[alias] = index }
    }
    for (index, layer) in layers.enumerated() { indices[layer.layer.name] = index }
    self.indices = indices
  }

  /// The index in `layers` of the layer of that name or alias.
  public func index(of name: String) -> Int? { indices[name] }

  /// The index of a layer that must be there.
  ///
  /// - Throws: `PruningError.unknownLayer`.
  package func requiredIndex(of name: String) throws -> Int {
    guard let index = indices[name] else {
      throw PruningError.unknownLayer(name, known: layers.map(\.layer.name))
    }
    return index
  }

  /// The layers that lose kernels when `layer` does, itself included, ascending.
  ///
  /// They are those that share a unit with it, directly or through others, so that one amount can hold
  /// for all of them.
  public func tying(_ layer: Int) -> [Int] {
    var found: Set<Int> = [layer]
    var open = [layer]
    while let next = open.popLast() {
      for group in layers[next].groups {
        for partner in groups[group].layers where found.insert(partner).inserted { open.append(partner) }
      }
    }
    return found.sorted()
  }

  /// Every slice of a constant that a unit owns, consumers' input slices included.
  ///
  /// - Complexity: linear in the channels of all constants; for all units at once use `weightSlices()`.
  public func slices(ofUnit unit: Int) -> [WeightSlice] { collectSlices { $0 == unit }[unit] ?? [] }

  /// The slices of every unit, by number.
  package func weightSlices() -> [[WeightSlice]] {
    let found = collectSlices { _ in true }
    return units.indices.map { found[$0] ?? [] }
  }

  private func collectSlices(_ isWanted: (Int) -> Bool) -> [Int: [WeightSlice]] {
    var result: [Int: [WeightSlice]] = [:]
    for owner in ledger.constantOwners {
      for axis in map.channels(owner.slot) {
        var indices: [Int: [Int]] = [:]
        for (index, unit) in map.tables[axis.table].enumerated() where unit >= 0 && isWanted(Int(unit)) {
          for copy in 0..<axis.repeats {
            indices[Int(unit), default: []].append(index * axis.repeats + copy)
          }
        }
        for (unit, list) in indices {
          result[unit, default: []].append(
            WeightSlice(constant: owner.constant, axis: axis.axis, indices: list, reader: owner.reader))
        }
      }
    }
    return result
  }
}
