import ArgumentParser
import Graph
import Pruning
import Session
import TerminalUI

/// How sure a choice by scores has to be before scoring ends.
struct SurenessOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Score until this share of what goes would go however many examples are scored.", valueName: "percent"))
  var until = Sureness(fraction: 0.97)
  @Flag(help: "Score all examples.") var allExamples = false

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
}

/// Ends scoring when what the scores would remove is as sure as is asked for.
///
/// It looks at the scores after numbers of examples that depend on nothing else, so that the same command chooses the same
/// kernels.
final class SurenessBound {
  private let fraction: Double
  private let uncertainty: (ScoreTable) throws -> ChoiceUncertainty?
  /// Examples that the scores are looked at after next.
  private var next = 512
  /// What could still change when scoring ended before the last of so many examples.
  private var ending: (found: ChoiceUncertainty, examples: Int)?

  /// - Parameter uncertainty: of what scores would remove.
  init(_ options: SurenessOptions, uncertainty: @escaping (ScoreTable) throws -> ChoiceUncertainty?) {
    fraction = options.until.fraction
    self.uncertainty = uncertainty
  }

  /// Whether a run need not go on.
  func isReached(by run: ScoringRun) throws -> Bool {
    guard run.visited >= next else { return false }
    next = run.visited + run.visited / 4
    guard let found = try uncertainty(run.table), found.sureness >= fraction else { return false }
    if run.progress.done < run.progress.total { ending = (found, run.progress.total) }
    return true
  }

  /// Says where scoring ended early.
  func note() {
    guard let (found, examples) = ending else { return }
    Console.note(
      "secateur: \(Quantity.grouped(found.examples)) of \(Quantity.grouped(examples)) examples were enough: "
        + "\(Quantity.approximately(Int(cut: found.expectedChanges.rounded()))) of "
        + "\(Quantity.grouped(found.removedKernels)) kernels could still change.\n  --all-examples scores all."
    )
  }
}
