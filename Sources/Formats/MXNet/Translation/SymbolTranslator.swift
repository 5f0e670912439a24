import Graph

/// Says a symbol in ONNX's operators, node by node.
///
/// Shapes are inferred on the way, by the operators' own rules, so that what MXNet decides by shapes (the codes of a
/// `Reshape`, the rank of a slope) is decided here. An operator that is not known becomes a node of the domain `mxnet`,
/// which freezes what it reads; what lies behind it is taken over in the same way.
struct SymbolTranslator {
  let symbol: Symbol
  let arrays: ArrayFile
  let files: MXNetFiles
  private let inputShapes: [String: [Int]]
  private(set) var result: Translation
  /// What is known of each value; nothing behind an operator that is not known.
  private var specs: [TensorSpec?] = []
  private var formed: [Formed: ValueID] = [:]
  private var names: Set<String> = []
  private var nextNode = 0
  private var current = 0
  private var folding: FoldingAllowance
  /// Whether what the current operator makes has yet to be moved to where the operator has it.
  private var isInside = false

  /// The domain of operators that ONNX does not have.
  static let domain = "mxnet"

  private struct Formed: Hashable {
    let node: Int
    let form: Translation.Form
  }

  private init(
    _ symbol: Symbol, _ arrays: ArrayFile, _ files: MXNetFiles, _ inputShapes: [String: [Int]]
  ) {
    (self.symbol, self.arrays, self.files, self.inputShapes) = (symbol, arrays, files, inputShapes)
    let name = FileBytes.name(of: MXNetFiles.prefix(of: files.symbol))
    // The newest operator set whose operators every reader of the last years knows.
    result = Translation(network: Network(name: name, opsets: ["": 17]))
    folding = FoldingAllowance(
      ofConstants: arrays.records.reduce(0) { $0.plus($1.tensor?.elementCount ?? 0) })
  }

  /// Translates a symbol.
  ///
  /// - Parameter inputShapes: by name, batch included; the only input may have the empty name.
  /// - Throws: `FormatError` where an array or a shape is missing, and for forms of operators that are not read.
  static func translate(
    _ symbol: Symbol, _ arrays: ArrayFile, files: MXNetFiles, inputShapes: [String: [Int]]
  ) throws -> Translation {
    var translator = SymbolTranslator(symbol, arrays, files, inputShapes)
    try translator.run()
    return translator.result
  }

  private mutating func run() throws {
    let reachable = symbol.reachable
    try declareInputs(reachable)
    for number in symbol.nodes.indices where reachable.contains(number) && !symbol.nodes[number].isVariable {
      try translate(number)
    }
    for head in symbol.heads {
      guard let value = try operand(head, of: symbol.nodes[head.node], position: 0) else { continue }
      if !result.network.outputs.contains(value) { result.network.outputs.append(value) }
    }
    for output in result.network.outputs {
      guard let spec = specs[output.index] else { continue }
      result.network.declare(
        DeclaredType(elementType: spec.elementType, dimensions: spec.shape.map(Dimension.fixed)), for: output)
    }
    if result.network.nodes.contains(where: { $0.domain == Self.domain }) {
      result.network.opsets[Self.domain] = 1
    }
  }

  // MARK: Inputs

  /// Operators whose second input is what the first one should be: of use to training only.
  static let losses: Set<String> = [
    "SoftmaxOutput", "Softmax", "LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput",
    "SVMOutput",
  ]

  /// The inputs of an operator that are learned or measured, never fed.
  private static func parameters(of op: String) -> ClosedRange<Int>? {
    switch op {
    case "Convolution", "Convolution_v1", "Deconvolution", "FullyConnected", "InstanceNorm", "LayerNorm":
      1...2
    case "BatchNorm", "BatchNorm_v1", "CuDNNBatchNorm", "_contrib_SyncBatchNorm": 1...4
    case "LeakyReLU", "Embedding", "UpSampling": 1...1
    default: nil
    }
  }

  private func array(of number: Int) -> Tensor? {
    arrays.index(named: symbol.nodes[number].name).flatMap { arrays.records[$0].tensor }
  }

