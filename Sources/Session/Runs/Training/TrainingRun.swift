public import Compute
public import Datasets
import Foundation
public import Graph
public import Training

/// Trains a network, a batch a step: it measures the network on the validation data before the first epoch and after
/// each, and keeps the weights of the best. Used on one thread; between any two steps it can be stopped, and what it has
/// found can be read.
///
/// The next batches are read and changed on a thread of their own, in an order that follows from the seed.
public final class TrainingRun: DataRun {
  /// Steps in a row whose loss or gradients are not numbers after which training stops.
  package static let unusableStepLimit = 10

  /// How far the run is and what it has found.
  public private(set) var state: TrainingState
  /// What the run was told.
  public let settings: TrainingSettings
  /// Examples that could not be read, each once.
  public private(set) var skipped: [Batch.Skipped] = []
  /// Constants that look learned and are not trained, with the reasons.
  package var frozen: [TrainableConstants.Frozen] { trainer.constants.frozen }

  private let network: Network
  private let trainer: Trainer
  private let objective: TrainingObjective
  private let feed: BatchFeed
  private let teacher: Teacher?
  private let validation: Validation?
  private var batches: EpochBatches
  /// This rank's part of each batch.
  private let share: BatchShare
  private var watch: ValidationWatch
  private var kept: Trainer.Weights
  private var prefetch: Prefetch<EpochBatches.Item>?
  private var measurement: Measurement?
  private var sums = EpochSums()
  private var unusableInARow = 0
  private var seenSkips: Set<String> = []
  /// Examples that could not be read and are not noted yet.
  private var unread: [Batch.Skipped] = []
  private var pace = TrainingPace()

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - network: what is trained.
  ///   - training: the data to learn from.
  ///   - validation: the data that epochs are compared on; without them the last weights are kept.
  ///   - checkpoint: where another run of the same network and settings was; this one goes on there. One that does not fit
  ///     is passed over.
  ///   - teacher: the network whose outputs are learned from, such as the original of a pruned one.
  /// - Throws: for settings that no run can have, data that do not fit, and operators that cannot be trained through.
  public init(
    _ network: OpenNetwork, settings: TrainingSettings, training: Dataset, validation: Dataset? = nil,
    teacher: OpenNetwork? = nil, continuing checkpoint: TrainingCheckpoint? = nil,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    try settings.validated()
    let objective = try TrainingObjective(network, dataset: training, settings: settings, teacher: teacher)
    if let labelled = objective.labelled {
      try training.requireFit(network, objective: labelled)
      try validation?.requireFit(network, objective: labelled)
    } else {
      try training.requireInputFit(network)
    }
    // Each epoch reads the same pictures again.
    let training = settings.epochs > 1 ? training.keepingExamples() : training
    let feed = try BatchFeed(network, dataset: training)
    let (_, batchSize) = try network.batches(of: Array(0..<training.count), size: settings.batchSize)
    let share = try BatchShare(of: batchSize, fixedBatch: network.fixedBatch, ranks: options.ranks)
    let checkpoint = try share.checkpointOfAll(checkpoint.flatMap { $0.settings == settings ? $0 : nil })
    var batches = EpochBatches(
      training, batchSize: batchSize, epochs: settings.epochs, piece: share.piece)
    var options = options
    options.seed = share.seed(settings.seed)
    let trainer = try Trainer(
      network.batched, outputs: objective.values,
      inputShapes: feed.shapes(examples: share.examples), optimizer: settings.optimizer,
      clip: settings.clip, sparsity: settings.sparsity.map { ($0, network.groups) },
      // One example has no statistics worth keeping.
      freezesNormalization: settings.freezesNormalization || network.fixedBatch == 1, options: options)
    try share.checkStatistics(trainer, areShared: options.sharesStatistics)
    let isContinued = try checkpoint.map { checkpoint in
      try trainer.restore(checkpoint.trainer)
    }
    if let checkpoint, isContinued == true {
      batches = EpochBatches(
        training, batchSize: batchSize, epochs: settings.epochs, from: checkpoint.state.history.count,
        piece: share.piece)
    }
    self.network = network.network
    self.trainer = trainer
    self.objective = objective
    self.feed = feed
    self.settings = settings
    self.batches = batches
    self.share = share
    self.teacher = try teacher.map { teacher in
      try Teacher(teacher, dataset: training, values: objective.teacherValues, options: options)
    }
    self.validation = validation.map {
      Validation(
        network, dataset: $0.keepingExamples(), batchSize: batchSize, objective, trainer, feed, options)
    }
    watch = ValidationWatch(patience: settings.patience)
    kept = try trainer.weights()
    state = TrainingState(epochs: settings.epochs, stepsPerEpoch: batches.batchesPerEpoch)
    let epochSteps = Double(state.stepsPerEpoch) * TrainingPace.trainingCost
    let validationSteps = Double(self.validation?.batchCount ?? 0)
    pace.total = Double(settings.epochs) * (epochSteps + validationSteps) + validationSteps
    if let checkpoint, isContinued == true {
      go(on: checkpoint)
    } else if self.validation == nil {
      beginEpoch()
    }
  }

