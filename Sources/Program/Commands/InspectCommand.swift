import ArgumentParser
import Formats
import Graph
import Pruning
import Session
import TerminalUI

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Lists the layers of a model: kernels, costs, shapes, what ties them and what pins them.",
    discussion: """
      EXAMPLES
        secateur inspect resnet18.onnx
        secateur inspect resnet18.onnx --json | jq '.layers[] | select(.prunable | not) | .name, .reason'
      """)

  @OptionGroup var options: ModelOptions
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      let workbench = try options.open()
      let report = Inspection(
        workbench, runBytes: workbench.current.runBytes(options: options.compute.options))
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }
}

/// What `inspect` says of a model.
struct Inspection: Encodable {
  struct LayerReport: Encodable {
    let name: String
    let op: String
    let kernels: Int
    let prunable: Bool
    let reason: String?
    let group: String?
    let weightShape: [Int]
    let outputShape: [Int]
    let parameters: Int
    let macs: Int
  }

  let model: String
  let format: String
  let bytes: Int
  let opset: Int
  let inputs: [String: [Int]]
  let outputs: [String: [Int]]
  let parameters: Int
  let macs: Int
  /// Memory that computing an example takes, weights included; nothing where the model cannot be computed.
  let runBytes: Int?
  let prunableConvNum: Int
  let prunableKernelNum: Int
  let layers: [LayerReport]
  /// Operators that secateur does not know, or whose shapes depend on data.
  let problems: [String]

  init(_ workbench: Workbench, runBytes: Int?) {
    self.runBytes = runBytes
    let opened = workbench.current
    func shapes(_ values: [ValueID]) -> [String: [Int]] {
      values.reduce(into: [:]) { $0[opened.network.name(of: $1)] = opened.bound.shape(of: $1) }
    }
    model = workbench.path
    format = workbench.file.formatName
    bytes = workbench.file.fileBytes
    opset = opened.network.opset
    inputs = shapes(opened.network.inputs)
    outputs = shapes(opened.network.outputs)
    parameters = opened.summary.parameters
    macs = opened.summary.multiplyAccumulates
    prunableConvNum = opened.groups.layers.count { $0.isPrunable && $0.layer.isConvolution }
    prunableKernelNum = opened.groups.prunableKernelCount(minimumKept: 1)
    layers = opened.groups.layers.map { coupled in
      let names = coupled.groups.map { opened.groups.groups[$0].name }.filter { !$0.isEmpty }
      return LayerReport(
        name: coupled.layer.name, op: coupled.layer.op, kernels: coupled.layer.kernels,
        prunable: coupled.isPrunable, reason: coupled.isPrunable ? nil : coupled.reason?.sentence,
        group: names.isEmpty ? nil : names.joined(separator: ","), weightShape: coupled.layer.weightShape,
        outputShape: coupled.layer.outputShape, parameters: coupled.layer.parameters,
        macs: coupled.layer.multiplyAccumulates)
    }
    let border = opened.bound.border
    problems = opened.bound.failures.filter { border.causes.contains($0.node) }.map { failure in
      let before = opened.network.nodes[failure.node].readValues.filter {
        opened.bound.constant(of: $0) == nil && !opened.network.inputs.contains($0)
      }
      let names = before.map(opened.network.name(of:)).joined(separator: ", ")
      return failure.error.sentence + (names.isEmpty ? "" : " Before it stands \(names).")
    }
  }

  var text: TerminalText {
    var table = TextTable([
      ("LAYER", .left), ("OP", .left), ("WEIGHT", .left), ("OUTPUT", .left), ("KERNELS", .right),
      ("PARAMS", .right), ("MACS", .right), ("TIE", .left), ("PRUNABLE", .left),
    ])
    for layer in layers {
      table.add([
        layer.name, layer.op, layer.weightShape.shapeText, layer.outputShape.shapeText,
        Quantity.grouped(layer.kernels), Quantity.grouped(layer.parameters), Quantity.count(layer.macs),
        layer.group ?? "", layer.prunable ? "yes" : "no: \(layer.reason ?? "")",
      ])
    }
    let inputText = inputs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.shapeText)" }
    let head: TerminalText =
      "\(model): \(format)\(format == "ONNX" ? ", opset \(opset)" : ""), \(Quantity.bytes(bytes)), input \(inputText.joined(separator: ", "))\n"
      + "\(Quantity.grouped(parameters)) parameters, \(Quantity.count(macs))MACs an example, "
      + (runBytes.map { "\(Quantity.bytes($0)) of memory to compute one, " } ?? "")
      + "\(Quantity.grouped(prunableKernelNum)) removable kernels in \(prunableConvNum) convolutions\n\n"
    return head + table.text + problems.map { "\n\($0)" as TerminalText }.joined()
  }
}
