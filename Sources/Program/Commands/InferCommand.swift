import ArgumentParser
import Compute
import Datasets
import Graph
import Session

struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer",
    abstract: "Computes all outputs of a model for given inputs.",
    discussion: """
      EXAMPLES
        secateur infer resnet18.onnx --input x.npy -o y.npz
        secateur infer siamese.onnx --input left=a.npy --input right=b.npy -o y.npz
      """)

  @Argument(help: ModelOptions.help, completion: ModelOptions.completion)
  var model: ModelPath
  @Option(
    help: ArgumentHelp(
      "An array for an input; the name may be left out where there is one input.", valueName: "[name=]x.npy"),
    completion: .file(extensions: ["npy"]))
  var input: [ArrayPath] = []
  @Option(name: .shortAndLong, help: "Where the outputs go, by name.", completion: .file(extensions: ["npz"]))
  var output: OutputPath
  @OptionGroup var replacing: ReplacingOptions
  @OptionGroup var compute: ComputeArguments

  func run() throws {
    try reporting {
      var arrays: [String: NumPyArray] = [:]
      for given in input {
        arrays[given.input] = try NumPyArray(path: given.path)
      }
      let shapes = arrays.mapValues(\.shape)
      let workbench = try Workbench(opening: model.path, inputShapes: shapes, options: compute.options)
      let opened = workbench.current
      var feeds: [ValueID: [Float]] = [:]
      for value in opened.network.inputs {
        let name = opened.network.name(of: value)
        guard let array = arrays[name] ?? arrays[""] else { throw ComputeError.missingInput(name) }
        feeds[value] = try array.floats()
      }
      try write(try outputs(opened, feeds))
    }
  }

  private func outputs(_ opened: OpenNetwork, _ feeds: [ValueID: [Float]]) throws -> [(
    name: String, shape: [Int], values: [Float]
  )] {
    let inputs = feeds.reduce(into: [ValueID: (shape: [Int], elements: [Float])]()) { inputs, feed in
      inputs[feed.key] = (opened.bound.shape(of: feed.key) ?? [], feed.value)
    }
    let results = try infer(opened.network, inputs: inputs, options: compute.options)
    return opened.network.outputs.map { output in
      (opened.network.name(of: output), results[output]?.shape ?? [], results[output]?.elements ?? [])
    }
  }

  private func write(_ outputs: [(name: String, shape: [Int], values: [Float])]) throws {
    var archive = NumPyArchive()
    for (name, shape, values) in outputs { archive[name] = try NumPyArray(shape: shape, floats: values) }
    try archive.write(to: output.path)
  }
}
