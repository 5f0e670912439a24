import ArgumentParser
import Compute
import Datasets
import Errors
import Files
import Formats
import Foundation
import Graph
import Procedures
import Pruning
import Session
import TerminalUI
import Training

struct UpsamplingPruneCommand: WritesFolder {
  static let configuration = CommandConfiguration(
    commandName: "upsampling-prune",
    abstract: "Prunes an up-sampling network while its error stays within a criterion.",
    discussion: """
      Each step adds the step size to the share of parameters that is to be gone: it trains with a \
      regularisation, removes the channels of the least group importance, and trains again; the network with the \
      smallest error is kept and saved. It ends when the error is larger than the criterion allows, the maximum ratio is \
      reached, or all steps are done; the last network that met the criterion is written as pruned.onnx \
      (pruned-symbol.json of an MXNet model). The steps of an earlier run in the same folder go when the first of this one \
      is written. The steps are kept as iterations of the model's session, and a run that was stopped or killed goes on where \
      it was when the same command is given again.

      EXAMPLES
        secateur upsampling-prune SampleModels/upsampler.onnx -o up/ --performance-criterion 1.1 --step-size 10
      """)

  @OptionGroup var options: ModelOptions
  @Option(
    name: .shortAndLong, help: "The folder for each step's model and the result.", completion: .directory)
  var output: OutputFolderPath
  @OptionGroup var replacing: ReplacingOptions
  @OptionGroup var settings: UpsamplingPruneOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var session: SessionOptions
  @Flag(help: "Print JSON.") var json = false

  /// The model that comes of it.
  private static let result = "pruned"

  /// Whether a file's name is one of a step's model.
  private static func isStep(_ name: String) -> Bool {
    ModelPaths.stem(of: name)?.wholeMatch(of: /step-[0-9]+/) != nil
  }

  func declareFolder(in use: inout FileUse) {
    use.writes(into: output.path, as: "--output") { name in
      Self.isStep(name) || ModelPaths.stem(of: name) == Self.result
    }
  }

  func run() throws {
    try reporting {
      let procedure = settings.procedure(seed: data.seed)
      try procedure.validated()
      try Destination.makeFolder(output.path)
      let workbench = try options.open()
      let configuration = try workbench.dataConfiguration(flags: data.configuration())
      let parts = try TrainingData(workbench, configuration: configuration)
      guard let validation = parts.validation ?? parts.test else { throw SessionError.noData }
      guard workbench.current.groups.layers.contains(where: \.isPrunable) else {
        throw ProcedureError.unsupportedArchitecture
      }
      let interruption = Interruption()
      let computing = interruption.stopping(workbench.options)
      var line = ProgressLine("")
      var failure: (any Error)?
      var earlier = EarlierRun(in: output.path, where: Self.isStep)
      let report: (UpsamplingPruning.Event) -> Bool = { event in
        switch event {
        case .progress(let phase, let progress): line.update(progress, phase: phase)
        case .original(let error):
          line.end()
          Console.note("upsampling-prune: original: MSE \(Quantity.precise(error, digits: 4))")
        case .step(let step, let network):
          line.end()
          Console.note("upsampling-prune: \(Self.text(step))")
          do {
            earlier.remove()
            try workbench.write(network, stem: "\(output.path)/step-\(step.number)")
          } catch { failure = error }
        }
        return failure == nil && !interruption.flag.isSet
      }
      let goal = procedure.goal(from: 0)
      let begun = try session.begin(goal, on: workbench, data: configuration)
      let loop = try IterationLoop(
        workbench, goal: begun ?? goal,
        data: LoopData(scoring: parts.training, training: parts.training, validation: validation),
        options: computing)
      var run = UpsamplingRun(procedure, loop, report: report)
      let result = try run.run()
      line.end()
      if let failure { throw failure }
      earlier.remove()
      let path = try workbench.write(result.network, stem: "\(output.path)/\(Self.result)")
      let found = Report(result, output: path)
      if json { Console.json(found) } else { Console.result(found.text) }
      guard result.stopReason == .stopped else { return }
      session.sayHowToGoOn(workbench)
      throw Stopped()
    }
  }

  private static func text(_ step: UpsamplingPruning.Step) -> String {
    "step \(step.number): \(Quantity.percent(step.removedRatio, digits: 1)) removed, MSE "
      + "\(Quantity.precise(step.errorAfterPruning, digits: 4)) → \(Quantity.precise(step.error, digits: 4)), "
      + "PSNR \(Quantity.fixed(step.peakSignalToNoise, digits: 2)) dB"
  }

  /// What came of it.
  private struct Report: Encodable {
    let originalError: Double
    let steps: [UpsamplingPruning.Step]
    let result: Int
    let stopReason: String
    let output: String

    init(_ result: UpsamplingPruning.Result, output: String) {
      originalError = result.originalError
      steps = result.steps
      self.result = result.step
      stopReason = result.stopReason.rawValue
      self.output = output
    }

    var text: TerminalText {
      func psnr(_ error: Double) -> String {
        Quantity.fixed(-10 * log10(max(error, .leastNormalMagnitude)), digits: 2) + " dB"
      }
      var table = TextTable([
        ("STEP", .left), ("TARGET", .right), ("REMOVED", .right), ("PARAMETERS", .right),
        ("MSE PRUNED", .right),
        ("MSE", .right), ("PSNR", .right), ("", .left),
      ])
      table.add([
        "original", "", "", "", "", Quantity.precise(originalError, digits: 4), psnr(originalError), "",
      ])
      for step in steps {
        table.add([
          String(step.number), Quantity.percent(step.target / 100),
          Quantity.percent(step.removedRatio, digits: 1),
          Quantity.grouped(step.parameters), Quantity.precise(step.errorAfterPruning, digits: 4),
          Quantity.precise(step.error, digits: 4), psnr(step.error),
          step.meetsCriterion ? "" : "too large",
        ])
      }
      let why =
        switch stopReason {
        case "criterion": "the error is larger than the criterion allows"
        case "maximum-ratio": "as much is gone as may go at most"
        case "steps": "all steps are done"
        case "nothing-left": "nothing more can be removed"
        default: "stopped"
        }
      let what = result == 0 ? "the original" : "the network of step \(result)"
      return table.text + "\n\nended: \(why)\nwrote \(output), \(what)"
    }
  }
}
