import Graph

/// One use of a constant by a node: the index in `Network.nodes` and the number of the input there.
struct ConstantUse: Hashable, Comparable {
  var node: Int
  var input: Int

  static func < (a: ConstantUse, b: ConstantUse) -> Bool { (a.node, a.input) < (b.node, b.input) }
}

/// Where the label fields of an operand are kept.
///
/// A vector that several nodes read has channels of its own at each use; exporters share equal biases and
/// scales that way. Anything else has one set of channels, whoever reads it.
enum LabelSlot: Hashable {
  case value(Int)
  case use(ConstantUse)
}

/// Why cells are frozen.
struct PinEvent {
  /// The index of the node that freezes; `nil` for a graph input.
  var node: Int?
  /// A word for a column.
  var label: String
  /// A clause: what happens at the node.
  var cause: String
}

extension ChannelRelation {
  fileprivate var isFrozen: Bool { if case .frozen = self { true } else { false } }
}

/// Follows channels through a network: every operator's relations, executed on label fields.
///
/// Nodes are visited in order. Labels begin at constants (a convolution's weight) and at graph inputs; a
/// value's fields are shared with the value they came from, so that unions happen only where paths join.
struct CouplingSolver {
  let bound: BoundNetwork
  let policy: GroupedConvolutionPolicy
  /// Indices of nodes with groups for which the automatic policy chooses otherwise than by their sizes.
  let flipped: Set<Int>
  /// Indices of arithmetic on weights that is not followed: what it makes is as good as the constant that it is.
  let folded: Set<Int>
  /// Nodes for which it chooses, with the axis that their groups stand along.
  var choices: [(index: Int, channels: AxisReference)] = []
  var sets = DisjointCells()
  /// Fields of values that are not vectors of constants, by value.
  var valueFields: [[LabelField]]
  /// Fields of vectors of constants, by use.
  var useFields: [ConstantUse: [LabelField]] = [:]
  var events: [PinEvent] = []
  /// Axes along which removal changes what remains, kept until all unions are done.
  var inexact: [(slot: LabelSlot, axis: Int, reason: String)] = []
  /// By value: the initializer it is, through `Identity` nodes.
  private(set) var roots: [ValueID?]
  /// By value: whether it is computed from shapes alone.
  private(set) var isFromShapes: [Bool]
  /// Chains of movements that are followed as one.
  let chains: [MovementChain]
  /// By index of a node: the chain that it ends, or nothing for one inside a chain.
  private let chained: [Int: MovementChain?]
  private let failed: Set<Int>
  /// What operators read as sizes and indices, and all that goes into it.
  private let sizes: Set<ValueID>

  /// Larger mixtures of channels and space than this are frozen instead of being written out.
  static let mixtureLimit = 1 << 22

  /// - Parameter chains: those of `bound`.
  init(
    _ bound: BoundNetwork, policy: GroupedConvolutionPolicy, chains: [MovementChain], flipped: Set<Int> = [],
    folded: Set<Int> = []
  ) {
    self.bound = bound
    self.policy = policy
    self.flipped = flipped
    self.folded = folded
    self.chains = chains
    var chained: [Int: MovementChain?] = [:]
    for chain in chains {
      for index in chain.nodes { chained[index] = .some(nil) }
      if let last = chain.nodes.last { chained[last] = chain }
    }
    self.chained = chained
    let network = bound.network
    valueFields = [[LabelField]](repeating: [], count: network.values.count)
    roots = [ValueID?](repeating: nil, count: network.values.count)
    isFromShapes = [Bool](repeating: false, count: network.values.count)
    failed = Set(bound.failures.map(\.node))
    sizes = network.valuesReadAsSizes(by: bound.table)
    for value in network.constants.keys { roots[value.index] = value }
  }

  /// Visits everything.
  ///
  /// - Throws: `PruningError.tooManyChannels`.
  mutating func solve() throws {
    try labelInputs()
    for index in bound.network.nodes.indices { try visit(index) }
    for output in bound.network.outputs {
      let producer = bound.network.nodes.indices.last { bound.network.nodes[$0].outputs.contains(output) }
      freeze(
        .value((roots[output.index] ?? output).index), node: producer, label: "output",
        cause: "they are the model's output \(bound.network.name(of: output))")
    }
    projectMixedFields()
  }

  // MARK: - Operands

