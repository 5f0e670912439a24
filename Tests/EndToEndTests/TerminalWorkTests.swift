import Foundation
import TestSupport
import Testing

/// What somebody comes for, on a real terminal from beginning to end: scores and percentages, a prune, its recovery, a plan that
/// repeats it, targets, curves and schedules.
///
/// Nothing here waits for a time: what is waited for is text.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct TerminalWorkTests {
  private static let sizes = [(80, 24), (140, 40)]

  /// Has 40 % of the first layer go.
  private func choose40Percent(_ terminal: TerminalSession) throws {
    try terminal.type("e")
    try terminal.wait(for: "conv1, 20 kernels")
    try terminal.press("C-u")
    try terminal.type("40")
    try terminal.press("Enter")
    try terminal.wait(what: "40 %, 12 kept") {
      TerminalSession.row("conv1", in: $0)?.contains(#/ 40% +12\D/#) == true
    }
  }

  /// Prunes what is chosen, with the tree in view.
  private func prune(_ terminal: TerminalSession) throws {
    try terminal.type("g4")
    try terminal.wait(for: "ITERATION")
    try terminal.type("P")
    try terminal.wait(for: "8 kernels of 1 layers go")
    try terminal.type("y")
    try terminal.wait(for: "−8 kernels")
  }

  @Test(arguments: sizes) func scoresMoveAndShapesFollowPercentages(width: Int, height: Int) throws {
    let terminal = try TerminalSession.opening(Sample(), width: width, height: height)
    for text in ["conv1", "conv2", "conv3", "fc", "reference.onnx", "123 k params"] {
      try terminal.wait(for: text)
    }

    // Scores by Taylor's criterion begin by themselves, and move.
    try terminal.wait(for: "TAYLOR")
    let first = try #require(TerminalSession.row("conv1", in: try terminal.screen()))
    try terminal.wait(what: "another score of conv1 than \(first)") {
      TerminalSession.row("conv1", in: $0).map { $0 != first } ?? false
    }

    // Percentages: one more, ten more, exactly 40.
    try terminal.type("+")
    try terminal.wait(what: "1 kernel") {
      TerminalSession.row("conv1", in: $0)?.contains(#/ 5% +19\D/#) == true
    }
    try terminal.type("]")
    try terminal.wait(what: "15 %") { TerminalSession.row("conv1", in: $0)?.contains(#/ 15% +17\D/#) == true }
    try choose40Percent(terminal)

    // What every shape becomes.
    try terminal.type("g3")
    try terminal.wait(for: "conv1.weight")
    for text in ["20×1×5×5", "12×1×5×5", "4.55 → 3.61 M"] { try terminal.wait(for: text) }
    try terminal.type("G")
    try terminal.wait(what: "the weights of the next layer, narrower") {
      $0.contains { $0.contains("conv2.weight") && $0.contains("20×12×3×3") }
    }
  }

  @Test(arguments: sizes) func aPruneIsAskedAboutMeasuredAndRecovered(width: Int, height: Int) throws {
    let terminal = try TerminalSession.opening(Sample(), width: width, height: height)
    try terminal.wait(for: "TAYLOR")
    try choose40Percent(terminal)

    // Enter does not prune; y does.
    try terminal.type("P")
    try terminal.wait(for: "8 kernels of 1 layers go")
    try terminal.press("Enter")
    try terminal.wait(without: "8 kernels of 1 layers go")
    try terminal.type("g4")
    try terminal.wait(for: "ITERATION")
    #expect(try !terminal.screen().contains { $0.contains("−8 kernels") })
    try prune(terminal)

    // Both iterations have an accuracy; the new one is the current one.
    try terminal.wait(what: "two iterations with accuracies") { lines in
      let measured = lines.filter { $0.contains(#/\d\d\.\d%/#) && $0.contains("│") }
      return measured.contains { $0.contains("0 original") }
        && measured.contains { $0.contains("1 −8 kernels") }
    }

    // What was lost is won back, and the tree says how.
    try terminal.type("b")
    try terminal.wait(for: "Win back")
    try terminal.press("Enter")
    try terminal.wait(for: "Recovering by refit")
    try terminal.type("g5")
    try terminal.wait(for: "least-squares refit of 3 layers")
    try terminal.type("g4")

    // Back and forth.
    try terminal.type("z")
    try terminal.wait(what: "the original as the current iteration") {
      $0.contains { $0.contains(#/0 original .*now/#) } && $0[0].contains("reference.onnx")
    }
    try terminal.type("Z")
    try terminal.wait(what: "the pruned one as the current iteration") {
      $0.contains { $0.contains(#/1 −8 kernels.* now/#) }
    }
  }

  /// What was done is written as a shell script, which makes the same model; and it is played back from a file.
  @Test func aSessionIsRepeatedByAScript() throws {
    let sample = try Sample()
    let terminal = try TerminalSession.opening(
      sample, width: 140, height: 40, command: "secateur reference.onnx --no-session")
    try terminal.wait(for: "TAYLOR")
    try terminal.run("criterion l2")
    try terminal.wait(for: "L2")
    try choose40Percent(terminal)
    try prune(terminal)
    try terminal.run("script again.sh")
    try terminal.wait(for: "again.sh is written")
    try terminal.type("w")
    try terminal.wait(for: "reference-pruned.onnx")
    try terminal.press("Enter")
    try terminal.wait(for: "secateur apply")
    let written = try #require(sample.bytes("reference-pruned.onnx"))
    let shell = try #require(Program.find("sh"))
    let repeated = try Program.launch(
      shell, [sample.path("again.sh"), sample.model, sample.path("repeated.onnx")],
      environment: ["SECATEUR": Program.executable])
    #expect(repeated.code == 0, "\(repeated.errors)")
    #expect(sample.bytes("repeated.onnx") == written)

    let steps = "# a session\ncriterion l2\nlayer conv1=40%\nprune yes\nlayer conv2=25%\n"
    _ = try sample.write(steps, to: "steps.txt")
    let played = try TerminalSession.opening(
      sample, width: 140, height: 40, command: "secateur reference.onnx --no-session --script steps.txt")
    try played.wait(for: "steps.txt is done: 4 lines")
    try played.wait(for: "1 −8 kernels")
    try played.type("q")
    try played.wait(for: "Quit")
    try played.type("y")
    try played.waitForShell()
  }

  /// The export, and the plan that repeats it.
  @Test(arguments: sizes) func whatIsWrittenIsRepeatedByItsPlan(width: Int, height: Int) throws {
    let sample = try Sample()
    let terminal = try TerminalSession.opening(sample, width: width, height: height)
    try terminal.wait(for: "TAYLOR")
    try choose40Percent(terminal)
    try prune(terminal)
    try terminal.type("w")
    try terminal.wait(for: "reference-pruned.onnx")
    try terminal.press("Enter")
    try terminal.wait(for: "secateur apply")
    #expect(try terminal.screen().contains { $0.contains("pruned = masked") })
    try terminal.press("Escape")
    try terminal.wait(without: "secateur apply")
    try terminal.wait(without: "[+]")
    let written = try #require(sample.bytes("reference-pruned.onnx"))
    let applied = try Program.run([
      "apply", sample.path("reference-plan.yaml"), sample.model, "-o", sample.path("again.onnx"),
    ])
    #expect(applied.code == 0, "\(applied.errors)")
    #expect(sample.bytes("again.onnx") == written)

    // Nothing is unsaved, so q asks nothing.
    try terminal.type("q")
    try terminal.expectSaneShell()
    #expect(
      try sample.names().filter { $0.hasPrefix("reference") } == [
        "reference-plan.yaml", "reference-pruned.onnx", "reference.onnx", "reference.yaml",
      ])
  }

  private static let looks: [(Int, Int, [String: String])] = [(80, 24, [:]), (140, 40, ["NO_COLOR": "1"])]

  /// Settings in their dialog and by name, and a target that they share out anew.
  @Test(arguments: looks)
  func settingsShareATargetOutAnew(width: Int, height: Int, environment: [String: String]) throws {
    let terminal = try TerminalSession.opening(
      Sample(), width: width, height: height, environment: environment)
    // News of the original's accuracy would take the place of what is answered.
    try terminal.wait(for: "Accuracy")

    // A target stands; what is set in the dialog is in force at once, and Escape takes it back.
    try terminal.type(":set keep-macs 50%")
    try terminal.press("Enter")
    try terminal.wait(for: "Proposed for MACs 50%")
    let proposed = try terminal.screen()
    try terminal.type(",")
    try terminal.wait(for: "MACs 50% may remain")
    try terminal.press("Right")
    try terminal.wait(for: "the same share of every layer")
    try terminal.wait(what: "other totals") { $0[1] != proposed[1] }
    try terminal.press("Escape")
    try terminal.wait(without: "Normalisation")
    try terminal.wait(what: "the rows as they were proposed") { lines in
      ["conv1", "conv2", "conv3"].allSatisfy {
        TerminalSession.kept(of: $0, in: lines) == TerminalSession.kept(of: $0, in: proposed)
      }
    }

    // By name, with completion.
    try terminal.type(":set max")
    try terminal.press("Tab")
    try terminal.type(" 25%")
    try terminal.press("Enter")
    try terminal.wait(for: "max-ratio is 25% now")
    try terminal.wait(what: "three quarters of every layer") { lines in
      ["conv1": 15, "conv2": 15].allSatisfy {
        TerminalSession.kept(of: $0.key, in: lines).map { $0 >= 15 } ?? false
      }
    }
    try terminal.type(":set max-ratio 100%")
    try terminal.press("Enter")
    try terminal.wait(for: "max-ratio is 100% now")
  }

  /// Latencies are measured when a target asks for them.
  @Test(arguments: looks)
  func aLatencyIsATarget(width: Int, height: Int, environment: [String: String]) throws {
    let sample = try Sample()
    try FileManager.default.createDirectory(
      atPath: sample.path("cache/secateur"), withIntermediateDirectories: true)
    _ = try sample.write("no times", to: "cache/secateur/latency.json")
    let terminal = try TerminalSession.opening(
      sample, width: width, height: height,
      environment: environment.merging(["XDG_CACHE_HOME": sample.path("cache")]) { $1 })
    try terminal.wait(for: "Accuracy")

    // A latency waits for the table, which comes before the rest once it is asked for. What a busy machine
    // measures may leave the target out of reach: then what can go goes.
    func isProposed(_ lines: [String]) -> Bool {
      lines.contains {
        $0.contains("latency 90%: an estimate") || $0.contains("latency 90% cannot be reached")
      }
    }
    try terminal.type(":target latency 90%")
    try terminal.press("Enter")
    try terminal.wait(what: "the table or that it is made") {
      isProposed($0) || $0.contains { $0.contains("are being measured") }
    }
    if try !isProposed(terminal.screen()) {
      try terminal.wait(for: "latencies are measured", seconds: 120)
      try terminal.type(":target latency 90%")
      try terminal.press("Enter")
      try terminal.wait(what: "a proposal", until: isProposed)
    }
    #expect(
      try JSONValue(String(decoding: #require(sample.bytes("cache/secateur/latency.json")), as: UTF8.self))[
        "grids"
      ].keys.isEmpty == false)
    try terminal.type("P")
    try terminal.wait(for: "measured → estimated")
    try terminal.type("y")
    try terminal.wait(without: "measured → estimated")
    try terminal.type("g4")
    try terminal.wait(seconds: 120, what: "both times") { lines in
      lines.count { $0.contains(#/(original|kernels) .* (µs|ms)/#) } == 2
    }
    // The session keeps the iteration, so nothing is asked.
    try terminal.type("q")
    try terminal.expectSaneShell()
  }

  // MARK: Sensitivity

  @Test func sensitivityIsMeasuredAndPercentagesComeOfIt() throws {
    let terminal = try TerminalSession.opening(try Sample())
    try terminal.wait(for: "TAYLOR")
    try terminal.type("g6")
    try terminal.wait(for: "no curve yet")
    try terminal.type(":measure 200")
    try terminal.press("Enter")
    try terminal.wait(for: "3/3 measured", seconds: 120)
    try terminal.wait(for: "accuracy %")
    try terminal.type(":suggest keep-macs 60%")
    try terminal.press("Enter")
    try terminal.wait(for: "Suggested for keep-macs 60%")
    try terminal.type("g1")
    try terminal.wait(what: "percentages") { lines in
      ["conv1", "conv2", "conv3"].contains { layer in
        TerminalSession.row(layer, in: lines)?.contains(#/ [1-9]\d?(→\d+)?%/#) == true
      }
    }
    try terminal.type("z")
    try terminal.wait(for: "Undone: suggestion")
    try terminal.type("q")
    try terminal.expectSaneShell()
  }

  // MARK: Schedules

  /// A schedule's timeline: stepped, changed, run to its end.
  @Test func aScheduleIsSteppedChangedAndRun() throws {
    let sample = try Sample()
    _ = try sample.write(
      """
      version: 1
      pruners:
        low_pruner:
          class: L1RankedStructureParameterPruner_AGP
          initial_sparsity: 0.1
          final_sparsity: 0.5
          group_type: Filters
          weights: [module.conv1.weight, module.conv2.weight]
      extensions:
        net_thinner: {class: FilterRemover, thinning_func_str: remove_filters}
      policies:
        - pruner: {instance_name: low_pruner}
          starting_epoch: 0
          ending_epoch: 3
          frequency: 1
        - extension: {instance_name: net_thinner}
          epochs: [3]

      """, to: "agp.yaml")
    let terminal = try TerminalSession.opening(sample)
    try terminal.wait(for: "scoring")
    try terminal.type(":schedule agp.yaml")
    try terminal.press("Enter")
    for text in ["Schedule agp.yaml", "low_pruner", "net_thinner", "2 of 20 filters", "waiting"] {
      try terminal.wait(for: text)
    }
    // One epoch, and it waits again, with what came of it.
    try terminal.type(">")
    try terminal.wait(for: "epoch 1, the last is 3 \u{B7} waiting", seconds: 240)
    try terminal.type("h")
    try terminal.wait(for: "loss")
    // Less at the end.
    try terminal.type("e")
    try terminal.wait(for: "Final sparsity")
    for _ in 0..<2 { try terminal.press("BSpace") }
    try terminal.type("0.40")
    try terminal.press("Enter")
    try terminal.wait(without: "Final sparsity")
    try terminal.type("ll")
    try terminal.wait(for: "8 of 20 filters")
    // What cannot be is said, and nothing changes.
    try terminal.type("e")
    try terminal.wait(for: "Final sparsity")
    for _ in 0..<4 { try terminal.press("BSpace") }
    try terminal.type("1")
    try terminal.press("Enter")
    try terminal.wait(for: "all 20 filters")
    try terminal.press("Escape")
    try terminal.wait(for: "8 of 20 filters")
    // To the end.
    try terminal.press("Space")
    try terminal.wait(for: "The schedule is through", seconds: 240)
    #expect(sample.has("agp-run/model.onnx") && sample.has("agp-run/epoch-003-net_thinner.onnx"))
    try terminal.press("Escape")
    try terminal.wait(for: "LAYER")
    let layers = try JSONValue(
      Program.run(["inspect", sample.path("agp-run/model.onnx"), "--json"]).output)["layers"]
    #expect(layers.elements.prefix(2).map { $0["kernels"].int } == [12, 12])
  }
}
