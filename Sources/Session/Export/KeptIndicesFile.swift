public import Datasets
import Foundation
import Graph
package import Pruning

/// The indices of the original that an iteration keeps, for other programs: as JSON and as NPZ.
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
}

extension Workbench {
  /// Writes the indices that the current iteration keeps, as JSON or NPZ by each path's extension.
  public func writeKeptIndices(to paths: [String]) throws {
    let kept = try keptIndices()
    for path in paths {
      if path.hasSuffix(".npz") {
        let archive = try kept.archive
        try archive.write(to: path)
      } else {
        try Destination.write(kept.json, to: path)
      }
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
    let parameters = AuthorParameters(network, table: bound.table)
    return parameters.uses.reduce(into: [:]) { names, use in
      // A normalization without running statistics may have been exported without parameters, its scales being ones.
      let isNormalization = use.role == .scale || use.role == .shift
      let traits = bound.table.traits(of: network.nodes[use.node])
      guard parameters.ownName(of: use.constant) == nil, use.role.stateName != nil,
        !isNormalization || traits.hasRunningStatistics, let name = parameters.names(of: use).first
      else { return }
      names[network.name(of: use.constant)] = name
    }
  }
}
