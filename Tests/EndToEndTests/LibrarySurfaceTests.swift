import Foundation
import Testing

/// What the sources of the library promise to those who import it.
@Suite struct LibrarySurfaceTests {
  private static let modules = [
    "Errors", "Graph", "Formats", "Datasets", "TensorFiles", "Compute", "Pruning", "Training", "SessionModel",
    "Session",
    "Schedules",
    "Procedures",
  ]

  /// A declaration that other modules see: its first line, what stands up to its body, and its documentation.
  private struct Declaration {
    let location: String
    let isTopLevel: Bool
    let isPublic: Bool
    let signature: String
    let documentation: [Substring]
    var isDocumented: Bool { !documentation.isEmpty }
  }

  private static func declarations(of module: String) throws -> [Declaration] {
    let folder = Program.root.appending(path: "Sources/\(module)")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let sources = (files?.allObjects as? [URL] ?? []).filter {
      $0.pathExtension == "swift" && !$0.lastPathComponent.hasSuffix(".pb.swift")
    }
    return try sources.flatMap { file in
      let lines = try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      var (found, documentation): ([Declaration], [Substring]) = ([], [])
      // The enumeration or protocol that is being read: how far it is indented, and what its members begin with.
      var open: (indentation: Int, members: [String])?
      for (number, line) in lines.enumerated() {
        let text = line.drop { $0 == " " }
        let indentation = line.count - text.count
        if text.hasPrefix("///") {
          documentation.append(text)
          continue
        }
        let isSeen = ["public ", "package "].contains {
          text.hasPrefix($0) || text.hasPrefix("@") && text.contains(" \($0)")
        }
        if text.hasPrefix("@") && !isSeen { continue }
        defer { documentation = [] }
        if let type = open, type.indentation == indentation, text.hasPrefix("}") { open = nil }
        let isMember =
          open.map { type in
            type.indentation + 2 == indentation && type.members.contains { text.hasPrefix($0) }
          } ?? false
        guard isSeen && !text.contains("import ") || isMember else { continue }
        // A signature ends where a body begins, or with its line where it has none.
        var signature = String(text)
        if text.contains("(") {
          var next = number + 1
          while signature.count(where: { $0 == "(" }) > signature.count(where: { $0 == ")" })
            || !signature.contains("{") && next < lines.count && lines[next].contains("throws"),
            next < lines.count
          {
            signature += " " + lines[next].drop { $0 == " " }
            next += 1
          }
        }
        if !text.hasSuffix("}") {
          let beginning = text.split(separator: " ").prefix(3)
          if isSeen && beginning.contains("enum") {
            open = (indentation, ["case "])
          } else if isSeen && beginning.contains("protocol") {
            open = (indentation, ["func ", "var ", "init(", "mutating func ", "static "])
          }
        }
        found.append(
          Declaration(
            location: "\(file.lastPathComponent):\(number + 1)",
            isTopLevel: indentation == 0 && !text.contains("extension "),
            isPublic: text.split(separator: " ").contains("public"), signature: signature,
            documentation: documentation))
      }
      return found
    }
  }

  @Test(arguments: modules) func whatOtherModulesSeeIsDocumented(module: String) throws {
    let declarations = try Self.declarations(of: module)
    #expect(!declarations.isEmpty)
    for declaration in declarations where !declaration.isDocumented {
      Issue.record("\(declaration.location) has no documentation: \(declaration.signature)")
    }
  }

  /// Whoever catches an error of the library gets a sentence, a remedy and a code.
  @Test(arguments: modules) func errorsExplainThemselves(module: String) throws {
    for declaration in try Self.declarations(of: module) where declaration.isPublic {
      let words = declaration.signature.prefix { $0 != "{" }.split { " :,<>".contains($0) }
      guard words.contains(where: { ["struct", "class", "enum"].contains($0) }), words.contains("Error")
      else {
        continue
      }
      Issue.record("\(declaration.location): \(declaration.signature)")
    }
  }

  /// Flags and commands are the program's: it has the words for whoever types.
  @Test(arguments: modules) func errorsNameNoFlags(module: String) throws {
    let folder = Program.root.appending(path: "Sources/\(module)")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    for case let file as URL in files ?? .init() where file.lastPathComponent.hasSuffix("Error.swift") {
      let text = try String(contentsOf: file, encoding: .utf8)
      for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("///") {
        #expect(line.firstMatch(of: /--[a-z]|secateur [a-z]+`|:open/) == nil, "\(line)")
      }
    }
  }

  /// Values go from thread to thread; what cannot says where it belongs.
  @Test(arguments: modules) func typesAreSendableOrSayWhyNot(module: String) throws {
    for declaration in try Self.declarations(of: module) {
      let words = declaration.signature.prefix { $0 != "{" }.split { " :,<>".contains($0) }
      guard words.contains(where: { ["struct", "class", "enum"].contains($0) }), !words.contains("func")
      else {
        continue
      }
      // Model files and errors are `Sendable` by their protocols.
      let isSendable = words.contains {
        ["Sendable", "ModelFile", "TensorFile", "ExplainedError"].contains($0)
      }
      #expect(
        isSendable || declaration.documentation.contains { $0.contains("thread") },
        "\(declaration.location): \(declaration.signature)")
    }
  }

  /// The library's surface is a list: whoever makes something public decides there that users get it.
  @Test func whatIsPublicIsListed() throws {
    let list = Program.root.appending(path: "Sources/Secateur/Secateur.swift")
    let lines = try String(contentsOf: list, encoding: .utf8).split(separator: "\n")
    let listed = lines.filter { !$0.hasPrefix("//") }.map {
      $0.split(separator: " ").suffix(2).joined(separator: " ")
    }
    #expect(Set(listed).count == listed.count)
    let kinds = ["struct", "class", "enum", "protocol", "func"]
    var found = Set<String>()
    for module in Self.modules {
      for declaration in try Self.declarations(of: module)
      where declaration.isTopLevel && declaration.isPublic {
        let words = declaration.signature.split { " :,<({".contains($0) }.map(String.init)
        guard let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count else {
          Issue.record("\(declaration.location) is nothing that a list can name: \(declaration.signature)")
          continue
        }
        found.insert("\(words[kind]) \(module).\(words[kind + 1])")
      }
    }
    #expect(found.subtracting(listed) == [], "public and not listed")
    #expect(Set(listed).subtracting(found) == [], "listed and not public")
  }

  /// The documentation's lines are the programs that CI builds and runs.
  @Test(arguments: [("TaylorPruning", "TaylorLoop"), ("Secateur", "Workflow")])
  func theExampleIsThatOfTheDocumentation(page: String, program: String) throws {
    let path = "Sources/Secateur/Secateur.docc/\(page).md"
    let text = try String(contentsOf: Program.root.appending(path: path), encoding: .utf8)
    let begin = try #require(text.range(of: "<!-- example -->\n```swift\n"))
    let end = try #require(text.range(of: "```\n<!-- end -->", range: begin.upperBound..<text.endIndex))
    let file = "Tests/LibraryExample/Sources/\(program)/main.swift"
    #expect(
      try text[begin.upperBound..<end.lowerBound]
        == String(contentsOf: Program.root.appending(path: file), encoding: .utf8))
  }

  /// MATLAB's loop takes ten lines, as it does there.
  @Test func theTaylorLoopIsTenLines() throws {
    let file = "Tests/LibraryExample/Sources/TaylorLoop/main.swift"
    let program = try String(contentsOf: Program.root.appending(path: file), encoding: .utf8)
    #expect(program.split(separator: "\n").count <= 10)
  }
}
