import CCodecs
package import Foundation

/// Writes a ZIP archive the way PyTorch's own writer does: entries are stored, their bytes begin at multiples of 64, their
/// sizes stand behind them and in the directory, nothing has a date. It keeps to what miniz does of entries without bytes.
package struct StoredArchiveWriter: Sendable {
  /// What is written so far, in pieces.
  package private(set) var pieces: [Data] = []
  private var count = 0
  private var directory = Data()
  private var entries = 0

  private static let alignment = 64
  private static let limit = 0xFFFF_FFFF

  /// The pieces of an archive with these entries.
  package static func pieces(of entries: [(name: String, bytes: Data)]) -> [Data] {
    var writer = StoredArchiveWriter()
    for entry in entries { writer.add(entry.name, entry.bytes) }
    writer.finish()
    return writer.pieces
  }

  private mutating func append(_ data: Data) {
    pieces.append(data)
    count += data.count
  }

  private mutating func add(_ name: String, _ bytes: Data) {
    let nameBytes = Data(name.utf8)
    let header = count
    let checksum = Self.checksum(bytes)
    let isLarge = bytes.count >= Self.limit
    var local = Data()
    local.append(integer: UInt32(0x0403_4B50))
    local.append(integer: UInt16(0))
    local.append(integer: Self.flags(of: bytes.count))
    local.append(Data(count: 18))
    local.append(integer: UInt16(clamping: nameBytes.count))
    let wide = Self.wide([bytes.count, bytes.count])
    let start = header + 30 + nameBytes.count + (isLarge ? wide.count : 0) + 4
    let padding = (Self.alignment - start % Self.alignment) % Self.alignment
    local.append(integer: UInt16((isLarge ? wide.count : 0) + 4 + padding))
    local.append(nameBytes)
    if isLarge { local.append(wide) }
    local.append(contentsOf: "FB".utf8)
    local.append(integer: UInt16(padding))
    local.append(Data(repeating: UInt8(ascii: "Z"), count: padding))
    append(local)
    append(bytes)
    list(nameBytes, bytes.count, checksum, header: header)
    guard !bytes.isEmpty else { return }
    var sizes = Data()
    sizes.append(integer: UInt32(0x0807_4B50))
    sizes.append(integer: checksum)
    for _ in 0..<2 {
      if isLarge {
        sizes.append(integer: UInt64(bytes.count))
      } else {
        sizes.append(integer: UInt32(bytes.count))
      }
    }
    append(sizes)
  }

  /// Bit 3: the sizes stand behind the bytes, where there are any; bit 11: the name is UTF-8.
  private static func flags(of size: Int) -> UInt16 { size == 0 ? 0x0800 : 0x0808 }

  /// Adds an entry to the directory.
  private mutating func list(_ name: Data, _ size: Int, _ checksum: UInt32, header: Int) {
    let extra = Self.wide((size >= Self.limit ? [size, size] : []) + (header >= Self.limit ? [header] : []))
    directory.append(integer: UInt32(0x0201_4B50))
    directory.append(integer: UInt16(0))
    directory.append(integer: UInt16(0))
    directory.append(integer: Self.flags(of: size))
    directory.append(Data(count: 6))
    directory.append(integer: checksum)
    directory.append(integer: UInt32(clamping: size))
    directory.append(integer: UInt32(clamping: size))
    directory.append(integer: UInt16(clamping: name.count))
    directory.append(integer: UInt16(extra.count))
    directory.append(Data(count: 10))
    directory.append(integer: UInt32(clamping: header))
    directory.append(name)
    directory.append(extra)
    entries += 1
  }

  /// The 64-bit field of the sizes that need one.
  private static func wide(_ values: [Int]) -> Data {
    var field = Data()
    guard !values.isEmpty else { return field }
    field.append(integer: UInt16(1))
    field.append(integer: UInt16(8 * values.count))
    for value in values { field.append(integer: UInt64(value)) }
    return field
  }

  private mutating func finish() {
    let (start, size) = (count, directory.count)
    append(directory)
    let record = count
    var end = Data()
    end.append(integer: UInt32(0x0606_4B50))
    end.append(integer: UInt64(44))
    end.append(integer: UInt16(0x031E))
    end.append(integer: UInt16(45))
    end.append(Data(count: 8))
    for number in [entries, entries, size, start] { end.append(integer: UInt64(number)) }
    end.append(integer: UInt32(0x0706_4B50))
    end.append(integer: UInt32(0))
    end.append(integer: UInt64(record))
    end.append(integer: UInt32(1))
    end.append(integer: UInt32(0x0605_4B50))
    end.append(integer: UInt32(0))
    end.append(integer: UInt16(clamping: entries))
    end.append(integer: UInt16(clamping: entries))
    end.append(integer: UInt32(clamping: size))
    end.append(integer: UInt32(clamping: start))
    end.append(integer: UInt16(0))
    append(end)
  }

  private static func checksum(_ bytes: Data) -> UInt32 {
    bytes.withUnsafeBytes { codec_crc32(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count) }
  }
}

extension Data {
  /// Appends an integer, low byte first.
  fileprivate mutating func append<Integer: FixedWidthInteger>(integer: Integer) {
    Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
  }
}
