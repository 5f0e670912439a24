import Foundation
import Graph

extension ArrayFile {
  /// The file's bytes: those that were read for all that is as it was.
  var data: Data {
    var result = Data()
    result.append(littleEndian: Self.mark)
    result.append(littleEndian: reserved)
    result.append(littleEndian: UInt64(records.count))
    for record in records { record.append(to: &result) }
    result.append(littleEndian: UInt64(records.count))
    for record in records {
      result.append(littleEndian: UInt64(record.name.utf8.count))
      result.append(contentsOf: record.name.utf8)
    }
    result.append(trailer)
    return result
  }

  /// Replaces the elements of a record, in the element type that it has.
  mutating func replace(_ record: Int, with tensor: Tensor) {
    let type = Self.elementTypes[records[record].typeCode] ?? tensor.elementType
    let tensor = tensor.converted(to: type)
    guard tensor != records[record].tensor else { return }
    records[record].tensor = tensor
    records[record].bytes = nil
  }

  /// Adds an array of numbers that MXNet has.
  mutating func add(_ name: String, _ tensor: Tensor) {
    let code = Self.elementTypes.first { $0.value == tensor.elementType }?.key ?? 0
    var front = Data()
    front.append(littleEndian: UInt32(0xF993_FAC9))
    front.append(littleEndian: Int32(0))
    var device = Data()
    device.append(littleEndian: Int32(1))
    device.append(littleEndian: Int32(0))
    records.append(
      Record(
        name: name, version: .v2, front: front, device: device, typeCode: code, tensor: tensor, bytes: nil))
  }
}

extension ArrayFile.Record {
  fileprivate func append(to data: inout Data) {
    if let bytes { return data.append(bytes) }
    guard let tensor else { return }
    data.append(front)
    data.append(littleEndian: UInt32(tensor.shape.count))
    for extent in tensor.shape {
      if version == .unmarked {
        data.append(littleEndian: UInt32(clamping: extent))
      } else {
        data.append(littleEndian: Int64(extent))
      }
    }
    data.append(device)
    data.append(littleEndian: typeCode)
    data.append(tensor.bytes)
  }
}

extension Data {
  fileprivate mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
