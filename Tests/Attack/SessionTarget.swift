import Compute
import Errors
import Foundation
import Pruning
import Session

/// Session folders from elsewhere: the journal, scores and weights of a small session, changed.
///
/// What a folder says may be lost; it must not end the program, nor reach out of the folder.
struct SessionTarget: Target {
  private let folder: String
  private let model: String
  private let files: [(name: String, bytes: Data)]
  private let words: [String]
  /// What lies beside the sessions and must stay.
  private let neighbour: String

  init(folder: String) throws {
    self.folder = folder
    model = "\(folder)/model.onnx"
    neighbour = "\(folder)/x.npz"
    try Data("a neighbour".utf8).write(to: URL(fileURLWithPath: neighbour))
    let fixtures = "Tests/SessionTests/Fixtures/training"
    try? FileManager.default.removeItem(atPath: model)
    try FileManager.default.copyItem(atPath: "\(fixtures)/model.onnx", toPath: model)
    let seed = "\(folder)/seed"
    try? FileManager.default.removeItem(atPath: seed)
    do {
      let bench = try Workbench(opening: model)
      try bench.keep(in: SessionFolder(seed))
      for share in [20.0, 30] {
        let found = try PruningSettings().proposal(
          .percent(share), scope: .global, scores: bench.scores, groups: bench.current.groups,
          bound: bench.current.bound)
        try bench.prune(found.selection, settings: found.settings)
      }
      bench.name(1, "first")
      bench.record(
        latency: MeasuredLatency(
          seconds: 0.01, conditions: LatencyConditions(ComputeOptions())), for: 2)
      try bench.go(to: 1)
      try bench.export(to: "\(folder)/exported.onnx", overwriting: true)
    }
    files = (FileManager.default.enumerator(atPath: seed)?.compactMap { $0 as? String } ?? []).sorted()
      .compactMap { name in
        FileManager.default.contents(atPath: "\(seed)/\(name)").map { (name, $0) }
      }
    words =
      Mutator.words(
        of: files.filter { $0.name.hasSuffix("jsonl") }.map { String(decoding: $0.bytes, as: UTF8.self) })
      + [
        "../../x", "../x", "1-1", "weights", "deleted", "data", "training", "goal", "iteratingBegan",
        "trainingBegan", "null", "true",
      ]
  }

  func outcome(_ mutator: inout Mutator) -> Outcome {
    let index = "\(folder)/session"
    do {
      try? FileManager.default.removeItem(atPath: index)
      try FileManager.default.createDirectory(atPath: index, withIntermediateDirectories: true)
      for file in files {
        var bytes = file.bytes
        if file.name.hasSuffix("jsonl") {
          bytes = Data(mutator.text(String(decoding: bytes, as: UTF8.self), words: words).utf8)
          bytes = weighted(bytes, &mutator)
        }
        try bytes.write(to: URL(fileURLWithPath: "\(index)/\(file.name)"))
      }
      let outcome = take(index, &mutator)
      guard FileManager.default.contents(atPath: neighbour) == Data("a neighbour".utf8) else {
        try Data("a neighbour".utf8).write(to: URL(fileURLWithPath: neighbour))
        return Outcome(stage: "taken", fault: "a file beside the session was changed")
      }
      return outcome
    } catch {
      return Outcome(stage: "stored", fault: "\(error)")
    }
  }

  /// Lines that say that an iteration has weights of its own.
  private func weighted(_ journal: Data, _ mutator: inout Mutator) -> Data {
    guard mutator.once(in: 3) else { return journal }
    let name = ["1-1", "../../x", "..", "/etc/x", "1-1\0", "\(mutator.integer())-\(mutator.integer())"][
      mutator.below(6)]
    return Data(
      String(decoding: journal, as: UTF8.self)
        .replacingOccurrences(of: "\"id\":1,", with: "\"id\":1,\"weights\":\"\(name)\",").utf8)
  }

  private func take(_ index: String, _ mutator: inout Mutator) -> Outcome {
    do {
      let folder = SessionFolder(index)
      _ = try? Workbench.model(of: folder)
      let bench = try Workbench(opening: model)
      let resumption = try bench.keep(in: folder)
      for iteration in bench.history.iterations.prefix(6) { try? bench.go(to: iteration.id) }
      _ = bench.plan.yaml
      _ = bench.brokenOffTraining
      _ = bench.brokenOffGoal
      bench.name(1, "again")
      if let last = bench.history.iterations.last { try? bench.deleteBranch(from: last.id) }
      return Outcome(stage: resumption.losses.isEmpty ? "taken" : "taken with losses")
    } catch is any ExplainedError {
      return Outcome(stage: "refused")
    } catch {
      return Outcome(stage: "taken", fault: "an error of no known type: \(error)")
    }
  }
}
