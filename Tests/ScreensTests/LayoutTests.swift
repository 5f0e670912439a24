import Graph
import Pruning
import Screens
import TerminalUI
import Testing

@Suite struct LayoutTests {
  private func screens(_ width: Int, _ height: Int, _ focus: Screen, isMaximized: Bool = false) -> [Screen] {
    ScreenLayout(width: width, height: height, focus: focus, isMaximized: isMaximized).panes.map(\.screen)
  }

  @Test func roomDecidesHowManyPanesThereAre() {
    #expect(screens(80, 24, .kernels) == [.kernels])
    #expect(screens(110, 24, .layers) == [.layers, .kernels])
    #expect(screens(110, 24, .shapes) == [.shapes])
    #expect(screens(140, 40, .iterations) == [.layers, .kernels, .shapes, .iterations])
    #expect(screens(140, 40, .log) == [.log])
    #expect(screens(140, 40, .kernels, isMaximized: true) == [.kernels])
  }

  @Test func panesFillTheBodyWithoutOverlap() {
    for width in stride(from: 40, through: 240, by: 7) {
      for height in stride(from: 10, through: 70, by: 5) {
        for focus in Screen.allCases {
          let panes = ScreenLayout(width: width, height: height, focus: focus, isMaximized: false).panes
          #expect(
            panes.reduce(0) { $0 + $1.frame.width * $1.frame.height } == width
              * (height - (height < 20 ? 4 : 5)))
          for (index, pane) in panes.enumerated() {
            for other in panes[(index + 1)...] { #expect(pane.frame.intersection(other.frame).isEmpty) }
          }
        }
      }
    }
  }

  @Test func aTerminalThatIsTooSmallStillQuits() throws {
    var store = try TestStore(Sample.small(), width: 39, height: 9)
    #expect(store.frame().snapshot.contains("too small"))
    #expect(try store.press("+").isEmpty)
    #expect(store.state.settings.amounts.isEmpty)
    #expect(try store.press("q") == [.quit])
  }

  @Test func aTerminalThatIsTooSmallAsksBeforeWorkIsLost() throws {
    var store = try TestStore(Sample.small())
    try store.press("+")
    store.send(.terminal(.resize(width: 39, height: 9)))
    #expect(try store.press("q").isEmpty)
    #expect(store.frame().snapshot.contains("y quits, n stays"))
    #expect(try store.press("n").isEmpty)
    #expect(!store.frame().snapshot.contains("y quits"))
    #expect(try store.press("qy") == [.quit])
  }

  @Test func clicksSelectRowsScreensAndSortColumns() throws {
    var store = try TestStore(Sample.small())
    _ = store.frame()
    // The third row of the pane, behind its frame and its head.
    store.send(.terminal(.mouse(.init(.press, x: 10, y: 7))))
    #expect(store.state.layers.list.selected == 2)
    store.send(.terminal(.mouse(.init(.wheelDown, x: 10, y: 7))))
    _ = store.frame()
    let lines = store.frame().lines
    let x = try #require(Array(lines[4]).firstIndex(of: "K"))
    store.send(.terminal(.mouse(.init(.press, x: x, y: 4))))
    #expect(store.state.layers.sort == .kernels)
    store.send(.terminal(.mouse(.init(.press, x: 26, y: 0))))
    #expect(store.state.focus == .shapes)
  }

  @Test func tabGoesRoundThePanesThatAreShown() throws {
    var store = try TestStore(Sample.small(), width: 140, height: 40)
    var seen: [Screen] = []
    for _ in 0..<4 {
      seen.append(store.state.focus)
      try store.press("<tab>")
    }
    #expect(seen == [.layers, .kernels, .shapes, .iterations])
    #expect(store.state.focus == .layers)
  }
}
