import Datasets
import Foundation
import Graph
import Pruning
import Session
import Synchronization
import Testing

/// What an engine says, to be waited for.
private final class Reports: Sendable {
  private let reports = Mutex<[EngineReport]>([])

  func take(_ report: EngineReport) { reports.withLock { $0.append(report) } }

  var newest: SessionSnapshot? {
    reports.withLock { reports in
      for case .snapshot(let snapshot) in reports.reversed() { return snapshot }
      return nil
    }
  }

  var exports: [Result<EngineReport.ExportResult, SessionError>] {
    reports.withLock { $0.compactMap { if case .exported(let result) = $0 { result } else { nil } } }
  }

  /// Waits until the newest snapshot satisfies a condition.
  func wait(_ what: String, _ condition: (SessionSnapshot) -> Bool) throws -> SessionSnapshot {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      if let newest, condition(newest) { return newest }
      Thread.sleep(forTimeInterval: 0.005)
    }
    Issue.record("the engine never reported \(what)")
    throw CancellationError()
  }
}

@Suite struct EngineTests {
  private func open() throws -> (Engine, Reports) {
    let reports = Reports()
    let engine = Engine { reports.take($0) }
    engine.send(.open(path: try TaylorFixture.path("model.onnx")))
    _ = try reports.wait("the opened model") { $0.history != nil }
    return (engine, reports)
  }

  private func data() throws -> DatasetConfiguration {
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    return configuration
  }

  @Test func scoresAccumulateAndTheOriginalIsMeasured() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.attach(try data()))
    let done = try reports.wait("all scores") { $0.busyCount == 0 && $0.scores?.examples == 21 }
    #expect(done.scores?.criterion == .taylor)
    #expect(done.history?.now.evaluation?.examples == 21)
    #expect(done.activity == nil)
  }

  @Test func pruneUndoAndExport() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    let folder = try TemporaryFolder()
    let opened = try reports.wait("groups") { $0.history != nil }.history!.now.network
    let settings = try PruningSettings().settingAmount(.percent(40), for: "conv4", in: opened.groups)
    let scores = ScoreTable(.l2, of: opened.groups, in: opened.bound)
    engine.send(.prune(settings, try Selection(settings, scores: scores, groups: opened.groups)))
    let pruned = try reports.wait("an iteration") { $0.history?.current == 1 }
    #expect(pruned.history!.now.network.summary.parameters < opened.summary.parameters)
    engine.send(
      .export(.init(modelPath: folder.path("a.onnx"), planPath: folder.path("a.yaml"), overwrites: false)))
    let saved = try reports.wait("the export") { $0.savedIterations == [1] }
    #expect(saved.failure == nil)
    let written = try #require(try reports.exports.first?.get())
    #expect(written.files.allSatisfy { $0.bytes > 0 })
    #expect(try #require(written.largestDifference) < 1e-4)
    engine.send(.go(to: 0))
    let back = try reports.wait("the original") { $0.history?.current == 0 }
    #expect(back.history!.now.network.summary == opened.summary)
  }

  /// Nothing blocks, whatever runs: commands are taken between two batches.
  @Test func commandsInterruptScoring() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(.attach(try data()))
    engine.send(.pauseScoring)
    let paused = try reports.wait("the pause") { $0.dataset != nil && !$0.isScoring && $0.busyCount == 0 }
    #expect((paused.scores?.examples ?? 0) <= 21)
    engine.send(.score(.taylor))
    _ = try reports.wait("the rest") { $0.scores?.examples == 21 }
  }

  @Test func failuresAreReportedOnce() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    var configuration = DatasetConfiguration()
    configuration.data = ["/nowhere/at/all"]
    engine.send(.attach(configuration))
    let failed = try reports.wait("the failure") { $0.failure != nil }
    #expect(failed.failure?.number == 1)
    #expect(failed.failure?.error.sentence.contains("/nowhere/at/all") == true)
    #expect(failed.history != nil, "the model stays open")
  }
}

/// A folder that goes with the value.
final class TemporaryFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "secateur-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}
