internal import Pruning
public import TerminalUI

/// How a command is bound before the user's own settings: keys, words, heading.
struct BindingTemplate {
  let command: Command
  let keys: [Key]
  let title: String
  let description: String
  let category: String
  let isInFooter: Bool

  init(
    _ command: Command, _ keys: [Key], _ title: String, _ description: String, _ category: String = "",
    footer: Bool = true
  ) {
    self.command = command
    self.keys = keys
    self.title = title
    self.description = description
    self.category = category
    isInFooter = footer
  }

  /// The same bindings under a heading of the help.
  static func filed(_ category: String, footer: Bool? = nil, _ templates: [BindingTemplate])
    -> [BindingTemplate]
  {
    templates.map {
      BindingTemplate(
        $0.command, $0.keys, $0.title, $0.description, category, footer: footer ?? $0.isInFooter)
    }
  }
}

/// The bindings of each place where keys are taken.
enum BindingTemplates {
  static let percent: [BindingTemplate] = [
    .init(.percentUp, ["+"], "more", "prune 1 % more of the layer, or of the marked layers"),
    .init(.percentDown, ["-"], "less", "prune 1 % less"),
    .init(.percentUpMore, ["]"], "10% more", "prune 10 % more", footer: false),
    .init(.percentDownMore, ["["], "10% less", "prune 10 % less", footer: false),
    .init(.percentZero, ["0"], "keep all", "prune nothing of the layer", footer: false),
    .init(.amount, ["e", "="], "exact", "say exactly how much: 25 or 25%, or 48k for 48 kernels kept"),
  ]

  static let layers: [BindingTemplate] = BindingTemplate.filed(
    "Layers",
    percent + [
      .init(.open, [.enter], "kernels", "show the layer's kernels, or why it cannot be pruned"),
      .init(.target, ["t"], "target", "share a target for the whole network out over the layers"),
      .init(
        .settings, ["O"], "set", "set how kernels are ranked, limits, and fast widths"),
    ])

  /// What the footer shows of Layers behind the bindings of a run.
  static let layersMore: [BindingTemplate] = BindingTemplate.filed(
    "Layers",
    [
      .init(.mark, [.space], "mark", "mark the layer, so that percentages go to all marked ones"),
      .init(.sort, ["s"], "sort", "choose what the rows are sorted by"),
      .init(.protect, ["p"], "protect", "protect the layer: it loses nothing"),
      .init(.markRange, ["v"], "range", "mark a range of rows", footer: false),
      .init(.markAll, ["a"], "all", "mark all rows shown", footer: false),
      .init(.markInvert, ["*"], "invert marks", "mark the rows that are not marked", footer: false),
      .init(
        .explain, ["i"], "why", "explain what the layer is tied to, or why it cannot be pruned", footer: false
      ),
      .init(.invertSort, ["I"], "invert", "invert the order of the rows", footer: false),
      .init(.sortAgain, ["S"], "sort again", "sort again by what the scores are now", footer: false),
    ])

  static let kernels: [BindingTemplate] = BindingTemplate.filed(
    "Kernels",
    [
      .init(.toggleKernel, ["x"], "cut/keep", "cut the kernel whatever its score, or take that back"),
      .init(.pinKernel, ["p"], "pin", "keep the kernel whatever its score, or take that back"),
      .init(.kernelOrder, ["o"], "order", "order by rank or by number"),
      .init(.heatMaps, ["v"], "weights", "show the kernels' weights as heat maps"),
      .init(.sortAgain, ["S"], "sort again", "sort again by what the scores are now", footer: false),
      .init(.nextLayer, ["J"], "next layer", "go on to the next layer"),
      .init(.previousLayer, ["K"], "previous layer", "go back to the previous layer", footer: false),
      .init(
        .explain, ["i"], "why", "explain what the layer is tied to, or why it cannot be pruned", footer: false
      ),
    ] + percent)

  static let shapes: [BindingTemplate] = []

