/// The directory of a ZIP archive (PKWARE's APPNOTE 6.3.10), with 64-bit sizes, stored and deflated entries.
package struct ZIPArchive: Sendable {
  /// A file of the archive.
  package struct Entry: Sendable {
    /// Its path in the archive.
    package var name: String
    /// Whether it is compressed.
    package var isDeflated: Bool
    var crc: UInt32
    /// Bytes that it takes in the archive.
    package var compressedSize: Int
    /// Bytes that it has.
    package var size: Int
    var headerOffset: Int
  }

  /// The archive's bytes.
  package let source: ByteSource
  /// In the order of the directory.
  package let entries: [Entry]
  private let format: String

  /// Reads the directory.
  ///
  /// - Parameter format: what messages call the file.
  package init(_ source: ByteSource, format: String = "NPZ (ZIP)") throws {
    let path = source.path
    func malformed(_ offset: Int, _ reason: String) -> DatasetError {
      .malformed(path: path, format: format, offset: offset, reason: reason)
    }
    // The end record is the last thing in the file, before a comment of at most 65,535 bytes.
    let tailStart = max(0, source.count - 65_557)
    let tail = LittleEndian(try source.bytes(at: tailStart, count: source.count - tailStart))
    guard tail.bytes.count >= 22,
      let end = stride(from: tail.bytes.count - 22, through: 0, by: -1).first(where: {
        tail.u32($0) == 0x0605_4b50
      })
    else { throw malformed(source.count, "its directory is missing; the file may be cut off") }
    var count = tail.u16(end + 10)
    var size = tail.u32(end + 12)
    var start = tail.u32(end + 16)
    if end >= 20, tail.u32(end - 20) == 0x0706_4b50,
      count == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff
    {
      let recordStart = tail.u64(end - 20 + 8)
      guard recordStart >= 0, recordStart <= source.count - 56 else {
        throw malformed(tailStart + end - 20, "its directory lies outside of the file")
      }
      let record = LittleEndian(try source.bytes(at: recordStart, count: 56))
      guard record.u32(0) == 0x0606_4b50 else {
        throw malformed(recordStart, "the 64-bit end record is missing")
      }
      (count, size, start) = (record.u64(32), record.u64(40), record.u64(48))
    }
    guard start >= 0, size >= 0, start <= source.count, size <= source.count - start, count >= 0,
      count <= size / 46
    else { throw malformed(tailStart + end, "its directory lies outside of the file") }

    let directory = LittleEndian(try source.bytes(at: start, count: size))
    var entries: [Entry] = []
    var position = 0
    for _ in 0..<count {
      guard position <= size - 46, directory.u32(position) == 0x0201_4b50 else {
        throw malformed(start + position, "an entry of its directory is broken")
      }
      let (nameLength, extraLength) = (directory.u16(position + 28), directory.u16(position + 30))
      let next = position + 46 + nameLength + extraLength + directory.u16(position + 32)
      guard next <= size else { throw malformed(start + position, "an entry of its directory is cut off") }
      let nameStart = position + 46
      let name = String(decoding: directory.bytes[nameStart..<(nameStart + nameLength)], as: UTF8.self)
      var entry = Entry(
        name: name, isDeflated: directory.u16(position + 10) == 8, crc: UInt32(directory.u32(position + 16)),
        compressedSize: directory.u32(position + 20), size: directory.u32(position + 24),
        headerOffset: directory.u32(position + 42))
      directory.widen(&entry, from: nameStart + nameLength, count: extraLength)
      guard [0, 8].contains(directory.u16(position + 10)), directory.u16(position + 8) & 1 == 0 else {
        throw DatasetError.unsupported(
          path: path, feature: "an entry \(name) in another compression, or encrypted",
          remedy: "Write it with numpy.savez or numpy.savez_compressed.")
      }
      guard entry.size >= 0, entry.compressedSize >= 0, entry.headerOffset >= 0 else {
        throw malformed(start + position, "an entry of its directory has an impossible size")
      }
      entries.append(entry)
      position = next
    }
    self.source = source
    self.entries = entries
    self.format = format
  }

  /// An entry's bytes: a part of the file when stored, inflated into memory when deflated.
  package func content(of entry: Entry) throws -> ByteSource {
    let name = "\(source.path):\(entry.name)"
    func malformed(_ offset: Int, _ reason: String) -> DatasetError {
      .malformed(path: name, format: format, offset: offset, reason: reason)
    }
    guard entry.headerOffset <= source.count - 30 else {
      throw malformed(source.count, "the entry is cut off")
    }
    let header = LittleEndian(try source.bytes(at: entry.headerOffset, count: 30))
    guard header.u32(0) == 0x0403_4b50 else {
      throw malformed(entry.headerOffset, "the entry's header is missing")
    }
    let start = entry.headerOffset + 30 + header.u16(26) + header.u16(28)
    guard let part = source.part(from: start, count: entry.compressedSize) else {
      throw malformed(start, "the entry is cut off")
    }
    if entry.isDeflated {
      let bytes = try Compression.raw.content(of: part, count: entry.size)
      guard Compression.crc32(bytes) == entry.crc else {
        throw malformed(start, "the entry's checksum is wrong")
      }
      return ByteSource(bytes, path: name)
    }
    guard entry.size == entry.compressedSize else { throw malformed(start, "the entry's sizes differ") }
    // A large file stays where it is; reading it all for the checksum would take what that saves.
    guard part.isInMemory else { return part }
    let bytes = try part.bytes(at: 0, count: part.count)
    guard Compression.crc32(bytes) == entry.crc else {
      throw malformed(start, "the entry's checksum is wrong")
    }
    return ByteSource(bytes, path: name)
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
  func widen(_ entry: inout ZIPArchive.Entry, from start: Int, count: Int) {
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
        next(&entry.size)
        next(&entry.compressedSize)
        next(&entry.headerOffset)
      }
      position += length
    }
  }
}

