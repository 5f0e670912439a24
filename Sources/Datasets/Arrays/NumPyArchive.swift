import Graph

/// The arrays of an NPZ file by name: a ZIP archive of NPY files, as `numpy.savez` writes.
public struct NumPyArchive: Sendable {
  /// The arrays' names in the order of the archive.
  public private(set) var names: [String]
  private var arrays: [String: NumPyArray]

  /// An archive without arrays.
  public init() {
    names = []
    arrays = [:]
  }

  /// Reads an `.npz` file. Throws ``DatasetError`` when it is not one or an array in it is broken.
  public init(path: String) throws {
    try self.init(ByteSource(path: path))
  }

  /// Reads the bytes of an `.npz` file; `name` stands in messages.
  public init(bytes: [UInt8], name: String) throws {
    try self.init(ByteSource(bytes, path: name))
  }

  init(_ source: ByteSource) throws {
    self.init()
    // Entries that share bytes could add up to far more than the file: a bomb.
    var left = source.count
    let archive = try ZIPArchive(source)
    let arrays = archive.entries.filter { $0.name.hasSuffix(".npy") }
    let needed = arrays.reduce(0) { $0.plus($1.isDeflated ? $1.size : 0) }
    if let budget = MemoryBudget.exceeded(by: needed) {
      throw DatasetError.overBudget(path: source.path, needed: needed, allowed: budget.bytes)
    }
    for entry in arrays {
      left -= min(entry.compressedSize, source.count + 1)
      guard left >= 0 else {
        throw DatasetError.tooLarge(
          path: source.path, reason: "its entries announce more bytes than the file has")
      }
      self[String(entry.name.dropLast(4))] = try NumPyArray(archive.content(of: entry))
    }
  }

  /// The array of a name; nil where there is none.
  public subscript(name: String) -> NumPyArray? {
    get { arrays[name] }
    set {
      if arrays[name] == nil, newValue != nil { names.append(name) }
      if newValue == nil { names.removeAll { $0 == name } }
      arrays[name] = newValue
    }
  }

  /// The bytes of an `.npz` file: names in their order, no times, so that equal arrays give equal bytes.
  ///
  /// Throws when an array or the whole is larger than 4 GiB, which plain ZIP cannot hold.
  public func encoded(compressed: Bool = false) throws -> [UInt8] {
    var writer = ZIPWriter()
    for name in names { try writer.add("\(name).npy", arrays[name]!.encoded(), compressed: compressed) }
    return try writer.finished()
  }

  /// Writes an `.npz` file, whole or not at all.
  public func write(to path: String, compressed: Bool = false) throws {
    try writeFile(try encoded(compressed: compressed), to: path)
  }
}
