import ArgumentParser
import Datasets
import Foundation
import Graph
import Pruning
import Session
import TerminalUI

struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Replays a plan on the model it was made from, to the same bytes.",
    discussion: """
      A plan that was recovered without training is recovered again, from the same examples when the data are the same.

      EXAMPLES
        secateur apply plan.yaml resnet18.onnx -o resnet18-pruned.onnx
        secateur apply plan.yaml resnet18.onnx -o resnet18-pruned.onnx --data photos/
      """)

  @Argument(help: "The plan: a YAML file that `prune --plan-out` or the terminal program wrote.")
  var plan: String
  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The pruned model.", completion: .file(extensions: ["onnx"]))
  var output: String
  @OptionGroup var files: ExportOptions
  @OptionGroup var data: DataOptions
  @Flag(inversion: .prefixedNo, help: "Recover where the plan did, which needs the data.") var recover = true

  func run() throws {
    try reporting { () throws(SessionError) in
      try Destination.check(output)
      try files.check()
      let steps = try Self.read(plan)
      let workbench = try options.open()
      let before = workbench.current.summary
      if recover, steps.steps.contains(where: { $0.recovery != nil }) {
        let configuration = try workbench.dataConfiguration(flags: data.configuration())
        guard configuration.data != nil else { throw .recoveryNeedsData(plan: plan) }
        try workbench.attach(configuration)
      }
      try workbench.apply(steps) { settings throws(SessionError) in
        if recover { try settings.carryOut(on: workbench) }
      }
      try workbench.export(to: output, overwriting: true)
      try files.write(workbench)
      if let trained = steps.steps.lastIndex(where: { !$0.training.isEmpty }) {
        Console.note(
          "secateur: step \(trained + 1) of the plan was trained afterwards, which a plan does not repeat\n"
            + "  secateur finetune does, with the options that stand in the plan.")
      }
      let after = workbench.current.summary
      Console.result(
        "\(Quantity.grouped(before.parameters)) → \(Quantity.grouped(after.parameters)) parameters, "
          + "\(Quantity.grouped(before.multiplyAccumulates)) → \(Quantity.grouped(after.multiplyAccumulates)) MACs\n"
          + "wrote \(output)")
    }
  }

  private static func read(_ path: String) throws(SessionError) -> PruningPlan {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(path: path)
    }
    do throws(PruningError) {
      return try PruningPlan(yaml: String(decoding: data, as: UTF8.self), path: path)
    } catch { throw .pruning(error) }
  }
}
