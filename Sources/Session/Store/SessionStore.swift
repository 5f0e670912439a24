import Datasets
import Errors
import Files
import Foundation
import Pruning

/// Writes a session into its folder as it goes on. Used on one thread.
///
/// What is said to be kept is on the disk. A disk that fails does not stop anybody's work: nothing is kept from then on,
/// and `failure` says why.
final class SessionStore {
  let folder: SessionFolder
  /// Why nothing is kept any more; `nil` while everything is.
  private(set) var failure: CaughtError?

  private let root: Folder
  /// `nil` where the session is only looked at: then nothing is written.
  private let lock: SessionLock?
  private let header: JournalLine.Header
  private var journal: Journal?
  /// The name of the file with an iteration's weights.
  private var weights: [Int: String] = [:]
  private var lastScores = ContinuousClock.now - .seconds(60)
  private var scoresPause = Duration.seconds(2)

  /// The session of a model in a folder, which is made where there is none.
  ///
  /// Where another program has the session, it can be read, and nothing is kept.
  ///
  /// - Throws: where the folder cannot be made, is damaged, or belongs to another model.
  init(_ folder: SessionFolder, header: JournalLine.Header) throws {
    self.folder = folder
    self.header = header
    root = try SessionError.writing {
      try Folder.make(folder.path, permissions: 0o700)
      return try Folder(folder.path)
    }
    lock = try SessionLock(in: root)
    if let holder = lock?.holder {
      failure = CaughtError(SessionError.sessionInUse(path: folder.path, holder: holder))
    } else {
      root.sweepDrafts()
      for name in [SessionFolder.weights, SessionFolder.scores] { (try? root.folder(name))?.sweepDrafts() }
    }
  }

  /// A session that is looked at: nothing is written into its folder.
  init(lookingAt folder: SessionFolder, header: JournalLine.Header) throws {
    guard let root = try? Folder(folder.path) else { throw SessionError.noSession }
    (self.folder, self.header, self.root) = (folder, header, root)
    lock = nil
  }

  /// Whether this program may write into the folder.
  private var keeps: Bool { lock != nil && failure == nil }

  deinit {
    // Nothing happened that is worth a folder; one that is not empty stays.
    guard let lock, lock.holder == nil, !folder.exists else { return }
    root.remove(SessionFolder.lock)
    rmdir(folder.path)
  }

  /// The lines of what was kept here; none where nothing was.
  func read() throws -> [JournalLine] {
    guard let (lines, wholeBytes) = try Journal.read(in: root) else { return [] }
    if let first = lines.first {
      guard let found = first.header, found.version == JournalLine.Header.currentVersion else {
        throw SessionError.damagedSession(
          path: folder.journalPath, problem: "it does not begin like a journal")
      }
      guard found.fingerprint == header.fingerprint else {
        throw SessionError.sessionOfAnotherModel(path: folder.path, model: found.model)
      }
    }
    for line in lines {
      if let iteration = line.iteration { weights[iteration.id] = iteration.weights }
    }
    if keeps {
      if lines.isEmpty {
        // It was being begun when the program was killed.
        root.remove(SessionFolder.journal)
      } else {
        journal = try Journal(in: root, wholeBytes: wholeBytes)
      }
    }
    return lines
  }

  /// The path of a file with weights.
  ///
  /// - Throws: `damagedSession` where no file of the session's own has the name.
  func weightsPath(_ name: String) throws -> String {
    let path = folder.weightsPath(name)
    guard let inner = try? root.folder(SessionFolder.weights),
      inner.holdsFile(SessionFolder.weightsFile(name))
    else { throw SessionError.damagedSession(path: path, problem: "it is not there, or is a link") }
    return path
  }

  // MARK: Keeping

  /// Adds a line to the journal; the first one begins it.
  func keep(_ line: JournalLine) {
    attempt { try append(line) }
  }

  /// Keeps what an iteration is now.
  func keep(_ event: JournalLine.Event, _ iteration: Iteration, current: Int) {
    var line = JournalLine(event)
    line.iteration = state(of: iteration)
    line.current = current
    keep(line)
  }

  /// Keeps an iteration whose weights changed.
  func keepWeights(_ event: JournalLine.Event, _ iteration: Iteration, current: Int) {
    attempt {
      let old = weights[iteration.id]
      if let base = iteration.asPruned {
        guard let difference = NetworkDifference(from: base.network, to: iteration.network.network) else {
          preconditionFailure("recovery and training change weights and shifts only")
        }
        let revision = old.flatMap { Int($0.split(separator: "-").last ?? "") } ?? 0
        let name = "\(iteration.id)-\(revision + 1)"
        try write(try difference.encoded(), to: SessionFolder.weightsFile(name), in: SessionFolder.weights)
        weights[iteration.id] = name
      }
      var line = JournalLine(event)
      line.iteration = state(of: iteration)
      line.current = current
      try append(line)
      // Only now does nothing point to it.
      if let old, old != weights[iteration.id] {
        remove(SessionFolder.weightsFile(old), from: SessionFolder.weights)
      }
    }
  }

