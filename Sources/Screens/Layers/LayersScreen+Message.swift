internal import Graph
internal import Pruning
internal import TerminalUI

extension LayersScreen {
  /// What is to be said of the layer under the cursor.
  static func layerMessage(_ state: ProgramState) -> String {
    if let module = state.layers.selectedModule { return moduleMessage(state, module) }
    guard let index = state.layers.selectedLayer, let coupled = state.selectedCoupledLayer else {
      return state.layers.filter.isEmpty
        ? "" : "No layer fits \"\(state.layers.filter)\". Esc ends the filter."
    }
    let layer = coupled.layer
    if !coupled.isPrunable { return "\(layer.name): \(coupled.reason?.sentence ?? "Its kernels cannot go.")" }
    if state.engine.data == nil, state.settings == state.history.initial {
      let source =
        state.engine.scores.value.map { "scores from weights (\($0.criterion.rawValue))" } ?? "no scores"
      return "No data yet; \(source). d chooses data."
    }
    guard let preview = state.preview(of: index) else { return layer.name }
    var text = "\(layer.name)  \(preview.kernels.before) → \(preview.kernels.after) kernels"
    if let why = shortfall(state, of: index) { return text + ": \(why)" }
    let partners = state.partners(of: index)
    if let first = partners.first {
      text +=
        partners.count == 1
        ? "; tied to \(state.coupledLayers[first].layer.name)"
        : "; tied to \(state.coupledLayers[first].layer.name) and \(partners.count - 1) more"
    }
    return text
  }

  /// What is to be said of the module under the cursor.
  private static func moduleMessage(_ state: ProgramState, _ module: Int) -> String {
    let members = state.layers.layers(of: .module(module))
    let sum = LayerSum(of: members, in: state)
    let fixed = members.count { !state.coupledLayers[$0].isPrunable }
    let parts = [
      (members.count == 1 ? "1 layer" : "\(members.count) layers")
        + (fixed > 0 ? ", \(fixed) of them fixed" : ""),
      "kernels \(ChangeText.sentence(sum.kernels, Quantity.grouped))",
      "MACs \(ChangeText.sentence(sum.multiplyAccumulates))",
    ]
    return "\(state.layers.modules.modules[module].name): " + parts.joined(separator: ", ")
  }

  /// Why something else goes than was asked for; `nil` where just that goes.
  private static func shortfall(_ state: ProgramState, of index: Int) -> String? {
    guard let decision = state.decision, decision.selection.asked.indices.contains(index),
      let preview = state.preview(of: index)
    else { return nil }
    let (asked, got) = (decision.selection.asked[index], preview.kernels.before - preview.kernels.after)
    guard asked != got else { return nil }
    return "\(asked) were asked to go, \(got) go (floors, pins, ties and rounding decide)"
  }
}
