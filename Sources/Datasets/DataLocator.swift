import Files
import Foundation

/// Finds out what stands at a path, and which parts of it there are. Nothing large is read for it.
struct DataLocator {
  /// One part, opened.
  struct Found {
    enum Examples {
      case array(StoredArray)
      case images(ImageFolder)
    }

    var path: String
    var examples: Examples
    /// The input that the examples are for.
    var input: InputDescription?
    /// Arrays for the further inputs of a model that has several, examples first.
    var further: [(name: String, array: StoredArray)] = []
    /// Arrays for those of them that have one value for every batch.
    var shared: [(name: String, array: StoredArray)] = []
    /// Labels or targets of an array.
    var answers: StoredArray?
    var folderLabels: [Int32]?
    var classNames: [String]?
    /// The parts that have files of their own.
    var siblings: [Split]
  }

  private enum Kind {
    case idx([IDXPair])
    case npz(NumPyArchive)
    case npy(x: String, y: String?)
    case folders([Split: String])
  }

  let path: String
  private let kind: Kind
  /// The inputs of the model, where they are known.
  private let inputs: [InputDescription]
  /// The parts that the data name; empty when they name none.
  let parts: [Split]

  /// - Parameter inputs: the inputs of the model; several are fed by an archive of arrays only.
  init(paths: [String], inputs: [InputDescription] = []) throws {
    self.inputs = inputs
    path = paths[0].count > 1 && paths[0].hasSuffix("/") ? String(paths[0].dropLast()) : paths[0]
    if paths.count > 1 {
      let start = try Self.start(of: paths[0])
      kind =
        start.starts(with: NumPyHeader.magic)
        ? .npy(x: paths[0], y: paths[1]) : .idx([IDXPair(images: paths[0], labels: paths[1])])
    } else {
      kind = try Self.kind(at: path)
    }
    if case .idx(let pairs) = kind,
      let twice = pairs.first(where: { pair in pairs.count { $0.part == pair.part } > 1 })
    {
      throw DatasetError.unrecognized(
        path: path,
        found: "it holds several sets, such as \((twice.images as NSString).lastPathComponent); give one file"
      )
    }
    if inputs.count > 1 {
      guard case .npz = kind else {
        let names = inputs.map(\.name).joined(separator: ", ")
        throw DatasetError.unsuitable(
          setting: "data", reason: "the model has \(inputs.count) inputs, and they feed one",
          remedy: "Give an NPZ archive with an array for each input: \(names).")
      }
    }
    let names = inputs.count > 1 ? inputs.map(\.name) : ["x"]
    switch kind {
    case .idx(let pairs): parts = pairs.compactMap(\.part)
    case .npz(let archive):
      parts = Split.allCases.filter { part in
        names.contains { archive["\($0)_\(part.rawValue)"] != nil && archive[$0] == nil }
      }
    case .npy: parts = []
    case .folders(let folders): parts = Split.allCases.filter { folders[$0] != nil }
    }
  }

  /// Opens the part that is wanted. `isPool` says that fractions may still be taken out of it.
  func choose(_ configuration: DatasetConfiguration, preferring: [Split]) throws
    -> (found: Found, split: Split, isPool: Bool)
  {
    let hasFraction: [Split: Bool] = [
      .validation: (configuration.validation ?? 0) > 0, .test: (configuration.test ?? 0) > 0,
    ]
    let pool: Split? = parts.isEmpty ? nil : parts.contains(.train) ? .train : nil
    let hasPool = parts.isEmpty || pool != nil
    let preferred = preferring.first { parts.contains($0) || (hasPool && (hasFraction[$0] ?? true)) }
    let wanted = configuration.split ?? preferred ?? (hasPool ? nil : parts[0])
    if let wanted, wanted != .train, wanted != .all {
      if parts.contains(wanted) { return (try open(wanted), wanted, false) }
      guard hasPool, hasFraction[wanted] == true else {
        throw DatasetError.missingPart(path: path, part: wanted.rawValue, available: parts.map(\.rawValue))
      }
    }
    guard hasPool else {
      throw DatasetError.missingPart(
        path: path, part: (wanted ?? .train).rawValue, available: parts.map(\.rawValue))
    }
    let isWhole = wanted == nil && pool == nil && !hasFraction.values.contains(true)
    return (try open(pool), wanted ?? (isWhole ? .all : .train), true)
  }

