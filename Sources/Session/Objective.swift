import Compute
import Datasets
public import Graph
public import Training

/// What a network is measured by: one of its outputs and a loss.
public struct Objective: Sendable {
  /// The loss.
  public let loss: Loss
  /// The value that the loss is taken of: the output, or for cross entropy the logits before its softmax.
  public let value: ValueID
  /// The value's shape for one example, without the batch dimension.
  public let shape: [Int]

  /// The objective of a network's first output, or of the output called `output`.
  public init(_ bound: BoundNetwork, loss: Loss, output: String? = nil) throws(SessionError) {
    let network = bound.network
    var value: ValueID
    if let output {
      guard let named = network.value(named: output) else {
        throw .noSuchValue(output, known: network.outputs.map(network.name(of:)))
      }
      value = named
    } else {
      guard let first = network.outputs.first else { throw .noSuchValue("an output", known: []) }
      value = first
    }
    if loss == .crossEntropy, let producer = Topology(network).producer(of: value) {
      let node = network.nodes[producer]
      // Cross entropy is taken of logits; of probabilities it would be taken twice.
      if node.op == "Softmax" || node.op == "LogSoftmax", let logits = node.inputs.first ?? nil {
        value = logits
      }
    }
    guard let shape = bound.shape(of: value) else {
      if let failure = bound.failures.first { throw .graph(failure.error) }
      throw .noSuchValue(network.name(of: value), known: [])
    }
    self.loss = loss
    self.value = value
    self.shape = Array(shape.dropFirst())
  }

  /// Classes that the output tells apart, where it is one number a class.
  public var classes: Int? {
    loss == .crossEntropy && shape.dropFirst().allSatisfy { $0 == 1 } ? shape.first : nil
  }

  /// Measures a batch's outputs.
  func evaluate(_ output: [Float], batch: Batch, seed: UInt64) throws(SessionError) -> LossEvaluation {
    return try SessionError.training { () throws(TrainingError) in
      try loss.evaluate(
        output: output, shape: [batch.count] + shape, targets: batch.targets(for: loss), seed: seed)
    }
  }
}
