import Foundation
import Graph
import TensorFiles

/// The form that PyTorch before 2.8 saved programs in: the same text, and beside it two files of `torch.save` that hold the
/// parameters and buffers, and the constants.
///
/// It is read as an archive of today's form, and what is made of that is written in the older one again.
struct OlderArchive: Sendable {
  /// As it was read.
  let archive: StoredArchive

  private static let program = "serialized_exported_program.json"
  private static let root = "archive"
  /// Today's path of the program's text.
  private static var currentProgram: String { "\(root)/models/model.json" }

  /// A file of `torch.save` in the archive, and where today's form has what it holds.
  private enum Part: CaseIterable {
    case weights, constants

    var entry: String { self == .weights ? "serialized_state_dict.pt" : "serialized_constants.pt" }
    var folder: String { self == .weights ? "\(root)/data/weights/" : "\(root)/data/constants/" }
    var stem: String { self == .weights ? "weight_" : "tensor_" }
    var list: String { folder + "model_\(self == .weights ? "weights" : "constants")_config.json" }
  }

  /// `nil` for an archive of another form.
  init?(_ archive: StoredArchive) {
    guard archive.bytes(Self.program) != nil else { return nil }
    self.archive = archive
  }

  // MARK: Reading

  /// The archive in today's form.
  ///
  /// - Throws: `FormatError` and `TensorFileError` for what cannot be read of the files in it. Nothing of a pickle is run.
  func current(file: String) throws -> StoredArchive {
    let program: [StoredArchive.Entry] =
      archive.bytes(Self.program).map { [.init(name: Self.currentProgram, bytes: $0)] } ?? []
    return StoredArchive(
      try Part.allCases.reduce(into: program) { $0 += try Self.entries(of: $1, in: archive, file: file) })
  }

  private static func entries(
    of part: Part, in archive: StoredArchive, file: String
  ) throws -> [StoredArchive.Entry] {
    guard let bytes = archive.bytes(part.entry), !bytes.isEmpty else {
      return [.init(name: part.list, bytes: Data("{\"config\": {}}".utf8))]
    }
    let saved = try StoredArchive(EncodedBytes(bytes), file: "\(part.entry) in \(file)")
    guard let pickle = saved.entries.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw FormatError.malformedArchive(file: file, problem: "its entry \(part.entry) holds no tensors")
    }
    let folder = pickle.name.dropLast("data.pkl".count)
    if let order = saved.bytes("\(folder)byteorder"), !order.elementsEqual("little".utf8) {
      throw FormatError.malformedArchive(
        file: file, problem: "its numbers do not begin with their lowest byte")
    }
    var unpickler = Unpickler([UInt8](pickle.bytes), file: "\(part.entry) in \(file)")
    let tensors = try unpickler.namedTensors()
    let members = tensors.map { name, tensor in
      JSONText.Member(name, description(of: tensor, part))
    }
    var keys = Set<String>()
    let storages = tensors.map(\.tensor.storage.key).filter { keys.insert($0).inserted }
    let list = JSONText.spaced([("config", JSONText(.object(members, empty: "")))])
    return storages.compactMap { key in
      saved.bytes("\(folder)data/\(key)").map { .init(name: part.folder + part.stem + key, bytes: $0) }
    } + [.init(name: part.list, bytes: Data(list.text.utf8))]
  }

  private static func description(of tensor: PickledTensor, _ part: Part) -> JSONText {
    func numbers(_ values: [Int]) -> JSONText { .spaced(values.map { .spaced([("as_int", .number($0))]) }) }
    let meta: [(String, JSONText)] = [
      ("dtype", .number(tensor.elementType?.scalarType ?? 0)), ("sizes", numbers(tensor.shape)),
      ("strides", numbers(tensor.layout.strides)),
      ("storage_offset", .spaced([("as_int", .number(tensor.layout.offset))])),
    ]
    return .spaced([
      ("path_name", .string(part.stem + tensor.storage.key)),
      ("use_pickle", JSONText(.scalar("false"))), ("tensor_meta", .spaced(meta)),
    ])
  }

  // MARK: Writing

  /// The entries of an archive in the older form, of those in today's; what has no other form stays as it was.
  ///
  /// - Parameter program: it says which tensors are parameters.
  func entries(
    of current: [(name: String, bytes: Data)], _ program: ExportedProgram, file: String
  ) throws -> [(name: String, bytes: Data)] {
    let changed = StoredArchive(current.map { .init(name: $0.name, bytes: $0.bytes) })
    let payloads = try ProgramPayloads(changed, root: Self.root, model: "model", file: file)
    let parameters = program.sources.reduce(into: Set<String>()) { names, source in
      if case .parameter(let name) = source { names.insert(name) }
    }
    return try archive.entries.map { entry in
      if entry.name == Self.program { return (entry.name, changed.bytes(Self.currentProgram) ?? entry.bytes) }
      guard let part = Part.allCases.first(where: { $0.entry == entry.name }) else {
        return (entry.name, entry.bytes)
      }
      let list = part == .weights ? payloads.weights : payloads.constants
      let saved = try Self.saved(list, payloads, in: changed, parameters, file: file)
      return (entry.name, saved)
    }
  }

  /// A file as `torch.save` writes it of a dictionary of tensors.
  private static func saved(
    _ list: ProgramPayloads.List, _ payloads: ProgramPayloads, in archive: StoredArchive,
    _ parameters: Set<String>, file: String
  ) throws -> Data {
    var pickle = TensorPickle()
    var storages: [String: String] = [:]
    var entries: [(name: String, bytes: Data)] = []
    for member in list.text["config"]?.members ?? [] {
      guard let record = payloads.records[member.name], let bytes = archive.bytes(record.entry),
        let width = record.elementType.byteCount
      else { throw FormatError.missingWeight(file: file, weight: member.name) }
      let key = storages[record.entry] ?? String(storages.count)
      if storages.updateValue(key, forKey: record.entry) == nil {
        entries.append(("archive/data/\(key)", bytes))
      }
      let tensor = PickledTensor(
        storage: PickledStorage(typeName: PickledTensor.storageName(of: record.elementType), key: key),
        offset: record.offset, shape: record.shape, strides: record.strides)
      pickle.add(
        member.name, tensor, storedElements: bytes.count / width,
        // What was added says so itself.
        isParameter: parameters.contains(member.name)
          || record.text["is_param"]?.content == .scalar("true"))
    }
    let head: [(name: String, bytes: Data)] = [
      ("archive/data.pkl", pickle.bytes), ("archive/byteorder", Data("little".utf8)),
    ]
    return StoredArchiveWriter.pieces(of: head + entries + [("archive/version", Data("3\n".utf8))])
      .reduce(into: Data()) { $0.append($1) }
  }
}
