package import Datasets
package import Pruning
package import TerminalUI

/// What lies over the panes and takes all keys. The last one is on top.
package enum Overlay: Sendable, Hashable {
  case help(HelpOverlay)
  case data(DataDialog)
  case target(TargetDialog)
  case settings(SettingsDialog)
  case amount(AmountDialog)
  case recovery(Form)
  case suggestion(Form)
  case training(Form)
  case iterating(Form)
  case name(NameDialog)
  case comparison(ComparisonOverlay)
  case sort(Menu)
  case criterion(Menu)
  case themes(Menu, before: String)
  case export(ExportDialog)
  case open(Form)
  case confirmation(Form, Confirmation)
  case message(MessageOverlay)
  case timeline(TimelineOverlay)
  /// A policy of the timeline that is changed, with its place.
  case policy(Form, place: Int)
}

extension Overlay {
  /// Whether it makes no sense for another model.
  var isAboutModel: Bool {
    switch self {
    case .help, .themes, .message: false
    default: true
    }
  }
}

extension Overlay {
  /// Whether a field in it has the focus that takes text.
  var takesText: Bool {
    switch self {
    case .help: true
    case .comparison(let comparison): comparison.isFiltering
    case .export(let dialog): !dialog.isAsking && !dialog.isWriting && dialog.form.focusedText != nil
    case .data(let dialog): dialog.form.focusedText != nil
    case .target(let dialog): dialog.form.focusedText != nil
    case .settings(let dialog): dialog.form.focusedText != nil
    case .amount(let dialog): dialog.form.focusedText != nil
    case .name(let dialog): dialog.form.focusedText != nil
    case .recovery(let form), .suggestion(let form), .training(let form), .iterating(let form),
      .open(let form), .confirmation(let form, _), .policy(let form, _):
      form.focusedText != nil
    case .sort, .criterion, .themes, .message, .timeline: false
    }
  }
}

/// A question before an act, and the act.
package enum Confirmation: Sendable, Hashable {
  case prune
  case discardScores
  case goTo(iteration: Int)
  case deleteBranch(from: Int)
  /// What would lose work that is nowhere on disk: quitting, or another model.
  case leave(Effect)
  /// What would end the training that runs.
  case endTraining([Effect])
}

/// The list of all bindings, with a field that filters it.
package struct HelpOverlay: Sendable, Hashable {
  package var filter = TextField(placeholder: "type to filter")
  package var text = ScrollText()
}

/// Something to read: an explanation, an error, a report.
package struct MessageOverlay: Sendable, Hashable {
  package var title: String
  package var text: ScrollText
  /// Whether something went wrong.
  package var isError = false

  package init(title: String, lines: [[Span]], isError: Bool = false) {
    self.title = title
    text = ScrollText(lines)
    self.isError = isError
  }
}

/// An exact amount for layers.
package struct AmountDialog: Sendable, Hashable {
  package var form: Form
  /// The names of the layers.
  package var layers: [String]
}

/// What an iteration is called.
package struct NameDialog: Sendable, Hashable {
  package var form: Form
  package var iteration: Int
}

/// Two iterations side by side.
package struct ComparisonOverlay: Sendable, Hashable {
  /// Their numbers, the older one first.
  package var iterations: Change<Int>
  /// What differs between their networks; `nil` until that is known.
  package var networks: NetworkComparison?
  /// What the names of layers must contain.
  package var filter = TextField(placeholder: "part of a layer's name")
  /// Whether the filter takes the keys.
  package var isFiltering = false
  /// The selected layer and the first visible one.
  package var list = ListState()
  /// Whether the curves stand where the layers do, on screens without room for both.
  package var showsCurves = false
}

/// Which data, and what to do with them.
package struct DataDialog: Sendable, Hashable {
  package var form: Form
  /// What was found.
  package var inspection: DataInspection?
  /// The data that are being looked at.
  package var awaited: DatasetConfiguration?
}

/// What to write, and where.
package struct ExportDialog: Sendable, Hashable {
  package var form: Form
  /// The files that stand in the way; the dialog asks about them.
  package var existing: [String] = []
  /// What runs that is about to change the network; the dialog asks whether to wait for it.
  package var change: RunningChange?
  /// What was asked for last.
  package var request: ExportRequest?
  /// Whether the answer of the executable is being waited for.
  package var isWriting = false

  /// Whether it shows a question instead of its form.
  var isAsking: Bool { !existing.isEmpty || change != nil }
}

/// A target for the whole network.
package struct TargetDialog: Sendable, Hashable {
  package var form: Form
}

/// What holds for the whole network, in force while it is changed.
package struct SettingsDialog: Sendable, Hashable {
  package var form: Form
  /// What the dialog began with.
  package var opening: Setting.Subject
  /// What Escape brings back.
  package var before: SettingsHistory
  package var scopeBefore: Scope
  /// The iteration whose settings they are.
  package var iteration: Int
}

/// Widths that the engine was asked to measure.
package struct WidthRequest: Sendable, Hashable {
  package var structure: Int
  package var multiples: [String: Int]
}

/// A line of text at the bottom that takes the keys.
package enum InputLine: Sendable, Hashable {
  /// A filter or search that acts while it is typed; Escape brings the one before back.
  case filter(TextField, before: String)
  /// A command.
  case command(TextField)

  package var field: TextField {
    switch self {
    case .filter(let field, _), .command(let field): field
    }
  }
}
