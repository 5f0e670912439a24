import ArgumentParser
import Session
import TerminalUI

@main
struct SecateurCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secateur",
    abstract: "Prunes trained convolutional networks from a terminal.",
    discussion: """
      Without a subcommand it opens a model in the terminal program: a table of layers, live Taylor scores of \
      every kernel, percentages per layer, and what every shape becomes before anything is done. What the \
      screen can do, the subcommands do for scripts.

      EXAMPLES
        secateur                                     samples, recent sessions, files: with previews
        secateur resnet18.onnx --data photos/        open a model with data
        secateur inspect resnet18.onnx               its layers, costs and what ties them
        secateur explain resnet18.onnx conv1         why kernels cannot go, and what goes with them
        secateur prune resnet18.onnx -o small.onnx --criterion l2 --percent 30
        secateur sensitivity resnet18.onnx --data photos/ --suggest --keep-macs 50%
        secateur finetune small.onnx -o better.onnx --data photos/ --epochs 10
        secateur iterate resnet18.onnx -o small.onnx --data photos/ --keep-macs 50% --epochs 3
        secateur schedule agp.yaml net.onnx --data photos/ -o run/
        secateur adopt resnet18.onnx trained.pth     weights that were trained elsewhere come back
        secateur --resume                            go on with the session used last
        secateur diff resnet18.onnx small.onnx       what changed, layer by layer
        secateur apply plan.yaml resnet18.onnx -o small.onnx
        secateur prunable resnet-symbol.json --json  what an algorithm of your own may remove
        secateur convert resnet-symbol.json -o resnet.onnx
        secateur help criteria                       the ways to score a kernel

      EXIT CODES
          0 done
          1 a check did not hold
          2 no usable terminal
         64 wrong usage
         65 a model, plan or data that cannot be used
         66 a file that cannot be read
         69 an operator that is not supported
         73 a file that cannot be written, or not without destroying another one
         74 standard output that cannot be written
        130 stopped
      """,
    version: "0.2.0",
    subcommands: [
      OpenCommand.self, InspectCommand.self, GroupsCommand.self, ExplainCommand.self, ScoreCommand.self,
      PrunableCommand.self, PruneCommand.self, ApplyCommand.self, FinetuneCommand.self, IterateCommand.self,
      ScheduleCommand.self, SessionsCommand.self, ExportCommand.self, AdoptCommand.self, ConvertCommand.self,
      HandleCommand.self,
      UpsamplingPruneCommand.self, TaylorPruneCommand.self, DiffCommand.self, EvaluateCommand.self,
      InferCommand.self, SensitivityCommand.self,
      SamplesCommand.self, BenchCommand.self, CriteriaCommand.self, WorkCommand.self,
    ],
    defaultSubcommand: OpenCommand.self)

  static func main() {
    Console.prepare()
    SharedRun.prepare()
    Waiting.makeBrief()
    SignalThread.start()
    do {
      var command = try parseAsRoot()
      try reporting { try CommandFiles(of: command).check() }
      try reporting { try SharedRun.join(for: command) }
      try command.run()
      try reporting { try SharedRun.report() }
    } catch {
      let (code, text) = (exitCode(for: error), TerminalText(lines: fullMessage(for: error)))
      if !text.string.isEmpty { if code.isSuccess { Console.result(text) } else { Console.note(text) } }
      Console.exit(code.rawValue)
    }
    Console.exit(0)
  }
}
