import Foundation
import TestSupport
import Testing

/// What a file calls things is shown, and never obeyed.
@Suite struct HostileTextTests {
  private static let models = CaseFile.hostile.filter { $0.lastPathComponent.hasPrefix("escapes") }

  /// Whether a terminal shows a text and does nothing else with it.
  private func expectHarmless(
    _ text: String, _ command: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for scalar in text.unicodeScalars where scalar != "\n" {
      let isHarmless =
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
      #expect(
        isHarmless, "\(command): U+\(String(scalar.value, radix: 16))", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: models) func noNameReachesTheTerminal(model: URL) throws {
    let folder = try TemporaryFolder()
    let names = try Program.run(["inspect", model.path, "--json"])
    let layer = (try? JSONValue(names.output))?["layers"][0]["name"].string ?? "x\u{1B}]0;x\u{7}"
    let commands = [
      ["inspect"], ["inspect", "--json"], ["groups"], ["groups", "--json"], ["prunable"],
      ["prunable", "--json"],
      ["score", "--criterion", "l2"], ["score", "--criterion", "l2", "--json"], ["explain", layer],
      ["explain", "\u{1B}]0;owned\u{7}\u{9B}2J\u{202E}\r\n"], ["explain", layer, "--json"],
      ["diff", model.path],
      ["prune", "--percent", "30", "--criterion", "l2", "-o", folder.path("a.onnx")],
      ["prune", "--percent", "30", "--criterion", "l2", "-o", folder.path("b\u{1B}[2J\u{202E}.onnx")],
      ["open", "--no-session"],
    ]
    for command in commands {
      let outcome = try Program.run([command[0], model.path] + command.dropFirst())
      expectHarmless(outcome.output, command.joined(separator: " "))
      expectHarmless(outcome.errors, command.joined(separator: " "))
      let failure = outcome.errors.split(separator: "\n", omittingEmptySubsequences: false)
      if outcome.code != 0, outcome.code != 64 {
        #expect(failure.count == 3, "\(command): \(outcome.errors)")
      }
    }
  }

  /// A name of several lines takes one line of a table.
  @Test func aLineEndInANameIsNoLineEnd() throws {
    let model = try #require(Self.models.first { $0.lastPathComponent == "escapes-in-names.onnx" })
    let layers = try JSONValue(Program.run(["inspect", model.path, "--json"]).output)["layers"].elements
    let outcome = try Program.run(["inspect", model.path])
    // Two lines of what the model is, one empty, one of titles.
    #expect(outcome.output.split(separator: "\n", omittingEmptySubsequences: false).count >= layers.count + 4)
    for layer in layers {
      let name = try #require(layer["name"].string)
      let shown = name.unicodeScalars.map { scalar in
        scalar.value < 0x20 ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
      }
      if name.unicodeScalars.allSatisfy({ $0.value < 0x7F }) {
        #expect(outcome.output.contains(shown.joined()))
      }
    }
  }

  /// JSON says what the file says, in letters that a terminal shows.
  @Test func jsonKeepsTheNames() throws {
    let sample = try Sample()
    let found = try Program.run([
      "prune", sample.model, "-o", sample.path("a\u{9B}b\u{202E}.onnx"), "--percent", "10",
      "--criterion", "l2", "--json",
    ])
    #expect(found.output.contains("\\u009b") && found.output.contains("\\u202e"))
    expectHarmless(found.output, "prune --json")
    let output = try JSONValue(found.output)["output"].string
    #expect(output?.hasSuffix("a\u{9B}b\u{202E}.onnx") == true)
  }

  /// Python that is written runs nothing that a file's name says.
  @Test func aNameIsNoPython() throws {
    let sample = try Sample()
    let name = "\"\"\"\nraise SystemExit(7)\n\"\"\"\\\u{202E}é😀.onnx"
    let model = try sample.write(try #require(sample.bytes("reference.onnx")), to: name)
    let outcome = try Program.run([
      "prune", model, "-o", sample.path("small.onnx"), "--percent", "10", "--criterion", "l2",
      "--pytorch-out",
      sample.path("cut.py"),
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let python = String(decoding: try #require(sample.bytes("cut.py")), as: UTF8.self)
    #expect(python.utf8.allSatisfy { $0 < 0x80 })
    guard let interpreter = Program.find("python3") else { return }
    // PyTorch need not be there: what stands in the file is looked at. It defines things and does nothing else.
    let check = """
      import ast, sys
      kinds = {type(statement).__name__ for statement in ast.parse(open(sys.argv[1]).read()).body}
      sys.exit(0 if kinds == {"Expr", "Import", "ImportFrom", "Assign", "FunctionDef", "ClassDef"} else str(kinds))
      """
    let run = try Program.launch(interpreter, ["-c", check, sample.path("cut.py")])
    #expect(run.code == 0, "\(run.errors)")
  }

  /// All that is printed is printed in one place.
  @Test func nothingIsPrintedElsewhere() throws {
    let sources = Program.root.appending(path: "Sources")
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    let printing =
      /(?:^|[^.\w"])(?:print|debugPrint|dump|puts|fputs|printf|NSLog)\(|FileHandle\.standard(Output|Error)|STD(OUT|ERR)_FILENO/
    var seen = 0
    for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
      // Python that is written, not run, stands in files of its own.
      if file.lastPathComponent == "Console.swift" || file.lastPathComponent.hasSuffix("+Python.swift") {
        continue
      }
      seen += 1
      // What stands in quotes or in a comment prints nothing.
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let code = line.prefix { $0 != "/" || !line.contains("//") }
        #expect(code.firstMatch(of: printing) == nil, "\(file.lastPathComponent): \(line)")
      }
    }
    #expect(seen > 100)
  }
}
