import Graph

/// Says a program of torch.export in ONNX's operators, node by node.
///
/// The program itself says the type and the extents of everything that it computes. An operator that is not known becomes a
/// node of the domain `torch`, which freezes what it reads; what lies behind it is known by what the program says of it.
struct ProgramTranslator {
  let program: ExportedProgram
  let payloads: ProgramPayloads
  let archive: StoredArchive
  let file: String
  private(set) var result: ProgramTranslation
  /// The node that is translated.
  private(set) var call: ProgramCall
  private var number = 0
  /// The value that each name has now: one that is changed in place has another one afterwards.
  private var current: [String: ValueID] = [:]
  /// What names share their elements, by a number for each memory.
  private var memories: [String: Int] = [:]
  /// The constants of the tensors that the archive holds, by where these are.
  private var tied: [ProgramPayloads.Place: ValueID] = [:]
  /// What is a run of an axis of another tensor.
  private var views: [String: View] = [:]
  /// The last node that reads a name.
  private var lastReads: [String: Int] = [:]
  private var types: [ValueID: ElementType] = [:]
  private var extents: [ValueID: [Int?]] = [:]
  /// Values all of whose elements are one number.
  private var fills: [ValueID: Double] = [:]
  private var nodeNames: Set<String> = []
  private var nextNode = 0
  /// Constants that the current node brought.
  private var added: [ValueID] = []

  /// A run of an axis of a tensor, or one position of it.
  private struct View {
    let parent: String
    let axis, start, end: Int
    let isSelected: Bool
  }

  /// The domain of operators that have no translation.
  static let domain = "torch"

  private init(
    _ program: ExportedProgram, _ payloads: ProgramPayloads, _ archive: StoredArchive, _ file: String
  ) {
    (self.program, self.payloads, self.archive, self.file) = (program, payloads, archive, file)
    // The first set whose group normalization scales each channel.
    result = ProgramTranslation(
      network: Network(name: String(FileBytes.name(of: file).prefix { $0 != "." }), opsets: ["": 21]))
    call = ProgramCall(.init(target: "", inputs: [], outputs: [], text: JSONText(.scalar("null"))))
  }

  /// Translates a program.
  ///
  /// - Throws: `FormatError` where a weight is missing or a value is read that nothing makes.
  static func translate(
    _ program: ExportedProgram, _ payloads: ProgramPayloads, _ archive: StoredArchive, file: String
  ) throws -> ProgramTranslation {
    var translator = ProgramTranslator(program, payloads, archive, file)
    try translator.run()
    return translator.result
  }

  private mutating func run() throws {
    for (number, node) in program.nodes.enumerated() {
      for name in node.inputs.flatMap(\.argument.names) { lastReads[name] = number }
    }
    for name in program.outputs.flatMap(\.names) { lastReads[name] = program.nodes.count }
    for (input, source) in zip(program.inputs, program.sources) { try declare(input, source) }
    for (number, node) in program.nodes.enumerated() { try translate(number, node) }
    for output in program.outputs {
      guard case .tensor(let name) = output, let value = current[name] else { continue }
      if !result.network.outputs.contains(value) { result.network.outputs.append(value) }
      if let meta = program.tensors[name], let type = meta.elementType {
        result.network.declare(
          DeclaredType(elementType: type, dimensions: meta.sizes.map(\.dimension)), for: value)
      }
    }
    if result.network.nodes.contains(where: { $0.domain == Self.domain }) {
      result.network.opsets[Self.domain] = 1
    }
  }

  // MARK: Inputs

