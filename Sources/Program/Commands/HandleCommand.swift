import ArgumentParser
import Compute
import Datasets
import Foundation
import Graph
import Procedures
import Pruning
import Session
import TerminalUI

struct HandleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handle",
    abstract: "Prunes step by step with a pruning handle in a file.",
    discussion: """
      A handle holds the scores of a model's kernels, which add up over any number of batches, and how much is to go. \
      Mode oracle measures the loss without each kernel; any other criterion of `secateur help criteria` can be set.

      EXAMPLES
        secateur handle create resnet18.onnx -o prune.handle
        secateur handle set prune.handle percentage 30
        secateur handle add-batch prune.handle resnet18.onnx --data part1/
        secateur handle add-batch prune.handle resnet18.onnx --data part2/
        secateur handle get prune.handle
        secateur handle generate prune.handle resnet18.onnx -o small.onnx
      """,
    subcommands: [Create.self, Set.self, Get.self, AddBatch.self, Generate.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a handle for a model.")

    @OptionGroup var options: ModelOptions
    @Option(name: .shortAndLong, help: "The handle's file.", completion: .file()) var output: OutputPath
    @OptionGroup var replacing: ReplacingOptions
    @Option(help: "How kernels are scored.") var mode: Criterion = .oracle
    @Option(help: "Share of the removable kernels that is to go, 0…100.")
    var percentage = PruningHandle.usualPercentage

    func run() throws {
      try reporting {
        let (model, output) = (try opened(options), output.path)
        let handle = try PruningHandle(for: model, mode: mode, percentage: percentage)
        try handle.write(to: output)
        Console.result("wrote \(output)")
      }
    }
  }

  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sets a parameter: mode or percentage.")

    @Argument(help: "The handle's file.", completion: .file()) var handle: UpdatedPath
    @Argument(help: "The parameter.", completion: .list(PruningHandle.Parameter.settable.map(\.rawValue)))
    var name: String
    @Argument(help: "Its value.") var value: String

    func run() throws {
      try reporting {
        var pruning = try PruningHandle(path: handle.path)
        try pruning.set(name, to: Double(value).map { .number($0) } ?? .text(value))
        try pruning.write(to: handle.path)
      }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a parameter; without a name all of them, and which can be set.")

    @Argument(help: "The handle's file.", completion: .file()) var handle: InputPath
    @Argument(help: "The parameter.", completion: .list(PruningHandle.Parameter.allCases.map(\.rawValue)))
    var name: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      try reporting {
        let pruning = try PruningHandle(path: handle.path)
        if let name {
          let value = try pruning.get(name)
          return json ? Console.json(Encoded(value)) : Console.result("\(value.text)")
        }
        let all = PruningHandle.Parameter.allCases
        if json {
          let values = all.reduce(into: [:]) { $0[$1.rawValue] = Encoded(pruning.get($1)) }
          return Console.json(values)
        }
        var table = TextTable([("PARAMETER", .left), ("VALUE", .left), ("", .left), ("MEANING", .left)])
        for parameter in all {
          let isSettable = PruningHandle.Parameter.settable.contains(parameter)
          table.add([
            parameter.rawValue, pruning.get(parameter).text, isSettable ? "can be set" : "",
            parameter.summary,
          ])
        }
        Console.result(table.text)
      }
    }

    /// A value as JSON has it.
    private struct Encoded: Encodable {
      let value: PruningHandle.Value

      init(_ value: PruningHandle.Value) { self.value = value }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let names): try container.encode(names)
        }
      }
    }
  }

  struct AddBatch: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add-batch", abstract: "Scores labelled examples and adds what is found to the handle.")

    @Argument(help: "The handle's file.", completion: .file()) var handle: UpdatedPath
    @OptionGroup var options: ModelOptions
    @OptionGroup var data: DataOptions

    func run() throws {
      try reporting {
        var pruning = try PruningHandle(path: handle.path)
        let interruption = Interruption()
        let workbench = try options.open()
        let dataset = try data.open(for: workbench)
        let computing = interruption.stopping(workbench.options)
        var line = ProgressLine("scoring")
        defer { line.end() }
        try pruning.addBatch(dataset, of: workbench.current, options: computing) { progress in
          line.update(progress)
          return !interruption.flag.isSet
        }
        try pruning.write(to: handle.path)
        line.end()
        Console.result("\(Quantity.grouped(pruning.scores?.examples ?? 0)) examples in \(handle.path)")
      }
    }
  }

  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the pruned model; the given one stays as it is.")

    @Argument(help: "The handle's file.", completion: .file()) var handle: UpdatedPath
    @OptionGroup var options: ModelOptions
    @Option(name: .shortAndLong, help: "The pruned model.", completion: ModelOptions.completion)
    var output: ModelOutputPath
    @OptionGroup var replacing: ReplacingOptions

    func run() throws {
      try reporting {
        var pruning = try PruningHandle(path: handle.path)
        let workbench = try options.open()
        let model = workbench.current
        let pruned = try pruning.generatePrunedModel(of: model)
        try workbench.write(pruned, to: output.path)
        try pruning.write(to: handle.path)
        let count = pruning.get(.prunedKernelNum).text
        Console.result(
          "\(count) of \(pruning.get(.prunableKernelNum).text) removable kernels removed (\(pruning.get(.prunedPercentage).text) %)\nwrote \(workbench.mainFile(writtenTo: output.path))"
        )
      }
    }
  }
}

/// The model of some options.
private func opened(_ options: ModelOptions) throws -> OpenNetwork {
  try options.open().current
}
