public import Compute
public import Pruning

/// What is known of the current iteration's kernels and layers.
extension Workbench {
  /// Scores of the current iteration's kernels.
  public var scores: ScoreTable {
    if let known = scoresByIteration[history.current] { return known }
    if let (iteration, known) = weightScores, iteration == history.current { return known }
    let made = ScoreTable(.l2, of: current.groups, in: current.bound)
    weightScores = (history.current, made)
    return made
  }

  /// Replaces the scores of the current iteration.
  public func adopt(_ table: ScoreTable) {
    scoresByIteration[history.current] = table
  }

  /// Forgets what data said of the current iteration; what weights say takes its place.
  package func discardScores() {
    scoresByIteration[history.current] = nil
    scoresVisited[history.current] = nil
    store?.forgetScores(of: history.current)
  }

  /// What pruning layers of the current iteration does to it, as far as it was measured.
  public var sensitivity: SensitivityTable? { sensitivityByIteration[history.current] }

  /// Keeps what was measured of an iteration.
  public func adopt(_ table: SensitivityTable, for iteration: Int) {
    let known = sensitivityByIteration.updateValue(table, forKey: iteration)
    if table.completeCount > 0, table.completeCount != known?.completeCount || table.subject != known?.subject
    {
      store?.keepSensitivity(sensitivityByIteration)
    }
  }

  /// A run that measures what pruning layers of the current iteration does to it, on the data for accuracy; what was
  /// measured already under the same settings is not measured again.
  ///
  /// - Throws: `noData` where none are attached, and what `SensitivityRun` throws.
  public func sensitivityRun(
    _ settings: SensitivitySettings, times: WidthTimes = WidthTimes(), options: ComputeOptions? = nil
  ) throws -> SensitivityRun {
    guard let evaluationDataset else { throw SessionError.noData }
    func run(_ earlier: SensitivityTable?) throws -> SensitivityRun {
      try SensitivityRun(
        current, dataset: evaluationDataset, scores: scores, settings: settings, earlier: earlier,
        times: times, options: options ?? self.options)
    }
    do {
      return try run(sensitivity)
    } catch PruningError.curvesOfAnother {
      // Curves of other settings give way.
      return try run(nil)
    }
  }
}
