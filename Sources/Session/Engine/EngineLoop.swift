import Compute
import Datasets
import Errors
import Formats
import Foundation
import Graph
package import Pruning

/// What the engine's thread does: commands first, then one batch of whatever runs, again and again.
package final class EngineLoop {
  private let inbox: Inbox
  private let cancellation: CancellationFlag
  let options: ComputeOptions
  let report: @Sendable (EngineReport) -> Void
  var workbench: Workbench?
  /// What runs; the first one goes on, the others wait.
  var runs: [any EngineRun] = []
  /// The schedule that is open, whether it goes on, waits or is through.
  var schedule: (any TimelineRun)?
  /// A scoring run that was paused and can go on.
  var pausedScoring: EngineScoring?
  /// A measurement of sensitivity that was stopped and can go on.
  var heldSensitivity: EngineSensitivity?
  /// What kernels were last asked to be scored by.
  package internal(set) var criterion = Criterion.taylor
  /// Times of layers from this session and earlier ones.
  let latencies: LatencyCache
  /// Whether they are measured without being asked for.
  private let measuresLatency: Bool
  /// Where what happens is kept.
  let sessions: SessionLocation
  /// Opens schedules; `nil` where nothing carries them out.
  let opensSchedule: ScheduleOpener?
  /// Who scores, measures and trains; `nil` where that is done here.
  let workers: Workers?
  /// Looks after the file that scores were read from.
  var scoreFileWatch: ScoreFileWatch?
  /// What is done when what runs is through, in its order.
  var queue: [QueuedCommand] = []
  /// The number that a command in line got last.
  var lastQueueNumber = 0
  /// Whether what runs is held.
  var isPaused = false
  /// What is to be written when the run is through that changes the network.
  var awaitedExport: AwaitedExport?
  var snapshot = SessionSnapshot()
  private var lastPublished = ContinuousClock.now - .seconds(1)

  init(
    inbox: Inbox, cancellation: CancellationFlag, options: ComputeOptions, latencies: LatencyCache,
    sessions: SessionLocation, measuresLatency: Bool, opensSchedule: ScheduleOpener?, workers: Workers?,
    report: @escaping @Sendable (EngineReport) -> Void
  ) {
    self.inbox = inbox
    self.latencies = latencies
    self.sessions = sessions
    self.measuresLatency = measuresLatency
    self.opensSchedule = opensSchedule
    self.workers = workers
    self.cancellation = cancellation
    var options = options
    options.cancellation = cancellation
    self.options = options
    self.report = report
  }

  /// Hands a command over from another thread.
  var send: @Sendable (EngineCommand) -> Void { { [inbox] in inbox.put($0) } }

  /// Whether something runs behind which the network is another one.
  private var isChanging: Bool { runs.contains { $0 is any SettledRun } }

  func run() {
    while true {
      startNext()
      if let command = inbox.take(waiting: runs.isEmpty || isPaused) {
        if command == .quit { break }
        // What runs goes on whatever becomes of a command.
        attempt { try carryOut(command) }
        writeWhatWaited()
        publish()
      } else {
        let count = runs.count
        attempt { try step() }
        writeWhatWaited()
        // Scores move at 15 Hz at most; the end of a run is told at once.
        if runs.count < count || ContinuousClock.now - lastPublished > .milliseconds(66) { publish() }
      }
    }
    inbox.close()
  }

  func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      // Whoever stopped it sent `cancel`, which says so.
      if !(error is Stopped) { fail(CaughtError(error)) }
    }
    cancellation.clear()
  }

  func fail(_ error: CaughtError) {
    snapshot.failure = Failure(number: (snapshot.failure?.number ?? 0) + 1, error: error)
    log(.error, error.sentence)
  }

  // MARK: Commands

  func carryOut(_ command: EngineCommand) throws {
    if case .open(let path, let shapes, let session) = command {
      return try open(path, inputShapes: shapes, session: session)
    }
    guard let workbench else { return }
    if command.endsTraining { try settle() }
    switch command {
    case .open, .quit: break
    case .inspect(let configuration):
      let result = Self.result {
        let dataset = try workbench.open(configuration)
        return DataSummary(
          dataset, findings: try workbench.findings(for: dataset),
          runBytes: workbench.current.runBytes(options: options))
      }
      report(.inspected(DataInspection(of: configuration, result)))
    case .attach(let configuration):
      try workbench.attach(configuration)
      // What runs was begun on other data.
      stopUsingData()
      summarizeData(workbench)
      log(.success, "Data: \(workbench.dataset?.summary ?? "").")
      criterion = .taylor
      try startScoring(criterion, workbench)
      try startEvaluating(workbench)
    case .score(let criterion):
      try startScoring(criterion, workbench)
      self.criterion = criterion
    case .readScores(let path): try readScores(path, workbench)
    case .scoresChanged(let path):
      // Another criterion may have been chosen meanwhile, or a run is about to change the network.
      if criterion == .external, workbench.givenScores?.path == path, !isChanging {
        try readScores(path, workbench)
      }
    case .pauseScoring: pauseScoring()
    case .discardScores:
      pauseScoring()
      pausedScoring = nil
      workbench.discardScores()
      log(.note, "Scores discarded.")
    case .prune(let settings, let selection): try prune(workbench, settings, selection)
    case .recover(let settings): try startRecovering(settings, workbench)
    case .train(let settings, let teacher): try startTraining(workbench, settings, teacher)
    case .iterate(let goal): try startIterating(workbench, goal)
    case .stopTraining: break
    case .name(let iteration, let name): workbench.name(iteration, name)
    case .deleteBranch(let iteration): try deleteBranch(workbench, from: iteration)
    case .adopt(let path, let prefix): try adopt(workbench, path, prefix: prefix)
    case .compare(let iterations): compare(iterations, in: workbench.history)
    case .go(let iteration):
      try workbench.go(to: iteration)
      leaveNetwork()
      changeNetwork()
      log(.note, "Went to iteration \(iteration).")
      startTiming(workbench)
    case .evaluate:
      // One that is under way goes on.
      if !isMeasuring(workbench.history.current) { try startEvaluating(workbench) }
      startTiming(workbench)
    case .measureSensitivity(let settings): try startSensitivity(settings, workbench)
    case .measureLatency: startTable(workbench, isAsked: true)
    case .measureWidths(let kept): measureWidths(near: kept, workbench)
    case .export(let request): take(request, workbench)
    case .readWeights(let layer): try readWeights(workbench, layer)
    case .openSchedule(let path): try openSchedule(path, workbench)
    case .schedule(let order): try self.order(order)
    case .enqueue(let command): try enqueue(command)
    case .dequeue(let number): dequeue(number)
    case .moveQueued(let number, let places): moveQueued(number, by: places)
    case .pause(let isPaused): pause(isPaused)
    case .cancel:
      suspend { _ in true }
      log(.note, "Stopped.")
    }
  }

  func open(_ path: String, inputShapes: [String: [Int]], session: String?) throws {
    let opened = try Workbench(opening: path, inputShapes: inputShapes, options: options)
    try settle()
    let resumption = try takeUpSession(of: opened, in: session)
    workbench = opened
    snapshot.generation += 1
    forgetAwaitedExport()
    runs = []
    queue = []
    schedule = nil
    pausedScoring = nil
    heldSensitivity = nil
    scoreFileWatch = nil
    snapshot.scoresPath = nil
    if criterion == .external { criterion = .taylor }
    snapshot.model = ModelSummary(opened)
    snapshot.data = nil
    snapshot.latency.update(to: nil)
    snapshot.latencyProblem = nil
    changeNetwork()
    log(.success, "Opened \(path).")
    if let resumption { tell(resumption) }
    if measuresLatency { startTable(opened, isAsked: false) }
    try attachKnownData(opened)
    try goOn(opened)
  }

  func prune(
    _ workbench: Workbench, _ settings: PruningSettings, _ selection: Selection
  ) throws {
    let before = workbench.current.summary
    try workbench.prune(selection, settings: settings)
    leaveNetwork()
    changeNetwork()
    let after = workbench.current.summary
    log(
      .success,
      "Pruned: \(Self.grouped(before.parameters)) → \(Self.grouped(after.parameters)) parameters, "
        + "\(Self.grouped(before.multiplyAccumulates)) → \(Self.grouped(after.multiplyAccumulates)) MACs."
    )
    startTiming(workbench)
    if workbench.dataset != nil {
      try startEvaluating(workbench)
      try startScoring(criterion, workbench)
    }
  }

  /// `441,962`, whatever the locale.
  private static func grouped(_ count: Int) -> String {
    count.formatted(.number.locale(Locale(identifier: "en_US")))
  }

  /// Another network is current: what hangs on it is told anew.
  package func changeNetwork() {
    forgetStaleEvaluations()
    snapshot.structure.value = workbench.map { workbench in
      NetworkStructure(bound: workbench.current.bound, groups: workbench.current.groups)
    }
    snapshot.widths.update(to: WidthTimes())
  }

  /// Says what the attached data are.
  func summarizeData(_ workbench: Workbench) {
    snapshot.data = workbench.dataset.map { dataset in
      DataSummary(dataset, findings: (try? workbench.findings(for: dataset)) ?? [])
    }
  }

  /// Compares iterations, on a thread of its own: the weights of large networks take a while, and nothing that runs
  /// should wait.
  private func compare(_ iterations: [Int], in history: History) {
    guard let first = iterations.first.flatMap({ history[$0] })?.network.bound else { return }
    let others = iterations.dropFirst().compactMap { history[$0]?.network.bound }
    guard others.count == iterations.count - 1 else { return }
    let report = report
    Thread.detachNewThread {
      report(.compared(IterationComparison(iterations, others.map { NetworkComparison(first, $0) })))
    }
  }

  func export(
    _ workbench: Workbench, _ request: ExportRequest
  ) throws -> EngineReport.Export {
    let paths = try checkedPaths(of: request, workbench)
    let verification = try workbench.verify(true)
    try workbench.export(to: request.modelPath, overwriting: request.overwrites)
    if let planPath = request.planPath {
      try workbench.writePlan(to: planPath, overwriting: request.overwrites)
    }
    if !request.keptPaths.isEmpty {
      try workbench.writeKeptIndices(to: request.keptPaths)
    }
    if let path = request.pytorchPath {
      for note in try workbench.writePyTorch(to: path) { log(.warning, note) }
    }
    if let path = request.weightsPath { try workbench.writeWeights(to: path) }
    if let folder = request.projectFolder {
      try workbench.writeTrainingProject(to: folder, session: workbench.store?.folder.path)
    }
    log(.success, "Wrote \(paths.joined(separator: ", ")).")
    let result = ExportResult(
      files: paths.map { path in
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return .init(path: path, bytes: (attributes?[.size] as? Int) ?? 0)
      }, largestDifference: verification?.largestDifference, examples: verification?.examples ?? 0,
      command: request.planPath.map {
        "secateur apply \(ShellWord($0)) \(ShellWord(workbench.path)) -o \(ShellWord(request.modelPath))"
          + workbench.givenShapes.sorted { $0.key < $1.key }.map { name, shape in
            let text = (name.isEmpty ? "" : name + "=") + shape.map(String.init).joined(separator: "x")
            return " --input \(ShellWord(text))"
          }.joined()
      })
    return .init(
      result: result, request: request, history: workbench.history,
      evidence: request.reportPaths.isEmpty ? [:] : workbench.evidence(for: workbench.history.current),
      data: workbench.dataset?.summary)
  }

  /// The files that a request writes but its reports.
  ///
  /// - Throws: where one of its files cannot be written, or is there and must not be replaced.
  func checkedPaths(
    of request: ExportRequest, _ workbench: Workbench
  ) throws -> [String] {
    let paths = workbench.file.files(writtenTo: request.modelPath) + request.writtenBesideModel
    for path in paths + request.reportPaths { try Destination.check(path) }
    if request.projectFolder != nil { try TrainingProject.check(workbench) }
    try request.fileUse(of: workbench).check(replaces: request.overwrites)
    let project = request.projectFolder.map { folder in
      TrainingProject.Part.allCases.map { $0.path(in: folder) }
    }
    return paths + (project ?? [])
  }

  func readWeights(_ workbench: Workbench, _ name: String) throws {
    let layer = try workbench.current.layer(named: name)
    guard let tensor = workbench.current.bound.constant(of: layer.weight) else { return }
    var order = Array(tensor.shape.indices)
    order.remove(at: layer.kernelAxis)
    let moved = [Movement.permute([layer.kernelAxis] + order)].apply(to: tensor)
    report(
      .weights(
        KernelWeights(
          layer: name, structureVersion: snapshot.structure.version, shape: moved.shape,
          values: moved.floats)))
  }

  // MARK: Reports

  /// Says something in the log, of which the last two thousand entries stay.
  package func log(_ weight: LogEntry.Weight, _ text: String) {
    snapshot.log.append(.init(weight: weight, text: text, time: Date().timeIntervalSince1970))
    if snapshot.log.count > 2000 { snapshot.log.removeFirst(500) }
  }

  func publish() {
    if let workbench {
      if snapshot.keepingFailure == nil, let failure = workbench.keepingFailure { tell(failure) }
      snapshot.iterations = workbench.history.iterations.map(\.summary)
      snapshot.currentIteration = workbench.history.current
      snapshot.scores.update(to: workbench.scores)
      snapshot.sensitivity.update(to: workbench.sensitivity)
      snapshot.latencyConditions = latencyConditions
    }
    if runs.isEmpty, queue.isEmpty { isPaused = false }
    snapshot.jobs = jobs
    snapshot.isPaused = isPaused
    snapshot.training = runs.lazy.compactMap(\.training).first
    snapshot.isIterating = runs.contains { $0.change == .iterating }
    snapshot.timeline = schedule?.timeline
    snapshot.awaitedExport = awaitedExport?.request.modelPath
    snapshot.activity = runs.first?.activity
    snapshot.isScoring = runs.contains { $0 is EngineScoring }
    snapshot.busyCount = inbox.count + runs.count + queue.count
    lastPublished = .now
    report(.snapshot(snapshot))
  }

  static func result<T>(_ body: () throws -> T) -> Result<T, CaughtError> {
    do { return .success(try body()) } catch { return .failure(CaughtError(error)) }
  }
}
