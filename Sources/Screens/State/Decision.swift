package import Errors
internal import Graph
package import Pruning

/// What settings and scores come to: computed when one of them changes, at most once a frame.
package struct Decision: Sendable, Equatable {
  /// What a decision depends on.
  package struct Basis: Sendable, Hashable {
    package var generation: Int
    package var structure: Int
    package var scores: Int?
    package var settings: PruningSettings
    package var latency: Int?
    package var measuredLatency: Double?
    package var widths: Int?
    package var pursuit: Pursuit?
  }

  /// What it was computed from.
  package let basis: Basis
  /// What goes.
  package let selection: Selection
  /// The multiples near which widths are to be measured for it, by layer.
  package let widthsNeeded: [String: Int]
  /// What the network becomes.
  package let preview: Preview
  /// The ranked units, kept because settings change more often than scores.
  package let ranking: UnitScores
  /// Why the settings cannot be followed; what goes is then nothing.
  package let problem: CaughtError?
  /// How much of what goes more examples would change; `nil` for scores without errors, and where nothing goes.
  package let uncertainty: ChoiceUncertainty?
  /// What is expected to be lost once what reads the kernels that go is refitted; `nil` where nothing measured that.
  package let expectedLoss: Double?
  /// The mean score of each layer's kernels; `nil` for a layer without scores.
  package let layerScores: [Double?]
  /// The largest of them that bars compare.
  package let largestLayerScore: Double
  /// The largest magnitude of all of them, by which numbers are written.
  package let largestScoreMagnitude: Double
  /// The latency of the network, as channels go; `nil` until layers were measured.
  package let latencyModel: LatencyModel?
  /// Nanoseconds of one example: as it is, and estimated as it would be.
  package let latency: Change<Int>?
  /// The rows of the table of tensors that change, for a filter.
  var shapes: ShapeRows?

  package static func == (a: Decision, b: Decision) -> Bool { a.basis == b.basis }
}

extension ProgramState {
  private var basis: Decision.Basis? {
    engine.structure.value.map { _ in
      Decision.Basis(
        generation: engine.generation, structure: engine.structure.version, scores: engine.scores.version,
        settings: settings, latency: engine.latency.version, measuredLatency: measuredSeconds,
        widths: settings.snapsToFastWidths ? engine.widths.version : nil,
        pursuit: settings.snapsToFastWidths ? history.pursuit : nil)
    }
  }

  /// What decides what goes, with all that is known now; `nil` before a network is.
  var chooser: Chooser? {
    structure.map {
      Chooser(
        groups: $0.groups, bound: $0.bound,
        scores: engine.scores.value ?? ScoreTable(criterion: criterion),
        times: MeasuredTimes(
          layers: engine.latency.value, widths: engine.widths.value, seconds: measuredSeconds))
    }
  }

  /// What is asked of the network where a target stands; `nil` for a target of latency before layers were measured.
  func request(_ settings: PruningSettings, for pursuit: Pursuit) -> RemovalRequest? {
    if pursuit.target.quantity == .latency, engine.latency.value == nil { return nil }
    return RemovalRequest(
      pursuit.target.pruningTarget, scope: pursuit.scope, settings: settings, keepsWidths: true)
  }

  /// Brings `decision` up to date, and what is shown of it; costs nothing if it is.
  package mutating func decide() {
    bringDecisionUpToDate()
    let shapes = ShapesScreen.arranged(self)
    decision?.shapes = shapes
  }

