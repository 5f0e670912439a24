import Graph
import Pruning
import Session
import Training

/// What a pruner looks at.
struct PruningSource {
  /// The elements of a constant as they are now, in C order.
  let elements: (ValueID) throws -> [Float]
  /// Scores by layer of a ranking that needs data.
  let scores: (Pruner.Ranking) throws -> [String: [Double]]
  /// Where random rankings begin.
  let seed: UInt64
}

/// What is asked of a weight whose elements do not change.
struct ElementQuestion: Hashable {
  let weight: ValueID
  /// Whether the normalization behind it is folded in.
  let folds: Bool
  let choice: ElementChoice
}

extension BoundSchedule {
  /// Sets the masks of a policy's pruner at an epoch.
  ///
  /// What the pruner has masked before ranks lowest, whatever is measured of it: a masked filter's channel may still show
  /// what the normalization behind it adds.
  func prune(
    _ policy: Policy, at epoch: Int, _ masks: inout ScheduleMasks, from source: PruningSource
  ) throws {
    guard let pruner = schedule.pruner(policy.instance) else { return }
    let weights = weights(of: pruner)
    switch pruner.method {
    case .ranked(let ranking, let structure, let ramp, _, let followsLeader):
      let sparsity = ramp.sparsity(at: epoch, of: policy.epochs)
      var led: [Int]?
      for weight in weights {
        guard let axis = weight.axis(of: structure) else { continue }
        let chosen: [Int]
        if followsLeader, let led {
          chosen = led
        } else {
          var scores = try self.scores(ranking, weight, axis, policy, source)
          // Weights that are masked while a batch is computed only are weighed again.
          if !policy.masking.isForwardOnly {
            for index in masks.positions(of: weight.layerName, structure) where scores.indices.contains(index)
            {
              scores[index] = -.infinity
            }
          }
          let extent = weight.shape[axis]
          let count = Pruner.count(sparsity, of: extent)
          guard count < extent else {
            throw ScheduleError.prunesEverything(
              schedule.location(weight.written.line), pruner: pruner.name, weight: weight.written.name,
              slices: "\(extent) \(structure.words)")
          }
          chosen = Magnitudes.lowest(count, of: scores)
          led = chosen
        }
        masks.set(
          structure == .filters ? .filters(chosen) : .channels(chosen), of: weight.layerName, by: pruner.name)
      }
    case .gradual, .levels, .sensitivities, .thresholds:
      for weight in weights {
        let elements = try elements(of: weight, policy, source)
        guard let choice = choice(of: weight, pruner, policy, at: epoch, &masks, { elements }) else {
          continue
        }
        masks.set(.elements(choice.mask(of: elements)), of: weight.layerName, by: pruner.name)
      }
    }
  }

  /// Which elements of a weight a pruner of single elements takes at an epoch; `nil` for one of filters or channels.
  ///
  /// - Parameter elements: asked for only where the choice follows from them.
  private func choice(
    of weight: BoundWeight, _ pruner: Pruner, _ policy: Policy, at epoch: Int, _ masks: inout ScheduleMasks,
    _ elements: () throws -> [Float]
  ) rethrows -> ElementChoice? {
    switch pruner.method {
    case .ranked: return nil
    case .gradual(let ramp, _):
      let sparsity = ramp.sparsity(at: epoch, of: policy.epochs)
      return .nearestToZero(Pruner.count(sparsity, of: weight.shape.elementCount))
    case .levels(let levels):
      return .nearestToZero(Pruner.count(value(levels, of: weight), of: weight.shape.elementCount))
    case .sensitivities(let factors):
      let deviation = try masks.deviation(of: weight.layerName, by: pruner.name) {
        Magnitudes.deviation(try elements())
      }
      return .upTo(value(factors, of: weight) * deviation)
    case .thresholds(let thresholds): return .upTo(value(thresholds, of: weight))
    }
  }

  /// How many elements of each weight a pruner of single elements takes at an epoch, without setting masks; `nil` for one of
  /// filters or channels.
  ///
  /// - Parameter known: numbers that were found for these weights as they are now; what is found is added.
  func elementCounts(
    _ policy: Policy, at epoch: Int, _ masks: inout ScheduleMasks, from source: PruningSource,
    known: inout [ElementQuestion: Int]
  ) throws -> [(weight: BoundWeight, masked: Int)]? {
    guard let pruner = schedule.pruner(policy.instance) else { return nil }
    var counts: [(weight: BoundWeight, masked: Int)] = []
    for weight in weights(of: pruner) {
      let elements = { try self.elements(of: weight, policy, source) }
      guard let choice = try choice(of: weight, pruner, policy, at: epoch, &masks, elements) else {
        return nil
      }
      let question = ElementQuestion(
        weight: weight.constant, folds: policy.masking.foldsNormalization, choice: choice)
      if known[question] == nil {
        known[question] = try choice.count(of: weight.shape.elementCount, elements)
      }
      counts.append((weight, known[question] ?? 0))
    }
    return counts
  }

