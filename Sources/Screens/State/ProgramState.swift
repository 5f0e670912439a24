package import Datasets
internal import Graph
package import Pruning
package import TerminalUI

/// Everything that the screen shows, as a value: `update` changes it, `render` draws it.
///
///     var state = ProgramState(themes: themes)
///     for effect in update(&state, .terminal(event)) { carryOut(effect) }
///     render(&state, into: &grid)
package struct ProgramState: Sendable, Equatable {
  /// What the engine said last.
  package var engine = SessionSnapshot()
  /// The looks to choose from.
  package let themes: [Theme]
  /// The look in force, perhaps a preview while the picker is open.
  package var theme: Theme
  /// Whether nobody chose a look, so that it goes with what is behind the terminal's text.
  package var followsBackground: Bool
  /// Whether the mouse is reported to the program; otherwise the terminal selects text with it.
  package var isMouseEnabled = true
  /// Which command a key runs, with the user's own keys (see `checkKeySettings`).
  let keys: KeyTables

  /// What can be said of a training, in the order of the dialog.
  package let trainingFields: [TrainingField]

  /// The size of the terminal in cells.
  package var width = 80
  package var height = 24
  /// The screen, or pane, that takes the keys.
  package var focus = Screen.layers
  /// Whether the focused pane has the whole screen.
  package var isMaximized = false
  /// Which panes stand beside each other.
  package var arrangement = Arrangement.automatic
  /// How far the borders between them were moved.
  package var dividerShift = DividerShift()
  /// The layout as it was remembered last.
  private var keptLayout = KeptLayout()
  /// The border that the mouse has hold of.
  var heldDivider: HeldDivider?
  /// Whether the scores on the screen are held still.
  package var isFrozen = false
  /// The newest scores while the screen shows older ones.
  package var withheldScores: Versioned<ScoreTable?>?

  /// Where the user is on each screen.
  package var screens = ScreenStates()
  /// What lies over the panes.
  package var overlays = OverlayStack()
  package var inputLine: InputLine?
  /// What was pressed of a command that takes several keys.
  package var pending = PendingKeys()
  /// What was searched for last, on whatever screen; empty for nothing.
  package var search = ""
  /// Filters of layers that were given names.
  package var savedFilters: [String: String] = [:]
  /// What was done, oldest first.
  package var record: [RecordEntry] = []
  /// What was chosen when the record was written last.
  package var recordedChoice: RecordedChoice?
  /// Commands that the engine was sent and has not told of yet.
  package var unansweredCommands = 0
  /// Whether a newcomer is told at each step what comes next.
  package var isTouring = false
  /// The script that is being played.
  package var script: PlayedScript?
  /// What was typed into dialogs that were left by Escape, by their titles.
  package var drafts: [String: [String: Form.Value]] = [:]
  package var status: StatusLine?
  /// What was typed on the `:` line.
  package var commandHistory: [String] = []

  /// What was chosen, by iteration.
  package var histories: [Int: SettingsHistory] = [:]
  /// The iterations that `redo` goes on to after `undo` went back from them, the next one last.
  package var redoIterations: [Int] = []
  /// The iteration that the engine was asked to go to, until it is there.
  package var awaitedIteration: Int?
  /// How targets are shared out where none stands.
  package var chosenScope = Scope.global
  /// When scoring ends by itself.
  package var chosenUntil = ScoringEnd.automatic
  /// The choice that is watched while its kernels are scored.
  package var watchedChoice: WatchedChoice?
  /// The widths that the engine was last asked to measure.
  package var askedWidths: WidthRequest?
  /// Whether the user was told to wait for the latencies.
  package var awaitsLatency = false
  /// The target that waits for losses to be measured.
  package var awaitedTarget: Target?
  /// How kernels are to be scored.
  package var criterion = Criterion.taylor
  /// The data that were attached last, for the dialog to begin with.
  package var attachedData: DatasetConfiguration?
  /// What was last asked of a training, for the dialog to begin with.
  package var trainingRequest: TrainingRequest?
  /// What settings and scores come to; stale until `decide` was called.
  package var decision: Decision?
  /// Whether the terminal shows ASCII only: the last frame says so.
  package var usesASCII = false
  /// The name of the schedule whose timeline is shown as soon as the engine has it.
  package var awaitedTimeline: String?
  /// The failure that was shown last.
  package var shownFailure: Int?

  /// A program that nothing was opened in.
  ///
  /// - Parameters:
  ///   - themes: The looks to choose from; the built-in one when there are none.
  ///   - theme: The name of the one to begin with.
  ///   - keys: The user's own keys by the id of the command, checked by `checkKeySettings`.
  ///   - trainingFields: What can be said of a training.
  package init(
    themes: [Theme] = [.builtIn], theme: String? = nil, keys: [String: [Key]] = [:],
    trainingFields: [TrainingField] = []
  ) {
    self.themes = themes.isEmpty ? [.builtIn] : themes
    self.theme = self.themes.first { $0.name == theme } ?? self.themes[0]
    followsBackground = self.theme.name != theme
    self.keys = keys.isEmpty ? .usual : KeyTables(keys)
    self.trainingFields = trainingFields
  }
}

