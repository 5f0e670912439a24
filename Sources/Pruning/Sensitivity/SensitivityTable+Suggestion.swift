extension SensitivityTable {
  /// The share of the unpruned loss that taking all of a layer is charged with beyond what was measured: layers that
  /// lose nothing measurable share what is to go instead of giving all of it one after another.
  package static let restraint = 0.01

  /// Percentages for a target, from the complete curves: amounts that were set before are replaced.
  ///
  /// Each curve is made to rise only, and read between its levels by straight lines. The layers then go from per cent to
  /// per cent, the step first that costs the least loss for what it saves; the target takes the steps that it needs
  /// from the front. So the last step of every layer costs about as much loss for each operation saved, which is where
  /// the sum of the losses is least when curves bend upwards. A step never counts as cheaper than those before it in
  /// its layer: a layer that is broken already is not broken further because that hurts no more. Steps go no further than
  /// what was measured, and more is asked of no layer than a higher target asks.
  ///
  /// What is saved is counted exactly. What is lost is not: the curves were measured one layer at a time, on the unpruned
  /// network, and their rises are added up as if layers did not depend on each other. The sum of the rises of a loss
  /// is only a rule of thumb; as a rule more is lost, and training wins much of it back. Measure the result.
  ///
  /// - Parameters:
  ///   - settings: floors, multiples, protection and the rest; a commit with what is suggested follows them.
  ///   - scores: those that the curves were measured with.
  /// - Throws: `PruningError.noCurves`, `.invalidTarget`, `.unknownLayer` for curves of another network, and what
  ///   `Selection.init` throws.
  public func suggestion(
    _ target: SensitivityTarget, settings: PruningSettings, scores: ScoreTable, groups: ChannelGroups,
    times: WidthTimes = WidthTimes()
  ) throws -> SensitivitySuggestion {
    try suggestion(
      target, settings: settings, ranking: UnitScores(scores, groups: groups, settings: settings),
      groups: groups,
      times: times)
  }

  /// Percentages for a target, by a ranking that is known already.
  package func suggestion(
    _ target: SensitivityTarget, settings: PruningSettings, ranking: UnitScores, groups: ChannelGroups,
    times: WidthTimes = WidthTimes()
  ) throws -> SensitivitySuggestion {
    try target.check()
    let walk = try SensitivityWalk(self, target, settings, ranking, groups, times)
    if case .accuracy = target, !walk.hasAccuracy {
      throw PruningError.invalidTarget("the curves have no accuracy, only a loss")
    }
    return try walk.suggestion()
  }
}

/// Every step of one per cent that the curves allow, the cheapest first, and how far a target needs them.
private struct SensitivityWalk {
  let hasAccuracy: Bool
  private let target: SensitivityTarget
  private let settings: PruningSettings
  private let ranking: UnitScores
  private let groups: ChannelGroups
  private let times: WidthTimes
  /// By curve: a layer of it, by name.
  private var names: [String] = []
  private var ledgers: [SensitivityLedger] = []
  /// The curve of each step, in the order in which the steps are taken.
  private let steps: [Int]

