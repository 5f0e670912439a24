internal import Errors
internal import Graph
internal import Pruning
internal import TerminalUI

/// What a snapshot of the engine changes.
package struct News {
  /// What the engine had said before.
  let before: SessionSnapshot
  /// Whether another model was opened.
  let isAnotherModel: Bool
  /// Whether the network is another one: of another model, or another iteration.
  let isAnotherNetwork: Bool
  /// Whether another iteration is worked on.
  let isAnotherIteration: Bool
  /// Whether kernels are scored by another criterion.
  let isAnotherMeasure: Bool
  /// The row of the table of layers that was under the cursor.
  let selectedRow: LayerRowName?

  /// Takes the engine's news in: first what is common to all, then screens and overlays, then what is said of them.
  static func adopt(_ snapshot: SessionSnapshot, _ state: inout ProgramState) -> [Effect] {
    let before = state.engine
    let selectedRow = LayersScreen.selectedName(state)
    let isAnotherModel = snapshot.generation != before.generation
    let isAnotherNetwork = isAnotherModel || snapshot.structure != before.structure
    state.engine = snapshot
    if isAnotherModel {
      forgetModel(&state)
    } else if state.isFrozen, !isAnotherNetwork {
      state.withheldScores = snapshot.scores
      state.engine.scores = before.scores
    }
    let news = News(
      before: before, isAnotherModel: isAnotherModel, isAnotherNetwork: isAnotherNetwork,
      isAnotherIteration: isAnotherModel || snapshot.currentIteration != before.currentIteration,
      isAnotherMeasure: state.engine.scores.value?.criterion != before.scores.value?.criterion,
      selectedRow: selectedRow)
    OverlayStack.adopt(news, &state)
    TimelineOverlay.showAwaited(&state, failedBefore: before.failure?.number)
    if news.isAnotherIteration { arrive(&state, from: before) }
    if isAnotherNetwork {
      state.isFrozen = false
      state.withheldScores = nil
    }
    let known = Set(state.engine.iterations.map(\.id))
    state.redoIterations.removeAll { !known.contains($0) }
    for screen in Screen.allCases { screen.feature.adopt(&state, news) }
    tellEvaluation(&state, before)
    tellDeviation(&state, before)
    tellLatency(&state, before)
    if isAnotherNetwork { state.awaitedTarget = nil }
    state.pursueAwaited(before)
    let effects = state.endScoringWhenSure()
    showFailure(&state)
    return effects + (isAnotherNetwork ? KernelsScreen.neededWeights(state) : [])
  }

  private static func forgetModel(_ state: inout ProgramState) {
    state.histories = [:]
    state.record = []
    state.recordedChoice = nil
    state.redoIterations = []
    state.awaitedIteration = nil
    state.attachedData = nil
    state.askedWidths = nil
    state.awaitsLatency = false
    state.awaitedTarget = nil
    state.chosenScope = .global
    state.chosenUntil = .automatic
    state.watchedChoice = nil
    state.decision = nil
    if let criterion = state.engine.scores.value?.criterion, criterion.needsData {
      state.criterion = criterion
    }
  }

  /// Another iteration is worked on now: one that was gone to, or a new one.
  private static func arrive(_ state: inout ProgramState, from before: SessionSnapshot) {
    let id = state.engine.currentIteration
    let wasAskedFor = state.awaitedIteration == id
    if !wasAskedFor {
      // A prune made it. Whatever had been undone from its parent is another branch now.
      state.redoIterations = []
    }
    state.awaitedIteration = nil
    if state.histories[id] == nil {
      let old = state.histories[before.currentIteration]?.current ?? PruningSettings()
      state.histories[id] = SettingsHistory(initial: old.afterPrune)
    }
    guard let now = state.currentIteration, state.engine.generation == before.generation else { return }
    // One that was trained is told of by its training.
    if !wasAskedFor, before.training != nil { return }
    let what = "\(now.title), \(Quantity.count(now.parameters)) parameters"
    if !wasAskedFor {
      state.say("Iteration \(id): \(what). z goes back.", .success)
    } else if let next = state.redoIterations.last {
      state.say("At iteration \(id): \(what). Z goes on to iteration \(next).")
    } else {
      state.say("At iteration \(id): \(what).")
    }
  }

  /// Says what became of the accuracy when the current iteration was measured.
  private static func tellEvaluation(_ state: inout ProgramState, _ before: SessionSnapshot) {
    guard let now = state.currentIteration, let evaluation = now.evaluation, !before.iterations.isEmpty,
      !evaluation.saysTheSame(as: before.iterations.first(where: { $0.id == now.id })?.evaluation)
    else { return }
    let examples = "on \(Quantity.grouped(evaluation.examples)) examples"
    guard let accuracy = evaluation.accuracy else {
      state.say("Loss \(Quantity.significant(evaluation.loss, digits: 3)) \(examples).")
      return
    }
    // What a recovery or a training made is measured against what the prune had left.
    let earlier = before.iterations.first { $0.id == now.id }?.evaluation?.accuracy
    let parent = earlier ?? state.engine.iterations.first { $0.id == now.parent }?.evaluation?.accuracy
    let reads = Quantity.percent(accuracy, digits: 1)
    guard let parent, abs(accuracy - parent) >= 0.0005 else {
      state.say("Accuracy \(reads) \(examples).")
      return
    }
    let fell = accuracy < parent
    state.say(
      "Accuracy \(fell ? "fell" : "rose") from \(Quantity.percent(parent, digits: 1)) to \(reads) \(examples)."
        + (fell ? " z goes back." : ""), fell ? (parent - accuracy > 0.01 ? .error : .warning) : .success)
  }

  /// Says how far the outputs are from the original's when that was measured, where nothing else says what the iteration is
  /// worth; a warning where labels say so without a share of right answers.
  private static func tellDeviation(_ state: inout ProgramState, _ before: SessionSnapshot) {
    guard let now = state.currentIteration, let deviation = now.outputDeviation, !before.iterations.isEmpty,
      deviation != before.iterations.first(where: { $0.id == now.id })?.outputDeviation,
      now.evaluation?.accuracy == nil, now.evaluation == nil || deviation.isLarge
    else { return }
    if let warning = now.deviationWarning {
      state.say(warning, .warning)
    } else {
      state.say(deviation.sentence)
    }
  }

  /// Says that the table of latencies is there, to whoever waits for it.
  private static func tellLatency(_ state: inout ProgramState, _ before: SessionSnapshot) {
    guard state.engine.latency != before.latency, state.engine.latency.value != nil, state.awaitsLatency
    else { return }
    state.awaitsLatency = false
    state.overlays.change(TargetDialog.self) { $0.form.setProblem(nil, of: "quantity") }
    state.say("The latencies are measured: a target for them can be set now (t).", .success)
  }

  private static func showFailure(_ state: inout ProgramState) {
    guard let failure = state.engine.failure, failure.number != state.shownFailure else { return }
    state.shownFailure = failure.number
    state.announce(
      MessageOverlay.failure(sentence: failure.error.sentence, remedy: failure.error.remedy))
  }
}
