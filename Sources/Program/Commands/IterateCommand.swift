import ArgumentParser
import Compute
import Datasets
import Errors
import Foundation
import Graph
import Pruning
import Session
import TerminalUI
import Training

struct IterateCommand: SharesWork {
  static let configuration = CommandConfiguration(
    commandName: "iterate",
    abstract: "Prunes a model step by step, with recovery and training between, towards a target.",
    discussion: """
      Each step scores the kernels, removes the least important, recovers (--recover), trains (unless --no-train) and \
      measures. Where there are data and no option says how scores are ranked, it chooses by measured losses, as \
      `secateur prune` does, and refits unless --recover none is given. One of --keep-macs, --keep-params, --keep-memory \
      and --keep-latency is the target; every step keeps the same share of what the one before left. --max-drop ends it \
      when a step loses more points of accuracy than that against the beginning: the step before it is written then.

      The steps are kept as iterations of the model's session: the terminal program shows them, with their curves, and \
      can go on from each. A run that was stopped or killed goes on where it was when the same command is given again, \
      in the middle of an epoch's end or of scoring; another command begins another branch.

      EXAMPLES
        secateur iterate resnet18.onnx -o small.onnx --data photos/ --keep-macs 50% --steps 4 --epochs 3
        secateur iterate resnet18.onnx -o small.onnx --data photos/ --keep-macs 25% --recover bn,refit --no-train
        secateur iterate net.onnx -o small.onnx --data photos/ --keep-params 30% --max-drop 1.0 --patience 2
        secateur iterate net.onnx -o small.onnx --data photos/ --keep-macs 1.2G --steps 3 --from 4
        secateur iterate detector.onnx -o small.onnx --data images.npz --loss output-energy --keep-macs 50% \\
            --distil-from original
      """)

