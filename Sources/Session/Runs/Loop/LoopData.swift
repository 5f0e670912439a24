package import Datasets

/// The data that a loop works with.
package struct LoopData: Sendable {
  /// What kernels are scored on.
  package var scoring: Dataset?
  /// What iterations are measured on, as they are everywhere.
  package var evaluation: Dataset?
  /// What is learned from; `nil` where a training opens its own.
  package var training: Dataset?
  /// What the limit of a strategy is held against, and epochs are compared on.
  package var validation: Dataset?

  /// Data from their parts.
  package init(
    scoring: Dataset? = nil, evaluation: Dataset? = nil, training: Dataset? = nil, validation: Dataset? = nil
  ) {
    self.scoring = scoring
    self.evaluation = evaluation
    self.training = training
    self.validation = validation
  }

  /// What the attached data have for a goal.
  package init(of workbench: Workbench, for goal: IterationGoal) throws {
    self.init(scoring: workbench.dataset, evaluation: workbench.evaluationDataset)
    guard let configuration = workbench.attachedConfiguration, goal.strategy.limit != nil else { return }
    guard goal.training != nil || goal.strategy.preparation != nil else {
      validation = try workbench.open(configuration, preferring: [.validation, .test])
      return
    }
    let parts = try TrainingData(workbench, configuration: configuration)
    training = parts.training
    validation = parts.validation ?? parts.test
  }
}
