internal import Pruning
package import TerminalUI

/// How to win back without training what a prune lost.
package struct RecoveryDialog: FormOverlay {
  package var form: Form

  package var hints: [(Key, String)] {
    [(.enter, "recover"), (.space, "choose"), (.tab, "next field"), (.escape, "cancel")]
  }

  static func open(_ state: inout ProgramState, _ argument: String) -> [Effect] {
    if !argument.isEmpty {
      let words = argument.split { $0 == "," || $0 == " " }.map(String.init)
      let methods = words.compactMap(RecoveryMethod.init)
      guard methods.count == words.count else {
        let known = RecoveryMethod.allCases.map(\.rawValue).joined(separator: ", ")
        state.say("\"\(argument)\" is no way to recover: write one or several of \(known).", .warning)
        return []
      }
      return recover(&state, RecoverySettings(methods: Set(methods)))
    }
    let form = Form(
      title: "Win back what the prune lost",
      message: [[Span("Without training: a look at some examples, measured each.", .dim)]],
      fields: [RecoveryMethod.refit, .distil, .bn, .bias].map { method in
        .init(method.rawValue, method.label, .toggle(method == .refit), hint: method.hint)
      } + [
        .init(
          "examples", "Examples", .text(TextField(String(RecoverySettings(methods: []).examples))),
          hint: "examples of the data that are looked at")
      ], buttons: [.cancel, Form.Button("ok", "Recover")], idealWidth: 68)
    state.show(RecoveryDialog(form: form))
    return []
  }

  /// What is done to the network.
  package func outcome(_ state: ProgramState) -> [[Span]] {
    let methods = RecoveryMethod.allCases.filter { form.isOn($0.rawValue) }.map(\.label.lowercasedFirst)
    guard !methods.isEmpty, let examples = Int(form.text(of: "examples")) else { return [] }
    return [
      [
        Span(
          "\(methods.joined(separator: ", ").capitalizedFirst) of iteration \(state.engine.currentIteration), by \(Quantity.grouped(examples)) examples.",
          .title)
      ]
    ]
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    guard let examples = Int(form.text(of: "examples")), examples > 0 else {
      form.setProblem("Write a number from 1, such as 512.", of: "examples")
      return .stays()
    }
    let methods = RecoveryMethod.allCases.filter { form.isOn($0.rawValue) }
    guard !methods.isEmpty else {
      form.setProblem("Choose at least one way: space ticks it.", of: RecoveryMethod.refit.rawValue)
      return .stays()
    }
    return .closes(Self.recover(&state, RecoverySettings(methods: Set(methods), examples: examples)))
  }

  private static func recover(_ state: inout ProgramState, _ settings: RecoverySettings) -> [Effect] {
    state.say("Recovering by \(settings.methods.map(\.rawValue).joined(separator: ", "))\u{2026}")
    return [.engine(.recover(settings))]
  }
}

extension RecoveryMethod {
  fileprivate var label: String {
    switch self {
    case .bias: "Replace means"
    case .bn: "Statistics"
    case .refit: "Refit weights"
    case .distil: "Distil"
    }
  }

  /// What it does, in a line.
  var hint: String {
    switch self {
    case .bias: "bias: removed channels' means go into biases"
    case .bn: "bn: normalizations get the statistics of what is left"
    case .refit: "refit: least squares towards what layers computed before"
    case .distil: "distil: all weights learn the original's outputs; takes minutes"
    }
  }
}

extension String {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
