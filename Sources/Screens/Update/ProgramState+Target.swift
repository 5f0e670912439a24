internal import Errors
internal import Pruning
internal import TerminalUI

extension ProgramState {
  mutating func beginTarget(_ argument: String) -> [Effect] {
    if !argument.isEmpty {
      guard let target = Target(argument) else {
        say("\"\(argument)\" is not a target: write, for example, MACs 50% or MACs 1.2G.", .warning)
        return []
      }
      return pursue(target, scope: scope)
    }
    let standing = history.pursuit?.target
    let choices = Target.Quantity.allCases.map(\.rawValue)
    let form = Form(
      title: "Target for the whole network",
      fields: [
        .init(
          "share", "May remain",
          .text(TextField(standing?.amountText ?? "50%")),
          hint: "of \(whole); left and right slide, or type 50%, MACs 50%, 1.2G, 90k, 300kB, 4ms"),
        .init(
          "quantity", "Of the",
          .choice(
            choices, selected: choices.firstIndex(of: (standing?.quantity ?? .macs).rawValue) ?? 0),
          hint: "left and right choose what is counted"),
        .init(
          "scope", "Taken",
          .choice(Way.allCases.map(\.words), selected: Way.allCases.firstIndex(of: way) ?? 0),
          hint: "left and right choose how it is shared out over the layers"),
      ], buttons: [.cancel, Form.Button("ok", "Propose")], idealWidth: 66)
    show(TargetDialog(form: form, self))
    return []
  }

  /// What a share of a target is a share of.
  private var whole: String {
    guard let now = currentIteration, now.parent != nil else { return "the original" }
    let first = engine.iterations.first { $0.parent == nil }
    let share = first.flatMap { first in
      first.multiplyAccumulates > 0
        ? Quantity.percent(Double(now.multiplyAccumulates) / Double(first.multiplyAccumulates)) : nil
    }
    return "iteration \(now.id) as it is" + (share.map { ", which has \($0) of the original's MACs" } ?? "")
  }

  /// Why there is no table of latencies yet, in a sentence.
  var latencyObstacle: String {
    if let problem = engine.latencyProblem { return "Latency cannot be measured: \(problem)" }
    guard let work = engine.activity, work.kind == .timing else {
      return "Latencies are being measured: try again soon."
    }
    return "Latencies are being measured, \(work.progress.done) of \(work.progress.total): try again soon."
  }

  /// Asks for the table of latencies, and says when it is there.
  mutating func measureLatency() -> [Effect] {
    guard engine.latencyProblem == nil else { return [] }
    awaitsLatency = true
    return [.engine(.measureLatency)]
  }

  /// Shares a target out over the layers, as one step of the history.
  mutating func pursue(_ target: Target, scope: Scope) -> [Effect] {
    guard let chooser else { return [] }
    if target.quantity == .latency, engine.latency.value == nil {
      say(latencyObstacle, .warning)
      return measureLatency()
    }
    let choice: Choice
    do {
      choice = try chooser.choice(
        RemovalRequest(target.pruningTarget, scope: scope, settings: settings))
    } catch {
      say(CaughtError(error).advice, .error)
      return []
    }
    let pursuit = Pursuit(target: target, scope: scope)
    guard commit(choice.settings, title: "target \(target.text)", pursuit: pursuit) else { return [] }
    decide()
    if let shortfall = choice.shortfall {
      say(
        shortfall.sentence(of: target.text) + " Each row can still be changed; z takes it back.", .warning)
    } else if let met = choice.metAlready {
      say(met.sentence)
    } else {
      say(
        target.quantity == .latency
          ? "Proposed for \(target.text): an estimate, in fast widths. A prune is measured."
          : "Proposed for \(target.text), \(way.words)\(expectation). z takes it back.")
    }
    return []
  }

  // MARK: By measured losses

  /// How a target is shared out over the layers.
  enum Way: Hashable, CaseIterable {
    /// By what each width was measured to lose.
    case measured
    /// By scores.
    case scope(Scope)

    static let allCases = [measured] + Scope.allCases.map(scope)

    var words: String {
      switch self {
      case .measured: "by measured losses"
      case .scope(let scope): scope.words
      }
    }
  }

  /// How a target is shared out now.
  var way: Way { scope == .global && chooser?.curves != nil ? .measured : .scope(scope) }

  /// Proposes amounts for a target by measured losses, now or when they are measured.
  mutating func measureLosses(for target: Target) -> [Effect] {
    if chooser?.curves?.isComplete == true { return pursue(target, scope: .global) }
    guard engine.data != nil else {
      say("Losses are measured on data: choose them with d.", .warning)
      return []
    }
    awaitedTarget = target
    criterion = .obs
    say(
      "Measuring what each width loses. \(target.text) is proposed then; r stops it and takes what is there.")
    return [.engine(.score(.obs))]
  }

  /// Proposes what waited for the losses, where all of them are there or somebody stopped measuring them.
  mutating func pursueAwaited(_ before: SessionSnapshot) {
    guard let target = awaitedTarget else { return }
    guard engine.data != nil, criterion == .obs else {
      awaitedTarget = nil
      return
    }
    guard let curves = chooser?.curves, !engine.isScoring, before.isScoring || curves.isComplete else {
      return
    }
    awaitedTarget = nil
    _ = pursue(target, scope: .global)
  }

  /// What the choice is expected to lose, behind what was said of it; empty where that is not known.
  private var expectation: String {
    guard let loss = decision?.expectedLoss else { return "" }
    return ", loss \(Quantity.loss(loss)) expected"
  }

  /// What the choice is expected to lose, in a sentence; `nil` where that is not known.
  var expectedLossSentence: String? {
    guard let loss = decision?.expectedLoss, let curves = chooser?.curves else { return nil }
    return "\(Quantity.loss(loss)) expected after a refit (\(curves.measure.words))"
  }
}

extension Target {
  /// The target as a request has it.
  var pruningTarget: PruningTarget {
    switch (remaining, quantity.measure) {
    case (_, let measure?): .keeping(remaining, of: measure)
    case (.percent(let share), nil), (.absolute(let share), nil): .percent(100 - share)
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
