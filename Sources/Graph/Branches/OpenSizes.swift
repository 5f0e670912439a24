/// Which whole numbers, known once a network is bound, follow from extents that its file leaves open.
///
/// Extents are found to be open by binding the network for other extents of its inputs, one open axis at a time. From there
/// on it counts what a number is computed from, not whether it came out as another one: a limit between two sizes need not
/// lie between those that were tried.
struct OpenSizes {
  private let bound: BoundNetwork
  private let index: Int
  /// The same nodes bound to other sizes.
  private let others: [BoundNetwork]

  /// - Parameters:
  ///   - bound: a network of which the nodes before `index` are bound.
  init(_ bound: BoundNetwork, before index: Int) {
    self.bound = bound
    self.index = index
    others = Self.groups(of: bound).compactMap { Self.rebound(bound, before: index, along: $0) }
  }

  /// Whether a known value would be another one, or could be, where an open extent is.
  func decide(_ value: ValueID) -> Bool {
    guard !others.isEmpty else { return false }
    // By value, element by element; what is missing follows from nothing that is open.
    var found: [ValueID: [Bool]] = [:]
    for index in 0..<index {
      let node = bound.network.nodes[index]
      guard let elements = elements(of: node, at: index, found) else { continue }
      for (output, open) in zip(node.outputs, elements) {
        if let output, open.contains(true) { found[output] = open }
      }
    }
    return found[value] != nil
  }

  // MARK: Elements

  /// By output: which elements follow from open extents; `nil` for a node of which that is not asked, or whose outputs
  /// all follow from what is fixed.
  private func elements(of node: Node, at index: Int, _ found: [ValueID: [Bool]]) -> [[Bool]]? {
    guard let rule = bound.table.rule(for: node), let outputs = bound.outputs(at: index),
      node.outputs.allSatisfy({ $0.map { bound.constant(of: $0) != nil } ?? true })
    else { return nil }
    let call = bound.call(at: index)
    if rule is any ShapeReadingRule { return readingShape(node, rule, call) }
    guard node.inputs.contains(where: { $0.map { found[$0] != nil } ?? false }) else { return nil }
    if let relations = try? rule.relations(call, outputs: outputs) {
      if let moved = moving(node, rule, call, relations, found) { return moved }
      if let mapped = mapping(node, relations, outputs, found) { return mapped }
    }
    return outputs.map { [Bool](repeating: true, count: max(1, $0.constant?.elementCount ?? 1)) }
  }

  /// `Shape` of a shape that says 1 where an axis is open and 0 elsewhere.
  private func readingShape(_ node: Node, _ rule: any OperatorRule, _ call: OperatorCall) -> [[Bool]]? {
    guard let input = node.inputs.first ?? nil, let spec = call.inputs.first ?? nil else { return nil }
    let open = openAxes(of: input, rank: spec.shape.count)
    guard open.contains(true) else { return nil }
    let marked = OperatorCall(
      node: node, opset: call.opset, inputs: [TensorSpec(spec.elementType, open.map { $0 ? 1 : 0 })])
    let result = (try? rule.evaluate(marked)).flatMap { $0 }?.map { $0.integers.map { $0 != 0 } }
    // A count of all elements follows from each extent.
    return node.op == "Shape" ? result : [[true]]
  }

  private func openAxes(of value: ValueID, rank: Int) -> [Bool] {
    let shape = bound.shape(of: value)
    return (0..<rank).map { axis in
      others.contains { other in
        guard let now = other.shape(of: value), now.count == rank else { return true }
        return now[axis] != shape?[axis]
      }
    }
  }

