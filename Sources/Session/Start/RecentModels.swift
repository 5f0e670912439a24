import Files
package import Foundation

/// The models that were opened last, each with its session: a small file of lines in the user's state folder, the newest first.
///
/// What cannot be read is passed by: a line that is none, and a file that is no list. Two programs that write at the same time lose
/// at most an entry.
package struct RecentModels: Sendable, Hashable {
  /// A model that was opened.
  package struct Entry: Sendable, Hashable, Codable {
    /// Its absolute path.
    package let model: String
    /// Shapes that were given for its inputs, by name.
    package let inputs: [String: [Int]]
    /// The folder of its session; `nil` where none was kept.
    package let session: String?
    /// When, in seconds since 1970.
    package let time: Double

    /// A model that is opened now.
    package init(
      model: String, inputs: [String: [Int]] = [:], session: String?,
      time: Double = Date().timeIntervalSince1970.rounded(.down)
    ) {
      (self.model, self.inputs, self.session, self.time) = (model, inputs, session, time)
    }

    /// Whether it is one that this program writes.
    fileprivate var isSound: Bool {
      func isPath(_ path: String) -> Bool {
        path.hasPrefix("/") && path.utf8.count <= 4096 && !path.unicodeScalars.contains("\0")
      }
      return isPath(model) && session.map(isPath) ?? true && 0..<3.2e10 ~= time && inputs.count <= 64
        && inputs.values.allSatisfy { shape in
          shape.count <= 16 && shape.allSatisfy { 1...Int(Int32.max) ~= $0 }
        }
    }
  }

  /// So many are kept.
  package static let most = 20
  /// What stands behind so many bytes is not read.
  static let mostBytes = 1 << 18
  /// The file's name.
  static let fileName = "recent.jsonl"

  /// The newest first, each model with one session once.
  package private(set) var entries: [Entry] = []

  /// An empty list.
  package init() {}

  /// The list that bytes of a file hold.
  package init(reading data: Data) {
    let decoder = JSONDecoder()
    for line in data.prefix(Self.mostBytes).split(separator: UInt8(ascii: "\n")) {
      guard let entry = try? decoder.decode(Entry.self, from: Data(line)), entry.isSound else { continue }
      entries.append(entry)
    }
    let read = entries
    entries = []
    // Whatever the order of the lines, the newest counts.
    let order = read.enumerated().sorted { ($0.element.time, -$0.offset) < ($1.element.time, -$1.offset) }
    for (_, entry) in order { note(entry) }
  }

  /// Puts an entry first; what was said of the same model and session before is forgotten.
  package mutating func note(_ entry: Entry) {
    guard entry.isSound else { return }
    entries.removeAll { $0.model == entry.model && ($0.session == entry.session || $0.session == nil) }
    entries.insert(entry, at: 0)
    entries = Array(entries.prefix(Self.most))
  }

  /// The list as bytes of a file.
  package var encoded: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return entries.reduce(into: Data()) { data, entry in
      guard let line = try? encoder.encode(entry) else { return }
      data += line + [UInt8(ascii: "\n")]
    }
  }

  // MARK: The file

  /// The list in a folder; an empty one where there is none that can be read.
  package static func read(in path: String = SessionFolder.stateFolder) -> RecentModels {
    guard let folder = try? Folder(path), folder.holdsFile(fileName),
      let file = try? folder.openFile(fileName, flags: O_RDONLY, permissions: 0)
    else { return RecentModels() }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    return RecentModels(reading: (try? handle.read(upToCount: mostBytes)) ?? Data())
  }

  /// Puts an entry first in the list of a folder, which is made where there is none. The file is replaced whole.
  ///
  /// - Throws: where the folder or the file cannot be written.
  package static func note(_ entry: Entry, in path: String = SessionFolder.stateFolder) throws {
    var list = read(in: path)
    list.note(entry)
    try Folder.make(path, permissions: 0o700)
    try FileReplacement.write(list.encoded, to: fileName, in: try Folder(path))
  }
}

extension StartEntry {
  /// So many models of earlier days are offered.
  private static let mostRecent = 12

  /// What was opened before: the list, and sessions in the usual place that it lacks, the newest first. What is not there any more is
  /// left out.
  package static func recent(
    _ list: RecentModels = .read(), sessions: [SessionFolder] = SessionFolder.all
  ) -> [StartEntry] {
    var entries = list.entries.map { entry in
      var found = StartEntry(.recent, path: entry.model)
      found.inputShapes = entry.inputs
      found.session = entry.session.flatMap { SessionFolder($0).exists ? $0 : nil }
      found.lastUsed = entry.time
      return found
    }
    let known = Set(entries.compactMap(\.session))
    for folder in sessions.prefix(RecentModels.most) where !known.contains(folder.path) {
      guard let model = try? Workbench.model(of: folder) else { continue }
      var found = StartEntry(.recent, path: model.path)
      found.inputShapes = model.inputShapes
      found.session = folder.path
      found.lastUsed = folder.lastUsed?.timeIntervalSince1970
      entries.append(found)
    }
    let there = entries.filter { FileManager.default.fileExists(atPath: $0.path) || $0.isPrefixOfModel }
    return Array(there.sorted { ($0.lastUsed ?? 0) > ($1.lastUsed ?? 0) }.prefix(mostRecent))
  }

  /// Whether the path is the common beginning of an MXNet model's files.
  private var isPrefixOfModel: Bool { FileManager.default.fileExists(atPath: path + "-symbol.json") }
}
