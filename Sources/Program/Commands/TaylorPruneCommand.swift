import ArgumentParser
import Compute
import Datasets
import Graph
import Procedures
import Session
import TerminalUI

struct TaylorPruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "taylor-prune",
    abstract: "Scores and removes a few kernels at a time until a share of the learnables is gone.",
    discussion: """
      Kernels are scored on mini-batches by the first-order Taylor criterion, up to --max-to-prune of the lowest over all \
      layers are masked, and scores begin anew, until the goal is reached or the validation falls below its threshold; \
      then the network is extracted. `iterate` does more: recovery, training, a tree of iterations.

      EXAMPLES
        secateur taylor-prune SampleModels/reference.onnx -o small.onnx --reduction 15
        secateur taylor-prune net.onnx -o small.onnx --data photos/ --reduction 40 --validation-threshold 90
      """)

  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The pruned model.", completion: ModelOptions.completion)
  var output: ModelOutputPath
  @OptionGroup var replacing: ReplacingOptions
  @Option(help: "Share of the learnables that is to go, in per cent.") var reduction: Double
  @Option(help: "Kernels that go at most between two scorings.") var maxToPrune = 8
  @Option(help: "Mini-batches that are scored before each prune.") var scoreIterations = 10
  @Option(help: "Examples a mini-batch.") var batchSize = 32
  @Option(help: "Kernels that every layer keeps.") var minKeep = TaylorPrunableNetwork.usualMinimumKept
  @Option(help: "Lower a score by this much for each million multiply-accumulates of the kernel.")
  var macPenalty = 0.0
  @Option(help: "The least accuracy in per cent, or the largest loss of data without classes.")
  var validationThreshold: Double?
  @OptionGroup var data: DataOptions
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reportingProcedure { () throws(ProcedureError) in
      guard 0...100 ~= reduction else {
        throw .setting("--reduction \(reduction)", allowed: "a percentage from 0 to 100")
      }
      let workbench: Workbench
      let scored: Dataset
      var validation: Dataset?
      do throws(SessionError) {
        workbench = try options.open()
        scored = try data.open(for: workbench)
        if validationThreshold != nil {
          validation = try data.open(for: workbench, preferring: [.validation, .test])
        }
      } catch { throw .session(error) }
      var loop = TaylorPruningLoop(learnablesReductionGoal: reduction / 100)
      loop.maxToPrune = maxToPrune
      loop.scoreIterations = scoreIterations
      loop.miniBatchSize = batchSize
      loop.validationThreshold = validationThreshold.map { validation?.loss == .crossEntropy ? $0 / 100 : $0 }
      let interruption = Interruption()
      let network = try TaylorPrunableNetwork(workbench.current, minimumKept: minKeep, macPenalty: macPenalty)
      var line = ProgressLine("taylor-prune:")
      let result = try loop.prune(network, data: scored, validation: validation, options: workbench.options) {
        step in
        line.update(
          "\(Quantity.grouped(step.learnables)) learnables, \(Quantity.grouped(step.numPrunables)) kernels can go still"
        )
        return !interruption.flag.isSet
      }
      line.end()
      let extracted = try result.network.extractNetwork()
      do throws(SessionError) { try workbench.write(extracted, to: output.path) } catch {
        throw .session(error)
      }
      let report = Report(workbench.current, result, output: workbench.mainFile(writtenTo: output.path))
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }

  /// What came of it.
  private struct Report: Encodable {
    let learnablesBefore: Int
    let learnablesAfter: Int
    let stopReason: String
    let steps: [TaylorPruningLoop.Step]
    let output: String

    init(_ model: OpenNetwork, _ result: TaylorPruningLoop.Result, output: String) {
      learnablesBefore = model.summary.parameters
      learnablesAfter = result.learnables
      stopReason = result.stopReason.rawValue
      steps = result.steps
      self.output = output
    }

    var text: TerminalText {
      let why =
        switch stopReason {
        case "goal-reached": "the goal is reached"
        case "validation-threshold": "the next network would fall below the validation threshold"
        case "nothing-left": "every layer is at its floor"
        default: "stopped"
        }
      let change = Quantity.change(from: Double(learnablesBefore), to: Double(learnablesAfter), digits: 1)
      return
        "\(Quantity.grouped(learnablesBefore)) → \(Quantity.grouped(learnablesAfter)) learnables (\(change)) in "
        + "\(steps.count == 1 ? "1 prune" : "\(steps.count) prunes"): \(why)\nwrote \(output)"
    }
  }
}
