package import Pruning
package import TerminalUI

/// Where the user is in the kernels of a layer.
package struct KernelsState: ScreenState {
  /// The selected row and the first visible one; rows are indices in `order`.
  package var list = ListState()
  /// The rows: numbers of kernels.
  package var order: [Int] = []
  /// The name of the layer that `order` is for.
  package var layer = ""
  /// Whether rows are sorted by score, best first, rather than by number.
  package var isByRank = true
  /// Whether the kernels are shown as heat maps.
  package var showsWeights = false
  /// How many heat maps stand side by side: the last frame says so.
  package var mapsPerRow = 1

  /// The scores by the criterion before, whose ranks stand beside those of now.
  package var besides: ScoreTable?

  /// Weights for heat maps, of one layer.
  package var weights: KernelWeights?

  /// The number of the kernel under the cursor.
  package var selectedKernel: Int? { order.indices.contains(list.selected) ? order[list.selected] : nil }

  package init() {}
}

extension ProgramState {
  /// Where the user is in the kernels of a layer.
  package var kernels: KernelsState {
    get { screens[KernelsState.self] }
    set { screens[KernelsState.self] = newValue }
  }
}
