import Datasets
package import Foundation

/// A ZIP archive whose entries are stored as they are, which is how PyTorch writes one.
///
/// Each entry is read once, by its place. The bytes between entries are kept too, so that an archive in which nothing changes is
/// written as it was.
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

/// Where the entries of an archive are that holds them as they are.
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
    func bytes(_ offset: Int, _ count: Int) throws -> [UInt8] {
      [UInt8](try encoded.data(offset..<offset + count))
    }
    var records: [Record] = []
    try ZIPDirectory.read(encoded.count, bytes: bytes) { fault, _ in
      switch fault {
      case .missing: malformed("its directory is missing, so it may have been cut off")
      case .outside: malformed("its directory lies outside of it")
      case .noWideRecord: malformed("its 64-bit end record is missing")
      case .brokenEntry: malformed("an entry of its directory is broken")
      case .cutOffEntry: malformed("an entry of its directory is cut off")
      }
    } take: { entry, _ in
      guard entry.compression == 0, !entry.isEncrypted else {
        throw malformed(
          "its entry \(entry.name) is compressed or encrypted, where PyTorch stores entries as they are")
      }
      let (size, header) = (entry.size, entry.headerOffset)
      guard size >= 0, size == entry.compressedSize, header >= 0, header <= encoded.count - 30 else {
        throw malformed("its entry \(entry.name) has impossible sizes")
      }
      guard let start = ZIPDirectory.start(ofHeader: try bytes(header, 30), at: header) else {
        throw malformed("the header of its entry \(entry.name) is missing")
      }
      guard start <= encoded.count, size <= encoded.count - start else {
        throw malformed("its entry \(entry.name) is cut off")
      }
      records.append(Record(name: entry.name, header: header, start: start, count: size))
    }
    self.records = records
  }
}
