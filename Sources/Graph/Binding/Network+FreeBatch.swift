extension Network {
  /// The same network for any number of examples, where only the declaration of its inputs fixes one: exporters write
  /// down the batch that they were shown.
  ///
  /// Found by binding it for twice as many examples: whatever is computed of them must be twice as large along one axis, and
  /// the outputs along their first. Inputs of which that cannot be said keep their shape: what they hold serves every batch.
  ///
  /// - Returns: `nil` where something in the network depends on the number, or nothing fixes it.
  package func freeingBatch(inputShapes: [ValueID: [Int]] = [:]) -> Network? {
    guard let fixed = fixedBatch, 1...SizeLimit.extent / 2 ~= fixed else { return nil }
    var everywhere: [ValueID: Int] = [:]
    for input in inputs {
      everywhere[input] = values[input.index].declaredType?.dimensions?.firstIndex { $0.extent == fixed }
    }
    guard !everywhere.isEmpty else { return nil }
    let alone = inputs.count > 1 ? inputs.compactMap { input in everywhere[input].map { [input: $0] } } : []
    for axes in [everywhere] + alone {
      if let freed = freeing(axes, from: fixed, inputShapes) { return freed }
    }
    return nil
  }

  /// The network with these axes of inputs free, where it is right for twice as many examples along them.
  private func freeing(
    _ axes: [ValueID: Int], from fixed: Int, _ inputShapes: [ValueID: [Int]]
  ) -> Network? {
    var freed = self
    var (singleShapes, doubledShapes) = (inputShapes, inputShapes)
    for (input, axis) in axes {
      guard var type = values[input.index].declaredType else { return nil }
      type.dimensions?[axis] = .symbolic("batch")
      freed.declare(type, for: input)
      guard var shape = inputShapes[input] ?? declaredShape(of: input), shape.indices.contains(axis) else {
        return nil
      }
      singleShapes[input] = shape
      shape[axis] = 2 * fixed
      doubledShapes[input] = shape
    }
    guard
      let single = try? BoundNetwork(freed, inputShapes: singleShapes, batch: fixed, foldsWeights: false),
      let double = try? BoundNetwork(
        freed, inputShapes: doubledShapes, batch: 2 * fixed, foldsWeights: false),
      single.failures.isEmpty, double.failures.isEmpty, single.steps == double.steps
    else { return nil }
    func grows(_ value: ValueID) -> Int? {
      guard let before = single.shape(of: value), let after = double.shape(of: value),
        before.count == after.count
      else { return nil }
      let axes = before.indices.filter { before[$0] != after[$0] }
      return axes.count == 1 && after[axes[0]] / 2 == before[axes[0]] && after[axes[0]] % 2 == 0
        ? axes[0] : nil
    }
    let fed = valuesReached(from: Array(axes.keys))
    for index in single.steps {
      for output in nodes[index].outputs {
        if let output, fed.contains(output), grows(output) == nil { return nil }
      }
    }
    return outputs.allSatisfy { !fed.contains($0) || grows($0) == 0 } ? freed : nil
  }

  /// The shape that a file declares of a value, where it leaves nothing open.
  private func declaredShape(of value: ValueID) -> [Int]? {
    let extents = values[value.index].declaredType?.dimensions?.map(\.extent)
    return extents.flatMap { $0.contains(nil) ? nil : $0.compactMap { $0 } }
  }

  /// The values to which a way leads from one of `sources`, and these themselves.
  func valuesReached(from sources: [ValueID]) -> Set<ValueID> {
    var found = Set(sources)
    for node in nodes where node.readValues.contains(where: found.contains) {
      found.formUnion(node.outputs.compactMap { $0 })
    }
    return found
  }
}
