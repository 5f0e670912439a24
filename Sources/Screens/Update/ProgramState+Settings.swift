internal import Errors
internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// What is set for the whole network now.
  var settingSubject: Setting.Subject {
    Setting.Subject(settings: settings, scope: scope, until: chosenUntil)
  }

  // MARK: By name

  /// Opens the dialog, or sets what was typed: a flag of `secateur prune` by its name, and a value.
  mutating func beginSettings(_ argument: String) -> [Effect] {
    let parts = argument.split(separator: " ", maxSplits: 1)
    guard let name = parts.first.map(String.init) else {
      openSettings()
      return []
    }
    let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    if Target.flags.contains(name) {
      guard let target = Target(flag: name, value) else {
        say(Self.shareWanted(after: name), .warning)
        return []
      }
      return pursue(target, scope: scope)
    }
    guard let setting = Setting(rawValue: name) else {
      let names = (Setting.allCases.map(\.rawValue) + Target.flags).joined(separator: ", ")
      say("There is no setting \"\(name)\". There are \(names).", .warning)
      return []
    }
    if value.isEmpty {
      say("\(name) is \(setting.text(settingSubject)): \(setting.hint(setting.text(settingSubject))).")
      return []
    }
    guard let groups = structure?.groups else { return [] }
    var subject = settingSubject
    do throws(Setting.Problem) {
      try setting.set(value, on: &subject, in: groups)
    } catch {
      say(error.sentence, .warning)
      return []
    }
    if put(subject, title: "\(name) \(setting.text(subject))") {
      say("\(name) is \(setting.text(subject)) now." + standingNote)
    }
    return []
  }

  /// What a flag for a target takes, in a sentence.
  private static func shareWanted(after name: String) -> String {
    let example = Target(flag: name, "50%")?.quantity.measure.map { " or \($0.exampleAmount)" } ?? ""
    return "Write a share after \(name), such as 50%\(example)."
  }

  /// The whole `:set` lines that can stand instead of what was typed after the command.
  func settingCompletions(of typed: String) -> [Completion] {
    let subject = settingSubject
    guard let space = typed.firstIndex(of: " ") else {
      return Setting.allCases.map {
        let now = $0.text(subject)
        return Completion($0.rawValue, "\(now) now: \($0.hint(now))")
      } + Target.flags.map { Completion($0, "a target: what may remain of the whole network") }
    }
    let name = String(typed[..<space])
    guard let setting = Setting(rawValue: name) else { return [] }
    return setting.completions(among: coupledLayers).map { Completion("\(name) \($0)", setting.hint($0)) }
  }

  // MARK: In force

  /// Puts settings in force; a target that stands is shared out anew by them. `false` if they cannot be followed.
  @discardableResult
  mutating func put(_ subject: Setting.Subject, title: String) -> Bool {
    chosenScope = subject.scope
    chosenUntil = subject.until
    guard var pursuit = history.pursuit, let chooser else {
      return commit(subject.settings, title: title, pursuit: history.pursuit)
    }
    pursuit.scope = subject.scope
    do {
      guard let request = request(subject.settings, for: pursuit) else {
        return commit(subject.settings, title: title, pursuit: pursuit)
      }
      return commit(try chooser.choice(request).settings, title: title, pursuit: pursuit)
    } catch {
      say(CaughtError(error).advice, .warning)
      return false
    }
  }

  /// What becomes of the target that stands, behind a message.
  var standingNote: String {
    guard let pursuit = history.pursuit else { return "" }
    return " \(pursuit.target.text) is shared out anew."
  }

  // MARK: The dialog

  private mutating func openSettings() {
    let subject = settingSubject
    var dialog = SettingsDialog(
      form: Form(title: "Settings", buttons: [.cancel, Form.Button("ok", "Keep")], idealWidth: 74),
      opening: subject, before: history, scopeBefore: chosenScope, untilBefore: chosenUntil,
      iteration: engine.currentIteration)
    dialog.form.fields = Setting.allCases.map { setting in
      let text = setting.text(subject)
      let value: Form.Value =
        setting.choices.map { .choice($0, selected: $0.firstIndex(of: text) ?? 0) } ?? .text(TextField(text))
      return Form.Field(setting.rawValue, setting.title, value, hint: setting.hint(text))
    }
    dialog.form.focus = 0
    overlays.append(dialog)
  }

  /// The effect that measures the widths that the choice needs, where that is asked for and was not done.
  mutating func neededWidths() -> [Effect] {
    guard settings.snapsToFastWidths, structure != nil else { return [] }
    shareOutByNewWidths()
    decide()
    let multiples = decision?.widthsNeeded ?? [:]
    let request = WidthRequest(structure: engine.structure.version, multiples: multiples)
    guard !multiples.isEmpty, request != askedWidths else { return [] }
    askedWidths = request
    return [.engine(.measureWidths(near: multiples))]
  }

  /// Shares a target that stands out anew when widths were measured: as one command would, which measures first.
  ///
  /// The step that set the amounts is made again, so that one step takes it back.
  private mutating func shareOutByNewWidths() {
    guard let decision, let pursuit = history.pursuit, let step = history.undoable, history.redoable == nil,
      decision.basis.generation == engine.generation, decision.basis.structure == engine.structure.version,
      let known = decision.basis.widths, known != engine.widths.version, let chooser,
      let request = request(settings, for: pursuit), let choice = try? chooser.choice(request),
      choice.settings != settings
    else { return }
    _ = history.undo()
    history.record(choice.settings, title: step.title, pursuit: pursuit)
  }
}
