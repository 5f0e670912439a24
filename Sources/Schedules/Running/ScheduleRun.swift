public import Compute
public import Datasets
public import Graph
import Pruning
public import Session
public import Training

/// Trains a network under a schedule, a batch a step. Used on one thread; between any two steps it can be stopped.
///
/// At the beginning of each epoch its policies act: pruners set their masks, which are applied again behind every step
/// of the optimiser, and removers make the network smaller by what is masked. The weights at the end are those of the
/// last step, whatever epoch validated best: the schedule says when it is done.
public final class ScheduleRun {
  /// The schedule with the network as it is now.
  public private(set) var bound: BoundSchedule
  /// What is masked now.
  package private(set) var masks: ScheduleMasks
  /// What removers have done, in order.
  public private(set) var removals: [ScheduleRemoval]
  /// What there is to tell of each epoch that is over.
  public private(set) var log: ScheduleLog
  /// Epochs whose policies have acted.
  package private(set) var epochsBegun: Int
  /// What the run was told.
  public let settings: TrainingSettings

  private let fingerprint: String
  private let training: Dataset
  private let validation: Dataset?
  private let examples: Int
  private let options: ComputeOptions
  private var trainingRun: TrainingRun
  private var scoring: (ranking: Pruner.Ranking, run: ScoringRun)?
  private var scores: [Pruner.Ranking: [String: [Double]]] = [:]
  /// Policies of the epoch that are still to act.
  private var waiting: [Int]?
  private var removersDone: [String]
  private var earlierSkips: [Batch.Skipped] = []

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - settings: how is trained; how the learning rate falls is the schedule's.
  ///   - examples: those that rankings that need data look at.
  ///   - checkpoint: where another run of the same schedule, network and settings was.
  /// - Throws: for data and settings that no run can have, and a checkpoint of another run.
  public init(
    _ bound: BoundSchedule, settings: TrainingSettings, training: Dataset, validation: Dataset? = nil,
    examples: Int = 512, continuing checkpoint: ScheduleCheckpoint? = nil,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    var settings = settings
    let factors = bound.schedule.rateFactors(epochs: settings.epochs, rate: settings.rate)
    settings.schedule = LearningRateSchedule(.byEpoch(factors), warmUp: 0)
    settings.patience = nil
    settings.sparsity = nil
    fingerprint = bound.network.network.fingerprint
    var now = bound
    if let checkpoint {
      guard checkpoint.heading.model == fingerprint else {
        throw ScheduleError.otherState(folder: checkpoint.origin, what: "model")
      }
      guard checkpoint.heading.schedule == bound.schedule.identity else {
        throw ScheduleError.otherState(folder: checkpoint.origin, what: "schedule")
      }
      guard checkpoint.training.settings == settings else {
        throw ScheduleError.otherState(folder: checkpoint.origin, what: "training, with other options")
      }
      // The same cuts give a network of the same numbering, whose weights the checkpoint has.
      for removal in checkpoint.heading.removals {
        let selection = try now.network.selection(keeping: removal.kept)
        now = try now.removing(
          Thinning(selection: selection, kept: removal.kept), from: now.network.network)
      }
    }
    self.bound = now
    self.settings = settings
    self.training = training
    self.validation = validation
    self.examples = examples
    self.options = options
    masks = checkpoint?.heading.masks ?? ScheduleMasks()
    removals = checkpoint?.heading.removals ?? []
    removersDone = checkpoint?.heading.removersDone ?? []
    epochsBegun = checkpoint?.epoch ?? 0
    log = ScheduleLog(
      layers: bound.network.groups.layers.map(\.layer.name), rows: checkpoint?.heading.rows ?? [])
    let (network, run) = (now.network, settings)
    trainingRun = try TrainingRun(
      network, settings: run, training: training, validation: validation,
      continuing: checkpoint?.training, options: options)
  }

  /// How far the training is and what it has found; its epochs count from 1.
  public var state: TrainingState { trainingRun.state }
  /// How far the run is, in examples trained on.
  public var progress: RunProgress { trainingRun.progress }
  /// Examples that could not be read.
  public var skipped: [Batch.Skipped] { earlierSkips + trainingRun.skipped }
  /// Constants that look learned and are not trained.
  package var frozen: [TrainableConstants.Frozen] { trainingRun.frozen }
  /// The schedule's epoch, from 0, that is trained or comes next.
  public var epoch: Int { trainingRun.state.history.count }
  /// What is measured for a pruner; `nil` while nothing is.
  package var measuring: (ranking: Pruner.Ranking, progress: RunProgress)? {
    scoring.map { ($0.ranking, $0.run.progress) }
  }

