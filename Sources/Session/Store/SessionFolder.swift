public import Foundation

/// Where a session lives: a folder with a journal, weights and scores.
public struct SessionFolder: Sendable, Hashable {
  /// The folder.
  public let path: String

  /// The session in the folder at `path`, which need not be there yet.
  public init(_ path: String) { self.path = (path as NSString).standardizingPath }

  /// The folder's own name.
  public var name: String { (path as NSString).lastPathComponent }

  /// Whether a session was kept here.
  public var exists: Bool { FileManager.default.fileExists(atPath: journalPath) }

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

  package var journalPath: String { "\(path)/journal.jsonl" }
  var lockPath: String { "\(path)/lock" }
  package var checkpointPath: String { "\(path)/training.npz" }
  var sensitivityPath: String { "\(path)/sensitivity.json" }
  package func weightsPath(_ name: String) -> String { "\(path)/weights/\(name).npz" }
  func scoresPath(iteration: Int) -> String { "\(path)/scores/\(iteration).json" }

  // MARK: The user's sessions

  /// The folder of all sessions that have no folder of their own: in the user's state folder
  /// (XDG Base Directory Specification 0.8).
  public static var standardRoot: String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? NSHomeDirectory()
    let base = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.local/state"
    return "\(base)/secateur/sessions"
  }

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
  public static var usedLast: SessionFolder? { all.first }

  /// The words of the command that go on with this session and with no other.
  public var resumingArguments: String {
    let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
    return SessionFolder.usedLast?.path == absolute ? "--resume" : "--resume --session \(ShellWord(absolute))"
  }

  /// Puts what is here aside, under the next free `….1`, `….2`, so that a session can begin anew.
  ///
  /// - Returns: where it is now; `nil` where there was nothing.
  @discardableResult
  public func putAside() throws(SessionError) -> SessionFolder? {
    guard exists else { return nil }
    var number = 1
    while FileManager.default.fileExists(atPath: "\(path).\(number)") { number += 1 }
    do {
      try FileManager.default.moveItem(atPath: path, toPath: "\(path).\(number)")
    } catch {
      throw .unwritable(path: path, reason: "the folder cannot be renamed")
    }
    return SessionFolder("\(path).\(number)")
  }

  /// Removes the session.
  public func delete() throws(SessionError) {
    let lock = try SessionLock(lockPath)
    if let holder = lock.holder { throw .sessionInUse(path: path, holder: holder) }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw .unwritable(path: path, reason: "the folder cannot be removed")
    }
  }
}