  /// How far the run is, in examples trained on.
  public var progress: RunProgress {
    let epochsDone = max(0, state.epoch - 1) * state.stepsPerEpoch
    return RunProgress(
      done: (epochsDone + state.step) * batches.batchSize,
      total: state.epochs * state.stepsPerEpoch * batches.batchSize, seconds: pace.seconds, share: pace.share)
  }

  /// Trains or validates on one more batch; `false` when the run is over.
  public func step() throws -> Bool {
    let started = ContinuousClock.now
    defer {
      pace.seconds += (ContinuousClock.now - started) / .seconds(1)
      state.secondsLeft = pace.secondsLeft
    }
    switch state.phase {
    case .finished: return false
    case .measuring, .validating: try validateBatch()
    case .training:
      try trainBatch()
      pace.took((ContinuousClock.now - started) / .seconds(1))
      state.examplesPerSecond = Double(batches.batchSize) / pace.stepSeconds
    }
    return state.stopReason == nil
  }

  /// Ends the run between two steps; the best weights so far are kept.
  public func stop() {
    if state.stopReason == nil { finish(.stopped) }
  }

  /// The network with the weights that are kept: those of the best validation, or without validation data the last ones.
  public func trained() throws -> Network {
    guard validation == nil, state.stopReason != .notFinite else { return trainer.weights(kept, in: network) }
    return trainer.weights(try trainer.weights(), in: network)
  }

  /// Whether the weights that are kept are others than those the network came with.
  package var hasLearned: Bool {
    if validation != nil { return (state.best?.epoch ?? 0) > 0 }
    // Where the end was bad, those of the last whole epoch are kept.
    return state.stopReason == .notFinite ? !state.history.isEmpty : !state.losses.isEmpty
  }

  // MARK: Checkpoints

  /// Where the run was when the newest epoch was over; `nil` before that, and when the run is over.
  ///
  /// Weights are copied: one a call.
  public func checkpoint() throws -> TrainingCheckpoint? {
    guard state.stopReason == nil, state.phase == .training, state.step == 0, !state.history.isEmpty else {
      return nil
    }
    return try position()
  }

  /// Where the run is now that it is over: one that continues it is over too, and has found the same.
  func ending() throws -> TrainingCheckpoint {
    precondition(state.stopReason != nil, "it is over")
    return try position()
  }

  private func position() throws -> TrainingCheckpoint {
    TrainingCheckpoint(
      settings: settings, state: state, watch: watch, trainer: try trainer.state(), kept: kept)
  }

  // MARK: Schedules

  /// Takes the place of a run of the same data and settings whose network was larger, at the beginning of an epoch: what
  /// that one had found and where it was stay, the weights are those that this run was made with.
  ///
  /// - Parameter optimizer: what the other's optimiser had gathered, cut to this network; what does not fit it is
  ///   forgotten.
  package func follow(_ other: TrainingRun, optimizer: OptimizerState) throws {
    state = other.state
    watch = other.watch
    pace = other.pace
    batches = EpochBatches(
      batches.dataset, batchSize: batches.batchSize, epochs: batches.epochs, from: state.history.count,
      piece: share.piece)
    let lengths = kept.elements.mapValues(\.count)
    let fitting = OptimizerState(
      vectors: optimizer.vectors.filter { parameter, vectors in
        vectors.allSatisfy { $0.count == lengths[parameter] }
      }, steps: optimizer.steps.filter { lengths[$0.key] != nil })
    _ = try trainer.restore(Trainer.State(weights: try trainer.weights(), optimizer: fitting, penalties: []))
    other.stop()
  }

  /// Holds elements of parameters at zero, always or while a batch is computed, and adds penalties on single parameters,
  /// from the next step on.
  package func constrain(
    masks: [ValueID: WeightMask], forward: [ValueID: ForwardMask] = [:], penalties: [WeightPenalty]
  ) throws {
    trainer.setPenalties(penalties)
    try trainer.setMasks(masks, forward: forward)
  }

  /// A parameter's elements as they are now, in C order.
  package func elements(of parameter: ValueID) throws -> [Float] {
    try trainer.plan.parameter(parameter)
  }

  /// Whether a constant changes: is trained, or follows the batches.
  package func changes(_ constant: ValueID) -> Bool {
    trains(constant) || trainer.constants.statistics.contains(constant)
  }

  /// Whether a constant is trained.
  package func trains(_ constant: ValueID) -> Bool { trainer.constants.parameters.contains(constant) }

  /// The network with the weights as they are now, whatever was best.
  package func current() throws -> Network {
    trainer.weights(try trainer.weights(), in: network)
  }

  /// What the optimiser has gathered.
  package func optimizerState() throws -> OptimizerState {
    try trainer.state().optimizer
  }

