import ArgumentParser
import Datasets
import Formats
import Foundation
import Session
import TerminalUI

struct AdoptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Takes weights that were trained elsewhere into an iteration of a session.",
    discussion: """
      The weights become a new iteration, made from --iteration or from the one that was current last, with its accuracy \
      where there are data. The file is one of safetensors, one that torch.save made of a state_dict (.pt, .pth; nothing \
      in it is run), NPZ, or a program that torch.export saved (.pt2). Tensors join the model's parameters by the names that its author gave them; `module.`, \
      `_orig_mod.` and what else all names begin with is taken off. Batch normalizations that the export folded into \
      layers are folded likewise; their epsilon is 1e-5, as PyTorch's usually is, or --epsilon. Where parts of a model have \
      others, --epsilon is said again for each: backbone=0.001.

      EXAMPLES
        secateur adopt resnet18.onnx trained.pth
        secateur adopt resnet18.onnx ema.safetensors --iteration 3 --data photos/
        secateur adopt run/session checkpoint.pt --prefix state_dict.module.
        secateur adopt resnet18.onnx trained.pth -o trained.onnx --no-session
        secateur adopt deeplab.onnx trained.pth --epsilon backbone=0.001
      """)

  @Argument(
    help: "The model, or a session's folder.", completion: ModelOptions.completion)
  var model: ModelOrSessionPath
  @Argument(
    help: "The weights: .safetensors, .pt, .pth, .npz or .pt2.",
    completion: .file(extensions: ProgramTensors.endings)
  )
  var weights: InputPath
  @Option(help: "The iteration that they were trained from, by its number or its name.") var iteration:
    String?
  @Option(
    help: ArgumentHelp("What the names in the file begin with; found out without it.", valueName: "text"))
  var prefix: String?
  @Option(
    help: ArgumentHelp(
      "What folded batch normalizations add to variances: of all, or of a module's.",
      valueName: "[module=]number"))
  var epsilon: [Epsilon] = []
  @Flag(help: "Leave parameters as they are that the file has no tensor for.") var allowMissing = false
  @Option(name: .shortAndLong, help: "Write the model too.", completion: ModelOptions.completion)
  var output: ModelOutputPath?
  @OptionGroup var replacing: ReplacingOptions
  @OptionGroup var binding: BindingOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var session: SessionOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if model.isSession, session.session != nil || session.keepsNothing {
      throw ValidationError("A session's folder was given: leave --session and --no-session out.")
    }
    if session.keepsNothing, output == nil {
      throw ValidationError("--no-session keeps nothing: say with -o where the model goes.")
    }
  }

  func run() throws {
    try reporting {
      let workbench = try opened()
      if let iteration { try workbench.go(to: workbench.history.id(called: iteration)) }
      let from = workbench.history.current
      let adoption = try workbench.adoptWeights(
        from: weights.path, prefix: prefix, epsilons: epsilons, allowsMissing: allowMissing)
      for note in adoption.notes { Console.note("secateur: \(note)") }
      let evaluation = try evaluate(workbench)
      if let evaluation { workbench.record(evaluation.result, for: workbench.history.current) }
      if let output { try workbench.export(to: output.path, overwriting: true) }
      let result = Result(
        iteration: workbench.history.current, from: from, tensors: adoption.tensors, folded: adoption.folded,
        leftOver: adoption.leftOver, unchanged: adoption.unchanged, evaluation: evaluation?.result)
      if json { return Console.json(result) }
      Console.result(
        "iteration \(result.iteration): the weights of \(weights.path) in iteration \(from), \(Quantity.grouped(adoption.tensors)) tensors"
      )
      if let evaluation { Console.result(EvaluateCommand.text(evaluation.result, evaluation.dataset)) }
      if let output {
        Console.result("wrote \(workbench.file.files(writtenTo: output.path).joined(separator: " and "))")
      }
    }
  }

  /// An epsilon of a module's normalizations, or of all.
  struct Epsilon: ExpressibleByArgument {
    let module: String?
    let value: Double

    init?(argument: String) {
      let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count <= 2, let value = parts.last.flatMap({ Double($0) }), value.isFinite, value >= 0,
        parts.count == 1 || !parts[0].isEmpty
      else { return nil }
      (module, self.value) = (parts.count == 2 ? String(parts[0]) : nil, value)
    }
  }

  /// What was said of epsilons; the last word counts.
  private var epsilons: NormalizationEpsilons {
    epsilon.reduce(into: NormalizationEpsilons()) { epsilons, said in
      if let module = said.module {
        epsilons.ofModules[module] = said.value
      } else {
        epsilons.usual = said.value
      }
    }
  }

  /// The model on its bench, with the session that was kept of it.
  private func opened() throws -> Workbench {
    guard model.isSession else {
      let workbench = try binding.open(model.path)
      try session.keep(workbench)
      return workbench
    }
    let folder = SessionFolder(model.path)
    let known = try Workbench.model(of: folder)
    let given = try binding.shapes.shapes()
    let workbench = try Workbench(
      opening: known.path, inputShapes: given.isEmpty ? known.inputShapes : given,
      options: binding.compute.options)
    try session.keep(workbench, in: folder)
    return workbench
  }

  /// Measures what was made, on the data that are given, that the session used, or that stand beside the model.
  private func evaluate(_ workbench: Workbench) throws -> (result: Evaluation, dataset: Dataset)? {
    var configuration = try workbench.dataConfiguration(flags: data.configuration())
    if configuration.data == nil, let kept = workbench.sessionData { configuration = kept }
    guard configuration.data != nil else { return nil }
    let dataset = try workbench.openData(configuration, preferring: [.test, .validation])
    guard dataset.loss != .outputEnergy else { return nil }
    return (try EvaluateCommand.measure(workbench, dataset), dataset)
  }

  /// What is printed as JSON.
  struct Result: Encodable {
    let iteration: Int
    let from: Int
    let tensors: Int
    let folded: [String]
    let leftOver: [String]
    let unchanged: [String]
    let evaluation: Evaluation?
  }
}
