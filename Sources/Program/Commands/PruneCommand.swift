import ArgumentParser
import Foundation
import Graph
import Pruning
import Session
import TerminalUI

struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Removes the least important kernels and writes the smaller model.",
    discussion: """
      One of these says how much: --percent P removes that share of the removable kernels, --kernels N at most so many; \
      --keep-params, --keep-macs and --keep-memory say what may remain of the original's parameters, multiply-accumulates and peak of activation \
      memory, met from below and as near as possible; --keep-latency what may remain of the time on this machine: \
      layers are measured at several widths, which is kept for the next time, and the result is measured too; --layer asks for one layer, and its tied partners move with it. \
      What may remain is a share, with its sign or without, or an amount with its unit: 90k parameters, 1.2G \
      multiply-accumulates, 300kB, 4ms. \
      A higher percentage never leaves a larger network; a layer is kept at its floor, never dropped.

      --scope says over which kernels scores are compared: all of them (global); those of a layer, so that every \
      layer loses the same share (layer); those of the groups of the same structure, so that every kind loses the \
      same share (isomorphic).

      --allocate measured needs data and no labels: each layer is narrowed by itself to several widths, what reads it is \
      refitted in closed form, and how far the outputs move is measured. Widths are then what loses least for the cost \
      that the target counts, kernels go in the order that a refit can make up for, and --recover refit follows unless \
      --recover none is given. --effort says how long that may take.

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
        secateur prune resnet18.onnx -o small.onnx --data photos/ --keep-macs 40% --allocate measured
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --keep-macs 1.2G
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --layer layer1.0.conv1=40 --layer conv1=25
        secateur prune resnet18.onnx -o small.onnx --keep-params 40% --protect 'layer4.*' --max-ratio 80%
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --percent 50 --scope layer --plan-out plan.yaml
        secateur prune resnet18.onnx -o small.onnx --data photos/ --keep-macs 30% --recover refit,bn
        secateur prune resnet-symbol.json -o small-symbol.json --criterion l2 --percent 30 --input data=1x3x224x224
      """)

  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The pruned model.", completion: ModelOptions.completion)
  var output: ModelOutputPath
  @OptionGroup var data: DataOptions
  @OptionGroup var scoring: ScoringOptions
  @OptionGroup var ranking: RankingOptions
  @OptionGroup var amount: AmountOptions
  @OptionGroup var allocation: AllocationOptions
  @OptionGroup var recovery: RecoveryOptions
  @OptionGroup var files: ExportOptions
  @Flag(inversion: .prefixedNo, help: "Compare the pruned network with the masked one before writing.")
  var verify: Bool?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard allocation.isMeasured else { return }
    if scoring.criterion != nil {
      throw ValidationError(
        "--criterion ranks kernels, and --allocate measured has an order of its own: give one of them.")
    }
    if amount.target == nil {
      throw ValidationError("--allocate measured shares a target out: give --keep-macs or another one.")
    }
  }

  func run() throws {
    try reporting { () throws(SessionError) in
      let output = output.path
      let workbench = try options.open()
      let opened = workbench.current
      guard opened.groups.layers.contains(where: \.isPrunable) else { throw .notPrunable }
      let refit = recovery.settings(default: allocation.isMeasured ? [.refit] : [])
      let (choice, forecast) = try choice(in: workbench, refit)
      let selection = choice.selection
      try workbench.prune(selection, settings: choice.settings)
      let verification = try workbench.verify(verify, settings: try data.configuration())
      if let refit {
        try workbench.attach(workbench.dataConfiguration(flags: data.configuration()))
        try refit.carryOut(on: workbench)
      }
      try workbench.export(to: output, overwriting: true)
      try files.write(workbench)
      let report = PruneReport(
        opened, workbench, choice, output: workbench.mainFile(writtenTo: output), verification: verification,
        forecast: forecast)
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }
}

extension PruneCommand {
  /// What goes, and what is expected of it where losses were measured.
  private func choice(
    in workbench: Workbench, _ refit: RecoverySettings?
  ) throws(SessionError) -> (choice: Choice, forecast: ChoiceRun.Forecast?) {
    let opened = workbench.current
    if allocation.isMeasured {
      let request = try amount.request(ranking: ranking.settings, in: opened)
      let found = try allocation.choice(
        of: request, in: workbench, data: data,
        recovery: refit ?? RecoverySettings(methods: [.refit], examples: recovery.calibration))
      found.choice.noteTarget()
      return found
    }
    let scores = try scoring.scores(of: workbench, data: data)
    workbench.adopt(scores)
    var amount = amount
    if allocation.allocate == .uniform { amount.scope = .layer }
    let choice = try amount.choice(
      in: opened, scores: scores, ranking: ranking.settings, options: workbench.options)
    return (choice, nil)
  }
}

