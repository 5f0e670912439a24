import Foundation
import Session

/// What a remover has done.
public struct ScheduleRemoval: Sendable, Hashable, Codable {
  /// The epoch, from 0.
  public let epoch: Int
  /// The remover.
  public let name: String
  /// By layer that lost filters: those that stayed.
  public let kept: [String: [Int]]
  /// Before it and after.
  public let sizes: [NetworkSize]
}

/// Where a schedule's run was at the beginning of an epoch: enough to go on there.
public struct ScheduleCheckpoint: Sendable {
  /// What can be written as text.
  struct Heading: Codable, Hashable {
    /// `Network.fingerprint` of the model that the schedule began with.
    var model: String
    /// The schedule's policies and instances, as one text.
    var schedule: String
    var masks: ScheduleMasks
    var removals: [ScheduleRemoval]
    var removersDone: [String]
    var rows: [ScheduleLog.Row]
  }

  let heading: Heading
  let training: TrainingCheckpoint
  /// Where it was read, for errors.
  var origin = "The checkpoint"

  /// The epoch that comes next, from 0.
  public var epoch: Int { training.state.history.count }
  /// What was told of the epochs so far.
  public var rows: [ScheduleLog.Row] { heading.rows }
}

/// The folder that a schedule's run writes into: its log, and where it was.
public struct ScheduleFolder: Sendable {
  /// The folder.
  public let path: String

  private struct State: Codable {
    var heading: ScheduleCheckpoint.Heading
    /// The file beside this one with the weights.
    var training: String
  }

  /// Makes the folder where it is missing.
  public init(path: String) throws(ScheduleError) {
    self.path = path
    try ScheduleError.session { () throws(SessionError) in try Destination.makeFolder(path) }
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw .session(.unwritable(path: path, reason: "the folder is closed to you"))
    }
  }

  /// A file of the folder.
  public func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

  private var statePath: String { file("state.json") }

  /// Keeps where a run is: the file that names the others is replaced last, so that there is always a whole one.
  public func keep(_ checkpoint: ScheduleCheckpoint) throws(ScheduleError) {
    let name = "state-\(checkpoint.epoch).npz"
    let older = stateFiles.filter { $0 != name }
    try ScheduleError.session { () throws(SessionError) in
      try DurableFile.write(try checkpoint.training.encoded(), to: file(name))
      let state = State(heading: checkpoint.heading, training: name)
      guard let data = try? JSONEncoder.ofResults.encode(state) else {
        preconditionFailure("names and numbers can be written")
      }
      try DurableFile.write(data, to: statePath)
    }
    for name in older { try? FileManager.default.removeItem(atPath: file(name)) }
  }

  /// Where a run was that was broken off; `nil` where none was.
  public func checkpoint() throws(ScheduleError) -> ScheduleCheckpoint? {
    guard FileManager.default.fileExists(atPath: statePath) else { return nil }
    guard let data = FileManager.default.contents(atPath: statePath),
      let state = try? JSONDecoder.ofResults.decode(State.self, from: data), !state.training.contains("/")
    else { throw .session(.damagedSession(path: statePath, problem: "it cannot be read")) }
    let training = try ScheduleError.session { () throws(SessionError) in
      try TrainingCheckpoint(path: file(state.training))
    }
    return ScheduleCheckpoint(heading: state.heading, training: training, origin: path)
  }

  /// Forgets where a run was: it is through, or is begun again.
  public func forget() {
    for name in ["state.json"] + stateFiles { try? FileManager.default.removeItem(atPath: file(name)) }
  }

  private var stateFiles: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter {
      $0.hasPrefix("state-") && $0.hasSuffix(".npz")
    }
  }
}
