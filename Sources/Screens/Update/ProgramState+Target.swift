internal import Pruning
internal import TerminalUI

extension ProgramState {
  mutating func beginTarget(_ argument: String) {
    if !argument.isEmpty {
      guard let target = Target(argument) else {
        say("\"\(argument)\" is not a target: write, for example, MACs 50%.", .warning)
        return
      }
      pursue(target, scope: .global)
      return
    }
    let choices = Target.Quantity.allCases.map(\.rawValue)
    let form = Form(
      title: "Target for the whole network",
      message: [[Span("The percentages that reach it are a proposal: each can still be changed.", .dim)]],
      fields: [
        .init(
          "share", "May remain", .text(TextField("50%")), hint: "50%, or MACs 50%: the share that may remain"),
        .init(
          "quantity", "Of the", .choice(choices, selected: 0), hint: "left and right choose what is counted"),
        .init(
          "scope", "Taken", .choice(Scope.allCases.map(\.words), selected: 0),
          hint: "left and right choose how it is shared out over the layers"),
      ], buttons: [.cancel, Form.Button("ok", "Propose")])
    overlays.append(.target(TargetDialog(form: form)))
  }

  mutating func handle(_ event: Event, in dialog: TargetDialog) {
    var dialog = dialog
    switch dialog.form.handle(event) {
    case .pressed("ok"):
      let quantity = Target.Quantity(rawValue: dialog.form.text(of: "quantity")) ?? .macs
      guard let target = Target(dialog.form.text(of: "share"), quantity: quantity) else {
        dialog.form.setProblem("Write a share above 0 and up to 100, such as 50%.", of: "share")
        overlays.append(.target(dialog))
        return
      }
      let scope = Scope.allCases.first { $0.words == dialog.form.text(of: "scope") } ?? .global
      pursue(target, scope: scope)
    case .pressed, .cancelled: break
    default: overlays.append(.target(dialog))
    }
  }

  /// Shares a target out over the layers, as one step of the history.
  private mutating func pursue(_ target: Target, scope: Scope) {
    guard let structure else { return }
    let scores = engine.scores?.value ?? ScoreTable(criterion: criterion)
    let proposal: Proposal
    do throws(PruningError) {
      proposal = try settings.proposal(
        target.pruningTarget, scope: scope, scores: scores, groups: structure.groups, bound: structure.bound)
    } catch {
      say(error.sentence + " " + error.remedy, .error)
      return
    }
    guard commit(proposal.settings, title: "target \(target.text)") else { return }
    decide()
    let way = "Each row can still be changed; z takes it back."
    if proposal.isReached {
      say("Proposed for \(target.text), \(scope.words). \(way)")
    } else {
      say("\(target.text) cannot be reached: floors, pins or protection stand in the way. \(way)", .warning)
    }
  }
}

extension Target {
  /// The target as the proposal takes it.
  var pruningTarget: PruningTarget {
    switch quantity {
    case .macs: .multiplyAccumulates(keepPercent: remainingPercent)
    case .parameters: .parameters(keepPercent: remainingPercent)
    case .memory: .peakMemory(keepPercent: remainingPercent)
    case .kernels: .percent(100 - remainingPercent)
    }
  }
}

extension Scope {
  /// How a target is shared out, in words.
  var words: String {
    switch self {
    case .global: "by score over all layers"
    case .layer: "the same share of every layer"
    case .isomorphic: "the same share of every kind of group"
    }
  }
}
