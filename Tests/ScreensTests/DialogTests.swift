import Datasets
import Errors
import Graph
import Pruning
import Screens
import TerminalUI
import Testing

@Suite struct DialogTests {
  private static let found = DataSummary(title: "60 images in 3 class folders", examples: 60)

  private func data(_ path: String) -> DatasetConfiguration {
    var configuration = DatasetConfiguration()
    configuration.data = [path]
    return configuration
  }

  @Test func dataAreLookedAtFirstAndTakenThen() throws {
    var store = try TestStore(Sample.small())
    let draft = data("data")
    #expect(try store.press("ddata<enter>") == [.engine(.inspect(draft))])
    store.send(.dataInspected(DataInspection(of: draft, .success(Self.found))))
    #expect(store.frame().snapshot.contains("60 images in 3 class folders"))
    #expect(try store.press("<enter>") == [.engine(.attach(draft))])
    #expect(store.state.overlays.isEmpty)
  }

  @Test func aChangedFieldIsLookedAtAgain() throws {
    var store = try TestStore(Sample.small())
    try store.press("ddata<enter>")
    store.send(.dataInspected(DataInspection(of: data("data"), .success(Self.found))))
    #expect(try store.press("2<enter>") == [.engine(.inspect(data("data2")))])
  }

  @Test func dataThatCannotBeUsedAreNotTaken() throws {
    var store = try TestStore(Sample.small())
    try store.press("ddata<enter>")
    let finding = Finding(
      severity: .error, sentence: "There are no images.", remedy: "Choose another folder.")
    let summary = DataSummary(title: "nothing", examples: 0, findings: [finding])
    store.send(.dataInspected(DataInspection(of: data("data"), .success(summary))))
    #expect(try store.press("<enter>").isEmpty)
    #expect(store.frame().snapshot.contains("Choose another folder."))
  }

