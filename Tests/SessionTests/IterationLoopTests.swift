import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Pruning again and again, broken off anywhere.
@Suite struct IterationLoopTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ index: String?) throws -> Workbench {
    var options = ComputeOptions()
    options.threads = 1
    let workbench = try Workbench(opening: TaylorFixture.path("model.onnx"), options: options)
    if let index { try workbench.keep(in: SessionFolder(folder.path(index))) }
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    configuration.loss = .crossEntropy
    try workbench.attach(configuration)
    return workbench
  }

  private func goal(keep percent: Double = 40, trains: Bool = true) -> IterationGoal {
    var goal = IterationGoal(start: 0, keep: percent, of: .multiplyAccumulates, steps: 3)
    goal.recovery = RecoverySettings(methods: [.bias], examples: 8)
    if trains {
      var settings = TrainingSettings(epochs: 2, batchSize: 7)
      settings.rate = 0.01
      goal.training = settings
    }
    return goal
  }

  private func macs(_ workbench: Workbench) -> [Int] {
    workbench.history.iterations.map(\.network.summary.multiplyAccumulates)
  }

  /// An amount leads where the share leads that it is of the beginning, in as many steps; it is kept as it was asked for.
  @Test(arguments: [CostMeasure.multiplyAccumulates, .parameters, .memory])
  func anAmountIsAShareOfTheBeginning(measure: CostMeasure) throws {
    let (byAmount, byShare) = (try open(nil), try open(nil))
    let whole = try measure.whole(of: byAmount.current.groups)
    var goals = [
      IterationGoal(start: 0, keep: .absolute((0.4 * whole).rounded()), of: measure, steps: 3),
      IterationGoal(start: 0, keep: 100 * (0.4 * whole).rounded() / whole, of: measure, steps: 3),
    ]
    for index in goals.indices { goals[index].criterion = .l2 }
    let loop = try IterationLoop(byAmount, goal: goals[0])
    #expect(loop.metAlready == nil && abs(loop.goal.keepPercent - goals[1].keepPercent) < 1e-9)
    #expect(loop.goal.remaining == goals[0].remaining && byAmount.brokenOffGoal == loop.goal)
    let kept = try JSONDecoder().decode(IterationGoal.self, from: JSONEncoder().encode(loop.goal))
    #expect(kept == loop.goal)
    while try loop.step() {}
    let other = try IterationLoop(byShare, goal: goals[1])
    while try other.step() {}
    #expect(loop.outcome == other.outcome && macs(byAmount) == macs(byShare))
    #expect(macs(byAmount).count > 1)
    var met = goals[0]
    met.absolute = whole
    met.start = 0
    try byShare.go(to: 0)
    #expect(try IterationLoop(byShare, goal: met).metAlready != nil)
  }

  @Test(arguments: [CostMeasure.multiplyAccumulates, .parameters, .memory])
  func everyStepKeepsTheSameShare(measure: CostMeasure) throws {
    let workbench = try open(nil)
    var goal = goal(trains: false)
    goal.measure = measure
    let loop = try IterationLoop(workbench, goal: goal)
    while try loop.step() {}
    #expect(loop.outcome == .completed(isReached: true))
    let history = workbench.history
    #expect(history.iterations.count <= 4)
    #expect(history.iterations.dropFirst().allSatisfy { $0.parent == $0.id - 1 })
    func count(_ network: OpenNetwork) -> Double {
      switch measure {
      case .parameters: Double(network.summary.parameters)
      case .memory: Double(network.peakMemory)
      default: Double(network.summary.multiplyAccumulates)
      }
    }
    let start = count(history.original.network)
    for (step, iteration) in history.iterations.enumerated().dropFirst() {
      #expect(100 * count(iteration.network) / start <= goal.keepPercent(afterStep: step) + 1e-9)
      #expect(iteration.recovery != nil && iteration.evaluation != nil)
    }
    #expect(count(history.now.network) / start > 0.2)
  }

  @Test func whereverItIsBrokenOffTheEndIsTheSame() throws {
    let whole = try open(nil)
    let loop = try IterationLoop(whole, goal: goal())
    var count = 0
    repeat { count += 1 } while try loop.step()
    #expect(loop.outcome == .completed(isReached: true) && count > 30)
    let expected = whole.history.iterations.map { $0.network.network.fingerprint }
    var generator = SeededGenerator(seed: 2)
    for round in 0..<4 {
      var steps = 0
      while true {
        let workbench = try open("session\(round)")
        let goal = workbench.brokenOffGoal ?? goal()
        let loop = try IterationLoop(workbench, goal: goal)
        let last = 1 + Int(generator.unit() * 30)
        var goesOn = true
        for _ in 0..<last where goesOn { goesOn = try loop.step() }
        workbench.stopKeeping()
        steps += 1
        #expect(steps < 100)
        if !goesOn {
          #expect(loop.outcome == .completed(isReached: true))
          #expect(workbench.history.iterations.map { $0.network.network.fingerprint } == expected)
          break
        }
      }
      #expect(try open("session\(round)").brokenOffGoal == nil)
    }
  }

  @Test func aStepThatLosesTooMuchIsTheLast() throws {
    let workbench = try open(nil)
    workbench.record(
      Evaluation(examples: 21, loss: 0, accuracy: 1.5, accuracyInFive: nil, seconds: 0), for: 0)
    var goal = goal(trains: false)
    goal.allowedDrop = 0.2
    let loop = try IterationLoop(workbench, goal: goal)
    while try loop.step() {}
    guard case .dropped(let iteration, let loss) = loop.outcome else {
      Issue.record("it went on")
      return
    }
    #expect(iteration == 1 && loss > 0.2 && workbench.history.current == 0)
  }

  @Test func whatIsLearnedIsKeptWhenItIsStopped() throws {
    let workbench = try open("stopped")
    let loop = try IterationLoop(workbench, goal: goal())
    while loop.training.map({ $0.state.history.count < 1 }) ?? true { _ = try loop.step() }
    try loop.stop()
    #expect(loop.outcome == .stopped && workbench.history.current == 1)
    #expect(try !loop.step() && workbench.brokenOffGoal == nil && workbench.brokenOffTraining == nil)
  }

  @Test func aTargetThatFloorsForbidIsSaid() throws {
    let workbench = try open(nil)
    var goal = goal(keep: 0.01, trains: false)
    goal.settings.minimumKept = 4
    let loop = try IterationLoop(workbench, goal: goal)
    while try loop.step() {}
    #expect(loop.outcome == .nothingLeft || loop.outcome == .completed(isReached: false))
    #expect(macs(workbench).count > 1)
  }

  /// Goals that earlier versions kept say nothing of a strategy.
  @Test func aGoalWithoutAStrategyIsThatOfIterate() throws {
    let goal = goal()
    let kept = try JSONEncoder().encode(goal)
    var fields = try #require(try JSONSerialization.jsonObject(with: kept) as? [String: Any])
    #expect(fields.removeValue(forKey: "strategy") != nil)
    let read = try JSONDecoder().decode(
      IterationGoal.self, from: JSONSerialization.data(withJSONObject: fields))
    #expect(read == goal)
  }

  /// With a few kernels a step, each an iteration: what is left is scored anew.
  @Test func stepsOfAFewKernels() throws {
    let workbench = try open(nil)
    var goal = goal(keep: 60, trains: false)
    goal.recovery = nil
    goal.steps = 20
    goal.strategy.stepSize = .kernels(8)
    let loop = try IterationLoop(workbench, goal: goal)
    while try loop.step() {}
    #expect(loop.outcome == .completed(isReached: true))
    let sizes = macs(workbench)
    #expect(sizes.count > 2 && zip(sizes, sizes.dropFirst()).allSatisfy { $0 > $1 })
  }
}