  private func open(_ part: Split?) throws -> Found {
    switch kind {
    case .idx(let pairs):
      let pair = pairs.first { $0.part == part } ?? pairs[0]
      let images = try IDXFile.array(try ByteSource(path: pair.images))
      var labels: StoredArray?
      if let path = pair.labels { labels = try IDXFile.array(try ByteSource(path: path)) }
      return Found(path: pair.images, examples: .array(images), answers: labels, siblings: parts)
    case .npz(let archive):
      let suffix = part.map { "_\($0.rawValue)" } ?? ""
      if inputs.count > 1 { return try open(archive, suffix: suffix) }
      let only = archive.names.count == 1 ? archive.names[0] : "x"
      guard let x = archive["x\(suffix)"] ?? archive[only] else {
        throw DatasetError.missingArray(
          path: path, name: "x\(suffix)", available: archive.names, wanted: ["x\(suffix)"])
      }
      let y = archive["y\(suffix)"]
      return Found(path: path, examples: .array(x.stored), answers: y?.stored, siblings: parts)
    case .npy(let x, let y):
      var answers: StoredArray?
      if let y { answers = try NumPyArray(path: y).stored }
      return Found(path: x, examples: .array(try NumPyArray(path: x).stored), answers: answers, siblings: [])
    case .folders(let folders):
      let folder = part.flatMap { folders[$0] } ?? path
      guard let images = ImageFolder(path: folder) else {
        throw DatasetError.unrecognized(path: folder, found: "a folder without IDX, NPY, PNG or JPEG files")
      }
      return Found(
        path: folder, examples: .images(images), folderLabels: images.labels,
        classNames: images.labels == nil ? nil : images.classes, siblings: parts)
    }
  }

  /// An array by name for each of several inputs, and `y`.
  private func open(_ archive: NumPyArchive, suffix: String) throws -> Found {
    var arrays: [(input: InputDescription, array: StoredArray)] = []
    for input in inputs {
      // What serves every batch serves every part.
      guard let array = archive[input.name + suffix] ?? (input.sharedShape == nil ? nil : archive[input.name])
      else {
        throw DatasetError.missingArray(
          path: path, name: input.name + suffix, available: archive.names,
          wanted: inputs.map { $0.name + suffix })
      }
      arrays.append((input, array.stored))
    }
    // Where every array is as large as a value for all, there is one example.
    let main =
      arrays.firstIndex { $0.array.shape != $0.input.sharedShape } ?? arrays.firstIndex {
        $0.input.batchAxis != nil
      } ?? 0
    let first = try examplesFirst(arrays[main].input, arrays[main].array)
    var found = Found(
      path: path, examples: .array(first), input: arrays[main].input,
      answers: archive["y\(suffix)"]?.stored, siblings: parts)
    for (index, (input, array)) in arrays.enumerated() where index != main {
      if let axis = input.batchAxis, array.shape.indices.contains(axis), array.shape[axis] == first.rowCount {
        found.further.append((input.name, try array.movingToFront(axis)))
      } else if array.shape == input.sharedShape {
        found.shared.append((input.name, array))
      } else {
        throw DatasetError.countsDiffer(
          first: arrays[main].input.name, firstCount: first.rowCount, second: input.name,
          secondCount: try examplesFirst(input, array).rowCount)
      }
    }
    return found
  }

  /// An array of examples with the axis first along which they lie.
  private func examplesFirst(
    _ input: InputDescription, _ array: StoredArray
  ) throws -> StoredArray {
    if let axis = input.batchAxis, array.shape.indices.contains(axis) { return try array.movingToFront(axis) }
    throw DatasetError.wrongShape(path: path, name: input.name, shape: array.shape, wanted: input.sharedShape)
  }

  private static func kind(at path: String) throws -> Kind {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      // Not a file: perhaps how IDX files begin, such as `fashion/train`.
      let name = (path as NSString).lastPathComponent
      let folder = Folder.path(above: path)
      let pairs = IDXPair.pairs(in: folder.isEmpty ? "." : folder, prefix: name)
      guard !pairs.isEmpty else {
        throw DatasetError.unreadable(path: path, reason: "there is no such file or folder")
      }
      return .idx(pairs)
    }
    if isFolder.boolValue {
      let pairs = IDXPair.pairs(in: path)
      if !pairs.isEmpty { return .idx(pairs) }
      let x = (path as NSString).appendingPathComponent("x.npy")
      if FileManager.default.fileExists(atPath: x) { return .npy(x: x, y: answers(beside: x)) }
      return .folders(ImageFolder.parts(of: path))
    }
    let start = try start(of: path)
    if start.starts(with: NumPyHeader.magic) { return .npy(x: path, y: answers(beside: path)) }
    if start.starts(with: [0x50, 0x4b]) { return .npz(try NumPyArchive(path: path)) }
    if start.starts(with: [0x1f, 0x8b]) || IDXFile.begins(start) {
      return .idx([IDXPair(images: path, labels: IDXPair.labels(beside: path))])
    }
    if ImageCodec.extensions.contains((path as NSString).pathExtension.lowercased()) {
      throw DatasetError.unrecognized(path: path, found: "it is one image; its folder is wanted")
    }
    throw DatasetError.unrecognized(path: path, found: "it begins as no known format")
  }

  private static func start(of path: String) throws -> [UInt8] {
    let file = try OpenFile(path: path)
    return try file.read(at: 0, count: min(8, file.count))
  }

  /// `y.npy` beside `x.npy`, `y_train.npy` beside `x_train.npy`.
  static func answers(beside x: String) -> String? {
    let name = (x as NSString).lastPathComponent
    guard name == "x.npy" || name.hasPrefix("x_") else { return nil }
    let y = (Folder.path(above: x) as NSString).appendingPathComponent("y" + name.dropFirst())
    return FileManager.default.fileExists(atPath: y) ? y : nil
  }
}
