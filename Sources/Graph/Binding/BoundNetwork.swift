/// A network bound to concrete input shapes: every shape known, everything that depends on shapes alone
/// evaluated.
public struct BoundNetwork: Sendable {
  /// What was bound; each `If` whose condition is known now is replaced by the nodes of the branch that it takes, or by
  /// those of both where another size could decide otherwise (`OpenDecision`).
  public internal(set) var network: Network
  /// Type, shape and, where known, the value of each value; `nil` where an operator without a rule (or
  /// one whose result depends on data) stands before it. Indexed by `ValueID.index`.
  public internal(set) var specs: [TensorSpec?]
  /// Places in `network.nodes` of what is left to compute once the data are there, in order.
  public private(set) var steps: [Int] = []
  /// Nodes whose outputs have no known shape, with the reason, in order.
  public private(set) var failures: [(node: Int, error: GraphError)] = []
  /// Places of the nodes of branches that are not taken: they are bound as far as they can be, and never computed.
  public private(set) var idle: Set<Int> = []
  /// Values that are known, and would be others where an open decision went the other way.
  public private(set) var chosen: Set<ValueID> = []
  /// By open decision: whether its condition holds.
  public internal(set) var decisions: [NodeID: Bool]
  /// The rules used.
  public let table: OperatorTable

  /// The shape of a value, where known.
  public func shape(of value: ValueID) -> [Int]? { specs[value.index]?.shape }

  /// The value's constant, where it is one now: an initializer or the result of folding.
  public func constant(of value: ValueID) -> Tensor? { specs[value.index]?.constant }

  /// The node at a place as a rule sees it.
  public func call(at place: Int) -> OperatorCall {
    let node = network.nodes[place]
    var inputs = node.inputs.map { value in value.flatMap { specs[$0.index] } }
    // What is decided holds, whatever the condition says here.
    if node.isOpenDecision, let holds = decisions[node.id] {
      inputs[0] = TensorSpec(.bool, [], constant: Tensor(.bool, [holds ? 1 : 0], shape: []))
    }
    return OperatorCall(node: node, opset: network.opsets[node.domain] ?? network.opset, inputs: inputs)
  }

  /// The specs of the outputs of the node at a place; `nil` when one is not known.
  public func outputs(at place: Int) -> [TensorSpec]? {
    var result: [TensorSpec] = []
    for output in network.nodes[place].outputs {
      guard let output else {
        result.append(TensorSpec(.float32, []))
        continue
      }
      guard let spec = specs[output.index] else { return nil }
      result.append(spec)
    }
    return result
  }

  /// Multiply-accumulate operations of the node at a place; 0 where its shapes are not known, or nothing is left to
  /// compute.
  public func multiplyAccumulates(at place: Int) -> Int {
    let isKnown = network.nodes[place].outputs.allSatisfy { $0.map { constant(of: $0) != nil } ?? true }
    guard !isKnown, !idle.contains(place), let rule = table.rule(for: network.nodes[place]),
      let outputs = outputs(at: place)
    else { return 0 }
    return rule.multiplyAccumulates(call(at: place), outputs: outputs)
  }

  /// Binds `network` to the shapes of its inputs.
  ///
  /// - Parameters:
  ///   - inputShapes: by input; an input that is left out must have a declared shape whose only free
  ///     dimension is the first, which becomes `batch`.
  ///   - batch: the extent of a free first dimension.
  ///   - foldsWeights: whether arithmetic on floating-point initializers is done now. A plan that trains
  ///     keeps it, so that gradients reach them.
  ///   - decisions: which way open decisions go, whatever their conditions say at these shapes; by node.
  /// - Throws: `GraphError` for shapes that do not fit the declared ones and for invalid nodes. An operator
  ///   without a rule is not an error here: it is listed in `failures`.
  public init(
    _ network: Network, inputShapes: [ValueID: [Int]] = [:], batch: Int = 1, foldsWeights: Bool = true,
    decisions: [NodeID: Bool] = [:], table: OperatorTable = .standard
  ) throws(GraphError) {
    self.network = network
    self.table = table
    self.decisions = decisions
    specs = [TensorSpec?](repeating: nil, count: network.values.count)
    for (value, tensor) in network.constants {
      specs[value.index] = TensorSpec(tensor.elementType, tensor.shape, constant: tensor)
    }
    for input in network.inputs {
      let shape = try Self.inputShape(network, input, given: inputShapes[input], batch: batch)
      let type = network.values[input.index].declaredType?.elementType ?? .float32
      specs[input.index] = TensorSpec(type, shape)
    }
    var idleBranches = IdleBranches(network)
    var place = 0
    // Branches stand where the decision stood.
    while place < self.network.nodes.count {
      let isIdle = idleBranches.contains(self.network.nodes[place], in: self)
      if isIdle { idle.insert(place) }
      do throws(GraphError) {
        if try decide(at: place) {
          idle.remove(place)
          idleBranches.read(self.network)
          continue
        }
        try bind(place, foldsWeights: foldsWeights)
      } catch {
        // A branch need not make sense at sizes that do not take it.
        if !isIdle {
          if case .invalidNode = error, failures.isEmpty { throw error }
          failures.append((place, error))
          adoptDeclaredShapes(place, batch: batch)
        }
      }
      place += 1
    }
  }

