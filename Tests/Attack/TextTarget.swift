import Datasets
import Foundation
import Graph
import Procedures
import Pruning
import Schedules
import Screens
import Session
import TerminalUI
import TestSupport
import Training

/// Files that people write, or that programs write for people: settings of data, plans, schedules, themes, keys, lists of
/// kept kernels, handles, curves and times.
struct TextTarget: Target {
  private enum Kind: CaseIterable {
    case data, plan, schedule, theme, keys, kept, handle, sensitivity, latency, recent
  }

  private let folder: String
  private let model: Workbench
  private let seeds: [Kind: [String]]
  private let words: [Kind: [String]]

  init(folder: String) throws {
    self.folder = folder
    let path = "\(folder)/original.onnx"
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: "Tests/SessionTests/Fixtures/training/model.onnx", toPath: path)
    let model = try Workbench(opening: path)
    let found = try PruningSettings().proposal(
      .percent(30), scope: .global, scores: model.scores, groups: model.current.groups,
      bound: model.current.bound)
    try model.prune(found.selection, settings: found.settings)
    let plan = model.plan.yaml
    let kept = try model.keptIndices().json
    try model.go(to: 0)
    let handle = try PruningHandle(for: model.current)
    try handle.write(to: "\(folder)/handle.json")
    func texts(_ suffix: String) -> [String] {
      SeedFiles.paths(endingWith: suffix).compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
    }
    let yaml = texts(".yaml")
    let layer = model.current.groups.layers[0].layer.name
    seeds = [
      .data: yaml.filter { $0.contains("data:") }
        + [
          "data: [a.npy, b.npy]\nresize: [22, 24]\nshorter: 30\nmean: [0.1, 0.2, 0.3]\ndeviation: [1, 1, 1]\nchannels: bgr\n"
        ],
      .plan: [plan], .schedule: yaml.filter { $0.contains("policies:") }, .theme: texts(".theme"),
      .keys: ["quit = q ctrl-q\nup = k up\nhelp = ? f1\n"], .kept: [kept, "{\"\(layer)\": [0, 1]}"],
      .handle: [try String(contentsOfFile: "\(folder)/handle.json", encoding: .utf8)],
      .recent: [
        "{\"inputs\":{\"x\":[1,3,8,8]},\"model\":\"/a.onnx\",\"session\":\"/s\",\"time\":1764400000}\n{\"inputs\":{},\"model\":\"/b\",\"time\":1}\n"
      ],
      .sensitivity: ["layer,level,kernels,examples,loss,top1,top5\nconv,10,3,512,0.3,0.9,0.99\n"],
      .latency: [
        "{\"grids\": {\"a\": {\"kernels\": [1, 2], \"inputs\": [1], \"seconds\": [0.1, 0.2]}}, \"networks\": {\"b\": 0.1}, \"widths\": {\"c\": {\"16\": 0.1}}}"
      ],
    ]
    words = seeds.mapValues { Mutator.words(of: $0) }
    self.model = model
  }

  func outcome(_ mutator: inout Mutator) -> Outcome {
    guard let kind = mutator.pick(Kind.allCases), let seed = mutator.pick(seeds[kind] ?? []) else {
      return .done
    }
    let text = mutator.text(seed, words: words[kind] ?? [])
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/mutant"))
      try use(text, as: kind)
      return Outcome(stage: "\(kind) taken")
    } catch {
      return Outcome(stage: "\(kind) refused")
    }
  }

  private func use(_ text: String, as kind: Kind) throws {
    let path = "\(folder)/mutant"
    switch kind {
    case .data:
      let settings = try DatasetConfiguration(yaml: text, path: path)
      try settings.validated()
      _ = settings.yaml
      _ = settings.merged(over: DatasetConfiguration())
    case .plan:
      let plan = try PruningPlan(yaml: text, path: path)
      _ = plan.yaml
      try model.go(to: 0)
      defer { forget() }
      try model.apply(plan, recover: { _ in })
    case .schedule:
      let schedule = try Schedule(yaml: text, path: path)
      _ = schedule.yaml
      _ = try BoundSchedule(schedule, network: model.history.original.network)
    case .theme:
      let theme = try Theme(parsing: text, name: "x", file: path)
      for role in Role.allCases {
        for depth in [ColorDepth.trueColor, .ansi16] { _ = theme.resolve(Style(.role(role)), depth: depth) }
      }
    case .keys:
      var keys: [String: [Key]] = [:]
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { continue }
        keys[parts[0].trimmingCharacters(in: .whitespaces)] = try parts[1].split(separator: " ").map {
          try Key(name: String($0))
        }
      }
      try ProgramState.checkKeySettings(keys)
    case .kept:
      defer { forget() }
      try model.prune(keeping: try KeptKernels(path: path))
    case .handle: _ = try PruningHandle(path: path)
    case .sensitivity: _ = try SensitivityFile.read(path)
    case .latency: _ = LatencyCache(path: path)
    case .recent: _ = RecentModels(reading: Data(text.utf8)).encoded
    }
  }

  /// Goes back to the original and forgets what was made of it.
  private func forget() {
    try? model.go(to: 0)
    for iteration in model.history.children(of: 0) { try? model.deleteBranch(from: iteration.id) }
  }
}
