import Files
public import Foundation

/// Where a session lives: a folder with a journal, weights and scores, closed to other users. Whatever else stands there
/// is left alone: a folder may come from somebody else.
public struct SessionFolder: Sendable, Hashable {
  /// The folder.
  public let path: String

  /// The session in the folder at `path`, which need not be there yet.
  public init(_ path: String) { self.path = (path as NSString).standardizingPath }

  /// The folder's own name.
  package var name: String { (path as NSString).lastPathComponent }

  /// Whether a session was kept here.
  public var exists: Bool {
    var status = stat()
    return lstat(journalPath, &status) == 0
  }

  /// When something was last kept here.
  public var lastUsed: Date? {
    (try? FileManager.default.attributesOfItem(atPath: journalPath))?[.modificationDate] as? Date
  }

  /// The bytes of its files.
  public var bytes: Int {
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return names.reduce(0) { sum, name in
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
      return sum
        + (attributes?[.type] as? FileAttributeType == .typeRegular ? attributes?[.size] as? Int ?? 0 : 0)
    }
  }

  /// Where what happened is written line by line.
  package var journalPath: String { "\(path)/\(Self.journal)" }
  /// Where a training stands that is going on.
  package var checkpointPath: String { "\(path)/\(Self.checkpoint)" }
  /// Where an iteration's weights are that a plan cannot make again.
  package func weightsPath(_ name: String) -> String { "\(path)/\(Self.weights)/\(Self.weightsFile(name))" }

  // MARK: Names in the folder

  static let journal = "journal.jsonl"
  static let lock = "lock"
  static let checkpoint = "training.npz"
  static let sensitivity = "sensitivity.json"
  static let weights = "weights"
  static let scores = "scores"
  static func weightsFile(_ name: String) -> String { "\(name).npz" }
  static func scoresFile(_ iteration: Int) -> String { "\(iteration).json" }

  /// Whether a name is one that weights are kept under: `ITERATION-REVISION`, both numbers.
  static func isWeightsName(_ name: String) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.count <= 9 && part.utf8.allSatisfy { 48...57 ~= $0 }
      }
  }

  // MARK: The user's sessions

  /// The user's state folder (XDG Base Directory Specification 0.8).
  package static var stateFolder: String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? NSHomeDirectory()
    let base = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.local/state"
    return "\(base)/secateur"
  }

  /// The folder of all sessions that have no folder of their own.
  package static var standardRoot: String { "\(stateFolder)/sessions" }

  /// The usual folder of the model at `path`: another one when its weights are others.
  public static func standard(model path: String, fingerprint: String) -> SessionFolder {
    let stem = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    let plain = stem.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" }
    return SessionFolder("\(standardRoot)/\(String(plain.prefix(60)))-\(fingerprint.prefix(12))")
  }

  /// All sessions in the usual place, the one used last first.
  public static var all: [SessionFolder] {
    ((try? FileManager.default.contentsOfDirectory(atPath: standardRoot)) ?? [])
      .map { SessionFolder("\(standardRoot)/\($0)") }.filter(\.exists)
      .sorted { ($0.lastUsed ?? .distantPast) > ($1.lastUsed ?? .distantPast) }
  }

  /// The session that is gone on with where none is named: of those in the usual place the one used last.
  package static var usedLast: SessionFolder? { all.first }

  /// The words of the command that go on with this session and with no other.
  package var resumingArguments: String {
    let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
    return SessionFolder.usedLast?.path == absolute ? "--resume" : "--resume --session \(ShellWord(absolute))"
  }

  /// Puts what is here aside, under the next free `….1`, `….2`, so that a session can begin anew.
  ///
  /// - Returns: where it is now; `nil` where there was nothing.
  @discardableResult
  package func putAside() throws -> SessionFolder? {
    guard exists else { return nil }
    var number = 1
    while FileManager.default.fileExists(atPath: "\(path).\(number)") { number += 1 }
    do {
      try FileManager.default.moveItem(atPath: path, toPath: "\(path).\(number)")
    } catch {
      throw SessionError.unwritable(path: path, reason: "the folder cannot be renamed")
    }
    return SessionFolder("\(path).\(number)")
  }

  /// Removes the session: the files that it wrote, and the folder where nothing else is in it.
  ///
  /// - Throws: where another program has it, and where something stays.
  public func delete() throws {
    let root = try SessionError.writing { try Folder(path) }
    let lock = try SessionLock(in: root)
    if let holder = lock.holder { throw SessionError.sessionInUse(path: path, holder: holder) }
    let inner: [(folder: String, isOurs: (String) -> Bool)] = [
      (Self.weights, { $0.hasSuffix(".npz") && Self.isWeightsName(String($0.dropLast(4))) }),
      (Self.scores, { $0.hasSuffix(".json") && Int($0.dropLast(5)) != nil }),
    ]
    for (name, isOurs) in inner {
      guard let folder = try? root.folder(name) else { continue }
      folder.sweepDrafts()
      for file in folder.names where isOurs(file) { folder.remove(file) }
      root.removeFolder(name)
    }
    root.sweepDrafts()
    for name in [Self.checkpoint, Self.sensitivity, Self.journal, Self.lock] { root.remove(name) }
    guard rmdir(path) == 0 || unlink(path) == 0 else {
      throw SessionError.unwritable(
        path: path, reason: "what does not belong to the session stays in the folder")
    }
  }
}
