import ArgumentParser
import Pruning

/// How scores become one order of all kernels.
struct RankingOptions: ParsableArguments {
  @Option(
    help: "How layers are made comparable: none, l2, mean or max; each criterion has its usual one.")
  var normalization: Normalization?
  @Option(help: "How scores of kernels that go together become one: sum, mean, max or first.")
  var aggregation: Aggregation?
  @Option(
    help: ArgumentHelp(
      "Lower a score by this much for each million multiply-accumulates of the kernels that go together.",
      valueName: "lambda"))
  var macPenalty: Double = 0

  func validate() throws {
    guard macPenalty.isFinite, macPenalty >= 0 else {
      throw ValidationError("--mac-penalty is a number from 0.")
    }
  }

  /// Settings for scores by a criterion that remove nothing yet.
  func settings(for criterion: Criterion) -> PruningSettings {
    var settings = PruningSettings(criterion: criterion)
    if let normalization { settings.normalization = normalization }
    if let aggregation { settings.aggregation = aggregation }
    settings.macPenalty = macPenalty
    return settings
  }
}
