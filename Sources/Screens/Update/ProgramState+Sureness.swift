internal import Graph
internal import Pruning
internal import TerminalUI

/// A choice that is watched while its kernels are scored.
package struct WatchedChoice: Sendable, Hashable {
  /// What makes it another choice.
  struct Basis: Sendable, Hashable {
    let iteration: Int
    let criterion: Criterion
    let settings: PruningSettings
    let fraction: Double
  }

  let basis: Basis
  var bound: SurenessBound
  /// Examples that were scored when it was looked at last.
  var examples = 0
  /// Whether scoring was ended for it: who goes on after that wants all.
  var hasEnded = false

  init(_ basis: Basis) {
    self.basis = basis
    bound = SurenessBound(basis.fraction)
  }
}

extension ProgramState {
  /// Ends scoring when what goes is as sure as is asked for: by a target, or by `:set until`.
  mutating func endScoringWhenSure() -> [Effect] {
    guard engine.isScoring, !isFrozen, let scores = engine.scores.value, scores.curves == nil,
      let fraction = chosenUntil.fraction(hasTarget: history.pursuit != nil)
    else { return [] }
    let basis = WatchedChoice.Basis(
      iteration: engine.currentIteration, criterion: scores.criterion, settings: settings, fraction: fraction)
    var watched =
      watchedChoice.flatMap { $0.basis == basis && $0.examples <= scores.examples ? $0 : nil }
      ?? WatchedChoice(basis)
    watched.examples = scores.examples
    defer { watchedChoice = watched }
    guard !watched.hasEnded, watched.bound.looks(after: scores.examples) else { return [] }
    decide()
    guard let found = decision?.uncertainty, watched.bound.isReached(by: found) else { return [] }
    watched.hasEnded = true
    let changes = Quantity.approximately(Int(cut: found.expectedChanges.rounded()))
    say(
      "\(Quantity.grouped(found.examples)) examples are enough: \(changes) of "
        + "\(Quantity.grouped(found.removedKernels)) kernels could still change. r goes on.")
    return [.engine(.pauseScoring)]
  }
}
