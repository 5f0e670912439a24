import Foundation
import TestSupport
import Testing

/// The program on a real terminal, driven by keys and read as text.
///
/// Nothing here waits for a time: what is waited for is text.
@Suite(.serialized, .enabled(if: TerminalSession.isAvailable)) struct TerminalTests {
  /// Opens the sample in a terminal and waits for its table.
  private func open(
    _ sample: Sample, width: Int = 80, height: Int = 24, environment: [String: String] = [:],
    command: String = "secateur reference.onnx"
  ) throws -> TerminalSession {
    try TerminalSession.opening(
      sample, width: width, height: height, environment: environment, command: command)
  }

  /// Checks that the shell has its terminal back as it was.
  private func expectSaneShell(_ terminal: TerminalSession, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    try terminal.waitForShell(sourceLocation: sourceLocation)
    try terminal.enter("clear; stty -a; tput cols")
    try terminal.wait(for: "echok", sourceLocation: sourceLocation)
    try terminal.waitForShell(sourceLocation: sourceLocation)
    let settings = try terminal.screen().joined(separator: " ").split(separator: " ")
    for setting in ["icanon", "echo", "isig", "opost", "icrnl"] {
      #expect(settings.contains(Substring(setting)), "\(setting) is off", sourceLocation: sourceLocation)
    }
  }

  /// The row of a layer in the table.
  private static func row(_ layer: String, in lines: [String]) -> String? {
    lines.first { $0.contains(" \(layer) ") && $0.contains("│") && !$0.contains("Kernels of") }
  }

  // MARK: Another format

  /// An MXNet model is opened, pruned and written like any other; the plan is repeated without a terminal.
  @Test func anMXNetModel() throws {
    let sample = try Sample()
    for ending in ["-symbol.json", "-0003.params"] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: "Tests/SessionTests/Fixtures/mxnet/resnet\(ending)"),
        to: sample.folder.url.appending(path: "net\(ending)"))
    }
    let terminal = try open(
      sample, width: 120, height: 30, command: "secateur net-symbol.json --input data=1x3x8x8 --no-session")
    for text in ["stage1_", "MXNet", "net-symbol.json"] { try terminal.wait(for: text) }
    try terminal.type("e")
    try terminal.wait(for: "conv0, 8 kernels")
    try terminal.press("C-u")
    try terminal.type("50")
    try terminal.press("Enter")
    try terminal.wait(what: "50 %, 4 kept") { Self.row("conv0", in: $0)?.contains(#/ 50% +4 /#) == true }
    try terminal.type("P")
    try terminal.wait(for: "kernels of 2 layers go")
    try terminal.type("y")
    try terminal.wait(without: "kernels of 2 layers go")
    try terminal.type("g4")
    try terminal.wait(for: "−8 kernels")
    try terminal.type("w")
    try terminal.wait(for: "net-pruned-symbol.json")
    try terminal.press("Enter")
    try terminal.wait(for: "secateur apply")
    let applied = try Program.run([
      "apply", sample.path("net-plan.yaml"), sample.path("net"), "-o", sample.path("again"), "--input",
      "data=1x3x8x8",
    ])
    #expect(applied.code == 0, "\(applied.errors)")
    for ending in ["-symbol.json", "-0003.params"] {
      #expect(sample.bytes("again\(ending)") == sample.bytes("net-pruned\(ending)"))
      #expect(sample.has("again\(ending)"))
    }
  }

  /// A symbol does not always say what is fed to it: the terminal program asks, and takes the answer behind the name.
  @Test func anMXNetModelIsOpenedWithAShape() throws {
    let sample = try Sample()
    for ending in ["-symbol.json", "-0003.params"] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: "Tests/SessionTests/Fixtures/mxnet/resnet\(ending)"),
        to: sample.folder.url.appending(path: "net\(ending)"))
    }
    let terminal = try open(sample, width: 120, height: 30, command: "secateur reference.onnx --no-session")
    try terminal.type(":open net-symbol.json")
    try terminal.press("Enter")
    try terminal.wait(for: "does not say what shape its input data has")
    try terminal.wait(for: ":open FILE data=1x3x224x224")
    try terminal.press("Escape")
    try terminal.wait(without: "does not say what shape")
    try terminal.type(":open net-symbol.json data=1x3x8x8")
    try terminal.press("Enter")
    for text in ["stage1_", "MXNet", "net-symbol.json"] { try terminal.wait(for: text) }
    try terminal.type("q")
    try expectSaneShell(terminal)
  }

  // MARK: Sensitivity

  @Test func sensitivityIsMeasuredAndPercentagesComeOfIt() throws {
    let terminal = try open(try Sample())
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
        Self.row(layer, in: lines)?.contains(#/ [1-9]\d?(→\d+)?%/#) == true
      }
    }
    try terminal.type("z")
    try terminal.wait(for: "Undone: suggestion")
    try terminal.type("q")
    try expectSaneShell(terminal)
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
    let terminal = try open(sample)
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

  // MARK: The whole way

  private static let sizes = [(80, 24), (140, 40)]

  /// Has 40 % of the first layer go.
  private func choose40Percent(_ terminal: TerminalSession) throws {
    try terminal.type("e")
    try terminal.wait(for: "conv1, 20 kernels")
    try terminal.press("C-u")
    try terminal.type("40")
    try terminal.press("Enter")
    try terminal.wait(what: "40 %, 12 kept") { Self.row("conv1", in: $0)?.contains(#/ 40% +12\D/#) == true }
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
    let terminal = try open(Sample(), width: width, height: height)
    for text in ["conv1", "conv2", "conv3", "fc", "reference.onnx", "123 k params"] {
      try terminal.wait(for: text)
    }

    // Scores by Taylor's criterion begin by themselves, and move.
    try terminal.wait(for: "TAYLOR")
    let first = try #require(Self.row("conv1", in: try terminal.screen()))
    try terminal.wait(what: "another score of conv1 than \(first)") {
      Self.row("conv1", in: $0).map { $0 != first } ?? false
    }

    // Percentages: one more, ten more, exactly 40.
    try terminal.type("+")
    try terminal.wait(what: "1 kernel") { Self.row("conv1", in: $0)?.contains(#/ 5% +19\D/#) == true }
    try terminal.type("]")
    try terminal.wait(what: "15 %") { Self.row("conv1", in: $0)?.contains(#/ 15% +17\D/#) == true }
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
    let terminal = try open(Sample(), width: width, height: height)
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
    let terminal = try open(sample, width: 140, height: 40, command: "secateur reference.onnx --no-session")
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
    let played = try open(
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
    let terminal = try open(sample, width: width, height: height)
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
    try expectSaneShell(terminal)
    #expect(
      try sample.names().filter { $0.hasPrefix("reference") } == [
        "reference-plan.yaml", "reference-pruned.onnx", "reference.onnx", "reference.yaml",
      ])
  }

  private static let looks: [(Int, Int, [String: String])] = [(80, 24, [:]), (140, 40, ["NO_COLOR": "1"])]

  /// Settings in their dialog and by name, and a target that they share out anew.
  @Test(arguments: looks)
  func settingsShareATargetOutAnew(width: Int, height: Int, environment: [String: String]) throws {
    let terminal = try open(Sample(), width: width, height: height, environment: environment)
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
        Self.kept(of: $0, in: lines) == Self.kept(of: $0, in: proposed)
      }
    }

    // By name, with completion.
    try terminal.type(":set max")
    try terminal.press("Tab")
    try terminal.type(" 25%")
    try terminal.press("Enter")
    try terminal.wait(for: "max-ratio is 25% now")
    try terminal.wait(what: "three quarters of every layer") { lines in
      ["conv1": 15, "conv2": 15].allSatisfy { Self.kept(of: $0.key, in: lines).map { $0 >= 15 } ?? false }
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
    let terminal = try open(
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
    try expectSaneShell(terminal)
  }

  /// The kernels that the table keeps of a layer.
  private static func kept(of layer: String, in lines: [String]) -> Int? {
    row(layer, in: lines)?.firstMatch(of: #/%\s+(\d+)\D/#).flatMap { Int($0.1) }
  }

  @Test func quittingAsksWhereSomethingWouldBeLost() throws {
    let terminal = try open(Sample(isConfigured: false))
    try terminal.type("]")
    try terminal.wait(for: "10%")
    try terminal.type("q")
    try terminal.wait(for: "Leave anyway?")
    try terminal.press("Enter")
    try terminal.wait(without: "Leave anyway?")
    try terminal.type("q")
    try terminal.wait(for: "Leave anyway?")
    try terminal.type("y")
    try expectSaneShell(terminal)
  }

  @Test func writingOverAFileIsAsked() throws {
    let sample = try Sample(isConfigured: false)
    _ = try sample.write("older", to: "reference-pruned.onnx")
    let terminal = try open(sample)
    try terminal.type("]")
    try terminal.wait(for: "10%")
    try terminal.type("P")
    try terminal.wait(for: "kernels of 1 layers go")
    try terminal.type("y")
    try terminal.wait(for: "Iteration 1")
    try terminal.type("w")
    try terminal.wait(for: "reference-pruned.onnx")
    try terminal.press("Enter")
    try terminal.wait(for: "This file exists:")
    #expect(sample.bytes("reference-pruned.onnx") == Data("older".utf8))
    #expect(!sample.has("reference-plan.yaml"))
    try terminal.type("y")
    try terminal.wait(for: "secateur apply")
    #expect(try #require(sample.bytes("reference-pruned.onnx")).count > 10_000)
    try terminal.press("Escape")
    try terminal.wait(without: "secateur apply")
    try terminal.wait(without: "[+]")
    try terminal.type("q")
    try terminal.waitForShell()
  }

  // MARK: Data

  @Test func dataAreChosenInADialog() throws {
    let terminal = try open(Sample(isConfigured: false))
    try terminal.wait(for: "No data yet; scores from weights (l2). d chooses data.")
    try terminal.type("d")
    try terminal.wait(for: "Look")
    try terminal.type("nowhere")
    try terminal.press("Enter")
    try terminal.wait(for: "nowhere cannot be read")
    try terminal.press("C-u")
    try terminal.type("fash")
    try terminal.press("Tab")
    try terminal.wait(for: "fashion-mnist/")
    try terminal.press("Enter")
    try terminal.wait(for: "28×28")
    try terminal.wait(for: "10 classes")
    try terminal.wait(for: "Use these data")
    #expect(try !terminal.screen().contains { $0.contains("TAYLOR") }, "they are looked at first")
    try terminal.press("Enter")
    try terminal.wait(for: "TAYLOR")
    try terminal.wait(for: "ex/s")
    try terminal.type("q")
    try expectSaneShell(terminal)
  }

  // MARK: Help, filter, commands

  @Test func helpFilterAndCommands() throws {
    let terminal = try open(Sample(isConfigured: false))
    try terminal.type("?")
    try terminal.wait(for: "Everything that can be done")
    try terminal.wait(for: "prune 1 % more")
    try terminal.type("undone")
    try terminal.wait(for: "bring back what was undone")
    try terminal.wait(without: "prune 1 % more")
    try terminal.press("Escape")
    try terminal.wait(for: "conv2")

    try terminal.type("fconv2")
    try terminal.wait(without: "conv3")
    try terminal.press("Enter")
    try terminal.wait(for: "filter conv2")
    try terminal.press("Escape")
    try terminal.wait(for: "conv3")

    try terminal.type(":iter")
    try terminal.press("Tab")
    try terminal.wait(for: ":iterations")
    try terminal.press("Enter")
    try terminal.wait(for: "ITERATION")
    try terminal.type(":nonsense")
    try terminal.press("Enter")
    try terminal.wait(for: "There is no command")
    try terminal.type(":quit")
    try terminal.press("Enter")
    try expectSaneShell(terminal)
  }

  @Test func aFileThatIsNoModelIsSaidOnTheScreenToo() throws {
    let sample = try Sample(isConfigured: false)
    _ = try sample.write("a letter", to: "letter.onnx")
    let terminal = try open(sample)
    try terminal.type(":open-model letter.onnx")
    try terminal.press("Enter")
    try terminal.wait(for: "letter.onnx is not an ONNX model")
    try terminal.press("Escape")
    try terminal.wait(without: "letter.onnx is not an ONNX model")
    try terminal.wait(for: "conv1")
    try terminal.type("q")
    try terminal.waitForShell()
  }

  // MARK: The terminal

  @Test func anotherSizeWhileRunning() throws {
    let terminal = try open(Sample(), width: 140, height: 40)
    try terminal.wait(for: "Kernels of conv1")
    try terminal.resize(width: 80, height: 24)
    try terminal.wait(without: "Kernels of conv1")
    try terminal.wait(for: "conv1")
    // The footer stands in the last line, whole lines above.
    try terminal.wait(what: "a whole screen of 24 lines") {
      $0.count >= 24 && $0[23].contains("help") && $0[0].contains("1 Layers")
    }
    try terminal.resize(width: 39, height: 9)
    try terminal.wait(for: "39×9 is too small")
    try terminal.resize(width: 140, height: 40)
    try terminal.wait(for: "Kernels of conv1")
    try terminal.resize(width: 39, height: 9)
    try terminal.wait(for: "39×9 is too small")
    try terminal.type("q")
    try terminal.wait(without: "too small")
    try terminal.resize(width: 80, height: 24)
    try expectSaneShell(terminal)
  }

  @Test func aDumbTerminalIsRefused() throws {
    let sample = try Sample(isConfigured: false)
    let terminal = try TerminalSession()
    try terminal.enter("cd \(sample.folder.url.path)")
    for type in ["dumb", "no-such-terminal"] {
      // A mark of its own: the one before it may stand there until the screen is cleared.
      try terminal.enter("clear; TERM=\(type) secateur reference.onnx; echo \(type) gave $?")
      try terminal.wait(for: "\(type) gave 2")
      let text = try terminal.screen().joined()
      #expect(text.contains("The terminal \"\(type)\" (variable TERM)"))
      #expect(text.contains("Set TERM"))
    }
    try expectSaneShell(terminal)
  }

  @Test func withoutColoursWhereTheyAreNotWanted() throws {
    /// Whether a line sets a colour: a select-graphic-rendition parameter of 30–49, 90–107.
    func hasColor(_ line: String) -> Bool {
      line.matches(of: #/\x1B\[([0-9;:]*)m/#).contains { match in
        match.1.split(separator: ";").contains {
          Int($0.prefix { $0 != ":" }).map { (30...48).contains($0) && $0 != 39 || (90...107).contains($0) }
            ?? false
        }
      }
    }
    for (environment, isColored) in [(["NO_COLOR": "1"], false), ([:], true)] {
      let terminal = try open(Sample(isConfigured: false), environment: environment)
      try terminal.wait(for: "conv3")
      let styled = try terminal.styledScreen()
      #expect(styled.contains(where: hasColor) == isColored, "\(environment)")
      // What is selected can still be told: by reverse or bold.
      #expect(styled.contains { $0.contains(#/\x1B\[([0-9;]*;)?[17](;[0-9;]*)?m/#) })
      try terminal.type("q")
      try terminal.waitForShell()
    }
  }

  @Test func pipedStandardInputAndOutput() throws {
    let sample = try Sample(isConfigured: false)
    let terminal = try open(sample, command: "echo qqq | secateur reference.onnx > out.txt")
    try terminal.wait(for: "conv3")
    try terminal.type("g3")
    try terminal.wait(for: "TENSOR")
    try terminal.type("q")
    try expectSaneShell(terminal)
    #expect(sample.bytes("out.txt") == Data(), "the screen is not in the file")
  }

  @Test func suspendedAndBack() throws {
    let terminal = try open(Sample())
    try terminal.wait(for: "TAYLOR")
    try terminal.press("C-z")
    try terminal.wait(for: "Stopped")
    try expectSaneShell(terminal)
    try terminal.enter("clear; fg")
    try terminal.wait(for: "conv3")
    try terminal.wait(for: "1 Layers")
    try terminal.type("]")
    try terminal.wait(for: "10%")
    try terminal.type("z")
    try terminal.wait(for: "Undone")
    try terminal.type("q")
    try expectSaneShell(terminal)
  }

  @Test(arguments: ["TERM", "INT", "HUP"]) func aSignalEndsItCleanly(signal: String) throws {
    let sample = try Sample()
    let terminal = try open(
      sample, command: "sh -c 'echo $$ > pid; exec secateur reference.onnx'; echo $? > code")
    try terminal.wait(for: "TAYLOR")
    let number = String(decoding: try #require(sample.bytes("pid")), as: UTF8.self)
    let process = try #require(Int32(number.trimmingCharacters(in: .whitespacesAndNewlines)))
    kill(process, signal == "TERM" ? SIGTERM : signal == "INT" ? SIGINT : SIGHUP)
    try expectSaneShell(terminal)
    #expect(sample.has("code"))
    #expect(kill(process, 0) != 0, "it is gone")
  }

  @Test func theQuitKeyGivesTheTerminalBack() throws {
    let terminal = try open(Sample(), command: "ulimit -c 0; secateur reference.onnx; echo gave $?")
    try terminal.wait(for: "TAYLOR")
    try terminal.press("C-\\")
    try terminal.wait(for: "gave 131")
    try expectSaneShell(terminal)
  }

  /// The window is closed while a session is open: there is nothing left to write a farewell on.
  ///
  /// - Parameter trap: what the shell does with the signal; the program inherits that only where it is ignored.
  @Test(arguments: ["\"\"", ":"]) func aClosedTerminalEndsItQuietly(trap: String) throws {
    let sample = try Sample()
    let terminal = try open(
      sample, command: "sh -c 'trap \(trap) HUP; secateur reference.onnx; echo $? > ended; mv ended code'")
    try terminal.wait(for: "TAYLOR")
    try terminal.close()
    let deadline = ContinuousClock.now + .seconds(60)
    while !sample.has("code"), ContinuousClock.now < deadline { usleep(50_000) }
    #expect(sample.bytes("code") == Data("0\n".utf8))
  }
}
