import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Ranks
import Session
import Synchronization
import TestSupport
import Testing
import Training

/// What workers find against what is found here. The ranks are threads; `WorkersTerminalTests` starts processes.
@Suite struct WorkerTaskTests {
  private let folder: TemporaryFolder
  private let workbench: Workbench
  private var options = ComputeOptions()

  init() throws {
    folder = try TemporaryFolder()
    options.threads = 1
    workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"), options: options)
    var data = DatasetConfiguration()
    data.data = [try TaylorFixture.path("data.npz")]
    try workbench.attach(data)
  }

  /// What `count` workers tell of a piece of work on the current iteration.
  private func told(_ work: WorkerTask.Work, by count: Int) throws -> [WorkerUpdate] {
    let task = try #require(WorkerTask(work, on: workbench, options: options))
    let message = task.message(session: workbench.sessionFolder)
    let updates = Mutex<[WorkerUpdate]>([])
    _ = try ThreadRanks.run(count) { [options] ranks in
      var own = options
      own.ranks = ranks
      var rest = message[...]
      let (task, session) = try WorkerTask.received(over: ranks) { count in
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
      }
      try task.carryOut(session: session, options: own) { update in updates.withLock { $0.append(update) } }
    }
    return updates.withLock { $0 }
  }

  private func prune() throws {
    let settings = PruningSettings()
    let selection = try workbench.current.selection(
      keeping: workbench.current.groups.layers.filter(\.isPrunable).reduce(into: [:]) {
        $0[$1.layer.name] = Array(0..<max(1, $1.layer.kernels / 2))
      })
    try workbench.prune(selection, settings: settings)
  }

  @Test(arguments: [1, 2]) func scoresAreThoseFoundHere(count: Int) throws {
    let here = try workbench.scoringRun(.taylor)
    while try here.step() {}
    let updates = try told(.score(.taylor, earlier: nil, visited: 0), by: count)
    guard case .joined(let hosts) = try #require(updates.first), case .done = try #require(updates.last)
    else { throw CancellationError() }
    #expect(hosts.count == count)
    var found: ScoreTable?
    for case .scored(let table, _, _) in updates { found = table }
    #expect(found == here.table && here.table.examples > 0)
  }

  /// What was scored already is not scored again.
  @Test func scoresGoOn() throws {
    let here = try workbench.scoringRun(.taylor)
    _ = try here.step()
    let (earlier, visited) = (here.table, here.visited)
    while try here.step() {}
    var visits: [Int] = []
    var found: ScoreTable?
    for case .scored(let table, let visited, _) in try told(
      .score(.taylor, earlier: earlier, visited: visited), by: 2)
    {
      visits.append(visited)
      found = table
    }
    #expect(visits.first == visited && found == here.table)
  }

  /// A pruned iteration comes along with its session.
  @Test func iterationsAreThoseOfTheSession() throws {
    _ = try workbench.keep(in: SessionFolder(folder.path("session")))
    try prune()
    let here = try workbench.scoringRun(.taylor)
    while try here.step() {}
    var found: ScoreTable?
    for case .scored(let table, _, _) in try told(.score(.taylor, earlier: nil, visited: 0), by: 2) {
      found = table
    }
    #expect(found == here.table)
  }

  @Test func withoutASessionAnIterationIsNobodyElses() throws {
    try prune()
    #expect(WorkerTask(.score(.taylor, earlier: nil, visited: 0), on: workbench, options: options) == nil)
  }

  @Test(arguments: [1, 3]) func curvesAreThoseMeasuredHere(count: Int) throws {
    let here = try workbench.sensitivityRun(SensitivitySettings())
    while try here.step() {}
    var found: SensitivityTable?
    let work = WorkerTask.Work.measure(SensitivitySettings(), scores: workbench.scores, earlier: nil)
    for case .measured(let table, _) in try told(work, by: count) { found = table }
    #expect(found == here.table && here.table.completeCount > 0)
  }

  /// The end of a training goes on here as if it had been trained here.
  @Test func trainingsComeBack() throws {
    let settings = TrainingSettings(epochs: 2, batchSize: 4)
    let here = try workbench.trainingRun(settings)
    while try here.step() {}
    var checkpoints: [TrainingCheckpoint] = []
    for case .reached(let bytes) in try told(.train(settings, nil, checkpoint: nil), by: 1) {
      checkpoints.append(try TrainingCheckpoint(bytes: Array(bytes)))
    }
    let end = try #require(checkpoints.last)
    let back = try workbench.trainingRun(settings, continuing: end)
    #expect(try !back.step(), "it is over")
    #expect(try back.trained().constants == here.trained().constants)
    #expect(back.state.losses == here.state.losses)
    #expect(checkpoints.count == 2, "after the first epoch and at the end")
  }

  @Test func linesSayWhatUpdatesAre() throws {
    let updates: [WorkerUpdate] = [
      .joined(hosts: ["alpha", "beta"]),
      .scored(workbench.scores, visited: 32, RunProgress(done: 1, total: 2, seconds: 3)),
      .failed(sentence: "It is broken."), .done,
    ]
    for update in updates {
      let read = try JSONDecoder.ofResults.decode(WorkerUpdate.self, from: Data(update.line.dropLast()))
      #expect(read.line == update.line && update.line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
    }
  }

  /// Whatever comes in place of a task is refused in a sentence.
  @Test func brokenTasksAreRefused() throws {
    let task = try #require(
      WorkerTask(.score(.taylor, earlier: nil, visited: 0), on: workbench, options: options))
    let message = task.message(session: nil)
    for count in 0..<message.count {
      var rest = message.prefix(count)
      #expect(throws: (any Error).self) {
        try WorkerTask.received(over: SingleRank()) { count in
          defer { rest = rest.dropFirst(count) }
          return Array(rest.prefix(count))
        }
      }
    }
  }
}
