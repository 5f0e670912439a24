import ArgumentParser
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

  /// Keeps a workbench's session, and tells of what was taken up.
  func keep(_ workbench: Workbench) throws(SessionError) {
    guard !keepsNothing else { return }
    let folder =
      session.map { SessionFolder($0.path) }
      ?? .standard(model: workbench.path, fingerprint: workbench.fingerprint)
    if startsAnew, let aside = try folder.putAside() {
      Console.note("secateur: the earlier session is in \(aside.path) now")
    }
    let resumption = try workbench.keep(in: folder)
    for loss in resumption.losses { Console.note("secateur: \(loss)") }
    if let holder = resumption.holder { throw .sessionInUse(path: folder.path, holder: holder) }
  }
}
