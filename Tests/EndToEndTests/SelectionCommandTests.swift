import Foundation
import Testing

/// What goes and why, as scripts ask for it.
@Suite struct SelectionCommandTests {
  private let residual = Program.samples.appending(path: "residual.onnx").path

  private func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String
  {
    let outcome = try Program.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  private func prune(_ sample: Sample, _ options: [String]) throws -> JSONValue {
    try JSONValue(
      run(["prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2", "--json"] + options))
  }

  @Test(arguments: [
    ("--keep-params", "parameters"), ("--keep-macs", "macs"), ("--keep-memory", "peak_memory"),
  ])
  func whatMayRemainIsMetFromBelow(option: String, key: String) throws {
    let sample = try Sample(isConfigured: false)
    for scope in ["global", "layer", "isomorphic"] {
      let report = try prune(sample, [option, "50%", "--scope", scope])
      let before = try #require(report[key]["before"].double)
      let after = try #require(report[key]["after"].double)
      #expect(after <= before / 2)
      #expect(after > 0.4 * before, "and not far below: \(scope)")
    }
  }

  @Test(arguments: [
    ("--keep-params", "parameters", "k"), ("--keep-macs", "macs", "k"), ("--keep-memory", "peak_memory", "B"),
  ])
  func amountsAreSharesOfWhatThereIs(option: String, key: String, unit: String) throws {
    let sample = try Sample(isConfigured: false)
    let share = try prune(sample, [option, "50%"])
    let whole = try #require(share[key]["before"].int)
    let half = unit == "k" ? "\(Double(whole / 2) / 1000)k" : "\(whole / 2)\(unit)"
    let amount = try prune(sample, [option, half])
    #expect(amount[key]["after"].int == share[key]["after"].int)
    #expect(
      amount["layers"].elements.map { $0["kept"].int } == share["layers"].elements.map { $0["kept"].int })
    let outcome = try Program.run([
      "prune", sample.model, "-o", sample.path("same.onnx"), "--criterion", "l2", option,
      "1T\(unit == "B" ? "B" : "")",
    ])
    // It ends as a share of all does, and says more.
    #expect(outcome.code == 64 && outcome.errors.contains("nothing has to go"), "\(outcome.errors)")
  }

  /// With data a prune says how far outputs are from the original's, and warns where that is far; without it says nothing.
  @Test func outputsAreComparedWhereThereAreData() throws {
    let sample = try Sample()
    let data = ["--limit", "64", "--loss", "output-energy"]
    func prune(_ options: [String]) throws -> (report: JSONValue, errors: String) {
      let outcome = try Program.run(
        ["prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2", "--json"] + options)
      #expect(outcome.code == 0, "\(outcome.errors)")
      return (try JSONValue(outcome.output), outcome.errors)
    }
    let little = try prune(["--percent", "2"] + data)
    let found = little.report["output_deviation"]
    #expect(found["examples"].int == 64 && found["measure"].string == "divergence")
    #expect(try #require(found["value"].double) < 1 && !little.errors.contains("before use"))
    let much = try prune(["--percent", "90"] + data)
    #expect(try #require(much.report["output_deviation"]["value"].double) > 1)
    #expect(much.errors.contains("recover or fine-tune before use."))
  }

  /// Scores end early where somebody asks for it, and then for a choice that can be named.
  @Test func scoresEndWhenAChoiceIsSure() throws {
    let sample = try Sample()
    let all = ["score", sample.model, "--limit", "3000", "--json"]
    #expect(try JSONValue(run(all))["examples"].int == 3000)
    for choice in [[], ["--percent", "40"], ["--keep-macs", "50%"]] {
      let outcome = try Program.run(all + ["--until", "80%"] + choice)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let examples = try #require(try JSONValue(outcome.output)["examples"].int)
      #expect(512...2999 ~= examples, "\(choice)")
      #expect(outcome.errors.contains("examples were enough"))
    }
    #expect(try Program.run(all + ["--percent", "40"]).code == 64)
  }

