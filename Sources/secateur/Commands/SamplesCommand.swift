import ArgumentParser
import Compute
import Datasets
import Formats
import Foundation
import Graph
import Session
import TerminalUI
import Training

struct SamplesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samples",
    abstract: "Trains the sample models on Fashion-MNIST and cuts the subset that ships beside them.",
    discussion: """
      This is how the folder SampleModels was made. The data are Debian's package dataset-fashion-mnist.

      EXAMPLE
        secateur samples -o SampleModels --data /usr/share/datasets/fashion-mnist
      """)

  @Option(name: .shortAndLong, help: "The folder to write to.", completion: .directory) var output: String
  @Option(help: "The folder of Fashion-MNIST's four IDX files.", completion: .directory) var data: String
  @Option(help: "One model only: reference, residual or upsampler.") var only: SampleNetwork?
  @Option(help: "Passes over the 60,000 training images.") var epochs = 6
  @Option(help: "Where random choices begin.") var seed = 1
  @Option(help: "Training images of the subset.") var trainingImages = 10_000
  @Option(help: "Test images of the subset.") var testImages = 2_000
  @OptionGroup var compute: ComputeArguments

  func run() throws {
    try reporting { () throws(SessionError) in
      do {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      } catch { throw .unwritable(path: output, reason: "the folder cannot be made") }
      if only == nil { try cutSubset() }
      for sample in SampleNetwork.allCases where only == nil || only == sample { try make(sample) }
    }
  }

  private func cutSubset() throws(SessionError) {
    let folder = "\(output)/fashion-mnist"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch { throw .unwritable(path: folder, reason: "the folder cannot be made") }
    for (part, count) in [("train", trainingImages), ("t10k", testImages)] {
      let (images, labels) = ("\(part)-images-idx3-ubyte.gz", "\(part)-labels-idx1-ubyte.gz")
      do throws(DatasetError) {
        let kept = try IDX.subset(
          images: "\(data)/\(images)", labels: "\(data)/\(labels)", count: count,
          imagesOutput: "\(folder)/\(images)", labelsOutput: "\(folder)/\(labels)")
        Console.note("\(folder)/\(images): \(Quantity.grouped(kept)) images")
      } catch { throw .dataset(error) }
    }
  }

  private func make(_ sample: SampleNetwork) throws(SessionError) {
    let settings = sample.dataSettings
    let dataset: Dataset
    do throws(DatasetError) {
      var configuration = try DatasetConfiguration(yaml: settings, path: "\(sample.rawValue).yaml")
      configuration.data = [data]
      configuration.seed = UInt64(seed)
      dataset = try Dataset(configuration)
    } catch { throw .dataset(error) }
    let network = try train(sample, on: dataset)
    let path = "\(output)/\(sample.rawValue).onnx"
    do throws(FormatError) {
      let model = try ONNXModel(network)
      try model.write(network, to: path)
    } catch { throw .format(error) }
    try Destination.write(
      "# Data and loss of \(sample.rawValue).onnx; paths are relative to this file.\ndata: fashion-mnist\n\(settings)",
      to: "\(output)/\(sample.rawValue).yaml")
    Console.result("wrote \(path)")
  }

  private func train(_ sample: SampleNetwork, on dataset: Dataset) throws(SessionError) -> Network {
    let batchSize = 64
    let batches = dataset.count / batchSize
    do throws(ComputeError) {
      let trainer = try Trainer(
        sample.untrained(seed: UInt64(seed)), loss: Loss(dataset.loss), batchSize: batchSize,
        exampleShape: dataset.exampleShape, optimizer: Adam(weightDecay: 1e-2), options: compute.options)
      for epoch in 0..<epochs {
        let order = dataset.order(epoch: epoch)
        var progress = RunProgress(done: 0, total: batches * batchSize, seconds: 0)
        var line = ProgressLine("\(sample.rawValue), epoch \(epoch + 1) of \(epochs):")
        var (loss, correct) = (0.0, 0)
        let started = ContinuousClock.now
        for number in 0..<batches {
          let done = Float(epoch * batches + number) / Float(epochs * batches)
          let rate = 2e-3 * 0.5 * (1 + Float(cos(Double.pi * Double(done))))
          let step = try step(trainer, dataset, order[number * batchSize..<(number + 1) * batchSize], rate)
          loss += step.loss / Double(batches)
          correct += step.correct ?? 0
          progress.done += step.examples
          progress.seconds = (ContinuousClock.now - started) / .seconds(1)
          line.update(progress)
        }
        line.end()
        let accuracy = Double(correct) / Double(batches * batchSize)
        Console.note(
          "\(sample.rawValue), epoch \(epoch + 1): loss \(Quantity.significant(loss, digits: 4))"
            + (correct > 0 ? ", accuracy in training \(Quantity.percent(accuracy, digits: 2))" : ""))
      }
      return try trainer.trained()
    } catch { throw .compute(error) }
  }

  /// Training errors other than the engine's mean that the sample's own definition is broken.
  private func step(
    _ trainer: Trainer, _ dataset: Dataset, _ indices: ArraySlice<Int>, _ rate: Float
  ) throws(ComputeError) -> Trainer.Step {
    do {
      return try trainer.step(try dataset.batch(indices), rate: rate)
    } catch TrainingRunError.compute(let error) {
      throw error
    } catch { preconditionFailure("the samples' own data do not fit them: \(error)") }
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
