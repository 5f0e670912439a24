/// The epochs of a policy, from 0.
public enum PolicyEpochs: Sendable, Hashable {
  /// These, ascending.
  case list([Int])
  /// From `start`, every `frequency`, before `end`.
  case range(start: Int, end: Int, frequency: Int)

  /// Whether the policy acts at an epoch.
  public func contains(_ epoch: Int) -> Bool {
    switch self {
    case .list(let epochs): epochs.contains(epoch)
    case .range(let start, let end, let frequency):
      start..<max(start, end) ~= epoch && (epoch - start) % frequency == 0
    }
  }

  /// The first epoch.
  public var first: Int {
    switch self {
    case .list(let epochs): epochs.first ?? 0
    case .range(let start, _, _): start
    }
  }

  /// The epoch behind the last one in which it counts.
  public var end: Int {
    switch self {
    case .list(let epochs): (epochs.last ?? 0) + 1
    case .range(_, let end, _): end
    }
  }

  /// The last epoch at which it acts.
  public var last: Int {
    switch self {
    case .list(let epochs): epochs.last ?? 0
    case .range(let start, let end, let frequency): start + (end - start - 1) / frequency * frequency
    }
  }

  /// Epochs from the first to the last at which it acts; `nil` for a list.
  public var span: Int? { if case .range = self { last - first } else { nil } }

  /// How many epochs it acts at, before a given one.
  package func count(before epoch: Int) -> Int {
    switch self {
    case .list(let epochs): return epochs.count { $0 < epoch }
    case .range(let start, let end, let frequency):
      let passed = min(epoch, end) - start
      return passed > 0 ? (passed + frequency - 1) / frequency : 0
    }
  }
}

/// When an instance acts.
public struct Policy: Sendable, Hashable {
  /// The section that its instance is defined in.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// What sets masks, and what adds a penalty to the loss.
    case pruner, regularizer
    /// What makes the network smaller by what is masked.
    case remover = "extension"
    /// What says the learning rate.
    case rate = "lr_scheduler"

    /// The section that defines instances of the kind.
    package var section: String { "\(rawValue)s" }
  }

  /// What acts.
  public var kind: Kind
  /// The instance's name.
  public var instance: String
  /// When.
  public var epochs: PolicyEpochs
  /// How what it masks acts.
  public var masking: Masking
  /// Where it begins.
  public var line: Int?

  /// How the masks of a policy act, as its `args` say.
  public struct Masking: Sendable, Hashable {
    /// `keep_mask`: whether masks stay behind the policy's last epoch. Those of pruners that hold the weights themselves
    /// stay anyhow.
    public var staysBehind = false
    /// `mask_on_forward_only`: whether weights are masked while a batch is computed, and free when they are moved.
    public var isForwardOnly = false
    /// `use_double_copies`, with the former: whether the weights come back behind the computation as they were before.
    public var keepsCopy = false
    /// `mask_gradients`, with the former: whether what is masked has no gradient.
    public var masksGradients = false
    /// `mini_batch_pruning_frequency`: masks are chosen anew at every so many batches; 0 for each epoch's first only.
    public var batchFrequency = 0
    /// `discard_masks_at_minibatch_end`: whether masks are forgotten behind the batch that they were chosen at.
    public var lastsOneBatch = false
    /// `fold_batchnorm`: whether weights are looked at with the normalization behind them folded in.
    public var foldsNormalization = false

    /// Masks that hold the weights themselves.
    package init() {}
  }

  /// A policy.
  package init(
    kind: Kind, instance: String, epochs: PolicyEpochs, masking: Masking = Masking(), line: Int? = nil
  ) {
    self.kind = kind
    self.instance = instance
    self.epochs = epochs
    self.masking = masking
    self.line = line
  }
}

/// A compression schedule as Distiller writes them: instances, and policies that say at which epochs each acts.
///
///     let schedule = try Schedule(path: "resnet20_filters.yaml")
///     let bound = try BoundSchedule(schedule, network: network)
///     for cell in try Rehearsal(bound).cells { … }
public struct Schedule: Sendable, Hashable {
  /// The largest number that an epoch may have.
  package static let epochLimit = 1_000_000

  /// The file, for errors.
  public var path: String
  /// Instances under `pruners`, in the file's order.
  public var pruners: [Pruner]
  /// Those under `regularizers`.
  public var regularizers: [Regularizer]
  /// Those under `extensions`.
  public var removers: [Remover]
  /// Those under `lr_schedulers`.
  public var rates: [RateSchedule]
  /// In the file's order.
  public var policies: [Policy]

  /// A line of the file.
  func location(_ line: Int?) -> ScheduleLocation { ScheduleLocation(path: path, line: line) }

  /// The pruner of that name.
  package func pruner(_ name: String) -> Pruner? { pruners.first { $0.name == name } }

  /// The epoch behind the last one of all policies.
  public var epochs: Int { policies.map(\.epochs.end).max() ?? 0 }

  /// The indices of the policies that act at an epoch, in the order in which they do: as declared, learning rates last.
  ///
  /// Removers act with the epoch's first step, when all masks are set.
  package func policies(at epoch: Int) -> [Int] {
    let acting = policies.indices.filter { policies[$0].epochs.contains(epoch) }
    func rank(_ index: Int) -> Int {
      switch policies[index].kind {
      case .pruner, .regularizer: 0
      case .remover: 1
      case .rate: 2
      }
    }
    return acting.sorted { (rank($0), $0) < (rank($1), $1) }
  }

  /// What the learning rate is multiplied with in each epoch.
  ///
  /// A scheduler steps at the end of each of its epochs and keeps what it came to behind the last; the factors of
  /// several multiply.
  ///
  /// - Parameters:
  ///   - epochs: how many.
  ///   - rate: the rate that training begins with.
  package func rateFactors(epochs: Int, rate: Double) -> [Double] {
    (0..<max(0, epochs)).map { epoch in
      policies.reduce(1) { product, policy in
        guard policy.kind == .rate, let decay = rates.first(where: { $0.name == policy.instance }) else {
          return product
        }
        return product * decay.factor(after: policy.epochs.count(before: epoch), rate: rate)
      }
    }
  }
}