  /// Goes on under a changed schedule; what is over stays as it was.
  ///
  /// - Throws: for a schedule that does not fit the network.
  package func change(to schedule: Schedule) throws {
    bound = try BoundSchedule(unchecked: schedule, network: bound.network)
  }

  /// Ends the run between two steps.
  public func stop() { trainingRun.stop() }

  /// Goes a step on; `false` when the run is over.
  public func step() throws -> Bool {
    if trainingRun.state.stopReason != nil { return false }
    if let (ranking, run) = scoring {
      if try run.step() { return true }
      scores[ranking] = run.table.layers.mapValues(\.mean)
      earlierSkips += run.skipped
      scoring = nil
      return true
    }
    if trainingRun.state.phase == .training, trainingRun.state.step == 0, epochsBegun <= epoch {
      try begin(epoch)
      return true
    }
    try pruneBetweenBatches()
    let run = trainingRun
    let isTraining = run.state.phase == .training
    let goesOn = try run.step()
    if isTraining { try forgetShortMasks() }
    if run.state.history.count > log.rows.count { try endEpoch() }
    return goesOn
  }

  /// The network with its weights as they are now.
  public func network() throws -> Network {
    let run = trainingRun
    return try run.current()
  }

  // MARK: Epochs

  private func source(_ run: TrainingRun, batch: Int = 0) -> PruningSource {
    let (scores, constants) = (scores, bound.network.network.constants)
    return PruningSource(
      elements: { value in
        // Frozen weights are not the trainer's.
        guard run.changes(value) else { return constants[value]?.floats ?? [] }
        return try run.elements(of: value)
      }, scores: { ranking in scores[ranking] ?? [:] }, seed: settings.seed &+ UInt64(batch))
  }

  /// Lets the policies of an epoch act; returns where one of them needs data first.
  private func begin(_ epoch: Int) throws {
    let schedule = bound.schedule
    if waiting == nil {
      waiting = schedule.policies(at: epoch).filter {
        [.pruner, .remover].contains(schedule.policies[$0].kind)
      }
      scores = [:]
    }
    while let index = waiting?.first {
      let policy = schedule.policies[index]
      if case .ranked(let ranking, _, _, _, _)? = schedule.pruner(policy.instance)?.method,
        policy.kind == .pruner,
        ranking.needsData, scores[ranking] == nil
      {
        return try measure(ranking)
      }
      waiting?.removeFirst()
      if policy.kind == .pruner {
        try bound.prune(policy, at: epoch, &masks, from: source(trainingRun))
      } else if let remover = schedule.removers.first(where: { $0.name == policy.instance }),
        !removersDone.contains(remover.name)
      {
        removersDone.append(remover.name)
        try remove(remover, at: epoch)
      }
    }
    waiting = nil
    try constrain(at: epoch)
    epochsBegun = epoch + 1
  }

  /// Lets pruners that act every so many batches choose anew, before a batch that is not an epoch's first.
  private func pruneBetweenBatches() throws {
    let state = trainingRun.state
    guard state.phase == .training, state.step > 0 else { return }
    let number = epoch * state.stepsPerEpoch + state.step
    let acting = bound.schedule.policies.filter { policy in
      policy.kind == .pruner && policy.epochs.contains(epoch) && policy.masking.batchFrequency > 0
        && number % policy.masking.batchFrequency == 0
    }
    guard !acting.isEmpty else { return }
    for policy in acting {
      try bound.prune(policy, at: epoch, &masks, from: source(trainingRun, batch: number))
    }
    try constrain(at: epoch)
  }

  /// Forgets the masks that last a batch.
  private func forgetShortMasks() throws {
    let acting = bound.schedule.policies.filter { policy in
      policy.kind == .pruner && policy.masking.lastsOneBatch && policy.epochs.contains(epochsBegun - 1)
        && masks.isMasking(policy.instance)
    }
    guard !acting.isEmpty else { return }
    for policy in acting { masks.forget(policy.instance) }
    try constrain(at: epochsBegun - 1)
  }

  /// Sets the masks of an epoch, and its penalties.
  private func constrain(at epoch: Int, withPenalties: Bool = true) throws {
    let run = trainingRun
    let (held, forward) = bound.trainingMasks(masks, at: epoch)
    let penalties = withPenalties ? bound.penalties(at: epoch).filter { run.trains($0.parameter) } : []
    try run.constrain(
      masks: held.filter { run.trains($0.key) }, forward: forward.filter { run.trains($0.key) },
      penalties: penalties)
  }

