public import Compute
public import Datasets
import Pruning
public import Session
import Training

extension UpsamplingPruning {
  /// What iterations that come of it are said to come of.
  package static let name = "upsampling-prune"

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - network: the trained network.
  ///   - training: what is learned from.
  ///   - validation: what errors are measured on.
  ///   - report: called as it goes on; false stops after what is whole.
  public func run(
    _ network: OpenNetwork, training data: Dataset, validation: Dataset,
    options: ComputeOptions = ComputeOptions(), report: @escaping (Event) -> Bool = { _ in true }
  ) throws -> Result {
    try validated()
    guard network.groups.layers.contains(where: \.isPrunable) else {
      throw ProcedureError.unsupportedArchitecture
    }
    let loop = try IterationLoop(
      Workbench(network, options: options), goal: goal(from: 0),
      data: LoopData(scoring: data, training: data, validation: validation))
    var run = UpsamplingRun(self, loop, report: report)
    return try run.run()
  }

  /// What is to come of it in a session.
  ///
  /// - Parameter start: the iteration that it begins with.
  package func goal(from start: Int) -> IterationGoal {
    func settings(epochs: Int) -> TrainingSettings? {
      guard epochs > 0 else { return nil }
      var settings = training
      settings.epochs = epochs
      settings.schedule.warmUp = 0
      return settings
    }
    var goal = IterationGoal(
      start: start, keep: 100 - 100 * maximumPruningRatio, of: .parameters, steps: maximumSteps)
    goal.criterion = .groupL2
    goal.training = settings(epochs: retrainEpochs)
    goal.strategy.stepSize = .percent(pruningStepSize)
    goal.strategy.preparation = settings(epochs: growingRegularizationEpochs)
    goal.strategy.preparation?.sparsity = regularization
    goal.strategy.variesSeed = true
    goal.strategy.limit = .lossFactor(performanceCriterion)
    goal.strategy.name = Self.name
    return goal
  }
}
