/// A ZIP archive with stored and deflated entries.
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
    var entries: [Entry] = []
    try ZIPDirectory.read(source.count, bytes: source.bytes) { fault, offset in
      switch fault {
      case .missing: malformed(offset, "its directory is missing; the file may be cut off")
      case .outside: malformed(offset, "its directory lies outside of the file")
      case .noWideRecord: malformed(offset, "the 64-bit end record is missing")
      case .brokenEntry: malformed(offset, "an entry of its directory is broken")
      case .cutOffEntry: malformed(offset, "an entry of its directory is cut off")
      }
    } take: { record, offset in
      guard [0, 8].contains(record.compression), !record.isEncrypted else {
        throw DatasetError.unsupported(
          path: path, feature: "an entry \(record.name) in another compression, or encrypted",
          remedy: "Write it with numpy.savez or numpy.savez_compressed.")
      }
      guard record.size >= 0, record.compressedSize >= 0, record.headerOffset >= 0 else {
        throw malformed(offset, "an entry of its directory has an impossible size")
      }
      entries.append(
        Entry(
          name: record.name, isDeflated: record.compression == 8, crc: record.checksum,
          compressedSize: record.compressedSize, size: record.size, headerOffset: record.headerOffset))
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
    let header = try source.bytes(at: entry.headerOffset, count: 30)
    guard let start = ZIPDirectory.start(ofHeader: header, at: entry.headerOffset) else {
      throw malformed(entry.headerOffset, "the entry's header is missing")
    }
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
