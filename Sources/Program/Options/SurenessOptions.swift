import ArgumentParser
import Graph
import Pruning
import Session
import TerminalUI

/// How sure a choice by scores has to be before scoring ends.
struct SurenessOptions: ParsableArguments {
  @Option(help: PruningSetting.until.argumentHelp) var until = Sureness(fraction: SurenessBound.usual)
  @Flag(help: "Score all examples.") var allExamples = false
}

/// A share of what goes.
struct Sureness: ExpressibleByArgument {
  let fraction: Double

  init(fraction: Double) { self.fraction = fraction }

  init?(argument: String) {
    guard let percent = AmountOptions.Share(argument: argument)?.percent, percent < 100 else { return nil }
    fraction = percent / 100
  }

  var defaultValueDescription: String { Quantity.percent(fraction) }
}

/// Ends scoring when what the scores would remove is as sure as is asked for.
final class SurenessWatch {
  private var bound: SurenessBound
  private let uncertainty: (ScoreTable) throws -> ChoiceUncertainty?
  private let remedy: String
  /// What could still change when scoring ended before the last of so many examples.
  private var ending: (found: ChoiceUncertainty, examples: Int)?

  /// - Parameters:
  ///   - uncertainty: of what scores would remove.
  ///   - remedy: what scores all examples, in a sentence.
  init(
    _ until: Sureness, remedy: String, uncertainty: @escaping (ScoreTable) throws -> ChoiceUncertainty?
  ) {
    bound = SurenessBound(until.fraction)
    self.remedy = remedy
    self.uncertainty = uncertainty
  }

  /// Whether a run need not go on.
  func isReached(by run: ScoringRun) throws -> Bool {
    guard bound.looks(after: run.visited), let found = try uncertainty(run.table), bound.isReached(by: found)
    else { return false }
    if run.progress.done < run.progress.total { ending = (found, run.progress.total) }
    return true
  }

  /// Says where scoring ended early.
  func note() {
    guard let (found, examples) = ending else { return }
    Console.note(
      "secateur: \(Quantity.grouped(found.examples)) of \(Quantity.grouped(examples)) examples were enough: "
        + "\(Quantity.approximately(Int(cut: found.expectedChanges.rounded()))) of "
        + "\(Quantity.grouped(found.removedKernels)) kernels could still change.\n  \(remedy)")
  }
}

extension RemovalRequest {
  /// How much of what would go by some scores more examples could change; `nil` where times decide, which have to be
  /// measured.
  func uncertainty(_ scores: ScoreTable, in opened: OpenNetwork) throws -> ChoiceUncertainty? {
    guard target?.remaining?.measure != .latency, !settings.snapsToFastWidths else { return nil }
    let chooser = Chooser(opened, scores: scores)
    let ranking = chooser.ranking(for: settings)
    return ChoiceUncertainty(
      scores, ranking: ranking, settings: settings, scope: target == nil ? .layer : scope,
      selection: try chooser.choice(self, ranking: ranking).selection, groups: opened.groups)
  }
}
