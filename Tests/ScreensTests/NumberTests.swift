import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Numbers stand whole, and alike in a column.
@Suite struct NumberTests {
  @Test func aColumnHasOnePowerOfTen() {
    let small = Quantity.Column(largest: 4.12e-2)
    #expect(small.suffix == " e-2" && small.text(4.12e-2) == "4.12" && small.text(1.9e-3) == "0.19")
    #expect(small.text(1e-9) == "<0.01" && small.text(0) == "0.00" && small.text(.nan) == "—")
    #expect(
      Quantity.Column(largest: 0.63).suffix.isEmpty && Quantity.Column(largest: 0.63).text(0.1) == "0.100")
    #expect(
      Quantity.Column(largest: 9.996e-3).suffix == " e-2"
        && Quantity.Column(largest: 9.996e-3).text(9.996e-3) == "1.00")
    #expect(
      Quantity.Column(largest: 12_345).suffix == " e4"
        && Quantity.Column(largest: 12_345).text(12_345) == "1.23")
    #expect(
      Quantity.Column(largest: 512).text(512) == "512.0" && Quantity.Column(largest: .infinity).digits == 2)
  }

  /// On every screen, whatever its width: no number ends in an ellipsis.
  @Test func noNumberIsCutAtAnyWidth() throws {
    let scored = SampleSnapshots.tree(
      SampleSnapshots.scoring(try Sample.resNet18(), examples: 12_000, version: 2))
    var store = TestStore(try SampleSnapshots.measured(scored, complete: 9))
    try store.press("a]]]+<escape>")
    for screen in 1...Screen.allCases.count {
      try store.press("g\(screen)")
      for width in 80...240 {
        for height in [24, 40] {
          store.send(.terminal(.resize(width: width, height: height)))
          Frames.expectWholeNumbers(store.frame(), "screen \(screen) at \(width)×\(height)")
        }
      }
    }
    // Modules too.
    try store.press("g1O")
    for width in 80...240 {
      store.send(.terminal(.resize(width: width, height: 40)))
      Frames.expectWholeNumbers(store.frame(), "modules at \(width)")
    }
  }
}