  /// Keeps that iterations are gone, and removes their files.
  func keepDeletion(of ids: Set<Int>, current: Int) {
    attempt {
      var line = JournalLine(.deleted)
      line.deleted = ids.sorted()
      line.current = current
      try append(line)
      for id in ids {
        forgetScores(of: id)
        guard let name = weights.removeValue(forKey: id) else { continue }
        remove(SessionFolder.weightsFile(name), from: SessionFolder.weights)
      }
    }
  }

  /// Keeps scores now and then, so that keeping them never takes more than a twentieth of the time.
  ///
  /// - Parameter isDone: whether no more come for now: then they are kept at once.
  func keepScores(_ scores: @autoclosure () -> KeptScores, of iteration: Int, isDone: Bool) {
    let started = ContinuousClock.now
    guard isDone || lastScores.duration(to: started) > scoresPause else { return }
    attempt {
      // Scores alone are worth coming back to.
      if journal == nil { try append(JournalLine(.opened)) }
      try write(
        JSONEncoder.bytes(of: scores()), to: SessionFolder.scoresFile(iteration), in: SessionFolder.scores)
    }
    let now = ContinuousClock.now
    scoresPause = max(.seconds(2), started.duration(to: now) * 20)
    lastScores = now
  }

  /// The scores of an iteration, where some were kept.
  func scores(of iteration: Int) -> KeptScores? {
    let inner = try? root.folder(SessionFolder.scores)
    return (try? inner?.contents(of: SessionFolder.scoresFile(iteration)))
      .flatMap { try? Self.decoder.decode(KeptScores.self, from: $0) }
  }

  /// Removes the scores of an iteration.
  func forgetScores(of iteration: Int) {
    guard keeps else { return }
    remove(SessionFolder.scoresFile(iteration), from: SessionFolder.scores)
  }

  /// Keeps the curves of sensitivity of all iterations.
  func keepSensitivity(_ tables: [Int: SensitivityTable]) {
    attempt {
      if journal == nil { try append(JournalLine(.opened)) }
      try write(JSONEncoder.bytes(of: tables), to: SessionFolder.sensitivity)
    }
  }

  /// The curves of sensitivity that were kept, by iteration.
  func sensitivity() -> [Int: SensitivityTable] {
    (try? root.contents(of: SessionFolder.sensitivity))
      .flatMap { try? Self.decoder.decode([Int: SensitivityTable].self, from: $0) } ?? [:]
  }

  /// Keeps where a training is, so that it can go on there.
  func keepCheckpoint(_ checkpoint: TrainingCheckpoint) {
    attempt {
      try write(try checkpoint.encoded(), to: SessionFolder.checkpoint)
    }
  }

  /// Where the training that is not over was.
  func checkpoint() -> TrainingCheckpoint? {
    guard root.holdsFile(SessionFolder.checkpoint) else { return nil }
    return try? TrainingCheckpoint(path: folder.checkpointPath)
  }

  /// Removes the checkpoint of a training that is over.
  func forgetCheckpoint() {
    guard keeps else { return }
    root.remove(SessionFolder.checkpoint)
  }

  private func append(_ line: JournalLine) throws {
    if journal == nil {
      guard !folder.exists else {
        // Another program began one since this one looked.
        throw SessionError.sessionInUse(path: folder.path, holder: 0)
      }
      let begun = try Journal(in: root, wholeBytes: 0)
      var first = JournalLine(.opened)
      first.header = header
      try begun.append(first)
      journal = begun
      if line.event == .opened { return }
    }
    try journal?.append(line)
  }

  private func attempt(_ body: () throws -> Void) {
    guard keeps else { return }
    do { try body() } catch { failure = CaughtError(error) }
  }

  /// Writes a file of the session whole or not at all, in one of its folders where that is named.
  private func write(_ bytes: some DataProtocol, to name: String, in inner: String? = nil)
    throws
  {
    try SessionError.writing {
      let index = try inner.flatMap { name in try root.folder(name, making: 0o700) } ?? root
      try FileReplacement.write(bytes, to: name, in: index)
    }
  }

  private func remove(_ name: String, from inner: String) {
    (try? root.folder(inner))?.remove(name)
  }

  private func state(of iteration: Iteration) -> JournalLine.IterationState {
    .init(
      id: iteration.id, parent: iteration.parent, origin: iteration.origin, name: iteration.name,
      step: iteration.steps.last, weights: weights[iteration.id], recovery: iteration.recovery,
      trainings: iteration.trainings, evaluation: iteration.evaluation,
      deviation: iteration.outputDeviation, latency: iteration.latency?.seconds,
      latencyConditions: iteration.latency?.conditions,
      latencySpread: iteration.latency?.spread,
      latencyDate: iteration.latency?.date?.timeIntervalSince1970,
      isExported: iteration.isWritten, changes: iteration.changes, writtenRevision: iteration.writtenRevision,
      records: iteration.records.isEmpty ? nil : iteration.records, made: iteration.made)
  }

  private static let decoder = JSONDecoder.ofResults
}

/// Scores as a session keeps them.
struct KeptScores: Codable {
  /// The scores so far.
  var table: ScoreTable
  /// The examples that they are made of, whole batches.
  var visited: Int
  /// The data that they were taken on.
  var data: DatasetConfiguration
}
