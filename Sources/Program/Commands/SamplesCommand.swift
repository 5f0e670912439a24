import ArgumentParser
import Compute
import Datasets
import Files
import Formats
import Foundation
import Graph
import Session
import TerminalUI
import Training

struct SamplesCommand: WritesFolder {
  static let configuration = CommandConfiguration(
    commandName: "samples",
    abstract: "Trains the sample models on Fashion-MNIST and cuts the subset that ships beside them.",
    discussion: """
      This is how the folder SampleModels was made. The data are Debian's package dataset-fashion-mnist.

      EXAMPLE
        secateur samples -o SampleModels --data /usr/share/datasets/fashion-mnist
      """)

  @Option(name: .shortAndLong, help: "The folder to write to.", completion: .directory) var output:
    OutputFolderPath
  @Option(help: "The folder of Fashion-MNIST's four IDX files.", completion: .directory) var data: DataPath
  @Option(help: "One model only: reference, residual or upsampler.") var only: SampleNetwork?
  @Option(help: "Passes over the 60,000 training images.", transform: WholeNumber.count) var epochs = 6
  @Option(help: "Where random choices begin.") var seed: UInt64 = 1
  @Option(help: "Training images of the subset.", transform: WholeNumber.count)
  var trainingImages = 10_000
  @Option(help: "Test images of the subset.", transform: WholeNumber.count)
  var testImages = 2_000
  @OptionGroup var compute: ComputeArguments
  @OptionGroup var replacing: ReplacingOptions

  func run() throws {
    try reporting {
      try Destination.makeFolder(output.path)
      if only == nil { try cutSubset() }
      for sample in chosen { try make(sample) }
    }
  }

  private var chosen: [SampleNetwork] { SampleNetwork.allCases.filter { only == nil || only == $0 } }
  private var subsetFolder: String { "\(output.path)/fashion-mnist" }

  private static func subsetFiles(_ part: String) -> (images: String, labels: String) {
    ("\(part)-images-idx3-ubyte.gz", "\(part)-labels-idx1-ubyte.gz")
  }

  func declareFolder(in use: inout FileUse) {
    let names = Set(chosen.flatMap { ["\($0.rawValue).onnx", "\($0.rawValue).yaml"] })
    use.writes(into: output.path, as: "--output", where: names.contains)
    guard only == nil else { return }
    let files = Set(["train", "t10k"].map(Self.subsetFiles).flatMap { [$0.images, $0.labels] })
    use.writes(into: subsetFolder, as: "--output", where: files.contains)
  }

  private func cutSubset() throws {
    let (folder, data) = (subsetFolder, data.path)
    try Destination.makeFolder(folder)
    for (part, count) in [("train", trainingImages), ("t10k", testImages)] {
      let (images, labels) = Self.subsetFiles(part)
      let kept = try IDX.subset(
        images: "\(data)/\(images)", labels: "\(data)/\(labels)", count: count,
        imagesOutput: "\(folder)/\(images)", labelsOutput: "\(folder)/\(labels)")
      Console.note("\(folder)/\(images): \(Quantity.grouped(kept)) images")
    }
  }

  private func make(_ sample: SampleNetwork) throws {
    let settings = sample.dataSettings
    var configuration = try DatasetConfiguration(yaml: settings, path: "\(sample.rawValue).yaml")
    configuration.data = [data.path]
    configuration.seed = seed
    let dataset = try Dataset(configuration)
    let network = try train(sample, on: dataset)
    let path = "\(output.path)/\(sample.rawValue).onnx"
    let model = try ONNXModel(network)
    try model.write(network, to: path)
    try Destination.write(
      "# Data and loss of \(sample.rawValue).onnx; paths are relative to this file.\ndata: fashion-mnist\n\(settings)",
      to: "\(output.path)/\(sample.rawValue).yaml")
    Console.result("wrote \(path)")
  }

  private func train(_ sample: SampleNetwork, on dataset: Dataset) throws -> Network {
    var settings = TrainingSettings(epochs: epochs)
    settings.optimizer = OptimizerSettings(.adamw, weightDecay: 1e-2)
    settings.optimizer.decaysVectors = true
    settings.rate = 2e-3
    settings.schedule = LearningRateSchedule()
    let run = try TrainingRun(
      OpenNetwork(sample.untrained(seed: seed)), settings: settings, training: dataset,
      options: compute.options)
    var report = TrainingReport(sample.rawValue)
    repeat { report.update(run.state) } while try run.step()
    report.end(run.state)
    return try run.trained()
  }
}

extension SampleNetwork {
  /// How the data become this network's input, and its loss: the YAML beside the model.
  fileprivate var dataSettings: String {
    switch self {
    case .reference, .residual: "mean: 0.286\ndeviation: 0.353\nloss: cross-entropy\n"
    case .upsampler: "downsample: 2\ntarget: image\nloss: mse\n"
    }
  }
}
