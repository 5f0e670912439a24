import Compute
import Datasets
import Graph
import Pruning
import Training

/// Moves all weights of a pruned network towards what brings its outputs close to the original's (Hinton, Vinyals and Dean
/// 2015), and what layers read towards what the original's layers read: a fit of one layer after another does not see what layers
/// make of each other's errors.
///
/// Labels are not looked at. A quarter of the examples is not learned from and decides: which of a few rates is taken, which
/// pass is kept, and whether anything is. A refit that saw them too would have the better of every comparison, so what is
/// walked from is a refit of its own, without them.
///
/// Some networks gain by every step, others by none. So it goes in rounds, each twice as long as the one before and from the
/// best that there is (Loshchilov and Hutter 2017), and ends with one that brought little.
final class OutputDistillation: RecoveryWork {
  private(set) var network: Network
  private(set) var layers = 0
  /// Steps of the refit that is walked from, and those of the walk.
  var progress: (done: Int, total: Int) {
    let (done, total) = refitProgress
    return (done + stepsDone, total + stepsInAll)
  }

  /// Rates of Adam that are tried: what a refit brought close wants a low one, and what is far off a high one.
  private static let rates = [3e-4, 1e-3, 3e-3]
  /// Rounds at most, the steps that make one worth its while, and how much less is lost after one that another follows.
  private static let (mostRounds, tellingSteps, leastGain) = (4, 240, 0.03)
  /// The most that each trial of a rate has, as shares of the first round and of all of them.
  private static let (shareOfRound, shareOfAll) = (0.25, 0.05)
  /// Steps of the shortest trial, and of the least walk that is worth beginning with.
  private static let (leastTrial, leastSteps) = (24, 96)
  /// What a pass may take, as `BoundNetwork.workload` counts it: the usual passes are two or three minutes on two cores.
  private static let operationsPerPass = 7e12 / Double(RecoverySettings.usualPasses)
  /// The share of a step's work that comparing features may take, the work of looking at one of their elements, and elements
  /// at most, for they take memory.
  private static let (shareOfFeatures, workOfElement, mostElements) = (0.2, 60.0, Double(1 << 25))
  /// What is held out is looked at so often in a round, and not more often than once a pass.
  private static let looks = 30
  /// The share of the steps in which the rate rises.
  private static let warmUp = 0.1

  private let calibration: CalibrationSet
  private let change: OutputChange
  private let subject: RecoverySubject
  /// `nil` where examples are learned from as they are.
  private let mixture: ExampleMixture?
  private let learned: [BatchFeed.Values]
  private let held: [BatchFeed.Values]
  /// Elements of features that are looked at in a step.
  private let featureElements: Int
  /// Steps of each trial and of each round.
  private let trialSteps: Int
  private let rounds: [Int]
  /// The refit that is walked from, while it is at work.
  private var refit: LeastSquaresRefit?
  private var refitProgress = (done: 0, total: 0)
  private var stepsDone = 0
  private let stepsInAll: Int
  private var walk: Walk?

  /// What is walked, and from where.
  private struct Walk {
    let network: Network
    let features: FeatureDistance
    let featureWeights: FeatureDistance.Weights
    let teacher: PlanCache
    let trainer: Trainer
    let start: Trainer.Weights
  }

  private var references: [OutputChange.Reference] = []
  private var lossAtStart = 0.0
  private var attempt: Attempt?
  private var tried: [(rate: Double, loss: Double)] = []
  private var best: (loss: Double, weights: Trainer.Weights)?

  /// Some steps at a rate, which rises and falls.
  private struct Attempt {
    let rate: Double
    let steps: Int
    /// The round that it is, from 0; `nil` for one that only finds out what the rate is worth.
    let round: Int?
    /// What was lost where it began.
    let lossBefore: Double
    var done = 0
    var best = Double.infinity
    var order: [Int] = []
    var random: SeededGenerator

    init(rate: Double, steps: Int, round: Int? = nil, lossBefore: Double = .infinity) {
      (self.rate, self.steps, self.round, self.lossBefore) = (rate, steps, round, lossBefore)
      random = SeededGenerator(seed: UInt64(round ?? 0))
    }
  }

