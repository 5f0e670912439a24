import Compute
import Files
import Foundation
import Pruning
import Session
import TestSupport
import Testing

/// A session's folder that comes from somebody else does no harm.
@Suite struct StrangeSessionTests {
  private let folder: TemporaryFolder
  private let files = FileManager.default

  init() throws { folder = try TemporaryFolder() }

  private var index: SessionFolder { SessionFolder(folder.path("session")) }
  private var victim: String { folder.path("victim") }

  private func open() throws -> Workbench {
    var options = ComputeOptions()
    options.threads = 1
    return try Workbench(opening: TaylorFixture.path("model.onnx"), options: options)
  }

  /// A session of one prune, with a file elsewhere that it must not touch.
  private func makeSession() throws {
    let workbench = try open()
    try workbench.keep(in: index)
    let proposal = try PruningSettings().proposal(
      .percent(30), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    workbench.stopKeeping()
    try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
  }

  private func expectVictimWhole(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
      files.contents(atPath: victim) == Data("precious".utf8), sourceLocation: sourceLocation)
  }

  /// What the folder holds, with the bytes of each file.
  private func contents() throws -> [String: Data] {
    try files.subpathsOfDirectory(atPath: index.path).reduce(into: [:]) {
      $0[$1] = files.contents(atPath: "\(index.path)/\($1)") ?? Data()
    }
  }

  private enum Link: CaseIterable { case symbolic, hard }

  private func replace(_ name: String, by link: Link) throws {
    let path = "\(index.path)/\(name)"
    try? files.removeItem(atPath: path)
    switch link {
    case .symbolic: try files.createSymbolicLink(atPath: path, withDestinationPath: victim)
    case .hard: try files.linkItem(atPath: victim, toPath: path)
    }
  }

  @Test(arguments: ["lock", "journal.jsonl"], Link.allCases)
  private func aLinkIsNotWrittenThrough(name: String, link: Link) throws {
    try makeSession()
    try replace(name, by: link)
    #expect(throws: SessionError.self) { try open().keep(in: index) }
    _ = try? open().look(at: index)
    _ = try? index.delete()
    expectVictimWhole()
  }

