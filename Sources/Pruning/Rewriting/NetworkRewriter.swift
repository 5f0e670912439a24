import Errors
import Graph

/// Carries a selection out: slices constants, then visits every node in order and corrects the integers
/// that no longer say what they said.
struct NetworkRewriter {
  let bound: BoundNetwork
  let groups: ChannelGroups
  let kept: KeptChannels
  /// Which of the values before the removal follow from weights alone.
  let provenance: ConstantProvenance
  var network: Network
  /// What is known of the network before and after: first as the selection was made for it, then with other extents of
  /// each axis that the file leaves open, and of all of them.
  var bindings: [RewrittenBinding]
  /// Whether the file leaves an axis open, be it that the network takes one extent only.
  let isOpen: Bool
  /// Values that are what others were before the removal, by these.
  var restoredValues: [ValueID: ValueID?] = [:]
  /// Chains of movements that become a `Gather`, by the position of their last node; nothing for the other nodes.
  var gathered: [Int: MovementChain?] = [:]
  private var nodes: [Node] = []
  private var nextNode: Int
  /// Statistics over weights of which some go: what they were.
  private var held: [ValueID: ValueID] = [:]
  /// Whether a number that the graph computed became a constant.
  var holdsComputed = false

  init(_ bound: BoundNetwork, _ groups: ChannelGroups, _ selection: Selection) {
    self.bound = bound
    self.groups = groups
    kept = KeptChannels(groups.map, units: groups.units.count, removed: selection.removedUnits)
    provenance = ConstantProvenance(bound)
    network = bound.network
    let open = bound.openAxes()
    isOpen = !open.free.isEmpty || !open.fixed.isEmpty
    bindings = [RewrittenBinding(bound, like: bound, kept: kept)]
    for (axis, other) in open.free {
      bindings.append(RewrittenBinding(other, axes: axis.name, like: bound, kept: kept))
    }
    if let together = open.together {
      let names = open.free.map(\.axis.name).joined(separator: ", ")
      bindings.append(RewrittenBinding(together, axes: names, like: bound, kept: kept))
    }
    nextNode = bound.network.unusedNodeID.number
  }

  /// The rewritten network, bound once to prove it.
  mutating func rewrite() throws -> Network {
    let split = sliceConstants()
    for chains in Dictionary(grouping: groups.map.chains, by: \.nodes[0]).values {
      decideWhatStays(of: chains)
    }
    for index in bound.network.nodes.indices { try rewrite(index) }
    network.nodes = nodes
    dropUnread(split)
    if !held.isEmpty || holdsComputed || !gathered.isEmpty { dropUnreadArithmetic() }
    refreshDeclaredTypes()
    try verify()
    return network
  }

  // MARK: - Constants

  /// Slices every constant; in place where all its readers see the same form, else copies under new names.
  ///
  /// Returns the constants that were copied: they may have lost their last reader.
  private mutating func sliceConstants() -> Set<ValueID> {
    var forms: [ValueID: [ConstantVariant]] = [:]
    for owner in groups.ledger.constantOwners {
      let variant = kept.variant(owner)
      if forms[owner.constant]?.contains(variant) != true {
        forms[owner.constant, default: []].append(variant)
      }
    }
    let whole = readWhole()
    var copies: [ConstantVariant: ValueID] = [:]
    var split = Set<ValueID>()
    for (constant, variants) in forms.sorted(by: { $0.key < $1.key }) {
      guard variants.contains(where: { !$0.cuts.isEmpty }), let tensor = network.constants[constant] else {
        continue
      }
      if variants.count == 1, !whole.contains(constant) {
        setConstant(kept.sliced(tensor, variants[0].cuts), constant)
        continue
      }
      split.insert(constant)
      for variant in variants where !variant.cuts.isEmpty {
        copies[variant] = addConstant(
          network.name(of: constant) + LayerName.prunedMark, kept.sliced(tensor, variant.cuts))
        if network.fixedConstants.contains(constant), let copy = copies[variant] {
          network.fixedConstants.insert(copy)
        }
      }
    }
    for index in groups.map.roots.indices {
      if let root = groups.map.roots[index], let tensor = network.constants[root] {
        note(ValueID(index), TensorSpec(tensor.elementType, tensor.shape, constant: tensor))
      }
    }
    for position in network.nodes.indices {
      for (number, input) in network.nodes[position].inputs.enumerated() {
        guard let input, let root = groups.map.roots[input.index], split.contains(root) else { continue }
        let slot = groups.map.slot(of: input, use: ConstantUse(node: position, input: number))
        let variant = ConstantVariant(constant: root, cuts: kept.cuts(slot))
        if let copy = copies[variant] { network.nodes[position].inputs[number] = copy }
      }
    }
    return split
  }

