import ArgumentParser
import Datasets
import Errors
import Foundation
import Graph
import Pruning
import Session
import TerminalUI

struct PruneCommand: SharesWork {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Removes the least important kernels and writes the smaller model.",
    discussion: """
      One of these says how much: --percent P removes that share of the removable kernels, --kernels N at most so many; \
      --keep-params, --keep-macs and --keep-memory say what may remain of the original's parameters, multiply-accumulates and peak of activation \
      memory, met from below and as near as possible; --keep-latency what may remain of the time on this machine: \
      layers are measured at several widths, which is kept for the next time, and the result is measured too; --layer asks for one layer, and its tied partners move with it. \
      What may remain is a share, with its sign or without, or an amount with its unit: 90k parameters, 1.2G \
      multiply-accumulates, 300kB, 4ms. Costs may be given together, such as --keep-macs 50% and --keep-latency 60%: all \
      of them are met. \
      A higher percentage never leaves a larger network; a layer is kept at its floor, never dropped.

      --scope says over which kernels scores are compared: all of them (global); those of a layer, so that every \
      layer loses the same share (layer); those of the groups of the same structure, so that every kind loses the \
      same share (isomorphic).

      Where there are data, labels or not, and a cost is the target, --allocate measured is the default: each layer is \
      narrowed by itself to several widths, what reads it is refitted in closed form, and how far the outputs move is \
      measured. Widths are then what loses least for the cost that the target counts, kernels go in the order that a \
      refit can make up for, and --recover refit follows unless --recover none is given. What was expected to be lost, \
      and what was, stand in the report. --effort says how long that may take. --criterion (but for obs), --scope and what else \
      says how scores are ranked asks for --allocate ranked.

      ^C ends what is going on, measuring or recovery, and what was found by then is used and written; a second one \
      ends the command, and nothing is written. The exit code is 130 both times.

      --dry-run says what would go, what it would cost and what is expected to be lost, and writes nothing.

      --round-to keeps kernels in multiples, which many machines compute faster: each layer is brought to the nearest \
      multiple that its floor allows, and the table shows what was asked for and what came of it. --round-to fast \
      measures the layers that are narrowed: multiples of 16, the block of channels that convolutions are computed \
      in, give way to a width near them that takes at least 10 % less time for each kernel kept. Times are kept for \
      the next time, so that the same command chooses the same widths; a layer that cannot be measured by itself \
      keeps multiples of 16.

      --recover wins back without training what the prune loses, from --calibration examples of the data, labels aside: \
      bias adds to the layers that read a removed channel what it was on average; refit gives layers behind the removal \
      the weights that best reproduce what was computed there before; bn takes the statistics of batch normalizations \
      anew, or of the channels where they were folded into convolutions. Each is timed and measured.

      The result is checked against the masked original before the file gets its name.

      EXAMPLES
        secateur prune resnet18.onnx -o small.onnx --data photos/ --percent 30
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --keep-macs 50% --round-to fast
        secateur prune resnet18.onnx -o small.onnx --data photos/ --keep-macs 40%
        secateur prune resnet18.onnx -o small.onnx --data photos/ --keep-macs 50% --keep-latency 60%
        secateur prune resnet18.onnx --data photos/ --keep-macs 40% --dry-run
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --keep-macs 1.2G
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --layer layer1.0.conv1=40 --layer conv1=25
        secateur prune resnet18.onnx -o small.onnx --keep-params 40% --protect 'layer4.*' --max-ratio 80%
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --percent 50 --scope layer --plan-out plan.yaml
        secateur prune resnet18.onnx -o small.onnx --data photos/ --keep-macs 30% --recover refit,bn
        secateur prune resnet.pt2 -o small.pt2 --criterion l2 --percent 30
        secateur prune resnet18.onnx -o small.onnx --scores mine.json --keep-macs 50%
        secateur prune resnet-symbol.json -o small-symbol.json --criterion l2 --percent 30 --input data=1x3x224x224
      """)

  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The pruned model.", completion: ModelOptions.completion)
  var output: ModelOutputPath?
  @OptionGroup var data: DataOptions
  @OptionGroup var scoring: ScoringOptions
  @OptionGroup var sureness: SurenessOptions
  @OptionGroup var ranking: RankingOptions
  @OptionGroup var amount: AmountOptions
  @OptionGroup var allocation: AllocationOptions
  @OptionGroup var recovery: RecoveryOptions
  @OptionGroup var files: ExportOptions
  @Flag(inversion: .prefixedNo, help: "Compare the pruned network with the masked one before writing.")
  var verify: Bool?
  @Flag(help: "Say what would go, and write nothing.") var dryRun = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if output == nil, !dryRun {
      throw ValidationError("Say where the pruned model goes: -o small.onnx; or ask for --dry-run.")
    }
    guard allocation.allocate == .measured else { return }
    if let criterion = scoring.chosen, criterion != .obs {
      throw ValidationError(
        "--criterion ranks kernels, and --allocate measured chooses by obs: give one of them.")
    }
    if amount.target == nil {
      throw ValidationError("--allocate measured shares a target out: give --keep-macs or another one.")
    }
  }

  func run() throws {
    var code: Int32 = 0
    try reporting { code = try prune() }
    if code != 0 { throw ExitCode(code) }
  }
}

