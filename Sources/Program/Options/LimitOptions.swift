import ArgumentParser
import Pruning
import Session

/// What every layer keeps, whatever is asked to go.
struct LimitOptions: SettingOptions {
  @Option(help: PruningSetting.minimumKept.argumentHelp) var minKeep = PruningSettings().minimumKept
  @Option(help: PruningSetting.maximumRatio.argumentHelp) var maxRatio: String?
  @Option(help: PruningSetting.protected.argumentHelp) var protect: [String] = []
  @Option(help: PruningSetting.multiple.argumentHelp) var roundTo: Multiple?

  /// What counts of kernels are brought to.
  struct Multiple: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
      guard PruningSetting.multiple.allows(argument) else { return nil }
      text = argument
    }
  }

  var given: [(setting: PruningSetting, text: String?)] {
    [(.minimumKept, "\(minKeep)"), (.maximumRatio, maxRatio), (.multiple, roundTo?.text)]
  }

  /// Puts the limits into settings for a network.
  func apply(to settings: inout PruningSettings, in opened: OpenNetwork) throws {
    put(into: &settings)
    // Each is one pattern, whatever stands in it.
    for pattern in protect {
      settings.protected.formUnion(
        try opened.groups.layerNames(like: pattern))
    }
  }
}