  /// Finds the variables that a caller must supply, and their shapes.
  private mutating func declareInputs(_ reachable: Set<Int>) throws {
    var inputs: [Int] = []
    for number in symbol.nodes.indices where reachable.contains(number) {
      let node = symbol.nodes[number]
      for (position, entry) in node.inputs.enumerated() {
        guard symbol.nodes[entry.node].isVariable, array(of: entry.node) == nil,
          !(position == 1 && Self.losses.contains(node.op)), !inputs.contains(entry.node)
        else { continue }
        let isParameter = Self.parameters(of: node.op)?.contains(position) ?? false
        if isParameter {
          throw FormatError.missingArray(
            file: files.arrays, array: symbol.nodes[entry.node].name, node: node.name)
        }
        inputs.append(entry.node)
      }
    }
    for number in inputs.sorted() {
      let name = symbol.nodes[number].name
      let given = inputShapes[name] ?? (inputs.count == 1 ? inputShapes[""] : nil)
      let shape: [Int]
      if let given {
        guard !given.isEmpty, given.allSatisfy({ $0 > 0 }) else {
          throw FormatError.unfitInputShape(
            file: files.symbol, input: name, given: given, problem: "every dimension must be positive")
        }
        shape = given
      } else {
        shape = try InputShape(of: number, in: symbol, array: array).shape(file: files.symbol)
      }
      guard shape.checkedElementCount != nil else {
        throw FormatError.unfitInputShape(
          file: files.symbol, input: name, given: shape, problem: "no tensor has such a shape")
      }
      let value = add(name)
      specs[value.index] = TensorSpec(elementType(of: number), shape)
      result.values[Symbol.Entry(node: number, output: 0)] = value
      result.network.inputs.append(value)
      result.network.declare(
        DeclaredType(elementType: elementType(of: number), dimensions: shape.map(Dimension.fixed)),
        for: value)
    }
  }

  /// What a variable says of its elements, or what those are that it is multiplied with.
  private func elementType(of number: Int) -> ElementType {
    let said = symbol.nodes[number].attributes["__dtype__"].flatMap { Int32($0) }
    if let said, let type = ArrayFile.elementTypes[said] { return type }
    for node in symbol.nodes {
      guard node.op == "Convolution" || node.op == "FullyConnected", node.inputs.count > 1,
        node.inputs[0].node == number, let weight = array(of: node.inputs[1].node)
      else { continue }
      return weight.elementType
    }
    return .float32
  }

  // MARK: Values

  private mutating func add(_ name: String) -> ValueID {
    let value = result.network.addValue(result.network.unusedValueName(name))
    while specs.count < result.network.values.count { specs.append(nil) }
    return value
  }

  /// What is known of a value.
  func spec(_ value: ValueID) -> TensorSpec? { specs[value.index] }

  /// The shape of an operand of a node all of whose operands are known.
  func shape(_ value: ValueID) -> [Int] { specs[value.index]?.shape ?? [] }

