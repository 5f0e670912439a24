package import Compute

/// Opens a schedule, which a module behind the engine reads and carries out.
package typealias ScheduleOpener =
  @Sendable (_ path: String, Workbench, ComputeOptions) throws -> any TimelineRun

/// The schedule that is open.
extension EngineLoop {
  /// Opens a schedule in the place of an earlier one.
  func openSchedule(_ path: String, _ workbench: Workbench) throws {
    guard let opensSchedule else { return }
    schedule = try opensSchedule(path, workbench, options)
    runs.removeAll { $0 is any TimelineRun }
    goOnWithSchedule()
  }

  /// Tells the schedule what to do.
  func order(_ order: TimelineOrder) throws {
    guard let schedule else { return }
    try schedule.take(order)
    goOnWithSchedule()
  }

  /// Puts the schedule among the runs that go on, or takes it from them.
  private func goOnWithSchedule() {
    guard let schedule, schedule.goesOn else { return runs.removeAll { $0 is any TimelineRun } }
    guard !runs.contains(where: { $0 === schedule }) else { return }
    leaveNetwork()
    runs.insert(schedule, at: 0)
  }
}
