import ArgumentParser
import Compute
import Datasets
import Errors
import Foundation
import Graph
import Pruning
import Ranks
import Session
import TerminalUI

struct SensitivityCommand: SharesWork {
  static let configuration = CommandConfiguration(
    commandName: "sensitivity",
    abstract: "Measures what pruning each layer by itself does to loss and accuracy.",
    discussion: """
      Each set of tied layers is pruned alone, at several levels, as `prune` would prune it: by the same scores, with \
      the same floors, multiples and protected layers. Nothing is written; the removed channels are silenced, and only \
      what stands behind them is computed again. A test or validation part of the data is measured on where there is \
      one.

      -o writes the curves as CSV: parameter (the layer's weight), sparsity (the share of the kernels asked to go, \
      0…1), top1 and top5 in per cent (empty without classes), loss. --state keeps what is measured after each set of \
      layers; the same command goes on from there.

      --suggest turns the curves into percentages for a target: --keep-macs or --keep-params say what may remain, \
      --loss-rise and --accuracy-drop (in points) what may be lost, as far as sums over the curves can tell: that is a \
      rule of thumb, and as a rule more is lost. The last line is the command that prunes like this.

      EXAMPLES
        secateur sensitivity resnet18.onnx --data photos/ -o curves.csv
        secateur sensitivity resnet18.onnx --data photos/ --levels 25,50,75 --examples 1000 --layers 'layer3.*'
        secateur sensitivity resnet18.onnx --data photos/ --state curves.json --suggest --keep-macs 50%
      """)

  @OptionGroup var options: ModelOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var scoring: ScoringOptions
  @OptionGroup var ranking: RankingOptions
  @OptionGroup var limits: LimitOptions
  @Option(help: ArgumentHelp("Shares of a layer's kernels that go, in per cent.", valueName: "p,…"))
  var levels = "10,20,30,40,50,60,70,80,90"
  @Option(help: "Examples that every level is measured on at most.", transform: WholeNumber.count)
  var examples = 512
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Measure these layers, or patterns of names with * and ?.", valueName: "name"))
  var layers: [String] = []
  @Option(name: .shortAndLong, help: "Write the curves as CSV to a file.", completion: .file())
  var output: OutputPath?
  @OptionGroup var replacing: ReplacingOptions
  @Option(help: "Keep what is measured in this JSON file, and go on from it.", completion: .file())
  var state: UpdatedPath?
  @Flag(help: "Suggest percentages for a target.") var suggest = false
  @Option(help: ArgumentHelp("Share of the multiply-accumulates that may remain.", valueName: "percent"))
  var keepMacs: AmountOptions.Share?
  @Option(help: ArgumentHelp("Share of the parameters that may remain.", valueName: "percent"))
  var keepParams: AmountOptions.Share?
  @Option(help: "What the loss may rise by.") var lossRise: Double?
  @Option(help: ArgumentHelp("Points of per cent that the accuracy may fall by.", valueName: "points"))
  var accuracyDrop: Double?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard levelList != nil else {
      throw ValidationError(
        "--levels are percentages above 0 and up to 100, each above the one before: 25,50,75.")
    }
    for (name, limit) in [("--loss-rise", lossRise), ("--accuracy-drop", accuracyDrop)] {
      if let limit, !(limit.isFinite && limit >= 0) { throw ValidationError("\(name) is a number from 0.") }
    }
    let targets = [keepMacs != nil, keepParams != nil, lossRise != nil, accuracyDrop != nil].count { $0 }
    if targets > 1 || (suggest && targets == 0) {
      throw ValidationError(
        "Give one of --keep-macs, --keep-params, --loss-rise and --accuracy-drop with --suggest.")
    }
    if !suggest, targets > 0 { throw ValidationError("A target belongs to --suggest.") }
  }

  private var levelList: [Double]? {
    let numbers = levels.split(separator: ",").map { text in
      Double(text.trimmingCharacters(in: CharacterSet(charactersIn: " %")))
    }
    let known = numbers.compactMap { $0 }
    guard known.count == numbers.count, !known.isEmpty, known.allSatisfy({ $0 > 0 && $0 <= 100 }),
      zip(known, known.dropFirst()).allSatisfy(<)
    else { return nil }
    return known
  }

  private var target: SensitivityTarget? {
    if let keepMacs { return .multiplyAccumulates(keepPercent: keepMacs.percent) }
    if let keepParams { return .parameters(keepPercent: keepParams.percent) }
    if let lossRise { return .loss(rise: lossRise) }
    return accuracyDrop.map { .accuracy(drop: $0) }
  }

  func run() throws {
    var code: Int32 = 0
    try reporting { code = try measure() }
    if code != 0 { throw ExitCode(code) }
  }

  private func settings(in opened: OpenNetwork) throws -> SensitivitySettings {
    var settings = SensitivitySettings()
    settings.levels = levelList ?? settings.levels
    settings.examples = examples
    settings.pruning = ranking.settings
    try limits.apply(to: &settings.pruning, in: opened)
    guard !layers.isEmpty else { return settings }
    var names = Set<String>()
    for pattern in layers {
      names.formUnion(
        try opened.groups.layerNames(like: pattern))
    }
    settings.layers = names
    return settings
  }

  /// - Returns: the exit code.
  private func measure() throws -> Int32 {
    let (output, state) = (output?.path, state?.path)
    let earlier = try SharedRun.ranks.broadcast(
      SharedRun.ranks.isFirst ? state.flatMap(SensitivityFile.read) : nil)
    let workbench = try options.open()
    let settings = try settings(in: workbench.current)
    let dataset = try data.open(for: workbench, preferring: [.test, .validation])
    let scores = try scoring.scores(of: workbench, data: data)
    let interruption = Interruption()
    let computing = interruption.stopping(workbench.options)
    let run = try SensitivityRun(
      workbench.current, dataset: dataset, scores: scores, settings: settings, earlier: earlier,
      options: computing)
    let isWhole = try go(run, interruption)
    if let output { try Destination.write(run.table.csv, to: output) }
    var suggestion: SensitivitySuggestion?
    if isWhole, let target {
      suggestion = try run.table.suggestion(
        target, settings: settings.pruning, scores: scores, groups: workbench.current.groups)
    }
    guard isWhole || run.table.completeCount > 0 else { throw Stopped() }
    let report = SensitivityReport(run.table, suggestion, workbench)
    if json {
      Console.json(report)
    } else {
      Console.result(report.text + (output.map { "\nwrote \($0)" } ?? ""))
    }
    return isWhole ? 0 : ErrorCode.stopped.exitCode
  }

  /// Measures until the end or ^C; what is whole is kept in the file after each set of layers.
  ///
  /// - Returns: whether all was measured.
  private func go(_ run: SensitivityRun, _ interruption: Interruption) throws -> Bool {
    var line = ProgressLine("measuring")
    defer {
      line.end()
      SkippedReport.note(run.skipped)
    }
    var kept = -1
    func keep() throws {
      guard let state = state?.path, run.table.completeCount != kept else { return }
      kept = run.table.completeCount
      try SensitivityFile.write(run.table, to: state)
    }
    do {
      while try run.step() {
        try keep()
        try interruption.check()
        line.update(run.progress)
      }
    } catch is Stopped {
      return false
    }
    try keep()
    return true
  }
}
