internal import Graph
internal import Pruning
internal import TerminalUI

extension LayersScreen {
  /// The kernels of the layer under the cursor, or why it has none to choose from.
  static func open(_ state: inout ProgramState) -> [Effect] {
    guard let coupled = state.selectedCoupledLayer else { return [] }
    if !coupled.isPrunable {
      explain(&state)
      return []
    }
    state.focus = .kernels
    KernelsScreen.followSelectedLayer(&state)
    return KernelsScreen.neededWeights(state)
  }

  /// Says what the layer under the cursor is tied to, or why it cannot be pruned.
  static func explain(_ state: inout ProgramState) {
    guard let index = state.layers.selectedLayer, let coupled = state.selectedCoupledLayer,
      let groups = state.structure?.groups
    else { return }
    if state.focus == .kernels, let kernel = state.kernels.selectedKernel,
      let sentences = try? groups.explain(kernel: kernel, of: coupled.layer.name, settings: state.settings)
    {
      let title = "\(coupled.layer.name), kernel \(kernel)"
      state.overlays.append(MessageOverlay(title: title, lines: sentences.map { [Span($0)] }))
      return
    }
    var lines = groups.explain(layer: index, settings: state.settings).map { [Span($0)] }
    if let decision = state.decision, let kept = state.keptKernels(of: index) {
      let (asked, gone) = (decision.selection.asked[index], coupled.layer.kernels - kept.count)
      if asked != gone {
        lines.append([Span("\(asked) of them are asked to go, and \(gone) go.", .warning)])
      }
    }
    for frozen in groups.frozenKernels(of: index) where frozen.reason.chain.count > 1 {
      let kernels = coupled.isPrunable ? " for kernels \(KernelList(frozen.kernels).text)" : ""
      lines += [[], [Span("By way of\(kernels)", .title)]]
      lines += frozen.reason.chain.enumerated().map {
        [Span($0.offset == 0 ? "    " : "  → ", .dim), Span($0.element)]
      }
    }
    if !state.partners(of: index).isEmpty {
      lines += [[], [Span("A percentage that is set here is set for all of them.", .dim)]]
    }
    state.overlays.append(MessageOverlay(title: coupled.layer.name, lines: lines))
  }
}
