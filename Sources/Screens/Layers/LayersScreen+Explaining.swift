internal import Graph
internal import Pruning
internal import TerminalUI

extension LayersScreen {
  /// The kernels of the layer under the cursor, or why it has none to choose from.
  static func open(_ state: inout ProgramState) -> [Effect] {
    if state.layers.selectedModule != nil { return fold(&state) }
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
    if let module = state.layers.selectedModule { return explain(&state, module: module) }
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
    state.layers.path = state.structure.flatMap { FlowPath(of: index, in: $0) }
    if state.layers.path != nil {
      lines += [[], [Span("The rows on the way are marked in the table until Esc.", .dim)]]
    }
    if !state.partners(of: index).isEmpty {
      lines += [[], [Span("A percentage that is set here is set for all of them.", .dim)]]
    }
    state.overlays.append(MessageOverlay(title: coupled.layer.name, lines: lines))
  }

  /// Says what a module holds: what goes of it, what it is tied to outside, and which of its layers are fixed.
  private static func explain(_ state: inout ProgramState, module: Int) {
    let members = state.layers.layers(of: .module(module))
    let sum = LayerSum(of: members, in: state)
    var lines: [[Span]] = [
      [Span("\(members.count) layers with \(Quantity.grouped(sum.kernels.before)) kernels.")],
      [Span("Parameters  " + ChangeText.sentence(sum.parameters))],
      [Span("MACs        " + ChangeText.sentence(sum.multiplyAccumulates))],
    ]
    let outside = Set(members.flatMap(state.partners(of:))).subtracting(members).sorted()
    if !outside.isEmpty {
      let names = outside.prefix(6).map { state.coupledLayers[$0].layer.name }
      let more = outside.count > names.count ? " and \(outside.count - names.count) more" : ""
      lines += [[], [Span("Tied to layers outside: \(names.joined(separator: ", "))\(more).")]]
    }
    for index in members where !state.coupledLayers[index].isPrunable {
      let coupled = state.coupledLayers[index]
      lines.append([
        Span("\(coupled.layer.name): \(coupled.reason?.sentence ?? "its kernels cannot go.")", .pinned)
      ])
    }
    lines += [
      [], [Span("A percentage, a mark or protection that is set here is set for all of them.", .dim)],
    ]
    state.overlays.append(MessageOverlay(title: state.layers.modules.modules[module].name, lines: lines))
  }
}
