import Datasets
import Foundation
import Graph
import Procedures
import Pruning
import Session
import TestSupport
import Testing
import Training

/// `reference-systems.md` §3.
@Suite struct UpsamplingPruningTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open() throws -> (OpenNetwork, Dataset) {
    let network = try OpenNetwork(SampleNetwork.upsampler.untrained())
    let input = network.network.inputs[0]
    let shape = network.network.values[input.index].declaredType?.dimensions?.map(\.extent)
    return (network, try .noiseToUpsample(in: folder, fitting: shape))
  }

  private func procedure() -> UpsamplingPruning {
    var procedure = UpsamplingPruning()
    procedure.performanceCriterion = 1e6
    procedure.pruningStepSize = 12
    procedure.maximumSteps = 3
    procedure.growingRegularizationEpochs = 1
    procedure.retrainEpochs = 1
    procedure.training.batchSize = 8
    return procedure
  }

  @Test func targetsAreOneStepTwoStepsThreeSteps() throws {
    let (network, data) = try open()
    var networks: [Int: Network] = [:]
    var originalError: Double?
    let result = try procedure().run(network, training: data, validation: data) { event in
      switch event {
      case .original(let error): originalError = error
      case .step(let step, let network): networks[step.number] = network
      case .progress: break
      }
      return true
    }
    #expect(result.stopReason == .steps && result.step == 3 && result.originalError == originalError)
    #expect(result.steps.map(\.target) == [12, 24, 36])
    for step in result.steps {
      // Met from below, and as near as a channel allows.
      #expect(step.removedRatio >= step.target / 100 - 1e-9 && step.removedRatio < step.target / 100 + 0.2)
      #expect(step.error <= step.errorAfterPruning)
      #expect(abs(step.peakSignalToNoise + 10 * log10(step.error)) < 1e-9)
      // What is handed out is what was measured.
      let saved = try OpenNetwork(try #require(networks[step.number]))
      #expect(saved.summary.parameters == step.parameters)
      let run = try EvaluationRun(saved, dataset: data)
      while try run.step() {}
      #expect(abs(run.result.loss - step.error) <= 1e-4 * step.error)
    }
    #expect(result.network.fingerprint == networks[3]?.fingerprint)
  }

  @Test func theLastThatMetTheCriterionIsTheResult() throws {
    let (network, data) = try open()
    var procedure = procedure()
    procedure.performanceCriterion = 1
    procedure.retrainEpochs = 0
    procedure.growingRegularizationEpochs = 0
    procedure.pruningStepSize = 60
    procedure.maximumPruningRatio = 1
    let result = try procedure.run(network, training: data, validation: data)
    if result.stopReason == .criterion {
      #expect(result.steps.last?.meetsCriterion == false && result.step == result.steps.count - 1)
    }
    #expect(result.step == (result.steps.last { $0.meetsCriterion }?.number ?? 0))
    if result.step == 0 { #expect(result.network.fingerprint == network.network.fingerprint) }
  }

  @Test func theMaximumRatioEndsIt() throws {
    let (network, data) = try open()
    var procedure = procedure()
    procedure.growingRegularizationEpochs = 0
    procedure.retrainEpochs = 0
    procedure.maximumPruningRatio = 0.2
    let result = try procedure.run(network, training: data, validation: data)
    #expect(result.stopReason == .maximumRatio && result.steps.count == 2)
    #expect(try #require(result.steps.last).removedRatio >= 0.2)
  }

  /// Pixel shuffle by r: r² consecutive channels are one unit.
  @Test func channelsOfAPixelShuffleGoTogether() throws {
    let (network, data) = try open()
    var procedure = procedure()
    procedure.growingRegularizationEpochs = 0
    procedure.retrainEpochs = 0
    let result = try procedure.run(network, training: data, validation: data)
    let pruned = try OpenNetwork(result.network)
    for node in pruned.network.nodes where node.op == "DepthToSpace" {
      let input = try #require(node.inputs[0].flatMap { pruned.bound.shape(of: $0) })
      guard case .int(let block)? = node.attributes["blocksize"] else { continue }
      #expect(input[1] % (block * block) == 0)
    }
    #expect(
      pruned.bound.shape(of: pruned.network.outputs[0]) == network.bound.shape(of: network.network.outputs[0])
    )
  }

  @Test func stoppingKeepsWhatIsWhole() throws {
    let (network, data) = try open()
    var steps = 0
    let result = try procedure().run(network, training: data, validation: data) { event in
      if case .step = event { steps += 1 }
      return steps < 1
    }
    #expect(result.stopReason == .stopped && result.steps.count == 1 && result.step == 1)
  }

  @Test func parametersAreChecked() throws {
    let changes: [(named: String, change: (inout UpsamplingPruning) -> Void)] = [
      ("performance-criterion 0.5", { $0.performanceCriterion = 0.5 }),
      ("step-size 0.0", { $0.pruningStepSize = 0 }), ("max-steps 0", { $0.maximumSteps = 0 }),
      ("max-ratio 1.5", { $0.maximumPruningRatio = 1.5 }), ("retrain-epochs -1", { $0.retrainEpochs = -1 }),
      ("regularization-epochs -1", { $0.growingRegularizationEpochs = -1 }),
    ]
    for (named, change) in changes {
      var procedure = procedure()
      change(&procedure)
      let error = #expect(throws: ProcedureError.self) { try procedure.validated() }
      #expect(error?.sentence.contains(named) == true)
    }
  }
}
