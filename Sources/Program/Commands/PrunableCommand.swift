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
    try reporting { () throws(SessionError) in
      let report = PrunableReport(try options.open())
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }
}

/// What `prunable` says of a model.
struct PrunableReport: Encodable {
  struct LayerReport: Encodable {
    let name: String
    let op: String
    /// Kernels, which are the channels of what it makes.
    let channels: Int
    /// The most that can go: one must stay, and frozen ones do.
    let removable: Int
    /// The letter of the layers that lose channels together.
    let group: String?
    /// The other layers of the group.
    let members: [String]
    /// Nodes that lose what belongs to a channel when it goes: normalizations, and layers that read it.
    let dependents: [String]
    /// The nodes and inputs that it reads.
    let parents: [String]
    let attributes: [String: String]
    /// By kernel the set of kernels that it goes with; −1 where it must stay.
    let units: [Int]
  }

  struct Frozen: Encodable {
    let name: String
    let channels: Int
    let reason: String
  }

  let model: String
  let format: String
  let layers: [LayerReport]
  let frozen: [Frozen]

  init(_ workbench: Workbench) {
    let opened = workbench.current
    let (groups, network) = (opened.groups, opened.network)
    model = workbench.path
    format = workbench.file.formatName
    let dependents = Dependents(opened)
    let nodes = Dictionary(network.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let makers = network.nodes.reduce(into: [ValueID: String]()) { makers, node in
      for output in node.outputs { if let output { makers[output] = node.name } }
    }
    layers = groups.layers.indices.filter { groups.layers[$0].isPrunable }.map { place in
      let coupled = groups.layers[place]
      let names = coupled.groups.map { groups.groups[$0].name }.filter { !$0.isEmpty }
      let node = nodes[coupled.layer.node]
      let free = coupled.atoms.count { groups.atoms[$0].pin == nil }
      return LayerReport(
        name: coupled.layer.name, op: coupled.layer.op, channels: coupled.layer.kernels,
        removable: min(free, coupled.layer.kernels - 1),
        group: names.isEmpty ? nil : names.joined(separator: ","),
        members: groups.tying(place).filter { $0 != place }.map { groups.layers[$0].layer.name },
        dependents: dependents.names(of: coupled, at: place),
        parents: (node?.inputs ?? []).compactMap { $0 }.compactMap { value in
          makers[value] ?? (network.inputs.contains(value) ? network.name(of: value) : nil)
        },
        attributes: (node?.attributes ?? [:]).mapValues(Self.text),
        units: coupled.atoms.map { groups.atoms[$0].pin == nil ? $0 : -1 })
    }
    frozen = groups.layers.filter { !$0.isPrunable }.map { coupled in
      Frozen(
        name: coupled.layer.name, channels: coupled.layer.kernels, reason: coupled.reason?.sentence ?? "")
    }
  }

  private static func text(_ attribute: Attribute) -> String {
    switch attribute {
    case .int(let value): "\(value)"
    case .float(let value): "\(value)"
    case .string(let value): value
    case .ints(let values): "\(values)"
    case .floats(let values): "\(values)"
    case .strings(let values): "\(values)"
    case .tensor(let tensor): "a tensor of \(tensor.shape.shapeText)"
    case .graph, .graphs: "a graph"
    case .opaque: "not read"
    }
  }

  var text: String {
    guard !layers.isEmpty else { return "no layer of \(model) can be pruned" }
    var table = TextTable([
      ("LAYER", .left), ("OP", .left), ("CHANNELS", .right), ("REMOVABLE", .right), ("TIE", .left),
      ("WITH", .left),
      ("DEPENDENTS", .left),
    ])
    func list(_ names: [String]) -> String {
      names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", +\(names.count - 4)" : "")
    }
    for layer in layers {
      table.add([
        layer.name, layer.op, Quantity.grouped(layer.channels), Quantity.grouped(layer.removable),
        layer.group ?? "", list(layer.members), list(layer.dependents),
      ])
    }
    var parts = [table.text]
    if !frozen.isEmpty {
      var table = TextTable([("FROZEN LAYER", .left), ("CHANNELS", .right), ("WHY", .left)])
      for layer in frozen { table.add([layer.name, Quantity.grouped(layer.channels), layer.reason]) }
      parts.append(table.text)
    }
    return parts.joined(separator: "\n\n")
  }
}

/// Which nodes own something of each channel.
private struct Dependents {
  private let groups: ChannelGroups
  private let slices: [[WeightSlice]]
  /// The nodes that read a constant as data, as it is or computed from, by constant.
  private var readers: [ValueID: [Node]] = [:]
  private var layers: [NodeID: Layer] = [:]
  private let provenance: ConstantProvenance

  init(_ opened: OpenNetwork) {
    groups = opened.groups
    slices = opened.groups.weightSlices()
    provenance = ConstantProvenance(opened.bound)
    for node in opened.network.nodes where !provenance.computesWeights(node) {
      for root in Set(node.inputs.compactMap { $0 }.flatMap(provenance.roots)) {
        readers[root, default: []].append(node)
      }
    }
    for coupled in opened.groups.layers { layers[coupled.layer.node] = coupled.layer }
  }

  /// The nodes that lose something when a kernel of the layer goes, the layer and those it is tied to aside where it is
  /// their kernels that go.
  func names(of coupled: CoupledLayer, at place: Int) -> [String] {
    let tied = Set(groups.tying(place).map { groups.layers[$0].layer.node })
    var owned: [ValueID: Set<Int>] = [:]
    for atom in Set(coupled.atoms) {
      for slice in slices[atom] { owned[slice.constant, default: []].insert(slice.axis) }
    }
    var found: [NodeID: String] = [:]
    for (constant, axes) in owned {
      for node in readers[constant] ?? [] {
        if tied.contains(node.id), let layer = layers[node.id] {
          let isWeight = provenance.roots(of: layer.weight).contains(constant)
          if !isWeight || axes.isSubset(of: [layer.kernelAxis]) { continue }
        }
        found[node.id] = node.name
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}
