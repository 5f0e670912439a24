internal import Pruning
internal import TerminalUI

/// What is done to the tree of iterations.
extension ProgramState {
  /// The iteration that a command without an argument is about: the selected one of the tree, elsewhere the current one.
  private var subjectIteration: IterationSummary? {
    focus == .iterations ? selectedIteration : currentIteration
  }

  /// The iteration that goes by a number or a name.
  func iteration(called text: String) -> IterationSummary? {
    if let id = Int(text), let found = iteration(id) { return found }
    return engine.iterations.first { $0.name?.lowercased() == text.lowercased() }
  }

  /// An iteration and all that was made from it.
  func branch(from id: Int) -> [IterationSummary] {
    var ids: Set<Int> = [id]
    return engine.iterations.filter { iteration in
      let belongs = iteration.id == id || iteration.parent.map(ids.contains) ?? false
      if belongs { ids.insert(iteration.id) }
      return belongs
    }
  }

  private mutating func sayThatThereIsNone(_ text: String) {
    say("There is no iteration \"\(text)\": 4 shows them all.", .warning)
  }

  // MARK: Going to one

  mutating func goToIteration(_ argument: String) -> [Effect] {
    let found = argument.isEmpty ? selectedIteration : iteration(called: argument)
    guard let id = found?.id else {
      sayThatThereIsNone(argument)
      return []
    }
    guard id != engine.currentIteration else {
      say("Iteration \(id) is the current one.")
      return []
    }
    // Before a training ends there is a question of its own.
    guard let work = engine.activity, ![.timing, .evaluating].contains(work.kind),
      !isTraining
    else {
      return goTo(id)
    }
    let lines: [[Span]] = [
      [Span("\(work.kind.rawValue.capitalizedFirst) is running, and what it did so far would be lost.")]
    ]
    overlays.append(
      .confirmation(
        .confirmation(title: "Go to iteration \(id)", message: lines, act: "Go"), .goTo(iteration: id)))
    return []
  }

  mutating func goTo(_ id: Int) -> [Effect] {
    redoIterations = []
    awaitedIteration = id
    return [.engine(.go(to: id))]
  }

  // MARK: Names

  mutating func beginNaming(_ argument: String) -> [Effect] {
    guard let subject = subjectIteration else { return [] }
    guard argument.isEmpty else { return name(subject.id, argument) }
    let field = Form.Field(
      "name", "Name", .text(TextField(subject.name ?? "")), hint: "empty takes the name away")
    overlays.append(
      .name(
        NameDialog(
          form: Form(title: "Name of iteration \(subject.id)", fields: [field], idealWidth: 56),
          iteration: subject.id)))
    return []
  }

  mutating func handle(_ event: Event, in dialog: NameDialog) -> [Effect] {
    var dialog = dialog
    switch dialog.form.handle(event) {
    case .pressed("ok"): return name(dialog.iteration, dialog.form.text(of: "name"))
    case .pressed, .cancelled: break
    default: overlays.append(.name(dialog))
    }
    return []
  }

  private mutating func name(_ id: Int, _ text: String) -> [Effect] {
    let name = text.split(separator: " ").joined(separator: " ")
    say(name.isEmpty ? "Iteration \(id) has no name now." : "Iteration \(id) is called \(name).")
    return [.engine(.name(id, name))]
  }

  // MARK: Deleting

  mutating func confirmDelete(_ argument: String) -> [Effect] {
    guard let subject = argument.isEmpty ? subjectIteration : iteration(called: argument) else {
      sayThatThereIsNone(argument)
      return []
    }
    guard let parent = subject.parent else {
      say("The original cannot be deleted.", .warning)
      return []
    }
    let gone = branch(from: subject.id)
    var lines: [[Span]] = [[Span("Iteration \(subject.id) goes: \(subject.label).")]]
    if gone.count > 1 {
      let others = gone.dropFirst().prefix(8).map { "\($0.id)" }.joined(separator: ", ")
      let count = gone.count - 1
      lines.append([
        Span(
          "So \(count == 1 ? "does the one" : "do the \(count)") made from it: \(others)"
            + (count > 8 ? ", …" : "") + ".", .warning)
      ])
    }
    if gone.contains(where: { $0.id == engine.currentIteration }) {
      lines.append([Span("Iteration \(parent) becomes the current one.")])
    }
    let unwritten = gone.count { !$0.isWritten }
    if unwritten > 0 {
      lines.append([Span("\(unwritten) of \(gone.count) not written to a file as they are (w).")])
    }
    let title = gone.count == 1 ? "Delete 1 iteration" : "Delete \(gone.count) iterations"
    if isTraining {
      askToEndTraining(
        title: title, lines: lines, act: "Delete", before: [.engine(.deleteBranch(from: subject.id))])
    } else {
      overlays.append(
        .confirmation(
          .confirmation(title: title, message: lines, act: "Delete"), .deleteBranch(from: subject.id)))
    }
    return []
  }

  // MARK: Comparing

