package import Foundation

/// A ZIP archive whose entries are stored as they are, which is how PyTorch writes one.
///
/// PKWARE's APPNOTE 6.3.10, with 64-bit sizes. Places and sizes come from the central directory; each entry is read once, by
/// its place. The bytes between entries are kept too, so that an archive in which nothing changes is written as it was.
package struct StoredArchive: Sendable {
  /// A file of the archive.
  package struct Entry: Sendable {
    /// The path in the archive, its first folder included.
    package let name: String
    /// What it holds.
    package let bytes: Data
  }

  /// In the order of the directory.
  package let entries: [Entry]
  /// The whole file, in pieces of which the entries' bytes are some.
  let pieces: [Data]
  private let numbers: [String: Int]

  /// Reads an archive from memory.
  ///
  /// - Throws: `FormatError.malformedArchive`.
  package init(data: Data) throws { try self.init(EncodedBytes(data), file: "The archive") }

  /// - Parameter file: what errors call the archive.
  /// - Throws: `FormatError.malformedArchive`.
  init(_ encoded: EncodedBytes, file: String) throws {
    let directory = try Directory(encoded, file: file)
    var pieces: [(start: Int, bytes: Data)] = []
    var (entries, end) = ([Int: Entry](), 0)
    for (number, record) in directory.records.enumerated().sorted(by: { $0.element.start < $1.element.start })
    {
      guard record.header >= end else {
        throw FormatError.malformedArchive(
          file: file, problem: "the entry \(record.name) lies where another one does")
      }
      pieces.append((end, try encoded.data(end..<record.start)))
      let bytes = try encoded.data(record.start..<record.start + record.count)
      pieces.append((record.start, bytes))
      entries[number] = Entry(name: record.name, bytes: bytes)
      end = record.start + record.count
    }
    pieces.append((end, try encoded.data(end..<encoded.count)))
    self.pieces = pieces.map(\.bytes)
    self.entries = directory.records.indices.compactMap { entries[$0] }
    numbers = Dictionary(
      self.entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// An archive of these entries, which no file has yet.
  init(_ entries: [Entry]) {
    (self.entries, pieces) = (entries, [])
    numbers = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The bytes of the entry at a path.
  func bytes(_ name: String) -> Data? { numbers[name].map { entries[$0].bytes } }

  /// Whether bytes begin as an archive does.
  static func begins(_ bytes: Data) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }
}

/// Where the entries of an archive are.
private struct Directory {
  struct Record {
    let name: String
    /// Where the entry's own header begins, and its bytes.
    let header, start: Int
    let count: Int
  }

  private(set) var records: [Record] = []

  init(_ encoded: EncodedBytes, file: String) throws {
    func malformed(_ problem: String) -> FormatError { .malformedArchive(file: file, problem: problem) }
    // The end record is the last thing in the file, before a comment of at most 65,535 bytes.
    let tailStart = max(0, encoded.count - 65_557)
    let tail = LittleEndian(try encoded.data(tailStart..<encoded.count))
    guard tail.count >= 22,
      let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: {
        tail.u32($0) == 0x0605_4B50
      })
    else { throw malformed("its directory is missing, so it may have been cut off") }
    var (count, size, start) = (tail.u16(end + 10), tail.u32(end + 12), tail.u32(end + 16))
    if end >= 20, tail.u32(end - 20) == 0x0706_4B50,
      count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF
    {
      let place = tail.u64(end - 12)
      guard place >= 0, place <= encoded.count - 56 else {
        throw malformed("its directory lies outside of it")
      }
      let record = LittleEndian(try encoded.data(place..<place + 56))
      guard record.u32(0) == 0x0606_4B50 else { throw malformed("its 64-bit end record is missing") }
      (count, size, start) = (record.u64(32), record.u64(40), record.u64(48))
    }
    guard start >= 0, size >= 0, count >= 0, start <= encoded.count, size <= encoded.count - start,
      count <= size / 46
    else { throw malformed("its directory lies outside of it") }
    let directory = LittleEndian(try encoded.data(start..<start + size))
    var position = 0
    for _ in 0..<count {
      position = try add(at: position, of: directory, encoded, malformed)
    }
  }

  /// Reads one entry of the directory; returns where the next one begins.
  private mutating func add(
    at position: Int, of directory: LittleEndian, _ encoded: EncodedBytes,
    _ malformed: (String) -> FormatError
  ) throws -> Int {
    guard position <= directory.count - 46, directory.u32(position) == 0x0201_4B50 else {
      throw malformed("an entry of its directory is broken")
    }
    let (nameLength, extraLength) = (directory.u16(position + 28), directory.u16(position + 30))
    let next = position + 46 + nameLength + extraLength + directory.u16(position + 32)
    guard next <= directory.count else { throw malformed("an entry of its directory is cut off") }
    let name = directory.text(position + 46, count: nameLength)
    guard directory.u16(position + 10) == 0, directory.u16(position + 8) & 1 == 0 else {
      throw malformed(
        "its entry \(name) is compressed or encrypted, where PyTorch stores entries as they are")
    }
    var sizes = [directory.u32(position + 24), directory.u32(position + 20), directory.u32(position + 42)]
    directory.widen(&sizes, from: position + 46 + nameLength, count: extraLength)
    let (size, stored, header) = (sizes[0], sizes[1], sizes[2])
    guard size >= 0, size == stored, header >= 0, header <= encoded.count - 30 else {
      throw malformed("its entry \(name) has impossible sizes")
    }
    let local = LittleEndian(try encoded.data(header..<header + 30))
    guard local.u32(0) == 0x0403_4B50 else { throw malformed("the header of its entry \(name) is missing") }
    let start = header + 30 + local.u16(26) + local.u16(28)
    guard start <= encoded.count, size <= encoded.count - start else {
      throw malformed("its entry \(name) is cut off")
    }
    records.append(Record(name: name, header: header, start: start, count: size))
    return next
  }
}

/// Integers out of bytes; reading outside of them is a broken invariant.
private struct LittleEndian {
  private let bytes: Data
  let count: Int

  init(_ bytes: Data) { (self.bytes, count) = (bytes, bytes.count) }

  private func byte(_ offset: Int) -> Int { Int(bytes[bytes.startIndex + offset]) }

  func u16(_ offset: Int) -> Int { byte(offset) | byte(offset + 1) << 8 }
  func u32(_ offset: Int) -> Int { u16(offset) | u16(offset + 2) << 16 }
  /// Negative when it is beyond `Int`.
  func u64(_ offset: Int) -> Int { u32(offset) | u32(offset + 4) << 32 }

  func text(_ offset: Int, count: Int) -> String {
    let start = bytes.startIndex + offset
    return String(decoding: bytes[start..<start + count], as: UTF8.self)
  }

  /// Replaces the numbers that say "see the 64-bit field" by those of that field, in its order.
  func widen(_ values: inout [Int], from start: Int, count: Int) {
    var position = start
    while position + 4 <= start + count {
      let (identifier, length) = (u16(position), u16(position + 2))
      position += 4
      guard position + length <= start + count else { return }
      if identifier == 1 {
        var field = position
        for index in values.indices where values[index] == 0xFFFF_FFFF && field + 8 <= position + length {
          values[index] = u64(field)
          field += 8
        }
      }
      position += length
    }
  }
}
