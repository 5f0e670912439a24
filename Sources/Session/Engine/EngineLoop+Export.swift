import Errors

/// What is to be written when a run is through.
struct AwaitedExport {
  let request: ExportRequest
  let run: RunningChange
  /// The iteration that was current, and its revision.
  let iteration: Int
  let revision: Int
  /// The newest iteration then.
  let newest: Int

  /// Whether the run brought what was waited for: the same iteration with another network, or a new one.
  func hasCome(in history: History) -> Bool {
    let now = history.now
    return now.id == iteration ? now.revision != revision : now.id > newest
  }
}

/// Writing, where a run may be about to change what is written.
extension EngineLoop {
  /// Writes what is asked for; while a run changes the network only what the request says of that.
  func take(_ request: ExportRequest, _ workbench: Workbench) {
    guard let change = runs.lazy.compactMap({ $0.change }).first, request.duringChange != .writeEarlier else {
      return report(.exported(Self.result { try export(workbench, request) }))
    }
    do {
      // What stands in the way of writing is said at once, not when the run is through.
      _ = try checkedPaths(of: request, workbench)
      guard request.duringChange == .wait else { throw SessionError.changing(change) }
    } catch {
      return report(.exported(.failure(CaughtError(error))))
    }
    let history = workbench.history
    awaitedExport = AwaitedExport(
      request: request, run: change, iteration: history.current, revision: history.now.revision,
      newest: history.iterations.last?.id ?? 0)
    log(.note, "\(request.modelPath) is written when what runs is through.")
    report(.exportAwaited(path: request.modelPath))
  }

  /// Writes what waited for a run, once that is through.
  func writeWhatWaited() {
    guard let awaited = awaitedExport, let workbench, !runs.contains(where: { $0.change != nil }) else {
      return
    }
    awaitedExport = nil
    report(
      .exported(
        Self.result {
          guard awaited.hasCome(in: workbench.history) else { throw SessionError.noChange(awaited.run) }
          return try export(workbench, awaited.request)
        }))
  }

  /// Lets go of what waited: the model that it is about is closed.
  func forgetAwaitedExport() {
    guard let awaited = awaitedExport else { return }
    awaitedExport = nil
    log(.warning, "\(awaited.request.modelPath) was not written: another model was opened before.")
  }
}
