import Errors
import Foundation
import Graph

/// The changes that turn a program and its weights into those of an edited network.
///
/// Nodes of the network are traced back to those of the program by their numbers. What sizes should be is told by binding both
/// networks, also to other extents of what the program leaves open.
struct ProgramEdit {
  /// A node of the program: what became of it, and what is new around it.
  struct Item {
    var before: [ExportedProgram.Node] = []
    /// `nil` where it has gone.
    var node: ExportedProgram.Node?
    var after: [ExportedProgram.Node] = []
    /// Whether another operator stands in its place.
    var isReplaced = false
  }

  /// An input of the graph that was not there: a constant of its own.
  struct NewInput {
    let name: String
    let source: ExportedProgram.Source
    let tensor: Tensor
  }

  let model: PT2Model
  let new: Network
  /// The network before and after, bound to the sizes that the program was exported with, and to others.
  let bindings: [(before: BoundNetwork, after: BoundNetwork)]
  var items: [Item]
  /// The program's name of each value.
  private(set) var names: [ValueID: String] = [:]
  /// Names that are not of the program, by the values that they are of.
  private(set) var newNames: [(name: String, value: ValueID, like: String)] = []
  private(set) var newInputs: [NewInput] = []
  /// Parameters of which a part is changed in place, by the constants that they were: their parts are narrowed apart from each
  /// other, and the program has them whole.
  var reassembled: [ValueID: Tensor] = [:]
  /// The network with what follows from constants alone computed; `nil` until something asks.
  var folded: BoundNetwork?
  /// Whole numbers that are new: a name, an expression, and what it is.
  private(set) var newIntegers: [(name: String, expression: String, hint: Int)] = []
  private var takenNames: Set<String>
  private var takenPayloads: Set<String>
  private let indices: [NodeID: Int]
  private let before: [NodeID: Node]
  private let owners: [NodeID: Int]
  /// The node that makes each name.
  private let makers: [String: Int]
  private let made: Set<ValueID>

  var program: ExportedProgram { model.program }
  var translation: ProgramTranslation { model.translation }
  private var old: Network { model.network }

