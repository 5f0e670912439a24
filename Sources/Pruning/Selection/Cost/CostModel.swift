import Graph

/// What a network's parameters and operations are sums of, with the channels that each term depends on:
/// prepared once, so that a changed selection is counted without looking anything up by name.
struct CostModel {
  /// A constant with the forms in which its owners see it.
  struct Constant {
    var shape: [Int]
    /// By form: the channels along its axes.
    var forms: [[AxisChannels]]
    /// By form: whether it counts only while it holds more than one element.
    var isLearnedAsVector: [Bool]

    /// Elements that are left; forms from which the same is cut count once.
    func elements(_ counts: [Int], of tables: [Int]) -> Int {
      if forms.count == 1 { return elements(0, counts) }
      var seen: [[AxisChannels]] = []
      var sum = 0
      for form in forms.indices {
        let count = elements(form, counts)
        if isLearnedAsVector[form], count <= 1 { continue }
        let cuts = forms[form].filter { counts[$0.table] != tables[$0.table] }
        if seen.contains(cuts) { continue }
        seen.append(cuts)
        sum += count
      }
      return sum
    }

    private func elements(_ form: Int, _ counts: [Int]) -> Int {
      var product = 1
      for (axis, extent) in shape.enumerated() {
        product *=
          forms[form].first { $0.axis == axis }.map { counts[$0.table] * $0.repeats } ?? extent
      }
      return isLearnedAsVector[form] && product <= 1 ? 0 : product
    }
  }

  /// A node that costs operations; an object, because its node would be copied at each count.
  final class Operation: Sendable {
    let rule: any OperatorRule
    let call: OperatorCall
    let inputs: [[AxisChannels]]
    let outputs: [TensorSpec]
    let outputChannels: [[AxisChannels]]

    init(
      rule: any OperatorRule, call: OperatorCall, inputs: [[AxisChannels]], outputs: [TensorSpec],
      outputChannels: [[AxisChannels]]
    ) {
      self.rule = rule
      self.call = call
      self.inputs = inputs
      self.outputs = outputs
      self.outputChannels = outputChannels
    }

    /// Multiply-accumulates for all examples that the network is bound to.
    func multiplyAccumulates(_ counts: [Int]) -> Int {
      var specs = call.inputs
      for number in specs.indices where !inputs[number].isEmpty {
        specs[number]?.shape.keep(inputs[number], counts)
      }
      var results = outputs
      for number in results.indices { results[number].shape.keep(outputChannels[number], counts) }
      return rule.multiplyAccumulates(
        OperatorCall(node: call.node, opset: call.opset, inputs: specs), outputs: results)
    }
  }

  /// A tensor that pruning can change, as a preview lists it.
  struct Listed {
    let name: String
    let role: String
    let shape: [Int]
    let channels: [AxisChannels]
    /// Earlier ones of the same constant: a form that one of them has is listed once.
    let same: [Int]
  }

  /// Every tensor that may change, in the order of the graph.
  let listed: [Listed]
  /// By layer: the channels of its weight operand and of its output.
  let layerWeights: [[AxisChannels]]
  let layerOutputs: [[AxisChannels]]
  /// By table: its positions.
  let tables: [Int]
  /// By unit: the tables it stands in and how often.
  let indices: [[(table: Int, count: Int)]]
  let constants: [Constant]
  let operations: [Operation]
  /// By table: the constants and the operations that depend on it.
  let constantsOfTable: [[Int]]
  let operationsOfTable: [[Int]]
  /// By layer: its learnable constants, and its operation's index in `operations` (none where it costs nothing).
  let layerConstants: [[Constant]]
  let layerOperations: [Int?]
  /// Every constant that a node reads, with the bytes of one element.
  let stored: [(constant: Constant, elementBytes: Int)]
  let bytes: Int
  /// Examples that the network is bound to at once.
  let batch: Int
  let activations: ActivationModel

