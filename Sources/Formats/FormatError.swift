public import Errors

/// What can be wrong with a model file, or with writing one.
///
/// `file` is the path as the user gave it.
public enum FormatError: ExplainedError, Hashable {
  /// No bytes can be had of the file.
  case unreadable(file: String, reason: String)
  /// The file cannot be made.
  case unwritable(file: String, reason: String)
  /// Neither the name nor the first bytes are those of a known format.
  case unknownFormat(file: String)
  /// A text file that stands for a model kept elsewhere.
  case largeFilePointer(file: String)
  /// The bytes are no ONNX message.
  case notONNX(file: String)
  /// The message ends too early.
  case truncated(file: String)
  /// The model has no graph.
  case noGraph(file: String)
  /// The model's operators are of a version that is not read.
  case unsupportedOpset(file: String, version: Int, supported: ClosedRange<Int>)
  /// A tensor's elements are of a type that is not read.
  case unsupportedElementType(file: String, tensor: String, type: String)
  /// A tensor's type, shape and bytes do not fit together.
  case malformedTensor(file: String, tensor: String, problem: String)
  /// A file beside the model, which holds a tensor, is not there or too short.
  case missingExternalFile(file: String, tensor: String, location: String, reason: String)
  /// A tensor is said to be in a file outside of the model's folder.
  case externalFileOutside(file: String, tensor: String, location: String)
  /// A node reads a value that nothing makes.
  case undefinedValue(file: String, reader: String, value: String)
  /// Two nodes make a value of the same name.
  case duplicateValue(file: String, value: String)
  /// Nodes need each other's results.
  case cycle(file: String, nodes: [String])
  /// A function of the model calls itself.
  case recursiveFunction(file: String, function: String)
  /// A function of the model cannot be put in place of its calls.
  case unsupportedFunction(file: String, function: String, problem: String)
  /// What reading would need is out of proportion to the file.
  case tooLargeToRead(file: String, what: String)
  /// A protobuf message ends at 2 GiB.
  case tooLargeToWrite(file: String)
  /// The operators of an MXNet model are not what such a file says.
  case malformedSymbol(file: String, line: Int?, problem: String)
  /// The arrays of an MXNet model are not what such a file holds.
  case malformedArrays(file: String, problem: String)
  /// One of the two files of an MXNet model is not there.
  case missingPartner(file: String, partner: String)
  /// The params file lacks an array that the symbol names.
  case missingArray(file: String, array: String, node: String)
  /// An array is stored in MXNet's sparse form.
  case sparseArray(file: String, array: String)
  /// A known operator in a form that is not read.
  case unsupportedNode(file: String, op: String, node: String, problem: String)
  /// A shape that an MXNet symbol does not say; `example` is one that could be meant.
  case missingInputShape(file: String, input: String, example: String)
  /// The shape given for an input does not go with the network.
  case unfitInputShape(file: String, input: String, given: [Int], problem: String)
  /// The bytes are no archive as torch.export writes one.
  case malformedArchive(file: String, problem: String)
  /// The text of an exported program does not say one.
  case malformedProgram(file: String, problem: String)
  /// The text of an exported program is of a version that is not read.
  case unsupportedSchema(file: String, version: Int, supported: Int)
  /// An archive lacks the bytes of a parameter, a buffer or a constant.
  case missingWeight(file: String, weight: String)
  /// Something that the format to write has no operator for.
  case notExpressible(node: String, format: String, problem: String)
  /// A model that would have to be written in another format than can be.
  case notConvertible(file: String, format: String, original: String)
  /// The network to write does not fit the file it came from.
  case invalidNetwork(problem: String)

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)."
    case .unwritable(let file, let reason): "\(file) cannot be written: \(reason)."
    case .unknownFormat(let file): "\(file) is not a model file of a kind that secateur knows."
    case .largeFilePointer(let file): "\(file) is a Git LFS pointer, not the model itself."
    case .notONNX(let file): "\(file) is not an ONNX model."
    case .truncated(let file): "\(file) ends in the middle of the model."
    case .noGraph(let file): "\(file) is an ONNX file without a graph."
    case .unsupportedOpset(let file, let version, let supported):
      "\(file) is written in operator set \(version); secateur reads "
        + "\(supported.lowerBound) to \(supported.upperBound)."
    case .unsupportedElementType(let file, let tensor, let type):
      "The tensor \(tensor) of \(file) has elements of type \(type), which secateur does not read."
    case .malformedTensor(let file, let tensor, let problem):
      "The tensor \(tensor) of \(file) is malformed: \(problem)."
    case .missingExternalFile(let file, let tensor, let location, let reason):
      "The tensor \(tensor) of \(file) is kept in \(location), which cannot be read: \(reason)."
    case .externalFileOutside(let file, let tensor, let location):
      "The tensor \(tensor) of \(file) is kept in \(location), which is outside the model's folder."
    case .undefinedValue(let file, let reader, let value):
      "\(reader) of \(file) reads \(value), which nothing makes."
    case .duplicateValue(let file, let value): "The value \(value) of \(file) is made more than once."
    case .cycle(let file, let nodes):
      "The nodes \(nodes.joined(separator: ", ")) of \(file) wait for each other's outputs."
    case .recursiveFunction(let file, let function): "The function \(function) of \(file) calls itself."
    case .unsupportedFunction(let file, let function, let problem):
      "The function \(function) of \(file) cannot be used: \(problem)."
    case .tooLargeToRead(let file, let what): "\(file) asks for \(what), more than secateur reads."
    case .tooLargeToWrite(let file): "\(file) would be larger than 2 GB, where an ONNX file ends."
    case .malformedSymbol(let file, let line?, let problem):
      "\(file) is not an MXNet symbol, line \(line): \(problem)."
    case .malformedSymbol(let file, nil, let problem): "\(file) is not an MXNet symbol: \(problem)."
    case .malformedArrays(let file, let problem): "\(file) is not a file of MXNet arrays: \(problem)."
    case .missingPartner(let file, let partner):
      "\(file) is half of an MXNet model, and there is no \(partner)."
    case .missingArray(let file, let array, let node):
      "\(file) has no array \(array), which the node \(node) reads."
    case .sparseArray(let file, let array):
      "The array \(array) of \(file) is stored sparsely, which secateur does not read."
    case .unsupportedNode(let file, let op, let node, let problem):
      "The \(op) node \(node) of \(file) cannot be used: \(problem)."
    case .missingInputShape(let file, let input, _): "\(file) does not say what shape its input \(input) has."
    case .unfitInputShape(let file, let input, let given, let problem):
      "The input \(input) of \(file) was given the shape \(given.map(String.init).joined(separator: "×")): \(problem)."
    case .malformedArchive(let file, let problem): "\(file) is not a .pt2 archive: \(problem)."
    case .malformedProgram(let file, let problem):
      "The exported program in \(file) cannot be read: \(problem)."
    case .unsupportedSchema(let file, let version, let supported):
      "The exported program in \(file) is of version \(version); secateur reads version \(supported)."
    case .missingWeight(let file, let weight): "\(file) does not hold the weight \(weight)."
    case .notExpressible(let node, let format, let problem):
      "The node \(node) cannot be written in \(format): \(problem)."
    case .notConvertible(let file, let format, let original):
      "\(file) would be \(format), and secateur does not write \(original) models so."
    case .invalidNetwork(let problem): "The network cannot be written: \(problem)."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .unsupportedNode, .notExpressible: .unsupported
    case .unreadable: .unreadable
    case .unwritable: .unwritable
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unreadable: "Check the path and its permissions."
    case .unwritable: "Choose another place, or make room there."
    case .unknownFormat:
      "Give the path of an ONNX model (.onnx), an MXNet model (-symbol.json) or an exported PyTorch program (.pt2)."
    case .notONNX: "Give the path of an ONNX model (.onnx)."
    case .malformedSymbol, .malformedArrays:
      "Save the model again with mx.model.save_checkpoint or HybridBlock.export."
    case .missingPartner: "Put both files into one folder: PREFIX-symbol.json and PREFIX-0000.params."
    case .missingArray: "Give the arrays that were saved with this symbol."
    case .sparseArray: "Store it densely with array.tostype('default') and save the model again."
    case .malformedArchive, .malformedProgram, .missingWeight:
      "Save the model again with torch.export.save of PyTorch 2.6 or later."
    case .unsupportedSchema: "Export and save the model with a release of PyTorch that writes this version."
    case .unsupportedNode: "Export the model to ONNX with MXNet, or change the operator."
    case .missingInputShape(_, _, let example): "Give it, such as \(example)."
    case .unfitInputShape: "Give the shape that the network was trained with, batch included."
    case .notExpressible: "Write it as ONNX instead, or prune so that the node stays as it is."
    case .notConvertible(_, _, let original):
      "Give an output whose name ends as those of \(original) models do."
    case .largeFilePointer: "Fetch the model with `git lfs pull`."
    case .truncated: "Copy or download the file again."
    case .noGraph, .malformedTensor, .undefinedValue, .duplicateValue, .cycle:
      "Check the model with onnx.checker and export it again."
    case .unsupportedOpset: "Convert the model with onnx.version_converter, or export it again."
    case .unsupportedElementType: "Export the model in float32, float16 or bfloat16."
    case .missingExternalFile: "Put the file beside the model, whole, under the name it had at export."
    case .externalFileOutside: "Save the model with its external data in its own folder."
    case .recursiveFunction, .unsupportedFunction:
      "Inline the functions with onnx.inliner before opening the model."
    case .tooLargeToRead: "Store large tensors densely, and inline functions before opening the model."
    case .tooLargeToWrite: "Save the original with external data first; the result is then saved so too."
    case .invalidNetwork: "This is a defect of secateur; please report it with the model."
    }
  }
}
