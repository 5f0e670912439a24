import Graph
import Pruning
public import Session

/// A schedule gone through without training or data: what it asks for at each epoch, and the sizes it comes to.
///
/// Counts and sizes follow from the schedule and the widths alone; which filters go does not, and where ranking needs
/// data, chance stands in for it.
public struct Rehearsal: Sendable {
  /// What one policy does at one epoch.
  public struct Cell: Sendable, Hashable {
    /// What a weight comes to.
    public struct Count: Sendable, Hashable {
      /// The weight, as the schedule writes it.
      public let weight: String
      /// Filters, channels or elements that are masked.
      public let masked: Int
      /// Of how many.
      public let total: Int
    }

    /// The epoch, from 0.
    public let epoch: Int
    /// The policy's index in `Schedule.policies`.
    public let policy: Int
    /// The instance.
    public let name: String
    /// The class.
    public let className: String
    /// The share asked for; `nil` where it is not one, as by a threshold.
    public let sparsity: Double?
    /// What is counted: `filters`, `channels`, `elements`.
    public let unit: String
    /// By weight.
    public let counts: [Count]
    /// The network before and after a remover.
    public let sizes: [NetworkSize]
  }

  /// In the order of epochs, and within one as the policies act.
  public let cells: [Cell]
  /// The network at the end.
  public let network: OpenNetwork
  /// Its size at the beginning.
  public let sizeBefore: NetworkSize
  /// Its size at the end.
  public var sizeAfter: NetworkSize { NetworkSize(network) }

  /// Goes through a schedule.
  ///
  /// - Parameter epochs: how many; all of the schedule's where `nil`.
  public init(_ bound: BoundSchedule, epochs: Int? = nil) throws {
    var bound = bound
    var masks = ScheduleMasks()
    var cells: [Cell] = []
    var done = Set<String>()
    // Weights change only where a remover acts. Until then what was counted holds, and of masks of single elements, of
    // which the last that an instance sets is left, none need be made.
    var counted: [ElementQuestion: Int] = [:]
    var waiting: [String: (policy: Policy, epoch: Int)] = [:]
    sizeBefore = NetworkSize(bound.network)
    let schedule = bound.schedule
    let acting = Set(
      schedule.policies.filter { $0.kind == .pruner || $0.kind == .remover }.flatMap { policy in
        Self.epochs(of: policy, before: epochs ?? schedule.epochs)
      })
    for epoch in acting.sorted() {
      for index in schedule.policies(at: epoch) {
        let policy = schedule.policies[index]
        switch policy.kind {
        case .pruner:
          guard let pruner = schedule.pruner(policy.instance) else { continue }
          let source = Self.source(bound)
          let elements = try bound.elementCounts(policy, at: epoch, &masks, from: source, known: &counted)
          if elements != nil {
            waiting[policy.instance] = (policy, epoch)
          } else {
            try bound.prune(policy, at: epoch, &masks, from: source)
          }
          cells.append(Self.cell(pruner, policy, index, epoch, bound, masks, elements))
        case .remover:
          guard let remover = schedule.removers.first(where: { $0.name == policy.instance }),
            done.insert(remover.name).inserted
          else { continue }
          for (policy, epoch) in waiting.values {
            try bound.prune(policy, at: epoch, &masks, from: Self.source(bound))
          }
          (waiting, counted) = ([:], [:])
          let before = NetworkSize(bound.network)
          let thinning = try bound.thinning(remover, masks, from: Self.source(bound))
          let counts = thinning.kept.sorted { $0.key < $1.key }.map { name, kept in
            let layer = bound.network.groups.layers.first { $0.layer.name == name }?.layer.kernels ?? 0
            return Cell.Count(weight: name, masked: layer - kept.count, total: layer)
          }
          if !thinning.kept.isEmpty {
            let smaller = try bound.removing(thinning, from: bound.network.network)
            bound.cut(&masks, by: thinning)
            bound = smaller
          }
          cells.append(
            Cell(
              epoch: epoch, policy: index, name: remover.name, className: remover.className, sparsity: nil,
              unit: "filters", counts: counts, sizes: [before, NetworkSize(bound.network)]))
        case .regularizer, .rate: continue
        }
      }
    }
    self.cells = cells
    network = bound.network
  }

  /// The epochs at which a policy acts.
  private static func epochs(of policy: Policy, before end: Int) -> [Int] {
    switch policy.epochs {
    case .list(let epochs): epochs.filter { $0 < end }
    case .range(let start, let last, let frequency):
      Array(stride(from: start, to: min(last, end), by: frequency))
    }
  }

  private static func source(_ bound: BoundSchedule) -> PruningSource {
    let constants = bound.network.network.constants
    return PruningSource(
      elements: { constants[$0]?.floats ?? [] },
      scores: { _ in
        bound.network.groups.layers.reduce(into: [:]) { scores, layer in
          var generator = SeededGenerator(seed: UInt64(layer.layer.kernels))
          scores[layer.layer.name] = (0..<layer.layer.kernels).map { _ in generator.unit() }
        }
      }, seed: 0)
  }

  private static func cell(
    _ pruner: Pruner, _ policy: Policy, _ index: Int, _ epoch: Int, _ bound: BoundSchedule,
    _ masks: ScheduleMasks, _ elements: [(weight: BoundWeight, masked: Int)]?
  ) -> Cell {
    let (unit, counts) =
      elements.map { ("elements", Self.counts($0)) } ?? Self.counts(of: pruner, bound, masks)
    return Cell(
      epoch: epoch, policy: index, name: pruner.name, className: pruner.className,
      sparsity: pruner.ramp?.sparsity(at: epoch, of: policy.epochs), unit: unit, counts: counts, sizes: [])
  }

  /// By weight: the elements that are masked.
  private static func counts(_ elements: [(weight: BoundWeight, masked: Int)]) -> [Cell.Count] {
    elements.map { weight, masked in
      let name = weight.written.name == "*" ? weight.layerName : weight.written.name
      return Cell.Count(weight: name, masked: masked, total: weight.shape.elementCount)
    }
  }

  /// By weight: the filters or channels that are masked, and which of them they are.
  private static func counts(
    of pruner: Pruner, _ bound: BoundSchedule, _ masks: ScheduleMasks
  ) -> (unit: String, counts: [Cell.Count]) {
    var unit = "elements"
    let counts = bound.weights(of: pruner).compactMap { weight -> Cell.Count? in
      switch masks.part(of: weight.layerName, by: pruner.name) {
      case .filters(let list)?:
        unit = Pruner.Structure.filters.words
        return .init(
          weight: weight.written.name, masked: list.count,
          total: weight.filterAxis.map { weight.shape[$0] } ?? 0)
      case .channels(let list)?:
        unit = Pruner.Structure.channels.words
        return .init(
          weight: weight.written.name, masked: list.count,
          total: weight.channelAxis.map { weight.shape[$0] } ?? 0)
      case .elements?, nil: return nil
      }
    }
    return (unit, counts)
  }
}
