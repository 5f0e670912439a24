import Datasets
import Foundation
import Pruning

/// Writes a session into its folder as it goes on. Used on one thread.
///
/// What is said to be kept is on the disk. A disk that fails does not stop anybody's work: nothing is kept from then on,
/// and `failure` says why.
final class SessionStore {
  let folder: SessionFolder
  /// Why nothing is kept any more; `nil` while everything is.
  private(set) var failure: SessionError?

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
  init(_ folder: SessionFolder, header: JournalLine.Header) throws(SessionError) {
    self.folder = folder
    self.header = header
    try Destination.makeFolder(folder.path)
    lock = try SessionLock(folder.lockPath)
    if let holder = lock?.holder { failure = .sessionInUse(path: folder.path, holder: holder) }
  }

  deinit {
    // Nothing happened that is worth a folder; one that is not empty stays.
    guard lock?.holder == nil, !folder.exists else { return }
    unlink(folder.lockPath)
    rmdir(folder.path)
  }

  /// The lines of what was kept here; none where nothing was.
  func read() throws(SessionError) -> [JournalLine] {
    guard folder.exists else { return [] }
    let (lines, wholeBytes) = try Journal.read(folder.journalPath)
    if let first = lines.first {
      guard let found = first.header, found.version == 1 else {
        throw .damagedSession(path: folder.journalPath, problem: "it does not begin like one of this version")
      }
      guard found.fingerprint == header.fingerprint else {
        throw .sessionOfAnotherModel(path: folder.path, model: found.model)
      }
    }
    for line in lines {
      if let iteration = line.iteration { weights[iteration.id] = iteration.weights }
    }
    if failure == nil {
      if lines.isEmpty {
        // It was being begun when the program was killed.
        try? FileManager.default.removeItem(atPath: folder.journalPath)
      } else {
        journal = try Journal(folder.journalPath, wholeBytes: wholeBytes)
      }
    }
    return lines
  }

  // MARK: Keeping

  /// Adds a line to the journal; the first one begins it.
  func keep(_ line: JournalLine) {
    attempt { () throws(SessionError) in try append(line) }
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
    attempt { () throws(SessionError) in
      let old = weights[iteration.id]
      if let base = iteration.asPruned {
        guard let difference = NetworkDifference(from: base.network, to: iteration.network.network) else {
          preconditionFailure("recovery and training change weights and shifts only")
        }
        let revision = old.flatMap { Int($0.split(separator: "-").last ?? "") } ?? 0
        let name = "\(iteration.id)-\(revision + 1)"
        try makeFolder("weights")
        try DurableFile.write(try difference.encoded(), to: folder.weightsPath(name))
        weights[iteration.id] = name
      }
      var line = JournalLine(event)
      line.iteration = state(of: iteration)
      line.current = current
      try append(line)
      // Only now does nothing point to it.
      if let old, old != weights[iteration.id] {
        try? FileManager.default.removeItem(atPath: folder.weightsPath(old))
      }
    }
  }

  /// Keeps that iterations are gone, and removes their files.
  func keepDeletion(of ids: Set<Int>, current: Int) {
    attempt { () throws(SessionError) in
      var line = JournalLine(.deleted)
      line.deleted = ids.sorted()
      line.current = current
      try append(line)
      for id in ids {
        forgetScores(of: id)
        guard let name = weights.removeValue(forKey: id) else { continue }
        try? FileManager.default.removeItem(atPath: folder.weightsPath(name))
      }
    }
  }

