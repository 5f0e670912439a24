import ArgumentParser
import Compute
import Datasets
import Errors
import Files
import Graph
import Schedules
import Session
import TerminalUI
import Training

struct ScheduleCommand: WritesFolder {
  static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Runs a Distiller compression schedule: prunes while it trains.",
    discussion: """
      The schedule is YAML with the sections version, pruners, regularizers, extensions, lr_schedulers and policies, \
      as Distiller reads them. Pruners set masks where an epoch begins; masks are applied again after each step. An \
      extension (FilterRemover, ChannelRemover, StructureRemover) makes the model smaller by what is masked, once. \
      Weights go by the model's names, PyTorch's (module.layer1.0.conv1.weight) or the node's path.

      --dry-run prints what each pruner masks at each epoch and the sizes that removers come to, without training and \
      without data.

      The folder of -o gets model.onnx, the model behind each remover (epoch-030-net_thinner.onnx; of an MXNet model \
      model-symbol.json and so on), log.csv with an epoch a row, and, until all is done, the state to go on from: the same command again goes on at the epoch it was in. \
      --new begins again.

      EXAMPLES
        secateur schedule resnet20_agp.yaml resnet20.onnx --dry-run
        secateur schedule resnet20_agp.yaml resnet20.onnx --data cifar10/ -o run/ --rate 0.1 --batch-size 128
        secateur schedule resnet20_agp.yaml resnet20.onnx --data cifar10/ -o run/ --epochs 40 --augment flip,crop=4

      A SCHEDULE
        version: 1
        pruners:
          low_pruner:
            class: L1RankedStructureParameterPruner_AGP
            initial_sparsity: 0.10
            final_sparsity: 0.50
            group_type: Filters
            weights: [module.layer2.0.conv1.weight, module.layer2.1.conv1.weight]
        extensions:
          net_thinner:
            class: FilterRemover
            thinning_func_str: remove_filters
        lr_schedulers:
          falling:
            class: ExponentialLR
            gamma: 0.95
        policies:
          - pruner: {instance_name: low_pruner}
            starting_epoch: 0
            ending_epoch: 30
            frequency: 2
          - extension: {instance_name: net_thinner}
            epochs: [30]
          - lr_scheduler: {instance_name: falling}
            starting_epoch: 30
            ending_epoch: 60
            frequency: 1
      """)

  @Argument(help: "The schedule.", completion: .file(extensions: ["yaml", "yml"])) var schedule: InputPath
  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The folder for what comes of it.", completion: .directory)
  var output: OutputFolderPath?
  @Flag(help: "Print what would be done, and do nothing.") var dryRun = false
  @Flag(name: .customLong("new"), help: "Begin again where the folder holds a state to go on from.")
  var beginsAnew = false
  @OptionGroup var data: DataOptions
  @OptionGroup var training: ScheduleTrainingOptions
  @OptionGroup var replacing: ReplacingOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if output == nil, !dryRun { throw ValidationError("Give a folder with -o, or --dry-run.") }
  }

  func declareFolder(in use: inout FileUse) {
    guard let output, !dryRun else { return }
    use.writes(into: output.path, as: "--output", where: ScheduleFolder.isOwnName)
  }

  func run() throws {
    var code: Int32 = 0
    try reporting { code = try go() }
    if code != 0 { throw ExitCode(code) }
  }

  private func go() throws -> Int32 {
    let read = try Schedule(path: schedule.path)
    let workbench = try options.open()
    let bound = try BoundSchedule(read, network: workbench.current)
    guard !dryRun, let output = output?.path else {
      let rehearsal = RehearsalReport(try Rehearsal(bound, epochs: training.epochs))
      if json { Console.json(rehearsal) } else { Console.result(rehearsal.text) }
      return 0
    }
    return try train(bound, workbench, in: output)
  }

  private func train(
    _ bound: BoundSchedule, _ workbench: Workbench, in output: String
  ) throws -> Int32 {
    let settings = try training.settings(for: bound.schedule, seed: data.seed)
    if settings.epochs < bound.schedule.epochs {
      Console.note(
        "secateur: --epochs \(settings.epochs) ends before the schedule, whose last epoch is \(bound.schedule.epochs - 1)"
      )
    }
    // What the schedule itself makes impossible is said before anything is trained.
    _ = try Rehearsal(bound, epochs: settings.epochs)
    var configuration = try workbench.dataConfiguration(flags: try data.configuration())
    if let share = training.heldBack.validation { configuration.validation = share }
    let parts = try TrainingData(workbench, configuration: configuration)
    for finding in try parts.findings(for: workbench) where finding.severity == .warning {
      Console.note("secateur: \(finding.sentence)\n  \(finding.remedy)")
    }
    let interruption = Interruption()
    let computing = interruption.stopping(workbench.options)
    let folder = try ScheduleFolder(path: output)
    if beginsAnew { folder.forget() }
    let checkpoint = try folder.checkpoint()
    let run = try ScheduleRun(
      bound, settings: settings, training: parts.training, validation: parts.validation,
      examples: training.examples, continuing: checkpoint, options: computing)
    if let checkpoint { Console.note("schedule: goes on at epoch \(checkpoint.epoch)") }
    var recorder = ScheduleRecorder(run, folder: folder) { network, stem in
      try workbench.write(network, stem: stem)
    }
    try finish(run, &recorder, interruption)
    SkippedReport.note(run.skipped)
    switch run.state.stopReason {
    case .stopped?:
      Console.note("secateur: stopped; the same command goes on with what \(output) holds")
      return ErrorCode.stopped.exitCode
    case .notFinite?: throw TrainingError.notFinite(steps: TrainingRun.unusableStepLimit)
    default: break
    }
    let path = try recorder.finish()
    let test = try evaluate(run, parts, computing, interruption)
    let report = ScheduleOutcome(run, output: path, test: test)
    if json { Console.json(report) } else { Console.result(report.text) }
    return 0
  }

  /// Trains until the end or ^C; what is found at each epoch's end goes to disk.
  private func finish(
    _ run: ScheduleRun, _ recorder: inout ScheduleRecorder, _ interruption: Interruption
  ) throws {
    var report = ScheduleReport(run)
    defer { report.end(run) }
    var goesOn = true
    while goesOn {
      report.update(run)
      if interruption.flag.isSet { run.stop() }
      do {
        goesOn = try run.step()
      } catch is Stopped {
        run.stop()
        goesOn = false
      }
      try recorder.record()
    }
  }

  private func evaluate(
    _ run: ScheduleRun, _ parts: TrainingData, _ computing: ComputeOptions, _ interruption: Interruption
  ) throws -> Evaluation? {
    guard let test = parts.test, test.loss != .outputEnergy else { return nil }
    let network = try run.network()
    let shapes = run.bound.network.inputShapes
    let measurement = try EvaluationRun(
      try OpenNetwork(network, inputShapes: shapes), dataset: test, options: computing)
    try measurement.finish("testing", stoppedBy: interruption)
    return measurement.result
  }
}

