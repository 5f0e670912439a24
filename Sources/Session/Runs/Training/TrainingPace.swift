/// How fast a training run is, and how much of it is left.
struct TrainingPace {
  /// What a training batch takes, in batches that are only computed forward.
  static let trainingCost = 3.0

  var seconds = 0.0
  var epochBegan = 0.0
  var done = 0.0
  var total = 1.0
  private(set) var stepSeconds = 1.0
  private var steps = 0

  var share: Double { min(1, done / total) }
  var secondsLeft: Double? { done > 0 ? seconds * max(0, total - done) / done : nil }

  /// Goes on behind what another run has done.
  mutating func goOn(from done: Double, seconds: Double) {
    self.done = done
    self.seconds = seconds
    epochBegan = seconds
  }

  /// The mean over about twenty steps; the first one, which warms up, is soon forgotten.
  mutating func took(_ seconds: Double) {
    steps += 1
    stepSeconds += (seconds - stepSeconds) / Double(min(steps, 20))
  }
}
