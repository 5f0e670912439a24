import Formats
import Foundation
import Pruning

/// What an algorithm outside this program decided: by layer the kernels that stay.
public struct KeptKernels: Sendable, Hashable {
  /// By name of a layer, numbered from 0; layers that are not named lose only what is tied to one that is.
  public let byLayer: [String: [Int]]
  /// `Network.fingerprint` of the model that they are of, where that is said.
  public let fingerprint: String?

  /// A decision; whether the model can follow it is checked when it is pruned.
  ///
  ///     try model.prune(keeping: KeptKernels(["conv1": [0, 2, 3]]))
  public init(_ byLayer: [String: [Int]], fingerprint: String? = nil) {
    self.byLayer = byLayer
    self.fingerprint = fingerprint
  }

  /// Reads `{"conv0": [0, 2, 3], …}`, or the same under `layers` as `KeptIndicesFile` writes it.
  ///
  /// - Throws: `SessionError` when the file cannot be read, is not such a list, or names a layer or a kernel twice or a
  ///   layer with nothing left.
  public init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SessionError.unreadable(path: path)
    }
    let text: JSONText
    do { text = try JSONText(data) } catch {
      throw Self.unfit("\(path) is not valid JSON, line \(error.line): \(error.problem).")
    }
    fingerprint = text["fingerprint"]?.string
    guard let members = fingerprint == nil ? text.members : text["layers"]?.members else {
      throw Self.unfit("\(path) is not a JSON object of layers.")
    }
    var result: [String: [Int]] = [:]
    for member in members {
      let name = member.name
      guard let elements = member.value.elements else {
        throw Self.unfit("\(path) gives no list of kernels for the layer \(name).")
      }
      let kernels = elements.compactMap(\.integer)
      guard kernels.count == elements.count else {
        throw Self.unfit("\(path) lists something for the layer \(name) that is not a whole number.")
      }
      guard !kernels.isEmpty else { throw Self.unfit("\(path) leaves nothing of the layer \(name).") }
      var seen = Set<Int>()
      if let twice = kernels.first(where: { !seen.insert($0).inserted }) {
        throw Self.unfit("\(path) lists the kernel \(twice) of the layer \(name) twice.")
      }
      guard result.updateValue(kernels, forKey: name) == nil else {
        throw Self.unfit("\(path) names the layer \(name) twice.")
      }
    }
    byLayer = result
  }

  private static func unfit(_ sentence: String) -> SessionError {
    .unfit(
      sentence: sentence,
      remedy: "Write {\"conv0\": [0, 2, 3], …}: by layer the kernels that stay, each once, numbered from 0.")
  }
}

extension Workbench {
  /// Makes an iteration of what is left when other kernels go.
  ///
  /// - Throws: `PruningError` for layers and kernels that are not there, kernels that must stay, and kernels that
  ///   can only go together with ones that are to stay; `emptySelection` where everything stays.
  public func prune(keeping kept: KeptKernels) throws {
    if let expected = kept.fingerprint, expected != fingerprint {
      throw PruningError.planForAnotherModel(model: "another model", expected: expected, found: fingerprint)
    }
    try prune(current.selection(keeping: kept.byLayer), settings: PruningSettings())
  }
}
