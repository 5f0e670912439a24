import ArgumentParser
import Graph
import Pruning
import Session
import TerminalUI

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Says why a layer or a kernel cannot go, through which operators, and what goes with it.",
    discussion: """
      Without a kernel: whether the layer can be pruned, what it is tied to, every kernel that is frozen or must stay, \
      with the chain of operators from the layer to the one that causes it. With a kernel: what goes when it goes, \
      down to the slices of weights.

      EXAMPLES
        secateur explain resnet18.onnx layer1.0.conv2
        secateur explain resnet18.onnx conv1 12
        secateur explain shufflenet.onnx stage2.0.branch2.0 --json | jq '.frozen[].chain'
      """)

  @OptionGroup var options: ModelOptions
  @Argument(help: "The layer: its name, its node's or its initializer's.") var layer: String
  @Argument(help: "A kernel's number, from 0.") var kernel: Int?
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      let opened = try options.open().current
      let report = try Explanation(of: layer, kernel: kernel, in: opened)
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }
}

/// What `explain` says of a layer.
struct Explanation: Encodable {
  struct Frozen: Encodable {
    let kernels: [Int]
    let reason: String
    let chain: [String]
  }

  struct Member: Encodable {
    let layer: String
    let kernels: [Int]
  }

  struct Slice: Encodable {
    let weight: String
    /// The node that reads it with channels of its own, where several may share it.
    let reader: String?
    let axis: Int
    let indices: [Int]
  }

  let layer: String
  let kernel: Int?
  let sentences: [String]
  let frozen: [Frozen]
  /// What goes with the kernel, itself included.
  let members: [Member]?
  let slices: [Slice]?

  init(of name: String, kernel: Int?, in opened: OpenNetwork) throws {
    let groups = opened.groups
    let index = try groups.requiredIndex(of: name)
    let coupled = groups.layers[index]
    layer = coupled.layer.name
    self.kernel = kernel
    var frozen = groups.frozenKernels(of: index)
    if let kernel {
      sentences = try groups.explain(kernel: kernel, of: name)
      frozen = frozen.filter { $0.kernels.contains(kernel) }
      let unit = coupled.units[kernel]
      var kernels: [Int: [Int]] = [:]
      for member in groups.units[unit].kernels { kernels[member.layer, default: []].append(member.index) }
      let readers = Dictionary(
        opened.network.nodes.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
      let isFree = groups.units[unit].freezeReason == nil
      members =
        !isFree
        ? nil
        : kernels.sorted { $0.key < $1.key }
          .map { Member(layer: groups.layers[$0.key].layer.name, kernels: $0.value) }
      slices =
        !isFree
        ? nil
        : groups.slices(ofUnit: unit).map { slice in
          Slice(
            weight: opened.network.name(of: slice.constant), reader: slice.reader.flatMap { readers[$0] },
            axis: slice.axis, indices: slice.indices)
        }
    } else {
      sentences = groups.explain(layer: index)
      members = nil
      slices = nil
    }
    self.frozen = frozen.map {
      Frozen(kernels: $0.kernels, reason: $0.reason.sentence, chain: $0.reason.chain)
    }
  }

  var text: TerminalText {
    var parts = [sentences.map { TerminalText($0) }.joined(separator: "\n")]
    for entry in frozen where entry.chain.count > 1 {
      let title = frozen.count > 1 ? " for kernels \(KernelList(entry.kernels).text)" : ""
      parts.append(
        "by way of\(title)\n  " + entry.chain.map { TerminalText($0) }.joined(separator: "\n  → "))
    }
    if let slices {
      var table = TextTable([("WEIGHT", .left), ("AXIS", .right), ("INDICES", .left), ("READ BY", .left)])
      for slice in slices {
        table.add([slice.weight, String(slice.axis), KernelList(slice.indices).text, slice.reader ?? ""])
      }
      parts.append(table.text)
    }
    return parts.joined(separator: "\n\n")
  }
}
