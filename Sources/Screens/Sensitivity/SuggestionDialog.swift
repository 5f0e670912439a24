internal import Errors
internal import Graph
internal import Pruning
package import TerminalUI

/// What percentages from the curves are to reach.
package struct SuggestionDialog: FormOverlay {
  package var form: Form

  package var hints: [(Key, String)] { [(.enter, "propose"), (.tab, "next field"), (.escape, "cancel")] }

  /// Suggests percentages for what was typed, or asks.
  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    if !argument.isEmpty {
      guard let target = SuggestionTarget.target(argument) else {
        let flags = SuggestionTarget.allCases.map(\.rawValue).joined(separator: ", ")
        state.say("\"\(argument)\" is no target: write keep-macs 50%; there are \(flags).", .warning)
        return []
      }
      suggest(&state, target)
      return []
    }
    let form = Form(
      title: "Percentages from the curves",
      message: [
        [Span("The layers give first that lose least for what they save. Each can be changed.", .dim)]
      ],
      fields: [
        .init(
          "quantity", "Limit",
          .choice(SuggestionTarget.allCases.map(\.title), selected: 0),
          hint: "left and right choose what is limited"),
        .init("amount", "To", .text(TextField("50%")), hint: "50% may remain; 0.1 the loss may rise"),
      ], buttons: [.cancel, Form.Button("ok", "Suggest")], idealWidth: 66)
    state.show(SuggestionDialog(form: form))
    return []
  }

  /// Fills in what the curves suggest, as one step of the history.
  private static func suggest(_ state: inout ProgramState, _ target: SensitivityTarget) {
    state.decide()
    guard let structure = state.structure, let table = SensitivityScreen.measured(state),
      let ranking = state.decision?.ranking
    else { return }
    let suggestion: SensitivitySuggestion
    do {
      suggestion = try table.suggestion(
        target, settings: state.settings, ranking: ranking, groups: structure.groups,
        times: state.engine.widths.value)
    } catch {
      state.say(CaughtError(error).advice, .error)
      return
    }
    guard state.commit(suggestion.settings, title: "suggestion \(target.text)") else { return }
    state.decide()
    var expected = "loss +\(Quantity.precise(suggestion.lossRise, digits: 2))"
    if let drop = suggestion.accuracyDrop { expected += ", accuracy −\(Quantity.fixed(drop, digits: 1))" }
    let measured = table.subject.criterion
    if let now = state.engine.scores.value?.criterion, now != measured {
      state.say(
        "Suggested by curves of \(measured.rawValue), but scores are by \(now.rawValue) now: measure anew.",
        .warning)
    } else if suggestion.isReached {
      state.say("Suggested for \(target.text): \(expected) or so. z takes it back.", .success)
    } else {
      state.say(
        "\(target.text) is beyond what was measured; this far: \(expected) or so. z takes it back.", .warning)
    }
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    let title = form.text(of: "quantity")
    let chosen = SuggestionTarget.allCases.first { $0.title == title } ?? .macs
    guard let target = chosen.target(form.text(of: "amount")) else {
      form.setProblem("Write a share up to 100%, or a number from 0.", of: "amount")
      return .stays()
    }
    Self.suggest(&state, target)
    return .closes()
  }
}
