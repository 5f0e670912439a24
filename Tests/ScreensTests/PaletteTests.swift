import Datasets
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// The palette: everything that can be done, found by a few letters.
@Suite struct PaletteTests {
  private func titles(_ store: TestStore) -> [String] {
    (store.state.overlays.last as? Palette)?.items(store.state).filter { $0.kind != .heading }.map(\.title)
      ?? []
  }

  @Test func aFewLettersFindACommandAndEnterRunsIt() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press(":heam")
    #expect(titles(store).first == "heat-maps")
    try store.press("<enter>")
    #expect(store.state.kernels.showsWeights && store.state.overlays.isEmpty)
    // What it means finds it, too; so does its key.
    try store.press(":live preview")
    #expect(store.state.overlays.count == 1)
    try store.press("<escape>:rounded<ctrl-u>invert")
    #expect(
      Set(titles(store)) == [
        "invert-sort", "mark-invert", "invert-iterations", "mark-other-iterations",
      ])
    try store.press("<escape>:q")
    #expect(titles(store).first == "quit")
    try store.press("<enter>")
    #expect(store.effects.last == .quit)
  }

  @Test func whatCannotBeDoneSaysWhyAndDoesNothing() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press(":win back")
    try store.press("<escape>:recov")
    #expect(store.frame().snapshot.contains("Nothing was pruned yet."))
    try store.press("<enter>")
    #expect(store.state.overlays.count == 1 && store.state.status?.text == "Nothing was pruned yet.")
  }

  @Test func shortNamesAndRows() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press(":12<enter>")
    #expect(store.state.layers.list.selected == 11)
    try store.press(":w small.onnx<enter>")
    #expect((store.state.overlays.last as? ExportDialog)?.form.text(of: "model") == "small.onnx")
    try store.press("<escape>:q<enter>")
    #expect(store.effects.last == .quit)
  }

  @Test func argumentsAreCompletedWithTheirMeaning() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press(":criterion ")
    #expect(titles(store) == Criterion.allCases.map(\.rawValue))
    #expect(store.frame().snapshot.contains(Criterion.allCases[0].definition.summary.prefix(30)))
    try store.press("<down><down><enter>")
    #expect(
      store.effects.last == .engine(.score(Criterion.allCases[2])) || store.state.status?.severity == .warning
    )
    // Files come as they are typed.
    try store.press(":open-model m")
    #expect(store.effects.last == .completePath(prefix: "m", of: .models))
    store.send(.pathsCompleted(prefix: "m", candidates: ["models/", "mine.onnx"]))
    #expect(titles(store) == ["models/", "mine.onnx"])
    try store.press("<down>")
    #expect(try store.press("<enter>") == [.engine(.open(path: "mine.onnx"))])
  }

  @Test func linesThatWereRunComeFirst() throws {
    var store = try TestStore(Sample.resNet18())
    try store.press(":target MACs 50%<enter>:sort macs<enter>:")
    #expect(titles(store).prefix(2) == ["sort macs", "target MACs 50%"])
    try store.press("<ctrl-p><ctrl-p>")
    #expect((store.state.overlays.last as? Palette)?.field.text == "target MACs 50%")
  }

  /// `?` lists everything, with its keys.
  @Test func theHelpListsEverything() throws {
    var store = try TestStore(Sample.resNet18(), width: 160, height: 200)
    try store.press("?")
    let text = store.frame().snapshot
    for binding in store.state.allBindings().bindings {
      #expect(text.contains(binding.id), "\(binding.id) is not listed")
    }
    #expect(text.contains("g2") && text.contains("Moving"))
    try store.press("<escape><F2>")
    #expect(store.frame().snapshot.contains("asked → what goes"))
  }

  @Test(arguments: [(80, 24), (140, 40), (200, 60)]) func frames(width: Int, height: Int) throws {
    var store = TestStore(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 37, version: 2), width: width, height: height)
    try store.press(":co")
    Frames.expect(store.frame(), "palette-\(width)x\(height)")
    try store.press("<escape><space>")
    Frames.expect(store.frame(), "leader-\(width)x\(height)")
    try store.press("<escape>:target MACs 50%<enter>t<left><left>")
    Frames.expect(store.frame(), "target-\(width)x\(height)")
  }
}
