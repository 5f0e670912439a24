/// Names one value (an edge) of a network: an index into `Network.values`.
public struct ValueID: Hashable, Sendable, Comparable {
  /// The index in `Network.values`.
  public let index: Int

  /// The value at `index`.
  public init(_ index: Int) { self.index = index }

  /// In the order of `Network.values`.
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// Names one node of a network for as long as the network is edited; not its place in the order.
public struct NodeID: Hashable, Sendable, Comparable {
  /// The number given when the node was added; files number their nodes from 0 in file order.
  public let number: Int

  /// The node with that number.
  public init(_ number: Int) { self.number = number }

  /// In the order of the numbers.
  public static func < (a: NodeID, b: NodeID) -> Bool { a.number < b.number }
}

/// One dimension of a declared type.
public enum Dimension: Sendable, Hashable {
  /// A number.
  case fixed(Int)
  /// A named free dimension, such as `batch`.
  case symbolic(String)
  /// A dimension of which nothing is said.
  case unknown

  /// The extent, where it is fixed.
  public var extent: Int? { if case .fixed(let extent) = self { extent } else { nil } }
}

/// What a file declares of a value: its element type and, where known, its dimensions.
public struct DeclaredType: Sendable, Hashable {
  /// The type of the elements.
  public var elementType: ElementType
  /// `nil` when even the rank is unknown.
  public var dimensions: [Dimension]?

  /// A declaration.
  public init(elementType: ElementType, dimensions: [Dimension]?) {
    self.elementType = elementType
    self.dimensions = dimensions
  }
}

/// A value of a network: an input, a constant or what a node computes.
public struct Value: Sendable, Hashable {
  /// The name in the file; unique in the network.
  public var name: String
  /// The declared type, where the file has one.
  public var declaredType: DeclaredType?

  /// A value that nothing computes yet.
  public init(name: String, declaredType: DeclaredType? = nil) {
    self.name = name
    self.declaredType = declaredType
  }
}

/// An attribute of a node.
public enum Attribute: Sendable, Hashable {
  /// A whole number.
  case int(Int)
  /// A number.
  case float(Float)
  /// A text.
  case string(String)
  /// Whole numbers.
  case ints([Int])
  /// Numbers.
  case floats([Float])
  /// Texts.
  case strings([String])
  /// A tensor.
  case tensor(Tensor)
  /// A branch or a body.
  case graph(Subgraph)
  /// Several of them.
  case graphs([Subgraph])
  /// An attribute of a kind that this program does not read (sparse tensors, types); kept in the file.
  case opaque
}

/// The body of an `If`, `Loop` or `Scan`: a network that also sees values of the one around it.
public final class Subgraph: Sendable, Hashable {
  /// The body. Its constants and inputs are its own.
  public let network: Network
  /// Inner values that stand for values of the enclosing network.
  public let captures: [ValueID: ValueID]

  /// A body with what it captures.
  public init(network: Network, captures: [ValueID: ValueID]) {
    self.network = network
    self.captures = captures
  }

  /// Whether both are the same body; bodies are not compared.
  public static func == (a: Subgraph, b: Subgraph) -> Bool { a === b }
  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// An operator applied to values.
public struct Node: Sendable, Hashable, Identifiable {
  /// The identity, kept through edits.
  public let id: NodeID
  /// A readable name, unique in the network; made up (`Conv_12`) where the file gives none.
  public var name: String
  /// The operator: `Conv`.
  public var op: String
  /// The operator's domain; empty for ONNX's own.
  public var domain: String
  /// Inputs in the operator's order; `nil` for an omitted optional one.
  public var inputs: [ValueID?]
  /// Outputs in the operator's order; `nil` for one that nobody asked for.
  public var outputs: [ValueID?]
  /// The attributes, by name.
  public var attributes: [String: Attribute]
  /// The module of the author's that the node came from, where the file says so beside the node: `layer1.0.conv1`; empty
  /// for the whole network.
  package var module: String?

  /// A node; nothing is checked here.
  public init(
    id: NodeID, name: String, op: String, domain: String = "", inputs: [ValueID?], outputs: [ValueID?],
    attributes: [String: Attribute] = [:]
  ) {
    self.id = id
    self.name = name
    self.op = op
    self.domain = domain
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }

