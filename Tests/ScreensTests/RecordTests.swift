import Datasets
import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// The record of what was done: in words that do it again.
@Suite struct RecordTests {
  private func words(_ store: TestStore) -> [String] { store.state.record.map(\.words) }

  @Test func everyChangeIsRecordedInTheWordsThatDoIt() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("j30%jj+++")
    #expect(words(store).first == "layer layer1.0.conv1=30%")
    #expect(words(store).count == 2, "keys on one layer are one change: \(words(store))")
    store.send(.command(id: "set", argument: "min-keep 4"))
    try store.press("p:target MACs 60%<enter>")
    #expect(words(store).suffix(3).map { $0.split(separator: " ").first ?? "" } == ["set", "set", "target"])
    #expect(store.state.record.last?.figures.contains("MACs") == true)
    // What a dialog only tries is none.
    let before = words(store)
    try store.press("t<left><left><escape>")
    #expect(words(store) == before)
    try store.press("jg2c")
    #expect(words(store).last?.hasPrefix("cut ") == true)
    // The log shows it, and y copies it.
    try store.press("g5")
    #expect(store.frame().snapshot.contains(":layer layer1.0.conv1=30%"))
    guard case .copy(let text)? = try store.press("y").last else {
      Issue.record("nothing is copied")
      return
    }
    #expect(text.contains("target MACs 60%\n"))
  }

  /// Played back on the same model, the record leads to the same choice.
  @Test func aRecordThatIsPlayedLeadsToTheSameChoice() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press("j30%jj3]jjp:set max-ratio 80%<enter>jg2jjcjp")
    let lines = store.state.record.map(\.line)
    var other = try TestStore(Sample.resNet18())
    other.send(.scriptRead(path: "steps.txt", .success(lines)))
    #expect(other.state.settings == store.state.settings)
    #expect(other.state.status?.text == "steps.txt is done: \(lines.count) lines.")
    #expect(lines.compactMap { RecordEntry(line: $0) } == store.state.record)
  }

  /// A line waits for what the one before began.
  @Test func linesWaitForTheEngine() throws {
    let snapshot = try Sample.resNet18()
    var store = TestStore(snapshot)
    let effects = store.send(
      .scriptRead(path: "s", .success(["# a remark", "criterion l1", "layer conv1=25%", "prune yes"])))
    #expect(effects == [.engine(.score(.l1))] && store.state.settings.amounts.isEmpty)
    store.state.unansweredCommands = 1
    store.send(.engineReported(snapshot))
    #expect(store.state.settings.amounts.isEmpty, "what is told is older than the command")
    store.state.unansweredCommands = 0
    var scoring = snapshot
    scoring.isScoring = true
    store.send(.engineReported(scoring))
    #expect(store.state.settings.amounts.isEmpty, "scores that were asked for are wanted whole")
    let next = store.send(.engineReported(snapshot))
    #expect(store.state.settings.amounts["conv1"] == .percent(25))
    guard case .engine(.prune)? = next.first else {
      Issue.record("\(next)")
      return
    }
    // What goes wrong ends it, with the line.
    var wrong = TestStore(snapshot)
    wrong.send(.scriptRead(path: "s", .success(["layer conv1=25%", "layer nowhere=5%", "layer fc=1%"])))
    #expect(wrong.state.status?.text.hasPrefix("Line 2 of s, \"layer nowhere=5%\": ") == true)
  }

  @Test func aShellScriptHasACommandForEveryStep() throws {
    func entry(_ iteration: Int, _ words: String, examples: Int = 0) -> RecordEntry {
      RecordEntry(time: 0, iteration: iteration, words: words, figures: "", examples: examples)
    }
    let request = ScriptRequest(
      record: [
        entry(0, "set min-keep 4"), entry(0, "layer conv1=25%"), entry(0, "layer a b=10%"),
        entry(0, "layer conv1=50%"),
        entry(0, "criterion taylor"), entry(0, "prune yes", examples: 1_200), entry(1, "recover refit"),
        entry(2, "layer elsewhere=1%"), entry(1, "train --epochs 3"), entry(1, "target MACs 60%"),
        entry(1, "prune yes"),
      ], path: [0, 1, 3], model: "my nets/net.onnx")
    let script = ShellScript(request, dataYAML: "data: photos\n") { "'\($0)'" }
    let commands = script.text.split(separator: "\n").filter { $0.hasPrefix("\"$secateur\"") }.map(
      String.init)
    #expect(
      commands == [
        "\"$secateur\" prune \"$model\" -o \"$work/step-1.onnx\" '--criterion' 'taylor' '--min-keep' '4' '--layer' 'a b=10%' '--layer' 'conv1=50%' '--batches' '38' '--all-examples' '--recover' 'refit'",
        "\"$secateur\" finetune \"$work/step-1.onnx\" -o \"$work/step-2.onnx\" '--epochs' '3'",
        "\"$secateur\" prune \"$work/step-2.onnx\" -o \"$work/step-3.onnx\" '--criterion' 'taylor' '--min-keep' '4' '--keep-macs' '60%'",
      ])
    #expect(script.text.contains("result=${2:-'my nets/net-repeated.onnx'}") && script.gaps.isEmpty)
    // Every step is in the format of the model.
    let program = ShellScript(
      ScriptRequest(record: [entry(0, "prune yes")], path: [0], model: "net.pt2"), dataYAML: nil
    ) { $0 }
    #expect(program.text.contains("net-repeated.pt2") && program.text.contains("step-1.pt2"))
  }
}
