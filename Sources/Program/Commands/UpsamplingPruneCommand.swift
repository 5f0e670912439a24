import ArgumentParser
import Compute
import Files
import Formats
import Foundation
import Graph
import Procedures
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
      is written.

      EXAMPLES
        secateur upsampling-prune SampleModels/upsampler.onnx -o up/ --performance-criterion 1.1 --step-size 10
      """)

  @OptionGroup var options: ModelOptions
  @Option(
    name: .shortAndLong, help: "The folder for each step's model and the result.", completion: .directory)
  var output: OutputFolderPath
  @OptionGroup var replacing: ReplacingOptions
  @Option(help: "How much larger than the original's the error may become: a factor from 1.")
  var performanceCriterion = UpsamplingPruning().performanceCriterion
  @Option(help: "Share of the parameters that goes with each step, in per cent.")
  var stepSize = UpsamplingPruning().pruningStepSize
  @Option(help: "Steps at most.") var maxSteps = UpsamplingPruning().maximumSteps
  @Option(help: "Share of the parameters that may go at most, 0…1.")
  var maxRatio = UpsamplingPruning().maximumPruningRatio
  @Option(help: "Epochs with regularisation before each removal.")
  var regularizationEpochs = UpsamplingPruning().growingRegularizationEpochs
  @Option(
    help: """
      What drives channels to zero there: growing, by a penalty that grows faster for those of less importance; \
      group-norm, by one that is up to sixteen times as large for them; group-lasso or bn-scale.
      """)
  var regularization = UpsamplingPruning().regularization.kind
  @Option(help: "The penalty's strength; growing begins with it.")
  var reg = UpsamplingPruning.usualRegularization
  @Option(help: "By how much growing grows each epoch for the least important channel.")
  var delta = UpsamplingPruning.usualGrowth
  @Option(help: "Epochs of training after each removal.") var retrainEpochs = UpsamplingPruning()
    .retrainEpochs
  @Option(help: "The learning rate of Adam.") var rate = UpsamplingPruning.usualTraining.rate
  @Option(help: "Examples a training step.") var batchSize = UpsamplingPruning.usualTraining.batchSize
  @OptionGroup var data: DataOptions
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
    try reportingProcedure { () throws(ProcedureError) in
      var procedure = UpsamplingPruning()
      procedure.performanceCriterion = performanceCriterion
      procedure.pruningStepSize = stepSize
      procedure.maximumSteps = maxSteps
      procedure.maximumPruningRatio = maxRatio
      procedure.growingRegularizationEpochs = regularizationEpochs
      procedure.regularization = SparsitySettings(regularization, strength: reg, growth: delta)
      procedure.retrainEpochs = retrainEpochs
      procedure.training.rate = rate
      procedure.training.batchSize = batchSize
      procedure.training.seed = UInt64(bitPattern: Int64(data.seed ?? 0))
      try procedure.validated()
      let (workbench, parts): (Workbench, TrainingData)
      do throws(SessionError) {
        try Destination.makeFolder(output.path)
        workbench = try options.open()
        parts = try TrainingData(
          workbench, configuration: workbench.dataConfiguration(flags: data.configuration()))
      } catch { throw .session(error) }
      guard let validation = parts.validation ?? parts.test else { throw .session(.noData) }
      let interruption = Interruption()
      var computing = workbench.options
      computing.cancellation = interruption.flag
      var line = ProgressLine("")
      var failure: SessionError?
      var earlier = EarlierRun(in: output.path, where: Self.isStep)
      let result = try procedure.run(
        workbench.current, training: parts.training, validation: validation, options: computing
      ) { event in
        switch event {
        case .progress(let phase, let progress): line.update(progress, phase: phase)
        case .original(let error):
          line.end()
          Console.note("upsampling-prune: original: MSE \(Quantity.precise(error, digits: 4))")
        case .step(let step, let network):
          line.end()
          Console.note("upsampling-prune: \(Self.text(step))")
          do throws(SessionError) {
            earlier.remove()
            try workbench.write(network, stem: "\(output.path)/step-\(step.number)")
          } catch { failure = error }
        }
        return failure == nil && !interruption.flag.isSet
      }
      line.end()
      if let failure { throw .session(failure) }
      let path: String
      do throws(SessionError) {
        earlier.remove()
        path = try workbench.write(result.network, stem: "\(output.path)/\(Self.result)")
      } catch { throw .session(error) }
      let report = Report(result, output: path)
      if json { Console.json(report) } else { Console.result(report.text) }
      if result.stopReason == .stopped { throw .session(.cancelled) }
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
