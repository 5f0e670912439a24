internal import Datasets
internal import Errors
package import TerminalUI

/// What `secateur` alone begins with: samples, what was opened before, files, and what is to be said of each before it is opened.
package struct StartOverlay: Overlay {
  /// A line that can be chosen.
  enum Choice: Hashable {
    case entry(StartEntry)
    /// Goes on to typing a path.
    case anotherFile
  }

  /// What can be opened; `nil` until that is known.
  private(set) var entries: [StartEntry]?
  /// What was found out of entries.
  private(set) var previews: [StartEntry: Result<ModelPreview, CaughtError>] = [:]
  /// The place of the selected choice.
  package var selected = 0
  /// Whether the user moved, so that what comes in moves nothing.
  private var hasMoved = false
  /// The path that is being opened.
  private(set) var opening: String?
  /// The path that is typed, while one is.
  package var field: TextField?
  /// What can stand for the path that was typed.
  private(set) var found: [String] = []

  static let command = Command(
    "start", [], "start", "samples, recent sessions and files, each with a preview", footer: false, go: "s"
  ) { state, _ in open(&state) }

  /// Shows it, and looks for what can be opened.
  package static func open(_ state: inout ProgramState) -> [Effect] {
    state.overlays.removeAll(StartOverlay.self)
    state.overlays.append(StartOverlay())
    return [.listStart]
  }

  package init() {}

  /// What can be chosen, from top to bottom: the paths that fit while one is typed.
  var choices: [Choice] {
    if field != nil { return found.map { .entry(StartEntry(.file, path: $0)) } }
    return (entries ?? []).map { .entry($0) } + [.anotherFile]
  }

  /// The entry under the cursor; `nil` for a folder, and where another file can be named.
  var selectedEntry: StartEntry? {
    guard choices.indices.contains(selected), case .entry(let entry) = choices[selected],
      !entry.path.hasSuffix("/")
    else { return nil }
    return entry
  }

  package var hints: [(Key, String)] {
    field == nil
      ? [
        (.enter, "open"), (.down, "choose"), ("t", "tour"), ("o", "another file"), (":", "command"),
        (.escape, "close"), ("q", "leave"),
      ] : [(.enter, "open"), (.tab, "complete"), (.down, "choose"), (.escape, "back")]
  }

  package var takesText: Bool { field != nil }

  /// It is done with when something was opened. What could not be is told over it.
  package mutating func adopt(_ news: News, _ state: ProgramState) -> Bool {
    if news.before.failure?.number != state.engine.failure?.number { opening = nil }
    return !news.isAnotherModel
  }

  // MARK: Input

  package mutating func handle(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    if case .mouse(let mouse) = event {
      guard let movement = mouse.wheel else { return .stays() }
      return .stays(move(movement))
    }
    if field != nil { return handleTyping(event, &state) }
    guard case .key(let key) = event else { return .stays() }
    switch key {
    case .enter, "l", .right: return choose(&state)
    case "t": return .stays(beginTour(&state))
    case "o", "/", .control("o"): return .stays(beginTyping())
    case ":", "?", .function(1):
      state.overlays.append(Palette(state, isHelp: key != ":"))
      return .stays()
    case "q": return .stays(Leaving.leave(&state, by: .quit))
    case .escape where state.structure == nil:
      state.say("Enter opens what is selected; q leaves.")
      return .stays()
    case .escape: return .closes()
    default: return .stays(Movement(key).map { move($0) } ?? [])
    }
  }

  private mutating func handleTyping(_ event: Event, _ state: inout ProgramState) -> OverlayReaction {
    switch event {
    case .key(.up), .key(.pageUp): return .stays(move(.up))
    case .key(.down), .key(.pageDown): return .stays(move(.down))
    case .key(.tab): return .stays(complete())
    case .key(.escape):
      field = nil
      selected = (entries ?? []).count
      return .stays()
    case .key(.enter): return choose(&state)
    default:
      guard field?.handle(event) == .edited else { return .stays() }
      hasMoved = false
      return .stays(look())
    }
  }

  private mutating func move(_ movement: Movement) -> [Effect] {
    hasMoved = true
    selected = movement.destination(from: selected, count: choices.count, page: 8)
    return neededPreview
  }

  /// Reads what is to be said of the selected entry, where that is not known.
  private var neededPreview: [Effect] {
    guard let entry = selectedEntry, previews[entry] == nil else { return [] }
    return [.preview(entry)]
  }

  // MARK: Choosing

  private mutating func choose(_ state: inout ProgramState) -> OverlayReaction {
    guard let typed = field?.text else {
      guard let entry = selectedEntry else { return .stays(beginTyping()) }
      return .stays(open(entry, &state))
    }
    // What was typed counts as long as nothing else was selected; a shape may stand behind it.
    if hasMoved || found.contains(typed), choices.indices.contains(selected) {
      let path = hasMoved ? found[selected] : typed
      guard path.hasSuffix("/") else { return .stays(open(StartEntry(.file, path: path), &state)) }
      field?.text = path
      return .stays(look())
    }
    guard !typed.isEmpty else { return .stays() }
    return .stays(OpenDialog.open(&state, typed))
  }

  private mutating func open(_ entry: StartEntry, _ state: inout ProgramState) -> [Effect] {
    let effects = Leaving.leave(
      &state,
      by: .engine(.open(path: entry.path, inputShapes: entry.inputShapes, session: entry.session)))
    // There may be a question first.
    opening = effects.isEmpty ? nil : entry.path
    return effects
  }

  /// Opens the first sample and says at each step what comes next.
  private mutating func beginTour(_ state: inout ProgramState) -> [Effect] {
    guard let sample = entries?.first(where: { $0.kind == .sample }) else {
      state.say(
        entries == nil ? "Looking for the samples\u{2026}" : "The samples are not beside the program.",
        .warning)
      return []
    }
    state.isTouring = true
    return open(sample, &state)
  }

  // MARK: Typing a path

  private mutating func beginTyping() -> [Effect] {
    field = TextField(placeholder: "model.onnx, a .pt2 of torch.export, or a file of an MXNet model")
    return look()
  }

  private mutating func look() -> [Effect] {
    hasMoved = false
    selected = 0
    return [.completePath(prefix: field?.text ?? "", of: .models)]
  }

  private mutating func complete() -> [Effect] {
    let paths = hasMoved && found.indices.contains(selected) ? [found[selected]] : found
    let common = paths.isEmpty ? "" : Datasets.PathCompletion.commonPrefix(of: paths)
    guard let text = field?.text, common.count > text.count || hasMoved, !common.isEmpty else { return [] }
    field?.text = common
    return look()
  }

  // MARK: Answers

  /// Takes what can be opened.
  static func take(_ state: inout ProgramState, _ entries: [StartEntry]) -> [Effect] {
    var effects: [Effect] = []
    state.overlays.change(StartOverlay.self) { shown in
      shown.entries = entries
      guard shown.field == nil else { return }
      // What was opened last is what is wanted most often.
      if !shown.hasMoved { shown.selected = entries.firstIndex { $0.kind == .recent } ?? 0 }
      shown.selected = min(shown.selected, max(0, shown.choices.count - 1))
      effects = shown.neededPreview
    }
    return effects
  }

  /// Takes what was found out of an entry.
  static func take(
    _ state: inout ProgramState, _ preview: Result<ModelPreview, CaughtError>, of entry: StartEntry
  ) {
    state.overlays.change(StartOverlay.self) { $0.previews[entry] = preview }
  }

  /// Takes paths that can stand for what was typed; `nil` where nobody asked for them here.
  static func take(_ state: inout ProgramState, _ paths: [String], for prefix: String) -> [Effect]? {
    var effects: [Effect]?
    state.overlays.change(StartOverlay.self) { shown in
      guard let field = shown.field, field.text == prefix else { return }
      shown.found = paths
      shown.selected = min(shown.selected, max(0, paths.count - 1))
      effects = shown.neededPreview
    }
    return effects
  }
}
