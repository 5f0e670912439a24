import Datasets
package import Graph

/// What two networks are run on: every input with its shape and values.
struct ComparedInputs {
  /// How many examples they are.
  let examples: Int
  /// The open axis of which this is a second extent; `nil` at the sizes that the network was opened with.
  var axis: String?
  /// By input.
  let feeds: [ValueID: (shape: [Int], values: [Float])]
}

extension BoundNetwork {
  /// What stands in for an input where there are no data: random numbers, and zeros where it holds integers, which choose
  /// something that must be there.
  func standIn(for input: ValueID, _ generator: inout SeededGenerator) -> [Float] {
    Self.standIn(specs[input.index]?.elementType, shape: shape(of: input) ?? [], &generator)
  }

  /// The same for a shape of another batch.
  package func standIn(for input: ValueID, shape: [Int], _ generator: inout SeededGenerator) -> [Float] {
    Self.standIn(specs[input.index]?.elementType, shape: shape, &generator)
  }

  static func standIn(_ type: ElementType?, shape: [Int], _ generator: inout SeededGenerator) -> [Float] {
    guard type?.isFloatingPoint ?? true else { return [Float](repeating: 0, count: shape.elementCount) }
    return (0..<shape.elementCount).map { _ in Float(generator.normal()) }
  }
}

extension OpenNetwork {
  /// The shapes of the inputs for a number of examples, as far as the file leaves that open.
  package func inputShapes(examples: Int) -> [ValueID: [Int]] {
    let axes = network.batchAxes
    guard axes.fixed == nil else { return inputShapes }
    return inputShapes.reduce(into: [:]) { shapes, input in
      var shape = input.value
      if let axis = axes.axis(of: input.key), shape.indices.contains(axis) { shape[axis] = examples }
      shapes[input.key] = shape
    }
  }

  /// The values that tell what the network computes: its outputs; in place of what cannot be computed before the data are
  /// there, what lies before it.
  var comparedValues: [ValueID] {
    bound.border.values.filter { bound.constant(of: $0) == nil && !network.inputs.contains($0) }
  }

  /// The same, or the values at `terms`.
  func comparedValues(at terms: [LossTerm]?) throws -> [ValueID] {
    guard let terms else { return comparedValues }
    var values: [ValueID] = []
    for term in terms {
      guard let value = network.value(named: term.value), bound.shape(of: value) != nil else {
        throw SessionError.noSuchValue(term.value, known: network.outputs.map(network.name(of:)))
      }
      values.append(value)
    }
    return values
  }

  /// The first examples of some data, or random ones where there are none that fit.
  func comparedInputs(examples: Int, data: Dataset?) -> ComparedInputs {
    if let data, let inputs = try? comparedInputs(of: data, examples: examples) { return inputs }
    let shapes = inputShapes(examples: examples)
    return ComparedInputs(
      examples: network.batchAxes.fixed == nil ? examples : bound.batchSize, feeds: standIns(shapes))
  }

  private func comparedInputs(of data: Dataset, examples: Int) throws -> ComparedInputs? {
    try data.requireInputFit(self)
    let feed = try BatchFeed(self, dataset: data)
    let order = try batches(of: Array(data.order().prefix(max(examples, fixedBatch ?? 1))), size: examples)
    let batch = try data.batch(order.order.prefix(order.size))
    guard batch.count == order.size else { return nil }
    let shapes = feed.shapes(examples: batch.count)
    var feeds: [ValueID: (shape: [Int], values: [Float])] = [:]
    for (input, values) in feed.inputs(batch) { feeds[input] = (shapes[input] ?? [], values) }
    return ComparedInputs(examples: batch.count, feeds: feeds)
  }

  /// Random inputs at a second extent of every axis that the file leaves open and the network takes others of, one after
  /// the other.
  func otherInputs() -> [ComparedInputs] {
    bound.openAxes().free.map { axis, other in
      let shapes = network.inputs.reduce(into: [:]) { $0[$1] = other.shape(of: $1) }
      return ComparedInputs(examples: other.batchSize, axis: axis.name, feeds: standIns(shapes))
    }
  }

  private func standIns(_ shapes: [ValueID: [Int]]) -> [ValueID: (shape: [Int], values: [Float])] {
    var generator = SeededGenerator(seed: 0x5EED)
    return network.inputs.reduce(into: [:]) { feeds, input in
      let shape = shapes[input] ?? []
      let type = network.values[input.index].declaredType?.elementType
      feeds[input] = (shape, BoundNetwork.standIn(type, shape: shape, &generator))
    }
  }
}
