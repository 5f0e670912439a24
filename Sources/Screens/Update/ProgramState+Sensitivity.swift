internal import Graph
internal import Pruning
internal import TerminalUI

/// Measuring what pruning each layer does, and percentages from that.
extension ProgramState {
  /// What was measured of the current iteration.
  var sensitivity: SensitivityTable? { engine.sensitivity.value }

  /// The curve that a layer is part of; `nil` where nothing was measured of it.
  func sensitivityCurve(of place: Int) -> SensitivityTable.Curve? {
    guard coupledLayers.indices.contains(place) else { return nil }
    return sensitivity?.curve(of: coupledLayers[place].layer.name).flatMap { $0.points.isEmpty ? nil : $0 }
  }

  /// Measures all layers with the settings in force, on as many examples as were typed.
  mutating func measureSensitivity(_ argument: String) -> [Effect] {
    var wanted = SensitivitySettings()
    if !argument.isEmpty {
      guard let examples = Int(argument), examples > 0 else {
        say("\"\(argument)\" is not a number of examples: write, for example, measure 1000.", .warning)
        return []
      }
      wanted.examples = examples
    } else if let table = sensitivity {
      // What was begun on another number goes on with it.
      wanted.examples = measuredExamples ?? table.subject.examples
    }
    measuredExamples = wanted.examples
    wanted.pruning = settings
    wanted.pruning.amounts = [:]
    focus = .sensitivity
    if engine.isScoring {
      say("Scoring pauses: what goes is decided by the scores so far. r goes on with it.")
    }
    return [.engine(.measureSensitivity(wanted))]
  }

  // MARK: Suggestions

  /// Suggests percentages for what was typed, or asks.
  mutating func beginSuggestion(_ argument: String) {
    if !argument.isEmpty {
      guard let target = SuggestionTarget.target(argument) else {
        let flags = SuggestionTarget.allCases.map(\.rawValue).joined(separator: ", ")
        say("\"\(argument)\" is no target: write keep-macs 50%; there are \(flags).", .warning)
        return
      }
      return suggest(target)
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
    overlays.append(.suggestion(form))
  }

  mutating func handleSuggestion(_ event: Event, _ form: Form) {
    var form = form
    switch form.handle(event) {
    case .pressed("ok"):
      let title = form.text(of: "quantity")
      let chosen = SuggestionTarget.allCases.first { $0.title == title } ?? .macs
      guard let target = chosen.target(form.text(of: "amount")) else {
        form.setProblem("Write a share up to 100%, or a number from 0.", of: "amount")
        overlays.append(.suggestion(form))
        return
      }
      suggest(target)
    case .pressed, .cancelled: break
    default: overlays.append(.suggestion(form))
    }
  }

  /// Fills in what the curves suggest, as one step of the history.
  private mutating func suggest(_ target: SensitivityTarget) {
    decide()
    guard let structure, let table = sensitivity, let ranking = decision?.ranking else { return }
    let suggestion: SensitivitySuggestion
    do throws(PruningError) {
      suggestion = try table.suggestion(
        target, settings: settings, ranking: ranking, groups: structure.groups,
        times: engine.widths.value)
    } catch {
      say(error.sentence + " " + error.remedy, .error)
      return
    }
    guard commit(suggestion.settings, title: "suggestion \(target.text)") else { return }
    decide()
    var expected = "loss +\(Quantity.precise(suggestion.lossRise, digits: 2))"
    if let drop = suggestion.accuracyDrop { expected += ", accuracy −\(Quantity.fixed(drop, digits: 1))" }
    let measured = table.subject.criterion
    if let now = engine.scores.value?.criterion, now != measured {
      say(
        "Suggested by curves of \(measured.rawValue), but scores are by \(now.rawValue) now: measure anew.",
        .warning)
    } else if suggestion.isReached {
      say("Suggested for \(target.text): \(expected) or so. z takes it back.", .success)
    } else {
      say(
        "\(target.text) is beyond what was measured; this far: \(expected) or so. z takes it back.", .warning)
    }
  }
}