/// What a prune did.
struct PruneReport: Encodable {
  struct LayerReport: Encodable {
    let name: String
    let kernels: Int
    let kept: Int
    let asked: Int
  }

  struct Amounts: Encodable {
    let before: Int
    let after: Int
  }

  struct Latency: Encodable {
    let before: Double
    let after: Double
  }

  let output: String
  let parameters: Amounts
  let macs: Amounts
  /// The most bytes of activations that live at once for one example.
  let peakMemory: Amounts
  /// Of one example on this machine, where it was the target.
  let latencyMilliseconds: Latency?
  let prunedKernelNum: Int
  let layers: [LayerReport]
  let largestDifference: Double?
  let inexact: [String]
  let recovery: Recovery?
  /// What the shares of the layers follow from, where losses were measured for that.
  let allocation: Allocation?

  struct Allocation: Encodable {
    let examples: Int
    let measure: String
    /// What is expected to be lost after a refit.
    let predicted: Double

    /// The same, as it is read.
    var words: String {
      let number = predicted < 0.001 ? Quantity.scientific(predicted) : Quantity.fixed(predicted, digits: 3)
      return measure == LossCurves.Measure.divergence.rawValue
        ? "a divergence of \(number)" : "an error of \(number) of the outputs' variance"
    }
  }

  init(
    _ before: OpenNetwork, _ workbench: Workbench, _ choice: Choice, output: String,
    verification: Verification?, forecast: ChoiceRun.Forecast?
  ) {
    allocation = forecast.map {
      Allocation(examples: $0.examples, measure: $0.measure.rawValue, predicted: $0.loss)
    }
    let after = workbench.current.summary
    let selection = choice.selection
    latencyMilliseconds = choice.latency.map { Latency(before: 1000 * $0.before, after: 1000 * $0.after) }
    let preview = Preview(selection, groups: before.groups, bound: before.bound)
    peakMemory = Amounts(before: preview.peakMemory.before, after: preview.peakMemory.after)
    self.output = output
    parameters = Amounts(before: before.summary.parameters, after: after.parameters)
    macs = Amounts(before: before.summary.multiplyAccumulates, after: after.multiplyAccumulates)
    layers = before.groups.layers.indices.map { index in
      let layer = before.groups.layers[index].layer
      return LayerReport(
        name: layer.name, kernels: layer.kernels, kept: selection.keptKernels[index].count,
        asked: selection.asked[index])
    }
    prunedKernelNum = layers.reduce(0) { $0 + $1.kernels - $1.kept }
    largestDifference = verification?.largestDifference
    inexact = before.groups.groups.compactMap(\.inexact)
    recovery = workbench.history.now.recovery
  }

  var text: TerminalText {
    var table = TextTable([
      ("LAYER", .left), ("KERNELS", .right), ("ASKED", .right), ("KEPT", .right),
    ])
    for layer in layers where layer.kept < layer.kernels || layer.asked > 0 {
      table.add([
        layer.name, String(layer.kernels), String(layer.kernels - layer.asked), String(layer.kept),
      ])
    }
    func change(_ amounts: Amounts, _ unit: String) -> TerminalText {
      "\(Quantity.grouped(amounts.before)) → \(Quantity.grouped(amounts.after)) \(unit) "
        + "(\(Quantity.change(from: Double(amounts.before), to: Double(amounts.after), digits: 1)))"
    }
    let time = latencyMilliseconds.map { latency -> TerminalText in
      let change = Quantity.change(from: latency.before, to: latency.after, digits: 1)
      return ",\nmeasured \(Quantity.fixed(latency.before, digits: 2)) → "
        + "\(Quantity.fixed(latency.after, digits: 2)) ms an example (\(change))"
    }
    let expected: TerminalText? = allocation.map {
      "\nshared out by losses measured on \(Quantity.grouped($0.examples)) examples; "
        + "expected after a refit: \($0.words)"
    }
    let proof: TerminalText? = largestDifference.map {
      "\npruned = masked, largest difference \(Quantity.scientific($0)) relative"
    }
    return table.text + "\n\n" + change(parameters, "parameters") + ", " + change(macs, "MACs")
      + ",\npeak of activations \(Quantity.bytes(peakMemory.before)) → \(Quantity.bytes(peakMemory.after))"
      + (time ?? "") + (expected ?? "") + (proof ?? "") + (recovery.map { "\n\n\($0.text)" } ?? "")
      + "\nwrote \(output)"
  }
}