  /// Constants that something other than a node's operator reads: outputs and the bodies of control flow.
  private func readWhole() -> Set<ValueID> {
    var result = Set(bound.network.outputs.compactMap { groups.map.roots[$0.index] })
    for node in bound.network.nodes {
      for attribute in node.attributes.values {
        var bodies: [Subgraph] = []
        if case .graph(let body) = attribute { bodies = [body] }
        if case .graphs(let all) = attribute { bodies = all }
        for outer in bodies.flatMap(\.captures.values) {
          if let root = groups.map.roots[outer.index] { result.insert(root) }
        }
      }
    }
    return result
  }

  /// What the network reads now.
  private func readValues() -> Set<ValueID> {
    readWhole().union(network.outputs).union(network.nodes.flatMap(\.inputs).compactMap { $0 })
  }

  private mutating func setConstant(_ tensor: Tensor, _ value: ValueID) {
    network.constants[value] = tensor
    note(value, TensorSpec(tensor.elementType, tensor.shape, constant: tensor))
  }

  /// A new constant, known from now on.
  mutating func addConstant(_ name: String, _ tensor: Tensor) -> ValueID {
    let value = network.addConstant(name, tensor)
    note(value, TensorSpec(tensor.elementType, tensor.shape, constant: tensor))
    return value
  }

  /// What is known of a value, whatever the network is bound to.
  mutating func note(_ value: ValueID, _ spec: TensorSpec?) {
    for number in bindings.indices { note(value, spec, in: number) }
  }

  private mutating func note(_ value: ValueID, _ spec: TensorSpec?, in binding: Int) {
    while bindings[binding].specs.count < network.values.count { bindings[binding].specs.append(nil) }
    bindings[binding].specs[value.index] = spec
  }

  /// Copied constants whose last reader has gone, and the `Identity` nodes that only passed them on.
  private mutating func dropUnread(_ split: Set<ValueID>) {
    guard !split.isEmpty else { return }
    while true {
      let read = readValues()
      let before = network.nodes.count
      network.nodes.removeAll { node in
        guard node.qualifiedOp == "Identity", let output = node.outputs.first ?? nil else { return false }
        return groups.map.roots[safe: output.index].flatMap { $0 }.map(split.contains) == true
          && !read.contains(output)
      }
      for constant in split where !read.contains(constant) { network.constants[constant] = nil }
      if network.nodes.count == before { return }
    }
  }

  // MARK: - Nodes

  /// What is known of the rewritten network's values, as the selection was made for it.
  var specs: [TensorSpec?] { bindings[0].specs }

  /// A value's shape after the removal, where it was known before.
  func expectedShape(_ value: ValueID, in binding: Int = 0) -> [Int]? {
    bindings[binding].expected[safe: value.index] ?? nil
  }

  /// A node as its rule sees it in the rewritten network.
  func call(_ node: Node, in binding: Int = 0) -> OperatorCall {
    bindings[binding].call(node, opset: network.opsets[node.domain] ?? network.opset)
  }

  /// Adds a node behind those that were added before.
  mutating func append(_ node: Node) { nodes.append(node) }

  mutating func unusedNode() -> NodeID {
    defer { nextNode += 1 }
    return NodeID(nextNode)
  }

