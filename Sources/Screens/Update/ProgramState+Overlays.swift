internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Gives an event to the topmost overlay. It is taken off while it handles the event and put back if it stays.
  mutating func handleInOverlay(_ event: Event) -> [Effect] {
    guard let overlay = overlays.popLast() else { return [] }
    switch overlay {
    case .help(let help): handle(event, in: help)
    case .message(let message): handle(event, in: message)
    case .data(let dialog): return handle(event, in: dialog)
    case .export(let dialog): return handle(event, in: dialog)
    case .target(let dialog): return handle(event, in: dialog)
    case .settings(let dialog): handle(event, in: dialog)
    case .amount(let dialog): handle(event, in: dialog)
    case .recovery(let form): return handleRecovery(event, form)
    case .suggestion(let form): handleSuggestion(event, form)
    case .training(let form): return handleTraining(event, form)
    case .iterating(let form): return handleIterating(event, form)
    case .name(let dialog): return handle(event, in: dialog)
    case .comparison(let comparison): handle(event, in: comparison)
    case .open(let form): return handleOpen(event, form)
    case .timeline(let timeline): return handle(event, in: timeline)
    case .policy(let form, let place): return handlePolicy(event, form, place)
    case .confirmation(var form, let confirmation):
      switch form.handle(event) {
      case .pressed("yes"): return carryOut(confirmation)
      case .pressed, .cancelled: refuse(confirmation)
      case .changed, .handled:
        // Enter on "No" says no; it must never mean yes.
        if event != .key(.enter) {
          overlays.append(.confirmation(form, confirmation))
        } else {
          refuse(confirmation)
        }
      }
    case .sort(var menu):
      switch menu.handle(event) {
      case .chosen(let id):
        guard let sort = LayerSort(rawValue: id) else { break }
        sortLayers(by: sort, ascending: sort.isAscendingAtFirst)
      case .cancelled: break
      default: overlays.append(.sort(menu))
      }
    case .criterion(var menu):
      switch menu.handle(event) {
      case .chosen(let id): return chooseCriterion(id)
      case .refused(let reason):
        say("\(reason).", .warning)
        overlays.append(.criterion(menu))
      case .cancelled: break
      default: overlays.append(.criterion(menu))
      }
    case .themes(var menu, let before):
      switch menu.handle(event) {
      case .chosen(let name): return chooseTheme(name)
      case .cancelled: preview(theme: before)
      case .moved(let name):
        preview(theme: name)
        overlays.append(.themes(menu, before: before))
      default: overlays.append(.themes(menu, before: before))
      }
    }
    return []
  }

  private mutating func refuse(_ confirmation: Confirmation) {
    if case .endTraining(let effects) = confirmation { refuse(effects) }
  }

  private mutating func handle(_ event: Event, in help: HelpOverlay) {
    var help = help
    if case .mouse(let mouse) = event {
      if let movement = mouse.wheel { help.text.move(movement) }
      overlays.append(.help(help))
      return
    }
    // Arrows scroll the list; letters go to the filter.
    if case .key(let key) = event, key.typed == nil, let movement = Movement(key), key != .home, key != .end {
      help.text.move(movement)
      overlays.append(.help(help))
      return
    }
    switch help.filter.handle(event) {
    case .submitted: break
    case .cancelled:
      // Escape empties the filter first.
      guard !help.filter.text.isEmpty else { break }
      help.filter.text = ""
      overlays.append(.help(help))
    case .edited:
      help.text.move(.first)
      overlays.append(.help(help))
    case .ignored: overlays.append(.help(help))
    }
  }

  private mutating func handle(_ event: Event, in message: MessageOverlay) {
    var message = message
    switch event {
    case .key(let key):
      if let movement = Movement(key) {
        message.text.move(movement)
      } else {
        return
      }
    case .mouse(let mouse):
      guard let movement = mouse.wheel else { return }
      message.text.move(movement)
    default: break
    }
    overlays.append(.message(message))
  }

  // MARK: Amounts

  private mutating func handle(_ event: Event, in dialog: AmountDialog) {
    var dialog = dialog
    switch dialog.form.handle(event) {
    case .pressed("ok"):
      let text = dialog.form.text(of: "amount")
      guard let amount = AmountText.amount(text) else {
        dialog.form.setProblem("Write 25 or 25% (that share goes), or 48k (48 kernels stay).", of: "amount")
        overlays.append(.amount(dialog))
        return
      }
      let names = Set(dialog.layers)
      _ = setAmount(amount, of: coupledLayers.indices.filter { names.contains(coupledLayers[$0].layer.name) })
    case .pressed, .cancelled: break
    default: overlays.append(.amount(dialog))
    }
  }

  // MARK: Themes and criteria

  mutating func preview(theme name: String) {
    if let found = themes.first(where: { $0.name == name }) { theme = found }
  }

  mutating func chooseTheme(_ name: String) -> [Effect] {
    if name.isEmpty {
      let items = themes.map { Menu.Item($0.name, $0.name, note: $0.name == theme.name ? "now" : "") }
      overlays.append(.themes(Menu(title: "Theme", items: items, selected: theme.name), before: theme.name))
      return []
    }
    guard themes.contains(where: { $0.name == name }) else {
      say("There is no theme called \"\(name)\": T shows them all.", .warning)
      return []
    }
    preview(theme: name)
    return [.saveTheme(name)]
  }

  mutating func chooseCriterion(_ name: String) -> [Effect] {
    if name.isEmpty {
      let now = engine.scores.value?.criterion
      let items = Criterion.allCases.map { criterion in
        Menu.Item(
          criterion.rawValue, criterion.rawValue,
          note: (criterion == now ? "now · " : "") + criterion.definition.summary,
          disabledReason: criterion.needsData && engine.data == nil ? "choose data first (d)" : nil)
      }
      overlays.append(
        .criterion(Menu(title: "Score kernels by", items: items, selected: (now ?? criterion).rawValue)))
      return []
    }
    guard let chosen = Criterion(rawValue: name) else {
      say("There is no criterion called \"\(name)\": c shows them all.", .warning)
      return []
    }
    if chosen.needsData, engine.data == nil {
      say("\(name) needs data: choose them with d.", .warning)
      return []
    }
    criterion = chosen
    return [.engine(.score(chosen))]
  }
}

extension Event.Mouse {
  /// The movement that a turn of the wheel asks for.
  var wheel: TerminalUI.Movement? {
    switch action {
    case .wheelUp: .up
    case .wheelDown: .down
    default: nil
    }
  }
}
