import ArgumentParser
import Graph
import Pruning
import Session
import TerminalUI

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Says what changed between two models, layer by layer.",
    discussion: """
      Layers are the same where their names are. Those that only one model has are named.

      EXAMPLES
        secateur diff resnet18.onnx small.onnx
        secateur diff resnet18.onnx small.onnx --json | jq '.layers[] | {name, kernels}'
      """)

  @Argument(
    help: "The model before: an ONNX file, a .pt2 file or an MXNet model.",
    completion: ModelOptions.completion)
  var before: ModelPath
  @Argument(
    help: "The model after: an ONNX file, a .pt2 file or an MXNet model.", completion: ModelOptions.completion
  )
  var after: ModelPath
  @Option(
    name: .customLong("input"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Shape of an input that the files leave open, batch included: input=1x3x224x224.",
      valueName: "[name=]shape"))
  var inputShapes: [String] = []
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      let shapes = try InputShapes.parse(inputShapes)
      let (before, after) = (before.path, after.path)
      let old = try Workbench(opening: before, inputShapes: shapes).current
      let new = try Workbench(opening: after, inputShapes: shapes).current
      let report = DiffReport(before, after, NetworkComparison(old.bound, new.bound))
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }
}

/// What `diff` says of two models.
struct DiffReport: Encodable {
  /// A layer that changed.
  struct LayerReport: Encodable {
    let name: String
    let kernels: Amounts
    let inputChannels: Amounts
    let parameters: Amounts
    let macs: Amounts
    /// Where shapes are the same and the numbers are not.
    let otherWeights: Bool
  }

  /// A layer that one model has.
  struct Lone: Encodable {
    let name: String
    let op: String
    let kernels: Int
    let parameters: Int

    init(_ layer: Layer) {
      (name, op, kernels, parameters) = (layer.name, layer.op, layer.kernels, layer.parameters)
    }
  }

  let before: String
  let after: String
  let parameters: Amounts
  let macs: Amounts
  let layers: [LayerReport]
  let unchangedLayers: Int
  let removed: [Lone]
  let added: [Lone]

  init(_ before: String, _ after: String, _ comparison: NetworkComparison) {
    self.before = before
    self.after = after
    parameters = Amounts(comparison.parameters)
    macs = Amounts(comparison.multiplyAccumulates)
    layers = comparison.layers.filter(\.isChanged).map { layer in
      LayerReport(
        name: layer.name, kernels: Amounts(layer.kernels), inputChannels: Amounts(layer.inputChannels),
        parameters: Amounts(layer.parameters), macs: Amounts(layer.multiplyAccumulates),
        otherWeights: layer.hasOtherWeights)
    }
    unchangedLayers = comparison.layers.count - layers.count
    removed = comparison.removed.map(Lone.init)
    added = comparison.added.map(Lone.init)
  }

  var text: TerminalText {
    func total(_ amounts: Amounts, _ unit: String) -> String {
      if amounts.before == amounts.after { return "\(Quantity.grouped(amounts.before)) \(unit), unchanged" }
      return amounts.text(unit)
    }
    var parts: [TerminalText] = [
      "\(before) → \(after)\n\(total(parameters, "parameters")), \(total(macs, "MACs"))"
    ]
    if !layers.isEmpty {
      var table = TextTable([
        ("LAYER", .left), ("KERNELS", .right), ("INPUTS", .right), ("PARAMS", .right), ("MACS", .right),
        ("", .left),
      ])
      for layer in layers {
        table.add([
          layer.name, layer.kernels.text, layer.inputChannels.text, layer.parameters.text, layer.macs.text,
          layer.otherWeights ? "other weights" : "",
        ])
      }
      parts.append(table.text)
    }
    func list(_ layers: [Lone], _ title: String) {
      guard !layers.isEmpty else { return }
      var table = TextTable([(title, .left), ("OP", .left), ("KERNELS", .right), ("PARAMS", .right)])
      for layer in layers {
        table.add([layer.name, layer.op, String(layer.kernels), Quantity.grouped(layer.parameters)])
      }
      parts.append(table.text)
    }
    list(removed, "ONLY BEFORE")
    list(added, "ONLY AFTER")
    switch unchangedLayers {
    case _ where layers.isEmpty && removed.isEmpty && added.isEmpty: parts.append("no layer changed")
    case 0: break
    case 1: parts.append("1 layer is unchanged")
    default: parts.append("\(unchangedLayers) layers are unchanged")
    }
    return parts.joined(separator: "\n\n")
  }
}
