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
    // Nothing changes yet, and there is one iteration: these panes leave their room to the others.
    try store.press("<tab>")
    #expect(store.state.focus == .kernels)
    try store.press("<tab>")
    #expect(store.state.focus == .layers)
    try store.press("j]]")
    _ = store.frame()
    for _ in 0..<3 {
      seen.append(store.state.focus)
      try store.press("<tab>")
    }
    #expect(seen == [.layers, .kernels, .shapes])
    #expect(store.state.focus == .layers)
  }

  @Test func emptyPanesLeaveTheirRoom() throws {
    var store = try TestStore(Sample.small(), width: 140, height: 40)
    #expect(store.state.layout.panes.map(\.screen) == [.layers, .kernels])
    // One that is asked for is shown, whatever is in it.
    try store.press("g4")
    #expect(store.state.layout.panes.map(\.screen) == [.layers, .kernels, .iterations])
    try store.press("g1]]")
    _ = store.frame()
    #expect(store.state.layout.panes.map(\.screen) == [.layers, .kernels, .shapes])
  }

  @Test func arrangementsGoRound() throws {
    var store = try TestStore(Sample.small(), width: 140, height: 40)
    var seen: [[Screen]] = []
    for _ in Arrangement.allCases {
      try store.press("<ctrl-w>")
      seen.append(store.state.layout.panes.map(\.screen))
    }
    #expect(
      seen == [
        [.layers, .kernels], [.layers, .shapes], [.layers, .sensitivity], [.layers, .train],
        [.layers, .iterations], [.layers], [.layers, .kernels],
      ])
    #expect(store.state.arrangement == .automatic)
    try store.press(":layout train<enter>g7")
    #expect(store.state.layout.panes.map(\.screen) == [.layers, .train])
    // Others have the whole body, as they have without.
    try store.press("g5")
    #expect(store.state.layout.panes.map(\.screen) == [.log])
    try store.press(":layout nothing<enter>")
    #expect(store.state.status?.text.contains("automatic, kernels") == true)
  }

  /// The layout of the last use is there again, borders included.
  @Test func theLayoutIsRemembered() throws {
    var store = try TestStore(Sample.small(), width: 140, height: 40)
    #expect(try store.press("jj") == [])
    var saved: [KeptLayout] = []
    for keys in [":layout shapes<enter>", ">"] {
      for case .saveLayout(let layout) in try store.press(keys) { saved.append(layout) }
      _ = store.frame()
    }
    #expect(saved.map(\.text) == ["shapes 0 0", "shapes 4 0"])
    var next = try TestStore(Sample.small(), width: 140, height: 40)
    next.state.adopt(try #require(KeptLayout(saved[1].text)))
    _ = next.frame()
    #expect(next.state.layout == store.state.layout)
    #expect(try next.press("j") == [])
    for text in [
      "", "shapes", "shapes 4", "nothing 4 0", "shapes x 0", "shapes 4 99999999", "shapes 4 \(Int.min)",
    ] {
      #expect(KeptLayout(text) == nil)
    }
  }

  /// Where there is no room beside the layers, the other pane stands below them.
  @Test func aNarrowTerminalStacksPanes() throws {
    var store = try TestStore(Sample.small())
    try store.press("<ctrl-w>")
    let panes = store.state.layout.panes
    #expect(panes.map(\.screen) == [.layers, .kernels])
    #expect(panes.allSatisfy { $0.frame.width == 80 } && panes[0].frame.endY == panes[1].frame.y)
    _ = store.frame()
    let before = panes[0].frame.height
    try store.press("2>")
    #expect(store.state.layout.panes[0].frame.height == before + 2)
    try store.press("99<")
    #expect(store.state.layout.panes[0].frame.height >= 5)
    store.send(.terminal(.resize(width: 80, height: 12)))
    #expect(store.state.layout.panes.map(\.screen) == [.layers])
  }

  @Test func bordersAreMovedByKeysAndDragged() throws {
    var store = try TestStore(Sample.small(), width: 140, height: 40)
    let border = store.state.layout.panes[1].frame.x
    try store.press("<")
    #expect(store.state.layout.panes[1].frame.x == border - 4)
    try store.press("3>")
    #expect(store.state.layout.panes[1].frame.x == border + 8)
    store.send(.terminal(.mouse(.init(.press, x: border + 8, y: 10))))
    store.send(.terminal(.mouse(.init(.release, x: border - 12, y: 11))))
    #expect(store.state.layout.panes[1].frame.x == border - 12)
    // Both sides keep something.
    store.send(.terminal(.mouse(.init(.press, x: border - 12, y: 10))))
    store.send(.terminal(.mouse(.init(.release, x: 0, y: 10))))
    #expect(store.state.layout.panes[0].frame.width == 32)
    // A button that is let go elsewhere does nothing.
    let state = store.state
    store.send(.terminal(.mouse(.init(.release, x: 70, y: 10))))
    #expect(store.state == state)
    try store.press("m<")
    #expect(store.state.status?.text.contains("one pane") == true)
  }
}
