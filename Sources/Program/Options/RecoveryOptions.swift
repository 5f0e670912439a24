import ArgumentParser
import Compute
import Errors
import Pruning
import Session
import TerminalUI

/// What is done without training to win back what a prune loses.
struct RecoveryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Win back without labels what the prune loses: bias, bn, refit, distil, or several of them with commas, or none; needs \
      data. refit fits one layer after another, distil then moves all weights until the outputs are closer to the \
      original's. Without it refit,distil where a target is shared out by measured losses, else none.
      """,
      valueName: "method,…"))
  var recover: Methods?
  @Option(
    help: "Examples that recovery computes with. By --effort without it: 512 as a rule.",
    transform: WholeNumber.count)
  var calibration: Int?
  @Option(help: "How strongly refit holds on to the weights that are there.") var ridge = 0.01
  @Option(
    help:
      "Passes over these examples that distil makes at most; fewer where a network is large. By --effort without it.",
    transform: WholeNumber.count
  )
  var passes: Int?

  /// Methods with commas between them.
  struct Methods: ExpressibleByArgument {
    let methods: Set<RecoveryMethod>

    init?(argument: String) {
      var methods: Set<RecoveryMethod> = []
      if argument == "none" {
        self.methods = []
        return
      }
      for word in argument.split(separator: ",") {
        guard let method = RecoveryMethod(rawValue: String(word)) else { return nil }
        methods.insert(method)
      }
      guard !methods.isEmpty else { return nil }
      self.methods = methods
    }

    static var allValueStrings: [String] { RecoveryMethod.allCases.map(\.rawValue) + ["none"] }
  }

  func validate() throws {
    guard ridge > 0, ridge.isFinite else { throw ValidationError("--ridge is a number above 0.") }
  }

  /// What is asked for; `nil` for nothing.
  var settings: RecoverySettings? { settings(default: []) }

  /// What is asked for, or the methods, the passes and the examples that are meant where nothing is; `nil` for none.
  func settings(
    default methods: Set<RecoveryMethod>, passes: Int = RecoverySettings.usualPasses,
    examples: Int = RecoverySettings.usualExamples
  ) -> RecoverySettings? {
    let methods = recover?.methods ?? methods
    return methods.isEmpty
      ? nil
      : RecoverySettings(
        methods: methods, examples: calibration ?? examples, ridge: ridge, passes: self.passes ?? passes)
  }
}

extension RecoverySettings {
  /// Recovers the current iteration, with progress; ^C ends it, and what was won back by then stays.
  ///
  /// - Returns: whether it went to its end.
  func carryOut(on workbench: Workbench) throws -> Bool {
    let interruption = Interruption()
    let computing = interruption.stopping(workbench.options)
    let run = try workbench.recoveryRun(self, options: computing)
    let isWhole = try run.finishOrSettle(run.phase, stoppedBy: interruption) { try run.stop() }
    if !run.recovery.steps.isEmpty { workbench.adopt(run, for: workbench.history.current) }
    return isWhole
  }
}

extension Recovery {
  /// A line a method: what it took and what it brought.
  var text: TerminalText {
    let measures = before != nil
    let counts = before?.accuracy != nil
    var columns: [(String, TextTable.Alignment)] = [
      ("RECOVERY", .left), ("LAYERS", .right), ("TIME", .right),
    ]
    let compares = deviationBefore != nil
    if compares { columns.append(("DEVIATION", .right)) }
    if counts { columns.append(("ACCURACY", .right)) }
    if measures { columns.append(("LOSS", .right)) }
    var table = TextTable(columns)
    func add(
      _ name: String, _ layers: String, _ time: String, _ deviation: Double?, _ evaluation: Evaluation?
    ) {
      var row = [name, layers, time]
      if compares { row.append(deviation.map(deviationText) ?? "") }
      if counts { row.append(evaluation?.accuracy.map { Quantity.percent($0, digits: 2) } ?? "") }
      if measures { row.append(evaluation.map { Quantity.significant($0.loss, digits: 4) } ?? "") }
      table.add(row)
    }
    if compares || measures { add("none", "", "", deviationBefore, before) }
    for step in steps {
      add(
        step.method.rawValue, String(step.layers), Quantity.duration(seconds: step.seconds), step.deviation,
        step.evaluation)
    }
    let measured = before.map { ", accuracy and loss of \(Quantity.grouped($0.examples)) others" } ?? ""
    let compared = measure.map { "; the deviation is \($0.deviationMeaning)" } ?? ""
    return table.text + "\n\(Quantity.grouped(examples)) calibration examples\(measured)\(compared)"
  }
}
