internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Takes the engine's news in.
  mutating func adopt(_ snapshot: SessionSnapshot) -> [Effect] {
    let before = engine
    let isAnotherModel = snapshot.generation != before.generation
    let isAnotherNetwork = isAnotherModel || snapshot.structure != before.structure
    let selectedName = selectedCoupledLayer?.layer.name
    engine = snapshot
    if isAnotherModel {
      forgetModel()
    } else if isFrozen, !isAnotherNetwork {
      withheldScores = snapshot.scores
      engine.scores = before.scores
    }
    showAwaitedTimeline(failedBefore: before.failure?.number)
    if snapshot.currentIteration != before.currentIteration || isAnotherModel { arrive(from: before) }
    if isAnotherNetwork {
      isFrozen = false
      withheldScores = nil
      weights = nil
      // Settings of another network.
      overlays.removeAll { if case .settings = $0 { true } else { false } }
      layers.marked = []
      layers.rangeStart = nil
      kernels.layer = ""
      orderLayers(selecting: selectedName)
    } else if engine.scores.value?.criterion != before.scores.value?.criterion {
      // Another measure is another order; only scores that refine leave rows where they are.
      kernels.layer = ""
      orderLayers(selecting: selectedName)
    }
    followSelectedLayer()
    followLog()
    forgetGoneIterations()
    tellTraining(before)
    tellEvaluation(before)
    tellLatency(before)
    showFailure()
    return isAnotherNetwork ? neededWeights() : []
  }

  private mutating func forgetModel() {
    histories = [:]
    redoIterations = []
    awaitedIteration = nil
    attachedData = nil
    askedWidths = nil
    awaitsLatency = false
    measuredExamples = nil
    chosenScope = .global
    decision = nil
    overlays.removeAll(where: \.isAboutModel)
    layers = LayerListState()
    kernels = KernelListState()
    shapes = ShapeListState()
    iterations = ListState()
    markedIteration = nil
    if let criterion = engine.scores.value?.criterion, criterion.needsData { self.criterion = criterion }
  }

  /// Another iteration is worked on now: one that was gone to, or a new one.
  private mutating func arrive(from before: SessionSnapshot) {
    let id = engine.currentIteration
    let wasAskedFor = awaitedIteration == id
    if !wasAskedFor {
      // A prune made it. Whatever had been undone from its parent is another branch now.
      redoIterations = []
    }
    awaitedIteration = nil
    if histories[id] == nil {
      let old = histories[before.currentIteration]?.current ?? PruningSettings()
      histories[id] = SettingsHistory(initial: old.afterPrune)
    }
    iterations.selected = iterationRows.firstIndex { $0.iteration.id == id } ?? 0
    guard let now = currentIteration, engine.generation == before.generation else { return }
    // One that was trained is told of by its training.
    if !wasAskedFor, before.training != nil { return }
    let what = "\(now.title), \(Quantity.count(now.parameters)) parameters"
    if !wasAskedFor {
      say("Iteration \(id): \(what). z goes back.", .success)
    } else if let next = redoIterations.last {
      say("At iteration \(id): \(what). Z goes on to iteration \(next).")
    } else {
      say("At iteration \(id): \(what).")
    }
  }

  /// Says what became of the accuracy when the current iteration was measured.
  private mutating func tellEvaluation(_ before: SessionSnapshot) {
    guard let now = currentIteration, let evaluation = now.evaluation, !before.iterations.isEmpty,
      !evaluation.saysTheSame(as: before.iterations.first(where: { $0.id == now.id })?.evaluation)
    else { return }
    let examples = "on \(Quantity.grouped(evaluation.examples)) examples"
    guard let accuracy = evaluation.accuracy else {
      say("Loss \(Quantity.significant(evaluation.loss, digits: 3)) \(examples).")
      return
    }
    // What a recovery or a training made is measured against what the prune had left.
    let earlier = before.iterations.first { $0.id == now.id }?.evaluation?.accuracy
    let parent = earlier ?? engine.iterations.first { $0.id == now.parent }?.evaluation?.accuracy
    let reads = Quantity.percent(accuracy, digits: 1)
    guard let parent, abs(accuracy - parent) >= 0.0005 else {
      say("Accuracy \(reads) \(examples).")
      return
    }
    let fell = accuracy < parent
    say(
      "Accuracy \(fell ? "fell" : "rose") from \(Quantity.percent(parent, digits: 1)) to \(reads) \(examples)."
        + (fell ? " z goes back." : ""), fell ? (parent - accuracy > 0.01 ? .error : .warning) : .success)
  }

  /// Says that the table of latencies is there, to whoever waits for it.
  private mutating func tellLatency(_ before: SessionSnapshot) {
    guard engine.latency != before.latency, engine.latency.value != nil, awaitsLatency else { return }
    awaitsLatency = false
    for (place, overlay) in overlays.enumerated() {
      guard case .target(var dialog) = overlay else { continue }
      dialog.form.setProblem(nil, of: "quantity")
      overlays[place] = .target(dialog)
    }
    say("The latencies are measured: a target for them can be set now (t).", .success)
  }

  private mutating func followLog() {
    let lines = engine.log
    guard lines.count != log.lineCount || lines.isEmpty != log.text.lines.isEmpty else { return }
    log.lineCount = lines.count
    log.text.lines = lines.map { line in
      [Span(line.clock + "  ", .dim), Span(line.text, line.weight.role)]
    }
  }

  private mutating func showFailure() {
    guard let failure = engine.failure, failure.number != shownFailure else { return }
    shownFailure = failure.number
    overlays.append(
      .message(.failure(sentence: failure.error.sentence, remedy: failure.error.remedy)))
  }

  /// Holds the scores on the screen still, or lets them go on.
  mutating func toggleFreeze() {
    isFrozen.toggle()
    if isFrozen {
      say("The scores on the screen are frozen; work goes on. f lets them go on.")
    } else if let withheldScores {
      engine.scores = withheldScores
      self.withheldScores = nil
    }
  }

  /// The effect that gets the weights for the heat maps, if they are shown and not here.
  func neededWeights() -> [Effect] {
    guard kernels.showsWeights, layout.panes.contains(where: { $0.screen == .kernels }),
      let layer = selectedCoupledLayer,
      weights?.layer != layer.layer.name || weights?.structureVersion != engine.structure.version
    else { return [] }
    return [.engine(.readWeights(layer: layer.layer.name))]
  }
}

extension MessageOverlay {
  /// What is wrong, and what to do about it.
  static func failure(sentence: String, remedy: String) -> MessageOverlay {
    var lines = [[Span(sentence)]]
    if !remedy.isEmpty { lines += [[], [Span(remedy, .title)]] }
    return MessageOverlay(title: "Something went wrong", lines: lines, isError: true)
  }
}
