import Foundation
import Graph

/// The changes that turn a graph message into one of an edited network.
///
/// What is the same in both networks is not touched.
struct GraphEdit {
  let old: Network
  let new: Network
  /// Names of the values that stand for ones of the graph around this one.
  let oldNames: [ValueID: String]
  let newNames: [ValueID: String]
  /// Inferred shapes, for declarations that no longer hold.
  let shapes: [String: [Graph.Dimension]]
  /// Whether every initializer is an input of the graph too, as in the format's first three versions.
  private let listsInitializersAsInputs: Bool

  private let oldUses: Set<ValueID>
  private let newUses: Set<ValueID>
  private let oldNodes: [NodeID: Node]
  private let newNodes: [NodeID: Node]
  /// Values whose shape may be another than it was.
  private(set) var affected: Set<ValueID>

  /// - Parameters:
  ///   - old: the network of the message.
  ///   - new: the network to write.
  ///   - oldNames: names of captured values of `old`.
  ///   - newNames: names of captured values of `new`.
  ///   - affected: captured values whose shape may be another than it was.
  init(
    from old: Network, to new: Network, shapes: [String: [Graph.Dimension]] = [:],
    listsInitializersAsInputs: Bool = false, oldNames: [ValueID: String] = [:],
    newNames: [ValueID: String] = [:], affected: Set<ValueID> = []
  ) {
    self.old = old
    self.new = new
    self.oldNames = oldNames
    self.newNames = newNames
    self.shapes = shapes
    self.listsInitializersAsInputs = listsInitializersAsInputs
    oldUses = Set(old.nodes.flatMap(\.readValues)).union(old.outputs)
    newUses = Set(new.nodes.flatMap(\.readValues)).union(new.outputs)
    oldNodes = Dictionary(old.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    newNodes = Dictionary(new.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.affected = affected
  }

  /// Makes the changes.
  ///
  /// - Throws: `FormatError.invalidNetwork` when the new network has values that nothing makes, or nodes of
  ///   one number.
  mutating func apply(to graph: inout Onnx_GraphProto) throws {
    try check()
    findAffectedValues()
    if new.name != old.name { graph.name = new.name }
    let fromNodes = try editNodes(of: &graph)
    editConstants(of: &graph, madeByNodes: fromNodes)
    editDeclarations(of: &graph)
  }

  /// Makes only the changes of initializers and of what is declared, for networks that differ in no more.
  mutating func applyConstants(to graph: inout Onnx_GraphProto) throws {
    try check()
    findAffectedValues()
    let initializers = Self.initializers(of: graph, in: old)
    editConstants(of: &graph, madeByNodes: Set(old.constants.keys).subtracting(initializers))
    editDeclarations(of: &graph)
  }

  /// Whether the networks differ only in the contents of initializers of `graph`.
  func changesOnlyInitializers(of graph: Onnx_GraphProto) -> Bool {
    guard old.nodes == new.nodes, old.inputs == new.inputs, old.outputs == new.outputs, old.name == new.name,
      old.constants.count == new.constants.count
    else { return false }
    let initializers = Self.initializers(of: graph, in: old)
    return new.constants.allSatisfy { value, tensor in
      initializers.contains(value) || old.constants[value] == tensor
    }
  }

  private static func initializers(of graph: Onnx_GraphProto, in network: Network) -> Set<ValueID> {
    Set(
      (graph.initializer.map(\.name) + graph.sparseInitializer.map(\.values.name)).compactMap(network.value))
  }

  // MARK: What changed

  private func check() throws {
    guard new.isEdit(of: old) else {
      throw FormatError.invalidNetwork(problem: "it is not an edited copy of the model's own")
    }
    guard newNodes.count == new.nodes.count else {
      throw FormatError.invalidNetwork(problem: "two of its nodes have the same number")
    }
    var known = Set(new.constants.keys).union(new.inputs).union(newNames.keys)
    // Strings are values that the file gives although the network has no constant for them.
    known.formUnion(
      new.values.indices.map(ValueID.init).filter {
        new.values[$0.index].declaredType?.elementType == .string
      })
    for node in new.nodes {
      for value in node.readValues where !known.contains(value) {
        throw FormatError.invalidNetwork(
          problem: "the node \(node.name) reads \(name(value)) before it is made")
      }
      known.formUnion(node.outputs.compactMap { $0 })
    }
    for output in new.outputs where !known.contains(output) {
      throw FormatError.invalidNetwork(problem: "nothing makes the output \(name(output))")
    }
  }

  func name(_ value: ValueID) -> String { newNames[value] ?? new.name(of: value) }

  func oldName(_ value: ValueID) -> String { oldNames[value] ?? old.name(of: value) }

  private func names(_ values: [ValueID?]) -> [String] { values.map { $0.map(name) ?? "" } }

  /// Shapes follow from other shapes, from what nodes say and, as with `Reshape`, from integers.
  private mutating func findAffectedValues() {
    for (value, tensor) in new.constants where old.constants[value] != tensor {
      let before = old.constants[value]
      if before?.shape != tensor.shape || !tensor.elementType.isFloatingPoint { affected.insert(value) }
    }
    for node in new.nodes
    where oldNodes[node.id] != node || node.readValues.contains(where: { affected.contains($0) }) {
      affected.formUnion(node.outputs.compactMap { $0 })
    }
  }

  // MARK: Nodes

  /// Edits the nodes; returns the constants that are made by `Constant` nodes.
  private func editNodes(of graph: inout Onnx_GraphProto) throws -> Set<ValueID> {
    var constantNodes: [Onnx_NodeProto] = []
    var edited: [Int: Onnx_NodeProto] = [:]
    var made: Set<ValueID> = []
    var inFileOrder: [Onnx_NodeProto] = []
    for (number, proto) in graph.node.enumerated() {
      if let before = oldNodes[NodeID(number)] {
        guard let after = newNodes[NodeID(number)] else { continue }
        let node = after == before && !reads(after, anyOf: affected) ? proto : try edit(proto, before, after)
        edited[number] = node
        inFileOrder.append(node)
      } else if let value = proto.output.first.flatMap(old.value(named:)), let before = old.constants[value] {
        guard let after = new.constants[value], newUses.contains(value) || !oldUses.contains(value) else {
          continue
        }
        made.insert(value)
        let node = after == before ? proto : edit(proto, after)
        constantNodes.append(node)
        inFileOrder.append(node)
      } else {
        inFileOrder.append(proto)
      }
    }
    guard keepsFileOrder else {
      graph.node = constantNodes
      for node in new.nodes {
        if let node = edited[node.id.number] {
          graph.node.append(node)
        } else {
          graph.node.append(try message(of: node))
        }
      }
      return made
    }
    graph.node = inFileOrder
    return made
  }

  private func reads(_ node: Node, anyOf values: Set<ValueID>) -> Bool {
    !node.subgraphs.isEmpty && node.readValues.contains(where: values.contains)
  }

  /// Whether the nodes that are left still stand in a right order where the file has them: there are no
  /// others, and none was moved.
  private var keepsFileOrder: Bool {
    new.nodes.map(\.id) == old.nodes.map(\.id).filter { newNodes[$0] != nil }
  }

  private func edit(
    _ proto: Onnx_NodeProto, _ before: Node, _ after: Node
  ) throws -> Onnx_NodeProto {
    var proto = proto
    if after.name != before.name { proto.name = after.name }
    if after.op != before.op { proto.opType = after.op }
    if after.domain != before.domain { proto.domain = after.domain }
    if names(after.inputs) != before.inputs.map({ $0.map(oldName) ?? "" }) {
      proto.input = names(after.inputs)
    }
    if names(after.outputs) != before.outputs.map({ $0.map(oldName) ?? "" }) {
      proto.output = names(after.outputs)
    }
    proto.attribute.removeAll { after.attributes[$0.name] == nil && before.attributes[$0.name] != nil }
    for (name, value) in after.attributes.sorted(by: { $0.key < $1.key }) {
      let index = proto.attribute.firstIndex { $0.name == name }
      var attribute = index.map { proto.attribute[$0] } ?? Onnx_AttributeProto()
      attribute.name = name
      let earlier = before.attributes[name]
      if earlier != value { attribute.replaceValue(with: value) }
      try editGraphs(of: &attribute, from: earlier, to: value)
      if let index { proto.attribute[index] = attribute } else { proto.attribute.append(attribute) }
    }
    return proto
  }

  /// A `Constant` node of another tensor; `value` is the form that every operator set knows.
  private func edit(_ proto: Onnx_NodeProto, _ tensor: Tensor) -> Onnx_NodeProto {
    var proto = proto
    if let index = proto.attribute.firstIndex(where: { $0.name == "value" }) {
      proto.attribute[index].t.replaceElements(with: tensor)
    } else {
      var attribute = Onnx_AttributeProto()
      attribute.name = "value"
      attribute.replaceValue(with: .tensor(tensor))
      proto.attribute = [attribute]
    }
    return proto
  }

  private func message(of node: Node) throws -> Onnx_NodeProto {
    var proto = Onnx_NodeProto()
    proto.name = node.name
    proto.opType = node.op
    if !node.domain.isEmpty { proto.domain = node.domain }
    let empty = Node(id: node.id, name: node.name, op: node.op, domain: node.domain, inputs: [], outputs: [])
    return try edit(proto, empty, node)
  }

  // MARK: Graphs inside nodes

  private func editGraphs(
    of attribute: inout Onnx_AttributeProto, from before: Attribute?, to after: Attribute
  ) throws {
    switch (before, after) {
    case (.graph(let old)?, .graph(let new)):
      var graph = attribute.g
      try edit(&graph, from: old, to: new)
      attribute.g = graph
    case (_, .graph(let new)):
      var graph = Onnx_GraphProto()
      try edit(&graph, from: nil, to: new)
      attribute.type = .graph
      attribute.g = graph
    case (.graphs(let old)?, .graphs(let new)) where old.count == new.count:
      for index in new.indices { try edit(&attribute.graphs[index], from: old[index], to: new[index]) }
    case (_, .graphs(let new)):
      attribute.type = .graphs
      attribute.graphs = []
      for body in new {
        var graph = Onnx_GraphProto()
        try edit(&graph, from: nil, to: body)
        attribute.graphs.append(graph)
      }
    default: break
    }
  }

  private func edit(
    _ graph: inout Onnx_GraphProto, from before: Subgraph?, to after: Subgraph
  ) throws {
    let before = before.flatMap { after.network.isEdit(of: $0.network) ? $0 : nil }
    let start = before?.network ?? Network(name: "", opsets: after.network.opsets)
    if before == nil { graph = Onnx_GraphProto() }
    // Names inside are not those of the values whose shapes are known.
    var edit = GraphEdit(
      from: start, to: after.network,
      oldNames: before?.captures.mapValues(oldName) ?? [:], newNames: after.captures.mapValues(name),
      affected: Set(after.captures.filter { affected.contains($0.value) }.keys))
    try edit.apply(to: &graph)
  }

  // MARK: Constants

  private func editConstants(of graph: inout Onnx_GraphProto, madeByNodes: Set<ValueID>) {
    var present = madeByNodes
    var changed: [String: Tensor] = [:]
    var removed: Set<String> = []

    /// What becomes of an initializer: `nil` to remove it, or else its tensor.
    func fate(_ value: ValueID?) -> Tensor?? {
      // What is not a constant of the network is a tensor of strings.
      guard let value, old.constants[value] != nil else { return .some(nil) }
      guard let tensor = new.constants[value], newUses.contains(value) || !oldUses.contains(value) else {
        return nil
      }
      present.insert(value)
      return tensor
    }
    var initializers: [Onnx_TensorProto] = []
    for proto in graph.initializer {
      let value = old.value(named: proto.name)
      switch fate(value) {
      case nil: removed.insert(proto.name)
      case .some(nil): initializers.append(proto)
      case .some(let tensor?):
        guard let value, old.constants[value] != tensor else {
          initializers.append(proto)
          continue
        }
        var proto = proto
        proto.replaceElements(with: tensor)
        changed[proto.name] = tensor
        initializers.append(proto)
      }
    }
    var sparse: [Onnx_SparseTensorProto] = []
    for proto in graph.sparseInitializer {
      let name = proto.values.name
      guard let value = old.value(named: name), let tensor = fate(value) ?? nil else {
        removed.insert(name)
        continue
      }
      if old.constants[value] == tensor {
        sparse.append(proto)
      } else {
        initializers.append(Onnx_TensorProto(tensor, name: name))
        changed[name] = tensor
      }
    }
    var added: [String: Tensor] = [:]
    for (value, tensor) in new.constants.sorted(by: { $0.key < $1.key })
    where !present.contains(value) && newUses.contains(value) {
      initializers.append(Onnx_TensorProto(tensor, name: name(value)))
      added[name(value)] = tensor
    }
    guard !changed.isEmpty || !removed.isEmpty || !added.isEmpty else { return }
    graph.initializer = initializers
    graph.sparseInitializer = sparse
    editInputs(of: &graph, changed: changed, removed: removed, added: added)
    graph.quantizationAnnotation.removeAll { removed.contains($0.tensorName) }
  }

  /// Initializers that are listed among the inputs are kept so.
  private func editInputs(
    of graph: inout Onnx_GraphProto, changed: [String: Tensor], removed: Set<String>, added: [String: Tensor]
  ) {
    graph.input.removeAll { removed.contains($0.name) }
    for index in graph.input.indices {
      guard let tensor = changed[graph.input[index].name] else { continue }
      graph.input[index].type.tensorType.shape.replaceDimensions(
        with: tensor.shape.map(Graph.Dimension.fixed))
    }
    guard listsInitializersAsInputs else { return }
    for (name, tensor) in added.sorted(by: { $0.key < $1.key }) {
      graph.input.append(Onnx_ValueInfoProto(name: name, type: DeclaredType(of: tensor)))
    }
  }
}

extension Network {
  /// Whether the values of `other` are all here, in their places.
  fileprivate func isEdit(of other: Network) -> Bool {
    values.count >= other.values.count && zip(values, other.values).allSatisfy { $0.name == $1.name }
  }
}
