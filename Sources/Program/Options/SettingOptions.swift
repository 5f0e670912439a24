import ArgumentParser
import Pruning

/// Flags for settings of pruning, which the one table of them describes.
protocol SettingOptions: ParsableArguments {
  /// What was given, as the `:set` line takes it; `nil` for what was left out.
  var given: [(setting: PruningSetting, text: String?)] { get }
}

extension SettingOptions {
  func validate() throws {
    for case (let setting, let text?) in given where !setting.allows(text) {
      throw ValidationError("--\(setting.rawValue) is \(setting.allowed).")
    }
  }

  /// Puts what was given into settings.
  func put(into settings: inout PruningSettings) {
    var subject = PruningSetting.Subject(settings: settings)
    for case (let setting, let text?) in given {
      // What cannot be set was refused before the command began.
      try? setting.set(text, on: &subject)
    }
    settings = subject.settings
  }
}

extension PruningSetting {
  /// What `--help` says.
  var argumentHelp: ArgumentHelp { ArgumentHelp(help, valueName: valueName) }
}
