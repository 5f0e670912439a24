public import Compute
import Datasets
import Formats
import Foundation
import Graph
import Pruning
import Synchronization

/// The engine: one thread of its own that owns a `Workbench`, takes commands in and sends reports out.
///
/// oneDNN keeps a team of workers a calling thread, and a screen must not wait for a batch: so whatever
/// computes runs here, and only values cross.
public final class Engine: Sendable {
  private let inbox = Inbox()
  private let cancellation = CancellationFlag()

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - options: how plans compute.
  ///   - report: called on the engine's thread; it should hand over and return.
  public init(options: ComputeOptions = ComputeOptions(), report: @escaping @Sendable (EngineReport) -> Void)
  {
    let inbox = inbox
    let cancellation = cancellation
    let thread = Thread {
      EngineLoop(inbox: inbox, cancellation: cancellation, options: options, report: report).run()
    }
    thread.name = "engine"
    thread.stackSize = 16 << 20
    thread.start()
  }

  /// Hands a command over; never blocks for long.
  public func send(_ command: EngineCommand) {
    switch command {
    case .cancel, .quit: cancellation.set()
    default: break
    }
    inbox.put(command)
  }

  /// Waits until the thread has ended after `quit`, at most `seconds`.
  public func waitUntilEnded(seconds: Double) { inbox.waitUntilClosed(seconds: seconds) }
}

/// Commands on their way to the engine.
private final class Inbox: Sendable {
  private struct State {
    var commands: [EngineCommand] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let arrival = DispatchSemaphore(value: 0)
  private let end = DispatchSemaphore(value: 0)

  func put(_ command: EngineCommand) {
    state.withLock { $0.commands.append(command) }
    arrival.signal()
  }

  /// The next command; waits for one unless told otherwise.
  func take(waiting: Bool) -> EngineCommand? {
    if waiting {
      arrival.wait()
    } else if arrival.wait(timeout: .now()) == .timedOut {
      return nil
    }
    return state.withLock { $0.commands.removeFirst() }
  }

  var count: Int { state.withLock { $0.commands.count } }

  func close() { end.signal() }

  func waitUntilClosed(seconds: Double) { _ = end.wait(timeout: .now() + seconds) }
}

/// What the engine's thread does: commands first, then one batch of whatever runs, again and again.
private final class EngineLoop {
  /// A long piece of work, a batch at a time.
  private enum Run {
    case scoring(ScoringRun)
    case evaluating(EvaluationRun, iteration: Int)
  }

  private let inbox: Inbox
  private let cancellation: CancellationFlag
  private let options: ComputeOptions
  private let report: @Sendable (EngineReport) -> Void
  private var workbench: Workbench?
  private var runs: [Run] = []
  /// A scoring run that was paused and can go on.
  private var paused: ScoringRun?
  /// What kernels were last asked to be scored by.
  private var criterion = Criterion.taylor
  private var snapshot = SessionSnapshot()
  private var lastPublished = ContinuousClock.now - .seconds(1)

  init(
    inbox: Inbox, cancellation: CancellationFlag, options: ComputeOptions,
    report: @escaping @Sendable (EngineReport) -> Void
  ) {
    self.inbox = inbox
    self.cancellation = cancellation
    var options = options
    options.cancellation = cancellation
    self.options = options
    self.report = report
  }

  func run() {
    while true {
      if let command = inbox.take(waiting: runs.isEmpty) {
        if case .quit = command { break }
        attempt { () throws(SessionError) in try carryOut(command) }
        publish()
      } else {
        attempt { () throws(SessionError) in try step() }
        // Scores move at 15 Hz at most; the end of a run is told at once.
        if runs.isEmpty || ContinuousClock.now - lastPublished > .milliseconds(66) { publish() }
      }
    }
    inbox.close()
  }

  private func attempt(_ body: () throws(SessionError) -> Void) {
    do {
      try body()
    } catch {
      runs = []
      if case .cancelled = error {
        log(.note, "Stopped.")
      } else {
        snapshot.failure = ((snapshot.failure?.number ?? 0) + 1, error)
        log(.error, error.sentence)
      }
    }
    cancellation.clear()
  }

  // MARK: Commands

