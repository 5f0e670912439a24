import Errors
import Formats
import Foundation
import Graph
import TestSupport
import Testing

/// What is wrong with an archive is said in a sentence.
@Suite struct PT2ReadingTests {
  private static func archive() throws -> StoredArchive {
    try StoredArchive(data: Data(contentsOf: CaseFile.model("pictures.pt2")))
  }

  private func sentence(_ edit: (String, Data) -> Data?) throws -> String {
    let entries = try Self.archive().entries.compactMap { entry in
      edit(entry.name, entry.bytes).map { (name: entry.name, bytes: $0) }
    }
    let data = StoredArchiveWriter.pieces(of: entries).reduce(into: Data()) { $0.append($1) }
    let error = #expect(throws: FormatError.self) { try PT2Model(data: data, file: "net.pt2") }
    return error?.sentence ?? ""
  }

  private func replacing(_ entry: String, _ old: String, _ new: String) throws -> String {
    try sentence { name, bytes in
      guard name.hasSuffix(entry) else { return bytes }
      return Data(String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: old, with: new).utf8)
    }
  }

  /// Headers, places and the directory are those that PyTorch's own writer makes.
  @Test(arguments: ["pictures.pt2", "sequence.pt2", "pictures-half.pt2"])
  func `an archive is written as PyTorch writes it`(name: String) throws {
    let bytes = try Data(contentsOf: CaseFile.model(name))
    let entries = try StoredArchive(data: bytes).entries.map { (name: $0.name, bytes: $0.bytes) }
    #expect(StoredArchiveWriter.pieces(of: entries).reduce(into: Data()) { $0.append($1) } == bytes)
  }

  /// PyTorch trains its parameters; buffers and numbers that stand in a forward stay.
  @Test func `what is no parameter is fixed`() throws {
    let data = try Data(contentsOf: CaseFile.model("pictures.pt2"))
    let network = try PT2Model(data: data, file: "net.pt2").network
    let constants = Set(network.constants.keys).subtracting(network.fixedConstants)
    let trained = Set(constants.map(network.name(of:)))
    let layers = ["stem", "norm", "grouped", "slope", "groups", "up", "last", "head"]
    let parameters = layers.flatMap { ["\($0).weight", "\($0).bias"] } + ["scale"]
    #expect(trained == Set(parameters).subtracting(["stem.bias", "slope.bias"]))
  }

  @Test func `a missing weight`() throws {
    #expect(
      try sentence { $0.hasSuffix("weight_3") ? nil : $1 }.hasPrefix("net.pt2 does not hold the weight "))
  }

  @Test func `a weight that is cut off`() throws {
    let text = try sentence { $0.hasSuffix("weight_1") ? $1.prefix(5) : $1 }
    #expect(text.contains("is malformed") && text.contains("elements"))
  }

  @Test func `an unknown version`() throws {
    #expect(
      try replacing("model.json", "\"major\": 8", "\"major\": 9")
        == "The exported program in net.pt2 is of version 9; secateur reads version 8.")
  }

  @Test func `an unknown type`() throws {
    #expect(
      try replacing("weights_config.json", "\"dtype\": 7", "\"dtype\": 99").contains(
        "elements of type number 99"))
  }

  @Test func `no program`() throws {
    #expect(
      try sentence { $0.contains("/models/") ? nil : $1 }
        == "net.pt2 is not a .pt2 archive: it holds no exported program.")
  }

  @Test func `a compressed entry`() throws {
    var bytes = try Data(contentsOf: CaseFile.model("pictures.pt2"))
    // The first entry of the directory: its compression stands ten bytes behind the mark.
    let mark = try #require(bytes.range(of: Data([0x50, 0x4B, 1, 2])))
    bytes[mark.lowerBound + 10] = 8
    let error = #expect(throws: FormatError.self) { try PT2Model(data: bytes, file: "net.pt2") }
    #expect(error?.sentence.contains("is compressed or encrypted") == true)
  }

  @Test func `bytes that are cut off`() throws {
    let bytes = try Data(contentsOf: CaseFile.model("pictures.pt2"))
    let error = #expect(throws: FormatError.self) {
      try PT2Model(data: bytes.prefix(bytes.count / 2), file: "net.pt2")
    }
    #expect(
      error?.sentence
        == "net.pt2 is not a .pt2 archive: its directory is missing, so it may have been cut off.")
  }

  /// What is not known freezes what it touches; the file opens all the same.
  @Test func `an unknown operator`() throws {
    let archive = try Self.archive()
    let entries = archive.entries.map { entry in
      (
        name: entry.name,
        bytes: entry.name.hasSuffix("model.json")
          ? Data(
            String(decoding: entry.bytes, as: UTF8.self).replacingOccurrences(
              of: "torch.ops.aten.prelu.default", with: "torch.ops.mine.prelu.default"
            ).utf8) : entry.bytes
      )
    }
    let data = StoredArchiveWriter.pieces(of: entries).reduce(into: Data()) { $0.append($1) }
    let model = try PT2Model(data: data)
    let unknown = try #require(model.network.nodes.first { $0.domain == "torch" })
    #expect(unknown.op == "mine.prelu.default")
    let bound = try BoundNetwork(model.network)
    // What the program says of it is known.
    #expect(bound.shape(of: try #require(unknown.outputs[0])) == [1, 8, 6, 6])
    #expect(try model.data(for: model.network) == data)
  }
}
