import ArgumentParser
import Graph
import Pruning
import Session
import TerminalUI

struct GroupsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "groups",
    abstract: "Lists which kernels can only go together, with the slices of weights that go with them.",
    discussion: """
      A group is a set of layers whose kernels are tied: what is removed of one is removed of all. Each is listed \
      with every slice of every constant that it owns: kernels of the layers themselves, input slices of those that \
      read them, scales and shifts between. What cannot go at all is listed behind, with the reason.

      EXAMPLES
        secateur groups resnet18.onnx
        secateur groups resnet18.onnx --json | jq '.groups[] | select(.layers | length > 2) | .layers'
      """)

  @OptionGroup var options: ModelOptions
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      let report = GroupsReport(try options.open().current)
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }
}

/// What `groups` says of a model.
struct GroupsReport: Encodable {
  struct Group: Encodable {
    let name: String?
    let layers: [String]
    /// Sets of channels that go one at a time.
    let units: Int
    let kernels: Int
    let prunable: Bool
    /// Why what stays is computed differently once some are gone.
    let inexact: String?
    let slices: [Slice]
  }

  struct Slice: Encodable {
    let weight: String
    /// The node that reads it with channels of its own, where several may share it.
    let reader: String?
    let axis: Int
    let count: Int
    let extent: Int
    /// The positions along the axis, like `0-11,13`.
    let indices: String
  }

  struct Frozen: Encodable {
    let layer: String
    let kernels: String
    let reason: String
    let chain: [String]
  }

  let groups: [Group]
  let frozen: [Frozen]

  init(_ opened: OpenNetwork) {
    let (found, network) = (opened.groups, opened.network)
    let slices = found.weightSlicesOfGroups()
    let readers = Dictionary(network.nodes.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    groups = zip(found.groups, slices).map { group, slices in
      let isPrunable = group.layers.allSatisfy { found.layers[$0].isPrunable }
      return Group(
        name: group.name.isEmpty ? nil : group.name, layers: group.layers.map { found.layers[$0].layer.name },
        units: group.units.count, kernels: group.units.reduce(0) { $0 + found.units[$1].kernels.count },
        prunable: isPrunable, inexact: group.inexact,
        slices: slices.map { slice in
          Slice(
            weight: network.name(of: slice.constant), reader: slice.reader.flatMap { readers[$0] },
            axis: slice.axis, count: slice.indices.count,
            extent: network.constants[slice.constant]?.shape[slice.axis] ?? 0,
            indices: KernelList(slice.indices).text)
        })
    }
    frozen = found.layers.indices.flatMap { index in
      found.frozenKernels(of: index).map { frozen in
        Frozen(
          layer: found.layers[index].layer.name, kernels: KernelList(frozen.kernels).text,
          reason: frozen.reason.sentence, chain: frozen.reason.chain)
      }
    }
  }

  var text: TerminalText {
    var parts: [TerminalText] = []
    for group in groups {
      let title = group.name.map { "group \($0): " } ?? ""
      var head: TerminalText =
        "\(title)\(group.layers.joined(separator: ", "))\n  \(Quantity.grouped(group.kernels)) kernels in "
        + "\(Quantity.grouped(group.units)) units"
      if !group.prunable { head += "; something of it must stay, and it is one unit" }
      if let inexact = group.inexact { head += "; inexact: \(inexact)" }
      var table = TextTable([
        ("  WEIGHT", .left), ("AXIS", .right), ("OWNED", .right), ("OF", .right), ("READ BY", .left),
      ])
      for slice in group.slices {
        table.add([
          "  \(slice.weight)", String(slice.axis), String(slice.count), String(slice.extent),
          slice.reader ?? "",
        ])
      }
      parts.append(head + "\n" + table.text)
    }
    if !frozen.isEmpty {
      var table = TextTable([("FROZEN LAYER", .left), ("KERNELS", .left), ("WHY", .left)])
      for entry in frozen { table.add([entry.layer, entry.kernels, entry.reason]) }
      parts.append(table.text)
    }
    return parts.isEmpty ? "no layers with kernels" : parts.joined(separator: "\n\n")
  }
}
