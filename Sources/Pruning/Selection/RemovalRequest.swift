/// What is asked of a network: how much is to go, and what a selection heeds.
public struct RemovalRequest: Sendable, Hashable {
  /// An amount for one layer and all that move with it.
  public struct LayerAmount: Sendable, Hashable {
    /// The layer, by name.
    public var name: String
    /// How much of it goes.
    public var amount: Amount

    /// An amount for a layer.
    public init(_ amount: Amount, of name: String) {
      self.name = name
      self.amount = amount
    }
  }

  /// How much of the whole network goes; `nil` where amounts of layers say it.
  public var target: PruningTarget?
  /// Other costs of which no more than an amount may remain either. Time, which has to be measured, is the target where it is
  /// one of the costs.
  public var further: [PruningTarget]
  /// How a target is shared out.
  public var scope: Scope
  /// What a selection heeds. A target replaces the amounts.
  public var settings: PruningSettings
  /// Amounts that hold for single layers, whatever a target would take of them.
  public var layers: [LayerAmount]

  /// Everything that is to be met for the whole network.
  public var targets: [PruningTarget] { (target.map { [$0] } ?? []) + further }

  /// A request from its parts.
  ///
  /// Between two widths that are computed fast, fewer kernels save no time: a target of latency takes fast widths where
  /// the settings do not round any.
  ///
  /// - Parameter keepsWidths: whether the settings mean it where they leave widths as they come.
  public init(
    _ target: PruningTarget? = nil, further: [PruningTarget] = [], scope: Scope = .global,
    settings: PruningSettings = PruningSettings(), layers: [LayerAmount] = [], keepsWidths: Bool = false
  ) {
    let targets = (target.map { [$0] } ?? []) + further
    let first = targets.firstIndex { $0.remaining?.measure == .latency } ?? 0
    self.target = targets.isEmpty ? nil : targets[first]
    self.further = targets.enumerated().filter { $0.offset != first }.map(\.element)
    self.scope = scope
    self.settings = settings
    self.layers = layers
    if self.target?.remaining?.measure == .latency, settings.multiple == 1, !keepsWidths {
      self.settings.multiple = PruningSettings.fastMultiple
      self.settings.snapsToFastWidths = true
    }
  }
}

/// What goes, as it was decided for a request.
public struct Choice: Sendable, Hashable {
  /// The settings of the request, with the amounts that it comes to.
  public var settings: PruningSettings
  /// What goes.
  public var selection: Selection
  /// Why the target is not met; `nil` where it is, or none was set.
  public var shortfall: Shortfall?
  /// Why the target asks for nothing; `nil` where it does ask, or none was set.
  public var metAlready: TargetMetAlready?
  /// Seconds of an example before and after, where they were measured.
  public var latency: Change<Double>?

  /// A choice from its parts.
  package init(
    settings: PruningSettings, selection: Selection, shortfall: Shortfall? = nil,
    metAlready: TargetMetAlready? = nil, latency: Change<Double>? = nil
  ) {
    self.settings = settings
    self.selection = selection
    self.shortfall = shortfall
    self.metAlready = metAlready
    self.latency = latency
  }
}

/// Why a target is not met.
public enum Shortfall: Sendable, Hashable {
  /// Nothing more can go.
  case obstacles
  /// As much goes as should do, but more time than that was measured to remain.
  case measuredMore

  /// The same in a sentence.
  ///
  /// - Parameter target: what the sentence calls the target.
  public func sentence(of target: String = "The target") -> String {
    switch self {
    case .obstacles:
      "\(target) cannot be reached: floors, pins, rounding or protection stand in its way."
    case .measuredMore: "More than the share asked for was measured to remain."
    }
  }
}
