internal import Errors
internal import Graph
internal import Pruning
internal import TerminalUI

extension Percentages {
  /// The share of a layer's kernels that was asked to go, in percent.
  static func asked(_ state: ProgramState, of coupled: CoupledLayer) -> Double {
    guard !state.settings.protected.contains(coupled.layer.name) else { return 0 }
    let kernels = Double(max(1, coupled.layer.kernels))
    switch state.settings.amounts[coupled.layer.name] {
    case .percent(let share): return share
    case .keep(let kept): return max(0, 100 * (kernels - Double(kept)) / kernels)
    case nil: return 0
    }
  }

  /// The layers that an edit goes to: the range, the marked ones, or the one under the cursor.
  static func editedLayers(_ state: ProgramState) -> [Int] {
    if state.focus.feature.editsMarkedLayers {
      if let layers = state.layers.layersInRange { return layers }
      if !state.layers.marked.isEmpty { return state.layers.marked.sorted() }
    }
    return state.layers.selectedRow.map(state.layers.layers(of:)) ?? []
  }

  /// Moves percentages up or down, by one kernel at least, or by one multiple where kernels are kept in multiples; a number of
  /// kernels becomes a percentage by that.
  static func nudge(_ state: inout ProgramState, by step: Double) -> [Effect] {
    nudge(&state, editedLayers(state), by: step)
    return []
  }

  /// Moves the percentages of these layers up or down.
  static func nudge(_ state: inout ProgramState, _ layers: [Int], by step: Double) {
    let now = state
    change(&state, layers, title: "\(step > 0 ? "+" : "−")\(Int(cut: abs(step)))%") { coupled in
      .percent(
        nudged(asked(now, of: coupled), by: step, of: coupled.layer.kernels, multiple: now.settings.multiple))
    }
  }

  /// A percentage a step further: to a whole one, and so far that another number of kernels goes.
  static func nudged(_ asked: Double, by step: Double, of kernels: Int, multiple: Int) -> Double {
    // From 33.3 % a step leads to a whole number first.
    let next = step > 0 ? (asked + 1e-9).rounded(.down) + step : (asked - 1e-9).rounded(.up) + step
    guard kernels > 0 else { return min(100, max(0, next)) }
    let share = 100 / Double(kernels)
    let gone = (asked / share + 1e-9).rounded(.down)
    let least = Double(max(1, multiple))
    // The smallest share, in tenths, by which so many go.
    let other = (gone + (step > 0 ? least : -least)) * share
    let reached =
      step > 0
      ? max(next, (other * 10 - 1e-6).rounded(.up) / 10) : min(next, (other * 10 - 1e-6).rounded(.up) / 10)
    return min(100, max(0, reached))
  }

  /// Sets the same amount for layers.
  static func setAmount(_ state: inout ProgramState, _ amount: Amount, of indices: [Int]) -> [Effect] {
    change(&state, indices, title: AmountText.text(amount)) { _ in amount }
    return []
  }

  /// Changes the amounts of layers and of those tied to them, as one step of the history.
  static func change(
    _ state: inout ProgramState, _ indices: [Int], title: String, _ amount: (CoupledLayer) -> Amount
  ) {
    guard let groups = state.structure?.groups else { return }
    let all = groups.layers
    var changed = state.settings
    var done = Set<Int>()
    var partnerCount = 0
    var skipped = 0
    for index in indices where all.indices.contains(index) && !done.contains(index) {
      let coupled = all[index]
      guard coupled.isPrunable, !state.settings.protected.contains(coupled.layer.name) else {
        skipped += 1
        continue
      }
      do {
        changed = try changed.settingAmount(amount(coupled), for: coupled.layer.name, in: groups)
      } catch {
        state.say(CaughtError(error).advice, .error)
        return
      }
      let partners = state.partners(of: index)
      done.insert(index)
      done.formUnion(partners)
      partnerCount += partners.count { !indices.contains($0) }
    }
    guard !done.isEmpty else {
      state.say("None of these layers can be pruned: i says why.", .warning)
      return
    }
    let named = name(state, of: indices, skipped: skipped)
    state.commit(changed, title: "\(title) of \(named)")
    var parts = indices.count == 1 ? [] : ["\(title) of \(named)."]
    if partnerCount > 0 {
      let partners = partnerCount == 1 ? "1 tied layer" : "\(partnerCount) tied layers"
      parts.append(
        indices.count == 1 ? "\(named): \(partners) moved along (same group)." : "\(partners) moved along.")
    }
    if skipped > 0 { parts.append("\(skipped) cannot be pruned or are protected.") }
    if !parts.isEmpty { state.say(parts.joined(separator: " ")) }
  }

  /// What layers that are changed together are called: a layer, a module, or their number.
  private static func name(_ state: ProgramState, of indices: [Int], skipped: Int) -> String {
    if indices.count == 1 { return state.coupledLayers[indices[0]].layer.name }
    let count = "\(indices.count - skipped) layers"
    guard let module = state.layers.selectedModule, state.layers.layers(of: .module(module)) == indices else {
      return count
    }
    return "\(state.layers.modules.modules[module].name) (\(count))"
  }
}
