import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing
import Training

/// What runs and stands in line: as lines and in the header, and how it is changed.
@Suite struct JobsTests {
  private func store(
    width: Int = 80, height: Int = 24, _ change: (inout SessionSnapshot) -> Void = { _ in }
  ) throws -> TestStore {
    var snapshot = SampleSnapshots.training(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 12_000, version: 2))
    snapshot.jobs = SampleSnapshots.jobs(snapshot)
    change(&snapshot)
    return TestStore(snapshot, width: width, height: height)
  }

  @Test(arguments: [(80, 24), (140, 40), (40, 10), (200, 60)])
  func eachRunHasALine(width: Int, height: Int) throws {
    var store = try store(width: width, height: height)
    try store.press("Q")
    Frames.expect(store.frame(), "jobs-\(width)x\(height)")
  }

  @Test func theHeaderSaysWhatStandsInLineAndWhatIsHeld() throws {
    var store = try store(width: 140, height: 40)
    #expect(store.frame().snapshot.contains("+2 in line"))
    store.state.engine.isPaused = true
    #expect(store.frame().snapshot.contains("held"))
  }

  @Test func ofManyStepsTheHeaderSaysWhichAndHowLongAll() throws {
    var store = try store(width: 140, height: 40) {
      $0.isIterating = true
      $0.jobs[0] = Job(
        title: "pruning step by step", position: "step 2 of 4, epoch 2 of 3", activity: $0.activity,
        standing: .running, secondsLeft: 1234)
    }
    let frame = store.frame().snapshot
    #expect(frame.contains("step 2 of 4, epoch 2 of 3") && frame.contains("ETA 20m 34s"))
  }

  // MARK: Keys

  @Test func aSecondRunStandsInLine() throws {
    var store = try store()
    // A dialog opens though a training runs, and no question comes whether that may end.
    let effects = try store.press("F<enter>")
    #expect(effects.count == 1)
    guard case .train(let request)? = effects.first else {
      Issue.record("nothing is trained")
      return
    }
    store.send(.trainingAnswered(TrainingAnswer(request)))
    #expect(store.state.overlays.isEmpty && store.state.status?.text.contains("stands in line") == true)
    #expect(try store.press("E") == [.engine(.enqueue(.evaluate))])
    // The program hands commands over as the state says.
    let training = EngineCommand.train(TrainingSettings(epochs: 1), teacher: nil)
    #expect(store.state.standingInLine(training) == .enqueue(training))
    store.state.engine.training = nil
    store.state.engine.activity = nil
    #expect(store.state.standingInLine(training) == training)
  }

  @Test func theLineIsChangedByKeys() throws {
    var store = try store()
    try store.press("Q")
    #expect(try store.press("x").isEmpty, "what runs is not taken out")
    #expect(store.state.status?.text.contains("stands in line") == true)
    #expect(try store.press("jjJ") == [.engine(.moveQueued(7, by: 1))])
    #expect(try store.press("J").isEmpty, "the last one stays the last")
    store.state.engine.jobs.swapAt(2, 3)
    #expect(try store.press("K") == [.engine(.moveQueued(7, by: -1))])
    #expect(try store.press("x") == [.engine(.dequeue(8))])
    #expect(try store.press("<space>") == [.engine(.pause(true))])
    store.state.engine.isPaused = true
    #expect(try store.press("<space>") == [.engine(.pause(false))])
    try store.press("<escape>")
    #expect(store.state.overlays.isEmpty)
  }

  @Test func leavingSaysWhatWouldBeForgotten() throws {
    var store = try store {
      $0.training = nil
      $0.activity = nil
      $0.folder = "kept"
      $0.jobs.removeFirst(2)
    }
    try store.press("q")
    #expect(store.frame().snapshot.contains("2 runs stand in line"))
  }

  @Test func aScriptRepeatsWhatStoodInLine() throws {
    var store = try store()
    try store.press("E")
    #expect(store.state.record.last?.words == "evaluate")
  }
}
