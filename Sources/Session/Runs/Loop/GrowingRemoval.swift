import Graph
package import Pruning

/// A removal from one network that grows step by step. What is gone is only silenced, so that scores, costs and choices
/// are those of the network's own kernels, whatever is gone already.
package struct GrowingRemoval: Sendable {
  /// The network, whole.
  package let original: OpenNetwork
  /// What is gone of it.
  package let selection: Selection
  /// The network with what is gone silenced.
  package let masked: OpenNetwork

  /// A removal that has not begun.
  package init(of network: OpenNetwork) {
    original = network
    masked = network
    selection = Selection(removingNothingOf: network.groups)
  }

  /// A removal that has come so far.
  package init(_ selection: Selection, of network: OpenNetwork) throws {
    let silenced = try network.network.masked(selection, groups: network.groups, bound: network.bound)
    original = network
    self.selection = selection
    masked = try OpenNetwork(silenced, inputShapes: network.inputShapes)
  }

  /// Kernels that are gone.
  package var removedKernelCount: Int { selection.removedKernelCount(in: original.groups) }

  /// Kernels that can go still where every layer keeps some.
  package func removableKernelCount(minimumKept: Int) -> Int {
    original.groups.prunableKernelCount(minimumKept: minimumKept) - removedKernelCount
  }

  /// The removal with up to so many kernels more: those of the lowest scores under some settings.
  package func growing(
    by count: Int, scores: ScoreTable, settings: PruningSettings
  ) throws -> GrowingRemoval {
    var settings = settings
    for (layer, kept) in zip(original.groups.layers, selection.keptKernels)
    where kept.count < layer.layer.kernels {
      settings.forced[layer.layer.name] = Set(0..<layer.layer.kernels).subtracting(kept)
    }
    let request = RemovalRequest(.kernels(removedKernelCount + count), settings: settings)
    let choice = try Chooser(original, scores: scores).choice(request)
    return try GrowingRemoval(choice.selection, of: original)
  }
}
