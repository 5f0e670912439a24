/// What is known of an operand when a rule is asked: its type and shape and, where it is one, its value.
package struct TensorSpec: Sendable, Hashable {
  /// The type of the elements.
  package var elementType: ElementType
  /// The extent of each axis.
  package var shape: [Int]
  /// The value, where it is known before any data are.
  package var constant: Tensor?

  /// A spec of what is known.
  package init(_ elementType: ElementType, _ shape: [Int], constant: Tensor? = nil) {
    self.elementType = elementType
    self.shape = shape
    self.constant = constant
  }
}

/// The meaning of one operator: everything but the kernels that compute it.
///
/// Shape, folding, channel coupling and cost stand together, so that adding an operator is one place here
/// and one kernel in `Compute`.
package protocol OperatorRule: Sendable {
  /// What the operator is to those who read networks.
  var traits: OperatorTraits { get }
  /// The type and shape of each output.
  func outputs(_ call: OperatorCall) throws -> [TensorSpec]
  /// The outputs' values when all needed inputs are constants; `nil` where this operator is not folded.
  func evaluate(_ call: OperatorCall) throws -> [Tensor]?
  /// Which channels of the operands are the same.
  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation]
  /// Multiply-accumulate operations of one evaluation.
  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int
  /// The inputs that hold learnable elements when they are constants: weights, biases, scales, shifts; not
  /// running statistics, shapes or bounds.
  func learnableInputs(_ call: OperatorCall) -> [Int]
}

extension OperatorRule {
  /// Not folded.
  package func evaluate(_ call: OperatorCall) throws -> [Tensor]? { nil }
  /// No multiplications worth counting.
  package func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int { 0 }
  /// Nothing learned.
  package func learnableInputs(_ call: OperatorCall) -> [Int] { [] }
}

extension OperatorRule {
  /// The type and shape of each output, each of which a tensor can have: what binding takes over.
  ///
  /// - Throws: `GraphError.invalidNode` for a node without outputs, with more than its operator makes, and for shapes or
  ///   costs beyond `SizeLimit`.
  package func checkedOutputs(_ call: OperatorCall) throws -> [TensorSpec] {
    guard !call.node.outputs.isEmpty else { throw call.invalid("it has no outputs") }
    let outputs = try outputs(call)
    for output in outputs { _ = try call.spec(output.elementType, output.shape) }
    let asked = (call.node.outputs.lastIndex { $0 != nil } ?? -1) + 1
    guard outputs.count >= asked else {
      throw call.invalid("it has \(asked) outputs, of which \(outputs.count) are known")
    }
    guard multiplyAccumulates(call, outputs: outputs) <= SizeLimit.operations else {
      throw call.invalid("it multiplies more numbers than can be counted")
    }
    return outputs
  }
}

