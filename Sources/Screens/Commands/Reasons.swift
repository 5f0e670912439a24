internal import Graph
internal import Pruning

/// Why commands cannot run now, as half sentences; `nil` where nothing is in the way.
extension ProgramState {
  var noModel: String? { engine.structure.value == nil ? "no model is open" : nil }

  var noIterations: String? { engine.iterations.isEmpty ? "no model is open" : nil }

  var noData: String? { engine.data == nil ? "choose data first (d)" : nil }

  var noScores: String? { engine.scores.value == nil ? "there are no scores" : nil }

  /// Why a command must wait that changes the network or goes over the data. What goes on by itself gives way, and is
  /// taken up again behind it.
  var mustWait: String? {
    if let training = engine.training {
      return "iteration \(training.iteration) is being trained (g7 shows it, ^C stops it)"
    }
    if engine.isIterating { return "the model is being pruned step by step (^C stops it)" }
    guard let work = engine.activity, !work.givesWay else { return nil }
    return "\(work.kind.rawValue) is running (^C stops it)"
  }

  /// Why no run over the data can begin now.
  var cannotRun: String? { noModel ?? noData ?? mustWait }

  /// Why no run over the data can begin, now or when what runs is through.
  var cannotStandInLine: String? { noModel ?? noData }

  /// Why nothing can be removed now. Curves of sensitivity that are whole stay with the iteration that they are of.
  var cannotPrune: String? { engine.activity?.kind == .sensitivity ? nil : mustWait }

  /// Why kernels of the layer under the cursor cannot go.
  var notPrunable: String? {
    if let module = layers.selectedModule {
      let members = layers.layers(of: .module(module))
      return members.contains { coupledLayers[$0].isPrunable } ? nil : "nothing in this module can be pruned"
    }
    guard let layer = selectedCoupledLayer else { return "no layer is selected" }
    if !layer.isPrunable {
      return "\(layer.layer.name) cannot be pruned: \(layer.reason?.label ?? "its channels are fixed")"
    }
    return settings.protected.contains(layer.layer.name) ? "the layer is protected (p)" : nil
  }
}
