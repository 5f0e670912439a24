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
      --percent asks for that share of the removable kernels, over the whole network or of each layer; --layer \
      asks for one layer, and its tied partners move with it. The result is checked against the masked original \
      before the file gets its name.

      EXAMPLES
        secateur prune resnet18.onnx -o small.onnx --data photos/ --percent 30
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --layer layer1.0.conv1=40 --layer conv1=25
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --percent 50 --scope layer --plan-out plan.yaml
      """)

  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The pruned model.", completion: .file(extensions: ["onnx"]))
  var output: String
  @OptionGroup var data: DataOptions
  @OptionGroup var scoring: ScoringOptions
  @OptionGroup var ranking: RankingOptions
  @Option(help: "Share of the removable kernels that goes, 0…100.") var percent: Double?
  @Option(
    help: ArgumentHelp("Share of one layer's kernels that goes; may be repeated.", valueName: "name=percent"))
  var layer: [String] = []
  @Option(help: "Compare kernels over the whole network (global) or within each layer (layer).")
  var scope: Scope = .global
  @Option(help: "Kernels that every layer keeps at least.") var minKeep = 1
  @Option(help: ArgumentHelp("A layer that loses nothing; may be repeated.", valueName: "name"))
  var protect: [String] = []
  @Option(help: "Write the choices as a plan that `apply` replays.", completion: .file(extensions: ["yaml"]))
  var planOut: String?
  @Flag(inversion: .prefixedNo, help: "Compare the pruned network with the masked one before writing.")
  var verify: Bool?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let percent, !(0...100 ~= percent) { throw ValidationError("--percent is a number from 0 to 100.") }
    if minKeep < 1 { throw ValidationError("--min-keep is a number from 1.") }
    if percent == nil, layer.isEmpty { throw ValidationError("Give --percent or --layer NAME=PERCENT.") }
    for text in layer where Self.request(text) == nil {
      throw ValidationError(
        "--layer \(text) is not a layer and a number from 0 to 100; write it like conv1=25.")
    }
  }

  /// What `NAME=PERCENT` asks for; names may contain `=`.
  private static func request(_ text: String) -> (name: String, share: Double)? {
    guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
      let share = Double(text[text.index(after: sign)...]), 0...100 ~= share
    else { return nil }
    return (String(text[..<sign]), share)
  }

  func run() throws {
    try reporting { () throws(SessionError) in
      for path in [output, planOut].compactMap({ $0 }) { try Destination.check(path) }
      let workbench = try options.open()
      let opened = workbench.current
      guard opened.groups.layers.contains(where: \.isPrunable) else { throw .notPrunable }
      let scores = try scoring.scores(of: workbench, data: data)
      workbench.adopt(scores)
      let settings = try settings(for: opened, scores: scores)
      let selection = try SessionError.pruning { () throws(PruningError) in
        try Selection(settings, scores: scores, groups: opened.groups)
      }
      try workbench.prune(selection, settings: settings)
      let verification = try verified(workbench)
      try workbench.export(to: output, overwriting: true)
      if let planOut { try workbench.writePlan(to: planOut, overwriting: true) }
      let report = PruneReport(opened, workbench, selection, output: output, verification: verification)
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }

  private func settings(for opened: OpenNetwork, scores: ScoreTable) throws(SessionError) -> PruningSettings {
    var settings = ranking.settings
    settings.minimumKept = minKeep
    for name in protect { settings.protected.insert(try opened.layer(named: name).name) }
    if let percent {
      let current = settings
      settings = try SessionError.pruning { () throws(PruningError) in
        try current.proposal(
          .percent(percent), scope: scope, scores: scores, groups: opened.groups, bound: opened.bound
        ).settings
      }
    }
    for request in layer.compactMap(Self.request) {
      let name = try opened.layer(named: request.name).name
      let current = settings
      settings = try SessionError.pruning { () throws(PruningError) in
        try current.settingAmount(.percent(request.share), for: name, in: opened.groups)
      }
    }
    return settings
  }

  /// Models of more than 20 GMAC are compared only when asked for.
  private func verified(_ workbench: Workbench) throws(SessionError) -> Verification? {
    guard verify ?? (workbench.current.summary.multiplyAccumulates < 20_000_000_000) else { return nil }
    guard let verification = try workbench.verification() else { return nil }
    guard verification.holds else {
      throw .verificationFailed(largestDifference: verification.largestDifference)
    }
    return verification
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

  let output: String
  let parameters: Amounts
  let macs: Amounts
  let prunedKernelNum: Int
  let layers: [LayerReport]
  let largestDifference: Double?
  let inexact: [String]

  init(
    _ before: OpenNetwork, _ workbench: Workbench, _ selection: Selection, output: String,
    verification: Verification?
  ) {
    let after = workbench.current.summary
    self.output = output
    parameters = Amounts(before: before.summary.parameters, after: after.parameters)
    macs = Amounts(before: before.summary.multiplyAccumulates, after: after.multiplyAccumulates)
    layers = before.groups.layers.indices.map { place in
      let layer = before.groups.layers[place].layer
      return LayerReport(
        name: layer.name, kernels: layer.kernels, kept: selection.keptKernels[place].count,
        asked: selection.asked[place])
    }
    prunedKernelNum = layers.reduce(0) { $0 + $1.kernels - $1.kept }
    largestDifference = verification?.largestDifference
    inexact = before.groups.groups.compactMap(\.inexact)
  }

  var text: String {
    var table = TextTable([("LAYER", .left), ("KERNELS", .right), ("KEPT", .right), ("", .left)])
    for layer in layers where layer.kept < layer.kernels || layer.asked > 0 {
      let got = layer.kernels - layer.kept
      table.add([
        layer.name, String(layer.kernels), String(layer.kept),
        got == layer.asked ? "" : "asked for \(layer.asked) to go, got \(got)",
      ])
    }
    func change(_ amounts: Amounts, _ unit: String) -> String {
      "\(Quantity.grouped(amounts.before)) → \(Quantity.grouped(amounts.after)) \(unit) "
        + "(\(Quantity.change(from: Double(amounts.before), to: Double(amounts.after), digits: 1)))"
    }
    let proof = largestDifference.map {
      "\npruned = masked, largest difference \(Quantity.scientific($0)) relative"
    }
    return table.text + "\n\n" + change(parameters, "parameters") + ", " + change(macs, "MACs")
      + (proof ?? "") + "\nwrote \(output)"
  }
}
