import Datasets
import Errors
import Foundation
import Pruning

/// Taking up what was kept, and telling of it.
extension EngineLoop {
  /// Keeps what happens from now on, where it is to be kept, after taking up what was.
  ///
  /// - Throws: where somebody asked for a folder and it cannot be used. The usual one is a convenience: the session goes on
  ///   without it.
  ///
  /// - Parameter path: the folder of the session, where somebody chose it.
  func takeUpSession(of workbench: Workbench, in path: String?) throws -> Resumption? {
    snapshot.folder = nil
    snapshot.keepingFailure = nil
    if let path, sessions != .nowhere {
      do {
        return try workbench.keep(in: SessionFolder(path))
      } catch let error as SessionError {
        // The model's file is another one by now: it has a session of its own.
        guard case .sessionOfAnotherModel = error else { throw error }
        log(.note, error.sentence)
      }
    }
    switch sessions {
    case .nowhere: return nil
    case .standard(let startsAnew):
      let folder = SessionFolder.standard(model: workbench.path, fingerprint: workbench.fingerprint)
      do {
        if startsAnew { try folder.putAside() }
        return try workbench.keep(in: folder)
      } catch {
        tell(CaughtError(error))
        return nil
      }
    case .folder(let folder, let startsAnew):
      if startsAnew { try folder.putAside() }
      return try workbench.keep(in: folder)
    }
  }

  func tell(_ resumption: Resumption) {
    snapshot.folder = resumption.folder.path
    if let date = resumption.lastUsed {
      let count = resumption.iterations
      let what = count == 0 ? "" : " with \(count) iteration\(count == 1 ? "" : "s")"
      let time = date.formatted(
        .dateTime.day().month(.abbreviated).hour(.twoDigits(amPM: .omitted)).minute(.twoDigits)
          .locale(Locale(identifier: "en_GB")))
      log(.note, "Went on with the session of \(time)\(what).")
    }
    for loss in resumption.losses { log(.error, loss) }
  }

  /// Says once that nothing is kept any more.
  func tell(_ failure: CaughtError) {
    snapshot.keepingFailure = failure
    fail(failure)
    log(.warning, "What happens here is not kept.")
  }

  /// Attaches the data of the session, or those beside the model: nothing has to be configured.
  func attachKnownData(_ workbench: Workbench) throws {
    var configuration = try workbench.dataConfiguration()
    if let kept = workbench.sessionData { configuration = kept }
    guard configuration.data != nil else { return }
    do {
      try workbench.attach(configuration)
    } catch {
      guard workbench.sessionData != nil else { throw error }
      return log(.warning, "The session's data cannot be used: \(CaughtError(error).sentence)")
    }
    summarizeData(workbench)
    log(.success, "Data: \(workbench.dataset?.summary ?? "").")
  }

  /// Goes on with what was going on when the program ended, or else scores and measures.
  func goOn(_ workbench: Workbench) throws {
    guard workbench.dataset != nil else { return }
    if let goal = workbench.brokenOffGoal {
      let end = goal.absolute == nil ? "\(Int(goal.keepPercent)) %" : goal.remaining.text(of: goal.measure)
      log(.note, "Goes on pruning to \(end).")
      return try startIterating(workbench, goal)
    }
    if let training = workbench.brokenOffTraining {
      try workbench.go(to: training.iteration)
      changeNetwork()
      log(.note, "Goes on training iteration \(training.iteration).")
      return try startTraining(
        workbench, training.settings, training.teacher, continuing: training.checkpoint)
    }
    criterion = workbench.scores.criterion.needsData ? workbench.scores.criterion : .taylor
    try startScoring(criterion, workbench)
    try startMeasuring(workbench)
  }
}
