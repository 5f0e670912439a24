/// What is known of an operand when a rule is asked: its type and shape and, where it is one, its value.
public struct TensorSpec: Sendable, Hashable {
  /// The type of the elements.
  public var elementType: ElementType
  /// The extent of each axis.
  public var shape: [Int]
  /// The value, where it is known before any data are.
  public var constant: Tensor?

  /// A spec of what is known.
  public init(_ elementType: ElementType, _ shape: [Int], constant: Tensor? = nil) {
    self.elementType = elementType
    self.shape = shape
    self.constant = constant
  }
}

/// The meaning of one operator: everything but the kernels that compute it.
///
/// Shape, folding, channel coupling and cost stand together, so that adding an operator is one place here
/// and one kernel in `Compute`.
public protocol OperatorRule: Sendable {
  /// The type and shape of each output.
  func outputs(_ call: OperatorCall) throws(GraphError) -> [TensorSpec]
  /// The outputs' values when all needed inputs are constants; `nil` where this operator is not folded.
  func evaluate(_ call: OperatorCall) throws(GraphError) -> [Tensor]?
  /// Which channels of the operands are the same.
  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws(GraphError) -> [ChannelRelation]
  /// Multiply-accumulate operations of one evaluation.
  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int
  /// The inputs that hold learnable elements when they are constants: weights, biases, scales, shifts; not
  /// running statistics, shapes or bounds.
  func learnableInputs(_ call: OperatorCall) -> [Int]
}

extension OperatorRule {
  /// Not folded.
  public func evaluate(_ call: OperatorCall) throws(GraphError) -> [Tensor]? { nil }
  /// No multiplications worth counting.
  public func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int { 0 }
  /// Nothing learned.
  public func learnableInputs(_ call: OperatorCall) -> [Int] { [] }
}

/// One node as a rule sees it: attributes by name, operands by number, each checked.
public struct OperatorCall: Sendable {
  /// The node.
  public let node: Node
  /// The version of the operator set that the node's domain has in this network.
  public let opset: Int
  /// What is known of each input; `nil` for an omitted one.
  public let inputs: [TensorSpec?]

  /// A view of `node`.
  public init(node: Node, opset: Int, inputs: [TensorSpec?]) {
    self.node = node
    self.opset = opset
    self.inputs = inputs
  }

  /// An error about this node.
  public func invalid(_ problem: String) -> GraphError {
    .invalidNode(op: node.op, node: node.name, problem: problem)
  }

  /// Whether the optional input is there.
  public func has(_ input: Int) -> Bool { input < inputs.count && inputs[input] != nil }

  /// A required input.
  public func input(_ number: Int) throws(GraphError) -> TensorSpec {
    guard number < inputs.count, let spec = inputs[number] else {
      throw invalid("its input \(number) is missing")
    }
    return spec
  }

  /// Throws where numbers of whole and of floating-point types are put together.
  func requireOneElementType() throws(GraphError) {
    let types = inputs.compactMap { $0?.elementType }
    guard Set(types.map(\.isFloatingPoint)).count > 1 else { return }
    throw invalid("its inputs have elements of the types \(types.map(\.rawValue).joined(separator: ", "))")
  }

  /// The shape of a required input.
  public func shape(_ number: Int) throws(GraphError) -> [Int] { try input(number).shape }

  /// The value of an input that must be known before any data are.
  public func constant(_ number: Int) throws(GraphError) -> Tensor {
    guard let value = try input(number).constant else {
      throw .dataDependentShape(op: node.op, node: node.name)
    }
    return value
  }

  /// An integer attribute, or its default.
  public func int(_ name: String, default value: Int) -> Int {
    if case .int(let int)? = node.attributes[name] { int } else { value }
  }

  /// A list of integers, where given.
  public func ints(_ name: String) -> [Int]? {
    switch node.attributes[name] {
    case .ints(let ints)?: ints
    case .int(let int)?: [int]
    default: nil
    }
  }

  /// A float attribute, or its default.
  public func float(_ name: String, default value: Float) -> Float {
    switch node.attributes[name] {
    case .float(let float)?: float
    case .int(let int)?: Float(int)
    default: value
    }
  }

  /// A string attribute, or its default.
  public func string(_ name: String, default value: String) -> String {
    if case .string(let string)? = node.attributes[name] { string } else { value }
  }

  /// An axis attribute or number made non-negative, checked against a rank.
  public func axis(_ axis: Int, rank: Int) throws(GraphError) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard 0..<max(rank, 1) ~= resolved else {
      throw invalid("axis \(axis) of a tensor of \(rank) dimensions")
    }
    return resolved
  }
}

/// The rules, by operator.
public struct OperatorTable: Sendable {
  private let rules: [String: any OperatorRule]

  /// A table of the given rules.
  public init(_ rules: [String: any OperatorRule]) { self.rules = rules }

  /// The rule of the node's operator, if there is one.
  public func rule(for node: Node) -> (any OperatorRule)? { rules[node.qualifiedOp] }

  /// The names of all operators, sorted.
  public var names: [String] { rules.keys.sorted() }
}
