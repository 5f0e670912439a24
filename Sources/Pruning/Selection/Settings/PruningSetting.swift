package import Errors

/// A setting that holds for the whole network, by the name that `secateur prune` has for it.
///
/// `definition` is the one table of them. Flags, the `:set` line, the dialog, plans and journals read it, in the order
/// of the cases.
package enum PruningSetting: String, Sendable, Hashable, CaseIterable {
  /// How scores are compared: between which kernels, divided by what, and of groups as what.
  case scope, normalization, aggregation
  /// What a score loses for what its kernels cost.
  case macPenalty = "mac-penalty"
  /// What every layer keeps.
  case minimumKept = "min-keep"
  /// What a layer loses at most.
  case maximumRatio = "max-ratio"
  /// What counts of kernels are brought to.
  case multiple = "round-to"
  /// Layers that lose nothing.
  case protected = "protect"
  /// When scoring ends by itself.
  case until

  /// What settings are set on: what is removed, how a target is shared out, and when scores are enough for it.
  package struct Subject: Sendable, Hashable {
    /// What is removed.
    package var settings: PruningSettings
    /// How a target is shared out.
    package var scope: Scope
    /// When scoring ends by itself.
    package var until: ScoringEnd

    /// A subject from its parts.
    package init(
      settings: PruningSettings = PruningSettings(), scope: Scope = .global, until: ScoringEnd = .automatic
    ) {
      self.settings = settings
      self.scope = scope
      self.until = until
    }
  }

  /// Why a value cannot be set.
  package enum Problem: Error, Sendable, Hashable {
    /// The setting takes other values.
    case value(of: PruningSetting)
    /// The value names what is not there.
    case pruning(CaughtError)

    /// What is wrong, for somebody who typed the value.
    package var sentence: String {
      switch self {
      case .value(let setting): (setting.choices == nil ? "Write " : "It is ") + setting.allowed + "."
      case .pruning(let error): error.sentence
      }
    }
  }

  /// A row of the table.
  struct Definition: Sendable {
    /// The label in the dialog.
    let title: String
    /// What `--help` says.
    let help: String
    /// What `--help` calls the value; as the flag where `nil`.
    var valueName: String?
    /// What a value means, or what can be typed.
    let hint: @Sendable (String) -> String
    /// How the value is written, read and kept.
    let form: SettingForm
    /// The key in plans; `nil` for what plans do not have.
    var planKey: String?
    /// Whether the setting holds for the network that a prune leaves.
    var outlivesPrune = true

    init(
      _ title: String, help: String, valueName: String? = nil, planKey: String?, outlivesPrune: Bool = true,
      _ form: SettingForm, hint: @escaping @Sendable (String) -> String
    ) {
      self.title = title
      self.help = help
      self.valueName = valueName
      self.planKey = planKey
      self.outlivesPrune = outlivesPrune
      self.form = form
      self.hint = hint
    }

    init(
      _ title: String, help: String, valueName: String? = nil, planKey: String?, outlivesPrune: Bool = true,
      _ form: SettingForm, hint: String
    ) {
      self.init(
        title, help: help, valueName: valueName, planKey: planKey, outlivesPrune: outlivesPrune, form,
        hint: { _ in hint })
    }
  }
}

extension PruningSetting {
  /// What the setting is.
  var definition: Definition {
    switch self {
    case .scope:
      Definition(
        "Scope", help: "Over which kernels scores are compared: global, layer or isomorphic.", planKey: nil,
        .choice(\.scope, journalKey: nil)
      ) { (Scope(rawValue: $0) ?? .global).hint }
    case .normalization:
      Definition(
        "Normalisation",
        help: "What divides a layer's scores, so that layers can be compared: none, l2, mean or max.",
        planKey: "normalization", .choice(\.settings.normalization, journalKey: "normalization")
      ) { (Normalization(rawValue: $0) ?? .mean).hint }
    case .aggregation:
      Definition(
        "Aggregation",
        help: "How scores of kernels that go together become one: sum, mean, max or first.",
        planKey: "aggregation", .choice(\.settings.aggregation, journalKey: "aggregation")
      ) { (Aggregation(rawValue: $0) ?? .sum).hint }
    case .macPenalty:
      Definition(
        "MAC penalty",
        help:
          "Lower a score by this much for each million multiply-accumulates of the kernels that go together.",
        valueName: "lambda", planKey: "mac_penalty",
        .number(\.settings.macPenalty, journalKey: "macPenalty"),
        hint: "a score is lowered by this λ for each million MACs of what goes together")
    case .minimumKept:
      Definition(
        "Kept at least", help: "Kernels that every layer keeps at least.", planKey: "minimum_kept",
        .count(\.settings.minimumKept, journalKey: "minimumKept"),
        hint: "kernels that every layer keeps (:set min-keep)")
    case .maximumRatio:
      Definition(
        "Goes at most", help: "Share of a layer's kernels that goes at most: 0.8 or 80%.",
        valueName: "ratio", planKey: "maximum_ratio",
        .share(\.settings.maximumRatio, journalKey: "maximumRatio"),
        hint: "the share of a layer's kernels: 0.8 or 80% (:set max-ratio)")
    case .multiple:
      Definition(
        "Round to", help: "Keep kernels in multiples of this many, or in those that are fast.",
        valueName: "n|fast", planKey: "round_to", .multiple,
        hint: "kernels are kept in multiples: 1, 8, 16, or fast, as measured here")
    case .protected:
      Definition(
        "Protected",
        help: "A layer that loses nothing, or a pattern of names with * and ?; may be repeated.",
        valueName: "name", planKey: "protected", .protected,
        hint: "layers that lose nothing: names, or patterns such as layer4.*")
    case .until:
      Definition(
        "Scored until",
        help: "Score until this share of what goes would go however many examples are scored.",
        valueName: "percent", planKey: nil, .until
      ) { $0.scoringEndHint }
    }
  }
}