  private mutating func declare(_ input: ProgramArgument, _ source: ExportedProgram.Source) throws {
    guard let name = input.names.first else { return }
    guard current[name] == nil else { throw FormatError.duplicateValue(file: file, value: name) }
    memories[name] = memories.count
    if let payload = source.payload {
      let place = payloads.records[payload]?.place
      // Tied weights are one constant.
      if let place, let value = tied[place] {
        bind(name, value)
        result.values[name] = value
        return
      }
      let value = add(payload)
      if let place { tied[place] = value }
      bind(name, value)
      result.values[name] = value
      if payloads.unread.contains(payload) {
        append("constant", [], outputs: [value], domain: Self.domain)
        return
      }
      let tensor = try payloads.tensor(payload, in: archive)
      result.network.constants[value] = tensor
      if !source.isParameter { result.network.fixedConstants.insert(value) }
      result.origins[value] = name
      (types[value], extents[value]) = (tensor.elementType, tensor.shape)
      return
    }
    guard source == .user else { return }
    let value = add(name)
    bind(name, value)
    result.values[name] = value
    result.network.inputs.append(value)
    guard let meta = program.tensors[name] else {
      // A whole number that the caller supplies.
      result.network.declare(DeclaredType(elementType: .int64, dimensions: []), for: value)
      result.exampleShapes[value] = []
      types[value] = .int64
      return
    }
    guard let type = meta.elementType else {
      throw FormatError.unsupportedElementType(file: file, tensor: name, type: "number \(meta.scalarType)")
    }
    result.network.declare(
      DeclaredType(elementType: type, dimensions: meta.sizes.map(\.dimension)), for: value)
    result.exampleShapes[value] = meta.hints.map { max(1, $0 ?? 2) }
  }

  // MARK: Values

  private mutating func add(_ name: String) -> ValueID {
    result.network.addValue(result.network.unusedValueName(name))
  }

  /// Notes what a name stands for, and what the program says of it.
  private mutating func bind(_ name: String, _ value: ValueID) {
    current[name] = value
    guard let meta = program.tensors[name] else { return }
    if let type = meta.elementType, types[value] == nil { types[value] = type }
    if extents[value] == nil { extents[value] = meta.sizes.map(\.literal) }
  }

  func type(_ value: ValueID) -> ElementType { types[value] ?? .float32 }

  /// The type of what the node makes.
  var resultType: ElementType {
    call.names.first.flatMap { program.tensors[$0]?.elementType } ?? .float32
  }

  /// The extents of a value, each where it is fixed.
  func shape(_ value: ValueID) throws -> [Int?] {
    guard let shape = extents[value] else { throw Untranslated() }
    return shape
  }

  func rank(_ value: ValueID) throws -> Int { try shape(value).count }

  /// Extents that are all fixed.
  func fixedShape(_ value: ValueID) throws -> [Int] {
    let shape = try shape(value)
    let fixed = shape.compactMap { $0 }
    guard fixed.count == shape.count else { throw Untranslated() }
    return fixed
  }

