import Files
import Foundation
import TestSupport
import Testing

/// A file is there whole, or as it was before.
@Suite struct FileReplacementTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }
  private func path(_ name: String) -> String { "\(folder)/\(name)" }
  private func text(_ name: String) -> String? {
    FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
  }
  private var names: Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
  }
  private func permissions(_ name: String) throws -> Int {
    try #require(
      try FileManager.default.attributesOfItem(atPath: path(name))[.posixPermissions] as? Int)
  }

  init() throws {
    temporary = try TemporaryFolder()
  }

  @Test func severalComeTogetherOrNotAtAll() throws {
    try FileReplacement.write(Data("old".utf8), to: path("a"))
    do {
      let files = try FileReplacement(of: [path("a"), path("b")])
      try files.write(Data("new".utf8), to: 0)
      #expect(text("a") == "old")
    }
    #expect(names == ["a"], "what was given up is gone")
    let files = try FileReplacement(of: [path("a"), path("b")])
    try files.write(Data("new".utf8), to: 0)
    try files.write(Data("other".utf8), to: 1)
    try files.commit()
    #expect(text("a") == "new" && text("b") == "other" && names == ["a", "b"])
  }

  /// The second of two names is taken by a folder while they are written.
  @Test func whatCannotBePutInPlaceIsUndone() throws {
    try FileReplacement.write(Data("old".utf8), to: path("a"))
    let files = try FileReplacement(of: [path("a"), path("b")])
    try files.write(Data("new".utf8), to: 0)
    try FileManager.default.createDirectory(atPath: path("b/c"), withIntermediateDirectories: true)
    #expect(throws: FileError.self) { try files.commit() }
    #expect(text("a") == "old")
  }

  @Test func onlyRegularFilesAreReplaced() throws {
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    for index in [path("pipe"), folder, "/dev/null", path("nowhere/a")] {
      #expect(throws: FileError.self, "\(index)") { try FileReplacement.write(Data(), to: index) }
    }
    #expect(names == ["pipe"])
  }

  @Test func permissionsStay() throws {
    try FileReplacement.write(Data(), to: path("a"))
    #expect(chmod(path("a"), 0o640) == 0)
    try FileReplacement.write(Data("new".utf8), to: path("a"))
    #expect(try permissions("a") == 0o640)
    try FileReplacement.write(Data(), to: "own", in: try Folder(folder))
    #expect(try permissions("own") == 0o600)
  }

  /// A killed program lets go of its lock; a running one does not; other files are nobody's business.
  @Test func whatNobodyWritesAnyMoreIsSwept() throws {
    let left = ".secateur-0123456789abcdef.partial"
    let others = [
      ".secateur-0123.partial", ".secateur-0123456789abcdeg.partial", ".a.0123456789abcdef.partial",
      "a.draft",
    ]
    for name in [left] + others { try Data().write(to: URL(fileURLWithPath: path(name))) }
    let victim = path("victim")
    try Data("v".utf8).write(to: URL(fileURLWithPath: victim))
    let link = ".secateur-00000000000000ff.partial"
    try FileManager.default.createSymbolicLink(atPath: path(link), withDestinationPath: victim)
    let running = try FileReplacement(of: [path("b")])
    try FileReplacement.write(Data("a".utf8), to: path("a"))
    #expect(!names.contains(left) && names.isSuperset(of: others) && text("victim") == "v")
    try running.write(Data("b".utf8))
    try running.commit()
    #expect(text("b") == "b")
  }

  @Test func aFolderFollowsNoLinks() throws {
    try Data("v".utf8).write(to: URL(fileURLWithPath: path("victim")))
    try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: "victim")
    try FileManager.default.linkItem(atPath: path("victim"), toPath: path("hard"))
    try FileManager.default.createSymbolicLink(atPath: path("inner"), withDestinationPath: "/tmp")
    let index = try Folder(folder)
    #expect(throws: FileError.self) { try index.contents(of: "link") }
    for name in ["link", "hard"] {
      #expect(throws: FileError.self) {
        try index.openFile(name, flags: O_WRONLY, permissions: 0o600)
      }
    }
    #expect(throws: FileError.self) { try index.folder("inner", making: 0o700) }
    #expect(text("victim") == "v")
    index.remove("link")
    #expect(text("victim") == "v")
  }
}