  /// - Throws: `FormatError.invalidNetwork` for a network that is not an edited copy of the model's.
  init(of model: PT2Model, to network: Network) throws {
    self.model = model
    new = network
    let (old, translation) = (model.network, model.translation)
    guard network.values.count >= old.values.count, network.inputs == old.inputs,
      zip(network.values, old.values).allSatisfy({ $0.name == $1.name })
    else { throw FormatError.invalidNetwork(problem: "it is not an edited copy of the model's own") }
    bindings = try Self.bind(old, network, translation.exampleShapes)
    items = model.program.nodes.map { Item(node: $0) }
    indices = Dictionary(
      network.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    before = Dictionary(old.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    owners = translation.nodes.reduce(into: [:]) { owners, entry in
      for node in entry.value { owners[node] = entry.key }
    }
    makers = model.program.nodes.enumerated().reduce(into: [:]) { makers, node in
      for name in node.element.names { makers[name] = node.offset }
    }
    made = Set(network.nodes.flatMap(\.outputs).compactMap { $0 }).union(network.constants.keys)
      .union(network.inputs).union(old.constants.keys)
    let all = model.program.inputs.flatMap(\.names) + model.program.nodes.flatMap(\.names)
    takenNames = Set(all)
    takenPayloads = Set(model.payloads.records.keys).union(model.payloads.unread)
    for name in all {
      if let value = translation.values[name], names[value] == nil { names[value] = name }
    }
    // What was changed in place has a name that stood for something else before.
    for (_, read) in translation.reads.sorted(by: { $0.key < $1.key }) {
      for (name, value) in read where names[value] == nil { names[value] = name }
    }
  }

  private static func bind(
    _ old: Network, _ new: Network, _ shapes: [ValueID: [Int]]
  ) throws -> [(before: BoundNetwork, after: BoundNetwork)] {
    do {
      let first = try BoundNetwork(old, inputShapes: shapes, foldsWeights: false)
      let after = try BoundNetwork(new, inputShapes: shapes, foldsWeights: false)
      let others = try first.openAxes().bindings.map { other in
        let shapes = old.inputs.reduce(into: [:]) { $0[$1] = other.shape(of: $1) }
        return (other, try after.rebound(shapes))
      }
      return [(first, after)] + others
    } catch { throw FormatError.invalidNetwork(problem: CaughtError(error).sentence) }
  }

  /// Makes the changes.
  ///
  /// - Throws: `FormatError.notExpressible` where PyTorch has no operator for what became of a node.
  mutating func apply() throws {
    var last = 0
    for node in new.nodes {
      if let owner = owners[node.id] {
        last = owner
        try relate(node, owner)
      } else {
        try add(node, behind: last)
      }
    }
    dropUnmade()
    for number in items.indices where items[number].node != nil && !items[number].isReplaced {
      try editInputs(of: number)
      try addBias(to: number)
      try editStatistics(of: number)
      try editSizes(of: number)
    }
  }

  func unsayable(_ number: Int, _ problem: String) -> FormatError {
    .notExpressible(
      node: program.nodes[number].names.first ?? program.nodes[number].target, format: "PyTorch",
      problem: problem)
  }

  // MARK: Nodes

  /// Notes what makes values now, and takes the channels that a chain of movements took.
  private mutating func relate(_ node: Node, _ owner: Int) throws {
    guard let old = before[node.id] else { return }
    // One that took a position may be the last of a chain as well.
    let isMoved =
      old.inputs.first != node.inputs.first
      && (old.inputs.first ?? nil).map { self.old.constants[$0] == nil } ?? false
    if node.op == "Gather", old.op != "Gather" || isMoved, let output = node.outputs.first ?? nil,
      let name = names[output]
    {
      items[owner].node = try taking(node, as: name, owner)
      items[owner].isReplaced = true
      return
    }
    for (was, now) in zip(old.outputs, node.outputs) {
      guard let was, let now, was != now, let name = names[was] else { continue }
      let fresh = unused("\(name)_whole")
      names[now] = fresh
      newNames.append((fresh, now, name))
      let outputs = items[owner].node?.outputs ?? []
      items[owner].node?.outputs = outputs.map { $0.renamed { $0 == name ? fresh : $0 } }
    }
  }

  /// Says a node that the program does not have.
  private mutating func add(_ node: Node, behind number: Int) throws {
    guard let output = node.outputs.first ?? nil else { return }
    // What follows from shapes alone is said by the sizes that it is for.
    if bindings[0].after.constant(of: output) != nil { return }
    guard program.nodes.indices.contains(number) else { throw unsayable(0, "\(node.op) was put before it") }
    let isNew = names[output] == nil
    let name = names[output] ?? unused(new.name(of: output))
    names[output] = name
    if isNew, let like = program.nodes[number].names.first { newNames.append((name, output, like)) }
    switch node.op {
    case "Gather": items[number].after.append(try taking(node, as: name, number))
    case "Add":
      let operands = try node.inputs.map { value -> ProgramArgument in
        guard let value else { throw unsayable(number, "\(node.op) was put behind it") }
        if names[value] == nil, let tensor = new.constants[value] {
          // What recovery adds is learned.
          let stem = unused(new.name(of: value))
          return .tensor(addInput("p_\(stem)", .parameter(payload(stem)), tensor, for: value))
        }
        return .tensor(try self.name(of: value, insteadOf: nil, for: number))
      }
      guard operands.count == 2 else { throw unsayable(number, "\(node.op) was put behind it") }
      items[number].after.append(
        .made("torch.ops.aten.add.Tensor", [("self", operands[0]), ("other", operands[1])], name))
    default: throw unsayable(number, "\(node.op) was put in its place")
    }
  }

  /// `index_select` of the positions that a `Gather` takes.
  private mutating func taking(_ node: Node, as name: String, _ number: Int) throws -> ExportedProgram.Node {
    guard node.domain.isEmpty, node.inputs.count > 1, let data = node.inputs[0], let source = names[data],
      let operand = node.inputs[1], let indices = new.constants[operand], indices.shape.count == 1
    else { throw unsayable(number, "what it takes is not known") }
    let axis: Int
    if case .int(let given)? = node.attributes["axis"] { axis = given } else { axis = 0 }
    let index = addInput(
      "c_\(name)_indices", .constant(payload("\(name)_indices")), indices.converted(to: .int64), for: operand)
    return .made(
      "torch.ops.aten.index_select.default",
      [("self", .tensor(source)), ("dim", .integer(.literal(axis))), ("index", .tensor(index))], name)
  }

  /// Nodes of which nothing is left: what they did is done elsewhere.
  private mutating func dropUnmade() {
    var gone: Set<String> = []
    let changed = namesChangedInPlace
    for (number, node) in program.nodes.enumerated() where !items[number].isReplaced {
      let values = node.names.compactMap { translation.values[$0] }
      let isUnmade =
        !values.isEmpty && values.allSatisfy { !made.contains($0) }
        && !node.names.contains(where: changed.contains)
      // What only asks about a tensor goes with it.
      let asksGone = values.isEmpty && node.inputs.flatMap(\.argument.names).contains(where: gone.contains)
      if isUnmade || asksGone {
        items[number].node = nil
        gone.formUnion(node.names)
      }
    }
  }

  /// The names of what nodes change in place that is a part of something else, and of what that was made of: the network has
  /// the whole, and not these.
  private var namesChangedInPlace: Set<String> {
    var names: Set<String> = []
    for (number, node) in program.nodes.enumerated()
    where ProgramCall(node).isInPlace && !nodes(of: number, "Concat").isEmpty {
      names.formUnion(node.names)
      var argument = node.inputs.first?.argument.names.first
      while let name = argument, names.insert(name).inserted {
        argument = makers[name].flatMap { program.nodes[$0].inputs.first?.argument.names.first }
      }
    }
    return names
  }

  /// The nodes that there are now.
  private var nodesNow: [ExportedProgram.Node] {
    items.flatMap { $0.before + [$0.node].compactMap { $0 } + $0.after }
  }

  /// Names that are no longer made.
  var goneNames: Set<String> {
    Set(program.nodes.flatMap(\.names)).subtracting(nodesNow.flatMap(\.names))
      .union(goneInputs.flatMap { program.inputs[$0].names })
  }

  /// The places of parameters and constants among the inputs that nothing reads any more.
  var goneInputs: [Int] {
    func read(_ nodes: [ExportedProgram.Node]) -> Set<String> {
      Set(nodes.flatMap { $0.inputs.flatMap(\.argument.names) }).union(program.outputs.flatMap(\.names))
    }
    let (before, now) = (read(program.nodes), read(nodesNow))
    return program.inputs.indices.filter { place in
      switch program.sources[place] {
      case .parameter, .constant:
        return program.inputs[place].names.allSatisfy { before.contains($0) && !now.contains($0) }
      case .buffer, .user, .other: return false
      }
    }
  }

  // MARK: Names and inputs

  mutating func unused(_ stem: String) -> String {
    takenNames.insertUnused(
      String(stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }))
  }

  /// An unused name of something that the archive holds.
  private mutating func payload(_ stem: String) -> String {
    takenPayloads.insertUnused(stem)
  }

  private mutating func addInput(
    _ stem: String, _ source: ExportedProgram.Source, _ tensor: Tensor, for value: ValueID
  ) -> String {
    let name = unused(stem)
    newInputs.append(NewInput(name: name, source: source, tensor: tensor))
    names[value] = name
    return name
  }

  /// The program's name of a value; a constant that has none becomes an input of the graph, of the kind that another one is.
  private mutating func name(of value: ValueID, insteadOf other: ValueID?, for number: Int) throws -> String {
    if let known = names[value] { return known }
    guard let tensor = new.constants[value] else {
      throw unsayable(number, "it would read numbers that are computed otherwise")
    }
    let origin = other.flatMap { translation.origins[$0] }
    let kind = origin.flatMap { name in program.inputs.firstIndex { $0.names.first == name } }.map {
      program.sources[$0]
    }
    let type = other.flatMap { old.constants[$0]?.elementType } ?? tensor.elementType
    let stem = new.name(of: value)
    let source: ExportedProgram.Source
    switch kind {
    case .parameter?: source = .parameter(payload(stem))
    case .buffer?: source = .buffer(payload(stem))
    default:
      source = .constant(payload(String(stem.map { ".:".contains($0) ? "_" : $0 })))
    }
    return addInput("p_\(stem)", source, tensor.converted(to: type), for: value)
  }

  /// What a node reads now.
  private mutating func editInputs(of number: Int) throws {
    guard let node = items[number].node, let reads = translation.reads[number] else { return }
    var substitutes: [ValueID: ValueID] = [:]
    for id in translation.nodes[number] ?? [] {
      guard let was = before[id], let index = indices[id] else { continue }
      for case let (earlier?, later?) in zip(was.inputs, new.nodes[index].inputs) where earlier != later {
        substitutes[earlier] = later
      }
    }
    guard !substitutes.isEmpty else { return }
    var renamed: [String: String] = [:]
    for name in Set(node.inputs.flatMap(\.argument.tensorNames)).sorted() {
      guard let value = reads[name], let later = substitutes[value] else { continue }
      renamed[name] = try self.name(of: later, insteadOf: value, for: number)
    }
    items[number].node?.inputs = node.inputs.map { input in
      .init(name: input.name, argument: input.argument.renamed { renamed[$0] ?? $0 })
    }
  }

  /// Gives a layer a bias that had none: what recovery shifts has to stand somewhere.
  private mutating func addBias(to number: Int) throws {
    guard let node = items[number].node, node["bias"] == nil || node["bias"] == ProgramArgument.none else {
      return
    }
    for id in translation.nodes[number] ?? [] {
      guard let was = before[id], let index = indices[id], was.inputs.count == 2,
        ["Conv", "ConvTranspose", "Gemm"].contains(was.op),
        let bias = new.nodes[index].inputs[safe: 2] ?? nil, let weight = was.inputs[1]
      else { continue }
      let name: String
      if let tensor = new.constants[bias], names[bias] == nil,
        let origin = program.inputs.firstIndex(where: { $0.names.first == translation.origins[weight] }),
        case .parameter(let path) = program.sources[origin], path.hasSuffix("weight")
      {
        name = addInput(
          "p_\(path.dropLast(6))bias", .parameter(payload("\(path.dropLast(6))bias")), tensor, for: bias)
      } else {
        name = try self.name(of: bias, insteadOf: weight, for: number)
      }
      items[number].node?.set("bias", .tensor(name))
    }
  }

  /// A normalization of weights that took statistics of its own is given those that it had: some of what they were of has gone.
  private mutating func editStatistics(of number: Int) throws {
    for pair in nodes(of: number, "BatchNormalization")
    where pair.before.attributes["training_mode"] == .int(1) {
      let now = new.nodes[pair.index]
      guard now.attributes["training_mode"] == .int(0), let mean = now.inputs[safe: 3] ?? nil,
        let variance = now.inputs[safe: 4] ?? nil
      else { continue }
      guard ProgramCall(program.nodes[number]).op == "batch_norm" else {
        throw unsayable(number, "it would keep the statistics that its weights had")
      }
      for (argument, value) in [("running_mean", mean), ("running_var", variance)] {
        let name = try name(of: value, insteadOf: nil, for: number)
        items[number].node?.set(argument, .tensor(name))
      }
      items[number].node?.set("training", .bool(false))
    }
  }

  // MARK: What is asked of the networks

  /// The elements that a constant of the model has now.
  func tensor(of constant: ValueID) -> Tensor? { reassembled[constant] ?? new.constants[constant] }

  /// The value that a node of the program makes first.
  func output(of number: Int) -> ValueID? {
    guard let name = items[number].node?.names.first else { return nil }
    return newNames.first { $0.name == name }?.value ?? translation.values[name]
  }

  /// The nodes that say a node of the program, as they were and where they stand now, of some operators.
  func nodes(of number: Int, _ ops: String...) -> [(before: Node, index: Int)] {
    (translation.nodes[number] ?? []).compactMap { id in
      guard let was = before[id], let index = indices[id], ops.isEmpty || ops.contains(was.op) else {
        return nil
      }
      return (was, index)
    }
  }

  /// The node that makes a name.
  func maker(of name: String) -> Int? { makers[name] }

  /// Where a node of the network stood.
  func indexBefore(_ node: Node) -> Int? { old.nodes.firstIndex { $0.id == node.id } }

  /// A whole number of the program, changed to what it should be in each binding; itself where it is that.
  ///
  /// - Parameters:
  ///   - integer: as it is; numbers below zero stay.
  ///   - wanted: by binding.
  ///   - number: the node that is given it.
  mutating func renewed(_ integer: ProgramInteger, to wanted: [Int], for number: Int) throws -> ProgramInteger
  {
    guard let first = wanted.first else { return integer }
    switch integer {
    case .literal(let value):
      if value < 0 { return integer }
      guard wanted.allSatisfy({ $0 == first }) else {
        throw unsayable(number, "one of its sizes would follow from what is open")
      }
      return .literal(first)
    case .name(let name):
      guard let value = translation.reads[number]?[name] else { return integer }
      let now = bindings.map { $0.after.constant(of: value)?.integers.first }
      if now == wanted { return integer }
      if wanted.allSatisfy({ $0 == first }) { return .literal(first) }
      guard let own = now[0], own > 0, first > 0 else {
        throw unsayable(number, "one of its sizes is not known")
      }
      let common = Self.commonDivisor(own, first)
      let (factor, divisor) = (first / common, own / common)
      let isRight = zip(now, wanted).allSatisfy { now, wanted in
        now?.checkedProduct(factor).map { $0 % divisor == 0 && $0 / divisor == wanted } ?? false
      }
      guard isRight else {
        throw unsayable(number, "one of its sizes would follow from what is open in another way")
      }
      return .name(scaled(name, factor, divisor, hints: (own, first), before: number))
    }
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? max(1, a) : commonDivisor(b, a % b)
  }

  /// Computes a number of another before a node.
  private mutating func scaled(
    _ name: String, _ factor: Int, _ divisor: Int, hints: (from: Int, to: Int), before number: Int
  ) -> String {
    var (result, expression) = (name, self.expression(of: name) ?? name)
    func node(_ target: String, _ operand: Int, _ made: String) -> ExportedProgram.Node {
      .made(
        target, [("a", .integer(.name(result))), ("b", .integer(.literal(operand)))], made, isInteger: true)
    }
    if factor != 1 {
      let made = unused("\(name)_mul")
      items[number].before.append(node("_operator.mul", factor, made))
      (result, expression) = (made, "Mul(Integer(\(factor)), \(expression))")
      newIntegers.append((made, expression, hints.from.times(factor)))
    }
    if divisor != 1 {
      let made = unused("\(name)_div")
      items[number].before.append(node("_operator.floordiv", divisor, made))
      (result, expression) = (made, "FloorDiv(\(expression), Integer(\(divisor)))")
      newIntegers.append((made, expression, hints.to))
    }
    return result
  }

  private func expression(of name: String) -> String? {
    program.text["graph_module"]?["graph"]?["sym_int_values"]?[name]?["as_expr"]?["expr_str"]?.string
  }
}

extension ProgramArgument {
  /// The names of tensors that stand in it.
  var tensorNames: [String] {
    if case .integer = self { [] } else if case .integers = self { [] } else { names }
  }
}

extension ExportedProgram.Node {
  /// Gives an argument another value, or adds it by its name.
  mutating func set(_ name: String, _ argument: ProgramArgument) {
    if let index = inputs.firstIndex(where: { $0.name == name }) {
      inputs[index].argument = argument
    } else {
      inputs.append(.init(name: name, argument: argument))
    }
  }

  /// A node that no file has.
  static func made(
    _ target: String, _ inputs: [(String, ProgramArgument)], _ output: String, isInteger: Bool = false
  ) -> ExportedProgram.Node {
    let result: ProgramArgument = isInteger ? .integer(.name(output)) : .tensor(output)
    let text = JSONText.spaced([
      ("target", .string(target)), ("inputs", .spaced([JSONText]())),
      ("outputs", .spaced([result.text].compactMap { $0 })), ("metadata", JSONText(.object([], empty: ""))),
      ("is_hop_single_tensor_return", JSONText(.scalar("null"))), ("name", .string(output)),
    ])
    return ExportedProgram.Node(
      target: target, inputs: inputs.map { .init(name: $0.0, argument: $0.1) }, outputs: [result], text: text)
  }
}
