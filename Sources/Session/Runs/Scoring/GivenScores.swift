import Datasets
import Foundation
import Graph
package import Pruning

/// Scores that code of somebody else's computed: a number a kernel, by layer, as PyTorch or this program calls it.
package struct GivenScores: Sendable, Hashable {
  /// The file that they came from.
  package let path: String
  /// By name of a layer or of its weight: a score a kernel.
  package let byLayer: [String: [Double]]

  /// Reads `{"conv1": [0.3, …], …}`, what `score` writes as JSON, a pruning handle with what was added to it, or an NPZ file
  /// with an array a layer.
  ///
  /// - Throws: where the file is none of these.
  package init(path: String) throws {
    self.path = path
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SessionError.unreadable(path: path)
    }
    guard !data.starts(with: [0x50, 0x4B]) else {
      let archive = try NumPyArchive(bytes: Array(data), name: path)
      byLayer = try archive.names.reduce(into: [:]) { $0[$1] = try archive[$1]?.floats().map(Double.init) }
      return
    }
    let decoder = JSONDecoder.ofResults
    if let plain = try? decoder.decode([String: [Double]].self, from: data) {
      byLayer = plain
    } else if let report = try? decoder.decode(Report.self, from: data) {
      byLayer = Dictionary(report.layers.map { ($0.name, $0.mean) }, uniquingKeysWith: { first, _ in first })
    } else if let handle = try? decoder.decode(Handle.self, from: data) {
      byLayer = handle.scores.layers.mapValues(\.mean)
    } else {
      throw Self.unfit("\(path) holds no scores.")
    }
  }

  /// What `score` writes.
  private struct Report: Decodable {
    struct Layer: Decodable {
      let name: String
      let mean: [Double]
    }

    let layers: [Layer]
  }

  /// What is read of a pruning handle.
  private struct Handle: Decodable {
    let scores: ScoreTable
  }

  fileprivate static func unfit(_ sentence: String) -> SessionError {
    .unfit(
      sentence: sentence,
      remedy:
        "Write {\"conv1\": [0.3, 0.1, …], …}: by layer a number for each kernel, or an NPZ file of such arrays."
    )
  }
}

extension Workbench {
  /// Scores that need no run: those of the weights, or those that were given.
  ///
  /// - Parameter seed: for `random`.
  /// - Throws: `notScored` where no layer has any, and for given scores that do not fit the iteration.
  package func scoresWithoutRun(_ criterion: Criterion, seed: UInt64 = 0) throws -> ScoreTable {
    var table = ScoreTable(criterion, of: current.groups, in: current.bound, seed: seed)
    if case .given = criterion.definition.measure, let givenScores {
      table.layers = try layers(givenScores).mapValues { KernelStatistics(exact: $0) }
    }
    guard !table.layers.isEmpty else { throw SessionError.notScored(criterion) }
    return table
  }

  /// Given scores as those of the current iteration's layers: it may have fewer kernels than the network that they are of,
  /// which is the original then.
  private func layers(_ given: GivenScores) throws -> [String: [Double]] {
    let original = history.original.network.groups
    let kept = try plan.keptOfOriginal()
    var result: [String: [Double]] = [:]
    for (name, scores) in given.byLayer {
      guard let index = current.groups.index(of: name) ?? current.groups.index(of: name + ".weight") else {
        throw PruningError.unknownLayer(name, known: current.groups.layers.map(\.layer.name))
      }
      let layer = current.groups.layers[index].layer
      let known = original.index(of: layer.name).map { original.layers[$0].layer.kernels }
      if scores.count == layer.kernels {
        result[layer.name] = scores
      } else if scores.count == known, let stays = kept[layer.name], stays.count == layer.kernels {
        result[layer.name] = stays.map { scores[$0] }
      } else {
        throw GivenScores.unfit(
          "\(given.path) has \(scores.count) scores for the layer \(layer.name), which has \(layer.kernels) kernels."
        )
      }
    }
    return result
  }
}