  private mutating func rewrite(_ index: Int) throws {
    var node = network.nodes[index]
    if let end = gathered[index] {
      if let chain = end { nodes.append(gather(chain, node)) }
      return
    }
    for (number, input) in node.inputs.enumerated() {
      if let input, let constant = held[input] { node.inputs[number] = constant }
    }
    // Behind an operator that is not known, only what the file declares is known, and nothing goes.
    guard bound.table.rule(for: node) != nil, bound.outputs(at: index) != nil,
      !bound.failures.contains(where: { $0.node == index })
    else {
      nodes.append(node)
      return
    }
    if node.outputs.contains(where: { $0.map { groups.map.isFromShapes[$0.index] } ?? false }) {
      evaluate(node)
      nodes.append(node)
      return
    }
    if let output = node.outputs.first ?? nil, groups.map.roots[output.index] != nil {
      nodes.append(node)
      return
    }
    if reducesCutWeights(index), bound.traits(at: index).hasRunningStatistics {
      holdBatchStatistics(&node, index)
    } else if reducesCutWeights(index) || (bound.canFold(at: index) && readsOnlyHeld(node, index)) {
      hold(node)
      return
    }
    try holdComputedOperands(&node, index)
    if let window = bound.traits(at: index).layer?.window { correctGroups(&node, window) }
    if node.attributes["num_groups"] != nil { correctNormalizedGroups(&node, index) }
    let extra = try correctIntegers(&node, index)
    nodes.append(node)
    for number in bindings.indices { try follow(node, index, in: number) }
    for step in extra {
      nodes.append(step)
      for number in bindings.indices { try follow(step, nil, in: number) }
    }
  }

  /// Finds the shapes of what a node of the rewritten network makes, and compares them with what was meant.
  ///
  /// - Parameter index: where the node stood before; `nil` for one that was added.
  private mutating func follow(_ node: Node, _ index: Int?, in binding: Int) throws {
    let outputs: [TensorSpec]
    do {
      outputs = try bound.table.rule(for: node)?.outputs(call(node, in: binding)) ?? []
    } catch {
      throw binding == 0
        ? PruningError.notRewritable(node: node.name, problem: CaughtError(error).sentence)
        : fixed(node, in: binding)
    }
    for (output, found) in zip(node.outputs, outputs) {
      guard let output else { continue }
      if let expected = expectedShape(output, in: binding), expected != found.shape {
        if binding == 0 {
          throw PruningError.wrongShape(
            node: node.name, value: network.name(of: output), expected: expected, found: found.shape)
        }
        // What is meant at other extents is inferred; only of what says sizes it is compared.
        guard bound.table.sizeInputs(of: node).isEmpty || isAsBefore(node, index, in: binding) else {
          throw fixed(node, in: binding)
        }
        bindings[binding].expect(found.shape, of: output)
      }
      note(output, TensorSpec(found.elementType, found.shape), in: binding)
    }
  }

  /// Whether all that says sizes to a node is what it was before the removal.
  func isAsBefore(_ node: Node, _ index: Int?, in binding: Int) -> Bool {
    guard let index else { return false }
    let before = bound.network.nodes[index]
    let sizes = bound.table.sizeInputs(of: node)
    return node.op == before.op && node.attributes == before.attributes
      && sizes == bound.table.sizeInputs(of: before)
      && sizes.allSatisfy { input in
        guard let now = node.inputs[input], let then = before.inputs[input] else {
          return node.inputs[input] == before.inputs[input]
        }
        return bindings[binding].constant(now) == bindings[binding].constant(before: then)
      }
  }

  /// What is said where a size that the file leaves open would become a fixed one.
  func fixed(_ node: Node, in binding: Int) -> PruningError {
    .fixesOpenAxis(node: node.name, axes: bindings[binding].axes)
  }