  private func go(on checkpoint: TrainingCheckpoint) {
    state = checkpoint.state
    watch = checkpoint.watch
    kept = checkpoint.kept
    let validationSteps = Double(validation?.batchCount ?? 0)
    let epochSteps = Double(state.stepsPerEpoch) * TrainingPace.trainingCost + validationSteps
    pace.goOn(
      from: validationSteps + Double(state.history.count) * epochSteps,
      seconds: state.history.reduce(0) { $0 + $1.seconds })
  }

  // MARK: Training

  private func trainBatch() throws {
    guard let item = try nextBatch() else { return finish(.completed) }
    unread += item.batch.skipped
    if share.piece == nil { noteUnread(unread) }
    let position = Double(item.epoch) + Double(state.step) / Double(state.stepsPerEpoch)
    state.rate = settings.rate * settings.schedule.factor(at: position, of: Double(settings.epochs))
    let feeds = feed.inputs(item.batch)
    try trainer.forward(feeds)
    let teacherPlan = try teacher?.answer(item.batch)
    let found = try objective.evaluate(
      trainer.plan, teacher: teacherPlan, batch: item.batch, smooths: true)
    let whole = try share.sum(MeasuredBatch(found, examples: item.batch.count))
    let loss = whole.lossSum / Double(whole.examples)
    state.step += 1
    pace.done += TrainingPace.trainingCost
    if try move(found, loss: loss, examples: whole.examples) {
      unusableInARow = 0
      state.lastLoss = loss
      state.losses.append(loss)
      sums.add(loss, whole)
      state.loss = sums.loss
      state.accuracy = objective.labelled?.loss == .crossEntropy ? sums.accuracy : nil
    } else {
      state.skippedSteps += 1
      unusableInARow += 1
      if unusableInARow >= Self.unusableStepLimit { return finish(.notFinite) }
    }
    if item.endsEpoch { try endTraining() }
  }

  /// Moves the parameters; false where loss or gradients are not numbers, and everything is as before the batch.
  private func move(
    _ found: Objective.Evaluation, loss: Double, examples: Int
  ) throws -> Bool {
    guard loss.isFinite else {
      try trainer.skip()
      return false
    }
    let share = 1 / Float(examples)
    let gradients = found.gradients.mapValues { $0.map { $0 * share } }
    let rate = state.rate
    let update = try trainer.update(
      gradients, rate: rate, share: Double(self.share.examples) / Double(examples))
    state.gradientNorm = update.gradientNorm
    return update.isApplied
  }

  private func nextBatch() throws -> EpochBatches.Item? {
    if prefetch == nil {
      let (batches, augmentation, seed) = (batches, settings.augmentation, settings.seed)
      prefetch = Prefetch {
        var batches = batches
        return {
          guard var item = try batches.next() else { return nil }
          try augmentation.apply(to: &item.batch, epoch: item.epoch, seed: seed)
          return item
        }
      }
    }
    return try prefetch?.next()
  }

  private func beginEpoch() {
    state.epoch += 1
    state.step = 0
    state.phase = .training
    (state.loss, state.accuracy) = (nil, nil)
    sums = EpochSums()
    pace.epochBegan = pace.seconds
  }

  private func endTraining() throws {
    try noteUnread(share.collect(unread))
    try trainer.endEpoch()
    if validation != nil {
      state.phase = .validating
    } else {
      // What a later epoch may ruin.
      kept = try trainer.weights()
      endEpoch(nil, isBest: false)
    }
  }

  private func endEpoch(_ result: ValidationWatch.Result?, isBest: Bool) {
    state.history.append(
      TrainingState.Epoch(
        number: state.epoch, loss: sums.loss ?? .nan, accuracy: state.accuracy, validationLoss: result?.loss,
        validationAccuracy: result?.accuracy, rate: state.rate, seconds: pace.seconds - pace.epochBegan,
        isBest: isBest))
    if watch.isOver {
      finish(.patience)
    } else if state.epoch >= state.epochs {
      finish(.completed)
    } else {
      beginEpoch()
    }
  }

  private func finish(_ reason: TrainingState.StopReason) {
    state.phase = .finished(reason)
    prefetch?.stop()
    prefetch = nil
    measurement = nil
  }

  private func noteUnread(_ more: [Batch.Skipped]) {
    note(more)
    unread = []
  }

  private func note(_ more: [Batch.Skipped]) {
    for one in more where seenSkips.insert(one.name).inserted { skipped.append(one) }
  }

  // MARK: Validation

  private func validateBatch() throws {
    guard let validation else { return beginEpoch() }
    if measurement == nil { measurement = try validation.begin() }
    guard let now = measurement else { return }
    pace.done += 1
    guard try !now.step(objective, teacher) else { return }
    measurement = nil
    note(now.skipped)
    let result = ValidationWatch.Result(epoch: state.epoch, loss: now.loss, accuracy: now.accuracy)
    let isBest = watch.observe(result)
    state.best = watch.best
    if isBest { kept = try trainer.weights() }
    if state.phase == .measuring {
      state.before = result
      beginEpoch()
    } else {
      endEpoch(result, isBest: isBest)
    }
  }
}
