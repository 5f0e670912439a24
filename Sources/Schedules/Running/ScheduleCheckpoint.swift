import Files
import Formats
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
  package var epoch: Int { training.state.history.count }
  /// What was told of the epochs so far.
  package var rows: [ScheduleLog.Row] { heading.rows }
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
  public init(path: String) throws {
    self.path = path
    try Destination.makeFolder(path)
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw SessionError.unwritable(path: path, reason: "the folder is closed to you")
    }
  }

  /// A file of the folder.
  public func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

  /// Keeps where a run is: the file that names the others is replaced last, so that there is always a whole one.
  public func keep(_ checkpoint: ScheduleCheckpoint) throws {
    let name = "state-\(checkpoint.epoch).npz"
    let training = try checkpoint.training.encoded()
    let state = State(heading: checkpoint.heading, training: name)
    let data = JSONEncoder.bytes(of: state)
    do throws(FileError) {
      let folder = try Folder(path)
      let older = folder.names.filter { Self.isStateName($0) && $0 != name }
      try FileReplacement.write(training, to: name, in: folder)
      try FileReplacement.write(data, to: Self.state, in: folder)
      for name in older { folder.remove(name) }
    } catch { throw SessionError.unwritable(path: error.path, reason: error.reason) }
  }

  /// Where a run was that was broken off; `nil` where none was.
  public func checkpoint() throws -> ScheduleCheckpoint? {
    func damaged(_ problem: String) -> SessionError {
      .damagedSession(path: file(Self.state), problem: problem)
    }
    let (folder, found): (Folder, Data?)
    do throws(FileError) {
      folder = try Folder(path)
      found = try folder.contents(of: Self.state)
    } catch { throw damaged(error.reason) }
    guard let found else { return nil }
    guard let state = try? JSONDecoder.ofResults.decode(State.self, from: found) else {
      throw damaged("it cannot be read")
    }
    guard Self.isStateName(state.training), folder.holdsFile(state.training) else {
      throw damaged("the file with the weights is not there")
    }
    let training = try TrainingCheckpoint(path: file(state.training))
    return ScheduleCheckpoint(heading: state.heading, training: training, origin: path)
  }

  /// Forgets where a run was: it is through, or is begun again.
  public func forget() {
    guard let folder = try? Folder(path) else { return }
    folder.remove(Self.state)
    for name in folder.names where Self.isStateName(name) { folder.remove(name) }
  }

  // MARK: Names in the folder

  static let log = "log.csv"
  static let result = "model"
  private static let state = "state.json"

  /// Whether a name is one that a run writes under.
  package static func isOwnName(_ name: String) -> Bool {
    [log, state].contains(name) || isStateName(name) || isStep(name) || ModelPaths.stem(of: name) == result
  }

  /// Whether a file's name is one of the model behind a remover: `epoch-030-net_thinner.onnx`.
  static func isStep(_ name: String) -> Bool {
    ModelPaths.stem(of: name)?.wholeMatch(of: /epoch-[0-9]{3,}-.*/) != nil
  }

  /// Whether a name is one that the weights of a state have: `state-12.npz`.
  private static func isStateName(_ name: String) -> Bool {
    guard name.hasPrefix("state-"), name.hasSuffix(".npz") else { return false }
    let number = name.dropFirst(6).dropLast(4)
    return !number.isEmpty && number.utf8.allSatisfy { 48...57 ~= $0 }
  }
}
