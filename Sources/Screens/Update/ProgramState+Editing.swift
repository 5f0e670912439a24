internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  // MARK: Amounts

  /// Moves percentages up or down; a number of kernels becomes a percentage by that.
  mutating func nudge(by step: Double) -> [Effect] {
    let state = self
    change(editedLayers, title: "\(step > 0 ? "+" : "−")\(Int(abs(step)))%") { coupled in
      let asked = state.percentAsked(of: coupled)
      // From 33.3 % a step leads to a whole number first.
      let next = step > 0 ? (asked + 1e-9).rounded(.down) + step : (asked - 1e-9).rounded(.up) + step
      return .percent(min(100, max(0, next)))
    }
    return []
  }

  /// Sets the same amount for layers.
  mutating func setAmount(_ amount: Amount, of places: [Int]) -> [Effect] {
    change(places, title: AmountText.text(amount)) { _ in amount }
    return []
  }

  /// Changes the amounts of layers and of those tied to them, as one step of the history.
  private mutating func change(_ places: [Int], title: String, _ amount: (CoupledLayer) -> Amount) {
    guard let groups = structure?.groups else { return }
    let all = groups.layers
    var changed = settings
    var done = Set<Int>()
    var partnerCount = 0
    var skipped = 0
    for place in places where all.indices.contains(place) && !done.contains(place) {
      let coupled = all[place]
      guard coupled.isPrunable, !settings.protected.contains(coupled.layer.name) else {
        skipped += 1
        continue
      }
      do throws(PruningError) {
        changed = try changed.settingAmount(amount(coupled), for: coupled.layer.name, in: groups)
      } catch {
        say(error.sentence + " " + error.remedy, .error)
        return
      }
      let partners = partners(of: place)
      done.insert(place)
      done.formUnion(partners)
      partnerCount += partners.count { !places.contains($0) }
    }
    guard !done.isEmpty else {
      say("None of these layers can be pruned: i says why.", .warning)
      return
    }
    let named = places.count == 1 ? all[places[0]].layer.name : "\(places.count - skipped) layers"
    commit(changed, title: "\(title) of \(named)")
    var parts = places.count == 1 ? [] : ["\(title) of \(named)."]
    if partnerCount > 0 {
      let partners = partnerCount == 1 ? "1 tied layer" : "\(partnerCount) tied layers"
      parts.append(
        places.count == 1 ? "\(named): \(partners) moved along (same group)." : "\(partners) moved along.")
    }
    if skipped > 0 { parts.append("\(skipped) cannot be pruned or are protected.") }
    if !parts.isEmpty { say(parts.joined(separator: " ")) }
  }

  /// Puts settings in force as a step that can be undone; refuses those that cannot be followed.
  ///
  /// - Parameter pursuit: the target that stands then; none where amounts were set by hand.
  @discardableResult
  mutating func commit(_ changed: PruningSettings, title: String, pursuit: Pursuit? = nil) -> Bool {
    let before = history
    var after = before
    after.record(changed, title: title, pursuit: pursuit)
    guard after != before else { return true }
    history = after
    // Amounts only ever take what is free to go; forced kernels can ask for what cannot be.
    if changed.forced != before.current.forced {
      decide()
      if let problem = decision?.problem {
        history = before
        decide()
        say(problem.sentence + " " + problem.remedy, .warning)
        return false
      }
    }
    // A new choice begins another branch: what was undone cannot be redone over it.
    redoIterations = []
    return true
  }

  mutating func beginAmount(_ argument: String) -> [Effect] {
    let places = editedLayers
    if !argument.isEmpty {
      guard let amount = AmountText.amount(argument) else {
        say("\"\(argument)\" is not an amount: write 25, 25% or 48k.", .warning)
        return []
      }
      return setAmount(amount, of: places)
    }
    let names = places.compactMap { coupledLayers.indices.contains($0) ? coupledLayers[$0].layer.name : nil }
    guard let first = names.first, let place = places.first else { return [] }
    let now = settings.amounts[first].map(AmountText.text) ?? ""
    let field = Form.Field(
      "amount", "Prune", .text(TextField(now)), hint: "25 or 25%: that share goes; 48k: 48 kernels stay")
    let kernels = coupledLayers[place].layer.kernels
    let title = names.count == 1 ? "\(first), \(kernels) kernels" : "\(names.count) layers"
    overlays.append(
      .amount(AmountDialog(form: Form(title: title, fields: [field], idealWidth: 56), layers: names)))
    return []
  }

  // MARK: Protection

  mutating func toggleProtection() -> [Effect] {
    let names = editedLayers.compactMap { place -> String? in
      guard coupledLayers.indices.contains(place), coupledLayers[place].isPrunable else { return nil }
      return coupledLayers[place].layer.name
    }
    guard let first = names.first else {
      say("None of these layers can be pruned anyway.", .warning)
      return []
    }
    var changed = settings
    let protects = !names.allSatisfy(changed.protected.contains)
    if protects { changed.protected.formUnion(names) } else { changed.protected.subtract(names) }
    let what = names.count == 1 ? first : "\(names.count) layers"
    put(
      Setting.Subject(settings: changed, scope: scope),
      title: (protects ? "protection of " : "no protection of ") + what)
    let tied = protects && names.count == 1 && !(layers.selectedLayer.map(partners(of:)) ?? []).isEmpty
    let note = tied ? " What is tied to it loses nothing either." : ""
    say(
      (protects ? "\(what) is protected and loses nothing.\(note)" : "\(what) is no longer protected.")
        + standingNote)
    return []
  }

  // MARK: Undo

  mutating func undo() -> [Effect] {
    if let entry = history.undo() {
      say("Undone: \(entry.title). Z brings it back.")
      return []
    }
    guard let parent = currentIteration?.parent else { return [] }
    redoIterations.append(engine.currentIteration)
    awaitedIteration = parent
    say("Back to before \"\(currentIteration?.title ?? "the prune")\". Z goes on to it again.")
    return [.engine(.go(to: parent))]
  }

  mutating func redo() -> [Effect] {
    if let entry = history.redo() {
      say("Done again: \(entry.title).")
      return []
    }
    guard let next = redoIterations.popLast() else { return [] }
    awaitedIteration = next
    return [.engine(.go(to: next))]
  }

  // MARK: Pruning

  mutating func confirmPrune() {
    decide()
    guard let decision, !decision.selection.removedAtoms.isEmpty else {
      say("Nothing would go: floors, pins or rounding keep every kernel. Ask for more.", .warning)
      return
    }
    let preview = decision.preview
    let kernels = preview.layers.reduce(0) { $0 + $1.kernels.before - $1.kernels.after }
    let layers = preview.layers.count { $0.kernels.after < $0.kernels.before }
    let lines: [[Span]] =
      [
        [Span("\(Quantity.grouped(kernels)) kernels of \(layers) layers go, by \(scoreDescription).")],
        [Span("Parameters  " + ChangeText.sentence(preview.parameters))],
        [Span("MACs        " + ChangeText.sentence(preview.multiplyAccumulates))],
      ] + (latencySentence.map { [[Span("Latency     " + $0)]] } ?? []) + [
        [Span("It becomes a new iteration; z comes back to this one.", .dim)]
      ]
    overlays.append(.confirmation(.confirmation(title: "Prune", message: lines, act: "Prune"), .prune))
  }

  /// What the scores are, in words.
  var scoreDescription: String {
    guard let scores = engine.scores.value else { return "nothing but their number" }
    let name = scores.criterion.rawValue
    return scores.examples > 0
      ? "\(name) over \(Quantity.grouped(scores.examples)) examples" : "\(name) of the weights"
  }

  mutating func confirmDiscard() {
    let lines: [[Span]] = [
      [Span("\(Quantity.grouped(engine.scores.value?.examples ?? 0)) examples were scored. Forget them?")]
    ]
    overlays.append(
      .confirmation(.confirmation(title: "Discard scores", message: lines, act: "Discard"), .discardScores))
  }

  /// What was confirmed is done.
  mutating func carryOut(_ confirmation: Confirmation) -> [Effect] {
    switch confirmation {
    case .prune:
      decide()
      guard let decision else { return [] }
      return [.engine(.prune(settings, decision.selection))]
    case .discardScores: return [.engine(.discardScores)]
    case .goTo(let iteration): return goTo(iteration)
    case .deleteBranch(let iteration): return [.engine(.deleteBranch(from: iteration))]
    case .leave(let effect): return [effect]
    case .endTraining(let effects): return effects
    }
  }
}
