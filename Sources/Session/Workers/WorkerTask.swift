package import Compute
package import Datasets
package import Foundation
package import Pruning
import Ranks
package import Training

/// What the terminal program asks its workers for: one run, on an iteration of a session.
///
/// The model and the data stand on every machine under the same paths; the session comes along.
package struct WorkerTask: Codable, Sendable {
  /// A run, and what it goes on from.
  package enum Work: Codable, Sendable {
    /// Scores of kernels, behind those that are there.
    case score(Criterion, earlier: ScoreTable?, visited: Int)
    /// What pruning each layer does, by these scores; curves that are whole are not measured again.
    case measure(SensitivitySettings, scores: ScoreTable, earlier: SensitivityTable?)
    /// A training, from an encoded checkpoint on where there is one.
    case train(TrainingSettings, TrainingTeacher?, checkpoint: Data?)
  }

  let model: String
  /// The fingerprint that the model must have.
  let fingerprint: String
  let inputShapes: [String: [Int]]
  let iteration: Int
  let data: DatasetConfiguration
  /// How plans compute: `ComputeOptions.exact` and the name of a precision.
  let isExact: Bool
  let precision: String
  let work: Work

  /// A piece of work on the current iteration; `nil` without data, and where workers cannot learn of the iteration, since no
  /// session keeps it.
  package init?(_ work: Work, on workbench: Workbench, options: ComputeOptions) {
    guard let data = workbench.keptConfiguration,
      workbench.history.current == 0 || (workbench.sessionFolder != nil && workbench.keepingFailure == nil)
    else { return nil }
    self.work = work
    self.data = data
    model = workbench.absolute(workbench.path)
    fingerprint = workbench.fingerprint
    inputShapes = workbench.givenShapes
    iteration = workbench.history.current
    isExact = options.exact
    precision = options.precision.rawValue
  }

  /// What is sent to the first worker: the task, and the files of the session where the iteration is none that the model's file
  /// holds.
  package func message(session: SessionFolder?) -> [UInt8] {
    var message = MessageWriter()
    message.write(Array(JSONEncoder.bytes(of: self)))
    message.write(iteration == 0 ? [] : session?.message ?? [])
    return message.bytes
  }
}

/// What the first of the workers tells the terminal program, a line of JSON each.
package enum WorkerUpdate: Codable, Sendable {
  /// They have begun: the host of each, in the order of their numbers.
  case joined(hosts: [String])
  /// Scores so far, the examples that they are made of, and how far the run is.
  case scored(ScoreTable, visited: Int, RunProgress)
  /// Curves so far.
  case measured(SensitivityTable, RunProgress)
  /// Where a training is.
  case trained(TrainingState, RunProgress)
  /// Where a training was when an epoch was over, or when it ended: an encoded `TrainingCheckpoint`.
  case reached(Data)
  /// Examples that could not be read.
  case skipped([Batch.Skipped])
  /// All of it is done.
  case done
  /// They cannot do it, and why.
  case failed(sentence: String)

  /// Whether it makes another one that came before it worthless.
  func replaces(_ earlier: WorkerUpdate) -> Bool {
    switch (self, earlier) {
    case (.scored, .scored), (.measured, .measured), (.trained, .trained), (.reached, .reached): true
    default: false
    }
  }

  /// The update as a line.
  package var line: [UInt8] { Array(JSONEncoder.bytes(of: self)) + [UInt8(ascii: "\n")] }
}
