public import Datasets
import Foundation
import Graph
package import Pruning

/// The indices of the original that an iteration keeps, for other programs: as JSON, as NPZ, and with a few lines of
/// Python that cut a PyTorch `state_dict`.
public struct KeptIndicesFile: Sendable {
  /// The model's file name.
  public let model: String
  /// `Network.fingerprint` of the original.
  public let fingerprint: String
  /// By layer that lost kernels: those that stay.
  public let layers: [String: [Int]]
  /// By parameter that was cut, under the name that PyTorch has for it where that can be told.
  package let parameters: [String: KeptParameters.Parameter]

  private struct Contents: Encodable {
    let model: String
    let fingerprint: String
    let layers: [String: [Int]]
    let parameters: [String: Entry]

    struct Entry: Encodable {
      let shape: [Int]
      /// Keys are axes.
      let kept: [String: [Int]]
    }
  }

  /// As JSON: `{"layers": {name: [kept]}, "parameters": {name: {"shape": […], "kept": {axis: [kept]}}}}`.
  public var json: String {
    let entries = parameters.mapValues { parameter in
      Contents.Entry(
        shape: parameter.shape, kept: parameter.kept.reduce(into: [:]) { $0[String($1.key)] = $1.value })
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let contents = Contents(model: model, fingerprint: fingerprint, layers: layers, parameters: entries)
    guard let data = try? encoder.encode(contents) else {
      preconditionFailure("names and numbers can be written")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  /// As NPZ: `layer:NAME` for the kernels of each layer, `NAME:AXIS` for each parameter and axis.
  public var archive: NumPyArchive {
    get throws {
      var archive = NumPyArchive()
      for (name, kept) in layers.sorted(by: { $0.key < $1.key }) {
        archive["layer:\(name)"] = try NumPyArray(shape: [kept.count], integers: kept.map(Int64.init))
      }
      for (name, parameter) in parameters.sorted(by: { $0.key < $1.key }) {
        for (axis, kept) in parameter.kept.sorted(by: { $0.key < $1.key }) {
          archive["\(name):\(axis)"] = try NumPyArray(shape: [kept.count], integers: kept.map(Int64.init))
        }
      }
      return archive
    }
  }

  /// Python that cuts a `state_dict` of the original by the JSON file, which stands beside it under `name`.
  public static func pythonSnippet(readingJSON name: String) -> String {
    """
    \"\"\"Cuts the state_dict of the unpruned PyTorch model down to the kernels that stay, by the file read below.

        model.load_state_dict(...)                      # the model as it was before
        small = pruned(model.state_dict())              # its tensors, smaller
        narrow_model.load_state_dict(small)             # the same model, built with these widths

    Batch normalizations that the ONNX export folded into convolutions have no entry of their own: export with
    do_constant_folding=False and training=TrainingMode.PRESERVE to have them named.
    \"\"\"
    import json
    import pathlib

    KEPT = json.loads((pathlib.Path(__file__).parent / \(quoted(name))).read_text())["parameters"]


    def pruned(state_dict):
        import torch

        known = {name.removeprefix("module."): name for name in state_dict}
        small = dict(state_dict)
        for name, entry in KEPT.items():
            if name not in known:
                print(f"no tensor is called {name}")
                continue
            tensor = state_dict[known[name]]
            shape = tuple(entry["shape"])
            # Exporters transpose the weights of some fully connected layers.
            turned = tuple(tensor.shape) != shape and tuple(tensor.shape) == shape[::-1]
            if not turned and tuple(tensor.shape) != shape:
                raise ValueError(f"{name} has the shape {tuple(tensor.shape)}, the pruned model had {shape}")
            for axis, kept in entry["kept"].items():
                axis = len(shape) - 1 - int(axis) if turned else int(axis)
                tensor = tensor.index_select(axis, torch.tensor(kept, device=tensor.device))
            small[known[name]] = tensor
        return small

    """
  }

  /// A string literal of Python that only has ASCII in it: whatever a name holds stays a name.
  private static func quoted(_ text: String) -> String {
    text.unicodeScalars.reduce("\"") { literal, scalar in
      switch scalar {
      case "\"", "\\": literal + "\\\(scalar)"
      case " "..."~": literal + String(scalar)
      default:
        scalar.value <= 0xFFFF
          ? literal + "\\u" + hexadecimal(scalar, digits: 4)
          : literal + "\\U" + hexadecimal(scalar, digits: 8)
      }
    } + "\""
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
    let text = String(scalar.value, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }
}

extension Workbench {
  /// Writes the indices that the current iteration keeps, as JSON or NPZ by each path's extension, and Python that reads
  /// the first of JSON.
  public func writeKeptIndices(to paths: [String], snippet: String? = nil) throws {
    let kept = try keptIndices()
    for path in paths {
      if path.hasSuffix(".npz") {
        let archive = try kept.archive
        try archive.write(to: path)
      } else {
        try Destination.write(kept.json, to: path)
      }
    }
    if let snippet, let json = paths.first(where: { $0.hasSuffix(".json") }) {
      let name = (json as NSString).lastPathComponent
      try Destination.write(KeptIndicesFile.pythonSnippet(readingJSON: name), to: snippet)
    }
  }

  /// What the current iteration keeps of the original.
  public func keptIndices() throws -> KeptIndicesFile {
    var kept = KeptParameters()
    var chain: [Iteration] = []
    var id: Int? = history.current
    while let now = id.flatMap({ history[$0] }) {
      chain.insert(now, at: 0)
      id = now.parent
    }
    for iteration in chain {
      guard let selection = selections[iteration.id], let before = iteration.parent.flatMap({ history[$0] })
      else { continue }
      kept.remove(
        selection, groups: before.network.groups, from: before.network.bound,
        leaving: (iteration.asPruned ?? iteration.network).network)
    }
    let plan = plan
    let layers = try plan.keptOfOriginal()
    let names = history.original.network.stateNames
    return KeptIndicesFile(
      model: (path as NSString).lastPathComponent, fingerprint: fingerprint, layers: layers,
      parameters: kept.parameters.reduce(into: [:]) { $0[names[$1.key] ?? $1.key] = $1.value })
  }
}

extension OpenNetwork {
  /// By constant whose name an exporter made up: what PyTorch calls it, told from the node that reads it.
  fileprivate var stateNames: [String: String] {
    var names: [String: String] = [:]
    for node in network.nodes {
      guard let module = node.moduleName else { continue }
      let traits = bound.table.traits(of: node)
      // Input 0 is what the module is called with.
      for (input, operand) in traits.operands.enumerated().dropFirst() {
        guard let role = operand.stateName(in: traits), let value = node.inputs[safe: input] ?? nil,
          network.constants[value] != nil,
          network.name(of: value).contains("::")
        else { continue }
        names[network.name(of: value)] = "\(module).\(role)"
      }
    }
    return names
  }
}

extension OperandRole {
  /// What PyTorch calls a parameter or buffer of the role; `nil` where there may be none.
  fileprivate func stateName(in traits: OperatorTraits) -> String? {
    switch self {
    case .weight, .slope: "weight"
    case .bias: "bias"
    // Others may have been exported without parameters, their scales and shifts being ones and zeros.
    case .scale: traits.hasRunningStatistics ? "weight" : nil
    case .shift: traits.hasRunningStatistics ? "bias" : nil
    case .mean: "running_mean"
    case .variance: "running_var"
    case .value, .size: nil
    }
  }
}
