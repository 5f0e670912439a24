import Foundation
import Testing

/// `schedule` as scripts use it.
@Suite struct ScheduleCommandTests {
  private static let schedule = Program.samples.appending(path: "residual-schedule.yaml").path
  private static let small = """
    version: 1
    pruners:
      p:
        class: L1RankedStructureParameterPruner_AGP
        initial_sparsity: 0.1
        final_sparsity: 0.5
        group_type: Filters
        weights: [module.conv1.weight, conv2]
    extensions:
      net_thinner: {class: FilterRemover, thinning_func_str: remove_filters, arch: reference, dataset: fashion}
    policies:
      - pruner: {instance_name: p}
        starting_epoch: 0
        ending_epoch: 3
        frequency: 1
      - extension: {instance_name: net_thinner}
        epochs: [3]

    """

  private func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String
  {
    let outcome = try Program.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  @Test func aDryRunShowsTheTableWithoutData() throws {
    let sample = try Sample(isConfigured: false)
    let model = Program.samples.appending(path: "residual.onnx").path
    let before = try sample.names()
    let text = try run(["schedule", Self.schedule, model, "--dry-run"])
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0].contains("EPOCH") && lines[0].contains("SPARSITY") && lines[0].contains("KERNELS"))
    #expect(lines.contains { $0.contains("inner_pruner") && $0.contains("50.00%") || $0.contains("50.00 %") })
    #expect(lines.contains { $0.contains("net_thinner") && $0.contains("→") && $0.contains("MACs") })
    #expect(lines.contains { $0.contains("8 of 32 filters of 2 weights") })
    #expect(try sample.names() == before)
    let report = try JSONValue(run(["schedule", Self.schedule, model, "--dry-run", "--json"]))
    let steps = report["steps"].elements
    #expect(steps.map { $0["epoch"].int } == [0, 1, 2, 2, 3, 4, 5])
    let shares = steps.filter { $0["name"].string == "inner_pruner" }.compactMap { $0["sparsity"].double }
    #expect(shares.count == 5 && shares == shares.sorted() && shares.first == 0.1 && shares.last == 0.5)
    #expect(steps[0]["masked"]["block1.a.conv.weight"].ints == [3, 32])
    #expect(try #require(report["after"]["weights"].int) < #require(report["before"]["weights"].int))
  }

  @Test func aScheduleEndsWithASmallerModel() throws {
    let sample = try Sample()
    let schedule = try sample.write(Self.small, to: "schedule.yaml")
    let outcome = try Program.run([
      "schedule", schedule, sample.model, "-o", sample.path("run"), "--limit", "400", "--batch-size", "50",
      "--threads", "1",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("epoch 0, the last is 3") && outcome.errors.contains("net_thinner"))
    #expect(!outcome.errors.contains("\u{1B}"))
    #expect(outcome.output.contains("wrote \(sample.path("run"))/model.onnx"))
    let names = try FileManager.default.contentsOfDirectory(atPath: sample.path("run")).sorted()
    #expect(names == ["epoch-003-net_thinner.onnx", "log.csv", "model.onnx"])
    for name in ["run/epoch-003-net_thinner.onnx", "run/model.onnx"] {
      let layers = try JSONValue(run(["inspect", sample.path(name), "--json"]))["layers"].elements
      #expect(layers.prefix(3).map { $0["kernels"].int } == [10, 10, 20], "\(name)")
    }
    let log = String(decoding: try #require(sample.bytes("run/log.csv")), as: UTF8.self)
    #expect(log.split(separator: "\n").count == 5 && log.hasPrefix("epoch,loss,accuracy"))
  }

  /// A run that was stopped goes on with the same command, to the same model.
  @Test func whatWasStoppedGoesOn() throws {
    let sample = try Sample()
    let schedule = try sample.write(
      Self.small.replacingOccurrences(of: "ending_epoch: 3", with: "ending_epoch: 6")
        .replacingOccurrences(of: "epochs: [3]", with: "epochs: [6]"), to: "schedule.yaml")
    let options = ["--limit", "300", "--batch-size", "30", "--threads", "1", "--exact"]
    let whole = sample.path("whole")
    _ = try run(["schedule", schedule, sample.model, "-o", whole] + options)
    let script = """
      "$1" schedule "$2" "$3" -o "$4" \(options.joined(separator: " ")) >/dev/null 2>"$5" &
      for i in $(seq 1200); do grep -q 'epoch 1,' "$5" && break; sleep 0.02; done
      kill -TERM $!
      wait $!
      """
    let stopped = sample.path("stopped")
    let outcome = try Program.launch(
      "/bin/sh",
      ["-c", script, "sh", Program.executable, schedule, sample.model, stopped, sample.path("errors")])
    #expect(outcome.code == 130)
    #expect(sample.has("stopped/state.json") && !sample.has("stopped/model.onnx"))
    let other = try sample.write(Self.small, to: "other.yaml")
    let refused = try Program.run(["schedule", other, sample.model, "-o", stopped] + options)
    #expect(refused.code == 65 && refused.errors.contains("another schedule"), "\(refused.errors)")
    let again = try Program.run(["schedule", schedule, sample.model, "-o", stopped] + options)
    #expect(again.code == 0 && again.errors.contains("goes on at epoch"), "\(again.errors)")
    #expect(sample.bytes("stopped/model.onnx") == sample.bytes("whole/model.onnx"))
    #expect(!sample.has("stopped/state.json"))
  }

  private static let wrong: [(schedule: String, options: String, code: Int32, says: String)] = [
    (small, "", 64, "-o"),
    (small.replacingOccurrences(of: "class: L1R", with: "class: R"), "-o run", 65, "line 4"),
    (small.replacingOccurrences(of: "conv2]", with: "conv9]"), "-o run", 65, "conv9"),
    (
      small.replacingOccurrences(of: "final_sparsity: 0.5", with: "final_sparsity: 1"), "-o run", 65, "all 20"
    ),
    (small, "-o run --rate 0", 64, "rate"),
    (small, "-o reference.yaml", 73, "reference.yaml"),
  ]

  @Test(arguments: wrong)
  func badInputIsSaidInOneSentence(schedule: String, options: String, code: Int32, says: String) throws {
    let sample = try Sample()
    let path = try sample.write(schedule, to: "schedule.yaml")
    let before = try sample.names()
    let words = options.split(separator: " ").map(String.init)
    let indices = words.map { $0 == "run" || $0.hasSuffix(".yaml") ? sample.path($0) : $0 }
    let outcome = try Program.run(["schedule", path, sample.model] + indices)
    #expect(outcome.code == code, "\(options): \(outcome.errors)")
    #expect(outcome.errors.contains(says) && outcome.output.isEmpty, "\(outcome.errors)")
    #expect(try sample.names() == before)
  }

  @Test func filesThatAreNotThereAreSaid() throws {
    let sample = try Sample()
    let outcome = try Program.run(["schedule", sample.path("no.yaml"), sample.model, "--dry-run"])
    #expect(outcome.code == 66 && outcome.errors.contains("no.yaml"))
    let help = try run(["schedule", "--help"])
    for word in ["EXAMPLES", "A SCHEDULE", "--dry-run", "state to go on from"] {
      #expect(help.contains(word))
    }
  }
}
