import Compute
import Datasets
import Graph
import Training

/// The data that epochs are compared on, with plans that compute with the weights in training.
struct Validation {
  private let network: OpenNetwork
  private let dataset: Dataset
  private let batchSize: Int
  private let order: [Int]
  private let outputs: [ValueID]
  private let options: ComputeOptions
  private let plans: PlanCache

  init(
    _ network: OpenNetwork, dataset: Dataset, batchSize: Int, _ objective: TrainingObjective,
    _ trainer: Trainer, _ feed: BatchFeed, _ options: ComputeOptions
  ) {
    self.network = network
    self.dataset = dataset
    self.batchSize = batchSize
    self.options = options
    order = Array(0..<dataset.count)
    outputs = objective.values
    plans = PlanCache(
      network.batched, purpose: .infer, outputs: objective.values, inputShapes: feed.shapes,
      options: options, sharingWeightsOf: trainer.plan)
  }

  var batchCount: Int { (order.count + batchSize - 1) / batchSize }

  /// A walk over the data.
  func begin() throws -> Measurement {
    Measurement(
      run: try BatchRun(
        network, dataset: dataset, order: order, batchSize: batchSize, purpose: .infer, outputs: outputs,
        options: options, plans: plans))
  }
}

/// One walk over the validation data.
final class Measurement {
  private let run: BatchRun
  private var sums = MeasuredBatch()

  init(run: BatchRun) { self.run = run }

  /// Examples that could not be read.
  var skipped: [Batch.Skipped] { run.skipped }

  var loss: Double { sums.lossSum / Double(max(1, sums.examples)) }
  /// The share of right decisions; `nil` without classes.
  var accuracy: Double? { sums.decisions > 0 ? Double(sums.correct) / Double(sums.decisions) : nil }

  /// Measures a batch; false when that was the last.
  func step(_ objective: TrainingObjective, _ teacher: Teacher?) throws -> Bool {
    try run.step { plan, batch, _ in
      let found = try objective.evaluate(
        plan, teacher: try teacher?.answer(batch), batch: batch, smooths: false)
      return MeasuredBatch(found, examples: batch.count)
    } take: {
      sums += $0
    }
  }
}

/// The network that is learned from.
struct Teacher {
  private let plans: PlanCache
  private let feed: BatchFeed

  init(
    _ network: OpenNetwork, dataset: Dataset, values: [ValueID], options: ComputeOptions
  ) throws {
    try dataset.requireInputFit(network)
    feed = try BatchFeed(network, dataset: dataset)
    plans = PlanCache(
      network.batched, purpose: .infer, outputs: values, inputShapes: feed.shapes, options: options)
  }

  /// The plan with the teacher's outputs for a batch.
  func answer(_ batch: Batch) throws -> ExecutionPlan {
    let inputs = feed.inputs(batch)
    let plan = try plans.plan(batchSize: batch.count)
    try plan.forward(inputs)
    return plan
  }
}
