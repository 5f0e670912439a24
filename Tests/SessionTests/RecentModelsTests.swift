import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// What was opened last: a list that any file may be.
@Suite struct RecentModelsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func entry(_ model: String, session: String? = nil, time: Double = 1) -> RecentModels.Entry {
    RecentModels.Entry(model: model, inputs: ["x": [1, 3, 8, 8]], session: session, time: time)
  }

  @Test func theNewestComesFirstAndEachOnce() {
    var list = RecentModels()
    for name in ["/a", "/b", "/a", "/c"] { list.note(entry(name)) }
    #expect(list.entries.map(\.model) == ["/c", "/a", "/b"])
    list.note(entry("/a", session: "/s"))
    #expect(list.entries.map(\.session) == ["/s", nil, nil])
    list.note(entry("/a", session: "/other"))
    #expect(list.entries.map(\.model) == ["/a", "/a", "/c", "/b"], "another session is another entry")
    for number in 0..<50 { list.note(entry("/\(number)")) }
    #expect(list.entries.count == RecentModels.most && list.entries[0].model == "/49")
    #expect(RecentModels(reading: list.encoded) == list)
  }

  @Test func theFileIsTheUsersAloneAndComesBack() throws {
    let path = folder.path("state/secateur")
    try RecentModels.note(entry("/a", time: 5), in: path)
    try RecentModels.note(entry("/b", time: 6), in: path)
    #expect(RecentModels.read(in: path).entries == [entry("/b", time: 6), entry("/a", time: 5)])
    for (name, permissions) in [("", 0o700), ("/recent.jsonl", 0o600)] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path + name)
      #expect(attributes[.posixPermissions] as? Int == permissions)
    }
    // A link is not followed, and what it leads to stays.
    let file = "\(path)/recent.jsonl"
    try FileManager.default.removeItem(atPath: file)
    let others = folder.path("others")
    try Data("{}".utf8).write(to: URL(filePath: others))
    try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: others)
    #expect(RecentModels.read(in: path).entries.isEmpty)
    try RecentModels.note(entry("/c"), in: path)
    #expect(RecentModels.read(in: path).entries == [entry("/c")])
    #expect(FileManager.default.contents(atPath: others) == Data("{}".utf8))
  }

  @Test(arguments: [
    "", "\n\n", "{", "[1]", "{\"model\":\"/a\"}",
    #"{"inputs":{},"model":"relative","time":1}"#, #"{"inputs":{},"model":"/a\u0000b","time":1}"#,
    #"{"inputs":{},"model":"/a","time":-1}"#, #"{"inputs":{},"model":"/a","time":1e300}"#,
    #"{"inputs":{"x":[0]},"model":"/a","time":1}"#, #"{"inputs":{"x":[99999999999]},"model":"/a","time":1}"#,
    #"{"inputs":{},"model":"/a","session":"b","time":1}"#,
  ])
  func whatIsNoneIsPassedBy(line: String) {
    let good = String(decoding: RecentModels(reading: sound).encoded, as: UTF8.self)
    #expect(RecentModels(reading: Data(line.utf8)).entries.isEmpty)
    #expect(RecentModels(reading: Data((line + "\n" + good).utf8)).entries == [entry("/good")])
  }

  private var sound: Data {
    var list = RecentModels()
    list.note(entry("/good"))
    return list.encoded
  }

  /// Any bytes are a list, perhaps an empty one, of sound entries.
  @Test func brokenBytesAreRead() {
    var list = RecentModels()
    for number in 0..<8 { list.note(entry("/m\(number)", session: "/s\(number)", time: Double(number))) }
    let bytes = [UInt8](list.encoded)
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<2_000 {
      var broken = bytes
      for _ in 0..<(1 + Int(generator.next() % 12)) {
        let place = Int(generator.next() % UInt64(broken.count))
        switch generator.next() % 4 {
        case 0: broken[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: broken.remove(at: place)
        case 2: broken.insert(UInt8(ascii: "\n"), at: place)
        default: broken.append(contentsOf: broken[place...].prefix(40))
        }
      }
      let read = RecentModels(reading: Data(broken))
      #expect(read.entries.count <= RecentModels.most)
      #expect(read.entries.allSatisfy { $0.model.hasPrefix("/") && $0.time >= 0 })
      // What is read is written, and read again as the same.
      #expect(
        RecentModels(reading: read.encoded).entries.map(\.model).sorted()
          == read.entries.map(\.model).sorted())
    }
  }

  @Test func whatIsNotThereAnyMoreIsLeftOut() throws {
    let model = CaseFile.model("custom_residual.onnx").path
    var list = RecentModels()
    list.note(entry(folder.path("gone.onnx"), time: 1))
    list.note(entry(model, session: folder.path("gone"), time: 2))
    let offered = StartEntry.recent(list, sessions: [])
    #expect(offered.map(\.path) == [model] && offered[0].session == nil)
    #expect(offered[0].inputShapes == ["x": [1, 3, 8, 8]] && offered[0].lastUsed == 2)
  }

  /// A preview says what a model is and what was kept of it, and leaves both as they are.
  @Test func aPreviewTellsOfTheSession() throws {
    let path = try TaylorFixture.path("model.onnx")
    var entry = StartEntry(.file, path: path)
    entry.session = folder.path("session")
    #expect(try ModelPreview(reading: entry).session == nil)
    let workbench = try Workbench(opening: path)
    try workbench.keep(in: SessionFolder(folder.path("session")))
    for accuracy in [0.5, 0.75] {
      let found = try PruningSettings().proposal(
        .percent(30), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
        bound: workbench.current.bound)
      try workbench.prune(found.selection, settings: found.settings)
      workbench.record(
        Evaluation(examples: 8, loss: 1, accuracy: accuracy), for: workbench.history.current)
    }
    try workbench.go(to: 1)
    workbench.stopKeeping()
    let before = try Data(contentsOf: URL(filePath: folder.path("session/journal.jsonl")))
    let preview = try ModelPreview(reading: entry)
    let session = try #require(preview.session)
    #expect(session.iterations == 2 && session.current == 1 && session.best == .init(id: 2, accuracy: 0.75))
    #expect(preview.layers == workbench.history.original.network.groups.layers.count)
    #expect(preview.parameters == workbench.history.original.parameters)
    #expect(try Data(contentsOf: URL(filePath: folder.path("session/journal.jsonl"))) == before)
    // A journal that is none is no session, and the model is told of all the same.
    try Data("{}\n".utf8).write(to: URL(filePath: folder.path("session/journal.jsonl")))
    #expect(try ModelPreview(reading: entry).session == nil)
    #expect(throws: (any Error).self) {
      try ModelPreview(reading: StartEntry(.file, path: folder.path("none.onnx")))
    }
  }
}