/// Writes a ZIP archive with the earliest date that ZIP has on every entry.
package struct ZIPWriter: Sendable {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// An archive without entries.
  package init() {}

  /// Adds an entry.
  package mutating func add(_ name: String, _ content: [UInt8], compressed: Bool) throws {
    let stored = compressed ? try Compression.raw.compress(content, path: name) : content
    let nameBytes = Array(name.utf8)
    guard nameBytes.count <= 0xffff, max(bytes.count + stored.count, content.count) < 0xffff_ffff,
      count < 0xfffe
    else {
      throw DatasetError.tooLarge(
        path: name, reason: "an NPZ file holds at most 4 GiB and names of 65,535 bytes")
    }
    var common: [UInt8] = []
    // Bit 11: the name is UTF-8. 0x0021 is 1980-01-01.
    common.appendInteger(UInt16(20))
    common.appendInteger(UInt16(1 << 11))
    common.appendInteger(UInt16(compressed ? 8 : 0))
    common.appendInteger(UInt16(0))
    common.appendInteger(UInt16(0x21))
    common.appendInteger(Compression.crc32(content))
    common.appendInteger(UInt32(stored.count))
    common.appendInteger(UInt32(content.count))
    common.appendInteger(UInt16(nameBytes.count))
    common.appendInteger(UInt16(0))
    directory.appendInteger(UInt32(0x0201_4b50))
    directory.appendInteger(UInt16(20))
    directory += common
    directory += [UInt8](repeating: 0, count: 10)
    directory.appendInteger(UInt32(bytes.count))
    directory += nameBytes
    bytes.appendInteger(UInt32(0x0403_4b50))
    bytes += common
    bytes += nameBytes
    bytes += stored
    count += 1
  }

  /// The archive.
  package func finished() throws -> [UInt8] {
    guard bytes.count + directory.count < 0xffff_ffff else {
      throw DatasetError.tooLarge(path: "archive", reason: "an NPZ file holds at most 4 GiB")
    }
    var end: [UInt8] = []
    end.appendInteger(UInt32(0x0605_4b50))
    end.appendInteger(UInt32(0))
    end.appendInteger(UInt16(count))
    end.appendInteger(UInt16(count))
    end.appendInteger(UInt32(directory.count))
    end.appendInteger(UInt32(bytes.count))
    end.appendInteger(UInt16(0))
    return bytes + directory + end
  }
}

extension [UInt8] {
  /// Appends an integer, low byte first.
  fileprivate mutating func appendInteger<Integer: FixedWidthInteger>(_ value: Integer) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
