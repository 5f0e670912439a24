/// Where the entries of a ZIP archive are: PKWARE's APPNOTE 6.3.10, with 64-bit sizes. Places and sizes come from the central
/// directory at the archive's end.
package enum ZIPDirectory: Sendable {
  /// What the directory says of an entry.
  package struct Record: Sendable {
    /// Its path in the archive.
    package let name: String
    /// 0 for bytes as they are, 8 for deflated ones.
    package let compression: Int
    /// Whether it is encrypted.
    package let isEncrypted: Bool
    /// The checksum of its bytes.
    package let checksum: UInt32
    /// Bytes that it takes in the archive, bytes that it has, and where its own header begins; negative beyond `Int`.
    package fileprivate(set) var compressedSize, size, headerOffset: Int
  }

  /// What can be wrong with a directory.
  package enum Fault: Sendable {
    /// There is no end record.
    case missing
    /// It lies outside of the archive.
    case outside
    /// The end record names a 64-bit one, which is not there.
    case noWideRecord
    /// An entry does not begin as one does.
    case brokenEntry
    /// An entry goes on beyond the directory.
    case cutOffEntry
  }

  /// Reads a directory, entry by entry.
  ///
  /// - Parameters:
  ///   - count: the archive's bytes.
  ///   - bytes: reads some of them, from an offset that many.
  ///   - error: the error for a fault at an offset.
  ///   - take: called with each entry, and where the directory has it.
  /// - Throws: what these throw or say.
  package static func read(
    _ count: Int, bytes: (_ offset: Int, _ count: Int) throws -> [UInt8],
    error: (Fault, _ offset: Int) -> any Error, take: (Record, _ offset: Int) throws -> Void
  ) throws {
    // The end record is the last thing in the file, before a comment of at most 65,535 bytes.
    let tailStart = max(0, count - 65_557)
    let tail = LittleEndian(try bytes(tailStart, count - tailStart))
    guard tail.bytes.count >= 22,
      let end = stride(from: tail.bytes.count - 22, through: 0, by: -1).first(where: {
        tail.u32($0) == 0x0605_4b50
      })
    else { throw error(.missing, count) }
    var (entries, size, start) = (tail.u16(end + 10), tail.u32(end + 12), tail.u32(end + 16))
    if end >= 20, tail.u32(end - 20) == 0x0706_4b50,
      entries == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff
    {
      let place = tail.u64(end - 12)
      guard place >= 0, place <= count - 56 else { throw error(.outside, tailStart + end - 20) }
      let record = LittleEndian(try bytes(place, 56))
      guard record.u32(0) == 0x0606_4b50 else { throw error(.noWideRecord, place) }
      (entries, size, start) = (record.u64(32), record.u64(40), record.u64(48))
    }
    guard start >= 0, size >= 0, start <= count, size <= count - start, entries >= 0, entries <= size / 46
    else { throw error(.outside, tailStart + end) }

    let directory = LittleEndian(try bytes(start, size))
    var position = 0
    for _ in 0..<entries {
      guard position <= size - 46, directory.u32(position) == 0x0201_4b50 else {
        throw error(.brokenEntry, start + position)
      }
      let (nameLength, extraLength) = (directory.u16(position + 28), directory.u16(position + 30))
      let next = position + 46 + nameLength + extraLength + directory.u16(position + 32)
      guard next <= size else { throw error(.cutOffEntry, start + position) }
      let nameStart = position + 46
      var record = Record(
        name: String(decoding: directory.bytes[nameStart..<nameStart + nameLength], as: UTF8.self),
        compression: directory.u16(position + 10), isEncrypted: directory.u16(position + 8) & 1 != 0,
        checksum: UInt32(directory.u32(position + 16)), compressedSize: directory.u32(position + 20),
        size: directory.u32(position + 24), headerOffset: directory.u32(position + 42))
      directory.widen(&record, from: nameStart + nameLength, count: extraLength)
      try take(record, start + position)
      position = next
    }
  }

  /// Where an entry's bytes begin, by the thirty bytes of its own header at an offset; `nil` where these are none.
  package static func start(ofHeader header: [UInt8], at offset: Int) -> Int? {
    let header = LittleEndian(header)
    return header.u32(0) == 0x0403_4b50 ? offset + 30 + header.u16(26) + header.u16(28) : nil
  }
}

/// Integers out of bytes; reading outside of them is a broken invariant.
private struct LittleEndian {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func u16(_ offset: Int) -> Int { Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 }
  func u32(_ offset: Int) -> Int { u16(offset) | u16(offset + 2) << 16 }
  /// Negative when it is beyond `Int`.
  func u64(_ offset: Int) -> Int { u32(offset) | u32(offset + 4) << 32 }

  /// Replaces the sizes that say "see the 64-bit field" by those of that field, in its order.
  func widen(_ record: inout ZIPDirectory.Record, from start: Int, count: Int) {
    var position = start
    while position + 4 <= start + count {
      let (identifier, length) = (u16(position), u16(position + 2))
      position += 4
      guard position + length <= start + count else { return }
      if identifier == 1 {
        var field = position
        let end = position + length
        func next(_ value: inout Int) {
          guard value == 0xffff_ffff, field + 8 <= end else { return }
          value = u64(field)
          field += 8
        }
        next(&record.size)
        next(&record.compressedSize)
        next(&record.headerOffset)
      }
      position += length
    }
  }
}