  /// Begins to measure what a ranking looks at, on the network as it is now.
  private func measure(_ ranking: Pruner.Ranking) throws {
    let criterion: Criterion =
      switch ranking {
      case .apoz: .apoz
      case .meanActivation: .meanActivation
      case .gradient: .taylorWeight
      case .l1: .l1
      case .l2: .l2
      case .random: .random
      }
    let weights = try network()
    let (shapes, training, examples, options) = (bound.network.inputShapes, training, examples, options)
    let run = try ScoringRun(
      try OpenNetwork(weights, inputShapes: shapes), dataset: training, criterion: criterion,
      limit: examples,
      options: options)
    scoring = (ranking, run)
  }

  /// Makes the network smaller by what is masked; training goes on with what is left, the optimiser's memory cut alike.
  private func remove(_ remover: Remover, at epoch: Int) throws {
    // What was masked at this epoch is not zero yet.
    try constrain(at: epoch, withPenalties: false)
    let before = NetworkSize(bound.network)
    let thinning = try bound.thinning(remover, masks, from: source(trainingRun))
    guard !thinning.kept.isEmpty else {
      removals.append(
        ScheduleRemoval(epoch: epoch, name: remover.name, kept: [:], sizes: [before, before]))
      return
    }
    let smaller = try bound.removing(thinning, from: try network())
    let old = trainingRun
    let optimizer = try cut(
      try old.optimizerState(), by: thinning)
    let (settings, training, validation, options) = (settings, training, validation, options)
    let run = try TrainingRun(
      smaller.network, settings: settings, training: training, validation: validation, options: options)
    try run.follow(old, optimizer: optimizer)
    trainingRun = run
    earlierSkips += old.skipped
    bound.cut(&masks, by: thinning)
    bound = smaller
    removals.append(
      ScheduleRemoval(
        epoch: epoch, name: remover.name, kept: thinning.kept, sizes: [before, NetworkSize(smaller.network)]))
  }

  private func cut(_ state: OptimizerState, by thinning: Thinning) throws -> OptimizerState {
    let left = KeptIndices(thinning.selection, groups: bound.network.groups, bound: bound.network.bound)
    let constants = bound.network.network.constants
    var result = state
    result.vectors = state.vectors.reduce(into: [:]) { vectors, entry in
      guard let shape = constants[entry.key]?.shape else { return }
      vectors[entry.key] = entry.value.map { vector in
        guard vector.count == shape.reduce(1, *) else { return vector }
        return shape.indices.reduce(Tensor(vector, shape: shape)) { tensor, axis in
          left.indices(of: entry.key, axis: axis).map { tensor.taking($0, alongAxis: axis) } ?? tensor
        }.floats
      }
    }
    return result
  }

  private func endEpoch() throws {
    guard let epoch = trainingRun.state.history.last else { return }
    let number = epoch.number - 1
    try bound.threshold(at: number, &masks, from: source(trainingRun))
    try constrain(at: number, withPenalties: false)
    // What stays behind a policy holds from its end on, also in the network that is written.
    try constrain(at: number + 1, withPenalties: false)
    var sparsity: [String: Double] = [:]
    let now = source(trainingRun)
    for layer in bound.network.groups.layers.map(\.layer)
    where bound.network.network.constants[layer.weight]?.elementType.isFloatingPoint == true {
      let elements = try now.elements(layer.weight)
      guard !elements.isEmpty else { continue }
      sparsity[layer.name] = Double(elements.count { $0 == 0 }) / Double(elements.count)
    }
    log.rows.append(
      ScheduleLog.Row(
        epoch: number, loss: epoch.loss, accuracy: epoch.accuracy, validationLoss: epoch.validationLoss,
        validationAccuracy: epoch.validationAccuracy, rate: epoch.rate, seconds: epoch.seconds,
        size: NetworkSize(bound.network), sparsity: sparsity))
  }

  // MARK: Checkpoints

  /// Where the run is, at the beginning of an epoch whose policies have not acted; else `nil`.
  public func checkpoint() throws -> ScheduleCheckpoint? {
    guard waiting == nil, epochsBegun <= epoch else { return nil }
    let run = trainingRun
    guard let training = try run.checkpoint() else {
      return nil
    }
    return ScheduleCheckpoint(
      heading: .init(
        model: fingerprint, schedule: bound.schedule.identity, masks: masks, removals: removals,
        removersDone: removersDone, rows: log.rows), training: training)
  }
}

extension Schedule {
  /// A text that differs where what the schedule does differs; lines and the file's name do not matter.
  var identity: String {
    var plain = self
    plain.path = ""
    for index in plain.pruners.indices { plain.pruners[index].line = nil }
    for index in plain.regularizers.indices { plain.regularizers[index].line = nil }
    for index in plain.removers.indices { plain.removers[index].line = nil }
    for index in plain.rates.indices { plain.rates[index].line = nil }
    for index in plain.policies.indices { plain.policies[index].line = nil }
    return plain.yaml
  }
}
