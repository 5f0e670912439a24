public import Foundation
public import Graph

/// A `.pt2` file: a program that `torch.export.save` wrote, with its weights.
///
/// `network` says the program's operators in ONNX's, which the rest of the program speaks. Writing edits the program that was
/// loaded where a network differs: sizes that follow from numbers of channels, weights, what is said of the tensors in between.
/// What is not touched comes out byte for byte.
public struct PT2Model: ModelFile {
  /// The operators, in ONNX's; values are called as the program calls them, constants as the module: `layer1.0.conv1.weight`.
  public var network: Network { translation.network }
  /// The bytes of the file.
  public let fileBytes: Int
  /// `PyTorch`.
  public var formatName: String { "PyTorch" }

  /// In today's form.
  let archive: StoredArchive
  /// The archive as it was read, where that is in an older form.
  let older: OlderArchive?
  /// The first folder in the archive, and the program's name.
  let root, name: String
  let program: ExportedProgram
  let payloads: ProgramPayloads
  let translation: ProgramTranslation
  /// The path as the user gave it.
  let file: String

  /// Opens the file at `path`.
  ///
  /// - Throws: `FormatError` when the file cannot be read or holds no program.
  public init(contentsOf path: String) throws {
    try self.init(EncodedBytes(contentsOf: path), file: path)
  }

  /// Reads a program from the bytes of its archive.
  ///
  /// The constants of `network` are views of `data`.
  ///
  /// - Parameters:
  ///   - data: the archive.
  ///   - file: what errors call it.
  /// - Throws: `FormatError` when the bytes are no archive with a program.
  public init(data: Data, file: String = "The model") throws {
    try self.init(EncodedBytes(data), file: file)
  }

  init(_ encoded: EncodedBytes, file: String) throws {
    if try encoded.prefix(40).elementsEqual("version https://git-lfs.github.com/spec/v1".utf8.prefix(40)) {
      throw FormatError.largeFilePointer(file: file)
    }
    try self.init(StoredArchive(encoded, file: file), fileBytes: encoded.count, file: file)
  }

  /// Reads a program from an archive.
  init(_ read: StoredArchive, fileBytes: Int, file: String) throws {
    older = OlderArchive(read)
    let archive = try older?.current(file: file) ?? read
    (root, name) = try Self.program(in: archive, file: file)
    if let order = archive.bytes("\(root)/byteorder"), !order.elementsEqual("little".utf8) {
      throw FormatError.malformedArchive(
        file: file, problem: "its numbers do not begin with their lowest byte")
    }
    guard let text = archive.bytes(Self.path(root, name)) else {
      throw FormatError.malformedArchive(file: file, problem: "it has no entry \(Self.path(root, name))")
    }
    program = try ExportedProgram(text, file: file)
    payloads = try ProgramPayloads(archive, root: root, model: name, file: file)
    translation = try ProgramTranslator.translate(program, payloads, archive, file: file)
    (self.archive, self.fileBytes, self.file) = (archive, fileBytes, file)
  }

  /// Where an archive has the text of a program.
  static func path(_ root: String, _ name: String) -> String { "\(root)/models/\(name).json" }

  /// The first folder of an archive, and the name of the program in it: `model` unless there is only another one.
  private static func program(in archive: StoredArchive, file: String) throws -> (root: String, name: String)
  {
    var found: [(root: String, name: String)] = []
    for entry in archive.entries where entry.name.hasSuffix(".json") {
      let parts = entry.name.split(separator: "/").map(String.init)
      guard parts.count == 3, parts[1] == "models" else { continue }
      found.append((parts[0], String(parts[2].dropLast(".json".count))))
    }
    if let usual = found.first(where: { $0.name == "model" }) { return usual }
    guard let first = found.first else {
      throw FormatError.malformedArchive(file: file, problem: "it holds no exported program")
    }
    guard found.count == 1 else {
      throw FormatError.malformedArchive(
        file: file, problem: "it holds \(found.count) programs, of which none is called model")
    }
    return first
  }
}