  /// A constant that no array holds.
  mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    let value = add("\(symbol.nodes[current].name)_\(name)")
    result.network.constants[value] = tensor
    specs[value.index] = TensorSpec(tensor.elementType, tensor.shape, constant: tensor)
    return value
  }

  /// A list of whole numbers.
  mutating func integers(_ name: String, _ values: [Int]) -> ValueID { constant(name, Tensor(values)) }

  /// A number of the element type of `value`.
  mutating func scalar(_ name: String, _ number: Double, like value: ValueID) -> ValueID {
    constant(name, Tensor(spec(value)?.elementType ?? .float32, [number], shape: []))
  }

  /// The constant of a variable's array.
  private mutating func constant(ofVariable number: Int, _ form: Translation.Form) -> ValueID? {
    var form = form
    guard let tensor = array(of: number) else { return nil }
    let made = tensor.formed(form)
    let isFixed = form == .ones
    if made == tensor, !isFixed { form = .plain }
    if let known = formed[Formed(node: number, form: form)] { return known }
    let name = symbol.nodes[number].name
    let value = add(name)
    result.network.constants[value] = made
    result.origins[value] = Translation.Origin(variable: name, form: form)
    if isFixed { result.network.fixedConstants.insert(value) }
    specs[value.index] = TensorSpec(made.elementType, made.shape, constant: made)
    formed[Formed(node: number, form: form)] = value
    if form == .plain { result.values[Symbol.Entry(node: number, output: 0)] = value }
    return value
  }

  /// The constant of an array that no variable names: files of MXNet's first versions left statistics out.
  mutating func constant(ofArray name: String) throws -> ValueID {
    guard let tensor = arrays.index(named: name).flatMap({ arrays.records[$0].tensor }) else {
      throw FormatError.missingArray(file: files.arrays, array: name, node: symbol.nodes[current].name)
    }
    if let known = result.network.value(named: name), result.network.constants[known] != nil { return known }
    let value = add(name)
    result.network.constants[value] = tensor
    result.origins[value] = Translation.Origin(variable: name, form: .plain)
    specs[value.index] = TensorSpec(tensor.elementType, tensor.shape, constant: tensor)
    return value
  }

  /// The form that an operator needs an array in.
  private func form(
    _ position: Int, of attributes: SymbolAttributes, data: ValueID?
  ) throws -> Translation.Form {
    guard position == 1 else { return .plain }
    switch attributes.node.op {
    case "BatchNorm", "BatchNorm_v1", "CuDNNBatchNorm", "_contrib_SyncBatchNorm":
      return try attributes.bool("fix_gamma", default: true) ? .ones : .plain
    case "Convolution", "Convolution_v1", "Deconvolution":
      return try attributes.channelAxis() == 1 ? .plain : .channelsSecond
    case "LeakyReLU":
      let array = arrays.index(named: symbol.nodes[attributes.node.inputs[1].node].name)
        .flatMap { arrays.records[$0].tensor }
      guard let rank = data.flatMap({ spec($0)?.shape.count }), array?.elementCount != 1 else {
        return .plain
      }
      return .column(rank: rank - 1)
    case "take": return .indices
    default: return .plain
    }
  }

  private mutating func operand(
    _ entry: Symbol.Entry, of node: Symbol.Node, position: Int, data: ValueID? = nil
  ) throws -> ValueID? {
    if symbol.nodes[entry.node].isVariable {
      let form = try form(position, of: SymbolAttributes(node: node, file: files.symbol), data: data)
      if let constant = constant(ofVariable: entry.node, form) { return constant }
    }
    if let known = result.values[entry] { return known }
    if position == 1, Self.losses.contains(node.op) { return nil }
    throw FormatError.malformedSymbol(
      file: files.symbol, line: nil,
      problem:
        "the node \(node.name) reads output \(entry.output) of \(symbol.nodes[entry.node].name), which has none"
    )
  }

  // MARK: Nodes

  private mutating func translate(_ number: Int) throws {
    current = number
    let node = symbol.nodes[number]
    var operands: [ValueID] = []
    for (position, entry) in node.inputs.enumerated() {
      if let value = try operand(entry, of: node, position: position, data: operands.first) {
        operands.append(value)
      }
    }
    let call = SymbolCall(
      number: number, node: node, attributes: SymbolAttributes(node: node, file: files.symbol),
      operands: operands)
    let outputs: [ValueID]
    if operands.allSatisfy({ specs[$0.index] != nil }), let known = try known(call) {
      outputs = known
    } else {
      outputs = takeOver(call)
    }
    for (output, value) in outputs.enumerated() {
      result.values[Symbol.Entry(node: number, output: output)] = value
    }
  }

  private mutating func known(_ call: SymbolCall) throws -> [ValueID]? {
    if let outputs = try window(call) { return outputs }
    if let outputs = try arithmetic(call) { return outputs }
    if let outputs = try movement(call) { return outputs }
    if let outputs = try normalization(call) { return outputs }
    return try reduction(call)
  }

  /// An operator that is not known, as it is.
  private mutating func takeOver(_ call: SymbolCall) -> [ValueID] {
    var count = 1
    for node in symbol.nodes {
      for entry in node.inputs where entry.node == call.number { count = max(count, entry.output + 1) }
    }
    for head in symbol.heads where head.node == call.number { count = max(count, head.output + 1) }
    let outputs = (0..<count).map { add(outputName($0, of: count)) }
    append(
      call.node.op, call.operands, call.node.attributes.mapValues(Attribute.string), outputs: outputs,
      name: names.insertUnused(call.node.name), domain: Self.domain)
    return outputs
  }

  private func outputName(_ output: Int, of count: Int) -> String {
    "\(symbol.nodes[current].name)_output\(count > 1 ? String(output) : "")"
  }

  private mutating func append(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute], outputs: [ValueID], name: String,
    domain: String = ""
  ) {
    let node = Node(
      id: NodeID(nextNode), name: name, op: op, domain: domain, inputs: inputs, outputs: outputs,
      attributes: attributes)
    nextNode += 1
    result.network.nodes.append(node)
    result.nodes[current, default: []].append(node.id)
  }

  /// Says an operator whose channels do not lie behind the batch: moves them there and back around it.
  mutating func withChannelsSecond(
    _ call: SymbolCall, axis: Int,
    _ body: (inout SymbolTranslator, SymbolCall) throws -> ValueID
  ) throws -> ValueID {
    let data = try call.operand(0)
    let axes = Array(shape(data).indices)
    let index = axis < 0 ? axis + axes.count : axis
    guard axes.indices.contains(index) else {
      throw call.attributes.invalid("its axis of channels is \(axis) of \(axes.count)")
    }
    guard index != 1, axes.count > 1 else { return try body(&self, call) }
    let moved = try one("Transpose", [data], ["perm": .ints(axes.moving(index, to: 1))], step: "moved")
    isInside = true
    defer { isInside = false }
    let made = try body(&self, call.reading(moved))
    isInside = false
    return try one("Transpose", [made], ["perm": .ints(axes.moving(1, to: index))], step: "output")
  }

  /// Adds a node and infers its outputs.
  ///
  /// - Parameter step: what tells a node from the others that say the same operator; `nil` for the last one, which makes
  ///   what the operator makes.
  mutating func emit(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], step: String? = nil,
    count: Int = 1
  ) throws -> [ValueID] {
    let own = symbol.nodes[current].name
    let outputs = (0..<count).map { number in
      add(
        (step ?? (isInside ? "made" : nil)).map { "\(own)_\($0)\(count > 1 ? String(number) : "")" }
          ?? outputName(number, of: count))
    }
    append(
      op, inputs, attributes, outputs: outputs, name: names.insertUnused(step.map { "\(own)_\($0)" } ?? own))
    let node = result.network.nodes[result.network.nodes.count - 1]
    let call = OperatorCall(
      node: node, opset: result.network.opset, inputs: inputs.map { $0.flatMap { specs[$0.index] } })
    do {
      guard let rule = OperatorTable.standard.rule(for: node) else { return outputs }
      let found = try rule.checkedOutputs(call)
      let folds = inputs.allSatisfy { $0.map { specs[$0.index]?.constant != nil } ?? true }
      if folds, let excess = folding.charge(rule, call, outputs: found) { throw excess }
      let values = folds ? try rule.evaluate(call) : nil
      for (number, output) in outputs.enumerated() {
        specs[output.index] = found[number]
        if let values, number < values.count { specs[output.index]?.constant = values[number] }
      }
    } catch {
      let problem =
        switch error {
        case GraphError.invalidNode(_, _, let problem): problem
        case GraphError.overBudget(_, _, let needed, let allowed):
          "it would make a constant of \(needed.byteText), more than the \(allowed.byteText) that are allowed for it"
        default: "its shape depends on the data"
        }
      throw FormatError.unsupportedNode(
        file: files.symbol, op: symbol.nodes[current].op, node: own, problem: problem)
    }
    return outputs
  }

  /// Adds a node of one output.
  mutating func one(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], step: String? = nil
  ) throws -> ValueID {
    try emit(op, inputs, attributes, step: step)[0]
  }
}

/// A node of a symbol with what it reads.
struct SymbolCall {
  let number: Int
  let node: Symbol.Node
  let attributes: SymbolAttributes
  let operands: [ValueID]

  var op: String { node.op }

  /// The same with other data.
  func reading(_ data: ValueID) -> SymbolCall {
    SymbolCall(number: number, node: node, attributes: attributes, operands: [data] + operands.dropFirst())
  }

  /// An operand that must be there.
  func operand(_ number: Int) throws -> ValueID {
    guard operands.indices.contains(number) else {
      throw attributes.invalid("it has \(operands.count) inputs")
    }
    return operands[number]
  }
}
