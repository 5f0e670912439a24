import ArgumentParser
import Formats
import Session
import TerminalUI

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes a model in another format: an MXNet model or a .pt2 file of torch.export as ONNX.",
    discussion: """
      The name of the output says the format: .onnx for ONNX, -symbol.json (with -0000.params beside it) for MXNet, \
      .pt2 for PyTorch. A model is written in its own format or as ONNX; ONNX models are not written in another.

      EXAMPLES
        secateur convert resnet-symbol.json -o resnet.onnx --input data=1x3x224x224
        secateur convert resnet.pt2 -o resnet.onnx
        secateur convert resnet-0007.params -o copy-symbol.json --input data=1x3x224x224
      """)

  @OptionGroup var options: ModelOptions
  @Option(name: .shortAndLong, help: "The model to write.", completion: ModelOptions.completion)
  var output: ModelOutputPath
  @OptionGroup var replacing: ReplacingOptions

  func run() throws {
    try reporting {
      let output = output.path
      let workbench = try options.open()
      try workbench.export(to: output, overwriting: true)
      Console.result("wrote \(workbench.file.files(writtenTo: output).joined(separator: " and "))")
    }
  }
}
