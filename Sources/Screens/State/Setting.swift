internal import Graph
package import Pruning
internal import TerminalUI

/// What is set for the whole network, by the name that `secateur prune` has for it.
package enum Setting: String, Sendable, Hashable, CaseIterable {
  case scope, normalization, aggregation
  case macPenalty = "mac-penalty"
  case minimumKept = "min-keep"
  case maximumRatio = "max-ratio"
  case multiple = "round-to"
  case protected = "protect"

  /// What settings are set on: what is removed, and how a target is shared out.
  package struct Subject: Sendable, Hashable {
    package var settings: PruningSettings
    package var scope: Scope
  }

  /// The label in the dialog.
  var title: String {
    switch self {
    case .scope: "Scope"
    case .normalization: "Normalisation"
    case .aggregation: "Aggregation"
    case .macPenalty: "MAC penalty"
    case .minimumKept: "Kept at least"
    case .maximumRatio: "Goes at most"
    case .multiple: "Round to"
    case .protected: "Protected"
    }
  }

  /// The values to choose from; `nil` where text is typed.
  var choices: [String]? {
    switch self {
    case .scope: Scope.allCases.map(\.rawValue)
    case .normalization: Normalization.allCases.map(\.rawValue)
    case .aggregation: Aggregation.allCases.map(\.rawValue)
    default: nil
    }
  }

  /// What a value means, or what can be typed.
  func hint(_ value: String) -> String {
    switch self {
    case .scope: (Scope(rawValue: value) ?? .global).hint
    case .normalization: (Normalization(rawValue: value) ?? .mean).hint
    case .aggregation: (Aggregation(rawValue: value) ?? .sum).hint
    case .macPenalty: "a score is lowered by this λ for each million MACs of what goes together"
    case .minimumKept: "kernels that every layer keeps (:set min-keep)"
    case .maximumRatio: "the share of a layer's kernels: 0.8 or 80% (:set max-ratio)"
    case .multiple: "kernels are kept in multiples: 1, 8, 16, or fast, as measured here"
    case .protected: "layers that lose nothing: names, or patterns such as layer4.*"
    }
  }

  /// The value in force, as it is typed.
  package func text(_ subject: Subject) -> String {
    let settings = subject.settings
    return switch self {
    case .scope: subject.scope.rawValue
    case .normalization: settings.normalization.rawValue
    case .aggregation: settings.aggregation.rawValue
    case .macPenalty: "\(settings.macPenalty)".droppingZeroFraction
    case .minimumKept: "\(settings.minimumKept)"
    case .maximumRatio: "\(100 * settings.maximumRatio)".droppingZeroFraction + "%"
    case .multiple: settings.snapsToFastWidths ? "fast" : "\(settings.multiple)"
    case .protected:
      settings.protected.isEmpty ? "none" : settings.protected.sorted().joined(separator: " ")
    }
  }

  /// Sets a value that was typed; returns what is wrong with it, in a sentence, and changes nothing then.
  package func set(_ text: String, on subject: inout Subject, in groups: ChannelGroups) -> String? {
    switch self {
    case .scope:
      guard let scope = Scope(rawValue: text) else { return oneOf(Scope.allCases) }
      subject.scope = scope
    case .normalization:
      guard let found = Normalization(rawValue: text) else { return oneOf(Normalization.allCases) }
      subject.settings.normalization = found
    case .aggregation:
      guard let found = Aggregation(rawValue: text) else { return oneOf(Aggregation.allCases) }
      subject.settings.aggregation = found
    case .macPenalty:
      guard let penalty = Double(text), penalty.isFinite, penalty >= 0 else {
        return "Write a number from 0."
      }
      subject.settings.macPenalty = penalty
    case .minimumKept:
      guard let count = Int(text), count >= 1 else { return "Write a number from 1." }
      subject.settings.minimumKept = count
    case .maximumRatio:
      let ratio = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
      guard let ratio, 0...1 ~= ratio else {
        return "Write a share from 0 to 1, or a percentage such as 80%."
      }
      subject.settings.maximumRatio = ratio
    case .multiple:
      guard let multiple = text == "fast" ? PruningSettings.fastMultiple : Int(text), multiple >= 1 else {
        return "Write a number from 1, or fast."
      }
      subject.settings.multiple = multiple
      subject.settings.snapsToFastWidths = text == "fast"
    case .protected:
      switch Self.layers(like: text, in: groups) {
      case .success(let names): subject.settings.protected = names
      case .failure(let problem): return problem.sentence
      }
    }
    return nil
  }

  private func oneOf(_ values: [some RawRepresentable<String>]) -> String {
    "It is one of " + values.map(\.rawValue).joined(separator: ", ") + "."
  }

  /// The layers that patterns name, with spaces or commas between them; a name may contain some itself.
  private static func layers(like text: String, in groups: ChannelGroups) -> Result<
    Set<String>, PruningError
  > {
    if let names = try? groups.layerNames(like: text) { return .success(Set(names)) }
    let words = text.split { $0 == " " || $0 == "," }.map(String.init)
    if words.isEmpty || words == ["none"] { return .success([]) }
    do throws(PruningError) {
      var names = Set<String>()
      for word in words { names.formUnion(try groups.layerNames(like: word)) }
      return .success(names)
    } catch { return .failure(error) }
  }
}

extension Scope {
  /// What it means for a target, in a line.
  var hint: String {
    switch self {
    case .global: "a target compares the scores of all layers with each other"
    case .layer: "a target takes the same share of every layer"
    case .isomorphic: "a target takes the same share of every kind of group"
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

extension String {
  /// `1.0` as people write it: `1`.
  fileprivate var droppingZeroFraction: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}
