import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// What presses and turns of the wheel do beside selecting.
@Suite struct MouseTests {
  @Test func itemsOfTheFooterCanBePressed() throws {
    var store = try TestStore(Sample.small())
    let footer = try #require(store.frame().lines.last)
    let place = try #require(footer.firstRange(of: "t target"))
    let x = footer.distance(from: footer.startIndex, to: place.lowerBound)
    store.send(.terminal(.mouse(.init(.press, x: x, y: 23))))
    #expect(store.state.overlays.last is TargetDialog)
  }

  @Test func theWheelOverAPercentageChangesIt() throws {
    var store = try TestStore(Sample.small())
    let lines = store.frame().lines
    let y = try #require(lines.firstIndex { $0.contains(" layer1.0.conv1 ") })
    let place = try #require(lines[y].firstRange(of: "0%"))
    let x = lines[y].distance(from: lines[y].startIndex, to: place.lowerBound)
    store.send(.terminal(.mouse(.init(.wheelUp, x: x, y: y))))
    #expect(
      store.state.settings.amounts.keys.contains("layer1.0.conv1") && store.layerName == "layer1.0.conv1")
    // Beside it, it scrolls.
    let before = store.state.settings
    store.send(.terminal(.mouse(.init(.wheelUp, x: 4, y: y))))
    #expect(store.state.settings == before)
  }

  @Test func theRightButtonExplains() throws {
    var store = try TestStore(Sample.small())
    let y = try #require(store.frame().lines.firstIndex { $0.contains(" fc ") })
    store.send(.terminal(.mouse(.init(.rightPress, x: 10, y: y))))
    #expect((store.state.overlays.last as? MessageOverlay)?.title == "fc")
  }

  @Test func theCutOfAHistogramIsMoved() throws {
    var store = TestStore(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 37, version: 2), width: 140, height: 40)
    try store.press("j#<right><right><right>")
    #expect(
      store.frame().snapshot.contains("3 of 16 go") && store.frame().snapshot.contains("The cut is at "))
    try store.press("<left><tab><right><right>")
    #expect(store.state.history.pursuit?.target.text == "kernels 98%")
    #expect(store.frame().snapshot.contains("Scores of all kernels that can go"))
    try store.press("<escape>")
  }
}
