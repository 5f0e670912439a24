internal import Graph
internal import Pruning
internal import TerminalUI

extension KernelsScreen {
  /// The effect that gets the weights for the heat maps, if they are shown and not here.
  static func neededWeights(_ state: ProgramState) -> [Effect] {
    guard state.kernels.showsWeights, state.layout.panes.contains(where: { $0.screen == .kernels }),
      let layer = state.selectedCoupledLayer,
      state.kernels.weights?.layer != layer.layer.name
        || state.kernels.weights?.structureVersion != state.engine.structure.version
    else { return [] }
    return [.engine(.readWeights(layer: layer.layer.name))]
  }

  /// Brings the kernels of the layer under the cursor onto the Kernels pane.
  static func followSelectedLayer(_ state: inout ProgramState) {
    guard let layer = state.selectedCoupledLayer?.layer else {
      state.kernels.layer = ""
      state.kernels.order = []
      return
    }
    guard state.kernels.layer != layer.name || state.kernels.order.count != layer.kernels else { return }
    state.kernels.layer = layer.name
    state.kernels.list = ListState()
    order(&state)
  }

  /// Sorts the kernels by what the scores are now; the cursor stays on its kernel.
  static func order(_ state: inout ProgramState) {
    guard let layer = state.selectedCoupledLayer?.layer else { return }
    let kernel = state.kernels.selectedKernel
    state.kernels.order = Array(0..<layer.kernels)
    if state.kernels.isByRank, let mean = state.engine.scores.value?.layers[layer.name]?.mean,
      mean.count == layer.kernels
    {
      state.kernels.order = KernelRanks.order(by: mean)
    }
    if let kernel, let row = state.kernels.order.firstIndex(of: kernel), state.kernels.list.selected > 0 {
      state.kernels.list.selected = row
    }
  }

  static func turnOrder(_ state: inout ProgramState) {
    state.kernels.isByRank.toggle()
    order(&state)
    state.say(
      state.kernels.isByRank ? "Ordered by rank, best first, as the scores are now." : "Ordered by number.")
  }

  /// What is decided about a kernel.
  static func kernelState(_ state: ProgramState, of kernel: Int, in index: Int, kept: Set<Int>) -> KernelState
  {
    let coupled = state.coupledLayers[index]
    let name = coupled.layer.name
    if coupled.units.indices.contains(kernel), let units = state.structure?.groups.units,
      units.indices.contains(coupled.units[kernel]), units[coupled.units[kernel]].freezeReason != nil
    {
      return .fixed
    }
    if state.settings.pinned[name]?.contains(kernel) == true { return .pinned }
    if !kept.contains(kernel) {
      return state.settings.forced[name]?.contains(kernel) == true ? .forced : .cut
    }
    return .kept
  }

  /// Cuts or pins the kernel under the cursor, or takes that back.
  static func change(_ state: inout ProgramState, pinning: Bool) -> [Effect] {
    guard let index = state.layers.selectedLayer, let coupled = state.selectedCoupledLayer,
      let kernel = state.kernels.selectedKernel
    else { return [] }
    state.decide()
    let name = coupled.layer.name
    let kept = Set(state.keptKernels(of: index) ?? [])
    let now = kernelState(state, of: kernel, in: index, kept: kept)
    guard now != .fixed else {
      let pin = coupled.freezeReason(ofKernel: kernel)
      state.say("Kernel \(kernel) is fixed: \(pin?.sentence ?? "its channel cannot go").", .warning)
      return []
    }
    var changed = state.settings
    let title: String
    switch (pinning, now) {
    case (true, .pinned):
      changed.pinned[name]?.remove(kernel)
      title = "no pin"
    case (true, _):
      changed.forced[name]?.remove(kernel)
      changed.pinned[name, default: []].insert(kernel)
      title = "pin"
    case (_, .forced):
      changed.forced[name]?.remove(kernel)
      title = "no cut"
    case (_, .cut):
      // It would go by its score, so keeping it is what is asked for.
      changed.pinned[name, default: []].insert(kernel)
      title = "pin"
    default:
      changed.pinned[name]?.remove(kernel)
      changed.forced[name, default: []].insert(kernel)
      title = "cut"
    }
    if changed.pinned[name]?.isEmpty == true { changed.pinned[name] = nil }
    if changed.forced[name]?.isEmpty == true { changed.forced[name] = nil }
    // A pin among percentages that were proposed leaves them as they are.
    let isDone = state.commit(
      changed, title: "\(title) of kernel \(kernel) of \(name)", pursuit: state.history.pursuit)
    guard isDone else { return [] }
    let others = companions(state, of: kernel, in: coupled)
    let what =
      switch title {
      case "pin": "stays whatever its score"
      case "cut": "goes whatever its score"
      default: "goes or stays by its score again"
      }
    state.say("Kernel \(kernel) \(what)." + (others.isEmpty ? "" : " Tied to it: \(others)."))
    return []
  }

  /// The kernels of other layers that can only go together with one, as text.
  static func companions(_ state: ProgramState, of kernel: Int, in coupled: CoupledLayer) -> String {
    guard let groups = state.structure?.groups, coupled.units.indices.contains(kernel),
      groups.units.indices.contains(coupled.units[kernel])
    else { return "" }
    let tied = groups.units[coupled.units[kernel]].kernels.filter {
      groups.layers.indices.contains($0.layer)
        && !(groups.layers[$0.layer].layer.name == coupled.layer.name && $0.index == kernel)
    }
    let shown = tied.prefix(3).map { "\(groups.layers[$0.layer].layer.name):\($0.index)" }
    return shown.joined(separator: ", ") + (tied.count > 3 ? " and \(tied.count - 3) more" : "")
  }
}

/// What is decided about a kernel.
package enum KernelState: Sendable, Hashable {
  /// It stays by its score.
  case kept
  /// It goes by its score.
  case cut
  /// It stays because the user said so.
  case pinned
  /// It goes because the user said so.
  case forced
  /// It cannot go.
  case fixed

  /// The word for the column.
  package var word: String {
    switch self {
    case .kept: "kept"
    case .cut: "cut"
    case .pinned: "pinned"
    case .forced: "forced"
    case .fixed: "fixed"
    }
  }
}
