import Graph
import Pruning
import Training

/// What a pruner looks at.
struct PruningSource {
  /// The elements of a constant as they are now, in C order.
  let elements: (ValueID) throws(ScheduleError) -> [Float]
  /// Scores by layer of a ranking that needs data.
  let scores: (Pruner.Ranking) throws(ScheduleError) -> [String: [Double]]
  /// Where random rankings begin.
  let seed: UInt64
}

extension BoundSchedule {
  /// Sets the masks of a policy's pruner at an epoch.
  ///
  /// What the pruner has masked before ranks lowest, whatever is measured of it: a masked filter's channel may still show
  /// what the normalization behind it adds.
  func prune(
    _ policy: Policy, at epoch: Int, _ masks: inout ScheduleMasks, from source: PruningSource
  ) throws(ScheduleError) {
    guard let pruner = schedule.pruner(policy.instance) else { return }
    let weights = weights(of: pruner)
    switch pruner.method {
    case .ranked(let ranking, let structure, let course, _, let followsLeader):
      let sparsity = course.sparsity(at: epoch, of: policy.epochs)
      var led: [Int]?
      for weight in weights {
        guard let axis = weight.axis(of: structure) else { continue }
        let chosen: [Int]
        if followsLeader, let led {
          chosen = led
        } else {
          var scores = try self.scores(ranking, weight, axis, source)
          for place in masks.positions(of: weight.layerName, structure) where scores.indices.contains(place) {
            scores[place] = -.infinity
          }
          let extent = weight.shape[axis]
          let count = Pruner.count(sparsity, of: extent)
          guard count < extent else {
            throw .prunesEverything(
              schedule.place(weight.written.line), pruner: pruner.name, weight: weight.written.name,
              slices: "\(extent) \(structure.words)")
          }
          chosen = Magnitudes.lowest(count, of: scores)
          led = chosen
        }
        masks.set(
          structure == .filters ? .filters(chosen) : .channels(chosen), of: weight.layerName, by: pruner.name)
      }
    case .gradual(let course, _):
      let sparsity = course.sparsity(at: epoch, of: policy.epochs)
      for weight in weights { try mask(sparsity, of: weight, pruner, &masks, source) }
    case .levels(let levels):
      for weight in weights { try mask(value(levels, of: weight), of: weight, pruner, &masks, source) }
    case .sensitivities(let factors):
      for weight in weights {
        let elements = try source.elements(weight.constant)
        let deviation = masks.deviation(of: weight.layerName, by: pruner.name) {
          Magnitudes.deviation(elements)
        }
        let threshold = value(factors, of: weight) * deviation
        set(threshold, elements, of: weight, pruner, &masks)
      }
    case .thresholds(let thresholds):
      for weight in weights {
        set(value(thresholds, of: weight), try source.elements(weight.constant), of: weight, pruner, &masks)
      }
    }
  }

  private func scores(
    _ ranking: Pruner.Ranking, _ weight: BoundWeight, _ axis: Int, _ source: PruningSource
  ) throws(ScheduleError) -> [Double] {
    switch ranking {
    case .l1, .l2:
      return Magnitudes.slices(
        try source.elements(weight.constant), shape: weight.shape, axis: axis, isSquared: ranking == .l2)
    case .random:
      // The same order at every epoch, so that gradual pruning adds to what it has.
      var generator = SeededGenerator(seed: source.seed ^ Self.hash(weight.layerName))
      return (0..<weight.shape[axis]).map { _ in generator.unit() }
    case .apoz, .meanActivation, .gradient:
      guard let scores = try source.scores(ranking)[weight.layerName], scores.count == weight.shape[axis]
      else {
        throw .unsuitable(
          schedule.place(weight.written.line), weight: weight.written.name,
          reason: "the data give no \(ranking == .gradient ? "gradients" : "activations") of it")
      }
      return scores
    }
  }

  private func mask(
    _ sparsity: Double, of weight: BoundWeight, _ pruner: Pruner, _ masks: inout ScheduleMasks,
    _ source: PruningSource
  ) throws(ScheduleError) {
    let elements = try source.elements(weight.constant)
    let keeps = Magnitudes.keeping(allBut: Pruner.count(sparsity, of: elements.count), of: elements)
    masks.set(.elements(BitMask(keeps)), of: weight.layerName, by: pruner.name)
  }

  private func set(
    _ threshold: Double, _ elements: [Float], of weight: BoundWeight, _ pruner: Pruner,
    _ masks: inout ScheduleMasks
  ) {
    let keeps = elements.map { Double(abs($0)) > threshold }
    masks.set(.elements(BitMask(keeps)), of: weight.layerName, by: pruner.name)
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
  ) throws(ScheduleError) {
    for policy in schedule.policies where policy.kind == .regularizer && policy.epochs.contains(epoch) {
      guard let regularizer = schedule.regularizers.first(where: { $0.name == policy.instance }),
        let criterion = regularizer.criterion
      else { continue }
      for (weight, regime) in regimes[policy.instance] ?? [] {
        let elements = try source.elements(weight.constant)
        let grouping = regularizer.kind == .groupLasso ? weight.grouping(regime.group) : .runs(length: 1)
        let places = GroupPlaces(grouping, shape: weight.shape)
        var (sums, peaks) = (
          [Double](repeating: 0, count: places.count), [Double](repeating: 0, count: places.count)
        )
        for (place, element) in elements.enumerated() {
          let group = places.group(of: place)
          sums[group] += Double(abs(element))
          peaks[group] = max(peaks[group], Double(abs(element)))
        }
        let size = Double(max(1, elements.count / max(1, places.count)))
        let stays = sums.indices.map { group in
          (criterion == .meanMagnitude ? sums[group] / size : peaks[group]) > regime.strength
        }
        let gone = stays.indices.filter { !stays[$0] }
        switch (regularizer.kind, regime.group) {
        case (.groupLasso, .filters): masks.set(.filters(gone), of: weight.layerName, by: policy.instance)
        case (.groupLasso, .channels): masks.set(.channels(gone), of: weight.layerName, by: policy.instance)
        default:
          let keeps = elements.indices.map { stays[places.group(of: $0)] }
          masks.set(.elements(BitMask(keeps)), of: weight.layerName, by: policy.instance)
        }
      }
    }
  }

  /// All masks by constant, as training takes them.
  func trainingMasks(_ masks: ScheduleMasks) -> [ValueID: WeightMask] {
    maskedWeights(masks).reduce(into: [:]) { result, weight in
      guard let mask = masks.mask(of: weight) else { return }
      result[weight.constant] = result[weight.constant].map { $0.intersection(mask) } ?? mask
    }
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
    case .kernels: .runs(length: shape.dropFirst(2).reduce(1, *))
    case .filters: filterAxis.map { .slices(axis: $0) } ?? .whole
    case .channels: channelAxis.map { .slices(axis: $0) } ?? .whole
    case .layer: .whole
    }
  }
}
