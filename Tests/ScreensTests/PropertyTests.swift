import Graph
import Pruning
import Screens
import TerminalUI
import Testing

/// A seeded generator, so that a failure can be repeated.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct PropertyTests {
  private static let edits: [Key] = [
    "+", "-", "[", "]", "0", "p", "x", "j", "k", "J", "K", "1", "2", " ", "a", "*",
  ]

  @Test(arguments: 0..<8) func whatWasUndoneComesBackByRedo(seed: UInt64) throws {
    var random = Seeded(state: seed)
    var store = try TestStore(Sample.small())
    var passed = [store.state.settings]
    for _ in 0..<60 {
      store.send(.terminal(.key(Self.edits.randomElement(using: &random)!)))
      if store.state.settings != passed.last { passed.append(store.state.settings) }
    }
    try #require(passed.count > 5)
    for expected in passed.dropLast().reversed() {
      store.send(.command(id: "undo"))
      #expect(store.state.settings == expected)
    }
    #expect(!store.state.canUndo)
    for expected in passed.dropFirst() {
      store.send(.command(id: "redo"))
      #expect(store.state.settings == expected)
    }
    #expect(!store.state.canRedo)
  }

  @Test(arguments: 0..<12) func anyEventsLeaveAStateThatCanBeDrawn(seed: UInt64) throws {
    var random = Seeded(state: seed &+ 1_000)
    let small = try Sample.small()
    var store = TestStore(small)
    var version = 2
    let scalars = Array("abcdefghijklmnopqrstuvwxyzABEGIJKMNPRSTUZ0123456789+-[]*=/:?! .%".unicodeScalars)
    let named: [Key] = [
      .enter, .enter, .escape, .escape, .tab, .backTab, .up, .down, .left, .right, .home, .end, .pageUp,
      .pageDown,
      .backspace, .delete, .control("d"), .control("u"), .control("c"), .control("o"), .space, .function(1),
    ]
    for _ in 0..<400 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        store.send(
          .terminal(
            .resize(width: .random(in: 0...200, using: &random), height: .random(in: 0...60, using: &random)))
        )
      case 1, 2:
        let actions: [Event.Mouse.Action] = [.press, .wheelUp, .wheelDown, .rightPress]
        store.send(
          .terminal(
            .mouse(
              .init(
                actions.randomElement(using: &random)!, x: .random(in: -3...210, using: &random),
                y: .random(in: -3...65, using: &random)))))
      case 3:
        version += 1
        store.send(
          .engineReported(Self.snapshot(small, version: version, kind: .random(in: 0..<9, using: &random))))
      case 4: store.send(.terminal(.paste("a\nb\u{1b}[31m\u{301}")))
      case 5: store.send(Self.answers(small).randomElement(using: &random)!)
      case 6:
        let command = Command.allCases.randomElement(using: &random)!.rawValue
        store.send(.command(id: command, argument: ["", "1", "0 1"].randomElement(using: &random)!))
      case 7...12: store.send(.terminal(.key(named.randomElement(using: &random)!)))
      default: store.send(.terminal(.key(.character(scalars.randomElement(using: &random)!))))
      }
      let grid = store.frame(glyphs: Bool.random(using: &random) ? .unicode : .ascii)
      let state = store.state
      #expect(grid.width == state.width)
      #expect(state.layers.order.allSatisfy(state.coupledLayers.indices.contains))
      #expect(state.layers.order.isEmpty || state.layers.order.indices.contains(state.layers.list.selected))
      #expect(
        state.kernels.order.isEmpty || state.kernels.order.indices.contains(state.kernels.list.selected))
      #expect(state.layers.marked.allSatisfy(state.coupledLayers.indices.contains))
      #expect(state.decision?.problem == nil)
    }
  }

  /// Whatever is pressed, a training does not end before its question was answered by `y`, or by a second ^C.
  @Test(arguments: 0..<12) func noSlipEndsATraining(seed: UInt64) throws {
    var random = Seeded(state: seed &+ 2_000)
    var store = TestStore(SampleSnapshots.training(SampleSnapshots.tree(try Sample.small())))
    let keys: [Key] = [
      .enter, .enter, .enter, .escape, .tab, .down, .up, .left, .right, .control("c"), .control("o"), .space,
      "y", "n", "q", "w", "d", "P", "b", "F", "s", "4", "7", "1", "D", "c", "z", "Z", "j", "k", "]", "x", "t",
    ]
    for _ in 0..<400 {
      let (wasAsked, before) = (store.state.overlays.last, store.effects.count)
      let key = keys.randomElement(using: &random)!
      var isKey = false
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        let command = Command.allCases.randomElement(using: &random)!.rawValue
        store.send(.command(id: command, argument: ["", "1", "2", "x"].randomElement(using: &random)!))
      case 1: store.send(Self.answers(store.state.engine).randomElement(using: &random)!)
      default:
        isKey = true
        store.send(.terminal(.key(key)))
      }
      guard store.effects[before...].contains(where: \.endsTraining) else { continue }
      guard case .confirmation(_, .endTraining(let effects)) = wasAsked else {
        Issue.record("\(store.effects[before...]) ended it after \(String(describing: wasAsked))")
        return
      }
      #expect(store.effects[before...].filter(\.endsTraining) == effects)
      #expect(!isKey || key == "y" || key == .control("c"))
    }
  }

  /// What may be answered, asked or not.
  private static func answers(_ snapshot: EngineSnapshot) -> [Action] {
    let draft = DataDraft(path: "data")
    let found = DataSummary(title: "data", examples: 9)
    let problem = TrainingAnswer.Problem(option: "rate", sentence: "No.")
    var actions: [Action] = [
      .pathsCompleted(prefix: "", candidates: ["one", "other"]),
      .dataInspected(DataInspection(draft: draft, summary: found)),
      .trainingAnswered(TrainingAnswer(TrainingRequest())),
      .trainingAnswered(TrainingAnswer(TrainingRequest(), problem: problem)),
      .exportFinished(.exists(["a"])), .exportFinished(.changing("Iteration 0 is being trained.")),
      .exportFinished(.awaited(path: "a")), .exportFinished(.failed(sentence: "No.", remedy: "Yes.")),
    ]
    if let bound = snapshot.structure?.value.bound {
      actions.append(.compared(IterationComparison(0, 1, NetworkComparison(bound, bound))))
    }
    return actions
  }

  /// What an engine might publish next, some of it unkind.
  private static func snapshot(_ base: EngineSnapshot, version: Int, kind: Int) -> EngineSnapshot {
    var snapshot = base
    switch kind {
    case 0:
      return SampleSnapshots.scoring(base, examples: 1 + version % 8, version: version, seed: UInt64(version))
    case 1:
      snapshot.structure = base.structure.map { Versioned($0.value, version: version) }
      snapshot.iterations.append(
        IterationSummary(id: version, parent: 0, title: "pruned", parameters: 1, multiplyAccumulates: 1))
      snapshot.currentIteration = version
    case 2:
      snapshot.structure = nil
      snapshot.scores = nil
      snapshot.iterations = []
    case 3:
      snapshot.generation = version
      snapshot.scores = nil
    case 4:
      // Parents that are missing or go round.
      snapshot.iterations = [
        IterationSummary(id: 0, parent: 1, title: "a", parameters: 0, multiplyAccumulates: 0),
        IterationSummary(id: 1, parent: 0, title: "b", parameters: 0, multiplyAccumulates: 0),
        IterationSummary(id: 2, parent: 9, title: "c", parameters: 0, multiplyAccumulates: 0),
      ]
    case 5: return SampleSnapshots.training(SampleSnapshots.tree(base))
    case 6: return SampleSnapshots.tree(base)
    case 7:
      // A training of an iteration that there is not, whose numbers are none.
      snapshot.training = TrainingProgress(iteration: 99, options: "", epochs: 0, stepsPerEpoch: 0)
      snapshot.training?.losses = [.nan, .infinity, -1]
      snapshot.training?.history = [
        .init(number: 7, training: .init(loss: .nan, accuracy: .infinity), validation: .init(loss: .infinity))
      ]
      snapshot.training?.bestEpoch = 3
      snapshot.iterations[0].latency = .infinity
    default:
      var table = ScoreTable(criterion: .taylor)
      for layer in base.structure?.value.groups.layers ?? [] {
        // Too few kernels, and scores that are no numbers.
        table.layers[layer.layer.name] = KernelStatistics(exact: [.nan, .infinity, -1])
      }
      snapshot.scores = Versioned(table, version: version)
    }
    return snapshot
  }
}
