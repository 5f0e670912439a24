import ArgumentParser
import Datasets
import Session
import TerminalUI

/// The data and how they become the network's input; each wins over the YAML file beside the model.
struct DataOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The data: an IDX file or folder (MNIST), NPY or NPZ arrays (x, y), or a folder with a sub-folder of images a class.",
      valueName: "path"), completion: .file())
  var data: [DataPath] = []

  @Option(help: "The part of the data: train, validation, test or all.") var split: String?
  @Option(help: "Use at most this many examples.") var limit: Int?
  @Option(help: "Stored order of the dimensions of arrays: nchw or nhwc.") var layout: String?
  @Option(help: "Multiplies stored values first; 1/255 for bytes, else 1.") var scale: String?
  @Option(help: ArgumentHelp("Subtracted after scaling: a number, or one a channel.", valueName: "m,…"))
  var mean: String?
  @Option(help: ArgumentHelp("Divides last: a number, or one a channel.", valueName: "d,…"))
  var deviation: String?
  @Option(help: ArgumentHelp("Size that images are brought to: 224 or 224,320.", valueName: "h,w"))
  var resize: String?
  @Option(help: "Channels that the network sees: rgb, bgr or gray.") var channels: String?
  @Option(help: "The loss: cross-entropy, mse, l1, charbonnier, bce or output-energy.") var loss: String?
  @Option(
    name: [.customLong("stop-at"), .customLong("loss-at")],
    help: ArgumentHelp(
      "Take the loss of this value, not of the first output; what lies behind is not computed. Several, with weights, add up: logits aux=0.4.",
      valueName: "value[=weight]"))
  var lossAt: [String] = []
  @Option(help: "What a loss of values (mse, l1 …) compares with: array, input or image.") var target: String?
  @Option(help: "The input is the image averaged over blocks of this many pixels a side.") var downsample:
    Int?
  @Option(help: "Where random choices begin.") var seed: Int?

  /// What the flags set.
  func configuration() throws -> DatasetConfiguration {
    var flags = DatasetConfiguration()
    if !data.isEmpty { flags.data = data.map(\.path) }
    if !lossAt.isEmpty {
      flags.lossAt = lossAt.map { LossTerm($0) }
      try flags.validated()
    }
    func list(_ text: String) -> String { text.contains(",") ? "[\(text)]" : text }
    let settings: [(key: String, value: String?)] = [
      ("split", split), ("limit", limit.map(String.init)), ("layout", layout), ("scale", scale),
      ("mean", mean.map(list)), ("deviation", deviation.map(list)), ("resize", resize.map(list)),
      ("channels", channels), ("loss", loss), ("target", target), ("downsample", downsample.map(String.init)),
      ("seed", seed.map(String.init)),
    ]
    for (key, value) in settings {
      guard let value else { continue }
      flags = flags.merged(over: try DatasetConfiguration(yaml: "\(key): \(value)", path: "--\(key)"))
    }
    return flags
  }

  /// Attaches the data that the flags or a file beside the model name, where there are any.
  ///
  /// - Parameter isNeeded: whether what follows cannot do without; else data that cannot be used are told of.
  func attach(to workbench: Workbench, isNeeded: Bool) throws {
    do {
      let configuration = try workbench.dataConfiguration(flags: configuration())
      if isNeeded || configuration.data != nil { try workbench.attach(configuration) }
    } catch {
      if isNeeded { throw error }
      workbench.noteUncompared(error)
    }
  }

  /// Opens the data for a model, or throws `noData` where neither the flags nor a file beside it name any.
  func open(for workbench: Workbench, preferring parts: [Split] = []) throws -> Dataset {
    let dataset = try workbench.openData(try configuration(), preferring: parts)
    for finding in try workbench.findings(for: dataset) {
      Console.note("secateur: \(finding.sentence)\n  \(finding.remedy)")
    }
    return dataset
  }
}