  /// An axis made non-negative.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    let resolved = axis < 0 ? axis.plus(rank) : axis
    // A tensor without axes has none to name, though PyTorch lets some operators say 0.
    guard 0..<rank ~= resolved else { throw Untranslated() }
    return resolved
  }

  /// Says that all elements of a value are one number.
  mutating func note(_ value: ValueID, isFilledWith number: Double) { fills[value] = number }

  /// The number that all elements of a value are, where that is known.
  func fill(_ value: ValueID) -> Double? { fills[value] }

  /// The tensor that a value is, where it is one of the program's own.
  func known(_ value: ValueID) -> Tensor? { result.network.constants[value] }

  /// Whether somebody reads a name.
  func isRead(_ name: String) -> Bool { lastReads[name] != nil }

  // MARK: Arguments

  /// A tensor that the node is given.
  func tensor(_ name: String) throws -> ValueID {
    guard let value = try optional(name) else { throw Untranslated() }
    return value
  }

  /// The first of several arguments that are called differently in the variants of an operator.
  func tensor(_ names: String...) throws -> ValueID {
    guard let name = names.first(where: call.has) else { throw Untranslated() }
    return try tensor(name)
  }

  func optional(_ name: String) throws -> ValueID? {
    guard call.has(name) else { return nil }
    switch call.node[name] {
    case .tensor(let name)?, .optionalTensor(let name?)?:
      guard let value = current[name] else { throw Untranslated() }
      return value
    default: throw Untranslated()
    }
  }

  func tensors(_ name: String) throws -> [ValueID?] {
    let names: [String?]
    switch call.node[name] {
    case .tensors(let list)?: names = list
    case .optionalTensors(let list)?: names = list
    default: throw Untranslated()
    }
    return try names.map { name in
      guard let name else { return nil }
      guard let value = current[name] else { throw Untranslated() }
      return value
    }
  }

  /// A tensor, or a number as one, of a type.
  mutating func operand(_ name: String, as type: ElementType) throws -> ValueID {
    switch call.node[name] {
    case .tensor?, .optionalTensor?: return cast(try tensor(name), to: type)
    case .integer(.name(let symbol))?:
      guard let value = current[symbol] else { throw Untranslated() }
      return cast(value, to: type)
    default: return scalar(name, try call.number(name), type)
    }
  }

  /// A whole number: written down, or a value of no axes.
  enum Size { case number(Int), value(ValueID) }

  func size(_ integer: ProgramInteger) throws -> Size {
    switch integer {
    case .literal(let number): return .number(number)
    case .name(let name):
      guard let value = current[name] else { throw Untranslated() }
      return .value(value)
    }
  }

  func sizes(_ name: String) throws -> [Size] {
    guard let list = try call.integers(name) else { throw Untranslated() }
    return try list.map(size)
  }

  /// The extent of a value along an axis.
  mutating func extent(_ value: ValueID, _ axis: Int) throws -> Size {
    let shape = try shape(value)
    guard shape.indices.contains(axis) else { throw Untranslated() }
    if let extent = shape[axis] { return .number(extent) }
    return .value(computedExtent(value, axis))
  }

  /// The extent of a value along an axis, as a number that the network computes.
  mutating func computedExtent(_ value: ValueID, _ axis: Int, isResult: Bool = false) -> ValueID {
    let shape = one("Shape", [value], step: "shape", type: .int64)
    return one(
      "Gather", [shape, constant("axis", Tensor([axis], shape: []))], ["axis": .int(0)],
      step: isResult ? nil : "extent", type: .int64)
  }

  /// Whole numbers as a tensor of one axis.
  mutating func vector(_ name: String, _ sizes: [Size]) -> ValueID {
    var parts: [ValueID] = []
    var numbers: [Int] = []
    for (index, size) in sizes.enumerated() {
      switch size {
      case .number(let number):
        numbers.append(number)
        let isLast = index + 1 == sizes.count
        if isLast { break }
        if case .number = sizes[index + 1] { continue }
      case .value(let value):
        parts.append(one("Unsqueeze", [value, integers("zero", [0])], step: "\(name)_part", type: .int64))
        continue
      }
      parts.append(integers("\(name)_part", numbers))
      numbers = []
    }
    if parts.isEmpty { return integers(name, []) }
    return parts.count == 1 ? parts[0] : one("Concat", parts, ["axis": .int(0)], step: name, type: .int64)
  }

  // MARK: Constants

  /// What the program writes down where it computes: no parameter, so training leaves it as it is. The name is one that no
  /// parameter has.
  mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    let value = add("\(call.names.first ?? "node\(number)")::\(name)")
    result.network.constants[value] = tensor
    result.network.fixedConstants.insert(value)
    (types[value], extents[value]) = (tensor.elementType, tensor.shape)
    added.append(value)
    return value
  }

  /// A list of whole numbers.
  mutating func integers(_ name: String, _ values: [Int]) -> ValueID { constant(name, Tensor(values)) }

  mutating func scalar(_ name: String, _ number: Double, _ type: ElementType) -> ValueID {
    constant(name, Tensor(type, [number], shape: []))
  }

  // MARK: Nodes

  private mutating func translate(_ number: Int, _ node: ExportedProgram.Node) throws {
    (self.number, call) = (number, ProgramCall(node))
    let before = (nodes: result.network.nodes.count, node: nextNode)
    added = []
    for name in node.inputs.flatMap(\.argument.names) {
      if let value = current[name] { result.reads[number, default: [:]][name] = value }
    }
    for name in node.names where current[name] != nil {
      throw FormatError.duplicateValue(file: file, value: name)
    }
    var outputs: [ValueID?]
    do {
      guard let found = try translated() else { throw Untranslated() }
      outputs = found
    } catch is Untranslated {
      // Nothing of what was begun stays.
      for node in result.network.nodes[before.nodes...] { nodeNames.remove(node.name) }
      result.network.nodes.removeLast(result.network.nodes.count - before.nodes)
      result.nodes[number] = nil
      for value in added {
        result.network.constants[value] = nil
        result.network.fixedConstants.remove(value)
      }
      outputs = takeOver()
    }
    let memory = call.sharesMemory ? node.inputs.first?.argument.names.first.flatMap { memories[$0] } : nil
    for (name, value) in zip(node.names, outputs) {
      memories[name] = memory ?? memories.count
      guard let value else { continue }
      bind(name, value)
      result.values[name] = value
    }
    if call.isInPlace, let first = outputs.first ?? nil { change(to: first) }
  }

  /// What the operator makes, by the names of its outputs; `nil` where it is not known.
  private mutating func translated() throws -> [ValueID?]? {
    if let outputs = try symbol() { return outputs }
    guard call.isATen else { return nil }
    if let outputs = try elementwise() { return outputs }
    if let outputs = try activation() { return outputs }
    if let outputs = try window() { return outputs }
    if let outputs = try product() { return outputs }
    if let outputs = try normalization() { return outputs }
    if let outputs = try movement() { return outputs }
    if let outputs = try indexing() { return outputs }
    if let outputs = try reduction() { return outputs }
    if let outputs = try recurrence() { return outputs }
    return try creation()
  }

  /// The first argument has changed: from now on its name, what shares its elements, and what it is a part of stand for
  /// what they became.
  private mutating func change(to value: ValueID) {
    guard let name = call.node.inputs.first?.argument.names.first, let before = current[name],
      let memory = memories[name]
    else { return }
    for made in call.names { (memories[made], views[made]) = (memory, views[name]) }
    var replaced = [before: value]
    var (part, made) = (name, value)
    while let view = views[part], let whole = current[view.parent],
      let renewed = try? joined(whole, view, with: made)
    {
      replaced[whole] = renewed
      (part, made) = (view.parent, renewed)
    }
    let results = Set(replaced.values)
    for (other, own) in current.filter({ memories[$0.key] == memory }).sorted(by: { $0.key < $1.key })
    where !call.names.contains(other) {
      if let renewed = replaced[own] {
        current[other] = renewed
      } else if !results.contains(own), (lastReads[other] ?? -1) > number {
        let merged = add("\(other)_changed")
        append("changed", [own, value], outputs: [merged], domain: Self.domain)
        declareAs(other, merged)
        current[other] = merged
      }
    }
  }

  /// A tensor with a part of it replaced.
  private mutating func joined(_ whole: ValueID, _ view: View, with part: ValueID) throws -> ValueID {
    guard let extent = try shape(whole)[view.axis] else { throw Untranslated() }
    let own = extents[whole]
    var parts: [ValueID] = []
    if view.start > 0 { parts.append(sliced(whole, view.axis, 0, view.start, step: "before")) }
    parts.append(
      view.isSelected ? one("Unsqueeze", [part, integers("axes", [view.axis])], step: "part") : part)
    if view.end < extent {
      parts.append(sliced(whole, view.axis, view.end, Int(Int32.max), step: "behind"))
    }
    return one("Concat", parts, ["axis": .int(view.axis)], step: "whole", type: types[whole], shape: own)
  }

  /// Says that what the node makes is a run of an axis of its first argument.
  mutating func noteView(_ axis: Int, _ start: Int, _ end: Int, isSelected: Bool = false) {
    guard let parent = call.node.inputs.first?.argument.names.first, let name = call.names.first,
      call.names.count == 1, start >= 0, start < end
    else { return }
    views[name] = View(parent: parent, axis: axis, start: start, end: end, isSelected: isSelected)
  }

  /// An operator that is not known, as it is.
  private mutating func takeOver() -> [ValueID?] {
    let inputs = call.node.inputs.flatMap(\.argument.names).compactMap { current[$0] }
    let outputs = call.names.map { add($0) }
    if outputs.isEmpty { return [] }
    append(
      call.node.target.hasPrefix("torch.ops.") ? String(call.node.target.dropFirst(10)) : call.node.target,
      inputs,
      outputs: outputs, domain: Self.domain)
    for (name, value) in zip(call.names, outputs) { declareAs(name, value) }
    return outputs
  }

  /// Says of a value what the program says of a name.
  private mutating func declareAs(_ name: String, _ value: ValueID) {
    guard let meta = program.tensors[name], let type = meta.elementType else { return }
    (types[value], extents[value]) = (type, meta.sizes.map(\.literal))
    result.network.declare(
      DeclaredType(elementType: type, dimensions: meta.sizes.map(\.dimension)), for: value)
  }

  private mutating func append(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], outputs: [ValueID?],
    name: String? = nil, domain: String = ""
  ) {
    let stem = name ?? outputs.compactMap { $0 }.first.map(result.network.name) ?? op
    result.network.nodes.append(
      Node(
        id: NodeID(nextNode), name: nodeNames.insertUnused(stem), op: op, domain: domain, inputs: inputs,
        outputs: outputs, attributes: attributes))
    result.nodes[number, default: []].append(NodeID(nextNode))
    nextNode += 1
  }

  /// Adds a node of one output.
  ///
  /// - Parameters:
  ///   - step: what tells it from the others that say the same operator; `nil` for the one that makes what the operator
  ///     makes.
  ///   - type: the type of its elements; that of its first input where `nil`.
  mutating func one(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], step: String? = nil,
    type: ElementType? = nil, shape: [Int?]? = nil
  ) -> ValueID {
    let own = call.names.first ?? "node\(number)"
    let output = add(step.map { "\(own)_\($0)" } ?? own)
    append(op, inputs, attributes, outputs: [output])
    let stated = step == nil ? program.tensors[own]?.elementType : nil
    types[output] = stated ?? type ?? (inputs.first ?? nil).flatMap { types[$0] }
    if step != nil { extents[output] = shape }
    return output
  }

  /// Adds a node of several outputs that only other nodes of the operator read.
  mutating func steps(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], names: [String]
  ) -> [ValueID] {
    let outputs = names.map { add("\(call.names.first ?? "node\(number)")_\($0)") }
    append(op, inputs, attributes, outputs: outputs)
    for output in outputs { types[output] = (inputs.first ?? nil).flatMap { types[$0] } }
    return outputs
  }

  /// Adds a node whose outputs are those of the operator, by their names.
  mutating func many(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], names: [String?]
  ) -> [ValueID?] {
    let outputs = names.map { name in name.map { add($0) } }
    append(op, inputs, attributes, outputs: outputs)
    return outputs
  }

  /// A value in another type.
  mutating func cast(_ value: ValueID, to type: ElementType) -> ValueID {
    guard types[value] != type, types[value] != nil else { return value }
    return one(
      "Cast", [value], ["to": .int(type.onnx.rawValue)], step: "cast", type: type, shape: extents[value])
  }
}
