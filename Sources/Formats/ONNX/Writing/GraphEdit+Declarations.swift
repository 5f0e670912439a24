import Foundation
import Graph

/// What a file says of its values: the lists of inputs, outputs and shapes in between.
extension GraphEdit {
  func editDeclarations(of graph: inout Onnx_GraphProto) {
    if old.inputs != new.inputs {
      let listed = Set(graph.input.map(\.name))
      let gone = Set(old.inputs.map(oldName)).subtracting(new.inputs.map(name))
      graph.input.removeAll { gone.contains($0.name) }
      graph.input += new.inputs.filter { !listed.contains(name($0)) }.map(declaration)
    }
    if old.outputs.map(oldName) != new.outputs.map(name) {
      let declared = Dictionary(
        (graph.valueInfo + graph.output).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
      graph.output = new.outputs.map { declared[name($0)] ?? declaration($0) }
    }
    for index in graph.input.indices { _ = renew(&graph.input[index]) }
    for index in graph.output.indices { _ = renew(&graph.output[index]) }
    guard !graph.valueInfo.isEmpty else { return }
    let alive = Self.madeValues(of: new)
    let wasAlive = Self.madeValues(of: old)
    var entries: [Onnx_ValueInfoProto] = []
    for entry in graph.valueInfo {
      var entry = entry
      let value = new.value(named: entry.name)
      // An entry for what was never in the network (a string, an unused name) is none of our business.
      let isGone = value.map { !alive.contains($0) && wasAlive.contains($0) } ?? false
      if !isGone, renew(&entry) { entries.append(entry) }
    }
    if entries != graph.valueInfo { graph.valueInfo = entries }
  }

  private static func madeValues(of network: Network) -> Set<ValueID> {
    Set(network.nodes.flatMap(\.outputs).compactMap { $0 }).union(network.constants.keys).union(
      network.inputs)
  }

  private func declaration(_ value: ValueID) -> Onnx_ValueInfoProto {
    Onnx_ValueInfoProto(name: name(value), type: new.values[value.index].declaredType)
  }

  /// Makes a declaration true again; false when its shape may not hold and no better one is known.
  private func renew(_ entry: inout Onnx_ValueInfoProto) -> Bool {
    guard let value = new.value(named: entry.name), case .tensorType? = entry.type.value else { return true }
    let before = value.index < old.values.count ? old.values[value.index].declaredType : nil
    let after = new.values[value.index].declaredType
    if let after, after != before, before != nil {
      entry.type.replaceTensorType(with: after)
      return true
    }
    guard affected.contains(value), entry.type.tensorType.hasShape else { return true }
    if let tensor = new.constants[value] {
      entry.type.tensorType.shape.replaceDimensions(with: tensor.shape.map(Graph.Dimension.fixed))
      return true
    }
    guard let inferred = shapes[entry.name] else { return false }
    entry.type.tensorType.shape.renewDimensions(from: inferred)
    return true
  }
}

extension DeclaredType {
  /// The type of a constant.
  init(of tensor: Tensor) {
    self.init(elementType: tensor.elementType, dimensions: tensor.shape.map(Graph.Dimension.fixed))
  }
}