  private func carryOut(_ command: EngineCommand) throws(SessionError) {
    if case .open(let path) = command { return try open(path) }
    guard let workbench else { return }
    switch command {
    case .open, .quit: break
    case .inspect(let configuration, let tag):
      report(
        .inspected(
          tag: tag,
          Self.result { () throws(SessionError) in
            let dataset = try workbench.open(configuration)
            return .init(dataset: dataset, findings: try workbench.findings(for: dataset))
          }))
    case .attach(let configuration):
      try workbench.attach(configuration)
      // What runs was begun on other data.
      runs = []
      paused = nil
      log(.success, "Data: \(workbench.dataset?.summary ?? "").")
      criterion = .taylor
      try startScoring(criterion, workbench)
      try startEvaluating(workbench)
    case .score(let criterion):
      try startScoring(criterion, workbench)
      self.criterion = criterion
    case .pauseScoring: pauseScoring()
    case .discardScores:
      pauseScoring()
      paused = nil
      workbench.discardScores()
      log(.note, "Scores discarded.")
    case .prune(let settings, let selection): try prune(workbench, settings, selection)
    case .go(let iteration):
      stopForNewNetwork()
      workbench.go(to: iteration)
      snapshot.networkVersion += 1
      log(.note, "Went to iteration \(iteration).")
    case .evaluate: try startEvaluating(workbench)
    case .export(let request):
      report(.exported(Self.result { () throws(SessionError) in try export(workbench, request) }))
    case .readWeights(let layer): try readWeights(workbench, layer)
    case .cancel:
      runs = []
      log(.note, "Stopped.")
    }
  }

  private func open(_ path: String) throws(SessionError) {
    let opened = try Workbench(opening: path, options: options)
    workbench = opened
    snapshot.generation += 1
    runs = []
    paused = nil
    snapshot.model = .init(path: path, formatName: opened.file.formatName, bytes: opened.file.fileBytes)
    snapshot.networkVersion += 1
    log(.success, "Opened \(path).")
    // Data beside the model are used at once: nothing has to be configured.
    let beside = try opened.dataConfiguration()
    if beside.data != nil {
      try opened.attach(beside)
      log(.success, "Data: \(opened.dataset?.summary ?? "").")
      criterion = .taylor
      try startScoring(criterion, opened)
      try startEvaluating(opened)
    }
  }

  private func startScoring(_ criterion: Criterion, _ workbench: Workbench) throws(SessionError) {
    guard criterion.needsData else {
      pauseScoring()
      let table = ScoreTable(criterion, of: workbench.current.groups, in: workbench.current.bound)
      guard !table.layers.isEmpty else { throw .notScored(criterion) }
      workbench.adopt(table)
      return
    }
    let isRunning = runs.contains { run in
      if case .scoring(let scoring) = run { scoring.table.criterion == criterion } else { false }
    }
    guard !isRunning else { return }
    pauseScoring()
    if let resumed = paused, resumed.table.criterion == criterion {
      runs.append(.scoring(resumed))
      paused = nil
      return
    }
    paused = nil
    guard let dataset = workbench.dataset else { throw .noData }
    runs.append(
      .scoring(try ScoringRun(workbench.current, dataset: dataset, criterion: criterion, options: options)))
  }

  private func pauseScoring() {
    runs.removeAll { run in
      guard case .scoring(let scoring) = run else { return false }
      paused = scoring
      return true
    }
  }

  private func startEvaluating(_ workbench: Workbench) throws(SessionError) {
    guard let dataset = workbench.evaluationDataset else { throw .noData }
    guard dataset.loss != .outputEnergy else { return }
    runs.removeAll { if case .evaluating = $0 { true } else { false } }
    let run = try EvaluationRun(workbench.current, dataset: dataset, limit: 2000, options: options)
    // The measure of a fresh network is what one waits for; scoring goes on behind it.
    runs.insert(.evaluating(run, iteration: workbench.history.current), at: 0)
  }

  private func stopForNewNetwork() {
    runs = []
    paused = nil
  }

  private func prune(
    _ workbench: Workbench, _ settings: PruningSettings, _ selection: Selection
  ) throws(SessionError) {
    let before = workbench.current.summary
    try workbench.prune(selection, settings: settings)
    stopForNewNetwork()
    snapshot.networkVersion += 1
    let after = workbench.current.summary
    log(
      .success,
      "Pruned: \(before.parameters) → \(after.parameters) parameters, \(before.multiplyAccumulates) → \(after.multiplyAccumulates) MACs."
    )
    if workbench.dataset != nil {
      try startEvaluating(workbench)
      try startScoring(criterion, workbench)
    }
  }