  /// - Parameter unfitted: `pruned` before it was refitted; `nil` where it was not.
  init(_ subject: RecoverySubject, _ pruned: OpenNetwork, unfitted: Network?, dataset: Dataset) throws {
    network = pruned.network
    self.subject = subject
    calibration = subject.calibration
    change = try OutputChange(subject.original, dataset: dataset, comparing: pruned)
    mixture = ExampleMixture(subject.original, shapes: calibration.inputShapes)
    let batches = calibration.batches
    let size = batches.map(\.count).max() ?? 0
    let whole = batches.indices.filter { batches[$0].count == size }
    let heldCount = whole.count / 4 + (whole.count % 4 == 0 ? 0 : 1)
    let heldNumbers = whole.suffix(heldCount)
    learned = whole.dropLast(heldCount).map { batches[$0] }
    held = heldNumbers.map { batches[$0] }
    let cost = subject.original.bound.workload + 3 * pruned.bound.workload
    featureElements = Int(
      cut: min(Self.mostElements, Self.shareOfFeatures * cost * Double(size) / Self.workOfElement))
    let passes = Double(subject.settings.passes)
    let affordable = passes * Self.operationsPerPass / max(1, cost * Double(size))
    let count = Int(cut: min(passes * Double(learned.count), affordable))
    let isWorthIt = count >= Self.leastSteps && !learned.isEmpty && !change.values.isEmpty
    rounds = isWorthIt ? Self.rounds(of: count) : []
    let trial = min(
      Self.shareOfRound * Double(rounds.first ?? 0), Self.shareOfAll * Double(rounds.reduce(0, +)))
    trialSteps = max(Self.leastTrial, Int(cut: trial))
    attempt = isWorthIt ? Attempt(rate: Self.rates[0], steps: trialSteps) : nil
    if isWorthIt, let unfitted {
      refit = try LeastSquaresRefit(subject.seeing(calibration.without(heldNumbers)), unfitted)
    }
    stepsInAll = isWorthIt ? rounds.reduce(Self.rates.count * trialSteps, +) : 0
    refitProgress.total = refit?.progress.total ?? 0
  }

  /// Rounds of so many steps in all, each twice as long as the one before it.
  static func rounds(of steps: Int) -> [Int] {
    let count = (1...mostRounds).last { steps / ((1 << $0) - 1) >= tellingSteps } ?? 1
    return (0..<count).map { (steps / ((1 << count) - 1)) << $0 }
  }

  /// A walk from a network that compares features of so many elements; `nil` where no gradient or no memory is there for it.
  private func walk(from network: Network, featureElements: Int) throws -> Walk? {
    var options = calibration.options
    options.dropsOut = false
    let examples = held[0].count
    let features = FeatureDistance(
      try calibration.bound(network, examples: examples),
      original: try calibration.bound(subject.original.network, examples: examples), kept: subject.kept,
      elementsAtMost: featureElements)
    let compared = change.values + features.values.filter { !change.values.contains($0) }
    do {
      let trainer = try Trainer(
        network.freeingBatch() ?? network, outputs: compared,
        inputShapes: calibration.inputShapes.mapValues { $0.shape(examples: examples) },
        optimizer: OptimizerSettings(.adam, weightDecay: 0), clip: 5, freezesNormalization: true,
        options: options)
      let teacher = calibration.plans(of: subject.original.network, outputs: compared)
      return Walk(
        network: network, features: features, featureWeights: try features.weights(teacher.forward(held[0])),
        teacher: teacher, trainer: trainer, start: try trainer.weights())
    } catch TrainingError.nothingToTrain {
      return nil
    } catch ComputeError.noGradient, ComputeError.overBudget {
      return nil
    }
  }

