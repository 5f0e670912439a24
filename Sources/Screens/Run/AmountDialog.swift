internal import Graph
internal import Pruning
package import TerminalUI

/// An exact amount for layers.
package struct AmountDialog: FormOverlay {
  package var form: Form
  /// The names of the layers.
  package let layers: [String]

  package var hints: [(Key, String)] { [(.enter, "propose"), (.tab, "next field"), (.escape, "cancel")] }

  /// Sets the amount that was typed, or asks for one.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    let indices = Percentages.editedLayers(state)
    if !argument.isEmpty {
      guard let amount = AmountText.amount(argument) else {
        state.say("\"\(argument)\" is not an amount: write 25, 25% or 48k.", .warning)
        return []
      }
      return Percentages.setAmount(&state, amount, of: indices)
    }
    let names = indices.compactMap {
      state.coupledLayers.indices.contains($0) ? state.coupledLayers[$0].layer.name : nil
    }
    guard let first = names.first, let index = indices.first else { return [] }
    let now = state.settings.amounts[first].map(AmountText.text) ?? ""
    let field = Form.Field(
      "amount", "Prune", .text(TextField(now)), hint: "25 or 25%: that share goes; 48k: 48 kernels stay")
    let kernels = state.coupledLayers[index].layer.kernels
    let title = names.count == 1 ? "\(first), \(kernels) kernels" : "\(names.count) layers"
    state.show(
      AmountDialog(form: Form(title: title, fields: [field], idealWidth: 56), layers: names))
    return []
  }

  /// How many kernels go.
  package func outcome(_ state: ProgramState) -> [[Span]] {
    guard let amount = AmountText.amount(form.text(of: "amount")) else { return [] }
    let all = state.coupledLayers
    let chosen = all.filter { layers.contains($0.layer.name) && $0.isPrunable }
    let before = chosen.reduce(0) { $0 + $1.layer.kernels }
    let after = chosen.reduce(0) { sum, coupled in
      let kernels = coupled.layer.kernels
      switch amount {
      case .percent(let share): return sum + kernels - Int(cut: Double(kernels) * share / 100)
      case .keep(let kept): return sum + min(kernels, kept)
      }
    }
    guard before > 0 else { return [] }
    return [[Span("\(Quantity.grouped(before)) → about \(Quantity.grouped(after)) kernels.", .title)]]
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    guard let amount = AmountText.amount(form.text(of: "amount")) else {
      form.setProblem("Write 25 or 25% (that share goes), or 48k (48 kernels stay).", of: "amount")
      return .stays()
    }
    let all = state.coupledLayers
    let chosen = all.indices.filter { layers.contains(all[$0].layer.name) }
    return .closes(Percentages.setAmount(&state, amount, of: chosen))
  }
}
