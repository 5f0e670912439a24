/// Numbers and texts as bytes, for other ranks: in the order in which they were written, eight bytes a number, in the byte
/// order of this machine, which all ranks of a run have.
package struct MessageWriter {
  /// What was written so far.
  package private(set) var bytes: [UInt8] = []

  /// Nothing written yet.
  package init() {}

  /// Adds a whole number.
  package mutating func write(_ number: Int) { withUnsafeBytes(of: number) { bytes += $0 } }

  /// Adds numbers and how many there are.
  package mutating func write(_ numbers: [Double]) {
    write(numbers.count)
    numbers.withUnsafeBytes { bytes += $0 }
  }

  /// Adds a text.
  package mutating func write(_ text: String) { write(Array(text.utf8)) }

  /// Adds bytes and how many there are.
  package mutating func write(_ more: [UInt8]) {
    write(more.count)
    bytes += more
  }
}

/// Reads what a `MessageWriter` wrote, in the same order.
package struct MessageReader {
  private var bytes: ArraySlice<UInt8>
  private let rank: Int

  /// - Parameter rank: the one that sent them.
  package init(_ bytes: [UInt8], from rank: Int) { (self.bytes, self.rank) = (bytes[...], rank) }

  /// What is thrown where the bytes are not what they should be.
  package var unfit: RanksError { .outOfStep(rank: rank) }

  /// Whether nothing is left.
  package var isAtEnd: Bool { bytes.isEmpty }

  /// The next whole number.
  ///
  /// - Throws: `RanksError.outOfStep` where the bytes end before.
  package mutating func readInt() throws -> Int {
    try take(MemoryLayout<Int>.size).withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
  }

  /// The next numbers.
  package mutating func readDoubles() throws -> [Double] {
    let count = try readInt()
    let size = MemoryLayout<Double>.stride
    guard 0...bytes.count / size ~= count else { throw unfit }
    return try take(count * size).withUnsafeBytes { raw in
      (0..<count).map { raw.loadUnaligned(fromByteOffset: $0 * size, as: Double.self) }
    }
  }

  /// The next text.
  package mutating func readText() throws -> String { String(decoding: try readBytes(), as: UTF8.self) }

  /// The next bytes.
  package mutating func readBytes() throws -> [UInt8] { Array(try take(try readInt())) }

  private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard 0...bytes.count ~= count else { throw unfit }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }
}