  @OptionGroup var options: ModelOptions
  @Option(
    name: .shortAndLong, help: "Where the last iteration goes; it stays in the session without it.",
    completion: ModelOptions.completion)
  var output: ModelOutputPath?
  @OptionGroup var files: ExportOptions
  @Option(
    help: ArgumentHelp(
      "The iteration of the session to begin with, by its number or its name; the original without it. Shares are of it.",
      valueName: "iteration"))
  var from: String?
  @Option(help: "Steps to the target.", transform: WholeNumber.count) var steps = 4
  @Option(
    help: ArgumentHelp("Points of accuracy that may be lost against the beginning.", valueName: "points"))
  var maxDrop: Double?
  @Flag(name: .customLong("no-train"), help: "Do not train between the steps.") var skipsTraining = false
  @Option(help: "Examples that each iteration is measured on; all without it.", transform: WholeNumber.count)
  var measured: Int?
  @Option(
    help: "Examples that kernels are scored on at most; all without it (512 for oracle and obs).",
    transform: WholeNumber.count)
  var scored: Int?
  @Option(
    help: ArgumentHelp(
      """
      What makes a kernel important; `secateur help criteria` explains each. Without it obs where there are data: by \
      measured losses, and --recover refit follows unless it is none; taylor where options say how scores are ranked; \
      l2 without data.
      """))
  var criterion: Criterion?
  @OptionGroup var given: GivenScoresOptions
  @OptionGroup var amount: AmountOptions
  @OptionGroup var ranking: RankingOptions
  @OptionGroup var recovery: RecoveryOptions
  @OptionGroup var training: TrainingOptions
  @OptionGroup var sharing: RanksOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var session: SessionOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try given.check(criterion)
    if amount.percent != nil || amount.kernels != nil || !amount.layer.isEmpty || amount.costs.count > 1 {
      throw ValidationError(
        "The target is one of --keep-macs, --keep-params, --keep-memory and --keep-latency, for the whole network."
      )
    }
    if let maxDrop, !(0...100 ~= maxDrop) {
      throw ValidationError("--max-drop is a number of points from 0.")
    }
    if let teacher = training.distilFrom?.path, teacher != TrainingTeacher.original.rawValue {
      throw ValidationError("--distil-from is `original` here: the model that the steps begin with.")
    }
  }

  func run() throws {
    var code: Int32 = 0
    try reporting { code = try iterate() }
    if code != 0 { throw ExitCode(code) }
  }

  private func iterate() throws -> Int32 {
    let output = output?.path
    let workbench = try options.open()
    try files.check(workbench)
    guard workbench.current.groups.layers.contains(where: \.isPrunable) else {
      throw SessionError.notPrunable
    }
    try given.read(for: workbench)
    try session.keep(workbench)
    let configuration = try workbench.dataConfiguration(flags: try data.configuration())
    if configuration.data != nil { try workbench.attach(configuration) }
    let start = try from.map(workbench.history.id(called:)) ?? 0
    guard let beginning = workbench.history[start]?.network else { throw SessionError.noSession }
    let goal = try goal(
      start: start, settings: amount.request(ranking: ranking.settings, in: beginning).settings,
      hasData: configuration.data != nil)
    let interruption = Interruption()
    let computing = sharing.applied(to: interruption.stopping(workbench.options))
    if let training = goal.training { sharing.note(training, computing.ranks) }
    let begun = workbench.brokenOffGoal.flatMap { begun in
      begun.asksTheSame(as: goal) && (from == nil || begun.start == start) ? begun : nil
    }
    if begun != nil {
      Console.note("secateur: goes on with the steps that were begun")
    } else {
      if from == nil, workbench.history.iterations.count > 1 {
        Console.note(
          """
          secateur: begins anew from the original; what the session has stays beside it
            --from NAME begins with one of its iterations.
          """)
      }
      try workbench.go(to: start)
    }
    let loop = try IterationLoop(workbench, goal: begun ?? goal, options: computing)
    if let met = loop.metAlready { Console.note("secateur: \(met.sentence)") }
    guard try walk(loop, interruption) else {
      Console.note("secateur: Stopped.\n  The same command goes on from here.")
      return ErrorCode.stopped.exitCode
    }
    interruption.flag.clear()
    SkippedReport.note(loop.skipped)
    if let output { try workbench.export(to: output, overwriting: true) }
    try files.write(
      workbench, session: session.keepsNothing ? nil : session.session?.path ?? workbench.path)
    let report = IterateReport(loop, workbench, output: output.map(workbench.mainFile))
    if json { Console.json(report) } else { Console.result(report.text) }
    workbench.history.now.noteDeviation()
    return 0
  }

  /// What kernels are chosen by: as asked for, else by measured losses where there are data and nothing says how scores are
  /// ranked.
  private func criterion(hasData: Bool) -> Criterion {
    if given.scores != nil { return .external }
    if let criterion { return criterion }
    guard hasData else { return .l2 }
    return amount.isMeasured(ranking) ? .obs : .taylor
  }

  /// What is won back where nothing is said: training does what distillation would.
  private func measuredRecovery(_ criterion: Criterion) -> Set<RecoveryMethod> {
    guard criterion == .obs else { return [] }
    return skipsTraining ? RecoverySettings.afterMeasuredLosses : [.refit]
  }

  /// What is to come of it.
  ///
  /// - Parameters:
  ///   - start: the iteration that it begins with.
  ///   - settings: what selections heed.
  func goal(start: Int, settings: PruningSettings, hasData: Bool) throws -> IterationGoal {
    let target = amount.iterated
    var goal = IterationGoal(start: start, keep: target.amount, of: target.measure, steps: steps)
    goal.criterion = criterion(hasData: hasData)
    goal.scoredExamples = scored
    goal.scope = amount.scope
    goal.settings = amount.request(settings: settings).settings
    goal.recovery = recovery.settings(default: measuredRecovery(goal.criterion))
    if !skipsTraining {
      guard hasData else { throw SessionError.noData }
      goal.training = try training.settings(seed: data.seed)
      goal.teacher = training.distilFrom.map { _ in .original }
    }
    goal.allowedDrop = maxDrop.map { $0 / 100 }
    goal.measuredExamples = measured
    return goal
  }

  /// Walks to the end; false where somebody stopped it.
  private func walk(_ loop: IterationLoop, _ interruption: Interruption) throws -> Bool {
    var line = ProgressLine("")
    var epochs: TrainingReport?
    var lastTraining: TrainingState?
    defer { line.end() }
    do {
      while try loop.step() {
        try interruption.check()
        if let training = loop.training {
          if epochs == nil { epochs = TrainingReport("step \(loop.stepNumber) of \(loop.goal.steps)") }
          epochs?.update(training.state)
          lastTraining = training.state
        } else {
          if let last = lastTraining { epochs?.end(last) }
          (epochs, lastTraining) = (nil, nil)
          line.update(
            loop.progress,
            phase: "step \(max(1, loop.stepNumber)) of \(loop.goal.steps): \(loop.activity.kind.rawValue)")
        }
      }
    } catch {
      if let last = lastTraining { epochs?.end(last) }
      guard error is Stopped else { throw error }
      return false
    }
    return true
  }
}

