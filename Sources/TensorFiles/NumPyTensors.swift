import Datasets
import Foundation
package import Graph

/// The arrays of an NPZ file as tensors.
package struct NumPyTensors: TensorFile {
  /// What the format is called.
  package static let formatName = "NPZ"

  /// Where it stands.
  package let path: String
  private let archive: NumPyArchive

  /// The tensors' names, in the order of the file.
  package var names: [String] { archive.names }

  /// Opens the file at `path`.
  package init(path: String) throws {
    self.path = path
    archive = try NumPyArchive(path: path)
  }

  /// The shape of a tensor; `nil` where there is none of that name.
  package func shape(of name: String) -> [Int]? { archive[name]?.shape }

  /// Reads a tensor.
  package func tensor(_ name: String) throws -> Tensor {
    guard let array = archive[name] else { throw TensorFileError.noSuchTensor(file: path, name: name) }
    // The types have the same names on both sides.
    guard let type = ElementType(rawValue: array.elementType.rawValue) else {
      throw TensorFileError.unsupportedType(file: path, name: name, type: array.elementType.rawValue)
    }
    return try Tensor(type, shape: array.shape, bytes: Data(try array.littleEndianBytes()))
  }
}
