import Testing
import Training

@Suite struct ValidationWatchTests {
  private func observe(_ accuracies: [Double?], losses: [Double], patience: Int?) -> (ValidationWatch, [Bool])
  {
    var watch = ValidationWatch(patience: patience)
    var stops: [Bool] = []
    for (epoch, (accuracy, loss)) in zip(accuracies, losses).enumerated() {
      _ = watch.observe(.init(epoch: epoch, loss: loss, accuracy: accuracy))
      stops.append(watch.isOver)
    }
    return (watch, stops)
  }

  @Test func accuracyDecidesThenLoss() {
    let (watch, _) = observe([0.5, 0.7, 0.7, 0.6], losses: [1, 0.9, 0.8, 0.1], patience: nil)
    #expect(watch.best?.epoch == 2)
    let (byLoss, _) = observe([nil, nil, nil], losses: [1, 0.4, 0.5], patience: nil)
    #expect(byLoss.best?.epoch == 1)
  }

  @Test func patienceEndsBehindEpochsWithoutABetterOne() {
    let (watch, stops) = observe(
      [0.5, 0.6, 0.6, 0.55, 0.59], losses: [1, 1, 1, 1, 1], patience: 3)
    #expect(stops == [false, false, false, false, true])
    #expect(watch.best?.epoch == 1)
    #expect(!observe([0.5, 0.4, 0.4, 0.4], losses: [1, 1, 1, 1], patience: nil).1.contains(true))
  }

  @Test func whatIsNotANumberIsNeverBetter() {
    let (watch, _) = observe([0.5, 0.9], losses: [1, .nan], patience: nil)
    #expect(watch.best?.epoch == 0)
    let (later, _) = observe([nil, nil], losses: [.nan, 5], patience: nil)
    #expect(later.best?.epoch == 1)
  }
}
