internal import Graph
internal import Pruning
internal import TerminalUI

extension Running {
  // MARK: Pruning

  static func confirmPrune(_ state: inout ProgramState) {
    state.decide()
    guard let decision = state.decision, !decision.selection.removedUnits.isEmpty else {
      state.say("Nothing would go: floors, pins or rounding keep every kernel. Ask for more.", .warning)
      return
    }
    let preview = decision.preview
    let kernels = preview.layers.reduce(0) { $0 + $1.kernels.before - $1.kernels.after }
    let layers = preview.layers.count { $0.kernels.after < $0.kernels.before }
    let lines: [[Span]] =
      [
        [Span("\(Quantity.grouped(kernels)) kernels of \(layers) layers go, by \(scoreDescription(state)).")],
        [Span("Parameters  " + ChangeText.sentence(preview.parameters))],
        [Span("MACs        " + ChangeText.sentence(preview.multiplyAccumulates))],
      ] + (Header.latencySentence(state).map { [[Span("Latency     " + $0)]] } ?? [])
      + (state.expectedLossSentence.map { [[Span("Loss        " + $0)]] } ?? [])
      + (state.engine.activity?.kind == .sensitivity
        ? [
          [
            Span(
              "Sensitivity is not measured on; whole curves stay with iteration \(state.engine.currentIteration)."
            )
          ]
        ]
        : []) + (decision.uncertainty?.sentence.map { [[Span($0)]] } ?? []) + [
        [
          Span(
            "It becomes a new iteration\(decision.expectedLoss == nil ? "" : ", refitted and distilled"); z comes back to this one.",
            .dim)
        ]
      ]
    state.overlays.append(Confirmation(title: "Prune", message: lines, word: "Prune", act: .prune))
  }

  /// Prunes by what was chosen; where losses were measured, a refit is what they expect.
  static func prune(_ state: inout ProgramState) -> [Effect] {
    state.decide()
    guard let decision = state.decision else { return [] }
    let recovery: [Effect] =
      decision.expectedLoss == nil
      ? [] : [.engine(.recover(RecoverySettings(methods: RecoverySettings.afterMeasuredLosses)))]
    return [.engine(.prune(state.settings, decision.selection))] + recovery
  }

  /// What the scores are, in words.
  static func scoreDescription(_ state: ProgramState) -> String {
    guard let scores = state.engine.scores.value else { return "nothing but their number" }
    if scores.criterion == .external {
      return "scores of \(state.engine.scoresPath?.nameInFolder ?? "a file")"
    }
    let name = scores.criterion.rawValue
    return scores.examples > 0
      ? "\(name) over \(Quantity.grouped(scores.examples)) examples" : "\(name) of the weights"
  }

  static func confirmDiscard(_ state: inout ProgramState) {
    let lines: [[Span]] = [
      [
        Span(
          "\(Quantity.grouped(state.engine.scores.value?.examples ?? 0)) examples were scored. Forget them?")
      ]
    ]
    state.overlays.append(
      Confirmation(
        title: "Discard scores", message: lines, word: "Discard", act: .effects([.engine(.discardScores)])))
  }

  /// Holds the scores on the screen still, or lets them go on.
  static func toggleFreeze(_ state: inout ProgramState) {
    state.isFrozen.toggle()
    if state.isFrozen {
      state.say("The scores on the screen are frozen; work goes on. H lets them go on.")
    } else if let withheldScores = state.withheldScores {
      state.engine.scores = withheldScores
      state.withheldScores = nil
    }
  }
}

extension ChoiceUncertainty {
  /// How much could still change, in a sentence; `nil` where hardly anything could.
  fileprivate var sentence: String? {
    let changes = Int(cut: expectedChanges.rounded())
    guard changes > 0 else { return nil }
    return
      "\(Quantity.approximately(changes)) of \(Quantity.grouped(removedKernels)) kernels could still change; "
      + "\(Quantity.grouped(examplesToHalve)) more examples halve that."
  }
}
