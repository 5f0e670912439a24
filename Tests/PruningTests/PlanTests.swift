import Foundation
import Graph
import Pruning
import TestSupport
import Testing

@Suite struct PlanTests {
  /// Two steps on a network, and what they made.
  private func pruneTwice(_ network: Network) throws -> (plan: PruningPlan, result: Network) {
    var plan = PruningPlan(model: "model.onnx", fingerprint: network.fingerprint, steps: [])
    var current = network
    for (seed, percent) in [30.0, 40].enumerated() {
      let bound = try BoundNetwork(current)
      let groups = try ChannelGroups(bound)
      let scores = ScoreTable(.random, of: groups, in: bound, seed: UInt64(seed))
      let proposal = try PruningSettings().proposal(
        .percent(percent), scope: .global, scores: scores, groups: groups, bound: bound)
      plan.steps.append(
        .init(
          criterion: .random, examples: 0, settings: proposal.settings, selection: proposal.selection,
          groups: groups))
      current = try current.removing(proposal.selection, groups: groups, bound: bound)
    }
    return (plan, current)
  }

  @Test(arguments: NetworkFixtures.all.map(\.name))
  func replayGivesTheSameNetwork(_ name: String) throws {
    let network = NetworkFixtures.all.first { $0.name == name }!.network
    let (plan, result) = try pruneTwice(network)
    guard plan.steps.contains(where: { !$0.kept.isEmpty }) else { return }
    let read = try PruningPlan(yaml: plan.yaml, path: "plan.yaml")
    #expect(read == plan)
    #expect(try read.apply(to: network).fingerprint == result.fingerprint)
  }

  /// A plan that knows the layers by other names of theirs, as one of an earlier release does, leads to the same network, and
  /// its steps and settings can be told in today's names.
  @Test func otherNamesOfTheLayersServeAsWell() throws {
    let network = NetworkFixtures.residual()
    let (plan, result) = try pruneTwice(network)
    let groups = try ChannelGroups(BoundNetwork(network))
    let other = Dictionary(uniqueKeysWithValues: groups.layers.map { ($0.layer.name, $0.layer.aliases[0]) })
    #expect(other.allSatisfy { $0 != $1 })
    var old = plan
    for index in old.steps.indices {
      let step = plan.steps[index]
      old.steps[index].kept = Dictionary(uniqueKeysWithValues: step.kept.map { (other[$0] ?? $0, $1) })
      old.steps[index].settings.amounts = Dictionary(
        uniqueKeysWithValues: step.settings.amounts.map { (other[$0] ?? $0, $1) })
    }
    #expect(old != plan)
    #expect(try old.apply(to: network).fingerprint == result.fingerprint)
    #expect(old.steps.map { $0.naming(layersOf: groups) } == plan.steps)
    #expect(groups.naming("nowhere") == "nowhere")
  }

  /// Defect 6: replaying a history of several steps leaves every layer with what it had.
  @Test func keptKernelsAreTracedToTheOriginal() throws {
    let network = NetworkFixtures.residual()
    let (plan, result) = try pruneTwice(network)
    let original = try BoundNetwork(network)
    let pruned = try BoundNetwork(result)
    let before = NetworkSummary(original).layers
    for (layer, kept) in try plan.keptOfOriginal() {
      let old = try #require(before.first { $0.name == layer })
      let new = try #require(NetworkSummary(pruned).layers.first { $0.name == layer })
      #expect(new.kernels == kept.count)
      // Biases are one number a kernel: they must be those of the kernels named.
      let name = "\(layer).bias"
      let was = original.constant(of: network.value(named: name)!)!.floats
      let now = pruned.constant(of: result.value(named: name)!)!.floats
      #expect(kept.map { was[$0] } == now)
      #expect(old.kernels > kept.count)
    }
  }

