public import Foundation
public import Graph
import SwiftProtobuf

/// An ONNX model as its file holds it.
///
/// The typed graph in `network` is what the rest of the program works on; writing edits the loaded
/// message where a network differs from it, so that names, metadata, operator sets, element types, custom operators
/// and fields of later versions come out as they went in.
///
/// Calls of functions that the model defines itself are replaced by the functions' nodes in `network`, and an `If`
/// on a constant by the branch that is taken. Tensors of strings are
/// not in `network.constants`: they stay in the file, and the network knows such a value by its declared type.
public struct ONNXModel: ModelFile {
  /// The operator sets that can be read: all that are known. A later one may have changed what an operator
  /// means, silently where the attributes stay; its models are refused rather than computed wrongly.
  public static let supportedOpsets = 1...28

  /// The graph, typed: functions inlined, constants decoded, nodes in order.
  public let network: Network
  /// The bytes of the file and of those beside it that hold tensors.
  public let fileBytes: Int
  /// `ONNX`.
  public var formatName: String { "ONNX" }

  /// The message as parsed, each `If` that the file itself decides replaced by its branch.
  package let message: Onnx_ModelProto
  /// The message with function calls replaced; `nil` where there are none.
  let inlined: Onnx_ModelProto?
  /// The file itself, in pieces, of which the weights are some; `nil` for a model that was made of a network.
  let original: [Data]?
  /// The folder of the model, and the files there that hold tensors of it, as they were when it was opened.
  let externalFolder: String?
  let externalFiles: [String: Data]
  /// The path as the user gave it.
  let file: String

  /// Opens the model at `path`; external data are found in its folder and mapped, not copied.
  ///
  /// - Throws: `FormatError` when the file cannot be read or is not a well-formed model.
  public init(contentsOf path: String) throws {
    try self.init(EncodedBytes(contentsOf: path), baseFolder: FileBytes.folder(of: path), file: path)
  }

  /// Reads an encoded model.
  ///
  /// The constants of `network` are views of `data`.
  ///
  /// - Parameters:
  ///   - data: the encoded `ModelProto`.
  ///   - baseFolder: where external data are; `nil` when there is no such place.
  ///   - file: what errors call the model.
  /// - Throws: `FormatError` when `data` are not a well-formed model.
  public init(data: Data, baseFolder: String? = nil, file: String = "The model") throws {
    try self.init(EncodedBytes(data), baseFolder: baseFolder, file: file)
  }

  init(_ encoded: EncodedBytes, baseFolder: String?, file: String) throws {
    let (parsed, pieces) = try Self.parse(encoded, file: file)
    let message = BranchInlining.inline(parsed)
    guard message.hasGraph else { throw FormatError.noGraph(file: file) }
    let opsets = try Self.opsets(of: message, file: file)
    let inlined = try FunctionInlining.inline(message, file: file).map(BranchInlining.inline)
    let external = ExternalFiles(of: file, in: baseFolder)
    network = try GraphReader.network(
      of: (inlined ?? message).graph, opsets: opsets, decoder: TensorDecoder(file: file, external: external))
    fileBytes = encoded.count + external.byteCount
    self.message = message
    self.inlined = inlined
    self.original = pieces
    self.externalFolder = baseFolder
    self.externalFiles = external.mapped
    self.file = file
  }

  /// A new model that holds `network` and nothing else.
  ///
  /// - Parameter producer: the name of the program that makes it.
  /// - Throws: `FormatError.invalidNetwork` when the network cannot be said in ONNX.
  public init(_ network: Network, producer: String = "secateur") throws {
    var message = Onnx_ModelProto()
    message.irVersion = Int64(Onnx_Version.irVersion2021730.rawValue)
    message.producerName = producer
    message.opsetImport = network.opsets.sorted { $0.key < $1.key }.map { domain, version in
      var opset = Onnx_OperatorSetIdProto()
      opset.domain = domain
      opset.version = Int64(version)
      return opset
    }
    var graph = Onnx_GraphProto()
    var edit = GraphEdit(from: Network(name: "", opsets: network.opsets), to: network.closingDecisions())
    try edit.apply(to: &graph)
    message.graph = graph
    self.network = network
    self.message = message
    inlined = nil
    original = nil
    externalFolder = nil
    externalFiles = [:]
    file = "The model"
    fileBytes = network.constants.values.reduce(0) { $0 + $1.bytes.count }
  }

  // MARK: Parsing

  /// The message, and the pieces that it was made of.
  private static func parse(
    _ encoded: EncodedBytes, file: String
  ) throws -> (message: Onnx_ModelProto, pieces: [Data]) {
    if try encoded.prefix(40).elementsEqual("version https://git-lfs.github.com/spec/v1".utf8.prefix(40)) {
      throw FormatError.largeFilePointer(file: file)
    }
    if let skeleton = try WireSkeleton(of: encoded) {
      var message = try parse(skeleton.bytes, file: file)
      skeleton.restore(into: &message)
      return (message, skeleton.pieces)
    }
    let data = try encoded.whole()
    return (try parse(data, file: file), [data])
  }

  private static func parse(_ data: Data, file: String) throws -> Onnx_ModelProto {
    do {
      return try Onnx_ModelProto(serializedBytes: data)
    } catch BinaryDecodingError.truncated where ModelFormat.detect(path: "", firstBytes: data) == .onnx {
      throw FormatError.truncated(file: file)
    } catch {
      throw FormatError.notONNX(file: file)
    }
  }

  private static func opsets(of message: Onnx_ModelProto, file: String) throws -> [String: Int] {
    var opsets: [String: Int] = [:]
    for opset in message.opsetImport {
      opsets[opset.domain == "ai.onnx" ? "" : opset.domain] = Int(opset.version)
    }
    // A model without the list is of the first version of the operators.
    let version = opsets[""] ?? (opsets.isEmpty ? 1 : supportedOpsets.upperBound)
    guard supportedOpsets.contains(version) else {
      throw FormatError.unsupportedOpset(file: file, version: version, supported: supportedOpsets)
    }
    return opsets
  }
}
