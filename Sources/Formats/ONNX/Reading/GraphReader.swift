import Foundation
import Graph

/// Makes a network of a graph message, or a subgraph of the body of an `If`, `Loop` or `Scan`.
final class GraphReader {
  private let graph: Onnx_GraphProto
  private let decoder: TensorDecoder
  private let parent: GraphReader?
  private var network: Network
  /// Values that stand for one of the graph around this one.
  private var captures: [ValueID: ValueID] = [:]

  private init(_ graph: Onnx_GraphProto, opsets: [String: Int], decoder: TensorDecoder, parent: GraphReader?)
  {
    self.graph = graph
    self.decoder = decoder
    self.parent = parent
    network = Network(name: graph.name, opsets: opsets)
  }

  /// The graph of a model as a network.
  static func network(
    of graph: Onnx_GraphProto, opsets: [String: Int], decoder: TensorDecoder
  ) throws -> Network {
    let reader = GraphReader(graph, opsets: opsets, decoder: decoder, parent: nil)
    try reader.read()
    return reader.network
  }

  private var file: String { decoder.file }

  private func read() throws {
    // Names first: nodes may stand in any order.
    let producers = try defineValues()
    declareTypes()
    var nodes: [Node] = []
    var names = NodeNames(given: graph.node.map(\.name))
    for (number, proto) in graph.node.enumerated() {
      let name = names.next(proto, number: number)
      if proto.isConstant, try readConstant(proto, name) { continue }
      nodes.append(try node(proto, number: number, name: name))
    }
    for output in graph.output {
      guard let value = resolve(output.name) else {
        throw FormatError.undefinedValue(file: file, reader: "The list of outputs", value: output.name)
      }
      network.outputs.append(value)
    }
    network.nodes = try sorted(nodes, producers: producers)
  }

  // MARK: Values

  /// Adds the inputs, the initializers and all outputs of nodes; says which node makes which.
  private func defineValues() throws -> [ValueID: NodeID] {
    for initializer in graph.initializer {
      let value = try define(initializer.name)
      if let tensor = try decoder.tensor(initializer, called: initializer.name) {
        network.constants[value] = tensor
      } else {
        let dimensions = initializer.dims.map { Graph.Dimension.fixed(Int($0)) }
        network.declare(DeclaredType(elementType: .string, dimensions: dimensions), for: value)
      }
    }
    for sparse in graph.sparseInitializer {
      let value = try define(sparse.values.name)
      network.constants[value] = try decoder.tensor(sparse, called: sparse.values.name)
    }
    for input in graph.input {
      // Before version 4 of the format every initializer is an input too; later it is a default.
      if let value = network.value(named: input.name), !network.inputs.contains(value) { continue }
      network.inputs.append(try define(input.name))
    }
    var producers: [ValueID: NodeID] = [:]
    for (number, node) in graph.node.enumerated() {
      for output in node.output where !output.isEmpty { producers[try define(output)] = NodeID(number) }
    }
    return producers
  }

  private func define(_ name: String) throws -> ValueID {
    guard network.value(named: name) == nil else { throw FormatError.duplicateValue(file: file, value: name) }
    return network.addValue(name)
  }

  private func declareTypes() {
    for info in graph.valueInfo + graph.input + graph.output {
      guard let value = network.value(named: info.name), let type = DeclaredType(info.type) else { continue }
      network.declare(type, for: value)
    }
  }

  /// The value that `name` means here, of this graph or of one around it.
  private func resolve(_ name: String) -> ValueID? {
    if let value = network.value(named: name) { return value }
    guard let outer = parent?.resolve(name) else { return nil }
    let value = network.addValue(name)
    captures[value] = outer
    return value
  }

  // MARK: Nodes

