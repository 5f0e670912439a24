package import Graph

/// The part of a network that lies behind the consumers of some channels, with a mask for each position where
/// those channels are summed over: zeros in the masks do what removing the channels would, and what stands
/// before the masks need not be computed again.
package struct SilencedTail: Sendable {
  /// The tail. Its inputs are `borders`, then the masks.
  package let network: Network
  /// Values of the whole network that the tail begins with, in order.
  package let borders: [ValueID]
  /// What computing the tail takes for one example; see `BoundNetwork.workload`.
  package let workload: Double
  /// The nodes of the whole network that the tail begins with.
  package let starts: Set<NodeID>
  private let masks: [Mask]

  private struct Mask {
    let value: ValueID
    let shape: [Int]
    let repeats: Int
    let units: [Int32]
  }

  /// Cuts the tail of a group out of a network.
  ///
  /// - Parameters:
  ///   - group: the index of the group in `groups.groups`.
  ///   - bound: the network that `groups` was solved for, bound to any batch.
  ///   - outputs: what the tail is to compute.
  /// - Returns: `nil` where none of the outputs depends on the group.
  package init?(group: Int, of groups: ChannelGroups, in bound: BoundNetwork, outputs: [ValueID]) {
    self.init(units: Set(groups.groups[group].units), of: groups, in: bound, outputs: outputs)
  }

  /// Cuts the tail of any units out of a network; any of them can be silenced by the masks.
  ///
  /// Masks do not follow nodes that take statistics over the channels (`ChannelRelation.inexact`); for a
  /// removal that changes those, `init(removing:)` does.
  ///
  /// - Returns: `nil` where none of the outputs depends on the units.
  package init?(units: Set<Int>, of groups: ChannelGroups, in bound: BoundNetwork, outputs: [ValueID]) {
    let sites = Self.sites(of: Set(units.map(Int32.init)), groups.map, bound)
    self.init(behind: sites.map(\.node), sites, groups.map, bound, outputs)
  }

  /// Cuts out the tail of one removal, with the removed channels silent and statistics taken over those that
  /// stay. It has no masks.
  ///
  /// - Parameters:
  ///   - removed: the numbers of the units that go.
  ///   - refits: layers that read the units, with what makes up for them.
  ///   - starts: nodes that the tail begins with whether the removal changes them or not, so that the tails of several
  ///     removals begin with the same values.
  /// - Returns: `nil` where none of the outputs depends on the units.
  package init?(
    removing removed: [Int], refits: [LayerRefit] = [], startingWith starts: Set<NodeID> = [],
    of groups: ChannelGroups, in bound: BoundNetwork, outputs: [ValueID]
  ) throws {
    let selection = Selection(removedUnits: removed, groups: groups, asked: nil)
    var network = try bound.network.masked(selection, groups: groups, bound: bound)
    network.apply(refits)
    let shapes = network.inputs.reduce(into: [ValueID: [Int]]()) { $0[$1] = bound.shape(of: $1) }
    let masked = try BoundNetwork(network, inputShapes: shapes)
    let known = Dictionary(
      bound.network.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let changed = masked.steps.filter { index in
      let node = masked.network.nodes[index]
      return known[node.id] != node || starts.contains(node.id)
    }
    self.init(behind: changed, [], groups.map, masked, outputs)
  }

  private init?(
    behind starts: [Int], _ sites: [Site], _ map: ChannelMap, _ bound: BoundNetwork, _ outputs: [ValueID]
  ) {
    let indices = Self.indices(behind: Set(starts), before: outputs, bound)
    guard !Set(indices).isDisjoint(with: starts) else { return nil }
    guard var network = bound.part(indices, outputs: outputs) else { return nil }
    borders = network.inputs
    var masks: [Mask] = []
    var nodes: [Node] = []
    var nextNode = network.unusedNodeID.number
    for index in indices {
      var node = bound.network.nodes[index]
      for site in sites where site.node == index {
        guard let value = node.inputs[site.input], let spec = bound.specs[value.index] else { continue }
        var shape = [Int](repeating: 1, count: spec.shape.count - site.channels.axis)
        shape[0] = spec.shape[site.channels.axis]
        let name = network.name(of: value)
        let mask = network.addValue(network.unusedValueName("\(name)_mask"))
        let product = network.addValue(network.unusedValueName("\(name)_masked"))
        nodes.append(
          Node(
            id: NodeID(nextNode), name: "\(node.name)_mask\(site.input)", op: "Mul", inputs: [value, mask],
            outputs: [product]))
        nextNode += 1
        node.inputs[site.input] = product
        let type = spec.elementType.isFloatingPoint ? spec.elementType : .float32
        network.declare(DeclaredType(TensorSpec(type, shape)), for: mask)
        masks.append(
          Mask(
            value: mask, shape: shape, repeats: site.channels.repeats,
            units: map.tables[site.channels.table]))
      }
      nodes.append(node)
    }
    network.nodes = nodes
    network.inputs += masks.map(\.value)
    self.network = network
    self.masks = masks
    self.starts = Set(starts.map { bound.network.nodes[$0].id })
    workload = bound.workload(of: indices)
  }

  /// The masks by value, in C order, with zeros where channels of the units are.
  package func masks(silencing units: Set<Int>) -> [ValueID: [Float]] {
    masks.reduce(into: [:]) { values, mask in
      values[mask.value] = (0..<mask.shape[0]).map { index in
        units.contains(Int(mask.units[index / mask.repeats])) ? 0 : 1
      }
    }
  }

  /// An input of a node that carries channels which the node sums over.
  private struct Site {
    let node: Int
    let input: Int
    let channels: AxisChannels
  }

  /// Where nodes sum over channels of the units; of the factors of a product one, computed from data where one is.
  private static func sites(of units: Set<Int32>, _ map: ChannelMap, _ bound: BoundNetwork) -> [Site] {
    var sites: [Site] = []
    for index in bound.steps {
      for axes in bound.relations(at: index).compactMap(\.readAxes) {
        let found = axes.compactMap { axis -> (site: Site, isConstant: Bool)? in
          guard case .input(let number) = axis.operand,
            let value = bound.network.nodes[index].inputs[safe: number] ?? nil,
            let channels = map.channels(map.slot(of: value, use: ConstantUse(node: index, input: number)))
              .first(where: { $0.axis == axis.axis }),
            map.tables[channels.table].contains(where: units.contains)
          else { return nil }
          return (
            Site(node: index, input: number, channels: channels), bound.constant(of: value) != nil
          )
        }
        if let site = (found.first { !$0.isConstant } ?? found.first)?.site { sites.append(site) }
      }
    }
    return sites
  }

  /// The steps, in order, on a way from the given ones to an output.
  private static func indices(
    behind starts: Set<Int>, before outputs: [ValueID], _ bound: BoundNetwork
  ) -> [Int] {
    var (reached, values): (Set<Int>, Set<ValueID>) = ([], [])
    for index in bound.steps {
      let node = bound.network.nodes[index]
      guard starts.contains(index) || node.readValues.contains(where: values.contains) else { continue }
      reached.insert(index)
      values.formUnion(node.outputs.compactMap { $0 })
    }
    return bound.steps(from: [], to: outputs).filter(reached.contains)
  }
}