  static let iterations: [BindingTemplate] = BindingTemplate.filed(
    "Iterations",
    [
      .init(.goTo, [.enter], "go to", "go back to the iteration; a prune from there begins a branch"),
      .init(
        .compare, ["c"], "compare", "compare the iteration with the marked one, or with the current one"),
      .init(.nameIteration, ["n"], "name", "give the iteration a name"),
      .init(.deleteBranch, ["D"], "delete", "delete the iteration and all that was made from it"),
      .init(.scatterAxis, ["x"], "axis", "plot against MACs, parameters or latency"),
      .init(.markIteration, [.space], "mark", "mark the iteration, to be compared with another one"),
    ])

  static let train: [BindingTemplate] = BindingTemplate.filed(
    "Train", [.init(.stopTraining, ["s"], "stop", "end the training and keep its best weights")])

  static let log: [BindingTemplate] = [
    .init(.findNext, ["n"], "next", "go to the next line that was searched for", "Log"),
    .init(
      .findPrevious, ["N"], "previous", "go to the previous line that was searched for", "Log", footer: false),
  ]

  static let sensitivity: [BindingTemplate] = BindingTemplate.filed(
    "Sensitivity",
    [
      .init(
        .measure, [.enter], "measure", "measure what pruning each layer by itself does, or go on with that"),
      .init(.suggest, ["t"], "suggest", "percentages from the curves, for a target"),
    ] + percent + [
      .init(
        .explain, ["i"], "why", "explain what the layer is tied to, or why it cannot be pruned", footer: false
      )
    ])

  static let run: [BindingTemplate] = BindingTemplate.filed(
    "Run",
    [
      .init(.score, ["r"], "run", "begin scoring, or pause it"),
      .init(.data, ["d"], "data", "choose the data that scores and accuracy are measured on"),
      .init(.prune, ["P"], "prune", "remove what was chosen, as a new iteration"),
      .init(.recover, ["b"], "win back", "win back without training what the prune lost"),
      .init(.train, ["F"], "train", "train the iteration on the data, to regain what the prune cost"),
      .init(
        .iterate, ["A"], "auto", "prune step by step to a target",
        footer: false),
      .init(.export, ["w"], "write", "write the model and its plan to files"),
      .init(.criterion, ["c"], "criterion", "choose how kernels are scored", footer: false),
      .init(.evaluate, ["E"], "evaluate", "measure accuracy and loss of this iteration", footer: false),
      .init(
        .freeze, ["f"], "freeze", "hold the scores on the screen still while work goes on", footer: false),
      .init(.discardScores, ["R"], "discard scores", "forget the scores and begin anew", footer: false),
      .init(.openModel, [.control("o")], "open", "open another model", footer: false),
      .init(
        .schedule, ["Y"], "schedule", "the timeline of a schedule; :schedule FILE.yaml opens one",
        footer: false),
    ])

  static let moving: [BindingTemplate] = BindingTemplate.filed(
    "Moving", footer: false,
    [
      .init(.up, [.up, "k"], "up", "one row up"),
      .init(.down, [.down, "j"], "down", "one row down"),
      .init(.left, [.left, "h"], "left", "to the pane on the left; among heat maps, one to the left"),
      .init(.right, [.right, "l"], "right", "to the pane on the right; among heat maps, one to the right"),
      .init(.halfUp, [.control("u")], "half up", "half a page up"),
      .init(.halfDown, [.control("d")], "half down", "half a page down"),
      .init(.pageUp, [.pageUp, .control("b")], "page up", "a page up"),
      .init(.pageDown, [.pageDown, .control("f")], "page down", "a page down"),
      .init(.first, [.home, "g"], "first", "to the first row"),
      .init(.last, [.end, "G"], "last", "to the last row"),
    ])

