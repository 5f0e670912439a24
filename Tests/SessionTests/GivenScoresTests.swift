import Compute
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// Scores that other code computed are one more criterion.
@Suite struct GivenScoresTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bench() throws -> Workbench {
    var options = ComputeOptions()
    options.threads = 1
    return try Workbench(opening: TaylorFixture.path("model.onnx"), options: options)
  }

  private func write(_ text: String, to name: String = "scores.json") throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(name)))
    return folder.path(name)
  }

  @Test(arguments: [
    #"{"conv1": [5, 1, 4, 2, 6, 3]}"#, #"{"conv1.weight": [5, 1, 4, 2, 6, 3]}"#,
    #"{"model": "x", "layers": [{"name": "conv1", "mean": [5, 1, 4, 2, 6, 3], "standardError": []}]}"#,
  ])
  func formsOfFiles(text: String) throws {
    let workbench = try bench()
    workbench.givenScores = try GivenScores(path: try write(text))
    let table = try workbench.scoresWithoutRun(.external)
    #expect(table.criterion == .external && Set(table.layers.keys) == ["conv1"])
    #expect(table.layers["conv1"]?.mean == [5, 1, 4, 2, 6, 3])
  }

  @Test(arguments: [
    ("[1, 2]", "holds no scores"),
    (#"{"conv1": [1, 2]}"#, "2 scores for the layer conv1, which has 6 kernels"),
    (#"{"conv9": [1, 2]}"#, "conv9"), (#"{"conv1": ["a"]}"#, "holds no scores"),
  ])
  func whatIsNoScoreIsRefused(text: String, words: String) throws {
    let workbench = try bench()
    do {
      workbench.givenScores = try GivenScores(path: try write(text))
      _ = try workbench.scoresWithoutRun(.external)
      Issue.record("\(text) went through")
    } catch {
      #expect("\(error.localizedDescription)".contains(words), "\(error.localizedDescription)")
    }
  }

  @Test func withoutAFileNothingIsScored() throws {
    #expect(throws: SessionError.notScored(.external)) { try bench().scoresWithoutRun(.external) }
  }

  @Test func aLaterIterationTakesThoseThatStay() throws {
    let workbench = try bench()
    workbench.givenScores = try GivenScores(path: try write(#"{"fc1": [5, 1, 4, 2, 6, 3, 7]}"#))
    let scores = try workbench.scoresWithoutRun(.external)
    workbench.adopt(scores)
    let proposal = try PruningSettings().proposal(
      .percent(30), scope: .layer, scores: scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    // 30 % of seven, the least first; layers without scores keep all.
    #expect(try workbench.scoresWithoutRun(.external).layers["fc1"]?.mean == [5, 4, 6, 3, 7])
    #expect(workbench.history.now.steps[0].criterion == .external)
  }

  /// Twice a second the engine looks whether the file is another one.
  @Test func aFileThatGrowsIsReadAgain() async throws {
    let path = try write(#"{"conv1": [5, 1, 4, 2, 6, 3]}"#)
    let reports = Mailbox()
    let engine = Engine(latencyCachePath: nil, measuresLatency: false) { reports.take($0) }
    engine.send(.open(path: try TaylorFixture.path("model.onnx")))
    engine.send(.readScores(path: path))
    func awaits(_ scores: [Double]) async throws -> Bool {
      for _ in 0..<200 {
        if reports.scores == scores { return true }
        try await Task.sleep(for: .milliseconds(50))
      }
      return false
    }
    #expect(try await awaits([5, 1, 4, 2, 6, 3]))
    // Half of a file is no scores: the ones before stay.
    _ = try write(#"{"conv1": [5, 1"#)
    try await Task.sleep(for: .milliseconds(700))
    #expect(reports.scores == [5, 1, 4, 2, 6, 3])
    _ = try write(#"{"conv1": [6, 1, 4, 2, 5, 3]}"#)
    #expect(try await awaits([6, 1, 4, 2, 5, 3]))
    engine.send(.quit)
    engine.waitUntilEnded(seconds: 10)
  }
}

/// The scores that the engine told of last.
private final class Mailbox: @unchecked Sendable {
  private let lock = NSLock()
  private var last: [Double]?

  var scores: [Double]? { lock.withLock { last } }

  func take(_ report: EngineReport) {
    guard case .snapshot(let snapshot) = report else { return }
    lock.withLock { last = snapshot.scores.value?.layers["conv1"]?.mean }
  }
}