  /// Where the fields of an operand are; `nil` for an operand that is not there.
  func slot(_ operand: Operand, of index: Int) -> LabelSlot? {
    let node = bound.network.nodes[index]
    switch operand {
    case .input(let number):
      guard number < node.inputs.count, let value = node.inputs[number] else { return nil }
      guard let root = roots[value.index] else { return .value(value.index) }
      return isVector(root) ? .use(ConstantUse(node: index, input: number)) : .value(root.index)
    case .output(let number):
      guard number < node.outputs.count, let value = node.outputs[number] else { return nil }
      return .value(value.index)
    }
  }

  /// Whether at most one axis of a constant is longer than 1.
  func isVector(_ root: ValueID) -> Bool {
    (bound.network.constants[root]?.shape ?? []).count { $0 > 1 } <= 1
  }

  func value(_ operand: Operand, of index: Int) -> ValueID? {
    let node = bound.network.nodes[index]
    switch operand {
    case .input(let number): return number < node.inputs.count ? node.inputs[number] : nil
    case .output(let number): return number < node.outputs.count ? node.outputs[number] : nil
    }
  }

  /// Whether the operand's channels are ours to choose: a constant, which can be sliced anyhow.
  func isFlexible(_ operand: Operand, of index: Int) -> Bool {
    guard case .input = operand, let value = value(operand, of: index) else { return false }
    return roots[value.index] != nil || isFromShapes[value.index]
  }

  func shape(_ operand: Operand, of index: Int) -> [Int] {
    value(operand, of: index).flatMap { bound.shape(of: $0) } ?? []
  }

  subscript(slot: LabelSlot) -> [LabelField] {
    get {
      switch slot {
      case .value(let index): valueFields[index]
      case .use(let use): useFields[use] ?? []
      }
    }
    set {
      switch slot {
      case .value(let index): valueFields[index] = newValue
      case .use(let use): useFields[use] = newValue
      }
    }
  }

  // MARK: - Freezing

  /// Numbers a freeze event; one a node and cause.
  mutating func event(_ node: Int?, _ label: String, _ cause: String) -> Int {
    if let last = events.last, last.node == node, last.label == label, last.cause == cause {
      return events.count - 1
    }
    events.append(PinEvent(node: node, label: label, cause: cause))
    return events.count - 1
  }

  /// How a node is called in a column.
  func label(_ index: Int) -> String { "\(bound.network.nodes[index].op) \(bound.network.nodes[index].name)" }

  /// Freezes every channel of an operand.
  mutating func freeze(_ slot: LabelSlot, node: Int?, label: String, cause: String) {
    for field in self[slot] { sets.freeze(field.cells, event: event(node, label, cause)) }
  }

  /// Keeps an axis of an operand whole: cells along it go together or, where the field has no other axis,
  /// not at all.
  mutating func keepWhole(_ slot: LabelSlot, axis: Int, node index: Int, cause: String) {
    var fields = self[slot]
    guard let number = fields.firstIndex(where: { $0.index(of: axis) != nil }),
      let position = fields[number].index(of: axis)
    else { return }
    if fields[number].axes.count == 1 {
      sets.freeze(fields[number].cells, event: event(index, label(index), cause))
      return
    }
    let kept = fields[number].axes.indices.filter { $0 != position }
    fields[number] = fields[number].projected(onto: kept, &sets)
    self[slot] = fields
  }

  // MARK: - Visiting

  /// A graph input's channels are the caller's.
  private mutating func labelInputs() throws {
    for input in bound.network.inputs where roots[input.index] == nil {
      guard let shape = bound.shape(of: input), shape.count >= 2, shape[1] > 0, shape[1] <= 1 << 16 else {
        continue
      }
      let cells = try sets.make(shape[1])
      let cause = "they are combined with the model's input \(bound.network.name(of: input))"
      sets.freeze(cells, event: event(nil, "input", cause))
      valueFields[input.index] = [LabelField(axis: 1, cells: cells)]
    }
  }

  private mutating func visit(_ index: Int) throws {
    let node = bound.network.nodes[index]
    freezeCaptures(index)
    if let end = chained[index] {
      if let chain = end { try move(chain, index) }
      return
    }
    guard !failed.contains(index), let rule = bound.table.rule(for: node),
      let outputs = bound.outputs(at: index)
    else {
      freezeInputs(index, "secateur does not know what it does with its channels")
      return
    }
    if node.qualifiedOp == "Identity", let input = node.inputs.first ?? nil, let root = roots[input.index],
      let output = node.outputs.first ?? nil
    {
      roots[output.index] = root
      return
    }
    if readsShapesOnly(node, rule) {
      for output in node.outputs { if let output { isFromShapes[output.index] = true } }
      return
    }
    let relations: [ChannelRelation]
    do {
      relations = try rule.relations(bound.call(at: index), outputs: outputs)
    } catch {
      freezeInputs(index, "secateur cannot read what it does")
      return
    }
    // Weights that are put together in a way that slicing cannot follow are as good as the constant they make.
    if folded.contains(index) || (bound.canFold(at: index) && relations.contains(where: \.isFrozen)) {
      for output in node.outputs { if let output { isFromShapes[output.index] = true } }
      return
    }
    // No constant holds the statistics of weights that another size chooses otherwise.
    if bound.isChosen(at: index), relations.contains(where: \.isReducing) {
      freezeInputs(index, "which weights it reads depends on the size of the input")
      return
    }
    try relate(index, relations, outputs)
  }

