import Pruning

/// What is known of an iteration beside its network.
public struct IterationSummary: Sendable, Hashable, Identifiable {
  /// 0 is the original; the number of one that was deleted is not used again.
  public let id: Int
  /// The iteration that this one was made from.
  public let parent: Int?
  /// What made it, in a few words.
  public let origin: String
  /// What a person calls it; `nil` without a name.
  public package(set) var name: String?
  /// Learnable elements.
  public package(set) var parameters: Int
  /// Multiply-accumulates for one example.
  public package(set) var multiplyAccumulates: Int
  /// When it was made, in seconds since 1970; `nil` for the original, and where nobody noted that.
  package var made: Double?
  /// Bytes of its weights.
  package var bytes: Int
  /// What was won back after the last step.
  public package(set) var recovery: Recovery?
  /// What it was trained by, in order.
  public package(set) var trainings: [TrainingRecord] = []
  /// What each removal left that made it, where a loop took note of that.
  package var records: [StepRecord] = []
  /// What it was measured at, once it was.
  public package(set) var evaluation: Evaluation?
  /// How far its outputs are from the original's, once that was measured; `nil` for the original.
  public package(set) var outputDeviation: OutputDeviation?
  /// How long one example takes, once measured.
  public package(set) var latency: MeasuredLatency?
  /// What changed its network since it was made, in order.
  package var changes: [NetworkChange] = []
  /// The revision that the file has which was written last; `nil` where none was.
  package var writtenRevision: Int?

  /// An iteration that was just made.
  package init(
    id: Int, parent: Int?, origin: String, parameters: Int, multiplyAccumulates: Int, bytes: Int = 0
  ) {
    self.id = id
    self.parent = parent
    self.origin = origin
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
    self.bytes = bytes
  }

  /// How often its network changed since it was made. What is only measured, scored or named does not count.
  package var revision: Int { changes.count }

  /// Whether the file that was written last has the network as it is now.
  public var isWritten: Bool { writtenRevision == revision }

  /// The first change that the file lacks which was written last; `nil` where it lacks none, and where none was written.
  package var firstUnwrittenChange: NetworkChange? {
    writtenRevision.flatMap { changes.indices.contains($0) ? changes[$0] : nil }
  }

  /// What was done, in a few words: `−120 kernels by taylor, refit, 3 epochs`.
  public var title: String {
    let recovered = recovery.map { $0.steps.map(\.method.rawValue) } ?? []
    let epochs = trainings.reduce(0) { $0 + $1.epochsKept }
    let trained = trainings.isEmpty ? [] : ["\(epochs) epoch\(epochs == 1 ? "" : "s")"]
    return ([origin] + recovered + trained).joined(separator: ", ")
  }
}