  private mutating func bind(_ place: Int, foldsWeights: Bool) throws(GraphError) {
    let node = network.nodes[place]
    guard let rule = table.rule(for: node) else {
      throw .unknownOperator(op: node.qualifiedOp, node: node.name)
    }
    try settle(node)
    for input in operands(at: place) {
      if let input, specs[input.index] == nil {
        throw .dataDependentShape(op: node.op, node: node.name)
      }
    }
    let call = call(at: place)
    let outputs = try rule.outputs(call)
    let isFolded = rule is any ShapeReadingRule || rule is any DataShapedRule
    let foldable = node.inputs.allSatisfy { $0.map { constant(of: $0) != nil } ?? true }
    // What gives integers, or comes from shapes and integers alone, is nothing that a gradient could move.
    let arithmetic = outputs.contains { $0.elementType.isFloatingPoint }
    let readsWeights = node.inputs.contains { input in
      input.flatMap { self.network.constants[$0] }?.elementType.isFloatingPoint ?? false
    }
    var values: [Tensor]?
    if isFolded || (foldable && (foldsWeights || !arithmetic || !readsWeights)) {
      values = try rule.evaluate(call)
    }
    for (number, output) in node.outputs.enumerated() {
      guard let output else { continue }
      guard number < outputs.count else {
        throw call.invalid("it has \(node.outputs.count) outputs, of which \(outputs.count) are known")
      }
      var spec = outputs[number]
      if let values { spec.constant = values[number] }
      specs[output.index] = spec
    }
    if values == nil, !idle.contains(place) { steps.append(place) }
    if values != nil, node.isOpenDecision || node.inputs.contains(where: { $0.map(chosen.contains) ?? false })
    {
      chosen.formUnion(node.outputs.compactMap { $0 })
    }
  }

  /// Behind a node without a rule, what the file declares is better than nothing: the layers there can
  /// still be listed.
  private mutating func adoptDeclaredShapes(_ place: Int, batch: Int) {
    for output in network.nodes[place].outputs {
      guard let output, let type = network.values[output.index].declaredType,
        let dimensions = type.dimensions
      else { continue }
      var shape: [Int] = []
      for (axis, dimension) in dimensions.enumerated() {
        if let extent = dimension.extent {
          shape.append(extent)
        } else if axis == 0 {
          shape.append(batch)
        }
      }
      if shape.count == dimensions.count { specs[output.index] = TensorSpec(type.elementType, shape) }
    }
  }

  private static func inputShape(
    _ network: Network, _ input: ValueID, given: [Int]?, batch: Int
  ) throws(GraphError) -> [Int] {
    let name = network.name(of: input)
    let declared = network.values[input.index].declaredType?.dimensions
    guard let given else {
      guard let declared else { throw .missingInputShape(input: name, dimensions: "all of them") }
      var shape: [Int] = []
      var free: [String] = []
      for (axis, dimension) in declared.enumerated() {
        switch dimension {
        case .fixed(let extent): shape.append(extent)
        case _ where axis == 0: shape.append(batch)
        case .symbolic(let label): free.append(label)
        case .unknown: free.append("dimension \(axis)")
        }
      }
      guard free.isEmpty else {
        throw .missingInputShape(input: name, dimensions: free.joined(separator: ", "))
      }
      return shape
    }
    guard given.allSatisfy({ $0 > 0 }) else {
      throw .wrongInputShape(input: name, given: given, problem: "every dimension must be positive")
    }
    guard let declared else { return given }
    guard declared.count == given.count else {
      throw .wrongInputShape(
        input: name, given: given,
        problem: "it has \(given.count) dimensions where the model declares \(declared.count)")
    }
    for (axis, dimension) in declared.enumerated() {
      if let extent = dimension.extent, extent != given[axis] {
        throw .wrongInputShape(
          input: name, given: given,
          problem: "dimension \(axis) is \(given[axis]) where the model declares \(extent)")
      }
    }
    return given
  }
}

/// A rule whose outputs are known from the shapes of its inputs alone, whatever the inputs hold.
public protocol ShapeReadingRule: OperatorRule {}

/// A rule whose outputs have shapes that follow from what its inputs hold: it can only be evaluated.
public protocol DataShapedRule: OperatorRule {}

extension DataShapedRule {
  /// What evaluating the node gives; `dataDependentShape` where an input is not known.
  public func outputs(_ call: OperatorCall) throws(GraphError) -> [TensorSpec] {
    (try evaluate(call) ?? []).map { TensorSpec($0.elementType, $0.shape) }
  }
}
