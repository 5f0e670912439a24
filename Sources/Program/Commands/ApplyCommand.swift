import ArgumentParser
import Datasets
import Errors
import Formats
import Foundation
import Graph
import Pruning
import Session
import TerminalUI

struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract:
      "Replays a plan on the model it was made from, to the same bytes, or prunes to a list of kept kernels.",
    usage: """
      secateur apply <plan> <model> --output <output> [<options>]
      secateur apply --kept <kept> <model> --output <output> [<options>]
      """,
    discussion: """
      A plan that was recovered without training is recovered again, from the same examples when the data are the same.

      With --kept, any algorithm's result is carried out: a JSON file {"layer": [kept indices], …} over the layers that \
      `prunable --json` lists. Unknown layers, kernels out of range or listed twice, layers with nothing left and \
      kernels that can only go together are refused before anything is written.

      EXAMPLES
        secateur apply plan.yaml resnet18.onnx -o resnet18-pruned.onnx
        secateur apply plan.yaml resnet18.onnx -o resnet18-pruned.onnx --data photos/
        secateur apply --kept kept.json resnet18.onnx -o small.onnx
        secateur apply --kept kept.json resnet-symbol.json -o small-symbol.json --input data=1x3x224x224
      """)

  @Argument(
    help: ArgumentHelp(
      "The plan, a YAML file that `prune --plan-out` or the terminal program wrote, unless --kept is given; and the model.",
      valueName: "plan> <model"),
    completion: .file(extensions: ["yaml", "onnx", "json", "params"]))
  var paths: [PlanOrModelPath]
  @Option(help: "Kernels that stay, by layer: a JSON file.", completion: .file(extensions: ["json"]))
  var kept: InputPath?
  @OptionGroup var binding: BindingOptions
  @Option(name: .shortAndLong, help: "The pruned model.", completion: ModelOptions.completion)
  var output: ModelOutputPath
  @OptionGroup var files: ExportOptions
  @OptionGroup var data: DataOptions
  @Flag(inversion: .prefixedNo, help: "Recover where the plan did, which needs the data.") var recover = true

  func validate() throws {
    let expected = kept == nil ? 2 : 1
    guard paths.count == expected else {
      throw ValidationError(
        kept == nil
          ? "Give a plan and a model: secateur apply plan.yaml model.onnx -o out.onnx."
          : "Give one model beside --kept: secateur apply --kept kept.json model.onnx -o out.onnx.")
    }
  }

  func run() throws {
    try reporting {
      let output = output.path
      let workbench: Workbench
      let before: NetworkSummary
      if let kept {
        let list = try KeptKernels(path: kept.path)
        workbench = try binding.open(paths[0].path)
        before = workbench.current.summary
        try workbench.prune(keeping: list)
        try workbench.verify(settings: try data.configuration())
      } else {
        let steps = try Self.read(paths[0].path)
        workbench = try binding.open(paths[1].path)
        before = workbench.current.summary
        try replay(steps, on: workbench)
      }
      try files.check(workbench)
      if workbench.attachedConfiguration == nil { try data.attach(to: workbench, isNeeded: false) }
      let deviation = try workbench.compareOutputs()
      try workbench.export(to: output, overwriting: true)
      try files.write(workbench)
      let after = workbench.current.summary
      Console.result(
        "\(Quantity.grouped(before.parameters)) → \(Quantity.grouped(after.parameters)) parameters, "
          + "\(Quantity.grouped(before.multiplyAccumulates)) → \(Quantity.grouped(after.multiplyAccumulates)) MACs\n"
          + (deviation.map { "\($0.sentence)\n" } ?? "")
          + "wrote \(workbench.file.files(writtenTo: output).joined(separator: " and "))")
      workbench.history.now.noteDeviation()
    }
  }

  private func replay(_ steps: PruningPlan, on workbench: Workbench) throws {
    if recover, steps.steps.contains(where: { $0.recovery != nil }) {
      let configuration = try workbench.dataConfiguration(flags: data.configuration())
      guard configuration.data != nil else { throw SessionError.recoveryNeedsData(plan: paths[0].path) }
      try workbench.attach(configuration)
    }
    try workbench.apply(steps) { settings in
      // Half of a recovery is not what the plan says.
      guard try !recover || settings.carryOut(on: workbench) else { throw Stopped() }
    }
    let adopted = PruningPlan.Step.adoptedWeights
    if let step = steps.steps.lastIndex(where: { $0.training.contains { $0[adopted] != nil } }) {
      Console.note(
        "secateur: step \(step + 1) of the plan took weights from a file, which a plan does not repeat\n"
          + "  secateur adopt does.")
    }
    if let trained = steps.steps.lastIndex(where: { $0.training.contains { $0[adopted] == nil } }) {
      Console.note(
        "secateur: step \(trained + 1) of the plan was trained afterwards, which a plan does not repeat\n"
          + "  secateur finetune does, with the options that stand in the plan.")
    }
  }

  private static func read(_ path: String) throws -> PruningPlan {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SessionError.unreadable(path: path)
    }
    return try PruningPlan(yaml: String(decoding: data, as: UTF8.self), path: path)
  }
}
