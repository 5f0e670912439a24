import ArgumentParser
import Compute
import Foundation
import Graph
import Ranks
import Session

/// The model, and shapes that its file leaves open.
struct ModelOptions: ParsableArguments {
  /// What is said of a model wherever one is asked for.
  static let help: ArgumentHelp =
    "The model: an ONNX file, a .pt2 file of torch.export, or an MXNet symbol, params file or their common prefix."
  /// The files that a shell offers.
  static let completion = CompletionKind.file(extensions: ["onnx", "pt2", "json", "params"])

  @Argument(help: ModelOptions.help, completion: ModelOptions.completion)
  var model: ModelPath
  @OptionGroup var binding: BindingOptions

  var inputShapes: [String] { binding.shapes.inputShapes }
  var compute: ComputeArguments { binding.compute }

  func open() throws -> Workbench { try binding.open(model.path) }
}

/// How a model is opened, whichever it is.
struct BindingOptions: ParsableArguments {
  @OptionGroup var shapes: ShapeOptions
  @OptionGroup var compute: ComputeArguments

  func open(_ model: String) throws -> Workbench {
    try Workbench(opening: model, inputShapes: try shapes.shapes(), options: compute.options)
  }
}

/// A model that is measured on random numbers, in batches of some size.
struct MeasuredModelOptions: ParsableArguments {
  @Argument(help: ModelOptions.help, completion: ModelOptions.completion) var model: ModelPath
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Shape of an example, without the batch, for inputs that the file leaves open: 3x224x224.",
      valueName: "[name=]shape"))
  var input: [String] = []
  @OptionGroup var compute: ComputeArguments

  /// The model, bound to one example.
  func open() throws -> Workbench {
    let shapes = try InputShapes.parse(input)
    return try Workbench(
      opening: model.path, inputShapes: shapes.mapValues { [1] + $0 }, options: compute.options)
  }
}

/// Shapes that a file leaves open.
struct ShapeOptions: ParsableArguments {
  @Option(
    name: .customLong("input"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Shape of an input that the file leaves open, batch included: input=1x3x224x224.",
      valueName: "[name=]shape"))
  var inputShapes: [String] = []

  func shapes() throws -> [String: [Int]] { try InputShapes.parse(inputShapes) }
}

/// Shapes of inputs as people write them.
enum InputShapes {
  /// Reads `[name=]3x224x224`; the shape without a name has the empty one.
  static func parse(_ texts: [String]) throws -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard let extents = [Int](shapeText: parts.last ?? "") else {
        throw SessionError.unfit(
          sentence: "--input \(text) is not a shape.", remedy: "Write it like --input input=1x3x224x224.")
      }
      shapes[parts.count == 2 ? parts[0] : ""] = extents
    }
    return shapes
  }
}

/// How plans compute, and how much they may take.
struct ComputeArguments: ParsableArguments {
  @Option(
    help: "Threads to compute with; by default every core. SECATEUR_THREADS does the same.",
    transform: WholeNumber.threads)
  var threads: Int?

  @Flag(help: "Compute with the direct algorithms only, for comparisons to the last digits.")
  var exact = false

  @Option(
    help: """
      What is multiplied: f32, or bf16, which is about twice as fast on processors that have it and rounds \
      every factor to eight bits. Sums stay f32.
      """) var precision: Precision = .float32

  @Option(
    help: ArgumentHelp(
      "Memory that a model or its data may take, such as 8G; by default nine tenths of what is free.",
      valueName: "size"),
    transform: { text in
      guard let budget = MemoryBudget(text: text) else {
        throw ValidationError("--memory is a size such as 8G or 512M.")
      }
      return budget
    })
  var memory: MemoryBudget?

  var options: ComputeOptions {
    var options = ComputeOptions()
    options.threads =
      threads ?? ProcessInfo.processInfo.environment["SECATEUR_THREADS"].flatMap {
        try? WholeNumber.threads($0)
      }
      ?? SharedRun.threads
    options.ranks = SharedRun.ranks
    options.exact = exact
    options.precision = precision
    return options
  }

  func validate() throws {
    // For the whole process: what opens a model is nearer than what runs it.
    if let memory { MemoryBudget.ask(for: memory) }
  }
}
