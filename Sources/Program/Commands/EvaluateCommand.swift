import ArgumentParser
import Compute
import Datasets
import Session
import TerminalUI

struct EvaluateCommand: SharesWork {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a model's loss and accuracy on data.",
    discussion: """
      A test or validation part of the data is taken where there is one.

      EXAMPLES
        secateur evaluate resnet18.onnx --data photos/
        secateur evaluate SampleModels/reference.onnx --json
      """)

  @OptionGroup var options: ModelOptions
  @OptionGroup var data: DataOptions
  @Option(help: "Examples a batch.", transform: WholeNumber.count) var batchSize = 64
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      let workbench = try options.open()
      let dataset = try data.open(for: workbench, preferring: [.test, .validation])
      let evaluation = try Self.measure(workbench, dataset, batchSize: batchSize)
      if json { Console.json(evaluation) } else { Console.result(Self.text(evaluation, dataset)) }
    }
  }

  /// Measures the current network, with progress; ^C stops it.
  static func measure(
    _ workbench: Workbench, _ dataset: Dataset, batchSize: Int = 64
  ) throws -> Evaluation {
    let interruption = Interruption()
    let computing = interruption.stopping(workbench.options)
    let run = try EvaluationRun(
      workbench.current, dataset: dataset, batchSize: batchSize, options: computing)
    try run.finish("evaluating", stoppedBy: interruption)
    return run.result
  }

  static func text(_ evaluation: Evaluation, _ dataset: Dataset) -> TerminalText {
    var parts = ["loss \(Quantity.significant(evaluation.loss, digits: 5))"]
    if let accuracy = evaluation.accuracy {
      parts.insert("accuracy \(Quantity.percent(accuracy, digits: 2))", at: 0)
    }
    if let five = evaluation.accuracyInFive {
      parts.insert("top 5 \(Quantity.percent(five, digits: 2))", at: 1)
    }
    if dataset.loss == .meanSquaredError {
      parts.append("PSNR \(Quantity.fixed(evaluation.peakSignalToNoise, digits: 2)) dB")
    }
    return "\(parts.joined(separator: ", "))"
      + " on \(Quantity.grouped(evaluation.examples)) examples in \(Quantity.duration(seconds: evaluation.seconds))"
  }
}