  @Test func kernelsAreCountedOverTheNetwork() throws {
    let sample = try Sample(isConfigured: false)
    for count in [1, 8] {
      #expect(try prune(sample, ["--kernels", "\(count)"])["pruned_kernel_num"].int == count)
    }
  }

  @Test(arguments: [
    ["--keep-params", "90q"], ["--keep-macs", "3ms"], ["--keep-memory", "0kB"], ["--keep-latency", "-4ms"],
    ["--keep-macs", "0k"], ["--kernels", "0"], ["--kernels", "8k"],
  ])
  func whatIsNoAmountIsToldWhatWouldBe(options: [String]) throws {
    let sample = try Sample(isConfigured: false)
    let outcome = try Program.run(
      ["prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2"]
        + (options[1].hasPrefix("-") ? ["\(options[0])=\(options[1])"] : options))
    #expect(outcome.code == 64 && sample.bytes("small.onnx") == nil)
    #expect(outcome.errors.contains("Write "), "\(outcome.errors)")
  }

  @Test func latencyIsMeasuredAndItsTableKept() throws {
    let sample = try Sample(isConfigured: false)
    let cache = ["XDG_CACHE_HOME": sample.path("cache")]
    let outcome = try Program.run(
      [
        "prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2", "--keep-latency", "60%",
        "--json",
      ], environment: cache)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try JSONValue(outcome.output)
    #expect(try #require(report["latency_milliseconds"]["before"].double) > 0)
    #expect(try #require(report["latency_milliseconds"]["after"].double) > 0)
    #expect(sample.bytes("cache/secateur/latency.json") != nil)
  }