  /// The elements that a pruner looks at; with `fold_batchnorm` each filter times γ / √(σ² + ε) of the normalization
  /// behind it (Krishnamoorthi 2018, equation 20).
  private func elements(
    of weight: BoundWeight, _ policy: Policy, _ source: PruningSource
  ) throws -> [Float] {
    var elements = try source.elements(weight.constant)
    let layer = network.groups.layers[weight.layer].layer
    let network = network.network
    guard policy.masking.foldsNormalization, let axis = weight.filterAxis,
      let node = network.nodes.first(where: { $0.id == layer.node }),
      let output = node.outputs.first ?? nil, let index = network.soleReader(of: output)
    else { return elements }
    let next = network.nodes[index]
    let table = OperatorTable.standard
    guard let scale = table.input(.scale, of: next), let variance = table.input(.variance, of: next) else {
      return elements
    }
    let (scales, variances) = (try source.elements(scale), try source.elements(variance))
    guard scales.count == weight.shape[axis], variances.count == scales.count else { return elements }
    var epsilon: Float = 1e-5
    if case .float(let said)? = next.attributes["epsilon"] { epsilon = said }
    let factors = zip(scales, variances).map { $0 / ($1 + epsilon).squareRoot() }
    elements.withUnsafeMutableBufferPointer { elements in
      ElementGroups(.slices(axis: axis), shape: weight.shape).forEachRun(of: elements.count) { filter, run in
        let factor = factors[filter]
        for index in run { elements[index] *= factor }
      }
    }
    return elements
  }

  private func scores(
    _ ranking: Pruner.Ranking, _ weight: BoundWeight, _ axis: Int, _ policy: Policy, _ source: PruningSource
  ) throws -> [Double] {
    switch ranking {
    case .l1, .l2:
      return Magnitudes.slices(
        try elements(of: weight, policy, source), shape: weight.shape, axis: axis, isSquared: ranking == .l2)
    case .random:
      // The same order at every epoch, so that gradual pruning adds to what it has.
      var generator = SeededGenerator(seed: source.seed ^ Self.hash(weight.layerName))
      return (0..<weight.shape[axis]).map { _ in generator.unit() }
    case .apoz, .meanActivation, .gradient:
      guard let scores = try source.scores(ranking)[weight.layerName], scores.count == weight.shape[axis]
      else {
        throw ScheduleError.unsuitable(
          schedule.location(weight.written.line), weight: weight.written.name,
          reason: "the data give no \(ranking == .gradient ? "gradients" : "activations") of it")
      }
      return scores
    }
  }

  /// FNV-1a: the same on every machine and day.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  // MARK: Regularizers

  /// The penalties of an epoch.
  func penalties(at epoch: Int) -> [WeightPenalty] {
    schedule.policies.filter { $0.kind == .regularizer && $0.epochs.contains(epoch) }.flatMap { policy in
      let regularizer = schedule.regularizers.first { $0.name == policy.instance }
      return (regimes[policy.instance] ?? []).map { weight, regime in
        let kind: WeightPenalty.Kind =
          switch regularizer?.kind {
          case .l2: .l2
          case .groupLasso: .groupLasso
          case .l1, nil: .l1
          }
        return WeightPenalty(
          kind, on: weight.constant, strength: Float(regime.strength), grouping: weight.grouping(regime.group)
        )
      }
    }
  }

