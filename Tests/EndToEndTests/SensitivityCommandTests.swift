import Foundation
import Testing

/// Curves of sensitivity as scripts ask for them.
@Suite struct SensitivityCommandTests {
  private func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String
  {
    let outcome = try Program.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  @Test func curvesAreWrittenInDistillersColumns() throws {
    let sample = try Sample()
    let text = try run([
      "sensitivity", sample.model, "--criterion", "l2", "--levels", "20,60", "--examples", "128", "-o",
      sample.path("curves.csv"),
    ])
    #expect(text.contains("conv1") && text.contains("unpruned: accuracy"))
    #expect(text.contains("ACCURACY AT 50%"))
    let csv = String(decoding: try #require(sample.bytes("curves.csv")), as: UTF8.self)
    let rows = csv.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(rows[0] == ["parameter", "sparsity", "top1", "top5", "loss"])
    #expect(rows.count == 1 + 3 * 3)
    #expect(Set(rows.dropFirst().map { $0[0] }) == ["conv1.weight", "conv2.weight", "conv3.weight"])
    #expect(rows.dropFirst().prefix(3).map { $0[1] } == ["0", "0.2", "0.6"])
    // Each line says what an evaluation of the pruned model says.
    let pruned = sample.path("small.onnx")
    _ = try run([
      "prune", sample.model, "-o", pruned, "--criterion", "l2", "--layer", "conv2=60", "--json",
    ])
    let point = try #require(rows.first { $0[0] == "conv2.weight" && $0[1] == "0.6" })
    let limited = try JSONValue(
      run([
        "sensitivity", pruned, "--data", Program.samples.appending(path: "fashion-mnist").path, "--mean",
        "0.286", "--deviation", "0.353", "--criterion", "l2", "--levels", "50", "--examples", "128",
        "--layers", "conv1", "--json",
      ]))
    let unpruned = limited["curves"][0]["points"][0]
    #expect(abs(try #require(unpruned["loss"].double) - (try #require(Double(point[4])))) < 1e-4)
    #expect(try #require(unpruned["top1"].double) * 100 == (try #require(Double(point[2]))))
  }

  @Test func whatIsMeasuredIsKeptAndGoneOnFrom() throws {
    let sample = try Sample()
    let state = sample.path("curves.json")
    let arguments = [
      "sensitivity", sample.model, "--criterion", "l2", "--levels", "50", "--examples", "64", "--state",
      state,
      "--json",
    ]
    let first = try JSONValue(run(arguments + ["--layers", "conv2"]))
    #expect(first["curves"].elements.count == 1)
    let whole = try JSONValue(run(arguments))
    #expect(whole["curves"].elements.map { $0["layers"][0].string } == ["conv1", "conv2", "conv3"])
    #expect(
      whole["curves"][1]["points"][1]["loss"].double == first["curves"][0]["points"][1]["loss"].double)
    let other = try Program.run(arguments.map { $0 == "l2" ? "l1" : $0 })
    #expect(other.code == 65)
    #expect(other.errors.contains("another criterion (l2)"))
    let nothing = try sample.write("{}", to: "nothing.json")
    #expect(try Program.run(arguments.map { $0 == state ? nothing : $0 }).code == 65)
  }

  @Test func aSuggestionIsACommandThatPrunesLikeThat() throws {
    let sample = try Sample()
    let report = try JSONValue(
      run([
        "sensitivity", sample.model, "--criterion", "l2", "--levels=25,50,75", "--examples", "128",
        "--suggest",
        "--keep-macs", "50%", "--min-keep", "4", "--json",
      ]))
    let suggestion = report["suggestion"]
    #expect(suggestion["is_reached"].bool == true)
    let (before, after) = (
      try #require(suggestion["macs"]["before"].int), try #require(suggestion["macs"]["after"].int)
    )
    #expect(2 * after <= before && 5 * after > 2 * before)
    let command = try #require(suggestion["command"].string)
    for word in ["--criterion l2", "--min-keep 4", "--layer conv2=", "-o "] {
      #expect(command.contains(word), "\(command)")
    }
    for word in ["--levels", "--examples", "--suggest", "--json"] { #expect(!command.contains(word)) }
    let words = command.split(separator: " ").map(String.init)
    let pruned = try JSONValue(run(words.dropFirst() + ["--json"]))
    #expect(pruned["macs"]["after"].int == after)
    #expect(sample.has("reference-pruned.onnx"))
  }

  /// ^C keeps the curves that are whole, in every file.
  @Test func anInterruptionKeepsWhatIsWhole() throws {
    let sample = try Sample()
    let (state, csv) = (sample.path("curves.json"), sample.path("curves.csv"))
    let script = """
      "$1" sensitivity "$2" --criterion l2 --examples 2000 --threads 1 --state "$3" -o "$4" >/dev/null 2>&1 &
      for i in $(seq 6000); do grep -q 'isComplete" : true' "$3" 2>/dev/null && break; sleep 0.01; done
      kill -TERM $!
      wait $!
      """
    let outcome = try Program.launch(
      "/bin/sh", ["-c", script, "sh", Program.executable, sample.model, state, csv])
    #expect(outcome.code == 130 || outcome.code == 0, "\(outcome.errors)")
    let text = String(decoding: try #require(sample.bytes("curves.csv")), as: UTF8.self)
    #expect(text.contains("conv1.weight,0.9"))
    let rest = try run([
      "sensitivity", sample.model, "--criterion", "l2", "--examples", "2000", "--state", state, "--json",
    ])
    #expect(try JSONValue(rest)["curves"].elements.count == 3)
  }

  private static let wrong: [(options: String, code: Int32)] = [
    ("--levels 0", 64), ("--levels 50,20", 64), ("--levels much", 64), ("--examples 0", 64),
    ("--suggest", 64),
    ("--keep-macs 50%", 64), ("--suggest --keep-macs 50% --loss-rise 1", 64),
    ("--suggest --loss-rise -1", 64),
    ("--layers nowhere", 64), ("--loss output-energy", 65), ("-o /nowhere/at/all.csv", 73),
    ("--min-keep 0", 64),
  ]

  @Test(arguments: wrong)
  func badInputIsSaid(options: String, code: Int32) throws {
    let sample = try Sample()
    let outcome = try Program.run(
      ["sensitivity", sample.model, "--criterion", "l2"] + options.split(separator: " ").map(String.init))
    #expect(outcome.code == code, "\(options): \(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func dataAreNeededAndTheHelpHasExamples() throws {
    let sample = try Sample(isConfigured: false)
    #expect(try Program.run(["sensitivity", sample.model]).code == 64)
    let help = try run(["sensitivity", "--help"])
    for word in ["EXAMPLES", "--levels", "--state", "--suggest", "thumb"] {
      #expect(help.contains(word))
    }
  }
}
