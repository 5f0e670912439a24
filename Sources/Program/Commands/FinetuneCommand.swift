import ArgumentParser
import Compute
import Datasets
import Errors
import Formats
import Graph
import Ranks
import Session
import TerminalUI
import Training

struct FinetuneCommand: SharesWork {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Trains a model on data, to regain what pruning cost.",
    discussion: """
      The model is measured on the validation part of the data before the first epoch and after each, and the best \
      of these states is written; where the data have no such part, a tenth of the training part is set aside. ^C stops \
      and writes the best so far. A test part is measured at the end.

      Without options this is gradient descent with momentum at a rate of 0.02 that falls along a cosine. Data without \
      labels do with --distil-from: the model learns to answer as the original does.

      Steps whose loss or gradients are not numbers are skipped; after ten in a row training ends, with the best state \
      so far. Weights keep the type that they have in the file and are trained as float32; quantized ones stay as they \
      are.

      EXAMPLES
        secateur finetune small.onnx -o better.onnx --data photos/ --epochs 10
        secateur finetune small.onnx -o better.onnx --data photos/ --distil-from resnet18.onnx --augment flip,crop=4
        secateur finetune detector-small.onnx -o better.onnx --data images.npz --loss output-energy \
      --distil-from detector.onnx
        secateur finetune resnet18.onnx -o sparse.onnx --data photos/ --sparsity group-lasso=1e-3 --patience 3
        secateur finetune net.onnx -o better.onnx --data photos/ --optimizer adamw --rate 3e-4 --schedule step=5:0.5
      """)

  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The trained model.", completion: ModelOptions.completion)
  var output: ModelOutputPath
  @OptionGroup var replacing: ReplacingOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var training: TrainingOptions
  @OptionGroup var sharing: RanksOptions
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    var code: Int32 = 0
    try reporting { code = try finetune() }
    if code != 0 { throw ExitCode(code) }
  }

  /// Trains and writes; gives the exit code.
  private func finetune() throws -> Int32 {
    let settings = try training.settings(seed: data.seed)
    let workbench = try options.open()
    var configuration = try workbench.dataConfiguration(flags: try data.configuration())
    if let share = training.heldBack.validation { configuration.validation = share }
    let parts = try TrainingData(workbench, configuration: configuration)
    for finding in try parts.findings(for: workbench) where finding.severity == .warning {
      Console.note("secateur: \(finding.sentence)\n  \(finding.remedy)")
    }
    if parts.validation == nil, training.patience != nil {
      Console.note("secateur: there are no validation data that patience could look at")
    }
    let interruption = Interruption()
    let computing = sharing.applied(to: interruption.stopping(workbench.options))
    sharing.note(settings, computing.ranks)
    let teacher = try teacher()
    let run = try TrainingRun(
      workbench.current, settings: settings, training: parts.training, validation: parts.validation,
      teacher: teacher, options: computing)
    noteFrozen(run)
    func measure(_ network: OpenNetwork) throws -> Evaluation? {
      guard let test = parts.test, test.loss != .outputEnergy else { return nil }
      let measurement = try EvaluationRun(network, dataset: test, options: computing)
      try measurement.finish("testing", stoppedBy: interruption)
      return measurement.result
    }
    let before = try measure(workbench.current)
    let loss = try go(run, interruption)
    SkippedReport.note(run.skipped)
    let isStopped = run.state.stopReason == .stopped
    if run.hasLearned || !isStopped { try write(run, workbench) } else { throw loss ?? Stopped() }
    if let loss { throw loss }
    var after: Evaluation?
    if !isStopped {
      after = try measure(try OpenNetwork(run.trained(), inputShapes: workbench.current.inputShapes))
    }
    let report = FinetuneReport(
      run, output: workbench.mainFile(writtenTo: output.path),
      test: before.flatMap { before in after.map { (before, $0) } })
    if json { Console.json(report) } else { Console.result(report.text) }
    return isStopped ? ErrorCode.stopped.exitCode : 0
  }

  private func write(_ run: TrainingRun, _ workbench: Workbench) throws {
    if run.state.stopReason == .notFinite, !run.hasLearned {
      throw TrainingError.notFinite(steps: TrainingRun.unusableStepLimit)
    }
    let network = try run.trained()
    try workbench.file.write(network, to: output.path, shapes: [:])
  }

  private func teacher() throws -> OpenNetwork? {
    guard let path = training.distilFrom?.path else { return nil }
    let shapes = try InputShapes.parse(options.inputShapes)
    return try Workbench(opening: path, inputShapes: shapes, options: options.compute.options).current
  }

  private func noteFrozen(_ run: TrainingRun) {
    let reasons = Dictionary(grouping: run.frozen, by: \.reason).sorted { $0.key < $1.key }
    for (reason, constants) in reasons where !(training.heldBack.freezeBn && reason.hasPrefix("Batch")) {
      let others = constants.count > 1 ? " and \(constants.count - 1) others stay" : " stays"
      Console.note("secateur: \(constants[0].name)\(others) as it is: \(reason)")
    }
  }

  /// Trains until the end, ^C or the loss of a rank, behind which the best so far is still there.
  ///
  /// - Returns: which rank was lost, where one was.
  private func go(_ run: TrainingRun, _ interruption: Interruption) throws -> RanksError? {
    var loss: RanksError?
    var report = TrainingReport("finetune")
    do {
      repeat {
        report.update(run.state)
        if interruption.flag.isSet { run.stop() }
      } while try run.step()
    } catch {
      loss = error as? RanksError
      guard error is Stopped || loss != nil else {
        report.end(run.state)
        throw error
      }
      run.stop()
    }
    report.end(run.state)
    interruption.flag.clear()
    return loss
  }
}

