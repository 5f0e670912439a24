/// What can be wrong with a model file, or with writing one.
///
/// `file` is the path as the user gave it.
public enum FormatError: Error, Sendable, Hashable {
  case unreadable(file: String, reason: String)
  case unwritable(file: String, reason: String)
  case unknownFormat(file: String)
  /// A text file that stands for a model kept elsewhere.
  case largeFilePointer(file: String)
  case notONNX(file: String)
  case truncated(file: String)
  case noGraph(file: String)
  case unsupportedOpset(file: String, version: Int, supported: ClosedRange<Int>)
  case unsupportedElementType(file: String, tensor: String, type: String)
  case malformedTensor(file: String, tensor: String, problem: String)
  case missingExternalFile(file: String, tensor: String, location: String, reason: String)
  case externalFileOutside(file: String, tensor: String, location: String)
  case undefinedValue(file: String, reader: String, value: String)
  case duplicateValue(file: String, value: String)
  case cycle(file: String, nodes: [String])
  case recursiveFunction(file: String, function: String)
  case unsupportedFunction(file: String, function: String, problem: String)
  /// What reading would need is out of proportion to the file.
  case tooLargeToRead(file: String, what: String)
  /// A protobuf message ends at 2 GiB.
  case tooLargeToWrite(file: String)
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
    case .invalidNetwork(let problem): "The network cannot be written: \(problem)."
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unreadable: "Check the path and its permissions."
    case .unwritable: "Choose another place, or make room there."
    case .unknownFormat, .notONNX: "Give the path of an ONNX model (.onnx)."
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
