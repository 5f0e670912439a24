import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// Scoring that ends by itself, and what could still change of a choice.
@Suite struct SurenessTests {
  /// Scoring in the middle of its examples. Kernels rank by their numbers.
  ///
  /// - Parameter noise: how far examples put a kernel from its mean, where kernels lie a hundredth apart.
  private func scoring(_ examples: Int, noise: Double, version: Int = 3) throws -> SessionSnapshot {
    var snapshot = SampleSnapshots.scoring(try Sample.small(), examples: examples, version: version)
    let groups = try #require(snapshot.structure.value).groups
    var table = ScoreTable(criterion: .taylor)
    for coupled in groups.layers {
      var statistics = KernelStatistics(kernels: coupled.layer.kernels)
      for example in 0..<examples {
        statistics.add(
          (0..<coupled.layer.kernels).map { kernel in
            0.01 * Double(kernel + 1) + ((example + kernel) % 2 == 0 ? noise : -noise)
          })
      }
      table.layers[coupled.layer.name] = statistics
    }
    snapshot.scores = Versioned(table, version: version)
    return snapshot
  }

  private let pause: [Effect] = [.engine(.pauseScoring)]

  @Test func scoringEndsWhenWhatATargetTakesIsSure() throws {
    var store = TestStore(try scoring(64, noise: 1e-5))
    try store.press(":target MACs 50%<enter>")
    #expect(
      store.send(.engineReported(try scoring(400, noise: 1e-5, version: 4))).isEmpty, "too early to tell")
    #expect(store.send(.engineReported(try scoring(520, noise: 1e-5, version: 5))) == pause)
    let text = try #require(store.state.status?.text)
    #expect(text.contains("520 examples are enough") && text.contains("could still change. r goes on."))
    // Who goes on all the same wants all.
    #expect(store.send(.engineReported(try scoring(2000, noise: 1e-5, version: 6))).isEmpty)
    // Another choice is another matter.
    try store.press(":target MACs 40%<enter>")
    #expect(store.send(.engineReported(try scoring(2100, noise: 1e-5, version: 7))) == pause)
  }

  @Test func scoringGoesOnWhileTheChoiceIsNotSure() throws {
    var store = TestStore(try scoring(64, noise: 1))
    try store.press(":target MACs 50%<enter>")
    #expect(store.send(.engineReported(try scoring(600, noise: 1, version: 4))).isEmpty)
  }

  @Test func itIsASettingAndOffWithoutATarget() throws {
    var store = TestStore(try scoring(64, noise: 1e-5))
    try store.press("jj]]")
    #expect(store.send(.engineReported(try scoring(520, noise: 1e-5, version: 4))).isEmpty)
    try store.press(":set until 97%<enter>")
    #expect(store.state.status?.text == "until is 97% now.")
    #expect(store.send(.engineReported(try scoring(530, noise: 1e-5, version: 5))) == pause)
    try store.press(":target MACs 50%<enter>:set until off<enter>")
    #expect(store.send(.engineReported(try scoring(3000, noise: 1e-5, version: 6))).isEmpty)
    // The dialog has it, and Escape takes it back.
    try store.press(",")
    #expect(store.frame().snapshot.contains("Scored until"))
    try store.press("<down><down><down><down><down><down><down><down><ctrl-u>99%<escape>:set until<enter>")
    #expect(store.state.status?.text == "until is off: all examples are scored.")
  }

  @Test func layersSayHowManyOfTheirKernelsCouldChange() throws {
    var store = TestStore(try scoring(520, noise: 0.3))
    try store.press(":set until off<enter>:target MACs 50%<enter>")
    let marks = store.frame().lines.filter { $0.firstMatch(of: #/%\s+\d+≈\d+ /#) != nil }
    #expect(!marks.isEmpty, "behind the kernels that stay")
    store.send(.engineReported(try scoring(520, noise: 1e-6, version: 9)))
    #expect(!store.frame().lines.dropFirst(3).contains { $0.contains("≈") })
  }
}
