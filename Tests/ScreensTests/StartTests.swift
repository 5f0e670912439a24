import Datasets
import Errors
import ScreenSamples
import Screens
import SessionModel
import TerminalUI
import Testing

/// What `secateur` alone begins with.
@Suite struct StartTests {
  private let entries = SampleSnapshots.startEntries

  /// A program in which nothing was opened, with the start screen.
  private func store(width: Int = 80, height: Int = 24) -> TestStore {
    var store = TestStore(width: width, height: height)
    store.send(.command(id: "start"))
    store.send(.startListed(entries))
    return store
  }

  @Test func whatWasOpenedLastIsSelectedAndRead() throws {
    var store = TestStore()
    #expect(try store.press("gs") == [.listStart])
    #expect(store.frame().snapshot.contains("Looking for what can be opened"))
    #expect(store.send(.startListed(entries)) == [.preview(entries[3])])
    #expect(store.frame().snapshot.contains("Reading…"))
    store.send(.previewed(entries[3], .success(SampleSnapshots.preview(iterations: 3))))
    let text = store.frame().snapshot
    for line in [
      "ONNX opset 17, 46.8 MB", "input 3×224×224, batch free", "21 layers, 20 prunable",
      "3,904 kernels can go", "11.7 M parameters, 1.81 G MACs", "3 iterations",
      "best: iteration 1, 91.2% right", "goes on with iteration 2",
    ] { #expect(text.contains(line), "\(line)") }
    // What is known is not read again; where the cursor is stays where it is.
    #expect(try store.press("k") == [.preview(entries[2])])
    #expect(try store.press("j") == [])
    #expect(
      try store.press("<enter>") == [
        .engine(.open(path: entries[3].path, session: entries[3].session))
      ])
    #expect(store.frame().snapshot.contains("Opening…"))
    store.send(.engineReported(try Sample.small()))
    #expect(store.state.overlays.isEmpty)
  }

  @Test func shapesAndSessionsGoAlong() throws {
    var store = store()
    #expect(
      try store.press("j<enter>").last
        == .engine(.open(path: entries[4].path, inputShapes: ["input": [1, 3, 224, 224]])))
  }

  @Test func oneKeyBeginsTheTour() throws {
    var store = store()
    #expect(try store.press("t") == [.engine(.open(path: entries[0].path))])
    store.send(.engineReported(try Sample.small()))
    #expect(Tour.sentence(store.state)?.hasPrefix("1 of 5") == true)
    #expect(store.frame().snapshot.contains("1 of 5"))
  }

  @Test func aPathIsTypedCompletedAndOpened() throws {
    var store = store()
    #expect(try store.press("o") == [.completePath(prefix: "", of: .models)])
    store.send(.pathsCompleted(prefix: "", candidates: ["models/", "net.onnx"]))
    #expect(store.frame().snapshot.contains("models/"))
    #expect(try store.press("<down>") == [.preview(StartEntry(.file, path: "net.onnx"))])
    #expect(try store.press("<up><enter>") == [.completePath(prefix: "models/", of: .models)])
    // An answer to what was typed before comes too late.
    store.send(.pathsCompleted(prefix: "", candidates: ["stale.onnx"]))
    store.send(.pathsCompleted(prefix: "models/", candidates: ["models/one.onnx", "models/other.onnx"]))
    #expect(!store.frame().snapshot.contains("stale"))
    #expect(try store.press("<tab>") == [.completePath(prefix: "models/o", of: .models)])
    try store.press("ne.onnx 1x3x8x8")
    #expect(
      try store.press("<enter>")
        == [.engine(.open(path: "models/one.onnx", inputShapes: ["": [1, 3, 8, 8]]))])
    try store.press("<escape>")
    #expect(store.frame().snapshot.contains("Recent"))
  }

  @Test func whatCannotBeOpenedIsSaidBeforeItIsOpened() throws {
    var store = store()
    let error = CaughtError(SessionError.unfit(sentence: "It is no model.", remedy: "Give another one."))
    store.send(.previewed(entries[3], .failure(error)))
    #expect(
      store.frame().snapshot.contains("It is no model.") && store.frame().snapshot.contains("another one."))
    var failed = SessionSnapshot()
    failed.failure = Failure(number: 1, error: error)
    try store.press("<enter>")
    store.send(.engineReported(failed))
    #expect(store.frame().snapshot.contains("Something went wrong"))
    try store.press("<escape>")
    #expect(store.state.overlays.last is StartOverlay)
  }

  @Test func itIsLeftByQAndComesBack() throws {
    var store = store()
    try store.press("<escape>")
    #expect(store.state.overlays.last is StartOverlay, "there is nothing behind it")
    #expect(try store.press("q") == [.quit])
    var open = TestStore(try Sample.small())
    try open.press(":start<enter>")
    open.send(.startListed([]))
    #expect(open.frame().snapshot.contains("another file"))
    try open.press("t")
    #expect(open.state.status?.text.contains("not beside the program") == true)
    try open.press("<escape>")
    #expect(open.state.overlays.isEmpty)
  }

  @Test(arguments: [(80, 24), (140, 40), (200, 60), (40, 10)])
  func frames(width: Int, height: Int) {
    var store = store(width: width, height: height)
    store.send(.previewed(entries[3], .success(SampleSnapshots.preview(iterations: 3))))
    Frames.expect(store.frame(), "start-\(width)x\(height)")
  }

  @Test func itStandsInASCII() {
    var store = store()
    store.send(.previewed(entries[3], .success(SampleSnapshots.preview())))
    let grid = store.frame(glyphs: .ascii, depth: .mono)
    #expect(!grid.snapshot.unicodeScalars.contains { !$0.isASCII })
    #expect(grid.lines.contains { $0.contains("> resnet18.onnx") })
  }
}