  private func export(
    _ workbench: Workbench, _ request: EngineCommand.ExportRequest
  ) throws(SessionError) -> EngineReport.ExportResult {
    for path in [request.modelPath, request.planPath].compactMap({ $0 }) { try Destination.check(path) }
    if !request.overwrites {
      for path in [request.modelPath, request.planPath].compactMap({ $0 })
      where FileManager.default.fileExists(atPath: path) { throw .exists(path: path) }
    }
    let verification = try workbench.verification()
    if let verification, !verification.holds {
      throw .verificationFailed(largestDifference: verification.largestDifference)
    }
    try workbench.export(to: request.modelPath, overwriting: request.overwrites)
    if let planPath = request.planPath {
      try workbench.writePlan(to: planPath, overwriting: request.overwrites)
    }
    snapshot.savedIterations.insert(workbench.history.current)
    let paths = [request.modelPath] + [request.planPath].compactMap { $0 }
    log(.success, "Wrote \(paths.joined(separator: " and ")).")
    return .init(
      files: paths.map { path in
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (path, (attributes?[.size] as? Int) ?? 0)
      }, largestDifference: verification?.largestDifference, examples: verification?.examples ?? 0,
      command: request.planPath.map {
        "secateur apply \(Self.quoted($0)) \(Self.quoted(workbench.path)) -o \(Self.quoted(request.modelPath))"
      })
  }

  /// A path as a shell reads it back.
  private static func quoted(_ path: String) -> String {
    let plain = path.allSatisfy { $0.isLetter || $0.isNumber || "/._-+=:@%,~".contains($0) }
    return plain ? path : "'" + path.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }

  private func readWeights(_ workbench: Workbench, _ name: String) throws(SessionError) {
    let layer = try workbench.current.layer(named: name)
    guard let tensor = workbench.current.bound.constant(of: layer.weight) else { return }
    var order = Array(tensor.shape.indices)
    order.remove(at: layer.kernelAxis)
    let moved = [Movement.permute([layer.kernelAxis] + order)].apply(to: tensor)
    report(
      .weights(
        layer: name, networkVersion: snapshot.networkVersion, shape: moved.shape, values: moved.floats))
  }

  // MARK: Runs

  private func step() throws(SessionError) {
    guard let first = runs.first, let workbench else { return }
    switch first {
    case .scoring(let run):
      let goesOn = try run.step()
      workbench.adopt(run.table)
      snapshot.scoresVersion += 1
      if !goesOn {
        runs.removeFirst()
        log(.success, "Scored \(run.progress.done) examples.")
        logSkipped(run.skipped)
      }
    case .evaluating(let run, let iteration):
      guard try !run.step() else { return }
      runs.removeFirst()
      workbench.record(run.result, for: iteration)
      logSkipped(run.skipped)
    }
  }

  private func logSkipped(_ skipped: [Batch.Skipped]) {
    guard let first = skipped.first else { return }
    log(.warning, "\(skipped.count) examples could not be read; the first is \(first.name): \(first.reason)")
  }

  // MARK: Reports

  private func log(_ weight: SessionSnapshot.LogEntry.Weight, _ text: String) {
    snapshot.log.append(.init(weight: weight, text: text, time: Date().timeIntervalSince1970))
    if snapshot.log.count > 2000 { snapshot.log.removeFirst(500) }
  }

  private func publish() {
    if let workbench {
      snapshot.history = workbench.history
      snapshot.scores = workbench.scores
      snapshot.scoresVersion += runs.isEmpty ? 1 : 0
      if snapshot.dataset?.path != workbench.dataset?.path {
        snapshot.findings = workbench.dataset.flatMap { try? workbench.findings(for: $0) } ?? []
      }
      snapshot.dataset = workbench.dataset
    }
    snapshot.activity = runs.first.map { run in
      switch run {
      case .scoring(let run): .init(kind: .scoring, progress: run.progress)
      case .evaluating(let run, _): .init(kind: .evaluating, progress: run.progress)
      }
    }
    snapshot.isScoring = runs.contains { if case .scoring = $0 { true } else { false } }
    snapshot.busyCount = inbox.count + runs.count
    lastPublished = .now
    report(.snapshot(snapshot))
  }

  private static func result<T>(_ body: () throws(SessionError) -> T) -> Result<T, SessionError> {
    do { return .success(try body()) } catch { return .failure(error) }
  }
}