/// One node as a rule sees it: attributes by name, operands by number, each checked.
package struct OperatorCall: Sendable {
  /// The node.
  package let node: Node
  /// The version of the operator set that the node's domain has in this network.
  package let opset: Int
  /// What is known of each input; `nil` for an omitted one.
  package let inputs: [TensorSpec?]

  /// A view of `node`.
  package init(node: Node, opset: Int, inputs: [TensorSpec?]) {
    self.node = node
    self.opset = opset
    self.inputs = inputs
  }

  /// An error about this node.
  package func invalid(_ problem: String) -> GraphError {
    // A file may have lists of millions of numbers.
    let text = problem.count > 300 ? "\(problem.prefix(300))…" : problem
    return .invalidNode(op: node.op, node: node.name, problem: text)
  }

  /// Whether the optional input is there.
  package func has(_ input: Int) -> Bool { input < inputs.count && inputs[input] != nil }

  /// A required input.
  package func input(_ number: Int) throws -> TensorSpec {
    guard number < inputs.count, let spec = inputs[number] else {
      throw invalid("its input \(number) is missing")
    }
    return spec
  }

  /// Throws where numbers of whole and of floating-point types are put together.
  func requireOneElementType() throws {
    let types = inputs.compactMap { $0?.elementType }
    guard Set(types.map(\.isFloatingPoint)).count > 1 else { return }
    throw invalid("its inputs have elements of the types \(types.map(\.rawValue).joined(separator: ", "))")
  }

  /// The shape of a required input.
  package func shape(_ number: Int) throws -> [Int] { try input(number).shape }

  /// The value of an input that must be known before any data are.
  package func constant(_ number: Int) throws -> Tensor {
    guard let value = try input(number).constant else {
      throw GraphError.dataDependentShape(op: node.op, node: node.name)
    }
    return value
  }

  /// The value of an input of whole numbers that must be known before any data are, each cut to what rules can
  /// compute with.
  package func numbers(_ number: Int) throws -> [Int] {
    try constant(number).integers.map(\.limited)
  }

  /// An integer attribute, cut to what rules can compute with, or its default.
  package func int(_ name: String, default value: Int) -> Int {
    if case .int(let int)? = node.attributes[name] { int.limited } else { value }
  }

  /// A list of integers, each cut to what rules can compute with, where given.
  package func ints(_ name: String) -> [Int]? {
    switch node.attributes[name] {
    case .ints(let ints)?: ints.map(\.limited)
    case .int(let int)?: [int.limited]
    default: nil
    }
  }

  /// An integer attribute that counts something: at least 1, and no more than an axis may have.
  package func count(_ name: String, default value: Int = 1) throws -> Int {
    let count = int(name, default: value)
    guard 1...SizeLimit.extent ~= count else { throw invalid("its \(name) is \(count)") }
    return count
  }

  /// A list of numbers of elements or positions, one an axis of `rank`; no larger than an axis may be, either way.
  func sizes(_ name: String, rank: Int, default value: Int) throws -> [Int] {
    let sizes = ints(name) ?? [Int](repeating: value, count: rank)
    guard sizes.count == rank else {
      throw invalid("its \(name) has \(sizes.count) entries instead of \(rank)")
    }
    guard sizes.allSatisfy({ -SizeLimit.extent...SizeLimit.extent ~= $0 }) else {
      throw invalid("its \(name) is \(sizes)")
    }
    return sizes
  }

  /// What is known of an output that the rule makes of these shapes.
  ///
  /// - Throws: `GraphError.invalidNode` for a shape beyond `SizeLimit`.
  func spec(_ type: ElementType, _ shape: [Int]) throws -> TensorSpec {
    guard shape.checkedElementCount != nil else {
      throw invalid("it makes the shape \(shape.shapeText), which no tensor has")
    }
    return TensorSpec(type, shape)
  }

  /// A float attribute, or its default.
  package func float(_ name: String, default value: Float) -> Float {
    switch node.attributes[name] {
    case .float(let float)?: float
    case .int(let int)?: Float(int)
    default: value
    }
  }

  /// A string attribute, or its default.
  package func string(_ name: String, default value: String) -> String {
    if case .string(let string)? = node.attributes[name] { string } else { value }
  }

  /// An axis attribute or number made non-negative, checked against a rank.
  package func axis(_ axis: Int, rank: Int) throws -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard 0..<max(rank, 1) ~= resolved else {
      throw invalid("axis \(axis) of a tensor of \(rank) dimensions")
    }
    return resolved
  }

  /// The extent of an input's axis.
  ///
  /// - Throws: `GraphError.invalidNode` where the input has no such axis.
  package func extent(_ number: Int, axis: Int) throws -> Int {
    let shape = try shape(number)
    guard shape.indices.contains(axis) else {
      throw invalid("its input \(number) is of shape \(shape.shapeText)")
    }
    return shape[axis]
  }
}

/// The rules, by operator.
package struct OperatorTable: Sendable {
  private let rules: [String: any OperatorRule]

  /// A table of the given rules.
  package init(_ rules: [String: any OperatorRule]) { self.rules = rules }

  /// The rule of the node's operator, if there is one.
  package func rule(for node: Node) -> (any OperatorRule)? { rules[node.qualifiedOp] }

  /// The names of all operators, sorted.
  package var names: [String] { rules.keys.sorted() }
}