  /// Masks what an epoch's regularizers have brought below their strength.
  func threshold(
    at epoch: Int, _ masks: inout ScheduleMasks, from source: PruningSource
  ) throws {
    for policy in schedule.policies where policy.kind == .regularizer && policy.epochs.contains(epoch) {
      guard let regularizer = schedule.regularizers.first(where: { $0.name == policy.instance }),
        let criterion = regularizer.criterion
      else { continue }
      for (weight, regime) in regimes[policy.instance] ?? [] {
        let elements = try source.elements(weight.constant)
        let grouping = regularizer.kind == .groupLasso ? weight.grouping(regime.group) : .runs(length: 1)
        let indices = ElementGroups(grouping, shape: weight.shape)
        var (sums, peaks) = (
          [Double](repeating: 0, count: indices.count), [Double](repeating: 0, count: indices.count)
        )
        elements.withUnsafeBufferPointer { elements in
          indices.forEachRun(of: elements.count) { group, run in
            var (sum, peak) = (sums[group], peaks[group])
            for index in run {
              let magnitude = Double(abs(elements[index]))
              sum += magnitude
              peak = max(peak, magnitude)
            }
            (sums[group], peaks[group]) = (sum, peak)
          }
        }
        let size = Double(max(1, elements.count / max(1, indices.count)))
        let stays = sums.indices.map { group in
          (criterion == .meanMagnitude ? sums[group] / size : peaks[group]) > regime.strength
        }
        let gone = stays.indices.filter { !stays[$0] }
        switch (regularizer.kind, regime.group) {
        case (.groupLasso, .filters): masks.set(.filters(gone), of: weight.layerName, by: policy.instance)
        case (.groupLasso, .channels): masks.set(.channels(gone), of: weight.layerName, by: policy.instance)
        default:
          var keeps = [Bool](repeating: true, count: elements.count)
          indices.forEachRun(of: keeps.count) { group, run in
            if !stays[group] { for index in run { keeps[index] = false } }
          }
          masks.set(.elements(BitMask(keeps)), of: weight.layerName, by: policy.instance)
        }
      }
    }
  }

  /// How what an instance masked acts at an epoch; `nil` where it acts no more.
  private func masking(of instance: String, at epoch: Int) -> Policy.Masking? {
    let policies = schedule.policies.filter {
      $0.instance == instance && ($0.kind == .pruner || $0.kind == .regularizer)
    }
    guard var masking = policies.last(where: { $0.epochs.first <= epoch })?.masking ?? policies.first?.masking
    else { return nil }
    let isOver = policies.allSatisfy { epoch >= $0.epochs.end }
    if isOver, masking.staysBehind { masking.isForwardOnly = false }
    if isOver, !masking.staysBehind, masking.isForwardOnly || policies[0].kind == .regularizer { return nil }
    return masking
  }

  /// All masks by constant, as training takes them at an epoch: those that hold the weights, and those that hold while a
  /// batch is computed.
  func trainingMasks(
    _ masks: ScheduleMasks, at epoch: Int
  ) -> (held: [ValueID: WeightMask], forward: [ValueID: ForwardMask]) {
    var held: [ValueID: WeightMask] = [:]
    var forward: [ValueID: ForwardMask] = [:]
    // Distiller masks with the policies of pruners, in the epochs at which one acts.
    let prunes = schedule.policies.contains { $0.kind == .pruner && $0.epochs.contains(epoch) }
    for weight in maskedWeights(masks) {
      let constant = weight.constant
      let maskings = masks.instances(masking: weight.layerName).reduce(into: [:]) {
        $0[$1] = masking(of: $1, at: epoch)
      }
      if let mask = masks.mask(of: weight, by: { maskings[$0]?.isForwardOnly == false }) {
        held[constant] = held[constant].map { $0.intersection(mask) } ?? mask
      }
      let forwardOnly = maskings.filter(\.value.isForwardOnly)
      if prunes, let mask = masks.mask(of: weight, by: { forwardOnly[$0] != nil }) {
        forward[constant] = ForwardMask(
          forward[constant].map { $0.mask.intersection(mask) } ?? mask,
          keepsCopy: forwardOnly.values.contains(where: \.keepsCopy),
          masksGradients: forwardOnly.values.contains(where: \.masksGradients))
      }
    }
    return (held, forward)
  }

  /// The weights of which something is masked, each once.
  func maskedWeights(_ masks: ScheduleMasks) -> [BoundWeight] {
    let layers = masks.layers
    var seen = Set<Int>()
    let all = schedule.pruners.flatMap { weights(of: $0) } + regimes.values.flatMap { $0.map(\.weight) }
    return all.filter { layers.contains($0.layerName) && seen.insert($0.layer).inserted }
      .sorted { $0.layer < $1.layer }
  }
}

extension BoundWeight {
  /// The elements of a regularizer's groups.
  func grouping(_ group: Regularizer.Group) -> WeightPenalty.Grouping {
    switch group {
    case .kernels: .runs(length: shape.dropFirst(2).elementCount)
    case .filters: filterAxis.map { .slices(axis: $0) } ?? .whole
    case .channels: channelAxis.map { .slices(axis: $0) } ?? .whole
    case .layer: .whole
    }
  }
}
