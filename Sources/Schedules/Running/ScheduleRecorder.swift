package import Graph
import Session

/// Writes what a schedule's run comes to into its folder as it happens: the model behind each remover, the log, the state
/// to go on from, and the model at the end. Used on one thread, as the run is.
package struct ScheduleRecorder {
  private let run: ScheduleRun
  private let folder: ScheduleFolder
  private let write: (Network, _ stem: String) throws -> String
  private var rows: Int
  private var removals: Int
  /// What a run that is begun, and not gone on with, finds in the folder.
  private var earlier: EarlierRun?

  /// A recorder of what a run does from now on.
  ///
  /// - Parameter write: writes a network in the format of the model that it came from, under a path without an ending;
  ///   gives the whole path.
  package init(
    _ run: ScheduleRun, folder: ScheduleFolder,
    write: @escaping (Network, _ stem: String) throws -> String
  ) {
    self.run = run
    self.folder = folder
    self.write = write
    rows = run.log.rows.count
    removals = run.removals.count
    if rows == 0, removals == 0 { earlier = EarlierRun(in: folder.path, where: ScheduleFolder.isStep) }
  }

  /// Writes what a step has brought; called behind each.
  package mutating func record() throws {
    if run.removals.count > removals {
      removals = run.removals.count
      earlier?.remove()
      _ = try write(try run.network(), folder.file(Self.name(of: run.removals[removals - 1])))
    }
    guard run.log.rows.count > rows else { return }
    rows = run.log.rows.count
    earlier?.remove()
    let (log, path) = (run.log, folder.file(ScheduleFolder.log))
    try Destination.write(log.csv, to: path)
    if let checkpoint = try run.checkpoint() { try folder.keep(checkpoint) }
  }

  /// Writes the model as it is at the end, forgets the state, and gives the model's path.
  package func finish() throws -> String {
    let path = try write(try run.network(), folder.file(ScheduleFolder.result))
    folder.forget()
    return path
  }

  /// `epoch-030-net_thinner`.
  private static func name(of removal: ScheduleRemoval) -> String {
    let number = "\(removal.epoch)"
    let name = removal.name.map { $0.isLetter || $0.isNumber || "_-.".contains($0) ? $0 : "_" }
    return "epoch-\(String(repeating: "0", count: max(0, 3 - number.count)))\(number)-\(String(name))"
  }
}