/// What fine-tuning did.
struct FinetuneReport: Encodable {
  struct Test: Encodable {
    let before: Evaluation
    let after: Evaluation
  }

  struct Validation: Encodable {
    let before: ValidationWatch.Result
    let after: ValidationWatch.Result
  }

  let output: String
  let stopReason: String
  let bestEpoch: Int?
  let epochs: [TrainingState.Epoch]
  let validation: Validation?
  let test: Test?
  let skippedSteps: Int
  let skippedExamples: Int
  let frozen: [TrainableConstants.Frozen]
  let seconds: Double
  let settings: TrainingSettings

  init(_ run: TrainingRun, output: String, test: (before: Evaluation, after: Evaluation)?) {
    let state = run.state
    self.output = output
    stopReason = (state.stopReason ?? .stopped).rawValue
    bestEpoch = state.best?.epoch
    epochs = state.history
    validation = state.before.flatMap { before in
      state.best.map { Validation(before: before, after: $0) }
    }
    self.test = test.map { Test(before: $0.before, after: $0.after) }
    skippedSteps = state.skippedSteps
    skippedExamples = run.skipped.count
    frozen = run.frozen
    seconds = run.progress.seconds
    settings = run.settings
  }

  var text: TerminalText {
    var table = TextTable([("", .left), ("BEFORE", .right), ("AFTER", .right)])
    func add(_ name: String, _ loss: (Double, Double), _ accuracy: (Double?, Double?)) {
      table.add([
        "\(name) loss", Quantity.significant(loss.0, digits: 4), Quantity.significant(loss.1, digits: 4),
      ])
      guard let before = accuracy.0, let after = accuracy.1 else { return }
      table.add([
        "\(name) accuracy", Quantity.percent(before, digits: 2), Quantity.percent(after, digits: 2),
      ])
    }
    if let validation {
      add(
        "validation", (validation.before.loss, validation.after.loss),
        (validation.before.accuracy, validation.after.accuracy))
    }
    if let test {
      add("test", (test.before.loss, test.after.loss), (test.before.accuracy, test.after.accuracy))
    }
    let isEmpty = validation == nil && test == nil
    return (isEmpty ? "" : table.text + "\n\n")
      + "\(ending), \(Quantity.duration(seconds: seconds))\nwrote \(output)"
  }

  private var ending: String {
    let done = "\(epochs.count) epoch\(epochs.count == 1 ? "" : "s")"
    let kept =
      switch bestEpoch {
      case nil: ""
      case 0: ", none better than the model as it came, which is kept"
      case .some(let best): ", the best was epoch \(best)"
      }
    switch stopReason {
    case "patience": return "stopped early after \(done)\(kept)"
    case "not-finite": return "stopped after \(done): the loss is not a number any more\(kept)"
    case "stopped": return "stopped after \(done)\(kept)"
    default: return "\(done)\(kept)"
    }
  }
}
