extension Network {
  /// What operators read as sizes and indices, and everything that goes into it.
  package func valuesReadAsSizes(by table: OperatorTable) -> Set<ValueID> {
    var result: Set<ValueID> = []
    for node in nodes.reversed() {
      if node.outputs.contains(where: { $0.map(result.contains) ?? false }) {
        // Of what only the shape is read, nothing goes into it.
        if table.rule(for: node) is any ShapeReadingRule { continue }
        result.formUnion(node.inputs.compactMap { $0 })
      } else {
        result.formUnion(table.sizeInputs(of: node).compactMap { node.inputs[$0] })
      }
    }
    return result
  }
}
