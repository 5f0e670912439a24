import Foundation
import Testing

/// `bench ranks`: what it measures, foretells and checks, as a user sees it.
@Suite struct BenchRanksTests {
  private static let model = Program.samples.appending(path: "reference.onnx").path

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(["bench", "ranks", Self.model, "--batch-size", "4", "--seconds", "0"] + arguments)
  }

  @Test func theTableGoesFromOneRankToMany() throws {
    let outcome = try run("--ranks", "1,2,16", "--network", "100M", "--per-host", "4", "--bucket", "1")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let text = outcome.output
    #expect(text.contains("123 k parameters, 492 kB of gradients in 1 bucket"))
    for title in [
      "100 Mbit/s: training, 4 examples a rank and step",
      "100 Mbit/s: scores of 60 kernels over 50,000 examples",
      "100 Mbit/s: scores with moments", "curves of 3 groups, dealt by group",
    ] { #expect(text.contains(title), "\(title)\n\(text)") }
    // Four tables with a row for one rank, which does all that one rank can.
    let alone = text.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.first == "1" }
    #expect(alone.count == 4)
    for row in alone { #expect(row.contains("100") && row.contains("%"), "\(row)") }
    #expect(text.contains("From ") || text.contains("stays at"))
  }

  /// Bytes are those of a ring: 2(n−1)/n of the gradients; half of them in bf16.
  @Test func bytesAreThoseOfTheGradients() throws {
    let outcome = try run(
      "--ranks", "1,4,64", "--network", "10M", "--work", "train", "--all-reduce", "ring", "--json")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try JSONValue(outcome.output)
    #expect(report["gradient_bytes"].int == 4 * 123_090)
    #expect(report["kernels"].int == 60)
    let tables = report["tables"].elements
    #expect(tables.count == 1)
    let rows = tables[0]["rows"].elements
    #expect(rows.map { $0["ranks"].int } == [1, 4, 64])
    let sent = rows.compactMap { $0["bytes_per_rank"].double }
    #expect(sent[0] == 0)
    #expect(abs(sent[1] - 1.5 * 492_360) < 1 && abs(sent[2] - 2 * 63 / 64 * 492_360) < 1)
    // 10 Mbit/s are too slow for anything.
    let remedies = tables[0]["remedies"].elements
    #expect(remedies.map { $0["name"].string }.contains("gradients in bf16"))
    let narrow = try #require(remedies.first { $0["name"].string == "gradients in bf16" })
    #expect(narrow["rows"].elements.last?["bytes_per_rank"].double.map { abs($0 - sent[2] / 2) < 1 } == true)
    #expect(report["sentences"].elements.first?.string?.contains("the efficiency is below 80 %") == true)
  }

  @Test func theCheckTakesRealSteps() throws {
    let outcome = try run(
      "--check", "--ranks", "1,2", "--per-host", "1", "--network", "40M", "--latency", "1ms", "--json")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let checks = try JSONValue(outcome.output).elements
    #expect(checks.map { $0["step"]["ranks"].int } == [1, 2])
    #expect(checks.allSatisfy { $0["step"]["agrees"].bool == true && $0["network"].string == "40 Mbit/s" })
    // 492 kB go once each way, at 5 MB/s.
    #expect((checks[1]["step"]["measured"].double ?? 0) > 0.09)
  }

  @Test(arguments: [
    ["--ranks", "0"], ["--ranks", "1,x"], ["--ranks", "5000"], ["--network", "10"], ["--latency", "20"],
    ["--check", "--ranks", "17"], ["--speed", "0"], ["--bucket", "0"], ["--work", "sleep"],
    ["--jitter", "nan"],
  ]) func whatCannotBeIsRefused(arguments: [String]) throws {
    let outcome = try Program.run(["bench", "ranks", Self.model] + arguments)
    #expect(outcome.code == 64, "\(arguments): \(outcome.code) \(outcome.errors)")
    #expect(
      outcome.errors.contains(arguments.contains("--check") ? "--ranks" : arguments[0]), "\(outcome.errors)")
  }
}