  /// Arithmetic on shapes, done again with the new shapes.
  mutating func evaluate(_ node: Node) {
    guard let rule = bound.table.rule(for: node) else { return }
    var first: (inputs: [TensorSpec?], values: [Tensor])?
    for number in bindings.indices {
      let call = call(node, in: number)
      let values: [Tensor]
      if let first, first.inputs == call.inputs {
        values = first.values
      } else {
        guard let found = (try? rule.evaluate(call)).flatMap({ $0 }) else {
          // Of the operands as they are now it makes nothing that is known.
          for output in node.outputs.compactMap({ $0 }) {
            guard let known = bindings[number].specs[safe: output.index] ?? nil else { continue }
            note(output, TensorSpec(known.elementType, known.shape), in: number)
          }
          continue
        }
        values = found
      }
      if number == 0 { first = (call.inputs, values) }
      for (output, value) in zip(node.outputs, values) {
        if let output {
          note(output, TensorSpec(value.elementType, value.shape, constant: value), in: number)
        }
      }
    }
  }

  /// Whether a node takes statistics or sums of weights along an axis of which some go.
  ///
  /// A standardised weight is divided by its deviation over the input channels. Those that stay must come out
  /// as they did, so that the statistics keep the values they had.
  private func reducesCutWeights(_ index: Int) -> Bool {
    guard bound.isWeightArithmetic(at: index) else { return false }
    return bound.relations(at: index).contains { relation in
      switch relation {
      case .contracted(let axes), .inexact(let axes, _): axes.contains { kept.isCut($0, of: index, bound) }
      default: false
      }
    }
  }

  /// Whether something that a node of arithmetic on weights reads keeps the value it had, and nothing of the rest goes: so
  /// does its result then.
  private func readsOnlyHeld(_ node: Node, _ index: Int) -> Bool {
    var readsHeld = false
    for (number, input) in bound.network.nodes[index].inputs.enumerated() {
      guard let input else { continue }
      if held[input] != nil {
        readsHeld = true
      } else if groups.map.isFromShapes[input.index] {
        if specs[input.index]?.constant != bound.constant(of: input) { readsHeld = true }
      }
      if !kept.cuts(groups.map.slot(of: input, use: ConstantUse(node: index, input: number))).isEmpty {
        return false
      }
    }
    return readsHeld
  }

  /// A constant stands for what a node makes, which keeps the value it had.
  private mutating func hold(_ node: Node) {
    for output in node.outputs.compactMap({ $0 }) {
      guard let value = bound.constant(of: output) else { continue }
      held[output] = addConstant(
        "\(network.name(of: output))_held", kept.sliced(value, kept.cuts(.value(output.index))))
    }
  }

  /// A normalization of weights by statistics of their own becomes one by the statistics they had.
  private mutating func holdBatchStatistics(_ node: inout Node, _ index: Int) {
    guard bound.call(at: index).normalizesWithBatch,
      let moments = try? BatchMoments(of: bound.call(at: index)),
      let output = bound.network.nodes[index].outputs.first ?? nil
    else { return }
    let cut = kept.cuts(.value(output.index)).filter { $0.axis == 1 }
      .map { AxisChannels(axis: 0, repeats: $0.repeats, table: $0.table) }
    node.inputs[3] = addConstant("\(node.name)_mean", kept.sliced(moments.mean, cut))
    node.inputs[4] = addConstant("\(node.name)_variance", kept.sliced(moments.variance, cut))
    node.outputs = [output]
    if node.attributes["training_mode"] != nil { node.attributes["training_mode"] = .int(0) }
  }

  /// Arithmetic on weights and on shapes whose last reader has gone, and the weights that nothing else reads.
  private mutating func dropUnreadArithmetic() {
    let wasRead = Set(bound.network.nodes.flatMap(\.inputs).compactMap { $0 })
    let arithmetic = Set(
      bound.network.nodes.indices.filter { index in
        let outputs = bound.network.nodes[index].outputs.compactMap { $0 }
        return outputs.contains(where: wasRead.contains)
          && (bound.isWeightArithmetic(at: index) || outputs.allSatisfy { groups.map.isFromShapes[$0.index] })
      }.map { bound.network.nodes[$0].id })
    while true {
      let read = readValues()
      let before = network.nodes.count
      network.nodes.removeAll { node in
        arithmetic.contains(node.id) && node.outputs.allSatisfy { $0.map { !read.contains($0) } ?? true }
      }
      guard network.nodes.count == before else { continue }
      for constant in wasRead where network.constants[constant] != nil && !read.contains(constant) {
        network.constants[constant] = nil
      }
      return
    }
  }

