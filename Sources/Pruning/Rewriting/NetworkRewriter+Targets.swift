import Graph

/// The shapes that operators are given as operands: targets of reshapes, of broadcasts and of resizing.
///
/// Where the file leaves sizes open, a target must be right for others than those that the network is bound to.
extension NetworkRewriter {
  /// Changes as little of the target as will do.
  mutating func correctReshape(_ node: inout Node, _ index: Int) {
    guard let value = node.outputs.first ?? nil, !makes(value, node, index, { .reshape($0) }) else { return }
    let target = node.inputs[safe: 1] ?? nil
    // One that follows from weights alone is as good as a constant.
    let isComputed =
      node.op == "Reshape"
      && target.map { network.constants[$0] == nil && provenance.roots(of: $0).isEmpty } ?? false
    let trials: [(inout NetworkRewriter, Node, ValueID) -> Node?] =
      isComputed && isOpen
      ? [{ $0.retargeted($1, $2) }, { $0.reshape($1, $2) }]
      : [{ $0.withEdited($1, $2) }, { $0.reshape($1, $2) }, { $0.retargeted($1, $2) }]
    for trial in trials {
      var rewriter = self
      guard let found = trial(&rewriter, node, value),
        rewriter.makes(value, found, index, { .reshape($0) })
      else { continue }
      (self, node) = (rewriter, found)
      return
    }
    // As good as can be: what it makes is compared afterwards.
    node = reshape(node, value) ?? node
  }

  /// A node that takes everything in order, as a reshape; `nil` where no target is right whatever is open.
  mutating func reshaped(_ node: Node, _ value: ValueID) -> Node? {
    var rewriter = self
    guard let found = rewriter.reshape(node, value),
      bindings.indices.allSatisfy({ number in
        expectedShape(value, in: number).map { rewriter.movements(found, in: number) == [.reshape($0)] }
          ?? false
      })
    else { return nil }
    self = rewriter
    return found
  }

  /// A reshape to the file's target with other extents in it; those that are free or copied stay so.
  private mutating func withEdited(_ node: Node, _ value: ValueID) -> Node? {
    guard node.op == "Reshape", let target = node.inputs[safe: 1] ?? nil, let after = expectedShape(value),
      let old = specs[target.index]?.constant?.integers, old.count == after.count
    else { return nil }
    var trial = node
    set(zip(old, after).map { $0 > 0 ? $1 : $0 }, "shape", input: 1, in: &trial, attribute: false)
    return trial
  }

  /// A reshape to a constant target in which what the file leaves open is the rest, or copied from the input.
  private mutating func reshape(_ node: Node, _ value: ValueID) -> Node? {
    guard let data = node.inputs.first ?? nil, let before = specs[data.index]?.shape,
      let after = expectedShape(value)
    else { return nil }
    let isAttribute = node.attributes["shape"] != nil
    var trial = node
    if trial.op != "Reshape" {
      (trial.op, trial.attributes, trial.inputs) = ("Reshape", [:], [data])
    }
    trial.attributes["allowzero"] = after.contains(0) ? trial.attributes["allowzero"] : nil
    let copies = trial.attributes["allowzero"] == nil
    var target = after
    var free = after.indices.filter { axis in
      bindings.indices.contains { expectedShape(value, in: $0)?[safe: axis] != after[axis] }
    }
    if free.isEmpty, let first = before.first, after.first == first {
      target[0] = copies ? 0 : -1
    }
    if free.count > 1, copies {
      free.removeAll { axis in
        let isCopied = bindings.indices.allSatisfy { number in
          let extent = expectedShape(value, in: number)?[safe: axis]
          return extent != nil && bindings[number].specs[data.index]?.shape[safe: axis] == extent
        }
        if isCopied { target[axis] = 0 }
        return isCopied
      }
    }
    if let axis = free.first { target[axis] = -1 }
    set(target, "shape", input: 1, in: &trial, attribute: isAttribute)
    return trial
  }

  /// Whether a node makes a value as it should be, whatever the network is bound to.
  private func makes(_ value: ValueID, _ node: Node, _ index: Int, _ movement: ([Int]) -> Movement) -> Bool {
    bindings.indices.allSatisfy { number in
      guard let after = expectedShape(value, in: number), let found = movements(node, in: number) else {
        return false
      }
      return found == [movement(after)] || (number > 0 && isAsBefore(node, index, in: number))
    }
  }

  /// The node with a target that the graph computes brought to what it should be; `nil` where that cannot be.
  private mutating func retargeted(_ node: Node, _ value: ValueID) -> Node? {
    let wanted = bindings.indices.compactMap { expectedShape(value, in: $0) }
    guard node.inputs.count > 1, wanted.count == bindings.count else { return nil }
    var trial = node
    trial.inputs[1] = integers(node.inputs[1], wanted, "shape", of: node, takesRest: node.op == "Reshape")
    return trial.inputs[1] == nil ? nil : trial
  }

  mutating func correctExpand(_ node: inout Node, _ index: Int) {
    guard let (value, _, after) = output(node), let data = node.inputs.first ?? nil else { return }
    if makes(value, node, index, { .expand($0) }) { return }
    // What has its extent already asks for none.
    let targets = bindings.indices.map { number -> [Int] in
      let before = bindings[number].specs[data.index]?.shape ?? []
      let after = expectedShape(value, in: number) ?? after
      let lead = after.count - before.count
      return after.indices.map { $0 >= lead && before[safe: $0 - lead] == after[$0] ? 1 : after[$0] }
    }
    let whole = bindings.indices.map { expectedShape(value, in: $0) ?? after }
    let target = node.inputs[safe: 1] ?? nil
    for wanted in [targets, whole] {
      guard let operand = integers(target, wanted, "shape", of: node) else { continue }
      node.inputs[1] = operand
      return
    }
  }

  mutating func correctResize(_ node: inout Node) {
    guard let (value, _, after) = output(node), let sizes = node.inputs[safe: 3].flatMap({ $0 }),
      specs[sizes.index]?.constant != nil
    else { return }
    let axes = (call(node).ints("axes") ?? Array(after.indices)).map { $0 < 0 ? $0 + after.count : $0 }
    let wanted = bindings.indices.map { number in
      axes.compactMap { expectedShape(value, in: number)?[safe: $0] }
    }
    if let operand = integers(sizes, wanted, "sizes", of: node) { node.inputs[3] = operand }
  }
}