  /// The journal as a file that is none of the session's: it is neither cut nor removed.
  @Test func aJournalThatIsNoneStays() throws {
    try makeSession()
    for text in ["a letter without an end", "a letter\n", "[]\n"] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: index.journalPath))
      #expect(throws: SessionError.self) { try open().keep(in: index) }
      #expect(files.contents(atPath: index.journalPath) == Data(text.utf8))
    }
  }

  @Test(arguments: ["../../victim", "/etc/passwd", "1-1/../../victim", "1", "", "1-1.npz", "-1-1", "１-１"])
  func weightsHaveNamesOfTheirOwn(name: String) throws {
    try makeSession()
    try files.moveItem(atPath: victim, toPath: victim + ".npz")
    let journal = String(decoding: try #require(files.contents(atPath: index.journalPath)), as: UTF8.self)
    let lines = journal.split(separator: "\n").map { line in
      line.contains("\"pruned\"")
        ? line.replacing("\"isExported\":false", with: "\"isExported\":false,\"weights\":\"\(name)\"") : line
    }
    #expect(lines.joined().contains("weights"))
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: index.journalPath))
    #expect(throws: SessionError.self) { try open().keep(in: index) }
    #expect(files.contents(atPath: victim + ".npz") == Data("precious".utf8))
  }

  /// Folders inside of it may be links too.
  @Test(arguments: ["scores/1.json", "weights/1-1.npz"]) func aFolderThatIsALinkIsLeftAlone(name: String)
    throws
  {
    try makeSession()
    let (inner, file) = ((name as NSString).deletingLastPathComponent, (name as NSString).lastPathComponent)
    try files.createDirectory(atPath: folder.path("elsewhere"), withIntermediateDirectories: true)
    try files.moveItem(atPath: victim, toPath: folder.path("elsewhere/\(file)"))
    try? files.removeItem(atPath: "\(index.path)/\(inner)")
    try files.createSymbolicLink(
      atPath: "\(index.path)/\(inner)", withDestinationPath: folder.path("elsewhere"))
    let workbench = try open()
    try workbench.keep(in: index)
    try workbench.go(to: 1)
    workbench.discardScores()
    workbench.stopKeeping()
    #expect(throws: SessionError.self) { try index.delete() }
    #expect(files.contents(atPath: folder.path("elsewhere/\(file)")) == Data("precious".utf8))
  }

  @Test func lookingWritesNothing() throws {
    try makeSession()
    // The end of a line that was being written stays too.
    let handle = try #require(FileHandle(forWritingAtPath: index.journalPath))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("{\"event\":".utf8))
    try handle.close()
    try files.removeItem(atPath: "\(index.path)/lock")
    let before = try contents()
    let workbench = try open()
    #expect(try workbench.look(at: index).isEmpty)
    #expect(workbench.history.iterations.count == 2)
    try workbench.go(to: 1)
    _ = try Workbench.model(of: index)
    #expect(try contents() == before)
    #expect(throws: SessionError.self) { try open().look(at: SessionFolder(folder.path("nowhere"))) }
    #expect(!files.fileExists(atPath: folder.path("nowhere")))
  }

  /// Only what the session wrote goes.
  @Test func deletingLeavesWhatIsOthers() throws {
    try makeSession()
    try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(index.path)/notes.txt"))
    #expect(throws: SessionError.self) { try index.delete() }
    #expect(try contents() == ["notes.txt": Data("mine".utf8)])
    try files.removeItem(atPath: "\(index.path)/notes.txt")
    try index.delete()
    #expect(!files.fileExists(atPath: index.path))
  }

  @Test func aNewerFormatIsCalledNewer() throws {
    try makeSession()
    let journal = String(decoding: try #require(files.contents(atPath: index.journalPath)), as: UTF8.self)
    let newer = journal.replacing("\"version\":1", with: "\"version\":2")
      .replacing("\"event\":\"opened\"", with: "\"event\":\"something-new\"")
    try Data(newer.utf8).write(to: URL(fileURLWithPath: index.journalPath))
    do {
      try open().keep(in: index)
      Issue.record("it was taken up")
    } catch {
      guard case .newerSession(_, 2) = error as? SessionError else { throw error }
    }
    #expect(files.contents(atPath: index.journalPath) == Data(newer.utf8))
  }

  @Test func nobodyElseReadsIt() throws {
    let root = folder.path("state/secateur")
    let index = SessionFolder("\(root)/session")
    let workbench = try open()
    try workbench.keep(in: index)
    let proposal = try PruningSettings().proposal(
      .percent(30), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
    for path in [folder.path("state"), root, index.path] {
      #expect(try permissions(path) == 0o700, "\(path)")
    }
    for name in ["lock", "journal.jsonl"] { #expect(try permissions("\(index.path)/\(name)") == 0o600) }
  }

  private func permissions(_ path: String) throws -> Int? {
    try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  /// What a killed program was writing goes when the session is taken up.
  @Test func draftsAreSwept() throws {
    try makeSession()
    try files.createDirectory(atPath: "\(index.path)/weights", withIntermediateDirectories: true)
    let drafts = ["", "weights/"].map { "\(index.path)/\($0).secateur-0123456789abcdef.partial" }
    for draft in drafts { try Data("half".utf8).write(to: URL(fileURLWithPath: draft)) }
    _ = try open().look(at: index)
    #expect(drafts.allSatisfy(files.fileExists(atPath:)))
    try open().keep(in: index)
    #expect(!drafts.contains(where: files.fileExists(atPath:)))
  }

  /// Numbers in a journal are somebody else's too.
  @Test(arguments: [
    ("\"id\":1,", "\"id\":9223372036854775807,"), ("\"id\":1,", "\"id\":-1,"),
    ("\"event\":\"pruned\",", "\"event\":\"iterating-began\",\"goal\":GOAL,"),
  ])
  func aNumberThatNoSessionWritesIsDamage(old: String, new: String) throws {
    try makeSession()
    var goal = IterationGoal(start: 0, keep: .infinity, of: .latency, steps: 1)
    goal.measuredExamples = 1
    let written = String(decoding: try JSONEncoder.ofResults.encode(goal), as: UTF8.self)
    let journal = String(decoding: try #require(files.contents(atPath: index.journalPath)), as: UTF8.self)
    let edited = journal.replacing(old, with: new.replacing("GOAL", with: written))
    #expect(edited != journal)
    try Data(edited.utf8).write(to: URL(fileURLWithPath: index.journalPath))
    #expect(throws: SessionError.self) { try open().keep(in: index) }
  }
}
