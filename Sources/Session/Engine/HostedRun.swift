public import Compute

/// Long work of another module that the engine carries out between its own, and that can wait to be told to go on.
///
/// Used on the engine's thread only.
public protocol HostedRun: DataRun {
  /// What a screen shows of it; published with every snapshot.
  var view: any Sendable { get }
  /// Whether it does nothing until it is told to.
  var isWaiting: Bool { get }
  /// What came of it, in a sentence; `nil` until it is over.
  var outcome: String? { get }
  /// Takes an order that the module understands.
  ///
  /// - Throws: where it cannot be carried out; nothing has changed then.
  func take(_ order: any Sendable) throws(SessionError)
  /// Waits from now on.
  func pause()
}

/// Makes a hosted run on the engine's thread.
public typealias HostedRunMaker =
  @Sendable (Workbench, ComputeOptions) throws(SessionError) -> any HostedRun

/// Runs of other modules.
extension EngineLoop {
  func host(_ make: HostedRunMaker, _ workbench: Workbench) throws(SessionError) {
    let run = try make(workbench, options)
    runs.removeAll(where: \.isHosted)
    hosted = run
    goOnWithHosted()
  }

  func order(_ order: any Sendable) throws(SessionError) {
    guard let hosted else { return }
    try hosted.take(order)
    goOnWithHosted()
  }

  /// Puts the hosted run among those that go on, or takes it from them.
  private func goOnWithHosted() {
    guard let hosted, !hosted.isWaiting, hosted.outcome == nil else {
      return runs.removeAll(where: \.isHosted)
    }
    guard !runs.contains(where: \.isHosted) else { return }
    leaveNetwork()
    runs.insert(.hosted(hosted), at: 0)
  }

  func finish(_ run: any HostedRun, _ workbench: Workbench) throws(SessionError) {
    logSkipped(run.skipped)
    guard let outcome = run.outcome else { return }
    log(.success, outcome)
    // What came of it is an iteration now.
    changeNetwork()
    try startEvaluating(workbench)
    try startScoring(criterion, workbench)
  }
}
