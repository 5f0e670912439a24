import Datasets
import Pruning

/// Scores by what each width of a group loses once what reads it is refitted: groups are measured one after another, and a
/// layer has its scores when its groups have their curves.
final class RefitScores: ScoreWork {
  private let run: CurveRun
  private let groups: ChannelGroups
  private(set) var table: ScoreTable

  init(_ subject: ScoreSubject) throws {
    groups = subject.network.groups
    guard groups.layers.contains(where: \.isPrunable) else { throw SessionError.notPrunable }
    run = try CurveRun(
      subject.network, original: subject.original, dataset: subject.dataset,
      settings: CurveSettings(examples: subject.order.count, operations: CurveSettings.operationsOfScores),
      continuing: subject.earlier?.table.curves, options: subject.options)
    table = run.curves.scores(of: groups)
  }

  /// Groups that were measured stand in the table, and are not measured again.
  var visited: Int { run.curves.examples }
  var progress: RunProgress { run.progress }
  var skipped: [Batch.Skipped] { run.skipped }

  func step() throws -> Bool {
    let known = run.measuredGroups
    let goesOn = try run.step()
    if run.measuredGroups > known { table = run.curves.scores(of: groups) }
    return goesOn
  }
}
