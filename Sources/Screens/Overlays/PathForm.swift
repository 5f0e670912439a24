package import Datasets
package import TerminalUI

/// A form with fields that hold paths, which Tab completes.
package protocol PathForm: FormOverlay {
  /// The names of these fields.
  static var paths: Set<String> { get }
  /// Which files they are completed to.
  static var completed: CompletedFiles { get }
  /// Follows a change of a field.
  mutating func formChanged()
}

extension PathForm {
  package static var completed: CompletedFiles { .all }

  package var hints: [(Key, String)] {
    [(.tab, "complete, next field"), (.enter, "go on"), (.escape, "cancel")]
  }

  /// The path in a field; `nil` where it is empty, which the field says then.
  mutating func path(in field: String) -> String? {
    let path = form.text(of: field)
    if path.isEmpty { form.setProblem("Say which file.", of: field) }
    return path.isEmpty ? nil : path
  }

  package mutating func formChanged() {}

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    handleInPathForm(event, &state)
  }

  /// Handles an event in the form; Tab completes paths.
  mutating func handleInPathForm(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    if let effect = completion(event) { return .stays([effect]) }
    switch form.handleAmongCandidates(event) {
    case .pressed("ok"): return submit(&state)
    case .pressed, .cancelled: return .closes()
    case .changed: formChanged()
    case .handled: break
    }
    return .stays()
  }

  /// The effect that completes a path, if the event is a Tab in one of the path fields that has no candidates yet.
  private func completion(_ event: Event) -> Effect? {
    guard event == .key(.tab), form.fields.indices.contains(form.focus),
      Self.paths.contains(form.fields[form.focus].id), let field = form.focusedText, field.candidates.isEmpty
    else { return nil }
    return .completePath(prefix: field.text, of: Self.completed)
  }
}

enum PathCompletion {
  /// Completes the path that is being typed, if it is still the one that was asked about.
  static func complete(_ state: inout ProgramState, _ prefix: String, with candidates: [String]) -> [Effect] {
    let now = state
    if state.overlays.change(Palette.self, { $0.take(candidates, for: prefix, now) }) { return [] }
    if let effects = StartOverlay.take(&state, candidates, for: prefix) { return effects }
    func completed(_ form: Form) -> Form {
      var form = form
      guard form.fields.indices.contains(form.focus), case .text(let field) = form.fields[form.focus].value,
        field.text == prefix
      else { return form }
      // A path that is whole already lets Tab go on to the next field.
      _ = form.handle(.key(.tab)) { _, _ in candidates == [prefix] ? [] : candidates }
      return form
    }
    guard var dialog = state.overlays.last as? any PathForm else { return [] }
    dialog.form = completed(dialog.form)
    dialog.formChanged()
    state.overlays.replaceLast(dialog)
    return []
  }
}

extension Form {
  /// Handles an event; Tab goes through the candidates that a completion left, if there are some.
  mutating func handleAmongCandidates(_ event: Event) -> Outcome {
    var candidates: [String] = []
    if fields.indices.contains(focus), case .text(let field) = fields[focus].value {
      candidates = field.candidates
    }
    return handle(event) { _, _ in candidates }
  }
}
