import Compute
import Datasets
import Dispatch
import Errors
import Foundation
import Schedules
import Screens
import Session
import Synchronization
import TerminalHost

/// Joins the engine's thread and the terminal's: commands one way, the newest snapshot and answers the other.
final class EngineLink: Sendable {
  private struct Pending {
    var snapshot: SessionSnapshot?
    var answers: [Action] = []
    var modelName = "the model"
    /// What repeats the session, for reports that are being written.
    var script: String?
    var folder: String?
    var keepingFailure: CaughtError?
    /// Commands that were sent counted and are not carried out.
    var unanswered = 0
  }

  let wakeUp = WakeUp()
  private let pending = Mutex(Pending())
  /// Counts snapshots; only the first is waited for.
  private let firstSnapshot = DispatchSemaphore(value: 0)
  private let engineBox = Mutex<Engine?>(nil)

  init(options: ComputeOptions, sessions: SessionLocation, workers: Workers? = nil) {
    let engine = Engine(
      options: options, sessions: sessions,
      opensSchedule: { path, workbench, options in
        try HostedSchedule(path: path, workbench: workbench, options: options)
      }, workers: workers, report: { [weak self] report in self?.take(report) })
    engineBox.withLock { $0 = engine }
  }

  private var engine: Engine? { engineBox.withLock { $0 } }

  func send(_ command: EngineCommand) { engine?.send(command) }

  /// Hands a command over, and behind it a question whose answer says that it was carried out: the engine takes one after
  /// the other.
  func sendCounted(_ command: EngineCommand) {
    pending.withLock { $0.unanswered += 1 }
    send(command)
    send(.inspect(Self.question))
  }

  /// Takes the shell script that repeats the session, for the reports that are asked for next.
  func note(script: String?) { pending.withLock { $0.script = script } }

  /// Data that nobody looks at.
  private static let question = DatasetConfiguration()

  /// Opens a model and waits until the engine has, or throws why it could not. Reports stay to be collected.
  func open(_ path: String, inputShapes: [String: [Int]] = [:]) throws {
    send(.open(path: path, inputShapes: inputShapes))
    firstSnapshot.wait()
    let snapshot = pending.withLock { $0.snapshot }
    if let failure = snapshot?.failure, snapshot?.model == nil { throw failure.error }
  }

  /// Hands an answer over that comes from elsewhere than the engine, from any thread.
  func deliver(_ answer: Action) {
    pending.withLock { $0.answers.append(answer) }
    wakeUp.wake()
  }

  /// What has come in since the last call: answers in their order, the newest snapshot, and how many of the commands that were
  /// sent counted it does not know of.
  func collect() -> (snapshot: SessionSnapshot?, answers: [Action], unanswered: Int) {
    pending.withLock { pending in
      defer {
        pending.snapshot = nil
        pending.answers = []
      }
      return (pending.snapshot, pending.answers, pending.unanswered)
    }
  }

  /// Where the session can be taken up again, in a line; `nil` where it cannot.
  var farewell: String? {
    let (path, failure) = pending.withLock { ($0.folder, $0.keepingFailure) }
    guard let folder = path.map({ SessionFolder($0) }), folder.exists else { return nil }
    return failure.map { "secateur: \($0.sentence) What happened here was not kept." }
      ?? "secateur: kept in \(folder.path); secateur \(folder.resumingArguments) goes on."
  }

  /// Ends the engine; waits a moment for the batch that it is in.
  func close() {
    send(.quit)
    engine?.waitUntilEnded(seconds: 5)
  }

  private func take(_ report: EngineReport) {
    pending.withLock { pending in
      switch report {
      case .snapshot(var snapshot):
        snapshot.failure = snapshot.failure.map {
          Failure(number: $0.number, error: CaughtError(worded: $0.error))
        }
        pending.snapshot = snapshot
        if let path = snapshot.model?.path { pending.modelName = (path as NSString).lastPathComponent }
        (pending.folder, pending.keepingFailure) = (snapshot.folder, snapshot.keepingFailure)
        firstSnapshot.signal()
      case .inspected(let inspection) where inspection.configuration == Self.question:
        pending.unanswered -= 1
      case .inspected(let inspection):
        let result = inspection.result.mapError { CaughtError(worded: $0) }
        pending.answers.append(.dataInspected(DataInspection(of: inspection.configuration, result)))
      case .compared(let comparison): pending.answers.append(.compared(comparison))
      case .exported(let result):
        let model = pending.modelName
        let script = pending.script
        let written = Result { try result.get().writingReports(on: model, script: script) }
        pending.answers.append(.exported(written.mapError { CaughtError(worded: $0) }))
      case .exportAwaited(let path): pending.answers.append(.exportAwaited(path: path))
      case .weights(let weights): pending.answers.append(.weightsRead(weights))
      }
    }
    wakeUp.wake()
  }
}