extension PruneCommand {
  /// Prunes and writes; gives the exit code.
  private func prune() throws -> Int32 {
    let workbench = try options.open()
    try files.check(workbench)
    let opened = workbench.current
    guard opened.groups.layers.contains(where: \.isPrunable) else { throw SessionError.notPrunable }
    let allocation = try allocation.allocation(
      of: amount, scoring: scoring, ranking: ranking, in: workbench, data: data)
    let refit = recovery.settings(
      default: allocation == .measured ? RecoverySettings.afterMeasuredLosses : [],
      passes: self.allocation.effort.passes, examples: calibration(of: opened))
    let (choice, run) = try choice(in: workbench, allocation, refit)
    if let run, !run.steps.isEmpty, refit != nil {
      try prune(workbench, inStagesOf: run)
    } else {
      try workbench.prune(choice.selection, settings: choice.settings)
    }
    var report = PruneReport(opened, workbench, choice, forecast: run?.forecast)
    var isWhole = !(run?.isSettled ?? false)
    if let output = output?.path, !dryRun {
      report.largestDifference =
        try workbench.verify(verify, settings: try data.configuration())?.largestDifference
      try data.attach(to: workbench, isNeeded: refit != nil)
      if let refit {
        // Who ended the measuring does not wait for what takes longest.
        let methods = isWhole ? refit.methods : refit.methods.filter { $0 != .distil }
        isWhole = try refit.with(methods).carryOut(on: workbench) && isWhole
        report.recovery = workbench.history.now.recovery
      }
      // What was expected is held against as many examples as it was measured on.
      report.outputDeviation = try workbench.compareOutputs(examples: run == nil ? nil : 512)
      report.allocation?.check(report.outputDeviation, onOthers: workbench.evaluatesOthers)
      try workbench.export(to: output, overwriting: true)
      try files.write(workbench)
      report.output = workbench.mainFile(writtenTo: output)
    }
    if json { Console.json(report) } else { Console.result(report.text) }
    workbench.history.now.noteDeviation()
    return isWhole ? 0 : ErrorCode.stopped.exitCode
  }

  /// Examples that a refit computes with.
  private func calibration(of network: OpenNetwork) -> Int {
    recovery.calibration ?? allocation.effort.calibration(of: network)
  }

  /// What goes, and the run that measured what it costs, where one did.
  private func choice(
    in workbench: Workbench, _ allocation: AllocationOptions.Allocation, _ refit: RecoverySettings?
  ) throws -> (choice: Choice, run: ChoiceRun?) {
    let opened = workbench.current
    if allocation == .measured {
      let request = try amount.request(ranking: ranking.settings, in: opened)
      let run = try self.allocation.choice(
        of: request, in: workbench, data: data,
        recovery: refit ?? RecoverySettings(methods: [.refit], examples: calibration(of: opened)))
      guard let choice = run.choice, let scores = run.steps.first?.scores ?? run.scores else {
        throw Stopped()
      }
      choice.noteTarget()
      workbench.adopt(scores)
      return (choice, run)
    }
    var amount = amount
    if allocation == .uniform { amount.scope = .layer }
    let request = try amount.request(ranking: ranking.settings, in: opened)
    let bound = SurenessWatch(sureness.until, remedy: "--all-examples scores all.") {
      try request.uncertainty($0, in: opened)
    }
    let scoresAll = sureness.allExamples || scoring.batches != nil
    var scores = try scoring.scores(of: workbench, data: data, until: scoresAll ? nil : bound.isReached)
    bound.note()
    scores.curves = nil
    workbench.adopt(scores)
    let choice = try amount.choice(
      in: opened, scores: scores, ranking: ranking.settings, options: workbench.options)
    return (choice, nil)
  }

  /// Prunes as a run did in stages, each on what the one before left, refitted: that is better than all of it at once, and the
  /// plan says it step by step.
  private func prune(_ workbench: Workbench, inStagesOf run: ChoiceRun) throws {
    for step in run.steps {
      workbench.adopt(step.scores)
      try workbench.prune(step.choice.selection, settings: step.choice.settings)
      workbench.adopt(step.recovery, for: workbench.history.current)
    }
    guard let last = run.lastChoice, let scores = run.scores else { return }
    workbench.adopt(scores)
    try workbench.prune(last.selection, settings: last.settings)
  }
}