  private func node(_ proto: Onnx_NodeProto, number: Int, name: String) throws -> Node {
    var inputs: [ValueID?] = []
    for input in proto.input {
      guard !input.isEmpty else {
        inputs.append(nil)
        continue
      }
      guard let value = resolve(input) else {
        throw FormatError.undefinedValue(file: file, reader: "The node \(name)", value: input)
      }
      inputs.append(value)
    }
    var attributes: [String: Attribute] = [:]
    for attribute in proto.attribute { attributes[attribute.name] = try self.attribute(attribute) }
    var node = Node(
      id: NodeID(number), name: name, op: proto.opType, domain: proto.domain, inputs: inputs,
      outputs: proto.output.map { $0.isEmpty ? nil : network.value(named: $0) }, attributes: attributes)
    node.module = proto.authorModule
    return node
  }

  /// Makes a constant of a `Constant` node; false when it is one of strings and must stay a node.
  private func readConstant(_ proto: Onnx_NodeProto, _ name: String) throws -> Bool {
    guard let output = proto.output.first, let value = network.value(named: output),
      let attribute = proto.attribute.first(where: { $0.refAttrName.isEmpty })
    else { return false }
    let tensor: Tensor?
    switch attribute.name {
    case "value": tensor = try decoder.tensor(attribute.t, called: output)
    case "sparse_value": tensor = try decoder.tensor(attribute.sparseTensor, called: output)
    case "value_float": tensor = Tensor([attribute.f], shape: [])
    case "value_floats": tensor = Tensor(attribute.floats, shape: [attribute.floats.count])
    case "value_int": tensor = Tensor([Int(attribute.i)], shape: [])
    case "value_ints": tensor = Tensor(attribute.ints.map { Int($0) })
    default: tensor = nil
    }
    guard let tensor else { return false }
    network.constants[value] = tensor
    return true
  }

  private func attribute(_ proto: Onnx_AttributeProto) throws -> Attribute {
    switch proto.kind {
    case .float: return .float(proto.f)
    case .int: return .int(Int(proto.i))
    case .string: return String(data: proto.s, encoding: .utf8).map(Attribute.string) ?? .opaque
    case .floats: return .floats(proto.floats)
    case .ints: return .ints(proto.ints.map { Int($0) })
    case .strings:
      let strings = proto.strings.compactMap { String(data: $0, encoding: .utf8) }
      return strings.count == proto.strings.count ? .strings(strings) : .opaque
    case .tensor:
      // Of an operator that nobody may ever run: what cannot be read stays in the file.
      guard ElementType(onnx: proto.t.dataType) != nil else { return .opaque }
      return try decoder.tensor(proto.t, called: proto.name).map(Attribute.tensor) ?? .opaque
    case .graph: return .graph(try subgraph(proto.g))
    case .graphs:
      var bodies: [Subgraph] = []
      for graph in proto.graphs { bodies.append(try subgraph(graph)) }
      return .graphs(bodies)
    case .undefined, .sparseTensor, .typeProto, .tensors, .sparseTensors, .typeProtos: return .opaque
    }
  }

  private func subgraph(_ graph: Onnx_GraphProto) throws -> Subgraph {
    let reader = GraphReader(graph, opsets: network.opsets, decoder: decoder, parent: self)
    try reader.read()
    return Subgraph(network: reader.network, captures: reader.captures)
  }

  // MARK: Order

  /// The nodes, each after those whose outputs it (or a graph inside it) reads; as they are when they
  /// stand so already.
  private func sorted(_ nodes: [Node], producers: [ValueID: NodeID]) throws -> [Node] {
    let indices = Dictionary(nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    let predecessors = nodes.map { node in
      Set(node.readValues.compactMap { value in producers[value].flatMap { indices[$0] } })
    }
    if zip(predecessors, nodes.indices).allSatisfy({ $0.allSatisfy { [index = $1] in $0 < index } }) {
      return nodes
    }
    var waiting = predecessors.map(\.count)
    var successors = [[Int]](repeating: [], count: nodes.count)
    for (index, before) in predecessors.enumerated() {
      for predecessor in before { successors[predecessor].append(index) }
    }
    var order = nodes.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
      for successor in successors[order[next]] {
        waiting[successor] -= 1
        if waiting[successor] == 0 { order.append(successor) }
      }
      next += 1
    }
    guard order.count == nodes.count else {
      throw FormatError.cycle(
        file: file, nodes: cycle(among: predecessors, stuck: waiting).map { nodes[$0].name })
    }
    return order.map { nodes[$0] }
  }