  mutating func markIteration() {
    guard let id = selectedIteration?.id else { return }
    markedIteration = markedIteration == id ? nil : id
    if markedIteration != nil { say("Iteration \(id) is marked: c on another one compares the two.") }
  }

  /// Compares two iterations: those named, else the marked or the current one with the selected one, which without
  /// another is compared with what it was made from.
  mutating func beginComparing(_ argument: String) -> [Effect] {
    var ids: [Int] = []
    for word in argument.split(separator: " ").map(String.init) {
      guard let found = iteration(called: word) else {
        sayThatThereIsNone(word)
        return []
      }
      ids.append(found.id)
    }
    if ids.isEmpty, let selected = selectedIteration?.id { ids.append(selected) }
    guard let first = ids.first else { return [] }
    var second = ids.count > 1 ? ids[1] : markedIteration ?? engine.currentIteration
    if second == first { second = iteration(first)?.parent ?? first }
    guard first != second else {
      say("Select another iteration, or mark this one with Space and go on to another.", .warning)
      return []
    }
    let (older, newer) = (min(first, second), max(first, second))
    overlays.append(.comparison(ComparisonOverlay(iterations: Change(older, newer))))
    return [.engine(.compare(older, newer))]
  }

  mutating func take(_ comparison: IterationComparison) {
    for (place, overlay) in overlays.enumerated() {
      guard case .comparison(var shown) = overlay, shown.iterations == comparison.iterations else { continue }
      shown.networks = comparison.networks
      overlays[place] = .comparison(shown)
    }
  }

  mutating func handle(_ event: Event, in comparison: ComparisonOverlay) {
    var comparison = comparison
    if case .mouse(let mouse) = event {
      if let movement = mouse.wheel { comparison.move(movement, page: comparisonPage) }
      overlays.append(.comparison(comparison))
      return
    }
    if comparison.isFiltering {
      switch comparison.filter.handle(event) {
      case .submitted: comparison.isFiltering = false
      case .cancelled:
        comparison.isFiltering = false
        comparison.filter.text = ""
      case .edited: comparison.list = ListState()
      case .ignored: break
      }
      overlays.append(.comparison(comparison))
      return
    }
    guard case .key(let key) = event else { return overlays.append(.comparison(comparison)) }
    switch key {
    case "/": comparison.isFiltering = true
    case .tab, .backTab: comparison.showsCurves.toggle()
    case .escape where !comparison.filter.text.isEmpty: comparison.filter.text = ""
    case .escape, "q", "c", .enter: return
    default: if let movement = Movement(key) { comparison.move(movement, page: comparisonPage) }
    }
    overlays.append(.comparison(comparison))
  }

  private var comparisonPage: Int { max(1, height - 16) }

  // MARK: The plot

  mutating func turnScatterAxis(_ argument: String) {
    if !argument.isEmpty {
      guard
        let axis = ScatterAxis.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() })
      else {
        let known = ScatterAxis.allCases.map(\.rawValue).joined(separator: ", ")
        say("\"\(argument)\" is no axis: write one of \(known).", .warning)
        return
      }
      scatterAxis = axis
    } else {
      let all = ScatterAxis.allCases
      scatterAxis = all[((all.firstIndex(of: scatterAxis) ?? 0) + 1) % all.count]
    }
    say("Iterations are plotted against \(scatterAxis.rawValue).")
  }

  /// Forgets marks and comparisons of iterations that are gone.
  mutating func forgetGoneIterations() {
    let known = Set(engine.iterations.map(\.id))
    if let markedIteration, !known.contains(markedIteration) { self.markedIteration = nil }
    redoIterations.removeAll { !known.contains($0) }
    iterations.selected = min(iterations.selected, max(0, engine.iterations.count - 1))
    overlays.removeAll { overlay in
      switch overlay {
      case .comparison(let shown):
        !known.contains(shown.iterations.before) || !known.contains(shown.iterations.after)
      case .name(let dialog): !known.contains(dialog.iteration)
      default: false
      }
    }
  }
}

/// What the worth of iterations is plotted against.
package enum ScatterAxis: String, Sendable, Hashable, CaseIterable {
  case macs = "MACs"
  case parameters
  case latency

  /// Where an iteration stands; `nil` where that was not measured.
  ///
  /// - Parameter conditions: those under which times compare.
  func value(of iteration: IterationSummary, under conditions: LatencyConditions?) -> Double? {
    switch self {
    case .macs: Double(iteration.multiplyAccumulates)
    case .parameters: Double(iteration.parameters)
    case .latency: iteration.latency?.seconds(under: conditions)
    }
  }

  /// A value as people read it.
  func text(_ value: Double) -> String {
    switch self {
    case .macs, .parameters: Quantity.count(value)
    case .latency: value.isFinite && abs(value) < 1e6 ? ChangeText.time(Int(1e9 * value)) : Quantity.missing
    }
  }
}

extension ComparisonOverlay {
  mutating func move(_ movement: Movement, page: Int) { list.move(movement, count: rows.count, page: page) }
}
