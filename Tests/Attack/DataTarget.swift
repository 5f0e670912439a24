import Datasets
import Foundation
import TestSupport

/// Data: arrays of NumPy alone and in archives, MNIST's files, pictures in folders; each with settings that fit or do not.
struct DataTarget: Target {
  let folder: String

  func outcome(_ mutator: inout Mutator) -> Outcome {
    let index = "\(folder)/data"
    try? FileManager.default.removeItem(atPath: index)
    do {
      let path = try index + "/" + store(in: index, &mutator)
      return try read(path, &mutator)
    } catch let error as DatasetError {
      guard !error.sentence.isEmpty, !error.remedy.isEmpty else {
        return Outcome(stage: "read", fault: "an error without words: \(error)")
      }
      return Outcome(stage: "refused")
    } catch { return Outcome(stage: "read", fault: "an error of no known type: \(error)") }
  }

  private func read(_ path: String, _ mutator: inout Mutator) throws -> Outcome {
    var settings = DatasetConfiguration()
    if mutator.once(in: 4) { settings.limit = mutator.once(in: 2) ? mutator.integer() : mutator.extent() }
    if mutator.once(in: 4) { settings.mean = [mutator.number()] }
    if mutator.once(in: 4) { settings.deviation = [mutator.number()] }
    if mutator.once(in: 4) {
      settings.resize = .init(
        height: mutator.once(in: 4) ? mutator.integer() : mutator.extent(), width: mutator.extent(),
        mode: mutator.once(in: 2) ? .crop : .stretch, shorter: mutator.once(in: 3) ? mutator.integer() : nil)
    }
    if mutator.once(in: 6) {
      settings.downsample = mutator.once(in: 2) ? mutator.integer() : mutator.extent()
    }
    if mutator.once(in: 4) { settings.channels = mutator.pick(DatasetConfiguration.Channels.allCases) }
    if mutator.once(in: 4) { settings.layout = mutator.pick(DatasetConfiguration.Layout.allCases) }
    if mutator.once(in: 4) { settings.target = mutator.pick(DatasetConfiguration.Target.allCases) }
    if mutator.once(in: 4) { settings.validation = mutator.number() }
    if mutator.once(in: 8) { settings.test = mutator.number() }
    let inputs: [[Int?]?] = [nil, [nil, 3, 8, 8], [nil, 1, nil, nil], [1, 2], [nil, 3, 12, 16]]
    let data = try Dataset(path: path, configuration: settings, fitting: mutator.pick(inputs) ?? nil)
    _ = try data.batch(data.order().prefix(3))
    for index in 0..<min(3, data.count) { _ = try data.label(of: index) }
    return .done
  }

  /// Writes files into a folder; gives what is to be opened.
  private func store(in index: String, _ mutator: inout Mutator) throws -> String {
    func write(_ bytes: Data, _ name: String) throws {
      let path = URL(fileURLWithPath: "\(index)/\(name)")
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try bytes.write(to: path)
    }
    switch mutator.below(10) {
    case 0, 1:
      try write(npy(&mutator), "x.npy")
      if mutator.once(in: 2) { try write(npy(&mutator), "y.npy") }
      return mutator.once(in: 3) ? "" : "x.npy"
    case 2, 3:
      try write(archive(&mutator), "data.npz")
      return "data.npz"
    case 4, 5:
      try write(idx(dimensions: [3, 5, 4], &mutator), "train-images-idx3-ubyte")
      try write(idx(dimensions: [3], &mutator), "train-labels-idx1-ubyte")
      return mutator.once(in: 3) ? "train-images-idx3-ubyte" : ""
    default:
      for number in 0..<2 {
        let isPNG = mutator.once(in: 2)
        let original = Data(mutator.pick(isPNG ? Pictures.png : Pictures.jpeg) ?? [])
        let changed =
          number > 0 || mutator.once(in: 5)
          ? (isPNG ? png(original, &mutator) : jpeg(original, &mutator)) : original
        try write(changed, "class\(number)/\(number).\(isPNG ? "png" : "jpg")")
      }
      return ""
    }
  }

  // MARK: NumPy

  private func npy(_ mutator: inout Mutator) -> Data {
    let kinds = [
      ("<f4", 4), ("|u1", 1), ("<i8", 8), ("<f8", 8), (">f4", 4), ("|b1", 1), ("<f2", 2), ("<i4", 4),
    ]
    var (kind, width) = mutator.pick(kinds) ?? ("<f4", 4)
    var shape = [[3, 3, 8, 8], [4, 2], [5], [2, 8, 8, 3], [], [3, 1, 6, 6]][mutator.below(6)]
    let count = shape.reduce(width, *)
    var elements = Data((0..<count).map { _ in UInt8(mutator.below(256)) })
    if mutator.once(in: 3), let index = mutator.pick(shape.indices) {
      shape[index] = mutator.once(in: 2) ? mutator.integer() : mutator.extent()
    }
    if mutator.once(in: 6) {
      kind = ["<c8", "|O", "<U9", "<f16", "", "<i999999999999", "f4", "[('a', '<f4')]"][mutator.below(8)]
    }
    if mutator.once(in: 6) { elements = elements.prefix(mutator.below(count + 1)) }
    var text = shape.map(String.init).joined(separator: ", ")
    if mutator.once(in: 12) { text = mutator.hostileText() }
    var header =
      "{'descr': '\(kind)', 'fortran_order': \(mutator.once(in: 4) ? "True" : "False"), 'shape': (\(text)\(shape.count == 1 ? "," : "")), }"
    if mutator.once(in: 10) { header = String(decoding: mutator.bytes(Data(header.utf8)), as: UTF8.self) }
    while (header.utf8.count + 11) % 64 != 0 { header += " " }
    header += "\n"
    var data = Data([
      0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(header.utf8.count % 256),
      UInt8(header.utf8.count / 256 % 256),
    ])
    data += Data(header.utf8) + elements
    if mutator.once(in: 8) { mutator.overwrite(&data, at: 6 + mutator.below(6), width: 1 + mutator.below(4)) }
    return mutator.once(in: 8) ? mutator.bytes(data) : data
  }

