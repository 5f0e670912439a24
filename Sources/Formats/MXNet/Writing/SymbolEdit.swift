import Errors
import Foundation
import Graph

/// The changes that turn a symbol and its arrays into those of an edited network.
///
/// Nodes of the network are traced back to those of the symbol by their numbers. Attributes that follow from channels are
/// made true again; a chain of movements that became a `Gather` becomes a `take`; constants that were copied become
/// variables of their own.
struct SymbolEdit {
  let model: MXNetModel
  let new: Network
  /// The edited network, bound to the model's input shapes.
  let bound: BoundNetwork
  /// The network as it was, bound to the same.
  private let boundBefore: BoundNetwork
  private(set) var arrays: ArrayFile
  /// The symbol's nodes, and those that are new, by a key: the number in the file, or one beyond.
  private(set) var items: [Int: SymbolItem] = [:]
  /// Keys of new nodes that stand behind a node of the file, by its number.
  private var following: [Int: [Int]] = [:]
  /// Keys of new variables that stand before a node, by its key.
  private var preceding: [Int: [Int]] = [:]
  /// What makes each value.
  private var entries: [ValueID: Symbol.Entry] = [:]

  private let indices: [NodeID: Int]
  private let before: [NodeID: Node]
  /// The nodes of the symbol by those of the network that say them.
  private let owners: [NodeID: Int]

  var symbol: Symbol { model.symbol }
  private var old: Network { model.network }

  /// The shapes that the model's inputs are bound to.
  var inputShapes: [String: [Int]] {
    new.inputs.reduce(into: [:]) { $0[new.name(of: $1)] = bound.shape(of: $1) }
  }

