/// A network bound to concrete input shapes: every shape known, everything that depends on shapes alone
/// evaluated.
public struct BoundNetwork: Sendable {
  /// What was bound; each `If` whose condition is known now is replaced by the nodes of the branch that it takes, or by
  /// those of both where another size could decide otherwise (`OpenDecision`).
  public internal(set) var network: Network
  /// Type, shape and, where known, the value of each value; `nil` where an operator without a rule (or
  /// one whose result depends on data) stands before it. Indexed by `ValueID.index`.
  package internal(set) var specs: [TensorSpec?]
  /// Indices in `network.nodes` of what is left to compute once the data are there, in order.
  package private(set) var steps: [Int] = []
  /// Nodes whose outputs have no known shape, with the reason, in order.
  package private(set) var failures: [(node: Int, error: GraphError)] = []
  private var failed: Set<Int> = []
  /// What may be computed before the data are.
  private var folding: FoldingAllowance
  /// Values that are constants, but too large to be computed before the data are, and why.
  private var unfolded: [ValueID: GraphError] = [:]
  /// Indices of the nodes of branches that are not taken: they are bound as far as they can be, and never computed.
  package private(set) var idle: Set<Int> = []
  /// Values that are known, and would be others where an open decision went the other way.
  package private(set) var chosen: Set<ValueID> = []
  /// By open decision: whether its condition holds.
  package internal(set) var decisions: [NodeID: Bool]
  /// The rules used.
  package let table: OperatorTable
  /// Whether arithmetic on weights is done already.
  package let foldsWeights: Bool
  /// What operators read as sizes and indices, and all that goes into it: known whatever it is made of.
  private var sizes: Set<ValueID> = []
  /// A binding to other shapes of which is taken over what does not change.
  private var kept: KeptBinding?

  /// The shape of a value, where known.
  public func shape(of value: ValueID) -> [Int]? { specs[value.index]?.shape }

  /// The value's constant, where it is one now: an initializer or the result of folding.
  public func constant(of value: ValueID) -> Tensor? { specs[value.index]?.constant }

  /// The node at an index as a rule sees it.
  package func call(at index: Int) -> OperatorCall {
    let node = network.nodes[index]
    var inputs = node.inputs.map { value in value.flatMap { specs[$0.index] } }
    if let condition = knownCondition(of: node) { inputs[0] = condition }
    return OperatorCall(node: node, opset: network.opsets[node.domain] ?? network.opset, inputs: inputs)
  }

  /// The specs of the outputs of the node at an index; `nil` when one is not known.
  package func outputs(at index: Int) -> [TensorSpec]? {
    let outputs = network.nodes[index].outputs
    // What nobody asked for has no value whose shape is known.
    let all =
      outputs.contains(nil) ? try? table.rule(for: network.nodes[index])?.outputs(call(at: index)) : nil
    var result: [TensorSpec] = []
    for (number, output) in outputs.enumerated() {
      if let output {
        guard let spec = specs[output.index] else { return nil }
        result.append(spec)
      } else {
        result.append(all.flatMap { number < $0.count ? $0[number] : nil } ?? TensorSpec(.float32, []))
      }
    }
    return result
  }

  /// Multiply-accumulate operations of the node at an index; 0 where its shapes are not known, or nothing is left to
  /// compute.
  package func multiplyAccumulates(at index: Int) -> Int {
    guard let (rule, outputs) = computed(at: index) else { return 0 }
    return rule.multiplyAccumulates(call(at: index), outputs: outputs)
  }

  /// Multiply-accumulates that are done in the time in which an element is written to memory and read again. Measured on
  /// MobileNetV2 and ResNet-50, computed and trained: with these, their times are as their workloads.
  private static let operationsPerElement = 20

  /// What computing some nodes takes for one example, in multiply-accumulates: theirs, and what is lost while their results
  /// are moved. Depthwise layers take many times what their own operations say.
  package func workload(of indices: some Sequence<Int>) -> Double {
    let sum = indices.reduce(0.0) { sum, index in
      guard let (rule, outputs) = computed(at: index) else { return sum }
      let moved = outputs.reduce(0.0) { $0 + Double($1.shape.elementCount) }
      return sum + Double(rule.multiplyAccumulates(call(at: index), outputs: outputs))
        + Double(Self.operationsPerElement) * moved
    }
    return sum / Double(max(1, batchSize))
  }

  /// The same of the whole network.
  package var workload: Double { workload(of: steps) }

  /// The rule of the node at an index and what it computes; `nil` where its shapes are not known, or nothing is left to compute.
  private func computed(at index: Int) -> (rule: any OperatorRule, outputs: [TensorSpec])? {
    let isKnown = network.nodes[index].outputs.allSatisfy { $0.map { constant(of: $0) != nil } ?? true }
    guard !isKnown, !isFailure(index), !idle.contains(index),
      let rule = table.rule(for: network.nodes[index]),
      let outputs = outputs(at: index)
    else { return nil }
    return (rule, outputs)
  }

