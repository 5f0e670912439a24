import Foundation
import Testing

/// Imports go one way. The table is the architecture; a new edge is a decision, made here.
@Suite struct ArchitectureTests {
  private static let allowed: [String: Set<String>] = [
    "Errors": [],
    "Quantities": [],
    "Files": [],
    "YAML": [],
    "Ranks": ["CMPI"],
    "Graph": [],
    "Formats": ["Files", "Graph", "Datasets", "TensorFiles", "CCodecs"],
    "Datasets": ["Files", "YAML", "Graph", "CCodecs"],
    "TensorFiles": ["Graph", "Datasets"],
    "Compute": ["Ranks", "Graph", "CDNNL", "CPointwise"],
    "Pruning": ["YAML", "Graph"],
    "Training": ["Ranks", "Graph", "Datasets", "Compute", "Pruning"],
    "SessionModel": ["Quantities", "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training"],
    "Session": [
      "Files", "Quantities", "Ranks", "Graph", "Formats", "Datasets", "TensorFiles", "Compute", "Pruning",
      "Training", "SessionModel",
    ],
    "Schedules": [
      "Files", "YAML", "Quantities", "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training",
      "Session",
    ],
    "Procedures": [
      "Quantities", "Session", "Training", "Pruning", "Formats", "Datasets", "Compute", "Graph",
    ],
    "Secateur": [
      "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training", "SessionModel", "Session",
      "Schedules",
      "Procedures",
    ],
    "Scaling": ["Quantities", "Ranks", "Graph", "Compute", "Pruning", "Training", "Session"],
    "Reports": ["Quantities", "Session", "Training", "Pruning", "Graph"],
    "TerminalUI": ["Quantities"],
    "Screens": ["TerminalUI", "SessionModel", "Datasets", "Training", "Pruning", "Graph"],
    "TerminalHost": ["TerminalUI", "CTerminal"],
    "Program": [
      "Graph", "Formats", "Datasets", "TensorFiles", "Compute", "Pruning", "Training", "Session",
      "TerminalUI", "Screens",
      "TerminalHost", "Reports", "Scaling", "Procedures", "Schedules", "Files", "Ranks",
    ],
  ]
  /// Modules that know of the terminal or of the command line.
  private static let terminal: Set<String> = [
    "TerminalUI", "Screens", "TerminalHost", "CTerminal", "Program",
  ]
  private static let shims: Set<String> = ["CTerminal", "CDNNL", "CPointwise", "CCodecs", "CMPI"]
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func files(in folder: URL, suffix: String) -> [URL] {
    let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == suffix }
  }

  /// What the files of a module import, each with the file's name.
  private static func imports(of module: String) throws -> [(file: String, imported: String)] {
    let files = files(in: root.appending(path: "Sources/\(module)"), suffix: "swift")
    try #require(!files.isEmpty, "the module \(module) has no files")
    let modifiers: Set<Substring> = ["public", "package", "internal", "@preconcurrency", "@_exported"]
    return try files.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count,
          modifiers.isSuperset(of: words[..<index])
        else { return nil }
        // An import of one declaration names its kind first: `import struct Graph.Tensor`.
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func"]
        guard kinds.contains(words[index + 1]) else {
          return (file.lastPathComponent, String(words[index + 1]))
        }
        return (file.lastPathComponent, String(words[index + 2].prefix { $0 != "." }))
      }
    }
  }

  @Test(arguments: allowed.keys.sorted()) func importsGoOneWay(module: String) throws {
    let known = Set(Self.allowed.keys).union(Self.shims)
    for (file, imported) in try Self.imports(of: module) where known.contains(imported) {
      // Whoever throws or catches may know what an error says of itself.
      #expect(Self.allowed[module]!.contains(imported) || imported == "Errors", "\(file) imports \(imported)")
    }
  }

  /// Files of YAML are read and written in one way.
  @Test func onlyOneModuleKnowsYams() throws {
    var importers = Set<String>()
    for module in Self.allowed.keys
    where try Self.imports(of: module).contains(where: { $0.imported == "Yams" }) {
      importers.insert(module)
    }
    #expect(importers == ["YAML"])
  }

  /// Behind `import Secateur` stands the engine, all of it, and nothing of a terminal.
  @Test func theLibraryKnowsOfNoTerminal() throws {
    var (closure, found): (Set<String>, Set<String>) = ([], ["Secateur"])
    while let module = found.subtracting(closure).first {
      closure.insert(module)
      guard Self.allowed[module] != nil else { continue }
      found.formUnion(try Self.imports(of: module).map(\.imported))
    }
    #expect(closure.isDisjoint(with: Self.terminal.union(["ArgumentParser"])))
    // Reports and forecasts know of no terminal either, and belong to the program all the same.
    #expect(
      Set(Self.allowed.keys).subtracting(closure)
        == Self.terminal.subtracting(Self.shims).union(["Reports", "Scaling"]))
  }

  /// Names of targets and products are names of folders too, where they are built.
  @Test func noTwoNamesDifferInCaseAlone() {
    let names = Self.allowed.keys.map { $0.lowercased() }
    #expect(Set(names).count == names.count)
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
        for library in ["curses.h", "dnnl", "png.h", "jpeglib.h", "zlib.h", "mpi"] {
          #expect(!text.contains("#include <\(library)"), "\(header.lastPathComponent) includes \(library)")
        }
      }
    }
  }
}
