import Foundation
import TestSupport
import Testing

/// No command writes over what it reads, nor one output over another; what is replaced otherwise is replaced whole.
@Suite struct FileUseCommandTests {
  /// Every command that writes files that its arguments name, with arguments that make one of them a file that is read, or
  /// twice the same. `M` is the model, `O` a file that is not there, `D` the data, `F` a folder, `S` a schedule.
  private static let clashes: [String: [String]] = [
    "prune": [
      "M -o M", "M -o O --plan-out M", "M -o O --report R.md --report R.md",
      "M -o O --plan-out O", "M -o O --pytorch-out M", "M -o O --pytorch-out O", "M -o O --weights-out W",
      "M -o O --plan-out reference.yaml", "M -o L", "M -o H", "M -o O --data Z --kept-out Z",
    ],
    "apply": ["--kept k.json M -o M", "--kept K M -o O --kept-out K", "P M -o O --plan-out P"],
    "finetune": ["M -o M", "M -o T --distil-from T"],
    "iterate": ["M -o M --keep-macs 50", "M -o O --keep-macs 50 --session F --plan-out F/journal.jsonl"],
    "export": [
      "M -o M", "M -o O --plan-out O", "M -o O --weights-out w.safetensors --plan-out w.safetensors",
    ],
    "adopt": ["M Z -o M", "M T -o T", "F/reference.onnx L -o F/reference.onnx"],
    "convert": ["M -o M"],
    "schedule": ["S F/model.onnx -o F"],
    "upsampling-prune": ["F/step-1.onnx -o F", "F/pruned.onnx -o F"],
    "taylor-prune": ["M -o M --reduction 10"],
    "infer": ["M --input D -o D", "M --input x=D -o D", "M -o M"],
    "score": ["M -o M", "M --data D -o D"],
    "sensitivity": ["M -o M", "M --state M", "M -o c.csv --state c.csv"],
    "samples": ["--data G/fashion-mnist -o G"],
    "handle create": ["M -o M"],
    "handle generate": ["P M -o M", "P M -o P"],
    "handle add-batch": ["M M"],
  ]
  /// Commands that write no file that somebody names, or only one that they read first.
  private static let harmless: Set<String> = [
    "inspect", "groups", "explain", "prunable", "diff", "evaluate", "criteria", "sessions", "open",
    "bench model", "work",
    "bench keys", "bench preview", "bench ranks", "handle set", "handle get", "help", "help criteria",
  ]

  private static func sample() throws -> Sample {
    let sample = try Sample()
    let files = FileManager.default
    try files.createSymbolicLink(atPath: sample.path("L"), withDestinationPath: "reference.onnx")
    for name in ["H", "W.safetensors"] { try files.linkItem(atPath: sample.model, toPath: sample.path(name)) }
    try files.copyItem(atPath: sample.model, toPath: sample.path("T"))
    try files.createDirectory(atPath: sample.path("F"), withIntermediateDirectories: true)
    for name in ["F/model.onnx", "F/step-1.onnx", "F/pruned.onnx", "F/reference.onnx"] {
      try files.copyItem(atPath: sample.model, toPath: sample.path(name))
    }
    for name in ["D.npy", "Z.npz", "K.json", "P.yaml", "S.yaml"] { _ = try sample.write("kept", to: name) }
    try files.createDirectory(atPath: sample.path("G/fashion-mnist"), withIntermediateDirectories: true)
    _ = try sample.write("kept", to: "G/fashion-mnist/t10k-images-idx3-ubyte.gz")
    return sample
  }

  private static func arguments(_ line: String, _ sample: Sample) -> [String] {
    let names = [
      "M": "reference.onnx", "O": "new.onnx", "D": "D.npy", "Z": "Z.npz", "K": "K.json", "P": "P.yaml",
      "S": "S.yaml", "W": "W.safetensors",
    ]
    return line.split(separator: " ").enumerated().map { index, word in
      let word = String(word)
      if word.hasPrefix("-") || Int(word) != nil { return word }
      if word.hasPrefix("x=") { return "x=" + sample.path(names[String(word.dropFirst(2))] ?? "") }
      return sample.path(names[word] ?? word)
    }
  }

