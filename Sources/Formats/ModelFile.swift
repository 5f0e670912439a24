package import Foundation
public import Graph

/// A model as a file holds it: a network, and everything around it that a copy of the file must keep.
public protocol ModelFile: Sendable {
  /// The format's name as people write it: `ONNX`.
  var formatName: String { get }

  /// The bytes the model takes on disk, files beside it included.
  var fileBytes: Int { get }

  /// What the file holds, as a typed graph.
  var network: Network { get }

  /// The files that `write` makes when `path` is given.
  func files(writtenTo path: String) -> [String]

  /// The path to give `write` for a model of this format that is called `stem`, a path without an ending.
  func path(ofStem stem: String) -> String

  /// Writes the model with what differs in `network` changed, and everything else as it is; what was kept in files of
  /// its own stays in files of its own, named after `path`. The files appear complete or not at all.
  ///
  /// - Parameters:
  ///   - network: an edited copy of `self.network`.
  ///   - shapes: inferred shapes by value name, from which declared ones that no longer hold are renewed.
  func write(_ network: Network, to path: String, shapes: [String: [Graph.Dimension]]) throws
}

extension ModelFile {
  /// Writes the file with what differs in `network` changed; declared shapes that no longer hold are dropped.
  public func write(_ network: Network, to path: String) throws {
    try write(network, to: path, shapes: [:])
  }
}

extension ModelFile {
  /// Throws where the name of an output asks for a format that the model is not written in.
  func requireFormat(of path: String, among formats: [ModelFormat]) throws {
    guard let asked = ModelFormat(namedBy: path), !formats.contains(asked) else { return }
    throw FormatError.notConvertible(file: path, format: asked.name, original: formatName)
  }
}

/// The formats that models are read from.
public enum ModelFormat: String, Sendable, CaseIterable {
  /// Open Neural Network Exchange, MXNet's symbol with its params, and programs of torch.export.
  case onnx, mxnet, pt2

  /// The format that a path's ending is that of; `nil` for another ending.
  init?(namedBy path: String) {
    if path.lowercased().hasSuffix(".onnx") {
      self = .onnx
    } else if path.lowercased().hasSuffix(PT2Model.ending) {
      self = .pt2
    } else if MXNetFiles.names(path) {
      self = .mxnet
    } else {
      return nil
    }
  }

  /// The name as people write it.
  var name: String {
    switch self {
    case .onnx: "ONNX"
    case .mxnet: "MXNet"
    case .pt2: "PyTorch"
    }
  }

  /// The format of the file at `path`, by its extension, or else by its first bytes.
  package static func detect(path: String, firstBytes: Data) -> ModelFormat? {
    if path.lowercased().hasSuffix(".onnx") { return .onnx }
    if path.lowercased().hasSuffix(PT2Model.ending) || StoredArchive.begins(firstBytes) { return .pt2 }
    // An exporter writes the message's first field first: `ir_version`, a small number.
    if firstBytes.count >= 2, firstBytes[firstBytes.startIndex] == 0x08,
      1...32 ~= firstBytes[firstBytes.startIndex + 1]
    {
      return .onnx
    }
    return nil
  }

  /// Opens the model at `path`, whatever its format.
  ///
  /// - Parameter inputShapes: shapes by input, batch included, for a format that may not say them; the only input may
  ///   have the empty name.
  /// - Throws: `FormatError` when the file cannot be read or is not a model.
  public static func open(_ path: String, inputShapes: [String: [Int]] = [:]) throws
    -> any ModelFile
  {
    if try MXNetFiles.find(path) != nil { return try MXNetModel(contentsOf: path, inputShapes: inputShapes) }
    let bytes = try EncodedBytes(contentsOf: path)
    switch detect(path: path, firstBytes: try bytes.prefix(16)) {
    case .onnx:
      return try ONNXModel(bytes, baseFolder: FileBytes.folder(of: path), file: path)
    case .pt2:
      return try PT2Model(bytes, file: path)
    case .mxnet, nil:
      throw FormatError.unknownFormat(file: path)
    }
  }
}
