extension BoundNetwork {
  /// What of a network can be computed before the data are there, where some of its nodes have outputs of no known
  /// shape.
  package struct Border: Sendable {
    /// Indices of the nodes on a way to an output that cannot be computed: those in `failures` and what lies behind
    /// them, in order.
    package let behind: [Int]
    /// Those of them that read nothing that another one makes: where the trouble begins.
    package let causes: [Int]
    /// The values that `behind` reads and the outputs that can be computed all the same, each once.
    package let values: [ValueID]
  }

  /// Where the part of the network ends whose shapes are known.
  package var border: Border {
    let failed = Set(failures.map(\.node))
    var (tainted, behind): (Set<ValueID>, Set<Int>) = ([], [])
    for (index, node) in network.nodes.enumerated()
    where !idle.contains(index)
      && (failed.contains(index) || readValues(at: index).contains(where: tainted.contains))
    {
      behind.insert(index)
      tainted.formUnion(node.outputs.compactMap { $0 })
    }
    // Only what an output needs counts.
    var needed = Set(network.outputs)
    for (index, node) in network.nodes.enumerated().reversed() {
      if node.outputs.contains(where: { $0.map(needed.contains) ?? false }) {
        needed.formUnion(readValues(at: index))
      } else {
        behind.remove(index)
      }
    }
    var (values, seen): ([ValueID], Set<ValueID>) = ([], [])
    for value in behind.sorted().flatMap({ readValues(at: $0).sorted() }) + network.outputs
    where !tainted.contains(value) && seen.insert(value).inserted {
      values.append(value)
    }
    let causes = behind.sorted().filter { !readValues(at: $0).contains(where: tainted.contains) }
    return Border(behind: behind.sorted(), causes: causes, values: values)
  }
}