  private func archive(_ mutator: inout Mutator) throws -> Data {
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [3, 3, 8, 8], floats: (0..<576).map(Float.init))
    archive["y"] = try NumPyArray(
      shape: [3], integers: [0, 1, Int64(mutator.once(in: 3) ? mutator.integer() : 2)])
    var data = Data(try archive.encoded(compressed: mutator.once(in: 2)))
    let marks = data.indices.filter { $0 + 1 < data.endIndex && data[$0] == 0x50 && data[$0 + 1] == 0x4B }
    for _ in 0...mutator.below(3) {
      if mutator.once(in: 4) { return mutator.bytes(data) }
      // A field of a local header, of the directory or of its end.
      if let mark = mutator.pick(marks) {
        mutator.overwrite(&data, at: mark + 4 + 2 * mutator.below(20), width: [2, 4, 8][mutator.below(3)])
      }
    }
    return data
  }

  // MARK: MNIST

  private func idx(dimensions: [Int], _ mutator: inout Mutator) -> Data {
    var data = Data([0, 0, 8, UInt8(dimensions.count)])
    for extent in dimensions { data += Data([0, 0, 0, UInt8(extent)]) }
    data += Data((0..<dimensions.reduce(1, *)).map { _ in UInt8(mutator.below(10)) })
    if mutator.once(in: 2) {
      mutator.overwrite(&data, at: 4 * mutator.below(dimensions.count + 1), width: 4)
    } else if mutator.once(in: 2) {
      data = mutator.bytes(data)
    }
    return data
  }

  // MARK: Pictures

  /// A field of a chunk changed and the chunk's checksum made good, so that the decoder goes on.
  private func png(_ original: Data, _ mutator: inout Mutator) -> Data {
    var chunks: [(kind: Data, content: Data)] = []
    var index = 8
    while index + 12 <= original.count {
      let length = original[index..<index + 4].reduce(0) { $0 << 8 | Int($1) }
      guard index + 12 + length <= original.count else { break }
      chunks.append((Data(original[index + 4..<index + 8]), Data(original[index + 8..<index + 8 + length])))
      index += 12 + length
    }
    for _ in 0...mutator.below(3) where !chunks.isEmpty {
      let number = mutator.below(chunks.count)
      switch mutator.below(8) {
      case 0: chunks.remove(at: number)
      case 1: chunks.insert(chunks[number], at: mutator.below(chunks.count))
      case 2: chunks.swapAt(number, mutator.below(chunks.count))
      case 3, 4:
        // Width, height, depth, colour, interlacing.
        mutator.overwrite(&chunks[0].content, at: mutator.below(13), width: [1, 1, 4][mutator.below(3)])
      case 5:
        chunks[number].kind = Data(
          ["PLTE", "tRNS", "gAMA", "iCCP", "zTXt", "IDAT", "acTL"][mutator.below(7)].utf8)
      default: chunks[number].content = mutator.bytes(chunks[number].content)
      }
    }
    var data = Data(original.prefix(8))
    for chunk in chunks {
      data += withUnsafeBytes(of: UInt32(chunk.content.count).bigEndian) { Data($0) }
      data += chunk.kind + chunk.content
      data += withUnsafeBytes(of: Self.checksum(chunk.kind + chunk.content).bigEndian) { Data($0) }
    }
    return mutator.once(in: 10) ? mutator.bytes(data) : data
  }

  /// The CRC-32 of a chunk.
  private static func checksum(_ data: Data) -> UInt32 {
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in data {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
  }

  /// A byte behind a marker changed: lengths, sizes, components, tables.
  private func jpeg(_ original: Data, _ mutator: inout Mutator) -> Data {
    var data = Data(original)
    for _ in 0...mutator.below(3) {
      let marks = data.indices.filter { $0 + 1 < data.endIndex && data[$0] == 0xFF && data[$0 + 1] >= 0xC0 }
      guard let mark = mutator.pick(marks), !mutator.once(in: 6) else { return mutator.bytes(data) }
      mutator.overwrite(&data, at: mark + 1 + mutator.below(20), width: 1 + mutator.below(2))
    }
    return data
  }
}
