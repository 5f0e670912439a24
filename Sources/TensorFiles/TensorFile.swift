import Datasets
package import Graph

/// A file of named tensors: what other programs leave of a network's weights. A format is a type of its own.
package protocol TensorFile: Sendable {
  /// Where it stands.
  var path: String { get }
  /// What the format is called.
  static var formatName: String { get }
  /// The tensors' names, in the order of the file.
  var names: [String] { get }

  /// The shape of a tensor; `nil` where there is none of that name.
  func shape(of name: String) -> [Int]?
  /// Reads a tensor.
  ///
  /// - Throws: where there is none of that name, or its elements cannot be read.
  func tensor(_ name: String) throws -> Tensor
}

/// The formats that are read, by what the files hold and not by how they are called.
package enum TensorFormat: Sendable {
  /// What the names of such files end with.
  package static let endings = ["safetensors", "pt", "pth", "npz"]

  /// Opens a file of tensors.
  ///
  /// - Throws: `TensorFileError` for a file of no format that is known, and for what is broken in it.
  package static func open(_ path: String) throws -> any TensorFile {
    let source = try ByteSource(path: path)
    let head = try source.bytes(at: 0, count: min(9, source.count))
    if head.starts(with: [0x50, 0x4B]) {
      let archive = try ZIPArchive(source, format: "ZIP")
      if archive.entries.contains(where: { $0.name.hasSuffix(".npy") }) {
        return try NumPyTensors(path: path)
      }
      return try TorchFile(archive)
    }
    // The length of the heading comes first, and can be any number.
    if head.count == 9, head[8] == UInt8(ascii: "{") { return try Safetensors(source) }
    // What PyTorch wrote before 1.6: pickles one after the other.
    if head.starts(with: [0x80, 0x02]) { throw TensorFileError.olderTorchForm(file: path) }
    throw TensorFileError.unknownFormat(file: path)
  }
}