/// What a schedule would do.
struct RehearsalReport: Encodable {
  struct Row: Encodable {
    let epoch: Int
    let name: String
    let className: String
    let sparsity: Double?
    let unit: String
    let masked: [String: [Int]]
    let sizes: [NetworkSize]
  }

  let steps: [Row]
  let before: NetworkSize
  let after: NetworkSize
  private let cells: [Rehearsal.Cell]

  private enum CodingKeys: String, CodingKey { case steps, before, after }

  init(_ rehearsal: Rehearsal) {
    cells = rehearsal.cells
    before = rehearsal.sizeBefore
    after = rehearsal.sizeAfter
    steps = rehearsal.cells.map { cell in
      Row(
        epoch: cell.epoch, name: cell.name, className: cell.className, sparsity: cell.sparsity,
        unit: cell.unit,
        masked: cell.counts.reduce(into: [:]) { $0[$1.weight] = [$1.masked, $1.total] }, sizes: cell.sizes)
    }
  }

  var text: TerminalText {
    var table = TextTable([("EPOCH", .right), ("PRUNER", .left), ("SPARSITY", .right), ("KERNELS", .left)])
    for cell in cells {
      table.add([
        "\(cell.epoch)", cell.name, cell.sparsity.map { Quantity.percent($0, digits: 2) } ?? "",
        cell.sizes.isEmpty ? Self.counts(cell) : NetworkSize.text(cell.sizes),
      ])
    }
    return table.text + "\n\nall in all \(NetworkSize.text([before, after]))"
  }

  /// `9 of 32 filters`, or for weights of several widths `4 of 16, 9 of 32 filters`.
  static func counts(_ cell: Rehearsal.Cell) -> String {
    var seen: [String] = []
    for count in cell.counts {
      let text = "\(Quantity.grouped(count.masked)) of \(Quantity.grouped(count.total))"
      if !seen.contains(text) { seen.append(text) }
    }
    let shown = seen.prefix(4).joined(separator: ", ") + (seen.count > 4 ? ", …" : "")
    let weights = cell.counts.count
    return "\(shown) \(cell.unit)" + (weights > 1 ? " of \(weights) weights" : "")
  }
}

/// What came of a schedule.
struct ScheduleOutcome: Encodable {
  let output: String
  let epochs: Int
  let before: NetworkSize?
  let after: NetworkSize
  let removals: [ScheduleRemoval]
  let log: [ScheduleLog.Row]
  let test: Evaluation?
  let seconds: Double

  init(_ run: ScheduleRun, output: String, test: Evaluation?) {
    self.output = output
    epochs = run.log.rows.count
    after = NetworkSize(run.bound.network)
    before = run.removals.first?.sizes.first
    removals = run.removals
    log = run.log.rows
    self.test = test
    seconds = run.progress.seconds
  }

  var text: TerminalText {
    var lines: [TerminalText] = []
    if let before { lines.append("\(NetworkSize.text([before, after]))") }
    if let last = log.last {
      let masked = last.sparsity.values.reduce(0, +) / Double(max(1, last.sparsity.count))
      if masked > 0 {
        lines.append("zero weights of a layer, on average: \(Quantity.percent(masked, digits: 1))")
      }
      if let accuracy = last.validationAccuracy {
        lines.append("validation accuracy \(Quantity.percent(accuracy, digits: 2))")
      }
    }
    if let accuracy = test?.accuracy {
      lines.append("test accuracy \(Quantity.percent(accuracy, digits: 2))")
    }
    lines.append("\(epochs) epoch\(epochs == 1 ? "" : "s"), \(Quantity.duration(seconds: seconds))")
    lines.append("wrote \(output)")
    return lines.joined(separator: "\n")
  }
}
