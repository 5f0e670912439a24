internal import Graph
internal import Pruning
internal import TerminalUI

/// Measuring what pruning each layer does.
extension SensitivityScreen {
  /// What was measured of the current iteration.
  static func measured(_ state: ProgramState) -> SensitivityTable? { state.engine.sensitivity.value }

  /// The curve that a layer is part of; `nil` where nothing was measured of it.
  static func curve(_ state: ProgramState, of index: Int) -> SensitivityTable.Curve? {
    guard state.coupledLayers.indices.contains(index) else { return nil }
    return measured(state)?.curve(of: state.coupledLayers[index].layer.name).flatMap {
      $0.points.isEmpty ? nil : $0
    }
  }

  /// Measures all layers with the settings in force, on as many examples as were typed.
  static func measure(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    var wanted = SensitivitySettings()
    if !argument.isEmpty {
      guard let examples = Int(argument), examples > 0 else {
        state.say("\"\(argument)\" is not a number of examples: write, for example, measure 1000.", .warning)
        return []
      }
      wanted.examples = examples
    } else if let table = measured(state) {
      // What was begun on another number goes on with it.
      wanted.examples = state.screens[SensitivityState.self].examples ?? table.subject.examples
    }
    state.screens[SensitivityState.self].examples = wanted.examples
    wanted.pruning = state.settings
    wanted.pruning.amounts = [:]
    state.focus = .sensitivity
    if state.engine.isScoring {
      state.say("Scoring pauses: what goes is decided by the scores so far. r goes on with it.")
    }
    return [.engine(.measureSensitivity(wanted))]
  }
}