  /// A few nodes of a circle: walking back from a stuck node along stuck ones must come round.
  private func cycle(among predecessors: [Set<Int>], stuck: [Int]) -> [Int] {
    guard var index = stuck.firstIndex(where: { $0 > 0 }) else { return [] }
    var path: [Int] = []
    var visited: Set<Int> = []
    while visited.insert(index).inserted, let before = predecessors[index].first(where: { stuck[$0] > 0 }) {
      path.append(index)
      index = before
    }
    let circle = path.drop { $0 != index }
    return Array(circle.prefix(5))
  }
}

/// Readable names for nodes, unique in the graph: the file's, or `Conv_12` where it has none.
private struct NodeNames {
  private var taken: Set<String>
  private var seen: Set<String> = []
  private var nextSuffix: [String: Int] = [:]

  init(given: [String]) { taken = Set(given) }

  mutating func next(_ node: Onnx_NodeProto, number: Int) -> String {
    if !node.name.isEmpty, seen.insert(node.name).inserted { return node.name }
    let stem = node.name.isEmpty ? "\(node.opType)_\(number)" : node.name
    var name = stem
    while !taken.insert(name).inserted {
      let suffix = nextSuffix[stem, default: 2]
      nextSuffix[stem] = suffix + 1
      name = "\(stem)_\(suffix)"
    }
    return name
  }
}

extension Onnx_NodeProto {
  /// Whether this is ONNX's `Constant`.
  var isConstant: Bool { opType == "Constant" && (domain.isEmpty || domain == "ai.onnx") }
}

extension Onnx_NodeProto {
  /// The module that PyTorch's exporter notes beside a node: the last but one of `['', 'layer1', 'layer1.0', 'conv2d']`,
  /// whose last is the operator.
  fileprivate var authorModule: String? {
    guard let scopes = metadataProps.first(where: { $0.key == "pkg.torch.onnx.name_scopes" })?.value else {
      return nil
    }
    let names = scopes.split(separator: ",").map { $0.filter { !"[]'\" ".contains($0) } }
    return names.count > 1 ? names[names.count - 2] : nil
  }
}

extension Onnx_AttributeProto {
  /// The attribute's type; files of the format's first versions do not say it.
  var kind: AttributeType {
    if type != .undefined || !refAttrName.isEmpty { return type }
    if hasF { return .float }
    if hasI { return .int }
    if hasS { return .string }
    if hasT { return .tensor }
    if hasG { return .graph }
    if !floats.isEmpty { return .floats }
    if !ints.isEmpty { return .ints }
    if !strings.isEmpty { return .strings }
    return .undefined
  }
}

extension DeclaredType {
  /// The type of a tensor; `nil` for other types, and for elements that are not read.
  init?(_ proto: Onnx_TypeProto) {
    guard case .tensorType(let tensor)? = proto.value, let elementType = ElementType(onnx: tensor.elemType)
    else { return nil }
    self.init(
      elementType: elementType, dimensions: tensor.hasShape ? tensor.shape.dim.map(Graph.Dimension.init) : nil
    )
  }
}

extension Graph.Dimension {
  /// Zero and negative extents are how some exporters say that they do not know.
  init(_ proto: Onnx_TensorShapeProto.Dimension) {
    switch proto.value {
    case .dimValue(let extent)? where extent > 0: self = .fixed(Int(extent))
    case .dimParam(let name)? where !name.isEmpty: self = .symbolic(name)
    default: self = .unknown
    }
  }
}
