import ScreenSamples
import Screens
import TerminalUI
import Testing

/// What the terminal is told beside the screen, and when it is asked for attention.
@Suite struct NoticeBoardTests {
  private func store() throws -> TestStore {
    var snapshot = SampleSnapshots.training(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 12_000, version: 2))
    snapshot.jobs = SampleSnapshots.jobs(snapshot)
    return TestStore(snapshot)
  }

  @Test func titleAndProgressFollowTheJob() throws {
    var board = NoticeBoard()
    let store = try store()
    let notices = board.take(store.state)
    #expect(notices.contains(.progress(0.46)))
    #expect(
      notices.contains(
        .title("46% training of iteration 0 epoch 2 of 3 · resnet18.onnx · secateur")))
    #expect(board.take(store.state).isEmpty, "what is known is not told again")
    var idle = store.state
    idle.engine.jobs = []
    #expect(board.take(idle) == [.progress(nil), .title("resnet18.onnx · secateur")])
  }

  @Test(arguments: [(true, 40, 0), (false, 40, 1), (nil, 40, 1), (false, 5, 0)])
  func attentionIsAskedForWhenALongRunEndsUnseen(hasFocus: Bool?, seconds: Int, count: Int) throws {
    var board = NoticeBoard()
    let store = try store()
    let begin = ContinuousClock.now
    if let hasFocus { board.note(.focus(hasFocus)) }
    _ = board.take(store.state, at: begin)
    var later = store.state
    // Another phase of the same job is no end.
    later.engine.jobs[0] = Job(
      title: "training of iteration 0", position: "epoch 3 of 3", activity: later.engine.activity,
      standing: .running)
    let during = board.take(later, at: begin + .seconds(seconds / 2))
    #expect(!during.contains { if case .attention = $0 { true } else { false } })
    later.engine.jobs = []
    let notices = board.take(later, at: begin + .seconds(seconds))
    #expect(notices.count { if case .attention = $0 { true } else { false } } == count)
  }

  @Test func afterAStopTheTitleIsToldAgain() throws {
    var board = NoticeBoard()
    let store = try store()
    let first = board.take(store.state)
    board.note(.signal(.continue))
    #expect(board.take(store.state) == first)
  }

  // MARK: The background

  @Test func theLookGoesWithTheBackgroundUntilOneIsChosen() throws {
    var store = try store()
    #expect(store.state.followsBackground && store.state.theme.name == "dusk")
    store.send(.terminal(.background(isLight: true)))
    #expect(store.state.theme.name == "paper")
    store.send(.terminal(.background(isLight: false)))
    #expect(store.state.theme.name == "dusk")
    #expect(try store.press(":theme dusk<enter>") == [.saveTheme("dusk")])
    store.send(.terminal(.background(isLight: true)))
    #expect(store.state.theme.name == "dusk" && !store.state.followsBackground)
    // One that was chosen before stays, too; one that is not there any more was not.
    let themes = [Theme.builtIn, Theme(name: "paper", looks: [:])]
    #expect(!ProgramState(themes: themes, theme: "dusk").followsBackground)
    #expect(ProgramState(themes: themes, theme: "gone").followsBackground)
  }
}
