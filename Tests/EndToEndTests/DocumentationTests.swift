import Foundation
import TestSupport
import Testing

/// The catalogue's pages are true: what they run runs, what they name is there.
@Suite struct DocumentationTests {
  private static let catalogue = Program.root.appending(path: "Sources/Secateur/Secateur.docc")

  /// The names of the pages.
  private static let pages: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: catalogue.path)) ?? []
    return names.filter { $0.hasSuffix(".md") }.sorted()
  }()

  private static func text(_ page: String) throws -> String {
    try String(contentsOf: catalogue.appending(path: page), encoding: .utf8)
  }

  /// Commands of a page, with what it says they print.
  private struct Block {
    let commands: String
    /// `nil` where the page does not show it.
    var output: String?
  }

  /// The `sh` blocks of a page in their order, each with the `text` block that comes next.
  private static func blocks(of text: String) -> [Block] {
    var (result, language, lines): ([Block], String?, [Substring]) = ([], nil, [])
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("```") else {
        if language != nil { lines.append(line) }
        continue
      }
      switch language {
      case nil: (language, lines) = (String(line.dropFirst(3)), [])
      case "sh"?: result.append(Block(commands: lines.joined(separator: "\n"), output: nil))
      case "text"? where !result.isEmpty: result[result.count - 1].output = lines.joined(separator: "\n")
      default: break
      }
      if line == "```" { language = nil }
    }
    return result
  }

  /// The code in a page's lines, blocks left out.
  private static func inlineCode(of text: String) -> [String] {
    let blocks = text.split(separator: "\n```", omittingEmptySubsequences: false)
    let prose = blocks.indices.filter { $0 % 2 == 0 }.map { blocks[$0] }.joined(separator: "\n")
    // Links to symbols stand between two marks a side; a long line of prose may break within code.
    return prose.replacing(/``[^`]+``/, with: "").matches(of: /`([^`]+)`/).map {
      String($0.1.replacing("\n", with: " "))
    }
  }

  @Test func everyPageIsLinked() throws {
    let landing = try Self.text("Secateur.md")
    #expect(Self.pages.count >= 18)
    for page in Self.pages where page != "Secateur.md" {
      #expect(landing.contains("<doc:\(page.dropLast(3))>"), "\(page)")
    }
  }

  /// In a folder of its own, beside what the repository holds, so that the same lines run at its top.
  @Test(arguments: pages) func examplesDoWhatThePageSays(page: String) throws {
    let blocks = Self.blocks(of: try Self.text(page))
    #expect(!blocks.isEmpty)
    let folder = try TemporaryFolder()
    for name in ["SampleModels", "Tests"] {
      try FileManager.default.createSymbolicLink(
        at: folder.url.appending(path: name), withDestinationURL: Program.root.appending(path: name))
    }
    let programs = folder.path("bin")
    try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(programs)/secateur", withDestinationPath: Program.executable)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let environment = ["PATH": "\(programs):\(path)", "HOME": folder.path("home"), "LC_ALL": "C"]
    for block in blocks {
      let outcome = try Program.launch(
        "/bin/sh", ["-e", "-c", "cd \"$0\"\n\(block.commands)", folder.url.path], environment: environment)
      #expect(outcome.code == 0, "\(block.commands)\n\(outcome.errors)")
      guard let expected = block.output else { continue }
      #expect(Self.trimmed(outcome.output) == Self.trimmed(expected), "\(block.commands)")
    }
  }

  /// The lines; how large the last digits' differences are depends on the processor.
  private static func trimmed(_ text: String) -> [String] {
    text.replacing(/[0-9.]+e-[0-9]+ relative/, with: "… relative").trimmingCharacters(in: .newlines).split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .map { String($0.reversed().drop(while: \.isWhitespace).reversed()) }
  }

  /// `secateur handle get --json` names a command that there is, with options that it has.
  @Test(arguments: pages) func commandsAndOptionsAreThere(page: String) throws {
    var options: [[String]: Set<String>] = [:]
    for code in Self.inlineCode(of: try Self.text(page)) where code.hasPrefix("secateur ") {
      let words = code.split(separator: " ").dropFirst().map(String.init)
      let command = Array(words.prefix(words.first == "handle" ? 2 : 1))
      options[command, default: []].formUnion(words.filter { $0.hasPrefix("-") })
    }
    for (command, used) in options {
      let help = try Program.run(["help"] + command)
      #expect(help.code == 0, "\(command)")
      let known = help.output.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init)
      #expect(used.subtracting(known) == [], "\(command)")
    }
  }

  /// `SuiteTests.nameOfATest` is in `Tests`.
  @Test(arguments: pages) func testsAreThere(page: String) throws {
    let names = Self.inlineCode(of: try Self.text(page)).compactMap {
      $0.wholeMatch(of: /([A-Z]\w*Tests)\.(.+)/).map { (suite: String($0.1), test: String($0.2)) }
    }
    #expect(["Secateur.md", "Changelog.md"].contains(page) || !names.isEmpty)
    for (suite, test) in names {
      #expect(
        Self.sources.contains { source in
          source.contains("struct \(suite) ")
            && (source.contains("func \(test)(") || source.contains("func `\(test)`("))
        }, "\(suite).\(test)")
    }
  }

  @Test func criteriaAreThoseOfTheProgram() throws {
    let page = try Self.words(Self.text("Criteria.md"))
    let criteria = try JSONValue(Program.run(["criteria", "--json"]).output).elements
    #expect(criteria.count == 15)
    for criterion in criteria {
      let name = try #require(criterion["name"].string)
      #expect(page.contains("### \(name) "))
      for key in ["formula", "paper", "advice"] {
        #expect(page.contains(Self.words(try #require(criterion[key].string))), "\(name): \(key)")
      }
    }
  }

  @Test func exitCodesAreThoseOfTheHelp() throws {
    let page = try Self.text("Scripting.md")
    let listed = try Program.run(["--help"]).output.split(separator: "EXIT CODES")[1].split(
      separator: "\n\n")[0]
    let codes = listed.split(separator: "\n").compactMap {
      $0.wholeMatch(of: /\s+(\d+) (.+)/).map { "| \($0.1) | \($0.2) |" }
    }
    #expect(codes.count == 10)
    for code in codes { #expect(page.contains(code)) }
  }

  /// A text without its breaks of lines.
  private static func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The texts of all tests.
  private static let sources: [String] = {
    let folder = Program.root.appending(path: "Tests")
    let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
      .compactMap { try? String(contentsOf: $0, encoding: .utf8) }
  }()
}
