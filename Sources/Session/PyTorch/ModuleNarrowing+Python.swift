import Foundation
import Pruning

extension ModuleNarrowing {
  /// What the file is of, for its first lines.
  struct Subject {
    /// The model's file name.
    var model: String
    /// The iteration, in words: `iteration 3`.
    var iteration: String
    /// Whether the iteration's weights are others than the original's that stay.
    var isTrained: Bool
    /// The module's name, for its own example: `cut`.
    var module: String
    /// What brings weights back: `secateur adopt resnet18.onnx trained.pth`.
    var adoption: String
  }

  /// A module of Python with `prune_` and `verify`, which needs torch alone.
  func python(_ subject: Subject) -> String {
    """
    \"\"\"\(heading(subject))
    \"\"\"
    import torch
    from torch import nn

    # Parameters that lose something: what they may be called, their shape before, what stays along axes, and whether they are
    # named in the file, placed by what reads them, or perhaps no parameters of the model's.
    KEPT = [
    \(parameters.map(line).joined(separator: "\n"))
    ]
    # Layers that may have taken in the batch normalization behind them when the model was exported: sums of magnitudes of
    # some kernels in the file tell.
    FOLDED = [
    \(folded.map(line).joined(separator: "\n"))
    ]
    # Modules that have other numbers of groups now.
    GROUPS = {\(groups.sorted { $0.key < $1.key }.map { "\(Self.quoted($0)): \($1)" }.joined(separator: ", "))}
    # Sizes that the file states: the node, its module, what it said and what it says now.
    SIZES = [
    \(sizes.map { "    (\(Self.quoted($0.node)), \(Self.quoted($0.module)), \(Self.quoted($0.before)), \(Self.quoted($0.after)))," }.joined(separator: "\n"))
    ]
    # The inputs of `verify`, and what the pruned file computes for them: shape, some elements evenly apart, mean magnitude.
    INPUTS = [\(inputs.map { "(\(Self.tuple($0.shape)), \($0.isWhole ? "True" : "False"))" }.joined(separator: ", "))]
    OUTPUTS = \(outputs.map { "[\n\($0.map(line).joined(separator: "\n"))\n]" } ?? "None")

    \(Self.code)
    """
  }

  private func heading(_ subject: Subject) -> String {
    var text = """
      Narrows the PyTorch model that \(Self.plain(subject.model)) was exported from, as \(Self.plain(subject.iteration)) is narrower.

          import \(Self.plain(subject.module))
          model = ...  # the model as it was exported, with its weights
          \(Self.plain(subject.module)).prune_(model)  # or prune_(model, optimizer)
          \(Self.plain(subject.module)).verify(model)  # compares with the pruned file

      Weights that are trained from there come back with

          torch.save(model.state_dict(), "trained.pth")
          \(Self.plain(subject.adoption))
      """
    if subject.isTrained {
      text += """


        The iteration was recovered or trained, and has other weights than what is left of the model's: `secateur export
        --weights-out` writes them. `verify` compares with what is left of the model's.
        """
    }
    if !sizes.isEmpty {
      text += """


        Sizes that changed, and that may stand in a `forward`, where nothing from outside can change them. Those that a
        `forward` computes from shapes or from a module of torch.nn follow by themselves; `verify` tells. Where one stands in
        the way, narrow the model as a .pt2 program instead.

        """
      text += sizes.map {
        "    \(Self.plain($0.node))\($0.module.isEmpty ? "" : " in \(Self.plain($0.module))"): \($0.before) is \($0.after)"
      }.joined(separator: "\n")
    }
    return text
  }

  // MARK: Literals

  private func line(_ parameter: Parameter) -> String {
    let kept = parameter.kept.sorted { $0.key < $1.key }
      .map { "\($0): \"\(KernelList($1).text)\"" }.joined(separator: ", ")
    return
      "    (\(Self.tuple(parameter.names.map(Self.quoted))), \(Self.tuple(parameter.shape)), {\(kept)}, \(Self.quoted(parameter.owner.rawValue))),"
  }

  private func line(_ layer: FoldedLayer) -> String {
    let sums = layer.sums.map { "\($0.kernel): \(Self.number($0.sum))" }.joined(separator: ", ")
    return "    (\(Self.tuple(layer.names.map(Self.quoted))), {\(sums)}),"
  }

  private func line(_ output: Output) -> String {
    let samples = output.samples.map { Self.number(Double($0)) }.joined(separator: ", ")
    return "    (\(Self.tuple(output.shape)), [\(samples)], \(Self.number(output.magnitude))),"
  }

  private static func number(_ value: Double) -> String {
    guard value.isFinite else {
      return value.isNaN ? "float(\"nan\")" : "float(\"\(value > 0 ? "" : "-")inf\")"
    }
    return String(format: "%.9g", value)
  }

  private static func tuple(_ items: [some CustomStringConvertible]) -> String {
    "(\(items.map(\.description).joined(separator: ", "))\(items.count == 1 ? "," : ""))"
  }

  /// A string literal of Python that only has ASCII in it: whatever a name holds stays a name.
  static func quoted(_ text: String) -> String {
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

  /// A name inside of the text at the top, which no name may end.
  static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { " "..."~" ~= $0 && $0 != "\"" && $0 != "\\" ? $0 : "?" }))
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
    let text = String(scalar.value, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }
}