  /// Whether the node at an index is one of `failures`.
  package func isFailure(_ index: Int) -> Bool { failed.contains(index) }

  /// Binds `network` to the shapes of its inputs.
  ///
  /// - Parameters:
  ///   - inputShapes: by input; an input that is left out must have a declared shape whose only free
  ///     dimension is that of the examples (`BatchAxes`), which becomes `batch`.
  ///   - batch: the extent of a free dimension of examples.
  ///   - foldsWeights: whether arithmetic on floating-point initializers is done now. A plan that trains
  ///     keeps it, so that gradients reach them.
  ///   - decisions: which way open decisions go, whatever their conditions say at these shapes; by node.
  /// - Throws: `GraphError` for shapes that do not fit the declared ones and for invalid nodes. An operator
  ///   without a rule is not an error here: it is listed in `failures`.
  package init(
    _ network: Network, inputShapes: [ValueID: [Int]] = [:], batch: Int = 1, foldsWeights: Bool = true,
    decisions: [NodeID: Bool] = [:], table: OperatorTable = .standard
  ) throws {
    try self.init(
      network, inputShapes: inputShapes, batch: batch, foldsWeights: foldsWeights, decisions: decisions,
      table: table, keeping: nil)
  }

  /// The same network bound to other shapes of its inputs, with its decisions; what comes out as it does here is not
  /// computed again.
  ///
  /// - Parameter inputShapes: of every input.
  /// - Throws: as the binding itself does.
  package func rebound(_ inputShapes: [ValueID: [Int]]) throws -> BoundNetwork {
    try BoundNetwork(
      network, inputShapes: inputShapes, batch: 1, foldsWeights: foldsWeights, decisions: decisions,
      table: table, keeping: KeptBinding(self))
  }

  private init(
    _ network: Network, inputShapes: [ValueID: [Int]], batch: Int, foldsWeights: Bool,
    decisions: [NodeID: Bool], table: OperatorTable, keeping kept: KeptBinding?
  ) throws {
    self.network = network
    self.table = table
    folding = FoldingAllowance(
      ofConstants: network.constants.values.reduce(0) { $0.plus($1.elementCount) })
    self.foldsWeights = foldsWeights
    self.kept = kept
    if !foldsWeights { sizes = network.valuesReadAsSizes(by: table) }
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
    // What is declared of values behind an unknown operator is for the examples that there are.
    let first = network.fixedBatch == nil ? network.inputs.first : nil
    let examples = first.flatMap { specs[$0.index]?.shape.first } ?? batch
    var idleBranches = IdleBranches(network)
    var index = 0
    // Branches stand where the decision stood.
    while index < self.network.nodes.count {
      let isIdle = idleBranches.contains(self.network.nodes[index], in: self)
      if isIdle { idle.insert(index) }
      do {
        if try decide(at: index) {
          idle.remove(index)
          idleBranches.read(self.network)
          if !foldsWeights { sizes = self.network.valuesReadAsSizes(by: table) }
          continue
        }
        if !keep(index) { try bind(index) }
      } catch let error as GraphError {
        let cause = cause(of: error, at: index)
        if case .overBudget = cause { throw cause }
        // A branch need not make sense at sizes that do not take it.
        if !isIdle {
          if case .invalidNode = cause, failures.isEmpty { throw cause }
          failures.append((index, cause))
          failed.insert(index)
          adoptDeclaredShapes(index, batch: examples)
        }
      }
      index += 1
    }
    self.kept = nil
    sizes = []
  }

  /// Takes over what another binding made of a node whose inputs are known to be what they were there; false where they
  /// are not.
  private mutating func keep(_ index: Int) -> Bool {
    let node = network.nodes[index]
    guard network.openDecisions.isEmpty, kept?.holds(index, of: network, specs) == true else { return false }
    for output in node.outputs.compactMap({ $0 }) { specs[output.index] = kept?.take(output) }
    if kept?.steps.contains(index) == true { steps.append(index) }
    return true
  }

