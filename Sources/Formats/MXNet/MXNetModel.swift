public import Foundation
public import Graph

/// An MXNet model: `PREFIX-symbol.json` with the operators and `PREFIX-0007.params` with the arrays.
///
/// `network` says the operators in ONNX's, which the rest of the program speaks. Writing edits the files that were
/// loaded where a network differs: attributes that follow from numbers of channels, arrays, variables. What is not
/// touched comes out byte for byte.
public struct MXNetModel: ModelFile {
  /// The operators, in ONNX's; outputs of nodes are called as MXNet lists them: `conv0_output`.
  public var network: Network { translation.network }
  /// The bytes of both files.
  public let fileBytes: Int
  /// `MXNet`.
  public var formatName: String { "MXNet" }

  let files: MXNetFiles
  let symbol: Symbol
  let arrays: ArrayFile
  let translation: Translation
  let symbolBytes: Data
  let arrayBytes: Data

  /// Opens the model that `path` belongs to: its symbol, its arrays, or what the two paths have in common. Unless the
  /// path says which, the arrays are those of the newest epoch.
  ///
  /// - Parameter inputShapes: shapes by input, batch included, where the symbol does not say them; the only input may
  ///   have the empty name.
  /// - Throws: `FormatError` when one of the files is missing or is not what it should be.
  public init(contentsOf path: String, inputShapes: [String: [Int]] = [:]) throws {
    guard let files = try MXNetFiles.find(path) else { throw FormatError.unknownFormat(file: path) }
    try self.init(
      symbol: FileBytes.read(files.symbol), arrays: FileBytes.read(files.arrays), files: files,
      inputShapes: inputShapes)
  }

  /// Reads a model from the bytes of its files.
  ///
  /// - Parameters:
  ///   - symbol: the JSON text of the operators.
  ///   - arrays: the list of arrays.
  ///   - inputShapes: as above.
  /// - Throws: `FormatError` when the bytes are not a model.
  public init(symbol: Data, arrays: Data, inputShapes: [String: [Int]] = [:]) throws {
    try self.init(
      symbol: symbol, arrays: arrays,
      files: MXNetFiles(symbol: "model-symbol.json", arrays: "model-0000.params"),
      inputShapes: inputShapes)
  }

  private init(
    symbol symbolBytes: Data, arrays arrayBytes: Data, files: MXNetFiles, inputShapes: [String: [Int]]
  ) throws {
    for (bytes, file) in [(symbolBytes, files.symbol), (arrayBytes, files.arrays)]
    where bytes.prefix(40).elementsEqual("version https://git-lfs.github.com/spec/v1".utf8.prefix(40)) {
      throw FormatError.largeFilePointer(file: file)
    }
    self.files = files
    self.symbolBytes = symbolBytes
    self.arrayBytes = arrayBytes
    symbol = try Symbol(symbolBytes, file: files.symbol)
    arrays = try ArrayFile(arrayBytes, file: files.arrays)
    translation = try SymbolTranslator.translate(symbol, arrays, files: files, inputShapes: inputShapes)
    fileBytes = symbolBytes.count + arrayBytes.count
  }
}
