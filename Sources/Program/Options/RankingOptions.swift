import ArgumentParser
import Pruning

/// How scores become one order of all kernels.
struct RankingOptions: ParsableArguments {
  @Option(help: "What divides a layer's scores, so that layers can be compared: none, l2, mean or max.")
  var normalization = PruningSettings().normalization
  @Option(help: "How scores of kernels that go together become one: sum, mean, max or first.")
  var aggregation = PruningSettings().aggregation
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

  /// Settings that rank like this and remove nothing yet.
  var settings: PruningSettings {
    var settings = PruningSettings()
    settings.normalization = normalization
    settings.aggregation = aggregation
    settings.macPenalty = macPenalty
    return settings
  }
}