  /// What only moves elements moves the marks: the operator is applied to ones and zeros.
  private func moving(
    _ node: Node, _ rule: any OperatorRule, _ call: OperatorCall, _ relations: [ChannelRelation],
    _ found: [ValueID: [Bool]]
  ) -> [[Bool]]? {
    var data: Set<Int> = []
    for relation in relations {
      switch relation {
      case .moved(let input, _, _): data.insert(input)
      case .joined(let inputs, _, _): data.formUnion(inputs)
      case .same: continue
      default: return nil
      }
    }
    guard !data.isEmpty else { return nil }
    var inputs = call.inputs
    for (number, value) in node.inputs.enumerated() {
      guard let value, let spec = inputs[number] else { continue }
      guard data.contains(number) else {
        if found[value] != nil { return nil }
        continue
      }
      let marks = (found[value] ?? []).map { $0 ? 1.0 : 0 }
      let count = spec.constant?.elementCount ?? 0
      inputs[number]?.constant = Tensor(
        spec.elementType, marks.isEmpty ? [Double](repeating: 0, count: count) : marks, shape: spec.shape)
    }
    let marked = OperatorCall(node: node, opset: call.opset, inputs: inputs)
    return (try? rule.evaluate(marked)).flatMap { $0 }?.map { $0.doubles.map { $0 != 0 } }
  }

  /// What works element by element, on operands of one shape or of one element.
  private func mapping(
    _ node: Node, _ relations: [ChannelRelation], _ outputs: [TensorSpec], _ found: [ValueID: [Bool]]
  ) -> [[Bool]]? {
    let isElementwise = relations.allSatisfy { if case .elementwise = $0 { true } else { false } }
    guard isElementwise, !relations.isEmpty, let count = outputs.first?.constant?.elementCount else {
      return nil
    }
    var result = [Bool](repeating: false, count: count)
    for case let value? in node.inputs {
      guard let open = found[value] else { continue }
      guard open.count == count || open.count == 1 else { return nil }
      for index in result.indices where open[open.count == 1 ? 0 : index] { result[index] = true }
    }
    return outputs.map { _ in result }
  }

  // MARK: Other sizes

  /// The open axes of the inputs: those of one symbol go together.
  private static func groups(of bound: BoundNetwork) -> [[ValueID: [Int]]] {
    var named: [String: [ValueID: [Int]]] = [:]
    for input in bound.network.inputs {
      guard let shape = bound.shape(of: input), bound.network.constants[input] == nil else { continue }
      let declared = bound.network.values[input.index].declaredType?.dimensions
      for axis in shape.indices {
        switch declared.flatMap({ $0.indices.contains(axis) ? $0[axis] : nil }) {
        case .fixed?: continue
        case .symbolic(let symbol)?: named["symbol \(symbol)", default: [:]][input, default: []].append(axis)
        case .unknown?, nil:
          named["axis \(input.index) \(axis)", default: [:]][input, default: []].append(axis)
        }
      }
    }
    let groups = named.sorted { $0.key < $1.key }.map(\.value)
    // Axes without a name may have to agree.
    guard groups.count > 1 else { return groups }
    let all = groups.reduce(into: [:]) { all, group in all.merge(group) { $0 + $1 } }
    return groups + [all]
  }

  /// The nodes before `index` bound to inputs of which some axes are longer; `nil` where they cannot be.
  private static func rebound(
    _ bound: BoundNetwork, before index: Int, along axes: [ValueID: [Int]]
  ) -> BoundNetwork? {
    var network = bound.network
    network.nodes = Array(network.nodes[..<index])
    network.outputs = []
    for change: (Int) -> Int in [{ $0 &* 2 }, { $0 &* 3 }, { $0 &+ 1 }] {
      var shapes: [ValueID: [Int]] = [:]
      for input in network.inputs {
        guard var shape = bound.shape(of: input) else { continue }
        for axis in axes[input] ?? [] { shape[axis] = change(shape[axis]) }
        shapes[input] = shape
      }
      guard
        let other = try? BoundNetwork(
          network, inputShapes: shapes, foldsWeights: false, decisions: bound.decisions, table: bound.table),
        other.failures.count == bound.failures.count
      else { continue }
      return other
    }
    return nil
  }
}
