import Formats
import Foundation
import Graph
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct ExternalDataTests {
  @Test func `external tensors stay external`() throws {
    let model = try Fixture.model("small-external.onnx")
    let folder = try TemporaryFolder()
    let pruned = try model.network.keeping([3, 0])
    try model.write(pruned, to: folder.path("out.onnx"))
    #expect(folder.names == ["out.onnx", "out.onnx.data"])
    let copy = try ONNXModel(contentsOf: folder.path("out.onnx"))
    #expect(copy.network.constants == pruned.constants)
    for tensor in copy.message.graph.initializer {
      #expect(tensor.dataLocation == .external)
      #expect(!tensor.hasRawData)
      #expect(tensor.externalData.first { $0.key == "location" }?.value == "out.onnx.data")
    }
    // Writing over the files that the model is read from must not change what is read.
    try copy.write(copy.network, to: folder.path("out.onnx"))
    #expect(try ONNXModel(contentsOf: folder.path("out.onnx")).network.constants == pruned.constants)
    #expect(folder.names == ["out.onnx", "out.onnx.data"])
  }

  @Test func `data are self-contained`() throws {
    let model = try Fixture.model("small-external.onnx")
    let copy = try ONNXModel(data: model.data(for: model.network))
    #expect(copy.network.constants == model.network.constants)
    #expect(copy.message.graph.initializer.allSatisfy { !$0.hasDataLocation && $0.externalData.isEmpty })
  }

  /// The external fixture in a folder of its own, with other entries for the first tensor.
  private func model(_ entries: [String: String], in folder: TemporaryFolder) throws -> String {
    var message = try Onnx_ModelProto(serializedBytes: Fixture.bytes("small-external.onnx"))
    for (key, value) in entries {
      let index = try #require(message.graph.initializer[0].externalData.firstIndex { $0.key == key })
      message.graph.initializer[0].externalData[index].value = value
    }
    try Data(message.serializedBytes() as Data).write(to: URL(fileURLWithPath: folder.path("model.onnx")))
    return folder.path("model.onnx")
  }

  @Test(arguments: [
    "../secret", "a/../../secret", "/etc/hostname", "..", ".", "linked/secret", "sub\\..\\..\\secret",
  ])
  func `files outside the model's folder are not read`(location: String) throws {
    let outer = try TemporaryFolder()
    try Data(count: 4096).write(to: URL(fileURLWithPath: outer.path("secret")))
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(atPath: folder.path("linked"), withDestinationPath: outer.path)
    let path = try model(["location": location], in: folder)
    let error = #expect(throws: FormatError.self) { try ONNXModel(contentsOf: path) }
    if location == "." { return }
    #expect(error == .externalFileOutside(file: path, tensor: "conv.weight", location: location))
  }

  @Test func `a model that is a link finds the data beside the original`() throws {
    let store = try TemporaryFolder()
    try Fixture.bytes("small-external.onnx").write(to: URL(fileURLWithPath: store.path("one")))
    try Fixture.bytes("small-external.data").write(to: URL(fileURLWithPath: store.path("two")))
    let folder = try TemporaryFolder()
    let links = FileManager.default
    try links.createSymbolicLink(atPath: folder.path("model.onnx"), withDestinationPath: store.path("one"))
    try links.createSymbolicLink(
      atPath: folder.path("small-external.data"), withDestinationPath: store.path("two"))
    #expect(try ONNXModel(contentsOf: folder.path("model.onnx")).network.constants.count == 8)
  }

  @Test func `missing and short files are named`() throws {
    let folder = try TemporaryFolder()
    let path = try model([:], in: folder)
    let data = URL(fileURLWithPath: folder.path("small-external.data"))
    #expect(
      throws: FormatError.missingExternalFile(
        file: path, tensor: "conv.weight", location: "small-external.data", reason: "there is no such file")
    ) { try ONNXModel(contentsOf: path) }
    try Fixture.bytes("small-external.data").prefix(100).write(to: data)
    let error = #expect(throws: FormatError.self) { try ONNXModel(contentsOf: path) }
    guard case .malformedTensor(_, "conv.weight", let problem) = error else {
      throw error ?? .invalidNetwork(problem: "")
    }
    #expect(problem.contains("small-external.data, which has 100"))
    try Data().write(to: data)
    #expect(throws: FormatError.self) { try ONNXModel(contentsOf: path) }
    #expect(throws: FormatError.self) { try ONNXModel(data: Data(contentsOf: URL(fileURLWithPath: path))) }
  }

  @Test(arguments: [
    ["offset": "-4"], ["offset": "999999999999999999999"], ["offset": "9223372036854775807"],
    ["length": "9223372036854775807"], ["length": "x"], ["length": "4"], ["offset": "500"],
    ["offset": "400"],
  ])
  func `wrong indices in the file are refused`(entries: [String: String]) throws {
    let folder = try TemporaryFolder()
    let path = try model(entries, in: folder)
    try Fixture.bytes("small-external.data").write(
      to: URL(fileURLWithPath: folder.path("small-external.data")))
    let error = #expect(throws: FormatError.self) { try ONNXModel(contentsOf: path) }
    guard case .malformedTensor(_, "conv.weight", _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
