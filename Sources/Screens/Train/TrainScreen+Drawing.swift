internal import TerminalUI
internal import Training

extension TrainScreen {
  /// What the Train screen shows, with the iteration that it is about: the training that runs, else those of the selected
  /// or the current iteration; `nil` where there is none.
  private static func shownTrainings(_ state: ProgramState) -> (iteration: Int, trainings: [TrainingRecord])?
  {
    if let running = state.engine.training {
      return (running.iteration, (state.iteration(running.iteration)?.trainings ?? []) + [running.record])
    }
    for case let candidate? in [state.selectedIteration, state.currentIteration]
    where !candidate.trainings.isEmpty {
      return (candidate.id, candidate.trainings)
    }
    return nil
  }

  /// Draws the curves, with what the numbers are above them.
  static func draw(
    _ state: inout ProgramState, into grid: inout Grid, in inside: Rectangle, isFocused: Bool
  ) {
    guard let (id, trainings) = shownTrainings(state), let last = trainings.last else {
      return drawAbsence(state, into: &grid, in: inside)
    }
    let area = inside.inset(horizontal: 1, vertical: 0)
    let lines = Self.facts(of: last, in: id, title: state.iteration(id)?.label)
    for (row, line) in lines.enumerated() { grid.write(line, in: area.row(row)) }
    let top = min(area.height, lines.count)
    let plots = Rectangle(x: area.x, y: area.y + top, width: area.width, height: area.height - top)
    drawCurves(of: trainings, into: &grid, in: plots)
  }

  /// Draws loss and accuracy side by side, or over each other, or the loss alone: as there is room.
  private static func drawCurves(of trainings: [TrainingRecord], into grid: inout Grid, in area: Rectangle) {
    var parts: [(TrainingCurves.Quantity, Rectangle)] = [(.loss, area)]
    if trainings.contains(where: \.state.hasAccuracy) {
      if area.width >= 70 {
        let halves = area.split(horizontally: [.flexible(), .flexible()], gap: 2)
        parts = [(.loss, halves[0]), (.accuracy, halves[1])]
      } else if area.height >= 16 {
        let halves = area.split(vertically: [.flexible(), .flexible()])
        parts = [(.loss, halves[0]), (.accuracy, halves[1])]
      }
    }
    for (quantity, part) in parts where part.height >= 3 {
      let curves = TrainingCurves(trainings, quantity, points: 2 * part.width)
      Plot.training(curves.series(), quantity, epochs: curves.epochs).draw(into: &grid, in: part)
    }
  }

  private static func drawAbsence(_ state: ProgramState, into grid: inout Grid, in area: Rectangle) {
    let lines: [String] =
      if let reason = state.cannotStandInLine {
        ["Nothing was trained yet.", "Training cannot begin: \(reason)."]
      } else {
        ["Nothing was trained yet.", "F trains iteration \(state.engine.currentIteration) on the data."]
      }
    for (row, line) in lines.enumerated() {
      grid.write(
        line, in: area.row(area.height / 2 - 1 + row), alignment: .center, style: row == 0 ? .text : .dim)
    }
  }

  /// What the screen says above the curves.
  private static func facts(of training: TrainingRecord, in iteration: Int, title: String?) -> [[Span]] {
    let state = training.state
    var first = [Span("Iteration \(iteration)", .title), Span("  ")]
    if state.isRunning {
      first.append(Span(state.position))
      if let left = state.secondsLeft { first.append(Span("  ETA \(Quantity.duration(seconds: left))")) }
      if state.examplesPerSecond > 0 {
        first.append(Span("  \(Quantity.significant(state.examplesPerSecond, digits: 3)) ex/s"))
      }
      if state.rate > 0 { first.append(Span("  rate \(Quantity.scientific(state.rate))")) }
    } else {
      first.append(Span(training.outcome))
    }
    var second: [Span] = []
    if state.isRunning, let loss = state.loss {
      var text = "now loss \(Quantity.significant(loss, digits: 3))"
      if let accuracy = state.accuracy { text += ", accuracy \(Quantity.percent(accuracy, digits: 1))" }
      second.append(Span(text + "  "))
    }
    if state.isRunning { second += state.bestSpans }
    if state.skippedSteps > 0 {
      let count = state.skippedSteps
      second.append(
        Span("  \(count) step\(count == 1 ? "" : "s") skipped: loss or gradients not a number", .warning))
    }
    let told = [Span(training.settings.commandLine, .dim)]
    return [first] + (second.isEmpty ? [] : [second]) + [title.map { [Span($0 + "  ", .dim)] + told } ?? told]
  }
}

extension TrainingState {
  /// Where it is, in words.
  fileprivate var position: String {
    let place = "epoch \(epoch) of \(epochs)"
    switch phase {
    case .measuring: return "measuring the network as it came"
    case .validating: return place + ", validating"
    case .training, .finished:
      return place + ", step \(Quantity.grouped(step)) of \(Quantity.grouped(stepsPerEpoch))"
    }
  }

  /// The best so far, against the network as it came.
  fileprivate var bestSpans: [Span] {
    guard let before else { return [] }
    guard let best, best.epoch > 0 else {
      return [Span("before \(before.words), not beaten yet", .dim)]
    }
    return [
      Span("best epoch \(best.epoch): "), Span(best.words, .success),
      Span(" (\(before.figure) before)", .dim),
    ]
  }
}
