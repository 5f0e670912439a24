import Pruning
import ScreenSamples
import Screens
import SessionModel
import TerminalUI
import Testing

/// The line that takes a newcomer round.
@Suite struct TourTests {
  /// From the scores to the file, and at no width is a line cut off.
  @Test func eachStepSaysTheNext() throws {
    let snapshot = try Sample.small()
    var store = TestStore(snapshot)
    #expect(Tour.sentence(store.state) == nil)
    try store.press(":tour<enter>")
    func says(_ step: Int, _ text: String) {
      let sentence = Tour.sentence(store.state) ?? ""
      #expect(sentence.hasPrefix("\(step) of 5") && sentence.contains(text), "\(sentence)")
      #expect(sentence.count <= 78, "\(sentence)")
    }
    says(1, "t sets what may remain")
    try store.press("j]")
    says(2, "P prunes")
    var pruned = snapshot
    pruned.iterations.append(
      IterationSummary(id: 1, parent: 0, origin: "pruned by l2", parameters: 10, multiplyAccumulates: 10))
    pruned.currentIteration = 1
    store.send(.engineReported(pruned))
    says(3, "b wins back")
    pruned.iterations[1].changes = [.recovery([.refit])]
    store.send(.engineReported(pruned))
    says(4, "w writes")
    pruned.iterations[1].writtenRevision = 1
    store.send(.engineReported(pruned))
    says(5, "u goes back")
    try store.press("k")
    #expect(store.frame().snapshot.contains("5 of 5"))
    try store.press(":tour<enter>")
    #expect(Tour.sentence(store.state) == nil && store.state.status?.text.contains(":tour") == true)
  }
}