  private mutating func bringDecisionUpToDate() {
    guard let chooser, let basis else {
      decision = nil
      return
    }
    if decision?.basis == basis { return }
    let (groups, scores) = (chooser.groups, chooser.scores)
    let settings = basis.settings
    let old = decision.flatMap { old in
      old.basis.generation == basis.generation && old.basis.structure == basis.structure
        && old.basis.scores == basis.scores ? old : nil
    }
    let ranking: UnitScores
    if let old, old.basis.settings.normalization == settings.normalization,
      old.basis.settings.aggregation == settings.aggregation,
      old.basis.settings.macPenalty == settings.macPenalty
    {
      ranking = old.ranking
    } else {
      ranking = chooser.ranking(for: settings)
    }
    var problem: CaughtError?
    let selection: Selection
    let request = RemovalRequest(settings: settings)
    do {
      selection = try chooser.choice(request, ranking: ranking).selection
    } catch {
      problem = CaughtError(error)
      selection = Selection(
        removedUnits: [], keptKernels: groups.layers.map { Array(0..<$0.layer.kernels) },
        asked: groups.layers.map { _ in 0 })
    }
    let standing = basis.pursuit.flatMap { self.request(settings, for: $0) } ?? request
    let widths = try? chooser.widthsNeeded(for: standing, ranking: ranking)
    let layerScores =
      old?.layerScores
      ?? groups.layers.map { coupled -> Double? in
        guard let mean = scores.layers[coupled.layer.name]?.mean, !mean.isEmpty else { return nil }
        return mean.reduce(0, +) / Double(mean.count)
      }
    let uncertainty =
      selection.isEmpty
      ? nil
      : ChoiceUncertainty(
        scores, ranking: ranking, settings: settings, scope: history.pursuit?.scope ?? .layer,
        selection: selection, groups: groups)
    let latencyModel =
      old?.basis.latency == basis.latency
      ? old?.latencyModel : engine.latency.value.map { LatencyModel($0, groups: groups) }
    decision = Decision(
      basis: basis, selection: selection, widthsNeeded: widths ?? [:],
      preview: Preview(selection, groups: groups, bound: chooser.bound),
      ranking: ranking, problem: problem, uncertainty: uncertainty,
      expectedLoss: selection.isEmpty ? nil : chooser.curves?.loss(without: selection, in: groups),
      layerScores: layerScores,
      largestLayerScore: largest(of: layerScores, in: groups),
      largestScoreMagnitude: layerScores.compactMap { $0 }.filter(\.isFinite).map(abs).max() ?? 0,
      latencyModel: latencyModel,
      latency: latencyModel.flatMap { latency(by: $0, without: selection, measured: basis.measuredLatency) })
  }

  /// The largest score of a layer that something can go of: what cannot be pruned is not what bars compare. Of all where
  /// nothing can go.
  private func largest(of layerScores: [Double?], in groups: ChannelGroups) -> Double {
    let known = zip(groups.layers, layerScores).compactMap {
      layer, score -> (isPrunable: Bool, score: Double)? in
      guard let score, score.isFinite else { return nil }
      return (layer.isPrunable, score)
    }
    return known.filter(\.isPrunable).map(\.score).max() ?? known.map(\.score).max() ?? 0
  }

  /// What is measured of the network as it is, and as much less as the table says of what it would be.
  private func latency(
    by model: LatencyModel, without selection: Selection, measured: Double?
  ) -> Change<Int>? {
    let (before, after) = (model.seconds, model.seconds(without: selection))
    let now = measured ?? before
    guard before > 0, now.isFinite, now < 1e6 else { return nil }
    return Change(Int(1e9 * now), Int(1e9 * now * after / before))
  }

  /// What a layer becomes; `nil` before `decide` was called for this network.
  func preview(of index: Int) -> Preview.Layer? {
    guard let decision, decision.basis.structure == engine.structure.version,
      decision.preview.layers.indices.contains(index)
    else { return nil }
    return decision.preview.layers[index]
  }

  /// How many kernels of a layer more examples are expected to exchange: of all layers together, what could change of the
  /// choice. `nil` where hardly any are.
  func openChanges(of index: Int) -> Int? {
    guard let decision, decision.basis.structure == engine.structure.version,
      let chances = decision.uncertainty?.chances, coupledLayers.indices.contains(index)
    else { return nil }
    let sum = coupledLayers[index].units.reduce(0.0) { $0 + (chances[safe: $1] ?? 0) }
    // As many come as go.
    let changes = Int(cut: (sum / 2).rounded())
    return changes > 0 ? changes : nil
  }

  /// The mean score of a layer's kernels; `nil` where there is none.
  func layerScore(of index: Int) -> Double? {
    guard let decision, decision.basis.structure == engine.structure.version,
      decision.layerScores.indices.contains(index)
    else { return nil }
    return decision.layerScores[index]
  }

  /// The kernels of a layer that stay; `nil` before `decide` was called for this network.
  func keptKernels(of index: Int) -> [Int]? {
    guard let decision, decision.basis.structure == engine.structure.version,
      decision.selection.keptKernels.indices.contains(index)
    else { return nil }
    return decision.selection.keptKernels[index]
  }
}