  /// As many groups as the sliced weight has.
  private func correctGroups(_ node: inout Node, _ window: LayerForm.Window) {
    guard case .int(let groups)? = node.attributes["group"], groups > 1, node.inputs.count > 1,
      let data = node.inputs[0], let weight = node.inputs[1], let weightShape = specs[weight.index]?.shape,
      let dataShape = specs[data.index]?.shape, weightShape.count > 1, weightShape[1] > 0,
      let output = node.outputs.first ?? nil, let outputShape = expectedShape(output)
    else { return }
    let channels = window == .overInput ? dataShape[1] : outputShape[1]
    node.attributes["group"] = .int(channels / weightShape[1])
  }

  /// As many groups as still have channels.
  private func correctNormalizedGroups(_ node: inout Node, _ index: Int) {
    guard let left = kept.normalizedGroups(bound.relations(at: index), of: index, bound) else { return }
    node.attributes["num_groups"] = .int(left.count)
  }

  // MARK: - Afterwards

  /// What the file declares of shapes that changed.
  private mutating func refreshDeclaredTypes() {
    for index in bound.network.values.indices {
      guard var type = network.values[index].declaredType, let dimensions = type.dimensions else { continue }
      let value = ValueID(index)
      let shape = network.constants[value]?.shape ?? specs[index]?.shape
      guard let shape, shape.count == dimensions.count, shape != bound.shape(of: value) else { continue }
      let before = bound.shape(of: value) ?? shape
      type.dimensions = dimensions.indices.map { axis in
        shape[axis] == before[axis] || dimensions[axis].extent == nil ? dimensions[axis] : .fixed(shape[axis])
      }
      network.declare(type, for: value)
    }
  }

  /// Binds the result, also to other extents of what the file leaves open, and compares every shape with what was meant.
  private func verify() throws {
    var inputShapes: [ValueID: [Int]] = [:]
    for input in bound.network.inputs { inputShapes[input] = bound.shape(of: input) }
    let result = try BoundNetwork(
      network, inputShapes: inputShapes, foldsWeights: false, decisions: bound.decisions, table: bound.table
    )
    let idle = Set(bound.idle.map { bound.network.nodes[$0].id })
    for node in network.nodes {
      for output in node.outputs {
        guard let output, output.index < bound.specs.count, !groups.map.isFromShapes[output.index],
          groups.map.roots[output.index] == nil, let expected = expectedShape(output)
        else { continue }
        guard let found = result.shape(of: output) else {
          if idle.contains(node.id) {
            throw PruningError.notRewritable(
              node: node.name, problem: "its branch would not fit what is around it")
          }
          continue
        }
        if expected == found { continue }
        throw PruningError.wrongShape(
          node: node.name, value: network.name(of: output), expected: expected, found: found)
      }
    }
    for output in bound.network.outputs where result.shape(of: output) != bound.shape(of: output) {
      throw PruningError.wrongShape(
        node: maker(of: output)?.name ?? "", value: network.name(of: output),
        expected: bound.shape(of: output) ?? [], found: result.shape(of: output) ?? [])
    }
    for (number, binding) in bindings.enumerated().dropFirst() {
      for input in bound.network.inputs { inputShapes[input] = binding.original.shape(of: input) }
      let other = try? result.rebound(inputShapes)
      for output in bound.network.outputs where other?.shape(of: output) != binding.original.shape(of: output)
      {
        guard let maker = maker(of: output) ?? network.nodes.last else { continue }
        throw fixed(maker, in: number)
      }
    }
  }

  private func maker(of value: ValueID) -> Node? { network.nodes.first { $0.outputs.contains(value) } }
}
