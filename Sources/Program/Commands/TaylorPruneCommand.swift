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
      then the network is extracted. What is left is an iteration of \
      the model's session, and a run that was stopped or killed goes on where it was when the same command is given again. \
      `iterate` does more: recovery and training.

      EXAMPLES
        secateur taylor-prune SampleModels/reference.onnx -o small.onnx --reduction 15
        secateur taylor-prune net.onnx -o small.onnx --data photos/ --reduction 40 --validation-threshold 90
      """)

  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The pruned model.", completion: ModelOptions.completion)
  var output: ModelOutputPath
  @OptionGroup var replacing: ReplacingOptions
  @OptionGroup var procedure: TaylorPruneOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var session: SessionOptions
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      try procedure.check()
      let workbench = try options.open()
      let configuration = try workbench.dataConfiguration(flags: data.configuration())
      var parts = LoopData()
      parts.scoring = try data.open(for: workbench)
      if procedure.validationThreshold != nil {
        parts.validation = try data.open(for: workbench, preferring: [.validation, .test])
      }
      // It says what is wrong with a model that it cannot prune.
      _ = try TaylorPrunableNetwork(
        workbench.current, minimumKept: procedure.minKeep, macPenalty: procedure.macPenalty)
      let goal = try procedure.goal(from: 0, loss: parts.validation?.loss)
      let interruption = Interruption()
      var line = ProgressLine("taylor-prune:")
      let begun = try session.begin(goal, on: workbench, data: configuration)
      let loop = try IterationLoop(workbench, goal: begun ?? goal, data: parts)
      let result = try TaylorPruningLoop.run(loop) { step in
        line.update(
          "\(Quantity.grouped(step.learnables)) learnables, \(Quantity.grouped(step.numPrunables)) kernels can go still"
        )
        return !interruption.flag.isSet
      }
      line.end()
      let extracted = try result.network.extractNetwork()
      try workbench.write(extracted, to: output.path)
      let report = Report(
        workbench.history.original.network, result, output: workbench.mainFile(writtenTo: output.path))
      if json { Console.json(report) } else { Console.result(report.text) }
      if result.stopReason == .stopped { session.sayHowToGoOn(workbench) }
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
