internal import Datasets
internal import Errors
import Graph
import Pruning
package import Screens
internal import Training

extension SampleSnapshots {
  /// What may be answered, asked or not.
  package static func answers(_ snapshot: SessionSnapshot) -> [Action] {
    var configuration = DatasetConfiguration()
    configuration.data = ["data"]
    let found = DataSummary(title: "data", examples: 9)
    let problem = TrainingAnswer.Problem(option: "rate", sentence: "No.")
    var actions: [Action] = [
      .pathsCompleted(prefix: "", candidates: ["one", "other"]),
      .dataInspected(DataInspection(of: configuration, .success(found))),
      .trainingAnswered(TrainingAnswer(TrainingRequest())),
      .trainingAnswered(TrainingAnswer(TrainingRequest(), problem: problem)),
      .exported(.failure(CaughtError(SessionError.exists(paths: ["a"])))),
      .exported(.failure(CaughtError(SessionError.changing(.training(iteration: 0))))),
      .exportAwaited(path: "a"),
      .exported(.failure(CaughtError(SessionError.unfit(sentence: "No.", remedy: "Yes.")))),
    ]
    if let bound = snapshot.structure.value?.bound {
      actions.append(.compared(IterationComparison([0, 1], [NetworkComparison(bound, bound)])))
    }
    let entries = startEntries
    actions += [.startListed(entries), .startListed([])]
    actions += entries.map { .previewed($0, .success(preview(iterations: 3))) }
    actions.append(
      .previewed(entries[0], .failure(CaughtError(SessionError.unfit(sentence: "No.", remedy: "Yes.")))))
    return actions
  }

  /// What an engine might publish next, some of it unkind.
  package static func unkind(_ base: SessionSnapshot, version: Int, kind: Int) -> SessionSnapshot {
    var snapshot = base
    switch kind {
    case 0:
      return scoring(base, examples: 1 + version % 8, version: version, seed: UInt64(version))
    case 1:
      snapshot.structure = Versioned(base.structure.value, version: version)
      snapshot.iterations.append(
        IterationSummary(id: version, parent: 0, origin: "pruned", parameters: 1, multiplyAccumulates: 1))
      snapshot.currentIteration = version
    case 2:
      snapshot.structure = Versioned(nil, version: version)
      snapshot.scores = Versioned(nil, version: version)
      snapshot.iterations = []
    case 3:
      snapshot.generation = version
      snapshot.scores = Versioned(nil, version: version)
    case 4:
      // Parents that are missing or go round.
      snapshot.iterations = [
        IterationSummary(id: 0, parent: 1, origin: "a", parameters: 0, multiplyAccumulates: 0),
        IterationSummary(id: 1, parent: 0, origin: "b", parameters: 0, multiplyAccumulates: 0),
        IterationSummary(id: 2, parent: 9, origin: "c", parameters: 0, multiplyAccumulates: 0),
      ]
    case 5: return training(tree(base))
    case 6: return tree(base)
    case 7:
      // A training of an iteration that there is not, whose numbers are none.
      var state = TrainingState(epochs: 0, stepsPerEpoch: 0)
      state.losses = [.nan, .infinity, -1]
      state.history = [
        .init(
          number: 7, loss: .nan, accuracy: .infinity, validationLoss: .infinity, validationAccuracy: nil,
          rate: .nan, seconds: -1, isBest: false)
      ]
      state.best = .init(epoch: 3, loss: .nan, accuracy: -.infinity)
      snapshot.training = RunningTraining(
        iteration: 99,
        record: TrainingRecord(
          settings: TrainingSettings(epochs: 0), teacher: nil, state: state, seconds: .nan))
      snapshot.iterations[0].latency = latency(.infinity)
    default:
      var table = ScoreTable(criterion: .taylor)
      for layer in base.structure.value?.groups.layers ?? [] {
        // Too few kernels, and scores that are no numbers.
        table.layers[layer.layer.name] = KernelStatistics(exact: [.nan, .infinity, -1])
      }
      snapshot.scores = Versioned(table, version: version)
    }
    return snapshot
  }
}
