import Schedules
import Session
import TerminalUI
import Training

/// What a person sees of a schedule's run: a line that moves, and lines that stay for each epoch and each remover.
/// Standard error. Epochs count from 0, as in the schedule.
struct ScheduleReport {
  private var line = ProgressLine("schedule")
  private var rowsTold: Int
  private var removalsTold: Int

  /// What an earlier run has told is not told again.
  init(_ run: ScheduleRun) {
    rowsTold = run.log.rows.count
    removalsTold = run.removals.count
  }

  /// Shows where the run is.
  mutating func update(_ run: ScheduleRun) {
    tell(run)
    line.update(Self.now(run))
  }

  /// Takes the line away, behind what is still to be told.
  mutating func end(_ run: ScheduleRun) {
    tell(run)
    line.end()
  }

  private mutating func tell(_ run: ScheduleRun) {
    if run.removals.count > removalsTold {
      line.end()
      for removal in run.removals[removalsTold...] {
        Console.note("schedule: epoch \(removal.epoch): \(removal.name): \(Self.text(removal.sizes))")
      }
      removalsTold = run.removals.count
    }
    guard run.log.rows.count > rowsTold else { return }
    line.end()
    for row in run.log.rows[rowsTold...] {
      Console.note("schedule: epoch \(row.epoch), the last is \(run.settings.epochs - 1): \(Self.text(row))")
    }
    rowsTold = run.log.rows.count
  }

  /// Sizes before and after a remover.
  static func text(_ sizes: [NetworkSize]) -> String {
    guard let before = sizes.first, let after = sizes.last, before != after else {
      return "nothing to remove"
    }
    return "\(Quantity.grouped(before.weights)) → \(Quantity.grouped(after.weights)) weights, "
      + "\(Quantity.grouped(before.multiplyAccumulates)) → \(Quantity.grouped(after.multiplyAccumulates)) MACs"
  }

  private static func text(_ row: ScheduleLog.Row) -> String {
    var parts = ["loss \(Quantity.significant(row.loss, digits: 4))"]
    if let accuracy = row.accuracy { parts.append("accuracy \(Quantity.percent(accuracy, digits: 2))") }
    if let loss = row.validationLoss {
      parts.append("validation loss \(Quantity.significant(loss, digits: 4))")
    }
    if let accuracy = row.validationAccuracy {
      parts.append("validation accuracy \(Quantity.percent(accuracy, digits: 2))")
    }
    parts.append("rate \(Quantity.scientific(row.rate))")
    parts.append(Quantity.duration(seconds: row.seconds))
    return parts.joined(separator: ", ")
  }

  private static func now(_ run: ScheduleRun) -> String {
    let state = run.state
    let left = state.secondsLeft.map { ", ETA \(Quantity.duration(seconds: $0))" } ?? ""
    if let (ranking, progress) = run.measuring {
      return "epoch \(run.epoch): ranking by \(ranking.rawValue), \(Quantity.grouped(progress.done)) of "
        + "\(Quantity.grouped(progress.total)) examples"
    }
    switch state.phase {
    case .measuring: return "measuring the model as it came\(left)"
    case .validating: return "epoch \(run.epoch): validating\(left)"
    case .finished: return ""
    case .training:
      let loss = state.loss.map { ", loss \(Quantity.significant($0, digits: 4))" } ?? ""
      let accuracy = state.accuracy.map { ", accuracy \(Quantity.percent($0, digits: 1))" } ?? ""
      return "epoch \(run.epoch): batch \(Quantity.grouped(state.step)) of "
        + "\(Quantity.grouped(state.stepsPerEpoch))\(loss)\(accuracy), rate "
        + "\(Quantity.scientific(state.rate)), \(Quantity.grouped(Int(state.examplesPerSecond))) a second\(left)"
    }
  }
}
