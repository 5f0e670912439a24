package import Compute
package import Graph
package import Pruning
import Ranks

/// Moves a network's parameters against the gradients of a loss, a batch a step. Used on one thread.
///
/// A step is `forward`, a loss of the values of `plan` that its caller takes, and `update` with the loss's gradients; or
/// `skip` where the loss is of no use.
package final class Trainer {
  /// What an update did.
  package struct Update: Sendable, Hashable {
    /// The Euclidean norm of all gradients, penalties included, before clipping.
    package let gradientNorm: Double
    /// Whether the parameters moved; not where a gradient is not a number.
    package let isApplied: Bool
  }

  /// Numbers of parameters and running statistics by constant, to come back to.
  package struct Weights: Sendable, Hashable {
    /// In C order, by constant.
    package let elements: [ValueID: [Float]]

    /// Numbers that were read back.
    package init(elements: [ValueID: [Float]]) { self.elements = elements }
  }

  /// Everything that a later trainer of the same network needs to go on as this one would.
  package struct State: Sendable, Hashable {
    /// Parameters and running statistics.
    package var weights: Weights
    /// What the optimiser has gathered.
    package var optimizer: OptimizerState
    /// What a growing penalty has come to, a unit; empty without one.
    package var penalties: [Double]

    /// A state from its parts.
    package init(weights: Weights, optimizer: OptimizerState, penalties: [Double]) {
      self.weights = weights
      self.optimizer = optimizer
      self.penalties = penalties
    }
  }

  /// The plan that computes; its values can be read after `forward`.
  package let plan: ExecutionPlan
  /// What is trained, and what is not.
  package let constants: TrainableConstants

  /// What adds up the gradients of ranks that share a batch; `nil` on one rank.
  private let exchange: GradientExchange?
  private let settings: OptimizerSettings
  private let clip: Double?
  private let shapes: [ValueID: [Int]]
  private var optimizer: any Optimizer
  private var penalty: SparsityPenalty?
  private var masks: [ValueID: WeightMask] = [:]
  private var forwardMasks: [ValueID: ForwardMask] = [:]
  /// Elements as they were before the batch that is computed masked them.
  private var unmasked: [ValueID: [Float]] = [:]
  private var penalties: [ValueID: [WeightPenalty]] = [:]

  /// A trainer for batches of one size.
  ///
  /// - Parameters:
  ///   - outputs: the values that losses are taken of; the network's outputs where `nil`.
  ///   - inputShapes: the shape of each input, batch included.
  ///   - optimizer: how gradients become new parameters.
  ///   - clip: the largest norm that all gradients together may have; longer ones are shortened to it.
  ///   - sparsity: a penalty on kernels, with the groups they belong to.
  ///   - freezesNormalization: whether batch normalizations keep to their running statistics, scales and shifts.
  /// - Throws: where something cannot be computed. Parameters before an operator that no gradient passes are frozen
  ///   instead; where that is all of them, the operator is the error.
  package init(
    _ network: Network, outputs: [ValueID]? = nil, inputShapes: [ValueID: [Int]],
    optimizer: OptimizerSettings = OptimizerSettings(), clip: Double? = nil,
    sparsity: (settings: SparsitySettings, groups: ChannelGroups)? = nil, freezesNormalization: Bool = false,
    options: ComputeOptions = ComputeOptions()
  ) throws {
    let outputs = outputs ?? network.outputs
    let bound = try BoundNetwork(network, inputShapes: inputShapes, foldsWeights: false)
    var options = options
    if freezesNormalization {
      options.normalizesWithBatch = false
      options.updatesRunningStatistics = false
    }
    var constants = TrainableConstants(bound, outputs: outputs, freezesNormalization: freezesNormalization)
    guard !constants.parameters.isEmpty else { throw TrainingError.nothingToTrain }
    var made: ExecutionPlan?
    while made == nil {
      do {
        made = try ExecutionPlan(
          bound, purpose: .train(parameters: constants.parameters), outputs: outputs, options: options)
      } catch ComputeError.noGradient(let op, let node) {
        guard constants.freeze(before: node, in: bound.network) else {
          throw ComputeError.noGradient(op: op, node: node)
        }
      }
    }
    plan = made!
    exchange = options.ranks.count > 1 ? GradientExchange(made!.gradientOrder, ranks: options.ranks) : nil
    self.constants = constants
    settings = optimizer
    self.clip = clip
    self.optimizer = optimizer.makeOptimizer()
    shapes = constants.parameters.reduce(into: [:]) { $0[$1] = bound.network.constants[$1]?.shape }
    if let sparsity {
      penalty = try SparsityPenalty(
        sparsity.settings, groups: sparsity.groups, network: bound.network,
        parameters: constants.parameters, scales: constants.scales)
    }
  }

  /// Computes the outputs of a batch; running statistics follow it.
  package func forward(_ inputs: [ValueID: [Float]]) throws {
    for (parameter, forward) in forwardMasks {
      let values = try plan.parameter(parameter)
      unmasked[parameter] = values
      try plan.setParameter(parameter, forward.mask.applied(to: values))
    }
    try plan.forward(inputs)
  }

  /// Leaves the parameters and running statistics as they were before the batch.
  package func skip() throws {
    plan.revertStatistics()
    for (parameter, values) in unmasked { try plan.setParameter(parameter, values) }
    unmasked = [:]
  }

  /// Computes the gradients of all parameters and moves them by one step of the optimiser.
  ///
  /// Where a gradient is infinite or not a number, everything stays as it was before the batch. Ranks that share a batch
  /// all move their parameters by the gradients of the whole.
  ///
  /// - Parameters:
  ///   - gradients: the loss's derivative by each output, averaged over the batch; that of all ranks.
  ///   - rate: the learning rate.
  ///   - share: the share of the batch's examples that this rank has.
  package func update(_ gradients: [ValueID: [Float]], rate: Double, share: Double = 1) throws -> Update {
    if let exchange {
      try exchange.backward(plan, gradients, share: Float(share))
    } else {
      try plan.backward(gradients)
    }
    try penalize()
    for (parameter, forward) in forwardMasks where forward.masksGradients {
      _ = try plan.withGradient(of: parameter) { _, gradient in forward.mask.apply(to: gradient) }
    }
    var square = 0.0
    for parameter in constants.parameters {
      square += try plan.withGradient(of: parameter) { _, gradient in Self.squareSum(gradient) } ?? 0
    }
    guard square.isFinite else {
      try skip()
      return Update(gradientNorm: square, isApplied: false)
    }
    let norm = square.squareRoot()
    // As `torch.nn.utils.clip_grad_norm_`.
    let scale = clip.map { min(1, $0 / (norm + 1e-6)) } ?? 1
    for parameter in constants.parameters {
      let size = StepSize(
        rate: Float(rate), weightDecay: settings.weightDecay(of: shapes[parameter] ?? []),
        gradientScale: Float(scale))
      let copy = forwardMasks[parameter]?.keepsCopy == true ? unmasked[parameter] : nil
      try plan.update(parameter) { values, gradient in
        if let copy { _ = values.update(fromContentsOf: copy) }
        optimizer.step(parameter, values: values, gradient: gradient, size: size)
        masks[parameter]?.apply(to: values)
      }
    }
    unmasked = [:]
    return Update(gradientNorm: norm, isApplied: true)
  }

  /// Tells penalties that grow by the epoch that one is over.
  package func endEpoch() throws {
    try penalty?.endEpoch { parameter in try plan.parameter(parameter) }
  }

  /// Holds elements of parameters at zero from now on: at once, and again behind every step.
  ///
  /// - Parameters:
  ///   - masks: by parameter, each as long as it; they replace those set before.
  ///   - forward: masks that hold only while a batch is computed, likewise.
  package func setMasks(
    _ masks: [ValueID: WeightMask], forward: [ValueID: ForwardMask] = [:]
  ) throws {
    self.masks = masks
    forwardMasks = forward
    for (parameter, mask) in masks.sorted(by: { $0.key < $1.key }) {
      try plan.setParameter(parameter, mask.applied(to: try plan.parameter(parameter)))
    }
  }

  /// Adds penalties on single parameters to the loss from now on; they replace those set before.
  package func setPenalties(_ penalties: [WeightPenalty]) {
    self.penalties = Dictionary(grouping: penalties, by: \.parameter)
  }

  private func penalize() throws {
    for (parameter, penalties) in penalties {
      let shape = shapes[parameter] ?? []
      _ = try plan.withGradient(of: parameter) { values, gradient in
        for penalty in penalties { penalty.add(values: values, shape: shape, to: gradient) }
      }
    }
    guard var penalty else { return }
    if penalty.needsNorms {
      penalty.beginStep()
      for parameter in constants.parameters {
        _ = try plan.withGradient(of: parameter) { values, _ in penalty.observe(parameter, values: values) }
      }
    }
    let factors = penalty.factors()
    for parameter in constants.parameters {
      _ = try plan.withGradient(of: parameter) { values, gradient in
        penalty.add(parameter, values: values, factors: factors, to: gradient)
      }
    }
  }

  /// Σ g². Sixteen sums at a time, so that the processor's vectors are used; in double beyond a short run.
  private static func squareSum(_ gradient: UnsafeMutableBufferPointer<Float>) -> Double {
    var total = 0.0
    var start = 0
    while start < gradient.count {
      let end = min(gradient.count, start + 4096)
      var sums = SIMD16<Float>(repeating: 0)
      var index = start
      while index + 16 <= end {
        let part = UnsafeRawPointer(gradient.baseAddress! + index).loadUnaligned(as: SIMD16<Float>.self)
        sums += part * part
        index += 16
      }
      let sum = sums.sum()
      if sum.isFinite {
        total += Double(sum)
      } else {
        // Squares of large numbers overflow before the numbers do.
        index = start
      }
      while index < end {
        total += Double(gradient[index]) * Double(gradient[index])
        index += 1
      }
      start = end
    }
    return total
  }

  // MARK: Weights

  /// The parameters and running statistics as they are now.
  package func weights() throws -> Weights {
    var elements: [ValueID: [Float]] = [:]
    for value in constants.parameters + constants.statistics { elements[value] = try plan.parameter(value) }
    return Weights(elements: elements)
  }

  /// What a later trainer needs to go on.
  package func state() throws -> State {
    State(weights: try weights(), optimizer: optimizer.state, penalties: penalty?.strengths ?? [])
  }

  /// Goes on where another trainer of the same network was; false, and nothing changes, where the state does not fit.
  package func restore(_ state: State) throws -> Bool {
    let own = try weights().elements.mapValues(\.count)
    let fits =
      state.weights.elements.mapValues(\.count) == own
      && state.optimizer.vectors.allSatisfy { parameter, vectors in
        vectors.allSatisfy { $0.count == own[parameter] }
      } && state.penalties.count == penalty?.strengths.count ?? 0
    guard fits else { return false }
    try restore(state.weights)
    optimizer.state = state.optimizer
    penalty?.strengths = state.penalties
    return true
  }

  /// Goes back to weights of this trainer.
  package func restore(_ weights: Weights) throws {
    for (value, elements) in weights.elements { try plan.setParameter(value, elements) }
  }

  /// A network with weights of this trainer, each constant in its own type.
  ///
  /// - Parameter network: the one that the trainer was made for, or one that declares another batch.
  package func weights(_ weights: Weights, in network: Network) -> Network {
    var network = network
    for (value, elements) in weights.elements {
      guard let old = network.constants[value] else { continue }
      network.constants[value] = Tensor(elements, shape: old.shape).converted(to: old.elementType)
    }
    return network
  }
}
