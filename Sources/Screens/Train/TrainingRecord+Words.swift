internal import TerminalUI
internal import Training

extension TrainingState {
  /// Whether it goes on.
  var isRunning: Bool { stopReason == nil }

  /// Whether there is an accuracy to show.
  var hasAccuracy: Bool {
    before?.accuracy != nil || history.contains { $0.accuracy != nil || $0.validationAccuracy != nil }
  }
}

extension TrainingRecord {
  /// What came of it: `3 epochs, the best 2: accuracy 71.5% → 90.8%.`
  var outcome: String {
    let count = state.history.count
    var text = "trained \(count) epoch\(count == 1 ? "" : "s")"
    if let reason = state.stopReason?.words { text += " (\(reason))" }
    if seconds > 0 { text += " in \(Quantity.duration(seconds: seconds))" }
    guard let best = state.best else { return text + "." }
    let change = state.before.map { "\($0.words) → \(best.figure)" } ?? best.words
    return text + ", best epoch \(best.epoch): \(change) on validation data."
  }
}

extension TrainingState.StopReason {
  /// Why a training ended before its time; `nil` where it did not.
  fileprivate var words: String? {
    switch self {
    case .completed: nil
    case .patience: "stopped early"
    case .notFinite: "the loss was not a number any more"
    case .stopped: "stopped"
    }
  }
}

extension ValidationWatch.Result {
  /// `accuracy 90.8%`, or the loss where there is none.
  var words: String { (accuracy == nil ? "loss " : "accuracy ") + figure }

  /// The accuracy, or the loss where there is none.
  var figure: String {
    accuracy.map { Quantity.percent($0, digits: 1) } ?? Quantity.significant(loss, digits: 3)
  }
}
