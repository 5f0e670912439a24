internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Why a command cannot run now; `nil` if it can.
  package func disabledReason(for command: Command) -> String? {
    switch command {
    case .percentUp, .percentDown, .percentUpMore, .percentDownMore, .percentZero, .amount:
      editingReason
    case .target, .settings, .mark, .markRange, .markAll, .markInvert, .sort, .invertSort, .sortAgain, .open,
      .explain,
      .nextLayer, .previousLayer:
      structureReason
    case .protect:
      selectedCoupledLayer?.isPrunable == false ? "the layer cannot be pruned anyway" : structureReason
    case .toggleKernel, .pinKernel:
      structureReason ?? (kernels.selectedKernel == nil ? "no kernel is selected" : prunableReason)
    case .kernelOrder, .heatMaps: structureReason
    case .goTo:
      selectedIteration == nil
        ? "there is no iteration"
        : selectedIteration?.id == engine.currentIteration ? "it is the current one" : nil
    case .nameIteration: engine.iterations.isEmpty ? "no model is open" : nil
    case .compare, .deleteBranch, .markIteration:
      engine.iterations.count < 2 ? "there is no iteration beside the original" : nil
    case .scatterAxis: engine.iterations.isEmpty ? "no model is open" : nil
    case .train:
      structureReason
        ?? (engine.data == nil
          ? "choose data first (d)" : busyReason)
    case .iterate:
      structureReason
        ?? (engine.data == nil
          ? "choose data first (d)" : busyReason)
    case .stopTraining: isTraining ? nil : "nothing is being trained (F trains)"
    case .findNext, .findPrevious: log.text.search.isEmpty ? "search with / first" : nil
    case .undo: canUndo ? nil : "nothing to undo"
    case .redo: canRedo ? nil : "nothing to redo"
    case .score:
      structureReason
        ?? (engine.isScoring || engine.data != nil
          ? busyReason : "choose data first (d)")
    case .prune:
      structureReason ?? (removesNothing ? "nothing is chosen: set percentages first" : busyReason)
    case .recover:
      structureReason
        ?? (currentIteration?.parent == nil
          ? "nothing was pruned yet" : engine.data == nil ? "choose data first (d)" : busyReason)
    case .evaluate:
      structureReason ?? (engine.data == nil ? "choose data first (d)" : busyReason)
    case .measure: structureReason ?? (engine.data == nil ? "choose data first (d)" : busyReason)
    case .suggest:
      structureReason
        ?? ((sensitivity?.completeCount ?? 0) == 0 ? "no curve is measured yet (:measure)" : nil)
    case .discardScores: engine.scores.value == nil ? "there are no scores" : nil
    case .export, .data, .criterion, .schedule: structureReason
    case .freeze: engine.scores.value == nil ? "there are no scores" : nil
    case .filter:
      focus == .iterations
        ? "the tree is not filtered" : focus == .train ? "there is nothing to filter" : nil
    default: nil
    }
  }

  private var structureReason: String? { engine.structure.value == nil ? "no model is open" : nil }

  /// Why percentages cannot be set.
  private var editingReason: String? {
    if let structureReason { return structureReason }
    if focus == .layers, !layers.marked.isEmpty || layers.rangeStart != nil { return nil }
    return prunableReason
  }

  private var prunableReason: String? {
    guard let layer = selectedCoupledLayer else { return "no layer is selected" }
    if !layer.isPrunable {
      return "\(layer.layer.name) cannot be pruned: \(layer.reason?.label ?? "its channels are fixed")"
    }
    return settings.protected.contains(layer.layer.name) ? "the layer is protected (p)" : nil
  }

  /// Why a command must wait that changes the network or goes over the data. What goes on by itself gives way, and is
  /// taken up again behind it.
  private var busyReason: String? {
    if let training = engine.training {
      return "iteration \(training.iteration) is being trained (7 shows it, ^C stops it)"
    }
    if engine.isIterating { return "the model is being pruned step by step (^C stops it)" }
    guard let work = engine.activity, !work.givesWay else { return nil }
    return "\(work.kind.rawValue) is running (^C stops it)"
  }

  /// Whether the settings would remove nothing, as far as they say so themselves.
  var removesNothing: Bool {
    settings.forced.values.allSatisfy(\.isEmpty)
      && settings.amounts.values.allSatisfy { if case .percent(let share) = $0 { share <= 0 } else { false } }
  }
}