  private mutating func bind(_ index: Int) throws {
    let node = network.nodes[index]
    guard let rule = table.rule(for: node) else {
      throw GraphError.unknownOperator(op: node.qualifiedOp, node: node.name)
    }
    try decide(node)
    for input in operands(at: index) {
      if let input, specs[input.index] == nil {
        throw GraphError.dataDependentShape(op: node.op, node: node.name)
      }
    }
    let call = call(at: index)
    let outputs = try rule.checkedOutputs(call)
    let isFolded = rule is any ShapeReadingRule || rule is any DataShapedRule
    let foldable = node.inputs.allSatisfy { $0.map { constant(of: $0) != nil } ?? true }
    // What gives integers, or comes from shapes and integers alone, is nothing that a gradient could move.
    let arithmetic = outputs.contains { $0.elementType.isFloatingPoint }
    let readsWeights = node.inputs.contains { input in
      input.flatMap { self.network.constants[$0] }?.elementType.isFloatingPoint ?? false
    }
    var values: [Tensor]?
    let isSize = node.outputs.contains { $0.map(sizes.contains) ?? false }
    if isFolded || (foldable && (foldsWeights || isSize || !arithmetic || !readsWeights)) {
      if let excess = folding.charge(rule, call, outputs: outputs) {
        if isFolded { throw excess }
        for output in node.outputs { if let output { unfolded[output] = excess } }
      } else {
        values = try rule.evaluate(call)
      }
    } else if let cause = unfoldedCause(at: index),
      node.inputs.allSatisfy({ $0.map { specs[$0.index]?.constant != nil || unfolded[$0] != nil } ?? true })
    {
      for output in node.outputs { if let output { unfolded[output] = cause } }
    }
    for (number, output) in node.outputs.enumerated() {
      guard let output else { continue }
      var spec = outputs[number]
      if let values, number < values.count { spec.constant = values[number] }
      specs[output.index] = spec
    }
    if values == nil, !idle.contains(index) { steps.append(index) }
    if values != nil, node.isOpenDecision || node.inputs.contains(where: { $0.map(chosen.contains) ?? false })
    {
      chosen.formUnion(node.outputs.compactMap { $0 })
    }
  }

  /// Why an input of a node is not known, where it could be but for its size.
  private func unfoldedCause(at index: Int) -> GraphError? {
    if unfolded.isEmpty { return nil }
    for case let input? in network.nodes[index].inputs { if let cause = unfolded[input] { return cause } }
    return nil
  }

  /// The error at a node, which may follow from the size of something before it.
  private func cause(of error: GraphError, at index: Int) -> GraphError {
    switch error {
    case .dataDependentShape, .dataDependentBranch: unfoldedCause(at: index) ?? error
    default: error
    }
  }

  /// Behind a node without a rule, what the file declares is better than nothing: the layers there can
  /// still be listed.
  private mutating func adoptDeclaredShapes(_ index: Int, batch: Int) {
    for output in network.nodes[index].outputs {
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
      if shape.count == dimensions.count, shape.checkedElementCount != nil {
        specs[output.index] = TensorSpec(type.elementType, shape)
      }
    }
  }

  private static func inputShape(
    _ network: Network, _ input: ValueID, given: [Int]?, batch: Int
  ) throws -> [Int] {
    let name = network.name(of: input)
    let declared = network.values[input.index].declaredType?.dimensions
    guard let given else {
      let batchAxis = network.batchAxes.axis(of: input)
      guard let declared else { throw GraphError.missingInputShape(input: name, dimensions: "all of them") }
      var shape: [Int] = []
      var free: [String] = []
      for (axis, dimension) in declared.enumerated() {
        switch dimension {
        case .fixed(let extent): shape.append(extent)
        case _ where axis == batchAxis: shape.append(batch)
        case .symbolic(let label): free.append(label)
        case .unknown: free.append("dimension \(axis)")
        }
      }
      guard free.isEmpty else {
        throw GraphError.missingInputShape(input: name, dimensions: free.joined(separator: ", "))
      }
      guard shape.checkedElementCount != nil else {
        throw GraphError.wrongInputShape(input: name, given: shape, problem: "no tensor has such a shape")
      }
      return shape
    }
    guard given.allSatisfy({ $0 > 0 }) else {
      throw GraphError.wrongInputShape(input: name, given: given, problem: "every dimension must be positive")
    }
    guard given.checkedElementCount != nil else {
      throw GraphError.wrongInputShape(input: name, given: given, problem: "no tensor is so large")
    }
    guard let declared else { return given }
    guard declared.count == given.count else {
      throw GraphError.wrongInputShape(
        input: name, given: given,
        problem: "it has \(given.count) dimensions where the model declares \(declared.count)")
    }
    for (axis, dimension) in declared.enumerated() {
      if let extent = dimension.extent, extent != given[axis] {
        throw GraphError.wrongInputShape(
          input: name, given: given,
          problem: "dimension \(axis) is \(given[axis]) where the model declares \(extent)")
      }
    }
    return given
  }
}

/// A rule whose outputs are known from the shapes of its inputs alone, whatever the inputs hold.
package protocol ShapeReadingRule: OperatorRule {}

/// A rule whose outputs have shapes that follow from what its inputs hold: it can only be evaluated.
package protocol DataShapedRule: OperatorRule {}

extension DataShapedRule {
  /// What evaluating the node gives; `dataDependentShape` where an input is not known.
  package func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    (try evaluate(call) ?? []).map { TensorSpec($0.elementType, $0.shape) }
  }
}

extension BoundNetwork {
  /// What the rule of the node at an index says of its channels; nothing where its shapes are not known.
  package func relations(at index: Int) -> [ChannelRelation] {
    guard let rule = table.rule(for: network.nodes[index]), let outputs = outputs(at: index) else {
      return []
    }
    return (try? rule.relations(call(at: index), outputs: outputs)) ?? []
  }
}
