import ArgumentParser
import Formats
import Graph
import Pruning
import Session
import TerminalUI

struct PrunableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prunable",
    abstract:
      "Hands out what may be pruned: layers, their channels, what goes with them, what depends on them.",
    discussion: """
      For an algorithm of your own: it reads this, decides, and writes {"layer": [kept indices], …}, from which \
      `apply --kept` makes the pruned model. Kernels with the same unit number, of whichever layer, can only go \
      together; −1 is a kernel that must stay.

      EXAMPLES
        secateur prunable resnet18.onnx
        secateur prunable resnet-symbol.json --input data=1x3x224x224 --json > prunable.json
        secateur apply --kept kept.json resnet-symbol.json -o small-symbol.json --input data=1x3x224x224
      """)

  @OptionGroup var options: ModelOptions
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      let information = PrunableInformation(try options.open())
      if json { Console.json(information) } else { Console.result(Self.text(information)) }
    }
  }

  private static func text(_ information: PrunableInformation) -> TerminalText {
    guard !information.layers.isEmpty else { return "no layer of \(information.model) can be pruned" }
    var table = TextTable([
      ("LAYER", .left), ("OP", .left), ("CHANNELS", .right), ("REMOVABLE", .right), ("TIE", .left),
      ("WITH", .left),
      ("DEPENDENTS", .left),
    ])
    func list(_ names: [String]) -> String {
      names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", +\(names.count - 4)" : "")
    }
    for layer in information.layers {
      table.add([
        layer.name, layer.op, Quantity.grouped(layer.channels), Quantity.grouped(layer.removable),
        layer.group ?? "", list(layer.members), list(layer.dependents),
      ])
    }
    var parts = [table.text]
    if !information.frozen.isEmpty {
      var table = TextTable([("FROZEN LAYER", .left), ("CHANNELS", .right), ("WHY", .left)])
      for layer in information.frozen {
        table.add([layer.name, Quantity.grouped(layer.channels), layer.reason])
      }
      parts.append(table.text)
    }
    return parts.joined(separator: "\n\n")
  }
}