  init(_ map: ChannelMap, ledger: CostLedger, layers: [Layer], units: Int, bound: BoundNetwork) {
    tables = map.tables.map(\.count)
    batch = ledger.batch
    var indices = [[(table: Int, count: Int)]](repeating: [], count: units)
    for (table, units) in map.tables.enumerated() {
      for unit in units where unit >= 0 {
        if let last = indices[Int(unit)].last, last.table == table {
          indices[Int(unit)][indices[Int(unit)].count - 1].count += 1
        } else {
          indices[Int(unit)].append((table, 1))
        }
      }
    }
    self.indices = indices
    let constants = Self.constants(ledger.learnables, map, bound).map(\.constant)
    self.constants = constants
    let found = ledger.costNodes.map { ($0, Self.operation(at: $0, map, bound)) }
    operations = found.compactMap(\.1)
    var numbers: [Int: Int] = [:]
    for (index, operation) in found where operation != nil { numbers[index] = numbers.count }
    layerOperations = ledger.layerNodes.map { numbers[$0] }
    layerConstants = ledger.layerLearnables.map { Self.constants($0, map, bound).map(\.constant) }
    stored = Self.constants(ledger.constantOwners, map, bound).map { constant, value in
      (constant, bound.network.constants[value]?.elementType.byteCount ?? 0)
    }
    bytes = Set(ledger.constantOwners.map(\.constant)).reduce(0) { sum, constant in
      sum + (bound.network.constants[constant]?.bytes.count ?? 0)
    }
    func byTable(_ channels: [[AxisChannels]]) -> [[Int]] {
      var result = [[Int]](repeating: [], count: map.tables.count)
      for (number, axes) in channels.enumerated() {
        for table in Set(axes.map(\.table)) { result[table].append(number) }
      }
      return result
    }
    constantsOfTable = byTable(constants.map { $0.forms.flatMap { $0 } })
    operationsOfTable = byTable(operations.map { ($0.inputs + $0.outputChannels).flatMap { $0 } })
    listed = Self.listed(map, bound)
    layerWeights = zip(layers, ledger.layerNodes).map { layer, node in
      let input = bound.network.nodes[node].inputs.firstIndex(of: layer.weight) ?? 1
      return map.channels(map.slot(of: layer.weight, use: ConstantUse(node: node, input: input)))
    }
    layerOutputs = layers.map { map.values[$0.output.index] }
    activations = ActivationModel(map, bound: bound, batch: ledger.batch)
  }

  private static func listed(_ map: ChannelMap, _ bound: BoundNetwork) -> [Listed] {
    var listed: [Listed] = []
    var byConstant: [ValueID: [Int]] = [:]
    for (index, node) in bound.network.nodes.enumerated() {
      for (number, input) in node.inputs.enumerated() {
        guard let input, let root = map.roots[input.index],
          let shape = bound.network.constants[root]?.shape
        else { continue }
        let channels = map.channels(map.slot(of: input, use: ConstantUse(node: index, input: number)))
        if channels.isEmpty { continue }
        let same = byConstant[root] ?? []
        // Most readers of a shared constant see it alike; one of them stands for all.
        if same.contains(where: { listed[$0].channels == channels }) { continue }
        byConstant[root, default: []].append(listed.count)
        listed.append(
          Listed(
            name: bound.network.name(of: root), role: role(of: number, in: bound.table.traits(of: node)),
            shape: shape,
            channels: channels, same: same))
      }
      for output in node.outputs {
        guard let output, map.roots[output.index] == nil, bound.constant(of: output) == nil,
          let shape = bound.shape(of: output)
        else { continue }
        let channels = map.values[output.index]
        if channels.isEmpty { continue }
        listed.append(
          Listed(
            name: bound.network.name(of: output), role: "activation", shape: shape, channels: channels,
            same: []))
      }
    }
    return listed
  }

  /// What a constant is to the node that reads it.
  private static func role(of input: Int, in traits: OperatorTraits) -> String {
    let operand = traits.operand(input)
    return operand == .value || operand == .size ? "constant" : operand.rawValue
  }

