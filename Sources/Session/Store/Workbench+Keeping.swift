import Datasets
package import Errors
import Files
public import Foundation
import Graph
import Pruning
package import Training

/// What was found where a session is kept.
public struct Resumption: Sendable {
  /// The folder.
  public let folder: SessionFolder
  /// Iterations made from the original.
  public let iterations: Int
  /// When the session was last used; `nil` where it begins now.
  public let lastUsed: Date?
  /// What cannot be had any more, in sentences.
  public let losses: [String]
  /// The process that has the session, so that nothing is kept; `nil` where this one has it.
  package let holder: Int32?

  /// Whether there was something to go on with.
  public var isContinued: Bool { lastUsed != nil }
}

/// A training that was going on when the program ended.
package struct BrokenOffTraining: Sendable {
  /// The iteration that was trained.
  package let iteration: Int
  /// What it was told.
  package let settings: TrainingSettings
  /// What it learned from beside the labels.
  package let teacher: TrainingTeacher?
  /// The end of the last epoch; `nil` before the first.
  package let checkpoint: TrainingCheckpoint?
}

/// A session on disk: what happens is kept, and what was kept is taken up again.
extension Workbench {
  /// Where the session is kept; `nil` where it is not.
  public var sessionFolder: SessionFolder? { store?.folder }

  /// Why nothing is kept any more; `nil` while everything is.
  package var keepingFailure: CaughtError? { store?.failure }

  /// Keeps the session in a folder from now on, after taking up what stands there already.
  ///
  /// - Parameter folder: the model's usual one where `nil`.
  /// - Throws: where the folder cannot be made, is damaged, or belongs to another model.
  @discardableResult
  public func keep(in folder: SessionFolder? = nil) throws -> Resumption {
    let folder = folder ?? .standard(model: path, fingerprint: fingerprint)
    let lastUsed = folder.lastUsed
    let store = try SessionStore(folder, header: journalHeader)
    let lines = try store.read()
    let losses = try restore(lines, from: store)
    self.store = store
    var holder: Int32?
    if case .sessionInUse(_, let process)? = store.failure?.error as? SessionError { holder = process }
    return Resumption(
      folder: folder, iterations: history.iterations.count - 1, lastUsed: lines.isEmpty ? nil : lastUsed,
      losses: losses, holder: holder)
  }

  /// Takes up what a session holds and keeps nothing: its folder stays as it is.
  ///
  /// - Returns: what cannot be had any more, in sentences.
  /// - Throws: `noSession` where nothing is kept there; where the folder is damaged or belongs to another model.
  package func look(at folder: SessionFolder) throws -> [String] {
    let store = try SessionStore(lookingAt: folder, header: journalHeader)
    let lines = try store.read()
    guard !lines.isEmpty else { throw SessionError.noSession }
    return try restore(lines, from: store)
  }

  private var journalHeader: JournalLine.Header {
    JournalLine.Header(
      model: absolute(path), fingerprint: fingerprint,
      inputShapes: current.inputShapes.reduce(into: [:]) { $0[current.network.name(of: $1.key)] = $1.value })
  }

  /// The path of the model that a session is of, with the shapes of its inputs.
  package static func model(of folder: SessionFolder) throws -> (
    path: String, inputShapes: [String: [Int]]
  ) {
    guard let root = try? Folder(folder.path), let header = try Journal.read(in: root)?.lines.first?.header
    else { throw SessionError.noSession }
    return (header.model, header.inputShapes)
  }

  /// Lets go of the session: what happens from now on is not kept, and another program may have it.
  public func stopKeeping() { store = nil }

  // MARK: Taking up

  /// Makes of the lines what the session was; gives what could not be made, in sentences.
  private func restore(_ lines: [JournalLine], from store: SessionStore) throws -> [String] {
    var states: [Int: JournalLine.IterationState] = [:]
    var currentID = 0
    for line in lines {
      if var state = line.iteration {
        state.completeChanges(since: states[state.id], by: line.event)
        // Older programs did not say when: the first line of an iteration does.
        state.made = state.made ?? (state.parent == nil ? nil : states[state.id]?.made ?? line.time)
        states[state.id] = state
      }
      for id in line.deleted ?? [] { states[id] = nil }
      currentID = line.current ?? currentID
      if let data = line.data { sessionData = data }
      switch line.event {
      case .trainingBegan: pendingTraining = line.training
      case .trainingEnded: pendingTraining = nil
      case .iteratingBegan: pendingGoal = line.goal
      case .iteratingEnded: pendingGoal = nil
      default: break
      }
    }
    var losses: [String] = []
    for state in states.values.sorted(by: { $0.id < $1.id }) {
      do {
        try restore(state, from: store)
      } catch {
        losses.append(
          "Iteration \(state.id) cannot be had any more, nor what was made from it: \(CaughtError(error).sentence)"
        )
      }
    }
    if !history.go(to: currentID) { history.go(to: 0) }
    return losses
  }

  private func restore(_ state: JournalLine.IterationState, from store: SessionStore) throws {
    guard let parentID = state.parent else {
      // The original: only what was measured and how it is called.
      return history.update(0) { describe(&$0, state) }
    }
    guard let parent = history[parentID], history[state.id] == nil,
      let step = state.step?.naming(layersOf: parent.network.groups)
    else {
      throw SessionError.noSuchIteration("\(parentID)", known: history.iterations.map(\.id))
    }
    var network = parent.network
    var selection: Selection?
    if !step.kept.isEmpty {
      let found = try network.selection(keeping: step.kept)
      network = try network.removing(found)
      selection = found
    }
    var changed: OpenNetwork?
    if let weights = state.weights {
      let path = try store.weightsPath(weights)
      let difference = try NetworkDifference(path: path)
      changed = try OpenNetwork(
        try difference.applied(to: network.network, path: path), inputShapes: network.inputShapes)
    }
    history.go(to: parentID)
    history.append(origin: state.origin, network: changed ?? network, step: step, id: state.id)
    history.update(state.id) { iteration in
      if changed != nil { iteration.asPruned = network }
      describe(&iteration, state)
    }
    selections[state.id] = selection
  }