  @Test func textIsStableAndReadable() throws {
    var settings = PruningSettings()
    settings.amounts = ["conv1": .percent(12.5), "a b: \"c\"": .keep(48), "no": .percent(25)]
    settings.pinned = ["conv1": [0, 1, 2, 7]]
    settings.protected = ["head"]
    let step = PruningPlan.Step(
      criterion: .taylor, examples: 512, settings: settings, kept: ["conv1": [0, 1, 2, 7, 9]])
    let plan = PruningPlan(model: "my model.onnx", fingerprint: "0123", steps: [step])
    #expect(
      plan.yaml == """
        version: 1
        model: "my model.onnx"
        fingerprint: "0123"
        steps:
        - criterion: taylor
          examples: 512
          minimum_kept: 1
          aggregation: auto
          normalization: mean
          grouped_convolutions: automatic
          protected:
          - head
          amounts:
            "a b: \\"c\\"": keep 48
            conv1: 12.5%
            "no": 25%
          pinned:
            conv1: "0-2,7"
          kept:
            conv1: "0-2,7,9"

        """)
    #expect(try PruningPlan(yaml: plan.yaml, path: "p") == plan)
  }

  @Test func anyPlanSurvivesWritingAndReading() throws {
    var numbers = RandomNumbers(seed: 11)
    let letters = Array("aZ09_./-:#'\"\\ \n\t{}[]&*!|>%@`,?é\u{1F600}\u{7F}\u{2028}")
    func name() -> String {
      String(
        (0..<Int.random(in: 1...9, using: &numbers)).map { _ in letters.randomElement(using: &numbers)! })
    }
    func list() -> [Int] { (0..<30).filter { _ in Bool.random(using: &numbers) } }
    for _ in 0..<300 {
      var plan = PruningPlan(model: name(), fingerprint: "00ff", steps: [])
      for _ in 0..<Int.random(in: 0...3, using: &numbers) {
        var settings = PruningSettings()
        settings.minimumKept = Int.random(in: 0...9, using: &numbers)
        settings.aggregation = Aggregation.allCases.randomElement(using: &numbers)!
        settings.normalization = Normalization.allCases.randomElement(using: &numbers)!
        settings.macPenalty = [0, 0.001, numbers.number(0, 9)].randomElement(using: &numbers)!
        settings.amounts[name()] = .percent(numbers.number(0, 100))
        settings.amounts[name()] = .keep(3)
        settings.pinned[name()] = Set(list())
        settings.forced[name()] = Set(list())
        settings.protected = [name()]
        var kept: [String: [Int]] = [name(): list()]
        kept[name()] = list()
        plan.steps.append(
          .init(
            criterion: Criterion.allCases.randomElement(using: &numbers)!, examples: 7, settings: settings,
            kept: kept))
        let methods = RecoveryMethod.allCases.filter { _ in Bool.random(using: &numbers) }
        if !methods.isEmpty {
          plan.steps[plan.steps.count - 1].recovery = RecoverySettings(
            methods: Set(methods), examples: Int.random(in: 1...9999, using: &numbers),
            ridge: numbers.number(0.0001, 1))
          if methods.contains(.distil) {
            plan.steps[plan.steps.count - 1].recovery?.passes = Int.random(in: 1...9999, using: &numbers)
          }
          if Bool.random(using: &numbers) {
            plan.steps[plan.steps.count - 1].recovery?.endedAfter = Int.random(in: 0...9999, using: &numbers)
          }
        }
      }
      let text = plan.yaml
      #expect(try PruningPlan(yaml: text, path: "p") == plan)
      #expect(try PruningPlan(yaml: text, path: "p").yaml == text)
    }
  }

  @Test func damagedTextIsAnErrorNeverATrap() throws {
    let (plan, _) = try pruneTwice(NetworkFixtures.residual())
    let bytes = Array(plan.yaml.utf8)
    var numbers = RandomNumbers(seed: 2)
    for round in 0..<600 {
      var damaged = bytes
      if round % 2 == 0 {
        damaged.removeLast(Int.random(in: 0..<damaged.count, using: &numbers))
      } else {
        for _ in 0..<4 {
          damaged[Int.random(in: 0..<damaged.count, using: &numbers)] ^=
            1 << UInt8.random(in: 0..<7, using: &numbers)
        }
      }
      do {
        let read = try PruningPlan(yaml: String(decoding: damaged, as: UTF8.self), path: "p")
        _ = try? read.apply(to: NetworkFixtures.residual())
        _ = try? read.keptOfOriginal()
      } catch {
        let error = try #require(error as? PruningError)
        #expect(!error.sentence.isEmpty && !error.remedy.isEmpty)
      }
    }
  }

  @Test func errorsNameTheLine() {
    let text = """
      version: 1
      model: m.onnx
      fingerprint: "00"
      steps:
      - criterion: taylor
        amounts:
          conv1: lots
      """
    let error = #expect(throws: PruningError.self) { try PruningPlan(yaml: text, path: "plan.yaml") }
    #expect(
      error?.sentence
        == "The plan plan.yaml is not valid, line 7: conv1 under `amounts` is not written like `25%` or `keep 48`."
    )
    #expect(throws: PruningError.unsupportedPlanVersion(2)) {
      try PruningPlan(yaml: text.replacingOccurrences(of: "version: 1", with: "version: 2"), path: "p")
    }
    for broken in ["", "steps", "a: [", "version: 1\nmodel: m\nfingerprint: f\nsteps: 3", "\u{0}"] {
      #expect(throws: PruningError.self) { try PruningPlan(yaml: broken, path: "p") }
    }
  }

  @Test func anotherModelAndAnEmptyPlanAreRefused() throws {
    let (plan, _) = try pruneTwice(NetworkFixtures.residual())
    let other = NetworkFixtures.plain()
    #expect(
      throws: PruningError.planForAnotherModel(
        model: "model.onnx", expected: plan.fingerprint, found: other.fingerprint)
    ) { try plan.apply(to: other) }
    let empty = PruningPlan(model: "m", fingerprint: other.fingerprint, steps: [])
    #expect(throws: PruningError.emptyPlan) { try empty.apply(to: other) }
  }

  @Test func aPlanThatBreaksCouplingIsRefused() throws {
    let network = NetworkFixtures.residual()
    func apply(_ kept: [String: [Int]]) throws {
      let step = PruningPlan.Step(criterion: .l2, examples: 0, settings: PruningSettings(), kept: kept)
      _ = try PruningPlan(model: "m", fingerprint: network.fingerprint, steps: [step]).apply(to: network)
    }
    for kept in [
      ["stem": [0, 1, 2], "outer": [3, 4, 5]], ["stem": []], ["head": [0]], ["stem": [0, 99]], ["gone": [0]],
    ] {
      let error = #expect(throws: PruningError.self) { try apply(kept) }
      #expect(error?.sentence.hasPrefix("Step 1 of the plan does not fit") == true)
    }
    try apply(["stem": [0, 1, 2]])
  }

  @Test func fingerprintsTellNetworksApart() throws {
    var seen = Set<String>()
    for (_, network) in NetworkFixtures.all { #expect(seen.insert(network.fingerprint).inserted) }
    var network = NetworkFixtures.plain()
    let before = network.fingerprint
    let bias = network.value(named: "c1.bias")!
    var floats = network.constants[bias]!.floats
    floats[3] = floats[3].nextUp
    network.constants[bias] = Tensor(floats, shape: [8])
    #expect(network.fingerprint != before)
    #expect(NetworkFixtures.plain().fingerprint == before)
  }

  @Test func digestsAreThoseOfMurmurHash3() {
    #expect(Digest128(Data()).hexadecimal == "00000000000000000000000000000000")
    #expect(Digest128(Data("hello".utf8)).hexadecimal == "cbd8a7b341bd9b025b1e906a48ae1d19")
    #expect(
      Digest128(Data("The quick brown fox jumps over the lazy dog".utf8)).hexadecimal
        == "e34bbc7bbc071b6c7a433ca9c49a9347")
  }

  @Test func kernelListsAreCompact() {
    #expect(KernelList([0, 1, 2, 5, 7, 8]).text == "0-2,5,7-8")
    #expect(KernelList("0-2, 5,7-8")?.kernels == [0, 1, 2, 5, 7, 8])
    #expect(KernelList("")?.kernels == [])
    #expect(KernelList([.max, 6, 7]).text == "\(Int.max),6-7")
    for wrong in [
      "-1", "3-1", "1,,2", "a", "0-99999999999", "1-2-3", "9999999999999999999999", "0,\(Int.max)",
    ] {
      #expect(KernelList(wrong) == nil)
    }
  }

  @Test func limitsAndMultiplesStandInThePlan() throws {
    var settings = PruningSettings()
    settings.maximumRatio = 0.75
    settings.multiple = 16
    let step = PruningPlan.Step(criterion: .l2, examples: 0, settings: settings, kept: ["c1": [0, 1]])
    let plan = PruningPlan(model: "m.onnx", fingerprint: "00", steps: [step])
    #expect(plan.yaml.contains("maximum_ratio: 0.75") && plan.yaml.contains("round_to: 16"))
    #expect(try PruningPlan(yaml: plan.yaml, path: "p").steps == plan.steps)
    let wrong = plan.yaml.replacingOccurrences(of: "0.75", with: "7.5")
    #expect(throws: PruningError.self) { try PruningPlan(yaml: wrong, path: "p") }
  }
}
