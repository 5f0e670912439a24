import Foundation
import Graph

/// The arrays of a model as `mx.nd.save` writes them: a list of arrays and a list of names.
///
/// MXNet 1.9.1, `NDArray::Save`. What is not changed is written as it was read, whichever of the four versions of an
/// array's header it has.
struct ArrayFile: Sendable {
  /// One array.
  struct Record: Sendable {
    /// The name in the file: `arg:conv0_weight`, `aux:bn0_moving_mean`.
    var name: String
    /// The header's version.
    let version: Version
    /// The bytes before the shape.
    let front: Data
    /// Where the array was when it was saved: a kind of device and its number.
    let device: Data
    /// The number of the element type.
    let typeCode: Int32
    /// The elements; `nil` for an array that was never given a shape.
    var tensor: Tensor?
    /// All of its bytes, as they were read; `nil` for what is new or changed.
    var bytes: Data?
  }

  /// How a header says the shape.
  enum Version: Sendable {
    /// 32-bit extents, and no mark.
    case unmarked
    /// 64-bit extents behind 0xF993FAC8.
    case v1
    /// A kind of storage before the shape: 0xF993FAC9.
    case v2
    /// As the second, where a shape without extents is a number: 0xF993FACA.
    case v3
  }

  /// In the order of the file.
  var records: [Record]
  /// What stands behind the names.
  var trailer: Data
  /// The field behind the mark.
  let reserved: UInt64
  /// Whether an array was taken out.
  private(set) var isReduced = false

  /// The mark at the beginning.
  static let mark: UInt64 = 0x112

  /// The record by the name that the symbol uses, without `arg:` and `aux:`.
  func index(named name: String) -> Int? { indices[name] }

  private var indices: [String: Int]

  /// Takes an array out.
  mutating func remove(_ name: String) {
    guard let index = indices.removeValue(forKey: name) else { return }
    records.remove(at: index)
    indices = indices.mapValues { $0 > index ? $0 - 1 : $0 }
    isReduced = true
  }

  /// The name without what tells parameters and statistics apart.
  static func plainName(_ name: String) -> String {
    name.hasPrefix("arg:") || name.hasPrefix("aux:") ? String(name.dropFirst(4)) : name
  }

  /// Reads a file.
  ///
  /// - Parameter file: what errors call it.
  /// - Throws: `FormatError.malformedArrays`, `FormatError.sparseArray`.
  init(_ data: Data, file: String) throws {
    var reader = ArrayReader(data, file: file)
    guard try reader.unsigned64() == Self.mark else {
      throw FormatError.malformedArrays(file: file, problem: "it does not begin like a list of MXNet arrays")
    }
    reserved = try reader.unsigned64()
    var records: [Record] = []
    for number in 0..<(try reader.count(of: "arrays", atLeast: 4)) {
      records.append(try reader.record(number: number))
    }
    let names = try reader.count(of: "names", atLeast: 8)
    guard names == records.count else {
      throw FormatError.malformedArrays(
        file: file, problem: "it has \(records.count) arrays and \(names) names")
    }
    var indices: [String: Int] = [:]
    for number in records.indices {
      let name = try reader.name()
      records[number].name = name
      guard indices.updateValue(number, forKey: Self.plainName(name)) == nil else {
        throw FormatError.malformedArrays(
          file: file, problem: "it has two arrays called \(Self.plainName(name))")
      }
    }
    if let sparse = reader.sparse.first {
      throw FormatError.sparseArray(file: file, array: Self.plainName(records[sparse].name))
    }
    self.records = records
    self.indices = indices
    trailer = reader.rest
  }

  /// Element types by number.
  static let elementTypes: [Int32: ElementType] = [
    0: .float32, 1: .float64, 2: .float16, 3: .uint8, 4: .int32, 5: .int8, 6: .int64, 7: .bool, 8: .int16,
    9: .uint16, 10: .uint32, 11: .uint64, 12: .bfloat16,
  ]
}

/// Numbers from bytes, none beyond the end.
private struct ArrayReader {
  let data: Data
  let file: String
  private var index: Int
  /// Numbers of the arrays that are not dense.
  private(set) var sparse: [Int] = []

  init(_ data: Data, file: String) {
    (self.data, self.file, index) = (data, file, data.startIndex)
  }

  var rest: Data { data[index...] }

  private func malformed(_ problem: String) -> FormatError { .malformedArrays(file: file, problem: problem) }

