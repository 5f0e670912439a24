import ArgumentParser
import Pruning

/// How scores become one order of all kernels.
struct RankingOptions: SettingOptions {
  @Option(help: PruningSetting.normalization.argumentHelp) var normalization = PruningSettings().normalization
  @Option(help: PruningSetting.aggregation.argumentHelp) var aggregation = PruningSettings().aggregation
  @Option(help: PruningSetting.macPenalty.argumentHelp) var macPenalty = PruningSettings().macPenalty

  var given: [(setting: PruningSetting, text: String?)] {
    [
      (.normalization, normalization.rawValue), (.aggregation, aggregation.rawValue),
      (.macPenalty, "\(macPenalty)"),
    ]
  }

  /// Settings that rank like this and remove nothing yet.
  var settings: PruningSettings {
    var settings = PruningSettings()
    put(into: &settings)
    return settings
  }
}
