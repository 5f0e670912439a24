import Files
import Foundation
import TestSupport
import Testing

/// An output never destroys an input or another output, whatever names they have.
@Suite struct FileUseTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }
  private func path(_ name: String) -> String { "\(folder)/\(name)" }

  init() throws {
    temporary = try TemporaryFolder()
    try Data("model".utf8).write(to: URL(fileURLWithPath: path("m.onnx")))
  }

  private func use(reads: [String] = [], writes: [String]) -> FileUse {
    var use = FileUse()
    for name in reads { use.reads(path(name), as: "the model") }
    for name in writes { use.writes(path(name), as: "--output") }
    return use
  }

  @Test func aFileIsKnownUnderEveryName() throws {
    let files = FileManager.default
    try files.createSymbolicLink(atPath: path("symbolic"), withDestinationPath: "m.onnx")
    try files.linkItem(atPath: path("m.onnx"), toPath: path("hard"))
    try files.createSymbolicLink(atPath: path("here"), withDestinationPath: ".")
    for name in ["m.onnx", "./m.onnx", "symbolic", "hard", "here/m.onnx", "here/./here/m.onnx"] {
      let clash = try #require(use(reads: ["m.onnx"], writes: [name]).clash, "\(name)")
      #expect(clash.output.path == path(name) && clash.other.path == path("m.onnx"))
    }
    #expect(use(reads: ["m.onnx"], writes: ["n.onnx"]).clash == nil)
  }

  /// Files that are not there yet are known by their folder.
  @Test func twoOutputsAreNotOneFile() throws {
    try FileManager.default.createSymbolicLink(atPath: path("here"), withDestinationPath: ".")
    #expect(use(writes: ["new", "here/new"]).clash != nil)
    #expect(use(writes: ["new", "newer"]).clash == nil)
    // What cannot be made anywhere is said by whoever makes it.
    #expect(use(writes: ["nowhere/a", "nowhere/b"]).clash == nil)
  }

  /// Two readers of one file do not disturb each other; a file that is brought up to date is no other's.
  @Test func readingTwiceIsNoClash() {
    #expect(use(reads: ["m.onnx", "m.onnx"], writes: ["n"]).clash == nil)
    var updating = use(writes: ["n"])
    updating.updates(path("m.onnx"), as: "the handle")
    #expect(updating.clash == nil && updating.replaced.isEmpty)
    updating.writes(path("m.onnx"), as: "--output")
    #expect(updating.clash != nil)
  }

  @Test func picturesOfAFolderAreInputs() throws {
    try FileManager.default.createDirectory(atPath: path("data/cat"), withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: path("data/cat/1.png")))
    try Data().write(to: URL(fileURLWithPath: path("data/old.onnx")))
    for (name, isClash) in [("data/cat/1.png", true), ("data/cat/2.png", false), ("data/old.onnx", false)] {
      var use = use(writes: [name])
      use.reads(filesEndingIn: ["png"], below: path("data"), as: "--data")
      #expect((use.clash != nil) == isClash, "\(name)")
    }
  }

  @Test func nothingGoesIntoAFolderThatIsKeptClear() throws {
    try FileManager.default.createDirectory(atPath: path("kept"), withIntermediateDirectories: true)
    for (name, isClash) in [("kept/new", true), ("kept/a/b/new", true), ("kept2", false)] {
      var use = use(writes: [name])
      use.keepsClear(path("kept"), as: "the session")
      #expect((use.clash != nil) == isClash, "\(name)")
    }
  }

  @Test func aFolderCountsByWhatMayBeReplacedInIt() throws {
    var use = use(reads: ["m.onnx"], writes: [])
    use.writes(into: folder, as: "--output") { $0.hasSuffix(".csv") }
    #expect(use.clash == nil)
    use.writes(into: folder, as: "--output") { $0.hasSuffix(".onnx") }
    #expect(use.clash?.other.what == "the model")
  }

  @Test(arguments: [
    ("s", ""), (".", ""), ("", ""), ("s/", ""), ("a/b", "a"), ("a//b/", "a"), ("/a", "/"), ("/", "/"),
    ("/a/b.c", "/a"),
  ])
  func thePathAbove(path: String, above: String) { #expect(Folder.path(above: path) == above) }

  @Test func whatWouldBeReplacedIsListed() {
    #expect(use(writes: ["m.onnx", "new"]).replaced == [path("m.onnx")])
  }
}
