package import TerminalUI

/// What lies over the panes and takes all keys: a dialog, a question, a list, something to read.
///
/// One is shown by `state.overlays.append(_:)`, a form by `state.show(_:)`, and by that alone: there is no list of them.
package protocol Overlay: Sendable, Hashable {
  /// The keys that it takes, for the footer.
  var hints: [(Key, String)] { get }
  /// Whether a field in it has the focus that takes text.
  var takesText: Bool { get }
  /// Whether it asks before the program ends.
  var asksToQuit: Bool { get }

  /// Takes an event. Meanwhile it is off the stack, so that what it opens lies above it if it stays.
  mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction
  /// Draws it over what is there.
  mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle)
  /// Follows the engine's news, which are in the state already; `false` takes it away.
  mutating func adopt(_ news: News, _ state: ProgramState) -> Bool
}

/// What an overlay does about an event.
package enum OverlayReaction: Sendable, Hashable {
  case stays(_ effects: [Effect] = [])
  case closes(_ effects: [Effect] = [])
}

extension Overlay {
  package var takesText: Bool { false }
  package var asksToQuit: Bool { false }

  /// Most make no sense for another model.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool { !news.isAnotherModel }
}

// MARK: Forms and menus

/// An overlay that is a form.
package protocol FormOverlay: Overlay {
  var form: Form { get set }
  /// Whether what was typed stays when it is left by Escape, for the next time it is opened.
  var keepsDraft: Bool { get }
  /// What it will do, in words, as its fields are now.
  func outcome(_ state: ProgramState) -> [[Span]]
  /// Follows values that were put back into its fields.
  mutating func wasRestored(_ state: ProgramState)
  /// Does what the form is for, or says in the form what is wrong and stays.
  mutating func submit(_ state: inout ProgramState) -> OverlayReaction
}

extension FormOverlay {
  package var takesText: Bool { form.focusedText != nil }
  package var keepsDraft: Bool { !form.fields.isEmpty }
  package func outcome(_ state: ProgramState) -> [[Span]] { [] }
  package mutating func wasRestored(_ state: ProgramState) {}

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction { .closes() }

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch form.handle(event) {
    case .pressed("ok"): submit(&state)
    case .pressed, .cancelled: .closes()
    case .changed, .handled: .stays()
    }
  }

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    var form = form
    form.outcome = outcome(state)
    form.draw(into: &grid, in: area)
  }
}

/// An overlay that is a menu.
package protocol MenuOverlay: Overlay {
  var menu: Menu { get set }
}

extension MenuOverlay {
  package var hints: [(Key, String)] { [(.enter, "choose"), (.escape, "cancel")] }

  package mutating func draw(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    menu.draw(into: &grid, in: area)
  }
}

// MARK: The stack

/// The overlays that are shown, the last one on top.
package struct OverlayStack: Sendable, Equatable {
  private var overlays: [any Overlay] = []
  /// What came by itself while somebody typed, in the order in which it is shown then.
  private var waiting: [any Overlay] = []

  package var isEmpty: Bool { overlays.isEmpty }
  package var count: Int { overlays.count }
  package var last: (any Overlay)? { overlays.last }

  /// Shows one on top.
  package mutating func append(_ overlay: some Overlay) { overlays.append(overlay) }

  /// Has one wait until nobody types.
  fileprivate mutating func hold(_ overlay: some Overlay) { waiting.append(overlay) }

  /// Shows what has waited.
  fileprivate mutating func release() {
    overlays += waiting
    waiting = []
  }

  /// Takes the topmost one away.
  mutating func removeLast() { overlays.removeLast() }

  /// Takes those of a type away; `false` where there is none.
  @discardableResult
  mutating func removeAll<O: Overlay>(_ type: O.Type) -> Bool {
    let count = overlays.count
    overlays.removeAll { $0 is O }
    return overlays.count < count
  }

  /// Changes those of a type; `false` where there is none.
  @discardableResult
  mutating func change<O: Overlay>(_ type: O.Type, _ change: (inout O) -> Void) -> Bool {
    var isFound = false
    for index in overlays.indices {
      guard var overlay = overlays[index] as? O else { continue }
      change(&overlay)
      overlays[index] = overlay
      isFound = true
    }
    return isFound
  }

  /// Puts another one in the topmost one's place.
  mutating func replaceLast(_ overlay: any Overlay) {
    if !overlays.isEmpty { overlays[overlays.count - 1] = overlay }
  }

  /// Gives an event to the topmost one. It is taken off while it handles the event, and put back if it stays.
  static func handle(_ event: Event, _ state: inout ProgramState) -> [Effect] {
    guard var overlay = state.overlays.overlays.popLast() else { return [] }
    let index = state.overlays.overlays.count
    switch overlay.handle(event, &state) {
    case .stays(let effects):
      state.overlays.overlays.insert(overlay, at: min(index, state.overlays.overlays.count))
      return effects
    case .closes(let effects):
      if let dialog = overlay as? any FormOverlay, dialog.keepsDraft {
        // What was typed is kept where it was not used.
        let values = event == .key(.escape) ? dialog.form.editedValues : [:]
        state.drafts[dialog.form.title] = values.isEmpty ? nil : values
      }
      return effects
    }
  }

  /// Has all of them follow the engine's news.
  static func adopt(_ news: News, _ state: inout ProgramState) {
    var kept: [any Overlay] = []
    for var overlay in state.overlays.overlays where overlay.adopt(news, state) { kept.append(overlay) }
    state.overlays.overlays = kept
  }

  /// Draws all of them, the last one over the others.
  static func draw(_ state: inout ProgramState, into grid: inout Grid, in area: Rectangle) {
    for index in state.overlays.overlays.indices {
      var overlay = state.overlays.overlays[index]
      overlay.draw(state, into: &grid, in: area)
      state.overlays.overlays[index] = overlay
    }
  }

  package static func == (a: OverlayStack, b: OverlayStack) -> Bool {
    [a.overlays, a.waiting].map { $0.map { AnyHashable($0) } }
      == [b.overlays, b.waiting].map { $0.map { AnyHashable($0) } }
  }
}

extension ProgramState {
  /// Whether keys are letters of a text.
  var isTyping: Bool { overlays.last?.takesText ?? (inputLine != nil) }

  /// Shows something that comes by itself, and not of a key. While somebody types it waits: it would take their next key.
  mutating func announce(_ overlay: some Overlay) {
    if isTyping { overlays.hold(overlay) } else { overlays.append(overlay) }
  }

  /// Shows what was announced while somebody typed, once nobody does.
  mutating func showAnnounced() {
    if !isTyping { overlays.release() }
  }

  /// Shows a form, with what was typed into it when it was left by Escape.
  mutating func show(_ dialog: some FormOverlay) {
    var dialog = dialog
    if let values = drafts[dialog.form.title] {
      dialog.form.restore(values)
      dialog.wasRestored(self)
    }
    overlays.append(dialog)
  }
}