  private func describe(_ iteration: inout Iteration, _ state: JournalLine.IterationState) {
    iteration.name = state.name
    iteration.recovery = state.recovery
    iteration.trainings = state.trainings
    iteration.evaluation = state.evaluation
    iteration.outputDeviation = state.deviation
    iteration.latency = state.latency.map {
      MeasuredLatency(
        seconds: $0, conditions: state.latencyConditions, spread: state.latencySpread,
        // What stands in a file need not be a date: one of this millennium is.
        date: state.latencyDate.flatMap { 0..<3.2e10 ~= $0 ? Date(timeIntervalSince1970: $0) : nil })
    }
    iteration.changes = state.changes ?? []
    iteration.writtenRevision = state.writtenRevision
    iteration.records = state.records ?? []
    iteration.made = state.made.flatMap { 0..<3.2e10 ~= $0 ? $0 : nil }
  }

  /// Takes up the scores that were kept of the current iteration on the attached data.
  func restoreScores() {
    guard scoresByIteration[history.current] == nil, let attached = keptConfiguration,
      let kept = keptScores(of: history.now), kept.data == attached
    else { return }
    scoresByIteration[history.current] = kept.table
    scoresVisited[history.current] = kept.visited
  }

  /// The scores that were kept of an iteration, by the names that its layers have; `nil` where none were, or they are not of
  /// its layers.
  func keptScores(of iteration: Iteration) -> KeptScores? {
    let groups = iteration.network.groups
    guard var kept = store?.scores(of: iteration.id),
      kept.table.layers.allSatisfy({ name, statistics in
        groups.index(of: name).map { groups.layers[$0].layer.kernels } == statistics.mean.count
      })
    else { return nil }
    kept.table.layers = groups.naming(kept.table.layers)
    return kept
  }

  /// Takes up the curves of sensitivity that were kept on the attached data.
  func restoreSensitivity() {
    guard let store, let data = evaluationDataset?.identity else { return }
    sensitivityByIteration = store.sensitivity().filter { id, table in
      table.subject.data == data && table.subject.model == history[id]?.network.network.fingerprint
    }
  }

  /// The training that was going on when the program ended, if one was.
  package var brokenOffTraining: BrokenOffTraining? {
    pendingTraining.map {
      BrokenOffTraining(
        iteration: $0.iteration, settings: $0.settings, teacher: $0.teacher, checkpoint: store?.checkpoint())
    }
  }

  /// The repeated prune that was going on when the program ended, if one was.
  package var brokenOffGoal: IterationGoal? { pendingGoal }

  // MARK: Keeping

  /// Keeps what an iteration is now.
  func keep(_ event: JournalLine.Event, iteration id: Int) {
    guard let iteration = history[id] else { return }
    store?.keep(event, iteration, current: history.current)
  }

  /// Keeps that a training begins.
  package func keepBeginning(ofTraining settings: TrainingSettings, iteration: Int, teacher: TrainingTeacher?)
  {
    var line = JournalLine(.trainingBegan)
    line.training = .init(iteration: iteration, settings: settings, teacher: teacher)
    pendingTraining = line.training
    store?.keep(line)
  }

  /// Keeps where a training is, at the end of an epoch.
  package func keepProgress(of run: TrainingRun) throws {
    guard let store, store.failure == nil, let checkpoint = try run.checkpoint() else { return }
    store.keepCheckpoint(checkpoint)
  }

  /// Goes a step on with a training, and keeps where it is when an epoch ended; `false` when it is through.
  func step(_ run: TrainingRun) throws -> Bool {
    let epochs = run.state.history.count
    let goesOn = try run.step()
    if run.state.history.count > epochs { try keepProgress(of: run) }
    return goesOn
  }

  /// Goes a step on with the scores of the current iteration, adopts and keeps them; `false` when all are there.
  package func step(_ run: ScoringRun) throws -> Bool {
    let goesOn = try run.step()
    adopt(run.table)
    keepScores(of: run, isDone: !goesOn)
    return goesOn
  }

  /// Keeps that a training is over, whatever came of it.
  package func keepEndOfTraining() {
    guard pendingTraining != nil else { return }
    pendingTraining = nil
    store?.keep(JournalLine(.trainingEnded))
    store?.forgetCheckpoint()
  }

  /// Keeps that the model is pruned again and again from now on, or with `nil` that this is over.
  func keep(goal: IterationGoal?) {
    guard goal != pendingGoal else { return }
    var line = JournalLine(goal == nil ? .iteratingEnded : .iteratingBegan)
    line.goal = goal
    pendingGoal = goal
    store?.keep(line)
  }

  /// Keeps the scores of the current iteration, now and then, and at once when the run is over.
  package func keepScores(of run: ScoringRun, isDone: Bool) {
    guard let store, let data = keptConfiguration else { return }
    scoresVisited[history.current] = run.visited
    store.keepScores(
      KeptScores(table: run.table, visited: run.visited, data: data), of: history.current, isDone: isDone)
  }

  /// The attached data as they are kept: with paths that hold from everywhere.
  var keptConfiguration: DatasetConfiguration? { attachedConfiguration.map(absolute) }

  func absolute(_ configuration: DatasetConfiguration) -> DatasetConfiguration {
    var configuration = configuration
    configuration.data = configuration.data?.map(absolute)
    return configuration
  }

  func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
