import ArgumentParser
import Compute
import Foundation
import Session
import TerminalUI

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures this machine: how fast a model is computed, how fast keys are answered.",
    discussion: """
      EXAMPLES
        secateur bench resnet18.onnx --purpose score --batch-size 16 --input 3x224x224
        secateur bench keys SampleModels/residual.onnx
        secateur bench preview resnet50.onnx
        secateur bench ranks resnet50.onnx --network 10G
      """,
    subcommands: [
      BenchModelCommand.self, BenchKeysCommand.self, BenchPreviewCommand.self, BenchRanksCommand.self,
    ],
    defaultSubcommand: BenchModelCommand.self)
}

struct BenchModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Measures how fast a model is computed, scored or trained on random numbers.",
    discussion: """
      Operations are counted as for direct convolution, forward and backward; a fast algorithm can pass the \
      machine's peak, which is measured on a product of two matrices. Scores in bf16 are compared with those in f32 \
      of the same batch: 1 is the same order of a layer's kernels (Spearman's rank correlation).

      EXAMPLES
        secateur bench resnet18.onnx --purpose score --batch-size 16 --input 3x224x224
        secateur bench vgg.onnx --purpose infer --profile
        secateur bench resnet18.onnx --precision bf16
      """)

  @OptionGroup var subject: MeasuredModelOptions
  @Option(help: "What is measured: infer, score or train.") var purpose: Benchmark.Work = .score
  @Option(help: "Examples a batch.", transform: WholeNumber.count) var batchSize = 16
  @Option(help: "Seconds to measure for, at least.") var seconds = 3.0
  @Flag(help: "Also print the time of each kind of step.") var profile = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard seconds >= 0 else { throw ValidationError("--seconds is a number from 0.") }
  }

  func run() throws {
    try reporting {
      let workbench = try subject.open()
      var options = subject.compute.options
      options.profiles = profile
      let result = try Benchmark(purpose, batchSize: batchSize, duration: seconds)
        .run(workbench.current, options: options)
      let peak = try MachinePeak.matrixProduct(options: subject.compute.options)
      let report = Report(purpose, subject.compute.precision, result, peak: peak)
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }

  private struct Report: Encodable {
    /// How well the orders of each layer's kernels agree with float32's.
    struct Agreement: Encodable {
      let median: Double
      let lowest: Double
      let lowestLayer: String
      let layers: [String: Double]

      init?(_ correlations: [String: Double]) {
        let sorted = correlations.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        guard let first = sorted.first else { return nil }
        median = sorted[sorted.count / 2].value
        (lowestLayer, lowest) = first
        layers = correlations
      }
    }

    let purpose: String
    let precision: String
    let batchSize: Int
    let runs: Int
    let examplesPerSecond: Double
    let slowestExamplesPerSecond: Double
    let fastestExamplesPerSecond: Double
    let gigaflops: Double
    let peakGigaflops: Double
    let planningMilliseconds: Double
    let planBytes: Int
    let residentBytes: Int
    let millisecondsByStep: [String: Double]?
    let rankCorrelation: Agreement?

    init(_ work: Benchmark.Work, _ precision: Precision, _ result: Benchmark.Result, peak: Double) {
      purpose = work.rawValue
      self.precision = precision.rawValue
      rankCorrelation = Agreement(result.rankCorrelations)
      batchSize = result.batchSize
      runs = result.seconds.count
      examplesPerSecond = result.examplesPerSecond
      slowestExamplesPerSecond = Double(batchSize) / (result.seconds.max() ?? .nan)
      fastestExamplesPerSecond = Double(batchSize) / (result.seconds.min() ?? .nan)
      gigaflops = result.gigaflops
      peakGigaflops = peak
      planningMilliseconds = result.planningSeconds * 1000
      planBytes = result.planBytes
      residentBytes = result.residentBytes
      millisecondsByStep =
        result.secondsByStep.isEmpty ? nil : result.secondsByStep.mapValues { $0 * 1000 }
    }

    var text: TerminalText {
      func fixed(_ value: Double, _ digits: Int = 1) -> String { Quantity.fixed(value, digits: digits) }
      var table = TextTable([("", .left), ("", .right), ("", .left)])
      table.add([
        "\(purpose)\(precision == Precision.float32.rawValue ? "" : " in \(precision)"), batch \(batchSize)",
        "\(fixed(examplesPerSecond)) examples/s",
        "\(fixed(slowestExamplesPerSecond)) to \(fixed(fastestExamplesPerSecond)) in \(runs) runs, "
          + "\(fixed(1000 / examplesPerSecond, 2)) ms an example",
      ])
      table.add([
        "operations", "\(fixed(gigaflops, 0)) GFLOP/s",
        "\(fixed(100 * gigaflops / peakGigaflops, 0)) % of the \(fixed(peakGigaflops, 0)) of a matrix product",
      ])
      if let agreement = rankCorrelation {
        table.add([
          "order of kernels", "\(fixed(agreement.median, 4)) like f32",
          "rank correlation in the median of \(agreement.layers.count) layers; at least "
            + "\(fixed(agreement.lowest, 4)) (\(agreement.lowestLayer))",
        ])
      }
      table.add([
        "peak memory", Quantity.bytes(residentBytes),
        "of the process; the plan holds \(Quantity.bytes(planBytes))",
      ])
      table.add(["planning", "\(fixed(planningMilliseconds, 0)) ms", ""])
      var text = table.text
      if let steps = millisecondsByStep {
        let total = steps.values.reduce(0, +)
        var profile = TextTable([("step", .left), ("ms a batch", .right), ("share", .right)])
        for (step, time) in steps.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
          profile.add([step, fixed(time, 2), "\(fixed(100 * time / max(total, 1e-9))) %"])
        }
        text += "\n\n" + profile.text
      }
      return text
    }
  }
}
