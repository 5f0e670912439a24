/// What a screen shows of a schedule: a row a policy, and what it does at each epoch.
public struct ScheduleView: Sendable, Hashable {
  /// A policy.
  public struct Row: Sendable, Hashable {
    /// What acts.
    public let kind: Policy.Kind
    /// The instance.
    public let name: String
    /// Its class.
    public let className: String
    /// When.
    public let epochs: PolicyEpochs
    /// The share at the end that can be changed; `nil` where the class has none.
    public let finalSparsity: Double?
    /// What it does, by epoch; regularizers and rates have none.
    public let cells: [Int: Rehearsal.Cell]
  }

  /// The file.
  public let path: String
  /// By policy.
  public let rows: [Row]
  /// Epochs in all.
  public let epochs: Int
  /// The epoch that is trained or comes next.
  public var epoch: Int
  /// Whether it waits to be told to go on.
  public var isWaiting: Bool
  /// What was found at each epoch so far.
  public var log: [ScheduleLog.Row]
  /// What came of it; `nil` until it is over.
  public var outcome: String?
  /// The factor of the learning rate, by epoch.
  public let rateFactors: [Double]

  init(_ schedule: Schedule, _ rehearsal: Rehearsal, epochs: Int, rate: Double) {
    path = schedule.path
    self.epochs = epochs
    let cells = Dictionary(grouping: rehearsal.cells, by: \.policy)
    rows = schedule.policies.enumerated().map { index, policy in
      let pruner = policy.kind == .pruner ? schedule.pruner(policy.instance) : nil
      let className =
        switch policy.kind {
        case .pruner: pruner?.className
        case .regularizer: schedule.regularizers.first { $0.name == policy.instance }?.className
        case .remover: schedule.removers.first { $0.name == policy.instance }?.className
        case .rate: schedule.rates.first { $0.name == policy.instance }?.className
        }
      return Row(
        kind: policy.kind, name: policy.instance, className: className ?? "", epochs: policy.epochs,
        finalSparsity: pruner?.ramp?.largest,
        cells: (cells[index] ?? []).reduce(into: [:]) { $0[$1.epoch] = $1 })
    }
    epoch = 0
    isWaiting = true
    log = []
    rateFactors = schedule.rateFactors(epochs: epochs, rate: rate)
  }
}

/// What a schedule that is hosted by the engine can be told.
public enum ScheduleOrder: Sendable, Hashable {
  /// Go on to the end.
  case goOn
  /// Go on to the end of the epoch.
  case step
  /// Wait.
  case pause
  /// Change a policy: its pruner's share at the end, or its epochs; what is `nil` stays.
  case change(policy: Int, finalSparsity: Double?, epochs: PolicyEpochs?)
}
