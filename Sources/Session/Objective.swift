import Compute
package import Datasets
package import Graph
package import Training

/// What a network is measured by: a loss of one of its values, or of several with weights.
package struct Objective: Sendable {
  /// One value that the loss is taken of.
  package struct Term: Sendable, Hashable {
    /// The value: an output, for cross entropy the logits before its softmax, or any value before it.
    package let value: ValueID
    /// What its loss counts for in the sum.
    package let weight: Double
    /// The value's shape for one example, without the batch dimension.
    package let shape: [Int]
    /// The axis along which the value holds examples.
    let batchAxis: Int
  }

  /// A batch's loss, and its gradients by value.
  struct Evaluation {
    /// One loss an example, summed over the terms.
    var losses: [Double]
    var gradients: [ValueID: [Float]]
    /// By the first term; `nil` where there are no classes.
    var correct: Int?
    var correctInFive: Int?
    /// Of what `correct` counts: examples, or places of maps.
    var decisions = 0
  }

  /// The loss.
  package let loss: Loss
  /// What it is taken of; never empty. Accuracy is that of the first.
  package let terms: [Term]

  /// The first term's value.
  package var value: ValueID { terms[0].value }
  /// The first term's shape for one example.
  package var shape: [Int] { terms[0].shape }
  /// The values of all terms, each once.
  package var values: [ValueID] { Array(Set(terms.map(\.value))).sorted() }

  /// The objective that a data set's configuration names: by default its loss of the network's first output.
  package init(_ bound: BoundNetwork, dataset: Dataset) throws {
    try self.init(bound, loss: Loss(dataset.loss), at: dataset.configuration.lossAt)
  }

  /// The loss of the values at `terms`, or of the network's first output.
  package init(_ bound: BoundNetwork, loss: Loss, at terms: [LossTerm]? = nil) throws {
    let network = bound.network
    var summands: [Term] = []
    if let terms {
      for term in terms {
        guard let value = network.value(named: term.value), network.constants[value] == nil else {
          throw SessionError.noSuchValue(term.value, known: network.outputs.map(network.name(of:)))
        }
        summands.append(try Self.term(bound, loss, value, weight: term.weight))
      }
    } else {
      guard let first = network.outputs.first else { throw SessionError.noSuchValue("an output", known: []) }
      summands = [try Self.term(bound, loss, first, weight: 1)]
    }
    self.loss = loss
    self.terms = summands
  }

  private static func term(
    _ bound: BoundNetwork, _ loss: Loss, _ named: ValueID, weight: Double
  ) throws -> Term {
    let network = bound.network
    var value = named
    if loss == .crossEntropy, let producer = Topology(network).producer(of: value) {
      // Cross entropy is taken of logits; of probabilities it would be taken twice.
      if case .probabilities = bound.traits(at: producer).role,
        let logits = network.nodes[producer].inputs.first ?? nil
      {
        value = logits
      }
    }
    guard let shape = bound.shape(of: value) else {
      if let failure = bound.failures.first { throw failure.error }
      throw SessionError.noSuchValue(network.name(of: value), known: [])
    }
    let axis = network.batchAxes.axis(of: value).flatMap { shape.indices.contains($0) ? $0 : nil } ?? 0
    var example = shape
    if !example.isEmpty { example.remove(at: axis) }
    return Term(value: value, weight: weight, shape: example, batchAxis: axis)
  }

  /// Classes that the output tells apart, where it is one number a class; `nil` for maps.
  package var classes: Int? {
    loss == .crossEntropy && shape.dropFirst().allSatisfy { $0 == 1 } ? shape.first : nil
  }

  /// Measures a batch after a plan's forward pass.
  func evaluate(
    _ plan: ExecutionPlan, batch: Batch, labelSmoothing: Double = 0, seed: UInt64
  ) throws -> Evaluation {
    var result: Evaluation?
    for (number, term) in terms.enumerated() {
      let values = try plan.value(term.value)
      let shape = BatchedShape(example: term.shape, axis: term.batchAxis)
      let output = shape.examplesFirst(values, examples: batch.count)
      // Each term's random directions are its own.
      let found = try loss.evaluate(
        output: output, shape: [batch.count] + term.shape, targets: batch.targets(for: loss),
        labelSmoothing: labelSmoothing, seed: seed &+ UInt64(number) << 32)
      let losses = found.losses.map { $0 * term.weight }
      let slopes = term.weight == 1 ? found.gradient : found.gradient.map { $0 * Float(term.weight) }
      let gradient = shape.inPlace(slopes, examples: batch.count)
      guard var sum = result else {
        result = Evaluation(
          losses: losses, gradients: [term.value: gradient], correct: found.correct,
          correctInFive: found.correctInFive, decisions: found.decisions)
        continue
      }
      for index in losses.indices { sum.losses[index] += losses[index] }
      sum.gradients[term.value] = sum.gradients[term.value].map { zip($0, gradient).map(+) } ?? gradient
      result = sum
    }
    guard let result else { preconditionFailure("an objective has a term") }
    return result
  }
}