  private mutating func bytes(_ count: Int) throws -> Data {
    guard count >= 0, count <= data.endIndex - index else { throw malformed("it ends in the middle") }
    defer { index += count }
    return data[index..<index + count]
  }

  private mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    try bytes(MemoryLayout<T>.size).reversed().reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
  }

  mutating func unsigned64() throws -> UInt64 { try number(UInt64.self) }

  /// A count of things that take at least so many bytes each.
  mutating func count(of what: String, atLeast bytes: Int) throws -> Int {
    let count = try unsigned64()
    guard count <= UInt64((data.endIndex - index) / bytes) else {
      throw malformed("it announces \(count) \(what), more than it has bytes for")
    }
    return Int(count)
  }

  mutating func name() throws -> String {
    let length = try count(of: "bytes of a name", atLeast: 1)
    guard let name = String(validating: try bytes(length), as: UTF8.self) else {
      throw malformed("a name is not UTF-8 text")
    }
    return name
  }

  mutating func record(number: Int) throws -> ArrayFile.Record {
    let start = index
    let mark = try self.number(UInt32.self)
    let version: ArrayFile.Version =
      switch mark {
      case 0xF993_FAC8: .v1
      case 0xF993_FAC9: .v2
      case 0xF993_FACA: .v3
      default: .unmarked
      }
    if version == .v2 || version == .v3, try self.number(Int32.self) != 0 {
      return try sparseRecord(number, from: start)
    }
    let front = version == .unmarked ? Data() : data[start..<index]
    let rank = version == .unmarked ? Int64(mark) : Int64(try self.number(Int32.self))
    let shape = try extents(rank, version, of: number)
    guard let shape else {
      return .init(
        name: "", version: version, front: front, device: Data(), typeCode: 0, tensor: nil,
        bytes: data[start..<index])
    }
    let device = try bytes(8)
    let code = try self.number(Int32.self)
    guard let type = ArrayFile.elementTypes[code], let width = type.byteCount else {
      throw malformed("array \(number) has elements of the type \(code), which MXNet does not have")
    }
    guard let count = shape.checkedElementCount else {
      throw malformed("array \(number) has the shape \(shape)")
    }
    let elements = try bytes(count * width)
    do {
      return .init(
        name: "", version: version, front: front, device: device, typeCode: code,
        tensor: try Tensor(type, shape: shape, bytes: elements), bytes: data[start..<index])
    } catch { throw malformed("array \(number) has the shape \(shape)") }
  }

  /// The shape; `nil` for an array without one, which ends there.
  private mutating func extents(
    _ rank: Int64, _ version: ArrayFile.Version, of number: Int
  ) throws -> [Int]? {
    if rank == (version == .v3 ? -1 : 0) { return nil }
    guard 0...32 ~= rank else { throw malformed("array \(number) has \(rank) axes") }
    var shape: [Int] = []
    for _ in 0..<rank {
      let extent = version == .unmarked ? Int64(try self.number(UInt32.self)) : try self.number(Int64.self)
      guard extent >= 0 else { throw malformed("array \(number) has an axis of \(extent) elements") }
      shape.append(Int(extent))
    }
    return shape
  }

  /// Steps over an array of few elements, whose name is needed to speak of it.
  ///
  /// A row-sparse one (1) has one array of indices beside its elements, a compressed one (2) two.
  private mutating func sparseRecord(_ number: Int, from start: Int) throws -> ArrayFile.Record {
    index = start + 4
    let kind = try self.number(Int32.self)
    guard 1...2 ~= kind else { throw malformed("array \(number) is stored in the way \(kind)") }
    sparse.append(number)
    func shape() throws -> [Int] {
      try extents(Int64(try self.number(Int32.self)), .v2, of: number) ?? []
    }
    func count(_ shape: [Int], _ code: Int32) throws -> Int {
      guard let width = ArrayFile.elementTypes[code]?.byteCount,
        let count = (shape + [width]).checkedElementCount
      else { throw malformed("array \(number) has the shape \(shape)") }
      return count
    }
    let stored = try shape()
    _ = try shape()
    _ = try bytes(8)
    let code = try self.number(Int32.self)
    var parts: [Int] = []
    for _ in 0..<kind {
      let type = try self.number(Int32.self)
      parts.append(try count(try shape(), type))
    }
    for part in [try count(stored, code)] + parts { _ = try bytes(part) }
    return .init(
      name: "", version: .v2, front: Data(), device: Data(), typeCode: code, tensor: nil,
      bytes: data[start..<index])
  }
}
