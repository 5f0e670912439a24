import ArgumentParser
import Datasets
import Ranks
import Session
import TerminalUI

/// Where what happens is kept.
struct SessionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep the session in this folder; by default in one of the model's own in the user's state folder.",
      valueName: "folder"), completion: .directory)
  var session: SessionPath?
  @Flag(name: .customLong("new"), help: "Begin anew; what was kept is put aside, not removed.")
  var startsAnew = false
  @Flag(name: .customLong("no-session"), help: "Keep nothing.") var keepsNothing = false

  func validate() throws {
    if keepsNothing, session != nil || startsAnew {
      throw ValidationError("--no-session keeps nothing: leave --session and --new out.")
    }
  }

  /// For an engine.
  var location: SessionLocation {
    if keepsNothing { return .nowhere }
    if let session { return .folder(SessionFolder(session.path), startsAnew: startsAnew) }
    return .standard(startsAnew: startsAnew)
  }

  /// Keeps the session of a loop with a goal, where no other program has it, and makes the workbench ready to begin.
  ///
  /// - Parameter configuration: the data that the loop uses.
  /// - Returns: the goal of an earlier run that was broken off, where it is the same; the workbench is where that was.
  func begin(
    _ goal: IterationGoal, on workbench: Workbench, data configuration: DatasetConfiguration
  ) throws -> IterationGoal? {
    do {
      try keep(workbench)
    } catch let error as SessionError {
      guard case .sessionInUse = error else { throw error }
      // Scripts may run it beside other programs.
      Console.note("secateur: \(error.sentence) Nothing is kept.")
      workbench.stopKeeping()
    }
    // Whoever opens the session later goes on with these data.
    if workbench.sessionFolder != nil { try? workbench.attach(configuration) }
    if let begun = workbench.brokenOffGoal, begun.asksTheSame(as: goal) {
      Console.note("secateur: goes on with the steps that were begun")
      return begun
    }
    try workbench.go(to: 0)
    return nil
  }

  /// Says that a loop that was stopped can be gone on with, where it is kept.
  func sayHowToGoOn(_ workbench: Workbench) {
    if workbench.sessionFolder != nil { Console.note("secateur: The same command goes on from here.") }
  }

  /// Keeps a workbench's session, and tells of what was taken up.
  ///
  /// - Parameter given: the folder, where somebody named it otherwise.
  func keep(_ workbench: Workbench, in given: SessionFolder? = nil) throws {
    guard !keepsNothing else { return }
    guard SharedRun.ranks.isFirst else { return try workbench.share(nil, over: SharedRun.ranks) }
    let folder =
      given ?? session.map { SessionFolder($0.path) }
      ?? .standard(model: workbench.path, fingerprint: workbench.fingerprint)
    if startsAnew, let aside = try folder.putAside() {
      Console.note("secateur: the earlier session is in \(aside.path) now")
    }
    let resumption = try workbench.keep(in: folder)
    for loss in resumption.losses { Console.note("secateur: \(loss)") }
    if let holder = resumption.holder { throw SessionError.sessionInUse(path: folder.path, holder: holder) }
    try workbench.share(folder, over: SharedRun.ranks)
  }
}
