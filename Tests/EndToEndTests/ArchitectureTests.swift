import Foundation
import Testing

/// Imports go one way. The table is the architecture; a new edge is a decision, made here.
@Suite struct ArchitectureTests {
  private static let allowed: [String: Set<String>] = [
    "Graph": [],
    "Formats": ["Graph"],
    "Datasets": ["Graph", "CCodecs"],
    "Compute": ["Graph", "CDNNL"],
    "Pruning": ["Graph"],
    "Training": ["Graph", "Datasets", "Compute", "Pruning"],
    "Session": ["Graph", "Formats", "Datasets", "Compute", "Pruning", "Training"],
    "Schedules": ["Graph", "Datasets", "Compute", "Pruning", "Training", "Session"],
    "Procedures": ["Session", "Training", "Pruning", "Formats", "Datasets", "Compute", "Graph"],
    "Reports": ["Session", "Training", "Pruning", "Graph", "TerminalUI"],
    "TerminalUI": [],
    "Screens": ["TerminalUI", "Pruning", "Graph"],
    "TerminalHost": ["TerminalUI", "CTerminal"],
    "secateur": [
      "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training", "Session", "TerminalUI", "Screens",
      "TerminalHost", "Reports", "Procedures", "Schedules",
    ],
  ]
  private static let shims: Set<String> = ["CTerminal", "CDNNL", "CCodecs"]
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func files(in folder: URL, suffix: String) -> [URL] {
    let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == suffix }
  }

  @Test(arguments: allowed.keys.sorted()) func importsGoOneWay(module: String) throws {
    let files = Self.files(in: Self.root.appending(path: "Sources/\(module)"), suffix: "swift")
    try #require(!files.isEmpty, "the module \(module) has no files")
    let known = Set(Self.allowed.keys).union(Self.shims)
    for file in files {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"), place <= 2, place + 1 < words.count,
          words[..<place].allSatisfy({ ["public", "package", "internal", "@preconcurrency"].contains($0) })
        else { continue }
        let imported = String(words[place + 1])
        guard known.contains(imported) else { continue }
        #expect(
          Self.allowed[module]!.contains(imported), "\(file.lastPathComponent) imports \(imported)")
      }
    }
  }

  @Test func everyModuleIsInTheTable() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appending(path: "Sources").path)
    #expect(Set(folders) == Set(Self.allowed.keys).union(Self.shims))
  }

  /// The project's card: what may stand at the top.
  @Test func theTopLevelHoldsWhatTheCardSays() throws {
    let top = try FileManager.default.contentsOfDirectory(atPath: Self.root.path).filter {
      !$0.hasPrefix(".")
    }
    let card: Set<String> = [
      "Package.swift", "Sources", "Tests", "Themes", "SampleModels", "README.md", "LICENSE",
    ]
    #expect(Set(top).subtracting(card).subtracting(["Package.resolved"]) == [])
  }

  /// `curses.h`, `dnnl.h` and the codecs' headers stay in the C files of the shims.
  @Test func headersOfTheShimsIncludeNoLibrary() throws {
    for shim in Self.shims {
      let headers = Self.files(in: Self.root.appending(path: "Sources/\(shim)/include"), suffix: "h")
      try #require(!headers.isEmpty)
      for header in headers {
        let text = try String(contentsOf: header, encoding: .utf8)
        for library in ["curses.h", "dnnl", "png.h", "jpeglib.h", "zlib.h"] {
          #expect(!text.contains("#include <\(library)"), "\(header.lastPathComponent) includes \(library)")
        }
      }
    }
  }
}
