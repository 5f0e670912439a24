/// A long piece of work that the engine carries out between its commands, a step at a time: what it is called and how far
/// it is, how it steps, how it stops, and what it leaves.
///
/// Of the engine's runs the first goes on, and the others wait. A run of another module conforms as those here do. Used on
/// the engine's thread only.
package protocol EngineRun: AnyObject {
  /// What it is, and how far.
  var activity: Activity { get }
  /// What it is, in the words of a line: `training of iteration 2`.
  var title: String { get }
  /// Where it is: `epoch 3 of 10`; empty where its progress says all.
  var position: String { get }
  /// Seconds until all of it is done; `nil` where that cannot be told yet.
  var secondsLeft: Double? { get }
  /// What it is about, which decides when it is dropped.
  var subject: RunSubject { get }
  /// The training that it is, or is in.
  var training: RunningTraining? { get }
  /// What it is about to change; `nil` for a run that only looks.
  var change: RunningChange? { get }
  /// Grows whenever the current network becomes another one before the run is through.
  var networkChanges: Int { get }
  /// Whether nobody waits for it, so that others go before it.
  var isBackground: Bool { get }
  /// Goes a step on; `false` when it is through.
  func step() throws -> Bool
  /// Leaves what came of it. It is off the runs by now.
  func finish(in engine: EngineLoop) throws
  /// Takes what a step threw. It is off the runs by now, and whatever this throws is told as a failure.
  func fail(_ error: any Error, in engine: EngineLoop) throws
  /// Keeps what it can go on from, before it is taken off the runs.
  func suspend(in engine: EngineLoop)
}

/// What a run is about.
package enum RunSubject: Sendable, Hashable {
  /// The current network: where another one comes in its place, the run is dropped.
  case currentNetwork
  /// An iteration as it is at a revision: the run is dropped where that is gone.
  case iteration(Int, revision: Int)
  /// Times that hold whatever is current.
  case times
}

extension EngineRun {
  /// What its kind is called.
  package var title: String { activity.kind.rawValue }
  /// Its progress says all.
  package var position: String { "" }
  /// At the rate so far.
  package var secondsLeft: Double? { activity.progress.secondsLeft }
  /// It is no training.
  package var training: RunningTraining? { nil }
  /// It only looks.
  package var change: RunningChange? { nil }
  /// It changes no network before it is through.
  package var networkChanges: Int { 0 }
  /// Somebody waits for it.
  package var isBackground: Bool { false }
  /// The error is told as it is.
  package func fail(_ error: any Error, in engine: EngineLoop) throws { throw error }
  /// It keeps nothing, and begins again.
  package func suspend(in engine: EngineLoop) {}
}

/// A run that is worth something before it is through. It is not dropped: a command that ends it makes it stop, and then
/// it leaves the best of what it has.
protocol SettledRun: EngineRun {
  /// Ends it between two steps.
  func stop() throws
}

/// A run that is shown as a timeline, and that waits until it is told to go on.
package protocol TimelineRun: EngineRun {
  /// What a screen shows of it.
  var timeline: TimelineSummary { get }
  /// Whether it was told to go on, and is not through.
  var goesOn: Bool { get }
  /// Takes an order.
  ///
  /// - Throws: where it cannot be carried out; nothing has changed then.
  func take(_ order: TimelineOrder) throws
}
