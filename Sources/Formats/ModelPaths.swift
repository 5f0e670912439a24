import Files
import Foundation
import SwiftProtobuf

/// The files of a model on disk, found without reading its weights: those that it is read from, and those that a network
/// made of it is written to.
package struct ModelPaths: Sendable {
  /// The files that hold the model; the one that was given where nothing more can be told.
  package let read: [String]
  private let written: @Sendable (String) -> [String]

  /// The files of the model that `path` leads to. Nothing is checked: opening it says what is wrong.
  package init(of path: String) {
    if let files = try? MXNetFiles.find(path) {
      read = [files.symbol, files.arrays]
      written = { files.all(writtenTo: $0) }
      return
    }
    let locations = Self.externalLocations(ofONNX: path)
    let folder = Folder.path(above: path) as NSString
    read = [path] + locations.map { folder.appendingPathComponent($0) }
    written = { locations.isEmpty ? [$0] : [$0, ONNXModel.dataPath(beside: $0)] }
  }

  /// The files that a network made of the model comes to when `path` is given.
  package func written(to path: String) -> [String] { written(path) }

  /// What a file's name begins with that is one of a model's: `step-3` of `step-3.onnx`, `step-3.onnx.data`,
  /// `step-3.pt2`, `step-3-symbol.json` and `step-3-0000.params`; `nil` for other names.
  package static func stem(of name: String) -> String? {
    for ending in [
      ".onnx", ONNXModel.dataPath(beside: ".onnx"), PT2Model.ending, "-symbol.json",
    ] where name.hasSuffix(ending) {
      return String(name.dropLast(ending.count))
    }
    return name.wholeMatch(of: /(.+)-[0-9]{4,}\.params/).map { String($0.1) }
  }

  /// The files beside an ONNX model that hold tensors of it, as the model calls them.
  private static func externalLocations(ofONNX path: String) -> [String] {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped),
      ModelFormat.detect(path: path, firstBytes: bytes.prefix(16)) == .onnx,
      let skeleton = try? WireSkeleton(of: EncodedBytes(bytes)),
      var message = try? Onnx_ModelProto(serializedBytes: skeleton.bytes, partial: true)
    else { return [] }
    var locations: Set<String> = []
    try? message.mapExternalTensors { tensor in
      if let entry = tensor.externalData.last(where: { $0.key == "location" }) {
        locations.insert(entry.value)
      }
    }
    return locations.sorted()
  }
}
