/// A compression schedule as a table: a row a policy, and what each does at each epoch.
public struct TimelineSummary: Sendable, Hashable {
  /// What one policy does at one epoch.
  public struct Cell: Sendable, Hashable {
    /// In four columns at most: `24%`.
    public var text: String
    /// In lines, for whoever looks closer.
    public var details: [String]

    /// A cell from its texts.
    public init(text: String, details: [String]) {
      self.text = text
      self.details = details
    }
  }

  /// What kind of thing acts.
  public enum Kind: Sendable, Hashable {
    /// Sets masks.
    case pruner
    /// Adds a penalty.
    case regularizer
    /// Makes the network smaller.
    case remover
    /// Changes the learning rate.
    case rate
  }

  /// A policy.
  public struct Row: Sendable, Hashable {
    /// What kind of thing acts.
    public var kind: Kind
    /// The instance.
    public var name: String
    /// Its class.
    public var className: String
    /// The share at the end, 0…1; `nil` where there is none to change.
    public var finalSparsity: Double?
    /// First epoch, end (exclusive) and frequency; `nil` for a list of epochs.
    public var range: Range?
    /// By epoch.
    public var cells: [Int: Cell]

    /// When a policy acts.
    public struct Range: Sendable, Hashable {
      /// The first epoch.
      public var start: Int
      /// The epoch behind the last.
      public var end: Int
      /// Every so many epochs.
      public var frequency: Int

      /// A range of epochs.
      public init(start: Int, end: Int, frequency: Int) {
        self.start = start
        self.end = end
        self.frequency = frequency
      }
    }

    /// A policy from its facts.
    public init(
      kind: Kind, name: String, className: String, finalSparsity: Double?, range: Range?, cells: [Int: Cell]
    ) {
      self.kind = kind
      self.name = name
      self.className = className
      self.finalSparsity = finalSparsity
      self.range = range
      self.cells = cells
    }
  }

  /// The file's name.
  public var name: String
  /// By policy, in the file's order.
  public var rows: [Row]
  /// Epochs in all.
  public var epochs: Int
  /// The epoch that is trained or comes next, from 0.
  public var epoch: Int
  /// Whether it waits to be told to go on.
  public var isWaiting: Bool
  /// What came of it, in a sentence; `nil` until it is over.
  public var outcome: String?
  /// What was found at each epoch that is over, in a line.
  public var results: [String]

  /// A schedule from its facts.
  public init(
    name: String, rows: [Row], epochs: Int, epoch: Int, isWaiting: Bool, outcome: String? = nil,
    results: [String] = []
  ) {
    self.name = name
    self.rows = rows
    self.epochs = epochs
    self.epoch = epoch
    self.isWaiting = isWaiting
    self.outcome = outcome
    self.results = results
  }
}

/// What a schedule is told.
public enum TimelineOrder: Sendable, Hashable {
  /// Go on to the end.
  case goOn
  /// Go on to the end of the epoch.
  case step
  /// Wait.
  case pause
  /// Change a policy; what is `nil` stays.
  case change(policy: Int, finalSparsity: Double?, range: TimelineSummary.Row.Range?)
}
