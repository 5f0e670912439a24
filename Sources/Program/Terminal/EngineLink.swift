import Compute
import Datasets
import Dispatch
import Foundation
import Pruning
import Screens
import Session
import Synchronization
import TerminalHost

/// Joins the engine's thread and the terminal's: commands one way, the newest snapshot and answers the other.
final class EngineLink: Sendable {
  private struct Pending {
    var snapshot: SessionSnapshot?
    /// Of the newest snapshot, collected or not.
    var history: History?
    var answers: [Action] = []
    var drafts: [Int: DataDraft] = [:]
    var nextTag = 0
    var modelName = "the model"
    var session: Resumption?
    var keepingFailure: SessionError?
  }

  let wakeUp = WakeUp()
  private let pending = Mutex(Pending())
  /// Counts snapshots; only the first is waited for.
  private let firstSnapshot = DispatchSemaphore(value: 0)
  private let engineBox = Mutex<Engine?>(nil)

  init(options: ComputeOptions, sessions: SessionPlace) {
    let engine = Engine(options: options, sessions: sessions) { [weak self] report in self?.take(report) }
    engineBox.withLock { $0 = engine }
  }

  func send(_ command: EngineCommand) { engineBox.withLock { $0 }?.send(command) }

  /// Opens a model and waits until the engine has, or throws why it could not. Reports stay to be collected.
  func open(_ path: String, inputShapes: [String: [Int]] = [:]) throws(SessionError) {
    send(.open(path: path, inputShapes: inputShapes))
    firstSnapshot.wait()
    let snapshot = pending.withLock { $0.snapshot }
    if let failure = snapshot?.failure, snapshot?.history == nil { throw failure.error }
  }

  /// Looks at data; the answer says for which draft it is.
  func inspect(_ draft: DataDraft) {
    let tag = pending.withLock { pending in
      pending.nextTag += 1
      pending.drafts[pending.nextTag] = draft
      return pending.nextTag
    }
    switch Result(catching: { () throws(DatasetError) in try draft.configuration() }) {
    case .success(let configuration): send(.inspect(configuration, tag: tag))
    case .failure(let error): take(.inspected(tag: tag, .failure(.dataset(error))))
    }
  }

  /// Compares two iterations, on a thread of its own: the weights of large networks take a while, and neither the
  /// screen nor a training should wait.
  func compare(_ before: Int, _ after: Int) {
    let history = pending.withLock { $0.history }
    guard let one = history?[before]?.network, let other = history?[after]?.network else { return }
    Thread.detachNewThread { [self] in
      answer(.compared(IterationComparison(before, after, NetworkComparison(one.bound, other.bound))))
    }
  }

  /// Puts an answer that did not come from the engine in the queue.
  func answer(_ action: Action) {
    pending.withLock { $0.answers.append(action) }
    wakeUp.wake()
  }

  /// What has come in since the last call: answers in their order, and the newest snapshot.
  func collect() -> (snapshot: SessionSnapshot?, answers: [Action]) {
    pending.withLock { pending in
      defer {
        pending.snapshot = nil
        pending.answers = []
      }
      return (pending.snapshot, pending.answers)
    }
  }

  /// Where the session can be taken up again, in a line; `nil` where it cannot.
  var farewell: String? {
    let (session, failure) = pending.withLock { ($0.session, $0.keepingFailure) }
    guard let session, session.folder.exists else { return nil }
    return failure.map { "secateur: \($0.sentence) What happened here was not kept." }
      ?? "secateur: kept in \(session.folder.path); secateur \(session.folder.resumingArguments) goes on."
  }

  /// Ends the engine; waits a moment for the batch that it is in.
  func close() {
    send(.quit)
    engineBox.withLock { $0 }?.waitUntilEnded(seconds: 5)
  }

  private func take(_ report: EngineReport) {
    pending.withLock { pending in
      switch report {
      case .snapshot(let snapshot):
        pending.snapshot = snapshot
        pending.history = snapshot.history
        if let path = snapshot.model?.path { pending.modelName = (path as NSString).lastPathComponent }
        (pending.session, pending.keepingFailure) = (snapshot.resumption, snapshot.keepingFailure)
        firstSnapshot.signal()
      case .inspected(let tag, let result):
        guard let draft = pending.drafts.removeValue(forKey: tag) else { return }
        pending.answers.append(.dataInspected(DataInspection(draft: draft, summary: DataSummary(result))))
      case .exported(let result):
        pending.answers.append(.exportFinished(ExportOutcome(result, model: pending.modelName)))
      case .exportAwaited(let path): pending.answers.append(.exportFinished(.awaited(path: path)))
      case .weights(let layer, let version, let shape, let values):
        pending.answers.append(
          .weightsRead(
            KernelWeights(layer: layer, structureVersion: version, shape: shape, values: values)))
      }
    }
    wakeUp.wake()
  }
}
