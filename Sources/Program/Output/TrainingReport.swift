import Session
import TerminalUI

/// What a person sees of a training run: a line that moves, and one that stays for each epoch. Standard error.
struct TrainingReport {
  private let name: String
  private var line: ProgressLine
  private var epochsTold = 0
  private var skippedTold = 0

  init(_ name: String) {
    self.name = name
    line = ProgressLine(name)
  }

  /// Shows where the run is.
  mutating func update(_ state: TrainingState) {
    tell(state)
    line.update(Self.now(state))
  }

  /// Takes the line away, behind what is still to be told.
  mutating func end(_ state: TrainingState) {
    tell(state)
    line.end()
  }

  private mutating func tell(_ state: TrainingState) {
    guard state.history.count > epochsTold else { return }
    line.end()
    for epoch in state.history[epochsTold...] {
      Console.note("\(name): epoch \(epoch.number) of \(state.epochs): \(Self.text(epoch))")
    }
    epochsTold = state.history.count
    if state.skippedSteps > skippedTold {
      let count = state.skippedSteps - skippedTold
      Console.note(
        "secateur: \(count) step\(count == 1 ? "" : "s") skipped, the loss or its gradients were not numbers")
      skippedTold = state.skippedSteps
    }
  }

  private static func text(_ epoch: TrainingState.Epoch) -> String {
    let parts =
      measures(
        loss: epoch.loss, accuracy: epoch.accuracy, validationLoss: epoch.validationLoss,
        validationAccuracy: epoch.validationAccuracy) + [Quantity.duration(seconds: epoch.seconds)]
    return parts.joined(separator: ", ") + (epoch.isBest ? ", best so far" : "")
  }

  /// What an epoch was measured at, part by part.
  static func measures(
    loss: Double, accuracy: Double?, validationLoss: Double?, validationAccuracy: Double?
  ) -> [String] {
    var parts = ["loss \(Quantity.significant(loss, digits: 4))"]
    if let accuracy { parts.append("accuracy \(Quantity.percent(accuracy, digits: 2))") }
    if let validationLoss {
      parts.append("validation loss \(Quantity.significant(validationLoss, digits: 4))")
    }
    if let validationAccuracy {
      parts.append("validation accuracy \(Quantity.percent(validationAccuracy, digits: 2))")
    }
    return parts
  }

  private static func now(_ state: TrainingState) -> String {
    now(state, epoch: "epoch \(state.epoch) of \(state.epochs)")
  }

  /// Where a run is now.
  ///
  /// - Parameter epoch: the epoch, in words.
  static func now(_ state: TrainingState, epoch: String) -> String {
    let left = state.secondsLeft.map { ", ETA \(Quantity.duration(seconds: $0))" } ?? ""
    switch state.phase {
    case .measuring: return "measuring the model as it came\(left)"
    case .validating: return "\(epoch): validating\(left)"
    case .finished: return ""
    case .training:
      let loss = state.loss.map { ", loss \(Quantity.significant($0, digits: 4))" } ?? ""
      let accuracy = state.accuracy.map { ", accuracy \(Quantity.percent($0, digits: 1))" } ?? ""
      return "\(epoch): batch \(Quantity.grouped(state.step)) of "
        + "\(Quantity.grouped(state.stepsPerEpoch))\(loss)\(accuracy), rate "
        + "\(Quantity.scientific(state.rate)), \(Quantity.grouped(Int(state.examplesPerSecond))) a second\(left)"
    }
  }
}
