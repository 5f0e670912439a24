import Datasets
import Formats
import Foundation
import Graph
import Procedures
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Procedures in a session: kept as iterations, and gone on with wherever they were broken off.
@Suite struct KeptProceduresTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ sample: SampleNetwork, session: String? = nil) throws -> Workbench {
    let path = folder.path("\(sample).onnx")
    if !FileManager.default.fileExists(atPath: path) {
      let network = sample.untrained()
      try ONNXModel(network).write(network, to: path)
    }
    let workbench = try Workbench(opening: path)
    if let session { try workbench.keep(in: SessionFolder(folder.path(session))) }
    return workbench
  }

  // MARK: Taylor pruning

  private func taylor() -> TaylorPruningLoop {
    var procedure = TaylorPruningLoop(learnablesReductionGoal: 0.3)
    procedure.scoreIterations = 1
    procedure.miniBatchSize = 8
    return procedure
  }

  @Test func taylorPruningIsOneIterationThatGrows() throws {
    let data = LoopData(scoring: try folder.pictures("a.npz", 0..<24))
    let workbench = try open(.reference)
    let loop = try IterationLoop(workbench, goal: try taylor().goal(from: 0), data: data)
    var sizes: [Int] = []
    let result = try TaylorPruningLoop.run(loop) { step in
      #expect(workbench.history.iterations.count == 2)
      sizes.append(workbench.current.summary.parameters)
      return true
    }
    #expect(result.stopReason == .goalReached && sizes == result.steps.map(\.learnables))
    #expect(workbench.brokenOffGoal == nil && sizes.count > 2)
    let made = workbench.history.now
    #expect(made.parent == 0 && made.title.hasSuffix("kernels by taylor-prune"))
    #expect(made.network.network.fingerprint == (try result.network.extractNetwork().fingerprint))
    #expect(try workbench.verification()?.disagreement == nil)
  }

  @Test func whereverTaylorPruningIsBrokenOffTheEndIsTheSame() throws {
    let data = LoopData(scoring: try folder.pictures("a.npz", 0..<24))
    let goal = try taylor().goal(from: 0)
    let whole = try open(.reference)
    let expected = try TaylorPruningLoop.run(try IterationLoop(whole, goal: goal, data: data)) { _ in true }
    for round in 1... {
      let workbench = try open(.reference, session: "taylor")
      let loop = try IterationLoop(workbench, goal: workbench.brokenOffGoal ?? goal, data: data)
      var goesOn = true
      for _ in 0..<(3 * round) where goesOn { goesOn = try loop.step() }
      workbench.stopKeeping()
      guard !goesOn else { continue }
      #expect(round > 2 && workbench.history.iterations.count == 2)
      #expect(workbench.current.network.fingerprint == whole.current.network.fingerprint)
      #expect(workbench.history.now.records.map(\.parameters) == expected.steps.map(\.learnables))
      break
    }
    let later = try open(.reference, session: "taylor")
    #expect(later.brokenOffGoal == nil)
    #expect(later.current.network.fingerprint == whole.current.network.fingerprint)
  }

  // MARK: Up-sampling

  @Test func whereverUpsamplingPruningIsBrokenOffTheEndIsTheSame() throws {
    let images = try Dataset.noiseToUpsample(in: folder, fitting: [nil, 1, 14, 14])
    let data = LoopData(scoring: images, training: images, validation: images)
    var procedure = UpsamplingPruning()
    procedure.performanceCriterion = 1e6
    procedure.pruningStepSize = 15
    procedure.maximumSteps = 2
    procedure.growingRegularizationEpochs = 1
    procedure.retrainEpochs = 2
    procedure.training.batchSize = 8
    func run(_ workbench: Workbench, events: Int) throws -> UpsamplingPruning.Result {
      let goal = workbench.brokenOffGoal ?? procedure.goal(from: 0)
      var left = events
      var run = UpsamplingRun(procedure, try IterationLoop(workbench, goal: goal, data: data)) { _ in
        left -= 1
        return left > 0
      }
      return try run.run()
    }
    let whole = try open(.upsampler)
    let expected = try run(whole, events: .max)
    #expect(expected.stopReason == .steps && expected.steps.count == 2)
    // Each step is trained before the removal, and behind it.
    #expect(whole.history.iterations.map(\.trainings.count) == [0, 1, 1, 1, 1])
    for round in 1... {
      let workbench = try open(.upsampler, session: "upsampling")
      let found = try run(workbench, events: 4 * round)
      workbench.stopKeeping()
      guard found.stopReason != .stopped else { continue }
      #expect(round > 2 && found.steps == expected.steps)
      #expect(found.network.fingerprint == expected.network.fingerprint)
      #expect(found.originalError == expected.originalError)
      break
    }
    #expect(try open(.upsampler, session: "upsampling").brokenOffGoal == nil)
  }
}