/// What came of pruning again and again.
struct IterateReport: Encodable {
  struct Step: Encodable {
    let iteration: Int
    let title: String
    let parameters: Int
    let macs: Int
    let evaluation: Evaluation?
    let outputDeviation: OutputDeviation?
    let epochs: [TrainingState.Epoch]
    let trainingSeconds: Double
  }

  let outcome: String
  let iterations: [Step]
  let session: String?
  let output: String?

  init(_ loop: IterationLoop, _ workbench: Workbench, output: String?) {
    outcome = loop.ending.sentence
    session = workbench.sessionFolder?.path
    self.output = output
    let history = workbench.history
    var chain: [Iteration] = []
    var id: Int? = history.current
    if case .dropped(let iteration, _) = loop.outcome { id = iteration }
    while let now = id.flatMap({ history[$0] }) {
      chain.insert(now, at: 0)
      id = now.id == loop.goal.start ? nil : now.parent
    }
    iterations = chain.map { iteration in
      Step(
        iteration: iteration.id, title: iteration.title, parameters: iteration.network.summary.parameters,
        macs: iteration.network.summary.multiplyAccumulates, evaluation: iteration.evaluation,
        outputDeviation: iteration.outputDeviation, epochs: iteration.trainings.flatMap(\.state.history),
        trainingSeconds: iteration.trainings.reduce(0) { $0 + $1.seconds })
    }
  }

  var text: TerminalText {
    let counts = iterations.contains { $0.evaluation?.accuracy != nil }
    var columns: [(String, TextTable.Alignment)] = [
      ("ITERATION", .left), ("PARAMETERS", .right), ("MACS", .right),
    ]
    if counts { columns.append(("ACCURACY", .right)) }
    columns.append(("LOSS", .right))
    let deviations = iterations.compactMap(\.outputDeviation)
    if !deviations.isEmpty { columns.append(("DEVIATION", .right)) }
    columns.append(("TRAINED", .right))
    var table = TextTable(columns)
    let start = iterations.first
    for step in iterations {
      func share(_ now: Int, _ before: Int?) -> String {
        let percent = before.map { Quantity.percent(Double(now) / Double(max(1, $0)), digits: 0) } ?? ""
        return "\(Quantity.count(now)) (\(percent))"
      }
      var row = [
        "\(step.iteration) \(step.title)", share(step.parameters, start?.parameters),
        share(step.macs, start?.macs),
      ]
      if counts { row.append(step.evaluation?.accuracy.map { Quantity.percent($0, digits: 2) } ?? "") }
      row.append(step.evaluation.map { Quantity.significant($0.loss, digits: 4) } ?? "")
      if !deviations.isEmpty { row.append(step.outputDeviation?.text ?? "") }
      row.append(step.trainingSeconds > 0 ? Quantity.duration(seconds: step.trainingSeconds) : "")
      table.add(row)
    }
    var lines: [TerminalText] = [table.text, ""]
    if let last = deviations.last {
      lines.append(
        "the deviation is \(last.measure.deviationMeaning), of \(Quantity.grouped(last.examples)) examples")
    }
    lines.append("\(outcome)")
    if let session { lines.append("kept in \(session)") }
    if let output { lines.append("wrote \(output)") }
    return lines.joined(separator: "\n")
  }
}
