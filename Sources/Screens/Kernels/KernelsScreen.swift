internal import TerminalUI

/// The kernels of the layer under the cursor.
enum KernelsScreen: ScreenFeature {
  static let title = "Kernels"
  static let help = "the kernels of the selected layer"

  static let commands: [Command] =
    [
      Command(
        "toggle-kernel", ["x"], "cut/keep", "cut the kernel whatever its score, or take that back",
        disabled: notChoosable
      ) { state, _ in state.changeKernel(pinning: false) },
      Command(
        "pin-kernel", ["p"], "pin", "keep the kernel whatever its score, or take that back",
        disabled: notChoosable
      ) { state, _ in state.changeKernel(pinning: true) },
      Command("kernel-order", ["o"], "order", "order by rank or by number", disabled: \.noModel) { state, _ in
        state.turnKernelOrder()
        return []
      },
      Command("heat-maps", ["v"], "weights", "show the kernels' weights as heat maps", disabled: \.noModel) {
        state, _ in
        state.kernels.showsWeights.toggle()
        state.focus = .kernels
        return state.neededWeights()
      },
      LayersScreen.sortAgain,
      Command("next-layer", ["J"], "next layer", "go on to the next layer", disabled: \.noModel) { state, _ in
        state.moveLayer(.down)
      },
      Command(
        "previous-layer", ["K"], "previous layer", "go back to the previous layer", footer: false,
        disabled: \.noModel
      ) { state, _ in state.moveLayer(.up) },
      LayersScreen.explain,
    ] + Percentages.commands

  /// Why nothing can be decided about the kernel under the cursor.
  @Sendable private static func notChoosable(_ state: ProgramState) -> String? {
    state.noModel ?? (state.kernels.selectedKernel == nil ? "no kernel is selected" : state.notPrunable)
  }

  static func appear(_ state: inout ProgramState) -> [Effect] {
    state.followSelectedLayer()
    return state.neededWeights()
  }
}