  @Test func numbersOfThePreprocessingAreRead() throws {
    var store = try TestStore(Sample.small())
    var expected = data("data")
    expected.loss = .crossEntropy
    (expected.scale, expected.mean, expected.deviation) = (1.0 / 255, [0.5, 0.4, 0.3], [0.2])
    let effects = try store.press("ddata<down><down><right><down>1/255<down>0.5, 0.4 0.3<down>0.2<enter>")
    #expect(
      effects == [
        .engine(
          .inspect(
            expected))
      ])
    try store.press("<escape>")
    #expect(try store.press("ddata<down><down><down>1/0<enter>").isEmpty)
  }

  @Test func tabCompletesPathsAndGoesOnWhenTheyAreWhole() throws {
    var store = try TestStore(Sample.small())
    #expect(try store.press("dima<tab>") == [.completePath(prefix: "ima")])
    store.send(.pathsCompleted(prefix: "ima", candidates: ["images/", "images2/"]))
    guard let dialog = store.state.overlays.last as? DataDialog else {
      Issue.record("the dialog is gone")
      return
    }
    #expect(dialog.form.text(of: "path") == "images")
    #expect(try store.press("<tab>").isEmpty)
    guard let next = store.state.overlays.last as? DataDialog else { return }
    #expect(next.form.text(of: "path") == "images/")
    #expect(try store.press("x<tab>") == [.completePath(prefix: "images/x")])
    store.send(.pathsCompleted(prefix: "images/x", candidates: ["images/x"]))
    guard let last = store.state.overlays.last as? DataDialog else { return }
    #expect(last.form.focus == 1)
  }

  @Test func overwritingIsAskedAndTakesAnY() throws {
    var store = try TestStore(Sample.small())
    let request = ExportRequest(
      modelPath: "models/resnet18-pruned.onnx", planPath: "models/resnet18-plan.yaml", overwrites: false)
    #expect(try store.press("w<enter>") == [.engine(.export(request))])
    store.send(.exported(.failure(CaughtError(SessionError.exists(paths: [request.modelPath])))))
    #expect(store.frame().snapshot.contains("This file exists"))
    #expect(try store.press("<enter>").isEmpty)
    try store.press("<enter>")
    store.send(.exported(.failure(CaughtError(SessionError.exists(paths: [request.modelPath])))))
    var again = request
    again.overwrites = true
    #expect(try store.press("y") == [.engine(.export(again))])
    let report = ExportResult(
      files: [.init(path: request.modelPath, bytes: 1000)], largestDifference: 1e-7, examples: 4,
      command: "secateur apply plan.yaml")
    store.send(.exported(.success(report)))
    #expect(store.frame().snapshot.contains("secateur apply plan.yaml"))
  }

  /// What comes by itself waits until nobody types: the next key would close it, and be missing in the text.
  @Test func whatComesByItselfTakesNoKeyOfWhoTypes() throws {
    let report = ExportResult(
      files: [.init(path: "small.onnx", bytes: 1000)], largestDifference: 1e-7, examples: 4,
      command: "secateur apply plan.yaml")
    for (begin, end) in [(":", "<escape>"), ("/", "<escape>"), ("d", "<escape>")] {
      var store = try TestStore(Sample.small())
      try store.press("w<enter><escape>" + begin + "sc")
      store.send(.exported(.success(report)))
      try store.press("ript")
      #expect(store.frame().snapshot.contains("script"), "after \(begin)")
      #expect(!store.frame().snapshot.contains("Written"), "after \(begin)")
      try store.press(end)
      #expect(store.frame().snapshot.contains("secateur apply plan.yaml"), "after \(begin)")
    }
  }

  /// Only a program of PyTorch has a folder that trains it further.
  @Test func aProgramOfPyTorchHasATrainingProject() throws {
    var other = try TestStore(Sample.small())
    try other.press("w")
    #expect(!other.frame().snapshot.contains("Project"))
    var snapshot = try Sample.small()
    snapshot.model = ModelSummary(
      path: "models/net.pt2", formatName: "PyTorch", opset: nil, inputs: [], bytes: 1_000_000)
    var store = TestStore(snapshot)
    try store.press("w<shift-tab><shift-tab><shift-tab>")
    let sent = try store.press("further<enter><enter>")
    let request = ExportRequest(
      modelPath: "models/net-pruned.pt2", planPath: "models/net-plan.yaml", projectFolder: "further")
    #expect(sent == [.engine(.export(request))], "\(store.frame().snapshot)")
  }

  /// Pasted text goes into the field that has the focus, and nowhere else: never is it taken for keys.
  @Test func pastedTextIsTextOrNothing() throws {
    var store = try TestStore(Sample.small())
    let keys = "]]]Py:quit\nq"
    #expect(store.send(.terminal(.paste(keys))).isEmpty)
    #expect(store.state.status?.text.contains("Pasted text goes into fields only") == true)
    #expect(store.state.settings == store.state.history.initial && store.state.overlays.isEmpty)
    // A question and a button take none.
    try store.press("j]]]P")
    let asked = store.state.overlays
    #expect(asked.count == 1)
    #expect(store.send(.terminal(.paste("y"))).isEmpty && store.state.overlays == asked)
    #expect(store.state.status?.text.contains("fields only") == true)
    try store.press("n")
    // On the line and in a dialog it is one line of text.
    try store.press(":")
    #expect(store.send(.terminal(.paste("log\n"))).isEmpty)
    #expect((store.state.overlays.last as? Palette)?.field.text == "log")
    try store.press("<escape>w")
    #expect(store.send(.terminal(.paste("/a\nb"))).isEmpty)
    guard let dialog = store.state.overlays.last as? ExportDialog else {
      Issue.record("the dialog is gone")
      return
    }
    #expect(dialog.form.text(of: "model").hasSuffix("/a b"))
  }

  /// While a run changes the network, the dialog says which one it would write.
  @Test(arguments: [("w", ExportRequest.DuringChange.wait), ("b", .writeEarlier)])
  func writingDuringARunIsAsked(key: String, choice: ExportRequest.DuringChange) throws {
    var store = try TestStore(Sample.small())
    let sent = try #require(try store.press("w<enter>").first)
    guard case .engine(.export(let request)) = sent else {
      Issue.record("\(sent)")
      return
    }
    store.send(.exported(.failure(CaughtError(SessionError.exists(paths: [request.modelPath])))))
    try store.press("y")
    store.send(.exported(.failure(CaughtError(SessionError.changing(.training(iteration: 1))))))
    let text = store.frame().snapshot
    #expect(text.contains("Iteration 1 is being trained.") && text.contains("the network from before"))
    // Neither Enter nor Escape writes.
    #expect(try store.press("<enter>").isEmpty)
    try store.press("<enter>")
    store.send(.exported(.failure(CaughtError(SessionError.exists(paths: [request.modelPath])))))
    try store.press("y")
    store.send(.exported(.failure(CaughtError(SessionError.changing(.training(iteration: 1))))))
    var answered = request
    answered.overwrites = true
    answered.duringChange = choice
    #expect(try store.press(key) == [.engine(.export(answered))])
    store.send(.exportAwaited(path: request.modelPath))
    #expect(store.state.overlays.isEmpty)
    #expect(store.state.status?.text.contains("when what runs is through") == true)
  }

  @Test func aFailedExportLeavesTheDialogToTryAgain() throws {
    var store = try TestStore(Sample.small())
    try store.press("w<enter>")
    store.send(
      .exported(
        .failure(
          CaughtError(
            SessionError.unfit(sentence: "The folder cannot be written.", remedy: "Choose another.")))))
    #expect(store.frame().snapshot.contains("The folder cannot be written."))
    try store.press("<escape>")
    #expect(try store.press("<enter>").count == 1)
  }

  @Test func aThemeIsShownWhileItIsChosenAndTakenBackByEscape() throws {
    var store = try TestStore(Sample.small())
    try store.press("Tj")
    #expect(store.state.theme.name == "paper")
    try store.press("<escape>")
    #expect(store.state.theme.name == "dusk")
    #expect(try store.press("Tj<enter>") == [.saveTheme("paper")])
  }

  @Test func theCommandLineRunsByNameAndByBeginning() throws {
    var store = try TestStore(Sample.small())
    #expect(try store.press(":open-model a/b.onnx<enter>") == [.engine(.open(path: "a/b.onnx"))])
    // The name of the layers' command, with a file behind it.
    #expect(try store.press(":open a/b.onnx<enter>") == [.engine(.open(path: "a/b.onnx"))])
    try store.press("j:amo 30<enter>")
    #expect(store.state.settings.amounts == ["layer1.0.conv1": .percent(30)])
    // What begins several commands runs none, and the list shows what fits.
    try store.press(":s 1<enter>")
    #expect(store.state.status?.text.contains("could be") == true)
    try store.press(":sort mac<tab><enter>")
    #expect(store.state.layers.sort == .macs)
    try store.press(":the<tab> pa<tab><enter>")
    #expect(store.state.theme.name == "paper")
  }

  @Test func aShapeThatTheFileLeavesOpenStandsBehindItsName() throws {
    var store = try TestStore(Sample.small())
    #expect(
      try store.press(":open net-symbol.json data=1x3x8x8<enter>")
        == [.engine(.open(path: "net-symbol.json", inputShapes: ["data": [1, 3, 8, 8]]))])
    #expect(
      try store.press(":open my net.params 1x3x224x224<enter>")
        == [.engine(.open(path: "my net.params", inputShapes: ["": [1, 3, 224, 224]]))])
    #expect(
      try store.press(":open pair a=1x4 b=1x2x2<enter>")
        == [.engine(.open(path: "pair", inputShapes: ["a": [1, 4], "b": [1, 2, 2]]))])
    #expect(try store.press(":open year 2024<enter>") == [.engine(.open(path: "year 2024"))])
    // The dialog has a field for it.
    try store.press("<ctrl-o>net")
    #expect(try store.press("<tab>").isEmpty == false)
    store.send(.pathsCompleted(prefix: "net", candidates: ["net"]))
    try store.press("1x3x0<enter>")
    #expect(store.frame().snapshot.contains("Write it like 1x3x224x224"))
    try store.press("<ctrl-u>data=1x3x8x8")
    #expect(try store.press("<enter>") == [.engine(.open(path: "net", inputShapes: ["data": [1, 3, 8, 8]]))])
  }

  /// Escape leaves a dialog, and not what was typed into it.
  @Test func whatWasTypedStaysAfterEscape() throws {
    var store = try TestStore(Sample.small())
    try store.press("dphotos<tab>")
    store.send(.pathsCompleted(prefix: "photos", candidates: ["photos"]))
    try store.press("<escape>d")
    guard let dialog = store.state.overlays.last as? DataDialog else {
      Issue.record("the dialog is gone")
      return
    }
    #expect(dialog.form.text(of: "path") == "photos")
    // It is selected: typing begins anew.
    try store.press("x")
    #expect((store.state.overlays.last as? DataDialog)?.form.text(of: "path") == "x")
  }

  /// The rows of a small screen are enough for the settings: the frame of the pane stays, and the focus is in sight.
  @Test(arguments: [(80, 24), (80, 14), (60, 12), (40, 10)]) func formsScroll(width: Int, height: Int) throws
  {
    var store = try TestStore(Sample.small(), width: width, height: height)
    try store.press(",")
    for setting in 0..<9 {
      let lines = store.frame().lines
      if width > 60 { #expect(lines[height - 1].contains("keep"), "the keys are gone") }
      #expect(lines.contains { $0.contains("Keep") }, "the buttons are gone")
      guard let dialog = store.state.overlays.last as? SettingsDialog else {
        Issue.record("the dialog is gone")
        return
      }
      #expect(lines.contains { $0.contains(dialog.form.fields[setting].label) }, "\(setting) is out of sight")
      try store.press("<down>")
    }
    if height == 24 { #expect(store.frame().lines[21].hasPrefix("└─"), "the pane's frame is covered") }
  }

  @Test func everyCommandRunsByItsName() throws {
    for command in Command.all {
      var store = try TestStore(Sample.small())
      store.send(.command(id: command.id))
      _ = store.frame()
      #expect(store.state.status?.text.hasPrefix("There is no command") != true)
    }
  }
}
