import Graph

/// Which nodes the outputs and points need, and whether all of them can be computed.
extension PlanBuilder {
  /// Nodes from which a way leads to an output or a point.
  func neededNodes() -> Set<Int> {
    var values = Set(outputs).union(points)
    var nodes: Set<Int> = []
    for index in bound.steps.reversed() {
      let node = bound.network.nodes[index]
      guard node.outputs.contains(where: { $0.map(values.contains) ?? false }) else { continue }
      nodes.insert(index)
      for input in node.inputs {
        if let input, bound.constant(of: input) == nil { values.insert(input) }
      }
    }
    return nodes
  }

  /// The failure that a node's own comes from: behind an unknown operator nothing can be said of any node.
  private func cause(of index: Int) -> GraphError? {
    let failed = Dictionary(
      bound.failures.map { ($0.node, $0.error) }, uniquingKeysWith: { first, _ in first })
    var index = index
    while let earlier = bound.network.nodes[index].inputs
      .compactMap({ $0.flatMap { topology.producer(of: $0) } }).first(where: { failed[$0] != nil })
    { index = earlier }
    return failed[index]
  }

  /// Refuses what the plan cannot compute: nodes that failed to bind, and operators without a kernel.
  func checkKernels(_ needed: Set<Int>) throws {
    for (index, error) in bound.failures {
      let reaches = bound.network.nodes[index].outputs.contains { output in
        guard let output else { return false }
        return isWatched(output)
          || topology.uses(of: output).contains { needed.contains($0.node) }
      }
      if reaches { throw cause(of: index) ?? error }
    }
    var missing: [String: [String]] = [:]
    for index in needed.sorted() {
      let node = bound.network.nodes[index]
      if KernelTable.standard.kernel(for: node) == nil {
        missing[node.qualifiedOp, default: []].append(node.name)
      }
    }
    if let (op, nodes) = missing.min(by: { $0.key < $1.key }) {
      throw ComputeError.unsupportedOperator(op: op, nodes: nodes)
    }
  }

  /// Refuses, before any kernel is made, a result that is larger than what the program may take.
  func checkMemory(_ needed: Set<Int>) throws {
    var largest = 0
    for index in needed {
      var bytes = 0
      for case let output? in bound.network.nodes[index].outputs {
        guard let shape = bound.shape(of: output) else { continue }
        bytes = bytes.plus(shape.elementCount.times(elementType.byteCount ?? 4))
      }
      largest = max(largest, bytes)
    }
    if let budget = MemoryBudget.exceeded(by: largest) {
      throw ComputeError.overBudget(needed: largest, allowed: budget.bytes)
    }
  }
}
