import Datasets
import Foundation
import Pruning
import Training

/// A line of a session's journal: what happened, and what is so from then on. Of every iteration the last line counts.
struct JournalLine: Codable {
  /// What happened.
  enum Event: String, Codable {
    case opened, attached, pruned, recovered, trained, adopted, named, deleted, went, measured, exported
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
    /// How far its outputs are from the original's; missing where that was not measured, and in lines of older programs.
    var deviation: OutputDeviation?
    /// Seconds of one example; what they were measured under, their spread and their date are missing in lines of older
    /// programs.
    var latency: Double?
    var latencyConditions: LatencyConditions?
    var latencySpread: Double?
    var latencyDate: Double?
    /// Whether it is written as it is. Older programs wrote whether it ever was.
    var isExported: Bool
    /// What changed its network since it was made; `nil` in lines of older programs.
    var changes: [NetworkChange]?
    /// The revision that was written last.
    var writtenRevision: Int?
    /// What each removal left that made it; missing in lines of older programs.
    var records: [StepRecord]?
    /// When it was made, in seconds since 1970; missing of the original and in lines of older programs.
    var made: Double?

    /// Finds out what the lines of older programs do not say: what changed the network, and before which of the changes
    /// it was written.
    mutating func completeChanges(since earlier: Self?, by event: Event) {
      guard changes == nil else { return }
      var changes = earlier?.changes ?? []
      switch event {
      case .recovered: changes.append(.recovery(recovery?.steps.map(\.method) ?? []))
      // A training that learned nothing left the weights as they were.
      case .trained where weights != earlier?.weights: changes.append(.training)
      default: break
      }
      writtenRevision = event == .exported ? changes.count : earlier?.writtenRevision
      self.changes = changes
    }
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
      guard 0...100 ~= goal.keepPercent, numbers.contains(goal.steps), numbers.contains(goal.start),
        goal.absolute.map({ $0.isFinite && $0 > 0 }) ?? true
      else { return false }
    }
    return training.map { (try? $0.settings.validated()) != nil } ?? true
  }

  /// A line that is written now.
  init(_ event: Event) {
    self.event = event
    time = Date().timeIntervalSince1970
  }
}