  /// The constants of some owners, each with the forms that these see.
  private static func constants(
    _ owners: [CostLedger.Owner], _ map: ChannelMap, _ bound: BoundNetwork
  ) -> [(constant: Constant, value: ValueID)] {
    var numbers: [ValueID: Int] = [:]
    var result: [(constant: Constant, value: ValueID)] = []
    for owner in owners {
      let number = numbers[owner.constant] ?? result.count
      if number == result.count {
        numbers[owner.constant] = number
        let shape = bound.network.constants[owner.constant]?.shape ?? []
        result.append((Constant(shape: shape, forms: [], isLearnedAsVector: []), owner.constant))
      }
      result[number].constant.forms.append(map.channels(owner.slot))
      result[number].constant.isLearnedAsVector.append(owner.isLearnedAsVector)
    }
    return result
  }

  /// The node at an index with its channels; `nil` where a shape is not known.
  private static func operation(at index: Int, _ map: ChannelMap, _ bound: BoundNetwork) -> Operation? {
    let node = bound.network.nodes[index]
    guard let rule = bound.table.rule(for: node) else { return nil }
    let outputs = node.outputs.compactMap { $0 }.filter { bound.specs[$0.index] != nil }
    guard !outputs.isEmpty else { return nil }
    var call = bound.call(at: index)
    // What an operand holds does not change what it costs, and would be copied at each count.
    call = OperatorCall(
      node: node, opset: call.opset,
      inputs: call.inputs.map { $0.map { TensorSpec($0.elementType, $0.shape) } })
    return Operation(
      rule: rule, call: call,
      inputs: node.inputs.enumerated().map { number, value in
        value.map { map.channels(map.slot(of: $0, use: ConstantUse(node: index, input: number))) } ?? []
      },
      outputs: outputs.compactMap { value in
        bound.specs[value.index].map { TensorSpec($0.elementType, $0.shape) }
      },
      outputChannels: outputs.map { map.channels(.value($0.index)) })
  }
}

extension [Int] {
  /// A shape with the channels that are left.
  mutating func keep(_ channels: [AxisChannels], _ counts: [Int]) {
    for axis in channels where axis.axis < count { self[axis.axis] = counts[axis.table] * axis.repeats }
  }

  /// The shape with the channels that are left.
  func keeping(_ channels: [AxisChannels], _ counts: [Int]) -> [Int] {
    var shape = self
    shape.keep(channels, counts)
    return shape
  }
}

/// The costs of a network from which units are taken one at a time, or put back.
struct RunningCost {
  let model: CostModel
  /// By table: the positions that are left.
  private(set) var counts: [Int]
  private(set) var parameters = 0
  /// For one example.
  private(set) var multiplyAccumulates = 0
  private var operations: [Int]
  private var elements: [Int]

  /// The costs without some units.
  init(_ model: CostModel, removed: some Sequence<Int>) {
    self.model = model
    counts = model.tables
    for unit in removed {
      for (table, count) in model.indices[unit] { counts[table] -= count }
    }
    let counts = counts
    operations = model.operations.map { $0.multiplyAccumulates(counts) / model.batch }
    elements = model.constants.map { $0.elements(counts, of: model.tables) }
    multiplyAccumulates = operations.reduce(0) { $0.plus($1) }
    parameters = elements.reduce(0) { $0.plus($1) }
  }

  /// For one example, in bytes.
  var peakMemory: Int { model.activations.peak(counts) }

  /// Puts a unit back.
  mutating func putBack(_ unit: Int) { change(unit, by: 1) }

  /// Takes a unit out.
  mutating func remove(_ unit: Int) { change(unit, by: -1) }

  private mutating func change(_ unit: Int, by sign: Int) {
    for (table, count) in model.indices[unit] { counts[table] += sign * count }
    for (table, _) in model.indices[unit] {
      for number in model.constantsOfTable[table] {
        let left = model.constants[number].elements(counts, of: model.tables)
        parameters += left - elements[number]
        elements[number] = left
      }
      for number in model.operationsOfTable[table] {
        let left = model.operations[number].multiplyAccumulates(counts) / model.batch
        multiplyAccumulates += left - operations[number]
        operations[number] = left
      }
    }
  }
}
