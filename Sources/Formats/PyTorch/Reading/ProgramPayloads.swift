import Foundation
import Graph

/// The parameters, buffers and constants beside a program: which file of the archive holds each, and how.
struct ProgramPayloads: Sendable {
  /// Where one is.
  struct Record: Sendable {
    /// The entry of the archive that holds its bytes.
    let entry: String
    /// Whether it is in the list of weights, or in that of constants.
    let isWeight: Bool
    /// The strides that it is stored with, and where it begins; in elements.
    let shape, strides: [Int]
    let offset: Int
    let elementType: ElementType
    /// What the list says of it.
    let text: JSONText

    /// How it lies in the entry.
    var layout: StridedLayout { StridedLayout(offset: offset, shape: shape, strides: strides) }

    /// The elements that it has; those of tied weights are the same.
    var place: Place {
      Place(entry: entry, shape: shape, strides: strides, offset: offset, elementType: elementType)
    }
  }

  /// Elements of the archive.
  struct Place: Hashable {
    let entry: String
    let shape, strides: [Int]
    let offset: Int
    let elementType: ElementType
  }

  /// A list of the archive.
  struct List: Sendable {
    /// The entry that is the list, and the folder of those that it names.
    let entry, folder: String
    var text: JSONText
  }

  let file: String
  /// The list of weights and that of constants.
  let weights, constants: List
  private(set) var records: [String: Record] = [:]
  /// Names of what is stored in a way that is not read: objects, and tensors of kinds without bytes of their own.
  private(set) var unread: Set<String> = []

  /// - Parameters:
  ///   - root: the first folder of the archive.
  ///   - model: the program's name in it.
  /// - Throws: `FormatError`.
  init(_ archive: StoredArchive, root: String, model: String, file: String) throws {
    self.file = file
    weights = try Self.list("\(root)/data/weights/", "\(model)_weights_config.json", archive, file)
    constants = try Self.list("\(root)/data/constants/", "\(model)_constants_config.json", archive, file)
    try read(weights, isWeight: true)
    try read(constants, isWeight: false)
  }

  private static func list(
    _ folder: String, _ name: String, _ archive: StoredArchive, _ file: String
  ) throws -> List {
    guard let data = archive.bytes(folder + name) else {
      throw FormatError.malformedArchive(file: file, problem: "it has no entry \(folder)\(name)")
    }
    do { return List(entry: folder + name, folder: folder, text: try JSONText(data)) } catch {
      throw FormatError.malformedArchive(
        file: file, problem: "line \(error.line) of its entry \(folder)\(name) is not JSON: \(error.problem)")
    }
  }

  private mutating func read(_ list: List, isWeight: Bool) throws {
    for member in list.text["config"]?.members ?? [] {
      let (name, text) = (member.name, member.value)
      func numbers(_ key: String) -> [Int] {
        text["tensor_meta"]?[key]?.elements?.map { $0["as_int"]?.integer ?? -1 } ?? [-1]
      }
      guard let path = text["path_name"]?.string else {
        throw malformed(name, "the archive does not say which entry holds it")
      }
      guard case .scalar("false")? = text["use_pickle"]?.content,
        let type = text["tensor_meta"]?["dtype"]?.integer
      else {
        unread.insert(name)
        continue
      }
      let (shape, strides) = (numbers("sizes"), numbers("strides"))
      let offset = text["tensor_meta"]?["storage_offset"]?["as_int"]?.integer ?? -1
      guard shape.count == strides.count, (shape + strides).allSatisfy({ $0 >= 0 }), offset >= 0,
        shape.checkedElementCount != nil
      else { throw malformed(name, "its sizes are \(shape) with strides \(strides)") }
      guard let elementType = ElementType(scalarType: type) else {
        // Complex numbers and eighths of 64 bits are of a type that torch knows.
        guard (6...45).contains(type) else {
          throw FormatError.unsupportedElementType(file: file, tensor: name, type: "number \(type)")
        }
        unread.insert(name)
        continue
      }
      if records[name] == nil {
        records[name] = Record(
          entry: list.folder + path, isWeight: isWeight, shape: shape, strides: strides, offset: offset,
          elementType: elementType, text: text)
      }
    }
  }

  private func malformed(_ name: String, _ problem: String) -> FormatError {
    .malformedTensor(file: file, tensor: name, problem: problem)
  }

  /// The tensor of that name: a view of the archive's bytes where they are in C order, else a copy that is.
  ///
  /// - Throws: `FormatError` where the archive does not hold it.
  func tensor(_ name: String, in archive: StoredArchive) throws -> Tensor {
    guard let record = records[name], let bytes = archive.bytes(record.entry) else {
      throw FormatError.missingWeight(file: file, weight: name)
    }
    guard let width = record.elementType.byteCount, let count = record.shape.checkedElementCount else {
      throw malformed(name, "it has the shape \(record.shape.shapeText)")
    }
    let stored = bytes.count / width
    let layout = record.layout
    guard let last = count == 0 ? layout.offset : layout.lastElement else {
      throw malformed(name, "its strides are \(record.strides)")
    }
    guard count == 0 || last < stored else {
      throw malformed(name, "it needs \(last + 1) elements, and its entry holds \(stored)")
    }
    if !layout.isDense, count > stored, count > 1 << 20 {
      throw FormatError.tooLargeToRead(file: file, what: "a copy of the expanded tensor \(name)")
    }
    let data =
      layout.isDense
      ? bytes[
        bytes.startIndex + min(record.offset, stored) * width..<bytes.startIndex
          + (count == 0 ? min(record.offset, stored) : record.offset + count) * width]
      : layout.gathered(from: bytes, width: width)
    do { return try Tensor(record.elementType, shape: record.shape, bytes: data) } catch {
      throw malformed(name, "its sizes and its bytes do not fit together")
    }
  }
}

extension [Int] {
  /// The strides of a tensor of a shape whose axes lie in memory in the order that these strides have.
  func strides(ofOrderIn shape: [Int]) -> [Int] {
    var result = shape.denseStrides
    guard count == shape.count else { return result }
    // From the axis that moves fastest on; of equal strides the later axis.
    var step = 1
    for axis in indices.sorted(by: { (self[$0], -$0) < (self[$1], -$1) }) {
      result[axis] = step
      step = step.times(Swift.max(1, shape[axis]))
    }
    return result
  }
}
