internal import Datasets
internal import Foundation
internal import Graph
internal import Pruning
internal import TerminalUI

/// What a record of changes compares with: what was chosen when the last one was written.
package struct RecordedChoice: Sendable, Hashable {
  let generation: Int
  let iteration: Int
  let subject: Setting.Subject
  let pursuit: Pursuit?

  init(_ state: ProgramState) {
    generation = state.engine.generation
    iteration = state.engine.currentIteration
    subject = state.settingSubject
    pursuit = state.history.pursuit
  }
}

/// Keeps a record of what is done: every change with its numbers, and with the words that do the same.
extension ProgramState {
  /// Takes what a change did into the record.
  mutating func record(_ effects: [Effect]) -> [Effect] {
    let count = record.count
    let last = record.last
    recordChoice()
    for effect in effects {
      guard let words = RecordWords.words(for: effect) else { continue }
      if case .engine(.prune) = effect { noteCriterion() }
      note(words, figures: RecordWords.figures(for: effect, self), examples: effect.recordedExamples(self))
    }
    guard record.count != count || record.last != last, let folder = engine.folder else { return [] }
    return [.keepRecord(record, folder: folder)]
  }

  /// Takes what was chosen since into the record. What a dialog only tries is not chosen yet.
  private mutating func recordChoice() {
    let now = RecordedChoice(self)
    guard let before = recordedChoice, before.generation == now.generation, before.iteration == now.iteration
    else {
      recordedChoice = now
      return
    }
    guard overlays.isEmpty, before != now, let groups = structure?.groups else { return }
    recordedChoice = now
    decide()
    let figures = RecordWords.figures(self)
    for words in RecordWords.words(from: before, to: now, in: groups) { note(words, figures: figures) }
  }

  /// Scoring can have begun by itself: what a prune went by is said before it.
  private mutating func noteCriterion() {
    guard let criterion = engine.scores.value?.criterion else { return }
    let words = "criterion \(criterion.rawValue)"
    if record.last(where: { $0.words.hasPrefix("criterion ") })?.words != words { note(words, figures: "") }
  }

  /// Adds to the record. A layer that is changed key by key is one change.
  private mutating func note(_ words: String, figures: String, examples: Int = 0) {
    let entry = RecordEntry(
      time: Date().timeIntervalSince1970.rounded(.down), iteration: engine.currentIteration, words: words,
      figures: figures,
      examples: examples)
    if let last = record.last, last.iteration == entry.iteration, last.subject == entry.subject,
      entry.subject != nil
    {
      record.removeLast()
    }
    record.append(entry)
  }
}

extension RecordEntry {
  /// What the entry says something about, where a later one about the same takes its place: `layer conv1`.
  fileprivate var subject: String? {
    let parts = words.split(separator: " ")
    guard parts.count == 2, parts[0] == "layer", let sign = parts[1].lastIndex(of: "=") else { return nil }
    return "layer " + parts[1][..<sign]
  }
}

extension RecordEntry {
  /// Whether what it says makes iterations.
  fileprivate var makesIteration: Bool {
    let command = words.prefix { $0 != " " }
    return ["prune", "auto", "adopt", "taylor-prune", "upsampling-prune"].contains(command)
  }
}

extension Effect {
  fileprivate func recordedExamples(_ state: ProgramState) -> Int {
    if case .engine(.prune) = self { state.engine.scores.value?.examples ?? 0 } else { 0 }
  }
}

/// Changes and effects in the words of the `:` line.
enum RecordWords {
  // MARK: Choices

  /// The lines that lead from one choice to another.
  static func words(from old: RecordedChoice, to new: RecordedChoice, in groups: ChannelGroups) -> [String] {
    var lines: [String] = []
    for setting in Setting.allCases {
      let text = setting.text(new.subject)
      if text != setting.text(old.subject) { lines.append("set \(setting.rawValue) \(text)") }
    }
    if let pursuit = new.pursuit {
      if pursuit != old.pursuit { lines.append("target \(pursuit.target.text)") }
    } else {
      lines += amounts(from: old.subject.settings, to: new.subject.settings, in: groups)
    }
    for (name, before, after) in [
      ("pin", old.subject.settings.pinned, new.subject.settings.pinned),
      ("cut", old.subject.settings.forced, new.subject.settings.forced),
    ] {
      for layer in Set(before.keys).union(after.keys).sorted() where before[layer] != after[layer] {
        let kernels = (after[layer] ?? []).sorted().map(String.init).joined(separator: ",")
        lines.append("\(name) \(layer)=\(kernels.isEmpty ? "none" : kernels)")
      }
    }
    return lines
  }