// MARK: What is read of a row

extension PruningSetting {
  /// The label in the dialog.
  package var title: String { definition.title }
  /// What `--help` says.
  package var help: String { definition.help }
  /// What `--help` calls the value; as the flag where `nil`.
  package var valueName: String? { definition.valueName }
  /// The values to choose from; `nil` where text is typed.
  package var choices: [String]? { definition.form.choices }
  /// What can be set: `a number from 1`.
  package var allowed: String { definition.form.allowed }

  /// What a value means, or what can be typed.
  package func hint(_ value: String) -> String { definition.hint(value) }

  /// Values that can be typed, to begin with.
  ///
  /// - Parameter layers: those of the network.
  package func completions(among layers: [CoupledLayer]) -> [String] { definition.form.completions(layers) }

  /// The value in force, as it is typed.
  package func text(_ subject: Subject) -> String { definition.form.text(subject) }

  /// Sets a value that was typed; changes nothing where it cannot be set.
  ///
  /// - Parameter groups: those of the network, for names of layers; names are taken as they stand where `nil`.
  package func set(
    _ text: String, on subject: inout Subject, in groups: ChannelGroups? = nil
  ) throws(Problem) {
    let isRead: Bool
    do { isRead = try definition.form.read(text, &subject, groups) } catch {
      throw .pruning(CaughtError(error))
    }
    if !isRead { throw .value(of: self) }
  }

  /// Whether a value can be set, whatever layers there are.
  package func allows(_ text: String) -> Bool {
    var subject = Subject()
    do throws(Problem) { try set(text, on: &subject) } catch { return false }
    return true
  }
}

extension PruningSettings {
  /// The settings that hold for the network that a prune with these leaves. Kernels are numbered anew there, so only what
  /// names layers goes on.
  package var afterPrune: PruningSettings {
    let old = PruningSetting.Subject(settings: self)
    var new = PruningSetting.Subject()
    for row in PruningSetting.allCases.map(\.definition) where row.outlivesPrune {
      for property in row.form.properties { property.copy(old, &new) }
    }
    return new.settings
  }
}

// MARK: What values mean

extension Scope {
  fileprivate var hint: String {
    switch self {
    case .global: "a target compares the scores of all layers with each other"
    case .layer: "a target takes the same share of every layer"
    case .isomorphic: "a target takes the same share of every kind of group"
    }
  }
}

extension String {
  /// What a value of `until` means.
  fileprivate var scoringEndHint: String {
    switch self {
    case "auto": "scoring ends when 97% of what a target takes is sure"
    case "off": "all examples are scored"
    default: "scoring ends when so much of what goes is sure: 97%, auto or off"
    }
  }
}

extension Normalization {
  fileprivate var hint: String {
    switch self {
    case .none: "scores are compared between layers as they are"
    case .l2: "a layer's scores are divided by their L2 norm: wide layers go first"
    case .mean: "a layer's scores are divided by their mean"
    case .max: "a layer's scores are divided by the largest of them"
    }
  }
}

extension Aggregation {
  fileprivate var hint: String {
    switch self {
    case .auto: "scores from data are added up, of those from weights the largest counts"
    case .sum: "the scores of kernels that go together are added up"
    case .mean: "the mean of the scores of kernels that go together"
    case .max: "the largest score of kernels that go together"
    case .first: "the score of the first of the kernels that go together"
    }
  }
}
