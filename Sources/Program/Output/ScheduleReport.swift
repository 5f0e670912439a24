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
        Console.note("schedule: epoch \(removal.epoch): \(removal.name): \(NetworkSize.text(removal.sizes))")
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

  private static func text(_ row: ScheduleLog.Row) -> String {
    let measures = TrainingReport.measures(
      loss: row.loss, accuracy: row.accuracy, validationLoss: row.validationLoss,
      validationAccuracy: row.validationAccuracy)
    return (measures + ["rate \(Quantity.scientific(row.rate))", Quantity.duration(seconds: row.seconds)])
      .joined(separator: ", ")
  }

  private static func now(_ run: ScheduleRun) -> String {
    if let (ranking, progress) = run.measuring {
      return "epoch \(run.epoch): ranking by \(ranking.rawValue), \(Quantity.grouped(progress.done)) of "
        + "\(Quantity.grouped(progress.total)) examples"
    }
    return TrainingReport.now(run.state, epoch: "epoch \(run.epoch)")
  }
}
