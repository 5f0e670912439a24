internal import TerminalUI

extension ProgramState {
  /// What the Train screen shows: the training that runs, else those of the selected or the current iteration.
  var shownTrainings: [TrainingProgress] {
    if let running = engine.training {
      return (iteration(running.iteration)?.trainings ?? []) + [running]
    }
    for candidate in [selectedIteration, currentIteration] {
      if let found = candidate?.trainings, !found.isEmpty { return found }
    }
    return []
  }

  /// Draws the curves, with what the numbers are above them.
  func drawTraining(into grid: inout Grid, in inside: Rectangle) {
    let trainings = shownTrainings
    guard let last = trainings.last else { return drawNoTraining(into: &grid, in: inside) }
    let area = inside.inset(horizontal: 1, vertical: 0)
    let lines = Self.facts(of: last, title: iteration(last.iteration)?.label)
    for (row, line) in lines.enumerated() { grid.write(line, in: area.row(row)) }
    let top = min(area.height, lines.count)
    let plots = Rectangle(x: area.x, y: area.y + top, width: area.width, height: area.height - top)
    drawCurves(of: trainings, into: &grid, in: plots)
  }

  /// Draws loss and accuracy side by side, or over each other, or the loss alone: as there is room.
  private func drawCurves(of trainings: [TrainingProgress], into grid: inout Grid, in area: Rectangle) {
    var parts: [(TrainingCurves.Quantity, Rectangle)] = [(.loss, area)]
    if trainings.contains(where: \.hasAccuracy) {
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

  private func drawNoTraining(into grid: inout Grid, in area: Rectangle) {
    let lines: [String] =
      if let reason = disabledReason(for: .train) {
        ["Nothing was trained yet.", "Training cannot begin: \(reason)."]
      } else {
        ["Nothing was trained yet.", "F trains iteration \(engine.currentIteration) on the data."]
      }
    for (row, line) in lines.enumerated() {
      grid.write(
        line, in: area.row(area.height / 2 - 1 + row), alignment: .center, style: row == 0 ? .text : .dim)
    }
  }

  /// What the screen says above the curves.
  private static func facts(of training: TrainingProgress, title: String?) -> [[Span]] {
    var first = [Span("Iteration \(training.iteration)", .title), Span("  ")]
    if training.isRunning {
      first.append(Span(training.position))
      if let left = training.secondsLeft { first.append(Span("  ETA \(Quantity.duration(seconds: left))")) }
      if training.examplesPerSecond > 0 {
        first.append(Span("  \(Quantity.significant(training.examplesPerSecond, digits: 3)) ex/s"))
      }
      if training.rate > 0 { first.append(Span("  rate \(Quantity.scientific(training.rate))")) }
    } else {
      first.append(Span(training.outcome))
    }
    var second: [Span] = []
    if training.isRunning, let now = training.now {
      var text = "now loss \(Quantity.significant(now.loss, digits: 3))"
      if let accuracy = now.accuracy { text += ", accuracy \(Quantity.percent(accuracy, digits: 1))" }
      second.append(Span(text + "  "))
    }
    if training.isRunning { second += training.bestSpans }
    if training.skippedSteps > 0 {
      let count = training.skippedSteps
      second.append(
        Span("  \(count) step\(count == 1 ? "" : "s") skipped: loss or gradients not a number", .warning))
    }
    let told = [Span(training.options, .dim)]
    return [first] + (second.isEmpty ? [] : [second]) + [title.map { [Span($0 + "  ", .dim)] + told } ?? told]
  }
}

extension TrainingProgress {
  /// Where it is, in words.
  fileprivate var position: String {
    let place = "epoch \(epoch) of \(epochs)"
    switch phase {
    case .measuring: return "measuring the network as it came"
    case .validating: return place + ", validating"
    case .training, .completed, .ended:
      return place + ", step \(Quantity.grouped(step)) of \(Quantity.grouped(stepsPerEpoch))"
    }
  }

  /// The best so far, against the network as it came.
  fileprivate var bestSpans: [Span] {
    guard let before else { return [] }
    guard let best, let bestEpoch, bestEpoch > 0 else {
      return [Span("before \(before.words), not beaten yet", .dim)]
    }
    return [
      Span("best epoch \(bestEpoch): "), Span(best.words, .success), Span(" (\(before.figure) before)", .dim),
    ]
  }
}