  func step() throws -> Bool {
    guard var attempt else { return false }
    if let refit {
      let goesOn = try refit.step()
      refitProgress = refit.progress
      if goesOn { return true }
      self.refit = nil
      try begin(at: refit.network)
      return walk != nil
    }
    if walk == nil { try begin(at: network) }
    guard let walk else { return false }
    let trainer = walk.trainer
    try learn(&attempt, walk)
    stepsDone += 1
    if attempt.done % max(learned.count, attempt.steps / Self.looks) == 0 || attempt.done == attempt.steps {
      let loss = try heldLoss(trainer)
      attempt.best = min(attempt.best, loss)
      if loss < best?.loss ?? .infinity { best = (loss, try trainer.weights()) }
    }
    self.attempt = attempt
    guard attempt.done == attempt.steps else { return true }
    if attempt.round == nil { tried.append((attempt.rate, attempt.best)) }
    self.attempt = next(after: attempt)
    guard let following = self.attempt, let start = following.round == nil ? walk.start : best?.weights
    else {
      stepsDone = stepsInAll
      finish()
      return false
    }
    _ = try trainer.restore(Trainer.State(weights: start, optimizer: OptimizerState(), penalties: []))
    return true
  }

  /// Measures where the walk begins. Without memory for features outputs alone are compared.
  private func begin(at network: Network) throws {
    guard
      let walk = try walk(from: network, featureElements: featureElements)
        ?? walk(from: network, featureElements: 0)
    else {
      attempt = nil
      return
    }
    references = try held.map { try reference(try walk.teacher.forward($0), examples: $0.count) }
    lossAtStart = try heldLoss(walk.trainer)
    best = (lossAtStart, walk.start)
    self.walk = walk
  }

  /// The trial of the next rate, or a round with the best one; the first also where no trial brought something, for more steps
  /// go further. `nil` where all is done.
  private func next(after attempt: Attempt) -> Attempt? {
    if attempt.round == nil, tried.count < Self.rates.count {
      return Attempt(rate: Self.rates[tried.count], steps: trialSteps)
    }
    let round = attempt.round.map { $0 + 1 } ?? 0
    guard let found = tried.min(by: { $0.loss < $1.loss }), let best, rounds.indices.contains(round),
      round == 0 || best.loss < (1 - Self.leastGain) * attempt.lossBefore
    else { return nil }
    return Attempt(rate: found.rate, steps: rounds[round], round: round, lossBefore: best.loss)
  }

  func settle() -> Bool {
    guard best != nil else { return false }
    finish()
    return true
  }

  /// Takes over the best weights.
  private func finish() {
    guard let best, let walk, best.loss < lossAtStart else { return }
    network = walk.trainer.weights(best.weights, in: walk.network)
    layers = network.nodes.count { node in
      node.inputs.contains { input in
        input.map { best.weights.elements[$0] != walk.start.elements[$0] } ?? false
      }
    }
  }

  private func reference(_ plan: ExecutionPlan, examples: Int) throws -> OutputChange.Reference {
    change.reference(try change.outputs(of: plan), examples: examples)
  }

  /// What is lost on the examples that are not learned from.
  private func heldLoss(_ trainer: Trainer) throws -> Double {
    var sum = 0.0
    for (batch, reference) in zip(held, references) {
      try trainer.forward(batch.values)
      sum += change.loss(try change.outputs(of: trainer.plan), reference)
    }
    return sum / Double(held.count)
  }

  /// One step of the optimiser.
  private func learn(_ attempt: inout Attempt, _ walk: Walk) throws {
    let position = attempt.done % learned.count
    if position == 0 { attempt.order = attempt.random.permutation(of: learned.count) }
    var batch = learned[attempt.order[position]]
    if let mixture {
      let other = learned[Int(attempt.random.next() % UInt64(learned.count))]
      batch = mixture.mixed(batch, with: other, &attempt.random)
    }
    let original = try walk.teacher.forward(batch)
    let wanted = try reference(original, examples: batch.count)
    try walk.trainer.forward(batch.values)
    let plan = walk.trainer.plan
    let outputs = try change.outputs(of: plan)
    // A network that kept little comes closer in its outputs than in what its layers read, which would decide alone.
    let features = try walk.features.gradients(
      plan, original: original, walk.featureWeights, countingAtMost: change.loss(outputs, wanted))
    let gradients = change.gradients(outputs, wanted).merging(features) { zip($0, $1).map { $0 + $1 } }
    let schedule = LearningRateSchedule(warmUp: Self.warmUp * Double(attempt.steps))
    let factor = schedule.factor(at: Double(attempt.done), of: Double(attempt.steps))
    _ = try walk.trainer.update(gradients, rate: attempt.rate * factor)
    attempt.done += 1
  }
}
