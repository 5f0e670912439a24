public import Compute
public import Datasets
public import Graph

/// Trains a network's parameters on a data set, a batch a step. Used on one thread.
public final class Trainer {
  /// What a step did.
  public struct Step: Sendable, Hashable {
    /// The mean loss of the batch before the step.
    public let loss: Double
    /// Examples of the batch that were classified right; `nil` without classes.
    public let correct: Int?
    /// Examples in the batch.
    public let examples: Int
  }

  private let network: Network
  private let input: ValueID
  private let output: ValueID
  private let loss: Loss
  private let plan: ExecutionPlan
  private let parameters: [ValueID]
  private let statistics: [ValueID]
  private let batchSize: Int
  private var optimizer: any Optimizer
  private var steps = 0

  /// A trainer for batches of one size; what is left over at an epoch's end waits for the next shuffle.
  public init(
    _ network: Network, loss: Loss, batchSize: Int, exampleShape: [Int], optimizer: any Optimizer,
    options: ComputeOptions = ComputeOptions()
  ) throws(ComputeError) {
    guard let input = network.inputs.first, let output = network.outputs.first else {
      throw .missingInput("input")
    }
    let bound: BoundNetwork
    do throws(GraphError) {
      bound = try BoundNetwork(network, inputShapes: [input: [batchSize] + exampleShape], foldsWeights: false)
    } catch { throw .network(error) }
    self.network = network
    self.input = input
    self.output = output
    self.loss = loss
    self.batchSize = batchSize
    self.optimizer = optimizer
    (parameters, statistics) = Self.roles(of: bound)
    plan = try ExecutionPlan(bound, purpose: .train(parameters: parameters), options: options)
  }

  /// One step on a batch.
  public func step(_ batch: Batch, rate: Float) throws(TrainingRunError) -> Step {
    do throws(ComputeError) { try plan.forward([input: batch.inputs]) } catch { throw .compute(error) }
    let evaluation = try evaluate(batch)
    let mean = evaluation.losses.reduce(0, +) / Double(batch.count)
    guard mean.isFinite else { throw .training(.diverged(step: steps)) }
    let scale = 1 / Float(batch.count)
    do throws(ComputeError) {
      try plan.backward([output: evaluation.gradient.map { $0 * scale }])
      for parameter in parameters {
        var values = try plan.parameter(parameter)
        optimizer.step(parameter, values: &values, gradient: try plan.gradient(of: parameter), rate: rate)
        try plan.setParameter(parameter, values)
      }
    } catch { throw .compute(error) }
    steps += 1
    return Step(loss: mean, correct: evaluation.correct, examples: batch.count)
  }

  /// The network with the parameters and running statistics as they are now.
  public func trained() throws(ComputeError) -> Network {
    var network = network
    for value in parameters + statistics {
      guard let old = network.constants[value] else { continue }
      network.constants[value] = Tensor(try plan.parameter(value), shape: old.shape).converted(
        to: old.elementType)
    }
    return network
  }

  private func evaluate(_ batch: Batch) throws(TrainingRunError) -> LossEvaluation {
    let values: [Float]
    do throws(ComputeError) { values = try plan.value(output) } catch { throw .compute(error) }
    do throws(TrainingError) {
      return try loss.evaluate(
        output: values, shape: plan.shape(of: output) ?? [], targets: batch.targets(for: loss))
    } catch { throw .training(error) }
  }

  /// The learned constants of a network, and the running statistics of its batch normalizations.
  package static func roles(of bound: BoundNetwork) -> (parameters: [ValueID], statistics: [ValueID]) {
    let provenance = ConstantProvenance(bound)
    var parameters = Set<ValueID>()
    var statistics = Set<ValueID>()
    for (place, node) in bound.network.nodes.enumerated() {
      guard let rule = bound.table.rule(for: node) else { continue }
      for number in rule.learnableInputs(bound.call(at: place)) where number < node.inputs.count {
        guard let value = node.inputs[number] else { continue }
        // Quantized weights are integers: no gradient moves them.
        parameters.formUnion(
          provenance.roots(of: value).filter {
            bound.network.constants[$0]?.elementType.isFloatingPoint ?? false
          })
      }
      if node.op == "BatchNormalization" {
        for value in node.inputs[3...4] { if let value { statistics.formUnion(provenance.roots(of: value)) } }
      }
    }
    return (parameters.subtracting(statistics).sorted(), statistics.sorted())
  }
}

/// What can stop a training run.
public enum TrainingRunError: Error, Sendable {
  case compute(ComputeError)
  case training(TrainingError)
}
