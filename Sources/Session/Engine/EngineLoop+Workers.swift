import Compute
import Errors

/// Runs that workers do where the program was told how to start some.
extension EngineLoop {
  /// Starts workers for a piece of work on the current iteration; `nil` where it is done here.
  func startWorkers(_ work: WorkerTask.Work, _ workbench: Workbench) -> WorkerFollower? {
    guard let workers, workbench.dataset != nil else { return nil }
    guard let task = WorkerTask(work, on: workbench, options: options) else {
      log(.warning, "Workers learn of an iteration from its session, and none is kept: this is done here.")
      return nil
    }
    do {
      let job = try WorkerJob(workers, message: task.message(session: workbench.sessionFolder))
      return WorkerFollower(job, cancellation: options.cancellation)
    } catch {
      tellOfLoss(error)
      return nil
    }
  }

  /// Says why workers are gone, and that the work goes on without them.
  func tellOfLoss(_ error: any Error) { log(.warning, "\(CaughtError(error).sentence) It goes on here.") }
}