  init(
    _ table: SensitivityTable, _ target: SensitivityTarget, _ settings: PruningSettings,
    _ ranking: UnitScores, _ groups: ChannelGroups, _ times: WidthTimes
  ) throws {
    self.target = target
    self.ranking = ranking
    self.groups = groups
    self.times = times
    var settings = settings
    settings.amounts = [:]
    self.settings = settings
    let curves = table.curves.filter { $0.isComplete && !$0.layers.isEmpty }
    guard let loss = curves.first?.baseline?.loss else { throw PruningError.noCurves }
    hasAccuracy = curves.allSatisfy { $0.baseline?.top1 != nil }
    let whole = target.cost(RunningCost(groups.costs, removed: []))
    for curve in curves {
      var indices: [Int] = []
      for name in curve.layers { indices.append(try groups.requiredIndex(of: name)) }
      var savings: [Double] = []
      for point in curve.points {
        // What goes by force goes whatever is asked.
        let alone = try settings.pruning(only: indices, by: point.level, in: groups)
        let selection = try Selection(alone, ranking: ranking, groups: groups, times: times)
        let left = target.cost(RunningCost(groups.costs, removed: selection.removedUnits))
        savings.append(Double(whole - left))
      }
      let first = savings.first ?? 0
      names.append(curve.layers[0])
      ledgers.append(SensitivityLedger(curve, savings: savings.map { $0 - first }))
    }
    let restraint = SensitivityTable.restraint * max(abs(loss), 1e-6)
    var priced: [(price: Double, percent: Int, curve: Int)] = []
    for (curve, ledger) in ledgers.enumerated() {
      for (index, price) in ledger.prices(restraint: restraint).enumerated() {
        priced.append((price, index + 1, curve))
      }
    }
    steps = priced.sorted { ($0.price, $0.percent, $0.curve) < ($1.price, $1.percent, $1.curve) }.map(\.curve)
  }

  /// By curve: the percentage after so many steps.
  private func percentages(_ count: Int) -> [Int] {
    steps.prefix(count).reduce(into: [Int](repeating: 0, count: names.count)) { $0[$1] += 1 }
  }

  private func settings(_ percentages: [Int]) throws -> PruningSettings {
    var result = settings
    for (name, percent) in zip(names, percentages) where percent > 0 {
      result = try result.settingAmount(.percent(Double(percent)), for: name, in: groups)
    }
    return result
  }

  private func expected(_ percentages: [Int]) -> (lossRise: Double, accuracyDrop: Double) {
    zip(ledgers, percentages).reduce((0, 0)) { sum, next in
      let found = next.0.expected(at: next.1)
      return (sum.0 + found.lossRise, sum.1 + found.accuracyDrop)
    }
  }

  /// Whether a limit of cost is met; `nil` for targets that limit what is lost.
  private func meets(_ selection: Selection) -> Bool? {
    let percent: Double
    switch target {
    case .multiplyAccumulates(let keep), .parameters(let keep): percent = keep
    case .loss, .accuracy: return nil
    }
    let whole = Double(target.cost(RunningCost(groups.costs, removed: [])))
    let left = Double(target.cost(RunningCost(groups.costs, removed: selection.removedUnits)))
    return left <= percent / 100 * whole
  }

  private func selection(_ settings: PruningSettings) throws -> Selection {
    try Selection(settings, ranking: ranking, groups: groups, times: times)
  }

  func suggestion() throws -> SensitivitySuggestion {
    // The fewest steps that save enough, or one more than the most that lose little enough.
    var (low, high) = (0, steps.count)
    while low < high {
      let middle = (low + high) / 2
      if try isEnough(middle) { high = middle } else { low = middle + 1 }
    }
    var count = low
    switch target {
    case .loss, .accuracy: if count > 0, isTooMuch(count) { count -= 1 }
    case .multiplyAccumulates, .parameters: break
    }
    let percentages = percentages(count)
    let chosen = try settings(percentages)
    let selection = try selection(chosen)
    let expected = expected(percentages)
    return SensitivitySuggestion(
      settings: chosen, selection: selection, isReached: meets(selection) ?? true,
      lossRise: expected.lossRise, accuracyDrop: hasAccuracy ? expected.accuracyDrop : nil)
  }

  private func isEnough(_ count: Int) throws -> Bool {
    switch target {
    case .loss, .accuracy: return isTooMuch(count)
    case .multiplyAccumulates, .parameters:
      return meets(try selection(settings(percentages(count)))) ?? true
    }
  }

  private func isTooMuch(_ count: Int) -> Bool {
    let expected = expected(percentages(count))
    switch target {
    case .loss(let rise): return expected.lossRise > rise
    case .accuracy(let drop): return expected.accuracyDrop > drop
    case .multiplyAccumulates, .parameters: return false
    }
  }
}