  /// The operator with its domain, as the rule table spells it: `Conv`, `com.microsoft.Gelu`.
  public var qualifiedOp: String { domain.isEmpty || domain == "ai.onnx" ? op : "\(domain).\(op)" }
}

/// A trained network: typed values, nodes in topological order, constants.
///
/// A value type: pruning makes a new network and leaves the old one as it was. What came from a file keeps
/// its identity (`NodeID`, value names), so that a writer can edit the file it came from.
public struct Network: Sendable {
  /// The graph's name in the file.
  public var name: String
  /// The version of each operator set, by domain; ONNX's own is the empty domain.
  public var opsets: [String: Int]
  /// Every value; `ValueID` is the index in this list, which only grows.
  public private(set) var values: [Value] = []
  /// The nodes, each after those whose outputs it reads.
  public var nodes: [Node] = []
  /// What a caller must supply.
  public var inputs: [ValueID] = []
  /// What the network computes.
  public var outputs: [ValueID] = []
  /// Values known in advance: initializers and the outputs of `Constant` nodes (which are not in `nodes`).
  public var constants: [ValueID: Tensor] = [:]
  /// Constants that training leaves as they are because the file says so, such as the scale of an MXNet normalization
  /// with `fix_gamma`.
  package var fixedConstants: Set<ValueID> = []
  /// What was each `If` whose branches both stand in the network, by the node that chooses between them.
  package internal(set) var openDecisions: [NodeID: OpenDecision] = [:]

  private var valueNumbers: [String: Int] = [:]

  /// An empty network.
  public init(name: String, opsets: [String: Int]) {
    self.name = name
    self.opsets = opsets
  }

  /// The version of ONNX's own operator set.
  public var opset: Int { opsets[""] ?? opsets["ai.onnx"] ?? 1 }

  /// The value called `name`.
  public func value(named name: String) -> ValueID? { valueNumbers[name].map(ValueID.init) }

  /// The value's name.
  public func name(of value: ValueID) -> String { values[value.index].name }

  /// Adds a value, or returns the one of that name.
  @discardableResult
  public mutating func addValue(_ name: String, type: DeclaredType? = nil) -> ValueID {
    if let number = valueNumbers[name] {
      if let type { values[number].declaredType = type }
      return ValueID(number)
    }
    valueNumbers[name] = values.count
    values.append(Value(name: name, declaredType: type))
    return ValueID(values.count - 1)
  }

  /// Adds a constant under a name that no value has yet (a number is appended where one does).
  @discardableResult
  public mutating func addConstant(_ name: String, _ tensor: Tensor) -> ValueID {
    let value = addValue(unusedValueName(name))
    constants[value] = tensor
    return value
  }

  /// Sets what the file's declared type of a value says from now on.
  package mutating func declare(_ type: DeclaredType?, for value: ValueID) {
    values[value.index].declaredType = type
  }

  /// A name like `name` that no value has.
  package func unusedValueName(_ name: String) -> String {
    if valueNumbers[name] == nil { return name }
    var number = 2
    while valueNumbers["\(name)_\(number)"] != nil { number += 1 }
    return "\(name)_\(number)"
  }

  /// A node number that no node has.
  package var unusedNodeID: NodeID { NodeID((nodes.map(\.id.number).max() ?? -1) + 1) }
}

/// Who makes and who reads each value of a network.
package struct Topology: Sendable {
  /// One use of a value: the index in `Network.nodes` and the number of the input there.
  package struct Use: Hashable, Sendable {
    /// The index in `Network.nodes`.
    package let node: Int
    /// The input's number.
    package let input: Int
  }

  private let producers: [Int?]
  private let uses: [[Use]]

  /// Reads the network once.
  package init(_ network: Network) {
    var producers = [Int?](repeating: nil, count: network.values.count)
    var uses = [[Use]](repeating: [], count: network.values.count)
    for (index, node) in network.nodes.enumerated() {
      for output in node.outputs { if let output { producers[output.index] = index } }
      for (input, value) in node.inputs.enumerated() {
        if let value { uses[value.index].append(Use(node: index, input: input)) }
      }
    }
    self.producers = producers
    self.uses = uses
  }

  /// The index in `Network.nodes` of the node that computes the value; `nil` for inputs and constants.
  package func producer(of value: ValueID) -> Int? { producers[value.index] }

  /// The values from which a way leads to one of `targets`, and these themselves.
  package func values(behindWhichLies targets: [ValueID], in network: Network) -> Set<ValueID> {
    var found = Set(targets)
    var open = targets
    while let value = open.popLast() {
      guard let index = producer(of: value) else { continue }
      for input in network.nodes[index].inputs {
        if let input, found.insert(input).inserted { open.append(input) }
      }
    }
    return found
  }

  /// Every use of the value by a node, in the order of the nodes.
  package func uses(of value: ValueID) -> [Use] { uses[value.index] }
}