  /// Whether a node is arithmetic on shapes: known before any data are, and no weight takes part.
  private func readsShapesOnly(_ node: Node, _ rule: any OperatorRule) -> Bool {
    if rule is any ShapeReadingRule { return true }
    for output in node.outputs { if let output, bound.constant(of: output) == nil { return false } }
    if node.outputs.contains(where: { $0.map(sizes.contains) ?? false }) { return true }
    // A weight scaled by a number made of shapes, or spread over as many examples as there are, is a weight.
    let integers = bound.table.sizeInputs(of: node)
    var hasWeight = false
    for (number, input) in node.inputs.enumerated() where !integers.contains(number) {
      guard let input, !isFromShapes[input.index] else { continue }
      if let root = roots[input.index], let tensor = bound.network.constants[root] {
        if tensor.elementCount > 1, tensor.elementType.isFloatingPoint || tensor.shape.count > 1 {
          hasWeight = true
        }
      } else if !valueFields[input.index].isEmpty {
        hasWeight = true
      }
    }
    return !hasWeight
  }

  private mutating func freezeInputs(_ index: Int, _ cause: String) {
    for number in bound.network.nodes[index].inputs.indices {
      if let slot = slot(.input(number), of: index) {
        freeze(slot, node: index, label: label(index), cause: cause)
      }
    }
  }

  /// Values that the body of an `If` or `Loop` reads stay as they are.
  private mutating func freezeCaptures(_ index: Int) {
    for (_, attribute) in bound.network.nodes[index].attributes {
      var bodies: [Subgraph] = []
      if case .graph(let body) = attribute { bodies = [body] }
      if case .graphs(let all) = attribute { bodies = all }
      for body in bodies {
        for outer in body.captures.values.sorted() {
          freeze(
            .value((roots[outer.index] ?? outer).index), node: index, label: label(index),
            cause: "its body reads them")
        }
      }
    }
  }

  /// A field over several axes can be sliced along one of them only, whole slices at a time: the axis that
  /// leaves the most choices.
  private mutating func projectMixedFields() {
    let freezes = sets.freezesByRoot()
    func project(_ field: LabelField, _ sets: inout DisjointCells) {
      guard field.axes.count > 1 else { return }
      var best = (index: 0, choices: -1)
      for index in field.axes.indices {
        let choices = Self.freeComponents(of: field, along: index, &sets, freezes)
        if choices >= best.choices { best = (index, choices) }
      }
      _ = field.projected(onto: [best.index], &sets)
    }
    for fields in valueFields { for field in fields { project(field, &sets) } }
    for (_, fields) in useFields.sorted(by: { $0.key < $1.key }) {
      for field in fields { project(field, &sets) }
    }
  }

  /// How many separate things could be removed if the field were sliced along one axis.
  private static func freeComponents(
    of field: LabelField, along index: Int, _ sets: inout DisjointCells, _ freezes: [Int32]
  ) -> Int {
    let inner = field.axes[(index + 1)...].map(\.count).elementCount
    let count = field.axes[index].count
    var slices = DisjointCells(count: count)
    var owner: [Int32: Int32] = [:]
    var frozen: [Bool] = [Bool](repeating: false, count: count)
    for (number, cell) in field.cells.enumerated() {
      let root = sets.find(cell)
      let slice = Int32(number / inner % count)
      if let other = owner[root] { slices.union(other, slice) } else { owner[root] = slice }
      if freezes[Int(root)] >= 0 { frozen[Int(slice)] = true }
    }
    var frozenRoots = Set<Int32>()
    var all = Set<Int32>()
    for slice in 0..<count {
      let root = slices.find(Int32(slice))
      all.insert(root)
      if frozen[slice] { frozenRoots.insert(root) }
    }
    return all.count - frozenRoots.count
  }
}
