import Graph
import Pruning
import Screens
import Session

extension IterationSummary {
  /// - Parameter conditions: what times are measured under now.
  init(_ iteration: Iteration, under conditions: LatencyConditions?) {
    let latency = iteration.latency.map { ($0, conditions.map($0.compares(under:)) ?? false) }
    self.init(
      id: iteration.id, parent: iteration.parent, title: iteration.title, name: iteration.name,
      parameters: iteration.network.summary.parameters,
      multiplyAccumulates: iteration.network.summary.multiplyAccumulates,
      evaluation: iteration.evaluation.map {
        .init(accuracy: $0.accuracy, loss: $0.loss, examples: $0.examples)
      },
      latency: latency.flatMap { $0.1 ? $0.0.seconds : nil }, file: .init(iteration))
    latencyOtherwise = latency.flatMap { $0.1 ? nil : $0.0.seconds }
    latencyCircumstances = iteration.latency?.circumstances
    bytes = iteration.network.groups.bytes
    recovery = iteration.recovery?.lines ?? []
    trainings = iteration.trainings
  }
}

extension IterationSummary.File {
  init(_ iteration: Iteration) {
    if iteration.isWritten {
      self = .current
    } else if let change = iteration.firstUnwrittenChange {
      self = .before(change.name)
    } else {
      self = .none
    }
  }
}
