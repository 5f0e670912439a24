package import Datasets
package import Foundation
package import Graph

/// A file of the format safetensors: the length of a header, the header as JSON, and the tensors' bytes.
///
/// https://github.com/huggingface/safetensors
package struct Safetensors: TensorFile {
  /// What the format is called.
  package static let formatName = "safetensors"

  /// What the header says of a tensor.
  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  /// A tensor's entry, or the texts that go by `__metadata__`.
  private struct Member: Decodable {
    let entry: Entry?

    init(from decoder: any Decoder) throws {
      guard decoder.codingPath.first?.stringValue != Safetensors.metadata else {
        entry = nil
        return
      }
      entry = try Entry(from: decoder)
    }
  }

  private static let metadata = "__metadata__"
  /// What the format allows a header to have.
  private static let longestHeader = 100_000_000
  /// Where the tensors begin.
  private let start: Int
  private let source: ByteSource
  private let entries: [String: Entry]
  /// The tensors' names, in the order of the file.
  package let names: [String]

  /// Where it stands.
  package var path: String { source.path }

  /// Reads the header.
  package init(_ source: ByteSource) throws {
    func malformed(_ problem: String) -> TensorFileError {
      .malformed(file: source.path, format: Self.formatName, problem: problem)
    }
    guard source.count >= 8 else { throw malformed("it ends before its header") }
    let length = try source.bytes(at: 0, count: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(Self.longestHeader, source.count - 8)) else {
      throw malformed("its header is announced with \(length) bytes")
    }
    let header = Data(try source.bytes(at: 8, count: Int(length)))
    guard let members = try? JSONDecoder().decode([String: Member].self, from: header) else {
      throw malformed("its header is no table of tensors")
    }
    start = 8 + Int(length)
    let entries = members.compactMapValues(\.entry)
    self.source = source
    self.entries = entries
    let room = source.count - start
    for (name, entry) in entries {
      guard entry.data_offsets.count == 2, 0...room ~= entry.data_offsets[0],
        entry.data_offsets[0]...room ~= entry.data_offsets[1], entry.shape.allSatisfy({ $0 >= 0 }),
        let count = entry.shape.checkedElementCount
      else { throw malformed("the tensor \(name) lies outside of it") }
      let bytes = entry.data_offsets[1] - entry.data_offsets[0]
      if let width = Self.types[entry.dtype]?.byteCount, count.checkedProduct(width) != bytes {
        throw malformed("the tensor \(name) of the shape \(entry.shape.shapeText) has \(bytes) bytes")
      }
    }
    names = entries.keys.sorted { a, b in
      let (first, second) = (entries[a]?.data_offsets[0] ?? 0, entries[b]?.data_offsets[0] ?? 0)
      return (first, a) < (second, b)
    }
  }

  /// The shape of a tensor; `nil` where there is none of that name.
  package func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// Reads a tensor.
  package func tensor(_ name: String) throws -> Tensor {
    guard let entry = entries[name] else { throw TensorFileError.noSuchTensor(file: path, name: name) }
    guard let type = Self.types[entry.dtype] else {
      throw TensorFileError.unsupportedType(file: path, name: name, type: entry.dtype)
    }
    let bytes = try source.bytes(
      at: start + entry.data_offsets[0], count: entry.data_offsets[1] - entry.data_offsets[0])
    return try Tensor(type, shape: entry.shape, bytes: Data(bytes))
  }

  /// The types of elements, by the format's names.
  private static let types: [String: ElementType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64, "I32": .int32,
    "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16, "U8": .uint8, "BOOL": .bool,
  ]
}

// MARK: - Writing

extension Safetensors {
  /// A file with these tensors, in their order.
  ///
  /// - Precondition: no two have the same name, and none holds texts.
  package static func encoded(_ tensors: [(name: String, tensor: Tensor)]) -> Data {
    let names = Dictionary(uniqueKeysWithValues: types.map { ($1, $0) })
    var offset = 0
    var members = ["\"\(metadata)\":{\"format\":\"pt\"}"]
    for (name, tensor) in tensors {
      guard let type = names[tensor.elementType] else { preconditionFailure("tensors of numbers") }
      let end = offset + tensor.bytes.count
      members.append(
        "\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":\(tensor.shape),\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var header = Data("{\(members.joined(separator: ","))}".utf8)
    // The tensors begin at a multiple of eight.
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var file = Data()
    file.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { file.append(contentsOf: $0) }
    file.append(header)
    for (_, tensor) in tensors { file.append(tensor.bytes) }
    return file
  }

  private static func quoted(_ name: String) -> String {
    guard let text = try? JSONEncoder().encode(name) else { preconditionFailure("a text can be written") }
    return String(decoding: text, as: UTF8.self)
  }
}
