import Datasets
import Foundation
import Pruning
import Training

/// A line of a session's journal: what happened, and what is so from then on. Of every iteration the last line counts.
struct JournalLine: Codable {
  /// What happened.
  enum Event: String, Codable {
    case opened, attached, pruned, recovered, trained, named, deleted, went, measured, exported
    case trainingBegan = "training-began"
    case trainingEnded = "training-ended"
    case iteratingBegan = "iterating-began"
    case iteratingEnded = "iterating-ended"
  }

  /// What the first line says.
  struct Header: Codable {
    static let currentVersion = 1

    /// The version of this format.
    var version = currentVersion
    /// Where the model was opened, as an absolute path.
    var model: String
    /// `Network.fingerprint` of the model.
    var fingerprint: String
    /// Shapes of inputs that the file leaves open, by name.
    var inputShapes: [String: [Int]]
  }

  /// Everything about an iteration but its numbers.
  struct IterationState: Codable {
    var id: Int
    var parent: Int?
    var origin: String
    var name: String?
    /// What was done since the parent.
    var step: PruningPlan.Step?
    /// The file with the weights that changed since the prune; `nil` where they did not.
    var weights: String?
    var recovery: Recovery?
    var trainings: [TrainingRecord]
    var evaluation: Evaluation?
    var latency: Double?
    var isExported: Bool
  }

  /// A training that is not over.
  struct Training: Codable {
    var iteration: Int
    var settings: TrainingSettings
    var teacher: TrainingTeacher?
  }

  /// Seconds since 1970.
  var time: Double
  var event: Event
  var header: Header?
  var data: DatasetConfiguration?
  var iteration: IterationState?
  /// The current iteration, where it is another one now.
  var current: Int?
  var deleted: [Int]?
  var training: Training?
  var goal: IterationGoal?

  /// Whether its numbers and names are some that a session writes.
  var isSound: Bool {
    let numbers = 0..<1_000_000_000
    if let iteration {
      guard numbers.contains(iteration.id), iteration.parent.map(numbers.contains) ?? true,
        iteration.weights.map(SessionFolder.isWeightsName) ?? true
      else { return false }
    }
    if let goal {
      guard 0...100 ~= goal.keepPercent, numbers.contains(goal.steps), numbers.contains(goal.start) else {
        return false
      }
    }
    return training.map { (try? $0.settings.validated()) != nil } ?? true
  }

  /// A line that is written now.
  init(_ event: Event) {
    self.event = event
    time = Date().timeIntervalSince1970
  }
}