  /// The layers whose amounts changed, one for all that are tied to it.
  private static func amounts(from old: PruningSettings, to new: PruningSettings, in groups: ChannelGroups)
    -> [String]
  {
    var told: Set<Int> = []
    var words: [String] = []
    for (index, coupled) in groups.layers.enumerated() {
      let (name, kernels) = (coupled.layer.name, coupled.layer.kernels)
      guard old.amounts[name] != new.amounts[name], !told.contains(index) else { continue }
      told.formUnion(groups.tying(index))
      words.append("\(name)=\(text(new.amounts[name] ?? .percent(0), of: kernels))")
    }
    if words.isEmpty { return [] }
    // Names with spaces in them stand on lines of their own.
    return words.contains { $0.contains(" ") }
      ? words.map { "layer \($0)" } : ["layer " + words.joined(separator: " ")]
  }

  /// An amount as a share, by which just as many kernels go.
  private static func text(_ amount: Amount, of kernels: Int) -> String {
    switch amount {
    case .percent(let share): return number(share) + "%"
    case .keep(let kept):
      let share = 100 * Double(max(0, kernels - kept)) / Double(max(1, kernels))
      return number((share * 1e4 - 1e-6).rounded(.up) / 1e4) + "%"
    }
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int(cut: value)) : "\(value)"
  }

  /// What the network would have then.
  static func figures(_ state: ProgramState) -> String {
    guard let preview = state.decision?.preview else { return "" }
    return
      "params \(ChangeText.sentence(preview.parameters)), MACs \(ChangeText.sentence(preview.multiplyAccumulates))"
  }

  // MARK: Iterations

  /// The lines of a record that made an iteration: what was chosen in the one that it was made from since the prune before, and
  /// the prune; none where the record does not say.
  static func making(_ iteration: IterationSummary, in record: [RecordEntry]) -> [String] {
    guard let parent = iteration.parent, let made = iteration.made else { return [] }
    let entries = record.filter { $0.iteration == parent }
    // An entry's time is in whole seconds, and the prune follows it.
    guard let end = entries.lastIndex(where: { $0.makesIteration && $0.time <= made }) else { return [] }
    let start = entries[..<end].lastIndex { $0.makesIteration }.map { $0 + 1 } ?? 0
    return entries[start...end].map(\.words)
  }

  // MARK: Effects

  /// What does the same as an effect; `nil` for those that change nothing which is worth repeating.
  static func words(for effect: Effect) -> String? {
    switch effect {
    case .engine(let command): words(for: command)
    case .train(let request):
      "train"
        + request.options.sorted { $0.key < $1.key }.map {
          " --\($0.key)" + ($0.value == "true" ? "" : " \($0.value)")
        }
        .joined()
    case .iterate(let request):
      (request.procedure == .iterate ? "auto" : request.procedure.rawValue) + " "
        + request.arguments.joined(separator: " ")
    case .completePath, .listStart, .preview, .saveTheme, .saveLayout, .saveFilters, .keepRecord,
      .writeScript, .readScript, .copy, .quit:
      nil
    }
  }

  private static func words(for command: EngineCommand) -> String? {
    switch command {
    case .enqueue(let command): words(for: command)
    case .attach(let configuration):
      "attach " + (configuration.data ?? []).joined(separator: " ")
    case .score(let criterion): "criterion \(criterion.rawValue)"
    case .prune: "prune yes"
    case .recover(let settings): "recover " + settings.methods.map(\.rawValue).sorted().joined(separator: ",")
    case .stopTraining: "stop-training"
    case .openSchedule(let path): "schedule \(path)"
    case .go(let id): "go-to \(id)"
    case .discardScores: "discard-scores yes"
    case .measureSensitivity: "measure"
    case .evaluate: "evaluate"
    case .adopt(let path, let prefix): "adopt \(path)" + (prefix.map { " \($0)" } ?? "")
    case .readScores(let path): "scores \(path)"
    default: nil
    }
  }

  static func figures(for effect: Effect, _ state: ProgramState) -> String {
    guard case .engine(.prune) = effect, let decision = state.decision else { return "" }
    let kernels = decision.preview.layers.reduce(0) { $0 + $1.kernels.before - $1.kernels.after }
    return "−\(Quantity.grouped(kernels)) kernels by \(Running.scoreDescription(state)), \(figures(state))"
  }
}
