import Foundation
import Graph

/// Silences removed channels in a network of the original shapes.
struct NetworkMasker {
  private let bound: BoundNetwork
  private let map: ChannelMap
  private let kept: KeptChannels
  private var network: Network
  private var nodes: [Node] = []
  private var nextNode: Int

  init(_ bound: BoundNetwork, _ groups: ChannelGroups, _ selection: Selection) {
    self.bound = bound
    map = groups.map
    kept = KeptChannels(groups.map, units: groups.units.count, removed: selection.removedUnits)
    network = bound.network
    nextNode = bound.network.unusedNodeID.number
  }

  mutating func mask() -> Network {
    for index in bound.network.nodes.indices {
      var node = bound.network.nodes[index]
      // Whoever reads computed weights reads the constant that they are.
      if bound.isWeightArithmetic(at: index) {
        nodes.append(node)
        continue
      }
      let relations = bound.relations(at: index)
      if kept.changesStatistics(relations, of: index, bound) {
        restrict(&node, index)
        continue
      }
      for axes in relations.compactMap(\.summedAxes) { silence(axes, &node, index) }
      nodes.append(node)
    }
    network.nodes = nodes
    return network
  }

  /// Statistics run over what stays: the node reads the channels that stay, and each that goes gets one of theirs
  /// afterwards, which nobody listens to.
  private mutating func restrict(_ node: inout Node, _ index: Int) {
    for (number, input) in bound.network.nodes[index].inputs.enumerated() {
      guard let original = input, let value = node.inputs[number] else { continue }
      let cuts = kept.cuts(map.slot(of: original, use: ConstantUse(node: index, input: number)))
      guard !cuts.isEmpty else { continue }
      if let constant = constant(value, of: original) {
        node.inputs[number] = network.addConstant(
          "\(network.name(of: original))_restricted", kept.sliced(constant, cuts))
        continue
      }
      node.inputs[number] = cuts.reduce(value) { value, cut in
        let result = network.addValue(network.unusedValueName("\(network.name(of: original))_restricted"))
        gather(value, kept.kept(cut), axis: cut.axis, into: result)
        return result
      }
    }
    if let left = kept.normalizedGroups(bound.relations(at: index), of: index, bound) {
      node.attributes["num_groups"] = .int(left.count)
    }
    var spread: [(from: ValueID, cuts: [AxisChannels], to: ValueID)] = []
    for (number, output) in node.outputs.enumerated() {
      guard let output else { continue }
      let cuts = kept.cuts(.value(output.index))
      guard !cuts.isEmpty else { continue }
      let result = network.addValue(network.unusedValueName("\(network.name(of: output))_restricted"))
      node.outputs[number] = result
      spread.append((result, cuts, output))
    }
    nodes.append(node)
    for (source, cuts, target) in spread {
      var value = source
      for (number, cut) in cuts.enumerated() {
        let isLast = number == cuts.count - 1
        let next =
          isLast ? target : network.addValue(network.unusedValueName("\(network.name(of: target))_part"))
        let indices = Dictionary(
          kept.kept(cut).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let extent = bound.shape(of: target)?[cut.axis] ?? 0
        gather(value, (0..<extent).map { indices[$0] ?? 0 }, axis: cut.axis, into: next)
        value = next
      }
    }
  }

  /// The constant that an operand is at all sizes.
  private func constant(_ value: ValueID, of original: ValueID) -> Tensor? {
    network.constants[value] ?? (bound.chosen.contains(original) ? nil : bound.constant(of: original))
  }

  private mutating func gather(_ value: ValueID, _ indices: [Int], axis: Int, into result: ValueID) {
    let name = network.name(of: result)
    nodes.append(
      Node(
        id: NodeID(nextNode), name: name, op: "Gather",
        inputs: [value, network.addConstant("\(name)_indices", Tensor(indices))], outputs: [result],
        attributes: ["axis": .int(axis)]))
    nextNode += 1
  }

  private mutating func silence(_ axes: [AxisReference], _ node: inout Node, _ index: Int) {
    var cut: (axis: AxisReference, number: Int, channels: AxisChannels)?
    for axis in axes {
      guard case .input(let number) = axis.operand, let value = bound.network.nodes[index].inputs[number],
        let channels = kept.cuts(map.slot(of: value, use: ConstantUse(node: index, input: number)))
          .first(where: { $0.axis == axis.axis })
      else { continue }
      if cut == nil || bound.constant(of: value) != nil { cut = (axis, number, channels) }
    }
    guard let cut, let value = node.inputs[cut.number],
      let original = bound.network.nodes[index].inputs[cut.number]
    else { return }
    let stays = Set(kept.kept(cut.channels))
    guard let shape = bound.shape(of: original) else { return }
    let gone = (0..<shape[cut.axis.axis]).filter { !stays.contains($0) }
    if let constant = constant(value, of: original) {
      node.inputs[cut.number] = network.addConstant(
        "\(network.name(of: original))_masked", constant.silenced(gone, alongAxis: cut.axis.axis))
      return
    }
    var maskShape = [Int](repeating: 1, count: shape.count - cut.axis.axis)
    maskShape[0] = shape[cut.axis.axis]
    let type = bound.specs[original.index]?.elementType ?? .float32
    let mask = network.addConstant(
      "\(network.name(of: original))_mask",
      Tensor(type, (0..<maskShape[0]).map { stays.contains($0) ? 1 : 0 }, shape: maskShape))
    let product = network.addValue(network.unusedValueName("\(network.name(of: original))_masked"))
    nodes.append(
      Node(
        id: NodeID(nextNode), name: "\(node.name)_mask\(cut.number)", op: "Mul", inputs: [value, mask],
        outputs: [product]))
    nextNode += 1
    node.inputs[cut.number] = product
  }
}

extension Tensor {
  /// The tensor with zeros at the given indices of an axis; zero bytes are zero in every element type.
  func silenced(_ indices: [Int], alongAxis axis: Int) -> Tensor {
    let inner = shape[(axis + 1)...].elementCount * (elementType.byteCount ?? 1)
    let outer = shape[..<axis].elementCount
    var bytes = Data(self.bytes)
    for block in 0..<outer {
      for index in indices {
        let start = (block * shape[axis] + index) * inner
        bytes.resetBytes(in: start..<(start + inner))
      }
    }
    return (try? Tensor(elementType, shape: shape, bytes: bytes)) ?? self
  }
}
