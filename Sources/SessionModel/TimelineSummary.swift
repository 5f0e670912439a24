/// A compression schedule as a table: a row a policy, and what each does at each epoch.
package struct TimelineSummary: Sendable, Hashable {
  /// What one policy does at one epoch.
  package struct Cell: Sendable, Hashable {
    /// In four columns at most: `24%`.
    package var text: String
    /// In lines, for whoever looks closer.
    package var details: [String]

    /// A cell from its texts.
    package init(text: String, details: [String]) {
      self.text = text
      self.details = details
    }
  }

  /// What kind of thing acts.
  package enum Kind: Sendable, Hashable {
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
  package struct Row: Sendable, Hashable {
    /// What kind of thing acts.
    package var kind: Kind
    /// The instance.
    package var name: String
    /// Its class.
    package var className: String
    /// The share at the end, 0…1; `nil` where there is none to change.
    package var finalSparsity: Double?
    /// First epoch, end (exclusive) and frequency; `nil` for a list of epochs.
    package var range: Range?
    /// By epoch.
    package var cells: [Int: Cell]

    /// When a policy acts.
    package struct Range: Sendable, Hashable {
      /// The first epoch.
      package var start: Int
      /// The epoch behind the last.
      package var end: Int
      /// Every so many epochs.
      package var frequency: Int

      /// A range of epochs.
      package init(start: Int, end: Int, frequency: Int) {
        self.start = start
        self.end = end
        self.frequency = frequency
      }
    }

    /// A policy from its facts.
    package init(
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
  package var name: String
  /// By policy, in the file's order.
  package var rows: [Row]
  /// Epochs in all.
  package var epochs: Int
  /// The epoch that is trained or comes next, from 0.
  package var epoch: Int
  /// Whether it waits to be told to go on.
  package var isWaiting: Bool
  /// What came of it, in a sentence; `nil` until it is over.
  package var outcome: String?
  /// What was found at each epoch that is over, in a line.
  package var results: [String]

  /// A schedule from its facts.
  package init(
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
package enum TimelineOrder: Sendable, Hashable {
  /// Go on to the end.
  case goOn
  /// Go on to the end of the epoch.
  case step
  /// Wait.
  case pause
  /// Change a policy; what is `nil` stays.
  case change(policy: Int, finalSparsity: Double?, range: TimelineSummary.Row.Range?)
}