extension ProgramState {
  /// Layers and groups of the current iteration.
  package var structure: NetworkStructure? { engine.structure.value }

  /// The layers with what coupling says of them.
  package var coupledLayers: [CoupledLayer] { structure?.groups.layers ?? [] }

  /// The layer under the cursor.
  package var selectedCoupledLayer: CoupledLayer? {
    layers.selectedLayer.flatMap { coupledLayers.indices.contains($0) ? coupledLayers[$0] : nil }
  }

  /// What was chosen for the current iteration.
  package var history: SettingsHistory {
    get { histories[engine.currentIteration] ?? SettingsHistory() }
    set { histories[engine.currentIteration] = newValue }
  }

  /// What was chosen for the current iteration.
  package var settings: PruningSettings { history.current }

  /// How a target is shared out.
  package var scope: Scope { history.pursuit?.scope ?? chosenScope }

  /// The iteration that is worked on.
  package var currentIteration: IterationSummary? {
    engine.now
  }

  /// The iteration under the cursor of the tree.
  package var selectedIteration: IterationSummary? {
    let (rows, selected) = (IterationsScreen.rows(self), iterations.list.selected)
    return rows.indices.contains(selected) ? rows[selected].iteration : nil
  }

  /// The iteration of a number.
  package func iteration(_ id: Int) -> IterationSummary? { engine.iteration(id) }

  /// Whether a training runs, or steps of which one is a training.
  package var isTraining: Bool { engine.training != nil || engine.isIterating }

  package var canUndo: Bool { history.undoable != nil || currentIteration?.parent != nil }
  package var canRedo: Bool { history.redoable != nil || !redoIterations.isEmpty }

  /// The indices of the layers that share a group with one, itself left out, ascending.
  package func partners(of layer: Int) -> [Int] {
    guard let groups = structure?.groups, groups.layers.indices.contains(layer) else { return [] }
    return groups.tying(layer).filter { $0 != layer }
  }

  /// Shows a message above the footer until the next key.
  package mutating func say(_ text: String, _ severity: Severity = .information) {
    status = StatusLine(text, severity)
  }
}

extension ProgramState {
  /// Takes up the layout of the last use.
  package mutating func adopt(_ layout: KeptLayout) {
    (arrangement, dividerShift, keptLayout) = (layout.arrangement, layout.shift, layout)
  }

  /// Has the layout remembered where it is another one, once the mouse has let go of a border.
  mutating func keepLayout() -> [Effect] {
    let layout = KeptLayout(arrangement: arrangement, shift: dividerShift)
    guard heldDivider == nil, layout != keptLayout else { return [] }
    keptLayout = layout
    return [.saveLayout(layout)]
  }
}
