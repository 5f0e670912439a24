package import Errors

/// What can be wrong with a file of tensors.
package enum TensorFileError: ExplainedError, Hashable {
  /// The file is of no known format.
  case unknownFormat(file: String)
  /// A `.pt` file in the form of PyTorch before 1.6.
  case olderTorchForm(file: String)
  /// The file contradicts its format.
  case malformed(file: String, format: String, problem: String)
  /// A tensor that the file does not have.
  case noSuchTensor(file: String, name: String)
  /// A tensor whose elements are of a type that is not read.
  case unsupportedType(file: String, name: String, type: String)
  /// A pickle asks for more than tensors are made of; `global` is what it names, where it names something.
  case refused(file: String, opcode: String, offset: Int, global: String?)
  /// A tensor that would take more memory than there is.
  case tooLarge(file: String, name: String, bytes: Int)

  /// What is wrong and where.
  package var sentence: String {
    switch self {
    case .unknownFormat(let file): "\(file) is no file of tensors of a kind that secateur knows."
    case .olderTorchForm(let file): "\(file) is in the form that PyTorch wrote before version 1.6."
    case .malformed(let file, let format, let problem): "\(file) is not a whole \(format) file: \(problem)."
    case .noSuchTensor(let file, let name): "\(file) has no tensor \(name)."
    case .unsupportedType(let file, let name, let type):
      "The tensor \(name) of \(file) has elements of type \(type), which secateur does not read."
    case .refused(let file, let opcode, let offset, let global?):
      "\(file) was not read on: its opcode \(opcode) at byte \(offset) asks for \(global), which is no part of a tensor."
    case .refused(let file, let opcode, let offset, nil):
      "\(file) was not read on: its opcode \(opcode) at byte \(offset) does more than tensors need."
    case .tooLarge(let file, let name, let bytes):
      "The tensor \(name) of \(file) would take \(bytes) bytes, more than there is room for."
    }
  }

  /// What to do about it.
  package var remedy: String {
    switch self {
    case .unknownFormat:
      "Give a .safetensors file, a .pt or .pth file that torch.save made of a state_dict, an .npz file, or a .pt2 file."
    case .olderTorchForm:
      "Save it again: torch.save(torch.load(path, weights_only=True), path)."
    case .malformed: "Copy the file again, or save it anew."
    case .noSuchTensor: "Check the names."
    case .unsupportedType: "Save it as float32, float16 or bfloat16."
    case .refused:
      "Nothing of it was run. Save the tensors alone: torch.save(model.state_dict(), path)."
    case .tooLarge: "Check that the file is whole."
    }
  }

  /// What kind of thing went wrong.
  package var code: ErrorCode {
    switch self {
    case .refused, .unsupportedType, .olderTorchForm: .unsupported
    default: .unusableData
    }
  }
}
