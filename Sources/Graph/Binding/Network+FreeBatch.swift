extension Network {
  /// The number of examples that the first input is declared to hold; `nil` where any number may come.
  public var fixedBatch: Int? {
    inputs.first.flatMap { values[$0.index].declaredType?.dimensions?.first?.extent }
  }

  /// The same network for any number of examples, where only the declaration of its inputs fixes one: exporters write
  /// down the batch that they were shown.
  ///
  /// Found by binding it for twice as many examples: whatever is computed must be twice as large along one axis, and the
  /// outputs along their first.
  ///
  /// - Returns: `nil` where something in the network depends on the number, or nothing fixes it.
  public func freeingBatch(inputShapes: [ValueID: [Int]] = [:]) -> Network? {
    guard let fixed = fixedBatch, 1...SizeLimit.extent / 2 ~= fixed else { return nil }
    var freed = self
    for input in inputs {
      guard var type = values[input.index].declaredType, let dimensions = type.dimensions,
        dimensions.first?.extent == fixed
      else { return nil }
      type.dimensions = [.symbolic("batch")] + dimensions.dropFirst()
      freed.declare(type, for: input)
    }
    let doubledShapes = inputShapes.mapValues { [2 * fixed] + $0.dropFirst() }
    guard
      let single = try? BoundNetwork(freed, inputShapes: inputShapes, batch: fixed, foldsWeights: false),
      let double = try? BoundNetwork(
        freed, inputShapes: doubledShapes, batch: 2 * fixed, foldsWeights: false),
      single.failures.isEmpty, double.failures.isEmpty, single.steps == double.steps
    else { return nil }
    func grows(_ value: ValueID) -> Int? {
      guard let before = single.shape(of: value), let after = double.shape(of: value),
        before.count == after.count
      else { return nil }
      let axes = before.indices.filter { before[$0] != after[$0] }
      return axes.count == 1 && after[axes[0]] == 2 * before[axes[0]] ? axes[0] : nil
    }
    let fed = valuesReached(from: inputs)
    for place in single.steps {
      for output in nodes[place].outputs {
        if let output, fed.contains(output), grows(output) == nil { return nil }
      }
    }
    return outputs.allSatisfy { !fed.contains($0) || grows($0) == 0 } ? freed : nil
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
