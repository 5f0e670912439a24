import Formats
package import Graph
package import TensorFiles

/// The parameters of a program of torch.export as tensors that can be adopted: named and shaped as the module has them.
package struct ProgramTensors: TensorFile {
  /// What the format is called.
  package static let formatName = "PyTorch"

  /// Where it stands.
  package let path: String
  /// The tensors' names, in the order in which the program uses them.
  package let names: [String]
  private let tensors: [String: Tensor]

  /// Reads the program at a path.
  ///
  /// - Throws: `FormatError` where it cannot be read.
  package init(path: String) throws {
    self.path = path
    let found = AuthorParameters(try ModelFormat.open(path).network).tensors()
    names = found.map(\.name)
    tensors = Dictionary(found.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  /// Opens what holds weights: a program, or a file of tensors.
  ///
  /// - Throws: `FormatError` or `TensorFileError` for what is neither, and for what is broken.
  package static func weights(at path: String) throws -> any TensorFile {
    path.lowercased().hasSuffix(PT2Model.ending)
      ? try ProgramTensors(path: path) : try TensorFormat.open(path)
  }

  /// What the names of files with weights end with.
  package static let endings = TensorFormat.endings + [String(PT2Model.ending.dropFirst())]

  /// The shape of a tensor; `nil` where there is none of that name.
  package func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  /// Reads a tensor.
  package func tensor(_ name: String) throws -> Tensor {
    guard let tensor = tensors[name] else { throw TensorFileError.noSuchTensor(file: path, name: name) }
    return tensor
  }
}