  @Test(arguments: clashes.keys.sorted()) func anOutputIsNoInput(command: String) throws {
    let sample = try Self.sample()
    let names = try sample.names()
    let model = sample.bytes("reference.onnx")
    for line in try #require(Self.clashes[command]) {
      let arguments = command.split(separator: " ").map(String.init) + Self.arguments(line, sample)
      let more = command == "prune" ? ["--percent", "30", "--criterion", "l2"] : []
      let outcome = try Program.run(arguments + more)
      let said = Comment(rawValue: "\(command) \(line): exit \(outcome.code)\n\(outcome.errors)")
      #expect(outcome.code == 73, said)
      #expect(outcome.errors.contains("would be written over"), said)
      #expect(outcome.output.isEmpty, said)
    }
    #expect(try sample.names() == names && sample.bytes("reference.onnx") == model, "nothing was touched")
    for name in ["D.npy", "Z.npz", "K.json", "P.yaml"] {
      #expect(sample.bytes(name) == Data("kept".utf8), "\(name)")
    }
  }

  /// A new command with files has to be tried above.
  @Test func everyCommandIsTried() throws {
    let tree = try JSONValue(Program.run(["--experimental-dump-help"]).output)
    func leaves(_ command: JSONValue, _ path: [String]) -> [String] {
      let children = command["subcommands"].elements
      if children.isEmpty { return [path.joined(separator: " ")] }
      return children.flatMap { leaves($0, path + [$0["commandName"].string ?? ""]) }
    }
    let commands = Set(leaves(tree["command"], []))
    #expect(commands.contains("prune"))
    #expect(
      commands.subtracting(Self.clashes.keys).subtracting(Self.harmless).filter { !$0.hasPrefix("help") }
        == [])
  }

  /// `CommandFiles` finds paths by their types: an option for a file that is plain text would be passed over.
  @Test func noPathIsPlainText() throws {
    let folder = Program.root.appending(path: "Sources/Program")
    let declaration =
      /(?s)completion:\s*(?:\.file|\.directory|ModelOptions\.completion)[^@]*?\bvar (\w+):\s*\[?(\w+)/
    var found = 0
    for part in ["Commands", "Options"] {
      let files = try FileManager.default.contentsOfDirectory(
        at: folder.appending(path: part), includingPropertiesForKeys: nil)
      for file in files where file.pathExtension == "swift" {
        let text = try String(contentsOf: file, encoding: .utf8)
        for match in text.matches(of: declaration) {
          found += 1
          #expect(match.2.hasSuffix("Path"), "\(file.lastPathComponent): \(match.1) is \(match.2)")
        }
      }
    }
    #expect(found > 20)
  }

  /// Tensors beside the model are inputs as the model is, and outputs too.
  @Test func tensorsBesideTheModelAreFilesOfTheCommand() throws {
    let folder = try TemporaryFolder()
    let fixtures = Program.root.appending(path: "Tests/FormatsTests/Fixtures")
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: fixtures.path) where name.hasPrefix("small-external") {
      try files.copyItem(at: fixtures.appending(path: name), to: folder.url.appending(path: name))
    }
    let data = try #require(
      try files.contentsOfDirectory(atPath: folder.url.path).first { $0 != "small-external.onnx" })
    let model = folder.path("small-external.onnx")
    let before = try #require(files.contents(atPath: folder.path(data)))
    for line in [
      ["-o", folder.path(data)], ["-o", folder.path("x.onnx"), "--plan-out", folder.path("x.onnx.data")],
    ] {
      let outcome = try Program.run(["prune", model, "--percent", "10", "--criterion", "l2"] + line)
      #expect(outcome.code == 73 && outcome.errors.contains("would be written over"), "\(outcome.errors)")
    }
    #expect(files.contents(atPath: folder.path(data)) == before)
  }

  @Test func whatIsThereIsReplacedOrKept() throws {
    let sample = try Sample()
    _ = try sample.write("older", to: "new.onnx")
    let line = ["convert", sample.model, "-o", sample.path("new.onnx")]
    let refused = try Program.run(line + ["--no-clobber"])
    #expect(refused.code == 73 && refused.errors.contains("new.onnx exists already"))
    #expect(sample.bytes("new.onnx") == Data("older".utf8))
    #expect(try Program.run(line).code == 0)
    #expect(sample.bytes("new.onnx") == sample.bytes("reference.onnx"))
    // Only files that nobody is the owner of by name and lock: what a killed program leaves.
    _ = try sample.write("half", to: ".secateur-0123456789abcdef.partial")
    #expect(try Program.run(line).code == 0)
    #expect(!sample.has(".secateur-0123456789abcdef.partial"))
  }

  /// The steps of two runs never stand beside each other.
  @Test func stepsOfAnEarlierRunGo() throws {
    let folder = try TemporaryFolder()
    let output = folder.path("up")
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    let names = ["step-1.onnx", "step-7.onnx", "step-7.onnx.data", "step-x.onnx", "notes.txt"]
    for name in names { try Data("older".utf8).write(to: URL(fileURLWithPath: "\(output)/\(name)")) }
    let outcome = try Program.run([
      "upsampling-prune", Program.samples.appending(path: "upsampler.onnx").path, "-o", output, "--max-steps",
      "1",
      "--regularization-epochs", "1", "--retrain-epochs", "1", "--step-size", "10", "--limit", "20",
      "--performance-criterion", "100",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let left = try Set(FileManager.default.contentsOfDirectory(atPath: output))
    #expect(left.isDisjoint(with: ["step-7.onnx", "step-7.onnx.data"]))
    #expect(left.isSuperset(of: ["step-x.onnx", "notes.txt", "pruned.onnx"]))
  }
}