  /// Keeps scores now and then, so that keeping them never takes more than a twentieth of the time.
  ///
  /// - Parameter isDone: whether no more come for now: then they are kept at once.
  func keepScores(_ scores: @autoclosure () -> KeptScores, of iteration: Int, isDone: Bool) {
    let started = ContinuousClock.now
    guard isDone || lastScores.duration(to: started) > scoresPause else { return }
    attempt { () throws(SessionError) in
      // Scores alone are worth coming back to.
      if journal == nil { try append(JournalLine(.opened)) }
      try makeFolder("scores")
      guard let data = try? Self.encoder.encode(scores()) else {
        preconditionFailure("names and numbers can be written")
      }
      try DurableFile.write(data, to: folder.scoresPath(iteration: iteration))
    }
    let now = ContinuousClock.now
    scoresPause = max(.seconds(2), started.duration(to: now) * 20)
    lastScores = now
  }

  /// The scores of an iteration, where some were kept.
  func scores(of iteration: Int) -> KeptScores? {
    FileManager.default.contents(atPath: folder.scoresPath(iteration: iteration))
      .flatMap { try? Self.decoder.decode(KeptScores.self, from: $0) }
  }

  /// Removes the scores of an iteration.
  func forgetScores(of iteration: Int) {
    guard failure == nil else { return }
    try? FileManager.default.removeItem(atPath: folder.scoresPath(iteration: iteration))
  }

  /// Keeps the curves of sensitivity of all iterations.
  func keepSensitivity(_ tables: [Int: SensitivityTable]) {
    attempt { () throws(SessionError) in
      if journal == nil { try append(JournalLine(.opened)) }
      guard let data = try? Self.encoder.encode(tables) else {
        preconditionFailure("names and numbers can be written")
      }
      try DurableFile.write(data, to: folder.sensitivityPath)
    }
  }

  /// The curves of sensitivity that were kept, by iteration.
  func sensitivity() -> [Int: SensitivityTable] {
    FileManager.default.contents(atPath: folder.sensitivityPath)
      .flatMap { try? Self.decoder.decode([Int: SensitivityTable].self, from: $0) } ?? [:]
  }

  /// Keeps where a training is, so that it can go on there.
  func keepCheckpoint(_ checkpoint: TrainingCheckpoint) {
    attempt { () throws(SessionError) in
      try DurableFile.write(try checkpoint.encoded(), to: folder.checkpointPath)
    }
  }

  /// Where the training that is not over was.
  func checkpoint() -> TrainingCheckpoint? { try? TrainingCheckpoint(path: folder.checkpointPath) }

  /// Removes the checkpoint of a training that is over.
  func forgetCheckpoint() {
    guard failure == nil else { return }
    try? FileManager.default.removeItem(atPath: folder.checkpointPath)
  }

  private func append(_ line: JournalLine) throws(SessionError) {
    if journal == nil {
      guard !folder.exists else {
        // Another program began one since this one looked.
        throw .sessionInUse(path: folder.path, holder: 0)
      }
      let begun = try Journal(folder.journalPath, wholeBytes: 0)
      var first = JournalLine(.opened)
      first.header = header
      try begun.append(first)
      journal = begun
      if line.event == .opened { return }
    }
    try journal?.append(line)
  }

  private func attempt(_ body: () throws(SessionError) -> Void) {
    guard failure == nil else { return }
    do { try body() } catch { failure = error }
  }

  private func makeFolder(_ name: String) throws(SessionError) {
    try Destination.makeFolder("\(folder.path)/\(name)")
  }

  private func state(of iteration: Iteration) -> JournalLine.IterationState {
    .init(
      id: iteration.id, parent: iteration.parent, origin: iteration.origin, name: iteration.name,
      step: iteration.steps.last, weights: weights[iteration.id], recovery: iteration.recovery,
      trainings: iteration.trainings, evaluation: iteration.evaluation,
      latency: iteration.latency?.seconds, latencyConditions: iteration.latency?.conditions,
      latencySpread: iteration.latency?.spread,
      latencyDate: iteration.latency?.date?.timeIntervalSince1970,
      isExported: iteration.isWritten, changes: iteration.changes, writtenRevision: iteration.writtenRevision)
  }

  private static let encoder = JSONEncoder.ofResults
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