  @Test func askedAndGotAreShownWhereWidthsAreRounded() throws {
    let sample = try Sample(isConfigured: false)
    let report = try prune(sample, ["--percent", "50", "--scope", "layer", "--round-to", "8"])
    let layers = report["layers"].elements.prefix(3)
    #expect(layers.map { $0["asked"].int } == [10, 10, 10])
    #expect(layers.map { $0["kept"].int } == [8, 8, 8])
    let text = try run([
      "prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2", "--percent", "20",
      "--round-to", "fast",
    ])
    #expect(text.contains("ASKED") && text.contains("KEPT"))
    #expect(
      try prune(sample, ["--percent", "20", "--round-to", "fast"])["layers"].elements.prefix(3)
        .allSatisfy { [16, 20].contains($0["kept"].int) })
  }

  /// What was measured is kept, so that the same command chooses the same widths again.
  @Test func fastWidthsAreMeasuredOnce() throws {
    let sample = try Sample(isConfigured: false)
    let cache = ["XDG_CACHE_HOME": sample.path("cache")]
    let arguments = [
      "prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2", "--percent", "40",
      "--round-to", "fast", "--plan-out", sample.path("plan.yaml"), "--json",
    ]
    let first = try Program.run(arguments, environment: cache)
    #expect(first.code == 0, "\(first.errors)")
    let times = try #require(sample.bytes("cache/secateur/latency.json"))
    #expect(try !JSONValue(String(decoding: times, as: UTF8.self))["widths"].keys.isEmpty)
    let second = try Program.run(arguments, environment: cache)
    #expect(second.output == first.output)
    #expect(sample.bytes("cache/secateur/latency.json") == times)
    #expect(
      String(decoding: try #require(sample.bytes("plan.yaml")), as: UTF8.self).contains("round_to: fast"))
    // Whatever stands there: it is measured anew.
    _ = try sample.write(#"{"grids":{},"widths":7}"#, to: "cache/secateur/latency.json")
    #expect(try Program.run(arguments, environment: cache).code == 0)
  }

  /// One command prunes in a step, the other in steps: both choose by what was measured.
  @Test func stepsChooseFastWidthsByTheSameTimes() throws {
    let sample = try Sample(isConfigured: false)
    let outcome = try Program.run(
      [
        "iterate", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2", "--keep-macs", "40%",
        "--steps", "1", "--round-to", "fast", "--no-train", "--no-session", "--json",
      ], environment: ["XDG_CACHE_HOME": sample.path("cache")])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let times = try #require(sample.bytes("cache/secateur/latency.json"))
    #expect(try !JSONValue(String(decoding: times, as: UTF8.self))["widths"].keys.isEmpty)
  }

  @Test func patternsProtectAndRatiosLimit() throws {
    let sample = try Sample(isConfigured: false)
    let report = try prune(sample, ["--percent", "100", "--protect", "*3", "--max-ratio", "50%"])
    #expect(report["layers"].elements.prefix(3).map { $0["kept"].int } == [10, 10, 20])
  }

  @Test(arguments: [
    ["--percent", "120"], ["--keep-macs", "x"], ["--percent", "10", "--keep-macs", "50"], [],
    ["--percent", "10", "--max-ratio", "2"], ["--percent", "10", "--round-to", "0"],
    ["--percent", "10", "--protect", "nowhere.*"],
  ])
  func wrongAmountsAreWrongUsage(options: [String]) throws {
    let sample = try Sample(isConfigured: false)
    let outcome = try Program.run(
      ["prune", sample.model, "-o", sample.path("small.onnx"), "--criterion", "l2"] + options)
    #expect(outcome.code == 64, "\(options): \(outcome.errors)")
    #expect(sample.bytes("small.onnx") == nil)
  }

  @Test func groupsListMembersWithTheirSlices() throws {
    let report = try JSONValue(run(["groups", residual, "--json"]))
    let groups = report["groups"].elements
    #expect(groups.contains { $0["layers"].elements.count > 1 }, "a residual join ties layers")
    for group in groups {
      #expect(!group["slices"].elements.isEmpty)
      #expect(try #require(group["units"].int) <= #require(group["kernels"].int))
    }
    #expect(report["frozen"].elements.allSatisfy { $0["reason"].string?.isEmpty == false })
    #expect(try run(["groups", residual]).contains("WEIGHT"))
  }

  @Test func explainNamesTheChainAndWhatGoesAlong() throws {
    let reference = Program.samples.appending(path: "reference.onnx").path
    let last = try JSONValue(run(["explain", reference, "fc", "--json"]))
    #expect(last["frozen"].elements.first?["kernels"].elements.count == 10)
    #expect(try run(["explain", reference, "fc"]).contains("output"))
    let kernel = try JSONValue(run(["explain", reference, "conv1", "3", "--json"]))
    #expect(kernel["members"].elements.map { $0["layer"].string } == ["conv1"])
    #expect(
      kernel["slices"].elements.contains { $0["weight"].string == "conv2.weight" && $0["axis"].int == 1 })
    #expect(try run(["explain", reference, "conv1", "3"]).contains("Kernel 3 of conv1 can go"))
    for wrong in [["nowhere"], ["conv1", "20"]] {
      #expect(try Program.run(["explain", reference] + wrong).code == 64)
    }
  }

  @Test func diffSaysWhatChanged() throws {
    let sample = try Sample(isConfigured: false)
    _ = try prune(sample, ["--layer", "conv1=40"])
    let report = try JSONValue(run(["diff", sample.model, sample.path("small.onnx"), "--json"]))
    let layers = report["layers"].elements
    #expect(layers.map { $0["name"].string } == ["conv1", "conv2"])
    #expect(layers[0]["kernels"]["after"].int == 12)
    #expect(layers[1]["input_channels"]["before"].int == 20)
    #expect(layers[1]["input_channels"]["after"].int == 12)
    #expect(report["unchanged_layers"].int == 2)
    #expect(try run(["diff", sample.model, sample.path("small.onnx")]).contains("20 → 12"))
    #expect(try run(["diff", sample.model, sample.model]).contains("no layer changed"))
    let other = try JSONValue(run(["diff", sample.model, residual, "--json"]))
    #expect(!other["added"].elements.isEmpty)
  }

  @Test(arguments: ["groups", "explain", "diff"])
  func everyCommandShowsAnExample(command: String) throws {
    let help = try run([command, "--help"])
    #expect(help.contains("EXAMPLES") && help.contains("secateur \(command)"))
  }
}
