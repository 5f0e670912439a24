internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Brings the kernels of the layer under the cursor onto the Kernels pane.
  mutating func followSelectedLayer() {
    guard let layer = selectedCoupledLayer?.layer else {
      kernels.layer = ""
      kernels.order = []
      return
    }
    guard kernels.layer != layer.name || kernels.order.count != layer.kernels else { return }
    kernels.layer = layer.name
    kernels.list = ListState()
    orderKernels()
  }

  /// Sorts the kernels by what the scores are now; the cursor stays on its kernel.
  mutating func orderKernels() {
    guard let layer = selectedCoupledLayer?.layer else { return }
    let kernel = kernels.selectedKernel
    kernels.order = Array(0..<layer.kernels)
    if kernels.isByRank, let mean = engine.scores.value?.layers[layer.name]?.mean, mean.count == layer.kernels
    {
      kernels.order.sort { mean[$0] == mean[$1] ? $0 < $1 : mean[$0] > mean[$1] }
    }
    if let kernel, let row = kernels.order.firstIndex(of: kernel), kernels.list.selected > 0 {
      kernels.list.selected = row
    }
  }

  mutating func turnKernelOrder() {
    kernels.isByRank.toggle()
    orderKernels()
    say(kernels.isByRank ? "Ordered by rank, best first, as the scores are now." : "Ordered by number.")
  }

  /// What is decided about a kernel.
  func state(of kernel: Int, in place: Int, kept: Set<Int>) -> KernelState {
    let coupled = coupledLayers[place]
    let name = coupled.layer.name
    if coupled.atoms.indices.contains(kernel), let atoms = structure?.groups.atoms,
      atoms.indices.contains(coupled.atoms[kernel]), atoms[coupled.atoms[kernel]].pin != nil
    {
      return .fixed
    }
    if settings.pinned[name]?.contains(kernel) == true { return .pinned }
    if !kept.contains(kernel) { return settings.forced[name]?.contains(kernel) == true ? .forced : .cut }
    return .kept
  }

  /// Cuts or pins the kernel under the cursor, or takes that back.
  mutating func changeKernel(pinning: Bool) -> [Effect] {
    guard let place = layers.selectedLayer, let coupled = selectedCoupledLayer,
      let kernel = kernels.selectedKernel
    else { return [] }
    decide()
    let name = coupled.layer.name
    let kept = Set(keptKernels(of: place) ?? [])
    let state = state(of: kernel, in: place, kept: kept)
    guard state != .fixed else {
      let pin = coupled.pin(ofKernel: kernel)
      say("Kernel \(kernel) is fixed: \(pin?.sentence ?? "its channel cannot go").", .warning)
      return []
    }
    var changed = settings
    let title: String
    switch (pinning, state) {
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
    let isDone = commit(
      changed, title: "\(title) of kernel \(kernel) of \(name)", pursuit: history.pursuit)
    guard isDone else { return [] }
    let others = companions(of: kernel, in: coupled)
    let what =
      switch title {
      case "pin": "stays whatever its score"
      case "cut": "goes whatever its score"
      default: "goes or stays by its score again"
      }
    say("Kernel \(kernel) \(what)." + (others.isEmpty ? "" : " Tied to it: \(others)."))
    return []
  }

  /// The kernels of other layers that can only go together with one, as text.
  func companions(of kernel: Int, in coupled: CoupledLayer) -> String {
    guard let groups = structure?.groups, coupled.atoms.indices.contains(kernel),
      groups.atoms.indices.contains(coupled.atoms[kernel])
    else { return "" }
    let tied = groups.atoms[coupled.atoms[kernel]].kernels.filter {
      groups.layers.indices.contains($0.layer)
        && !(groups.layers[$0.layer].layer.name == coupled.layer.name && $0.index == kernel)
    }
    let shown = tied.prefix(3).map { "\(groups.layers[$0.layer].layer.name):\($0.index)" }
    return shown.joined(separator: ", ") + (tied.count > 3 ? " and \(tied.count - 3) more" : "")
  }

  /// The kernels of the layer under the cursor, or why it has none to choose from.
  mutating func openLayer() -> [Effect] {
    guard let coupled = selectedCoupledLayer else { return [] }
    if !coupled.isPrunable {
      explain()
      return []
    }
    focus = .kernels
    followSelectedLayer()
    return neededWeights()
  }

  /// Says what the layer under the cursor is tied to, or why it cannot be pruned.
  mutating func explain() {
    guard let place = layers.selectedLayer, let coupled = selectedCoupledLayer, let groups = structure?.groups
    else { return }
    if focus == .kernels, let kernel = kernels.selectedKernel,
      let sentences = try? groups.explain(kernel: kernel, of: coupled.layer.name, settings: settings)
    {
      let title = "\(coupled.layer.name), kernel \(kernel)"
      overlays.append(.message(MessageOverlay(title: title, lines: sentences.map { [Span($0)] })))
      return
    }
    var lines = groups.explain(layer: place, settings: settings).map { [Span($0)] }
    if let decision, let kept = keptKernels(of: place) {
      let (asked, gone) = (decision.selection.asked[place], coupled.layer.kernels - kept.count)
      if asked != gone {
        lines.append([Span("\(asked) of them are asked to go, and \(gone) go.", .warning)])
      }
    }
    for frozen in groups.frozenKernels(of: place) where frozen.reason.chain.count > 1 {
      let kernels = coupled.isPrunable ? " for kernels \(KernelList(frozen.kernels).text)" : ""
      lines += [[], [Span("By way of\(kernels)", .title)]]
      lines += frozen.reason.chain.enumerated().map {
        [Span($0.offset == 0 ? "    " : "  → ", .dim), Span($0.element)]
      }
    }
    if !partners(of: place).isEmpty {
      lines += [[], [Span("A percentage that is set here is set for all of them.", .dim)]]
    }
    overlays.append(.message(MessageOverlay(title: coupled.layer.name, lines: lines)))
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
