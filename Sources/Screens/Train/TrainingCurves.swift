package import TerminalUI
internal import Training

/// The curves of trainings that followed each other, over epochs: losses and accuracies on training and validation data.
package struct TrainingCurves: Sendable, Hashable {
  /// What is plotted.
  package enum Quantity: Sendable, Hashable { case loss, accuracy }

  /// On the batches that were learned from; losses step by step and smoothed, accuracies an epoch.
  package private(set) var training: [Plot.Location] = []
  /// At each epoch's end; the first one of the network as it came.
  package private(set) var validation: [Plot.Location] = []
  /// The best validation of each training.
  package private(set) var best: [Plot.Location] = []
  /// Epochs that the horizontal axis spans.
  package private(set) var epochs = 0.0

  /// Reads the curves off.
  ///
  /// - Parameter points: about as many as the curve of the losses is drawn with.
  package init(_ trainings: [TrainingRecord], _ quantity: Quantity, points: Int = 200) {
    for training in trainings.map(\.state) {
      add(training, quantity, points: max(8, points / trainings.count))
      // Of a long run that has just begun only a part is spanned, so that the curves can be seen.
      let span =
        training.isRunning ? min(training.epochs, max(5, 4 * training.epoch)) : training.history.count
      epochs += Double(max(1, span))
    }
  }

  private mutating func add(_ state: TrainingState, _ quantity: Quantity, points: Int) {
    func value(_ loss: Double?, _ accuracy: Double?) -> Double? {
      quantity == .loss ? loss : accuracy.map { 100 * $0 }
    }
    let before = value(state.before?.loss, state.before?.accuracy)
    // Gaps, so that trainings that follow each other are not joined.
    if !training.isEmpty { training.append(.init(.nan, .nan)) }
    if !validation.isEmpty { validation.append(.init(.nan, .nan)) }
    if let before { validation.append(.init(epochs, before)) }
    for epoch in state.history {
      let x = epochs + Double(epoch.number)
      if let value = value(epoch.validationLoss, epoch.validationAccuracy) {
        validation.append(.init(x, value))
        if epoch.number == state.best?.epoch { best.append(.init(x, value)) }
      }
      if quantity == .accuracy, let value = value(epoch.loss, epoch.accuracy) {
        training.append(.init(x - 0.5, value))
      }
    }
    if state.best?.epoch == 0, let before { best.append(.init(epochs, before)) }
    if quantity == .loss {
      let perEpoch = Double(max(1, state.stepsPerEpoch))
      training += Self.smoothed(state.losses, points: points).map {
        .init(epochs + Double($0.step) / perEpoch, $0.value)
      }
    } else if state.isRunning, let now = value(state.loss, state.accuracy), state.stepsPerEpoch > 0 {
      let share = Double(state.step) / Double(state.stepsPerEpoch)
      training.append(.init(epochs + max(0, Double(state.epoch) - 1 + share / 2), now))
    }
  }

  /// A running mean of values that weighs the last twentieth of them most, taken at as many places as asked for.
  ///
  /// The first values weigh as much as there are of them (the bias correction of Kingma and Ba 2015).
  package static func smoothed(_ values: [Double], points: Int) -> [(step: Int, value: Double)] {
    guard !values.isEmpty, points > 0 else { return [] }
    let decay = 1 - 1 / max(5, Double(values.count) / 20)
    let stride = max(1, values.count / points)
    var (mean, weight) = (0.0, 0.0)
    var result: [(step: Int, value: Double)] = []
    for (index, value) in values.enumerated() {
      if value.isFinite {
        mean = decay * mean + (1 - decay) * value
        weight = decay * weight + (1 - decay)
      }
      let isLast = index == values.count - 1
      if weight > 0, (index + 1) % stride == 0 || isLast { result.append((index + 1, mean / weight)) }
    }
    return result
  }

  /// The curves as series of a plot, with marks on the validation's points and on the best.
  ///
  /// - Parameters:
  ///   - name: what the legend says before `training` and `validation`.
  ///   - styles: of the training's and of the validation's curve.
  package func series(_ name: String = "", styles: (Style, Style) = (.role(.graph), .role(.graphSecond)))
    -> [Plot.Series]
  {
    var series = [Plot.Series(name + "training", training, style: styles.0)]
    if !validation.isEmpty {
      series += [
        Plot.Series("", validation, style: styles.1),
        Plot.Series(name + "validation", validation, kind: .scatter, style: styles.1),
      ]
    }
    if !best.isEmpty {
      series.append(Plot.Series(name + "best", best, kind: .scatter, style: .role(.success)))
    }
    return series
  }
}

extension Plot {
  /// A plot of one quantity over epochs.
  static func training(
    _ series: [Series], _ quantity: TrainingCurves.Quantity, epochs: Double
  ) -> Plot {
    var plot = Plot(
      series, xRange: 0...max(1, epochs), xTitle: "epochs",
      yTitle: quantity == .loss ? "loss" : "accuracy %")
    plot.xLabel = { TerminalUI.Quantity.fixed($0, digits: 0) }
    plot.hasLegendBelow = quantity == .accuracy
    return plot
  }
}