  /// - Throws: `FormatError.invalidNetwork` for a network that is not an edited copy of the model's.
  init(of model: MXNetModel, to network: Network) throws {
    self.model = model
    new = network
    let old = model.network
    guard network.values.count >= old.values.count, network.inputs == old.inputs,
      zip(network.values, old.values).allSatisfy({ $0.name == $1.name })
    else { throw FormatError.invalidNetwork(problem: "it is not an edited copy of the model's own") }
    var shapes: [ValueID: [Int]] = [:]
    for input in old.inputs {
      shapes[input] = old.values[input.index].declaredType?.dimensions?.map { $0.extent ?? 1 }
    }
    do { boundBefore = try BoundNetwork(old, inputShapes: shapes, foldsWeights: false) } catch {
      throw FormatError.invalidNetwork(problem: CaughtError(error).sentence)
    }
    do { bound = try BoundNetwork(network, inputShapes: shapes, foldsWeights: false) } catch {
      throw FormatError.invalidNetwork(problem: CaughtError(error).sentence)
    }
    arrays = model.arrays
    indices = Dictionary(
      network.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    before = Dictionary(old.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    owners = model.translation.nodes.reduce(into: [:]) { owners, entry in
      for node in entry.value { owners[node] = entry.key }
    }
    for (number, node) in model.symbol.nodes.enumerated() { items[number] = SymbolItem(node) }
    for (entry, value) in model.translation.values.sorted(by: {
      ($0.key.node, $0.key.output) < ($1.key.node, $1.key.output)
    })
    where entries[value] == nil { entries[value] = entry }
  }

  /// The texts of both files.
  mutating func apply() throws -> (text: JSONText, arrays: ArrayFile) {
    try editArrays()
    var last = 0
    for node in new.nodes {
      if let owner = owners[node.id] {
        last = owner
        try relate(node, owner)
      } else {
        try add(node, behind: last)
      }
    }
    dropMovedNodes()
    try editInputs()
    addBiases()
    for number in symbol.nodes.indices where items[number] != nil && !symbol.nodes[number].isVariable {
      try editAttributes(of: number)
    }
    dropUnreadVariables()
    return (SymbolText(of: symbol, items, order: order).text(), arrays)
  }

  private var order: [Int] {
    func placed(_ key: Int) -> [Int] { (preceding[key] ?? []) + [key] }
    return symbol.nodes.indices.flatMap { number in
      placed(number) + (following[number] ?? []).flatMap(placed)
    }.filter { items[$0] != nil }
  }

  private var unusedKey: Int { (items.keys.max() ?? 0) + symbol.nodes.count + 1 }

  // MARK: Arrays

  private mutating func editArrays() throws {
    var changed: [String: Tensor] = [:]
    for (value, origin) in model.translation.origins.sorted(by: { $0.key < $1.key }) {
      guard let tensor = new.constants[value], tensor != old.constants[value] else { continue }
      let array = tensor.unformed(origin.form)
      guard changed[origin.variable] == nil || changed[origin.variable] == array else {
        throw FormatError.notExpressible(
          node: origin.variable, format: "MXNet", problem: "its readers need different arrays of it")
      }
      changed[origin.variable] = array
      guard let record = arrays.index(named: origin.variable) else { continue }
      arrays.replace(record, with: array)
    }
    for (number, node) in symbol.nodes.enumerated() where node.isVariable {
      guard let array = changed[node.name], let said = node.attributes["__shape__"],
        let extents = SymbolAttributes.list(said), extents.count == array.shape.count
      else { continue }
      // Zeros stand for what is inferred.
      items[number]?.node.attributes["__shape__"] = SymbolAttributes.list(
        zip(extents, array.shape).map { $0 == 0 ? 0 : $1 }, like: said)
    }
  }

  /// A variable with an array of its own, before a node.
  private mutating func addVariable(
    _ name: String, _ tensor: Tensor, attributes: [String: String], arrayName: String, before key: Int
  ) -> Symbol.Entry {
    let number = unusedKey
    items[number] = SymbolItem(
      Symbol.Node(op: "null", name: name, attributes: attributes, inputs: []), isNew: true)
    preceding[key, default: []].append(number)
    arrays.add(arrayName, tensor)
    return Symbol.Entry(node: number, output: 0)
  }

  private mutating func dropUnreadVariables() {
    let read = Set(items.values.flatMap(\.node.inputs).map(\.node)).union(symbol.heads.map(\.node))
    let wasRead = Set(symbol.nodes.flatMap(\.inputs).map(\.node))
    for (number, node) in symbol.nodes.enumerated()
    where node.isVariable && wasRead.contains(number) && !read.contains(number) {
      items[number] = nil
      arrays.remove(node.name)
    }
  }

  // MARK: Nodes

  /// Notes where values come from now, and makes a `take` of what became a `Gather`.
  private mutating func relate(_ node: Node, _ owner: Int) throws {
    guard let old = before[node.id] else { return }
    for (was, now) in zip(old.outputs, node.outputs) {
      guard let was, let now, was != now, let entry = entries[was] else { continue }
      entries[now] = entry
      entries[was] = nil
    }
    guard node.op == "Gather", old.op != "Gather" else { return }
    items[owner] = SymbolItem(try take(node, key: owner), isNew: true)
  }

  private mutating func add(_ node: Node, behind number: Int) throws {
    guard node.op == "Gather", node.domain.isEmpty, let output = node.outputs.first ?? nil else {
      throw FormatError.notExpressible(
        node: node.name, format: "MXNet", problem: "\(node.op) was put in its place")
    }
    let key = unusedKey
    // Taken before the variable asks for a key of its own.
    items[key] = SymbolItem(Symbol.Node(op: "take", name: "", attributes: [:], inputs: []), isNew: true)
    following[number, default: []].append(key)
    items[key] = SymbolItem(try take(node, key: key), isNew: true)
    entries[output] = Symbol.Entry(node: key, output: 0)
  }

  /// A `take` of the indices that a `Gather` has.
  private mutating func take(_ node: Node, key: Int) throws -> Symbol.Node {
    guard let data = node.inputs.first ?? nil, let source = entries[data], node.inputs.count > 1,
      let operand = node.inputs[1], let indices = new.constants[operand],
      case .int(let axis)? = node.attributes["axis"]
    else {
      throw FormatError.notExpressible(
        node: node.name, format: "MXNet", problem: "what it takes is not known")
    }
    let name = "\(node.name)_indices"
    // Without its shape MXNet could not infer that of the result.
    let variable = addVariable(
      name, indices.converted(to: .float32),
      attributes: ["__shape__": SymbolAttributes.list(indices.shape.map(Optional.some), like: "(")],
      arrayName: "arg:\(name)", before: key)
    return Symbol.Node(
      op: "take", name: node.name, attributes: ["axis": String(axis), "mode": "clip"],
      inputs: [source, variable])
  }

  /// Nodes of which nothing is left: what they did is done elsewhere.
  private mutating func dropMovedNodes() {
    for (number, nodes) in model.translation.nodes where nodes.allSatisfy({ indices[$0] == nil }) {
      items[number] = nil
    }
  }

  /// What each node reads now: constants of its own, and values that another node makes.
  private mutating func editInputs() throws {
    for (number, node) in symbol.nodes.enumerated() {
      guard let item = items[number], !item.isNew else { continue }
      var substitutes: [ValueID: ValueID] = [:]
      for id in model.translation.nodes[number] ?? [] {
        guard let was = before[id], let index = indices[id] else { continue }
        for (earlier, later) in zip(was.inputs, new.nodes[index].inputs) where earlier != later {
          guard let earlier, let later, model.translation.origins[earlier] != nil else { continue }
          substitutes[earlier] = later
        }
      }
      for (position, entry) in node.inputs.enumerated() {
        guard let value = model.translation.values[entry] ?? constant(of: entry, among: substitutes) else {
          continue
        }
        if let own = substitutes[value] {
          let source = try variable(own, insteadOf: value, at: entry.node, for: number)
          items[number]?.node.inputs[position] = source
        } else if let source = entries[value], !symbol.nodes[entry.node].isVariable {
          items[number]?.node.inputs[position] = source
        }
      }
    }
  }

  /// Gives layers a bias that had none: what recovery shifts has to stand somewhere.
  private mutating func addBiases() {
    for (number, node) in symbol.nodes.enumerated()
    where ["Convolution", "Convolution_v1", "Deconvolution", "FullyConnected"].contains(node.op) {
      for id in model.translation.nodes[number] ?? [] {
        guard let was = before[id], let index = indices[id], items[number]?.isNew == false,
          was.inputs.count == 2, new.nodes[index].inputs.count == 3, let bias = new.nodes[index].inputs[2],
          let tensor = new.constants[bias]
        else { continue }
        let weight = node.inputs[1].node
        let (attributes, name) = (symbol.nodes[weight].attributes, new.unusedValueName("\(node.name)_bias"))
        let source = addVariable(
          name, tensor, attributes: attributes.filter { !$0.key.hasPrefix("__") }, arrayName: "arg:\(name)",
          before: number)
        items[number]?.node.inputs.append(source)
      }
    }
  }

  /// A constant in a form of its own has no entry.
  private func constant(of entry: Symbol.Entry, among substitutes: [ValueID: ValueID]) -> ValueID? {
    let name = symbol.nodes[entry.node].name
    return substitutes.keys.first { model.translation.origins[$0]?.variable == name }
  }

  private mutating func variable(
    _ copy: ValueID, insteadOf value: ValueID, at number: Int, for reader: Int
  ) throws -> Symbol.Entry {
    if let known = entries[copy] { return known }
    guard let tensor = new.constants[copy], let origin = model.translation.origins[value],
      let record = arrays.index(named: origin.variable).map({ model.arrays.records[$0] })
    else {
      throw FormatError.notExpressible(
        node: symbol.nodes[reader].name, format: "MXNet", problem: "it reads something that is not an array")
    }
    var attributes = symbol.nodes[number].attributes
    let array = tensor.unformed(origin.form).converted(to: record.tensor?.elementType ?? tensor.elementType)
    if let said = attributes["__shape__"] {
      attributes["__shape__"] = SymbolAttributes.list(array.shape.map(Optional.some), like: said)
    }
    let name = new.name(of: copy)
    let entry = addVariable(
      name, array, attributes: attributes,
      arrayName: record.name.dropLast(origin.variable.utf8.count) + name, before: reader)
    entries[copy] = entry
    return entry
  }

  // MARK: Attributes

  /// Attributes that may change, of those that variables have from their operators.
  private static let inherited: Set = ["num_filter", "num_group", "num_hidden", "no_bias", "fix_gamma"]

  /// Whether a node reads and makes values of the shapes that it did, by the same numbers.
  private func isUntouched(_ before: Node, at index: Int) -> Bool {
    guard new.nodes[index] == before else { return false }
    return (before.inputs + before.outputs).compactMap { $0 }.allSatisfy { value in
      let origin = model.translation.origins[value]
      if origin == nil || origin?.form == .ones, new.constants[value] != old.constants[value] { return false }
      return bound.shape(of: value) == boundBefore.shape(of: value)
    }
  }

  private mutating func editAttributes(of number: Int) throws {
    guard let item = items[number], !item.isNew, let ids = model.translation.nodes[number] else { return }
    let pairs = ids.compactMap { id -> (before: Node, index: Int)? in
      guard let before = before[id], let index = indices[id] else { return nil }
      return (before, index)
    }
    guard pairs.count == ids.count else {
      throw FormatError.notExpressible(node: item.node.name, format: "MXNet", problem: "a part of it is gone")
    }
    // Even where the file says something that does not hold, what was not touched stays.
    if pairs.allSatisfy({ isUntouched($0.before, at: $0.index) }) { return }
    let change = SymbolAttributeEdit(
      node: symbol.nodes[number], file: model.files.symbol, pairs: pairs, bound: bound, old: old,
      origins: model.translation.origins)
    let renewed = try change.renewed()
    items[number]?.node.op = renewed.op
    items[number]?.node.attributes = renewed.attributes
    // Variables that were made with an operator have its attributes too.
    for entry in item.node.inputs {
      guard let variable = items[entry.node]?.node, variable.isVariable else { continue }
      for (name, value) in renewed.attributes
      where Self.inherited.contains(name) && variable.attributes[name] != nil
        && symbol.nodes[number].attributes[name] == variable.attributes[name]
      { items[entry.node]?.node.attributes[name] = value }
    }
  }
}

/// A node of the symbol to write.
struct SymbolItem {
  var node: Symbol.Node
  /// Whether its text is made anew.
  var isNew = false

  init(_ node: Symbol.Node, isNew: Bool = false) { (self.node, self.isNew) = (node, isNew) }
}