  static let everywhere: [BindingTemplate] = BindingTemplate.filed(
    "Everywhere",
    [
      .init(.filter, ["/"], "filter", "show only rows that contain a text; in the log, search"),
      .init(.undo, ["z", "u"], "undo", "take the last change back, then the last prune"),
      .init(.redo, ["Z", "U"], "redo", "bring back what was undone"),
      .init(.screenLayers, ["1"], "Layers", "the table of layers", footer: false),
      .init(.screenKernels, ["2"], "Kernels", "the kernels of the selected layer", footer: false),
      .init(.screenShapes, ["3"], "Shapes", "every tensor that changes", footer: false),
      .init(.screenIterations, ["4"], "Iterations", "the tree of what was done", footer: false),
      .init(.screenLog, ["5"], "Log", "what happened", footer: false),
      .init(
        .screenSensitivity, ["6"], "Sensitivity", "what pruning each layer by itself does", footer: false),
      .init(.screenTrain, ["7"], "Train", "the curves of a training", footer: false),
      .init(.nextPane, [.tab], "next pane", "to the next pane or screen", footer: false),
      .init(.previousPane, [.backTab], "previous pane", "to the previous pane or screen", footer: false),
      .init(.maximize, ["m"], "maximise", "give the pane the whole screen, or take it back", footer: false),
      .init(.commandLine, [":"], "command", "type a command by its name; Tab completes", footer: false),
      .init(.themes, ["T"], "theme", "choose a theme, with a live preview", footer: false),
      .init(.mouse, ["M"], "mouse", "mouse on or off; off, the terminal can select text", footer: false),
      .init(
        .back, [.escape], "back", "end the range, the filter, the marks, then go back to Layers",
        footer: false),
      .init(.cancel, [.control("c")], "cancel", "stop what runs; when nothing does, quit", footer: false),
      .init(.quit, ["q"], "quit", "leave; asks only if something would be lost", footer: false),
      .init(.help, ["?", .function(1)], "help", "this list"),
    ])

  static func of(_ screen: Screen) -> [BindingTemplate] {
    switch screen {
    case .layers: layers
    case .kernels: kernels
    case .shapes: shapes
    case .iterations: iterations
    case .log: log
    case .sensitivity: sensitivity
    case .train: train
    }
  }
}

extension ProgramState {
  /// The bindings in force on a screen, the focused one's first, with the user's keys.
  package func keyMap(for screen: Screen) -> KeyMap {
    let own = BindingTemplates.of(screen)
    let more = screen == .layers ? BindingTemplates.layersMore : []
    // Where a screen has a key for something of its own, the run's meaning is left to its name (`:criterion`).
    let taken = Set(own.flatMap(\.keys))
    let run = BindingTemplates.run.filter { taken.isDisjoint(with: $0.keys) }
    let lists = [own, run, more, BindingTemplates.everywhere, BindingTemplates.moving]
    let map = KeyMap(
      lists.map { list in
        list.map { template in
          Binding(
            template.command.rawValue, template.keys, title(of: template), template.description,
            category: template.category, disabledReason: disabledReason(for: template.command),
            isInFooter: template.isInFooter)
        }
      })
    guard !keySettings.isEmpty else { return map }
    let known = keySettings.filter { map.binding(id: $0.key) != nil }
    // The settings were checked when they were read (`checkKeySettings`).
    return (try? map.remapped(by: known)) ?? map
  }

  /// Every binding of every screen, for the help: the focused screen's first.
  package func allBindings() -> KeyMap {
    let others = Screen.allCases.filter { $0 != focus }
    let own = keyMap(for: focus).bindings.filter { $0.category == focus.title }
    let rest = others.flatMap { screen in keyMap(for: screen).bindings.filter { $0.category == screen.title }
    }
    let shared = keyMap(for: .shapes).bindings
    return KeyMap(own + shared + rest)
  }

  /// Checks the keys that a user's settings give to bindings, on every screen.
  ///
  /// - Throws: `TerminalUIError.unknownBinding` or `.keyConflict`.
  public static func checkKeySettings(_ settings: [String: [Key]]) throws(TerminalUIError) {
    for id in settings.keys.sorted() where Command(rawValue: id) == nil { throw .unknownBinding(id) }
    let state = ProgramState()
    for screen in Screen.allCases {
      let map = state.keyMap(for: screen)
      _ = try map.remapped(by: settings.filter { map.binding(id: $0.key) != nil })
    }
  }

  /// What the footer calls a command now.
  private func title(of template: BindingTemplate) -> String {
    switch template.command {
    case .score: engine.isScoring ? "pause" : template.title
    case .open: selectedCoupledLayer?.isPrunable == false ? "why" : template.title
    case .filter: focus == .log ? "search" : template.title
    default: template.title
    }
  }
}
