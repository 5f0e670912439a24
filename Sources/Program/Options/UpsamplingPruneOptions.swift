import ArgumentParser
import Procedures
import Training

/// What `upsampling-prune` and the terminal program's command of that name are told.
struct UpsamplingPruneOptions: ParsableArguments {
  @Option(help: "How much larger than the original's the error may become: a factor from 1.")
  var performanceCriterion = UpsamplingPruning().performanceCriterion
  @Option(help: "Share of the parameters that goes with each step, in per cent.")
  var stepSize = UpsamplingPruning().pruningStepSize
  @Option(help: "Steps at most.") var maxSteps = UpsamplingPruning().maximumSteps
  @Option(help: "Share of the parameters that may go at most, 0…1.")
  var maxRatio = UpsamplingPruning().maximumPruningRatio
  @Option(help: "Epochs with regularisation before each removal.")
  var regularizationEpochs = UpsamplingPruning().growingRegularizationEpochs
  @Option(
    help: """
      What drives channels to zero there: growing, by a penalty that grows faster for those of less importance; \
      group-norm, by one that is up to sixteen times as large for them; group-lasso or bn-scale.
      """)
  var regularization = UpsamplingPruning().regularization.kind
  @Option(help: "The penalty's strength; growing begins with it.")
  var reg = UpsamplingPruning.usualRegularization
  @Option(help: "By how much growing grows each epoch for the least important channel.")
  var delta = UpsamplingPruning.usualGrowth
  @Option(help: "Epochs of training after each removal.") var retrainEpochs = UpsamplingPruning()
    .retrainEpochs
  @Option(help: "The learning rate of Adam.") var rate = UpsamplingPruning.usualTraining.rate
  @Option(help: "Examples a training step.") var batchSize = UpsamplingPruning.usualTraining.batchSize

  /// The procedure that was asked for.
  func procedure(seed: Int?) -> UpsamplingPruning {
    var procedure = UpsamplingPruning()
    procedure.performanceCriterion = performanceCriterion
    procedure.pruningStepSize = stepSize
    procedure.maximumSteps = maxSteps
    procedure.maximumPruningRatio = maxRatio
    procedure.growingRegularizationEpochs = regularizationEpochs
    procedure.regularization = SparsitySettings(regularization, strength: reg, growth: delta)
    procedure.retrainEpochs = retrainEpochs
    procedure.training.rate = rate
    procedure.training.batchSize = batchSize
    procedure.training.seed = UInt64(bitPattern: Int64(seed ?? 0))
    return procedure
  }
}
