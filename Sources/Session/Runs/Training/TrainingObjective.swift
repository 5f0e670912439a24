import Compute
import Datasets
import Graph
import Training

/// What training makes smaller: the loss of the labels, the distance from a teacher's outputs, or a mixture.
struct TrainingObjective {
  /// A value that is compared with the teacher's.
  private struct Pair {
    let student: ValueID
    let teacher: ValueID
    /// Of one example, without the batch.
    let shape: [Int]
  }

  /// The loss of the labels; `nil` where the data have none.
  let labelled: Objective?
  private let labelSmoothing: Double
  private let distillation: Distillation?
  private let measure: Distillation.Measure
  private let pairs: [Pair]

  /// What the student's plan has to compute.
  var values: [ValueID] { Array(Set((labelled?.values ?? []) + pairs.map(\.student))).sorted() }
  /// What the teacher's plan has to compute.
  var teacherValues: [ValueID] { Array(Set(pairs.map(\.teacher))).sorted() }

  /// - Throws: where the data have nothing to learn from and there is no teacher, or the teacher does not fit.
  init(
    _ network: OpenNetwork, dataset: Dataset, settings: TrainingSettings, teacher: OpenNetwork?
  ) throws {
    let isLabelled = dataset.loss != .outputEnergy
    guard isLabelled || teacher != nil else { throw TrainingError.lossNeeds("labels or targets") }
    labelled = isLabelled ? try Objective(network.bound, dataset: dataset) : nil
    labelSmoothing = settings.labelSmoothing
    guard let teacher else {
      (distillation, measure, pairs) = (nil, .output, [])
      return
    }
    let distillation = settings.distillation ?? Distillation()
    let measure = distillation.measure ?? (dataset.loss == .crossEntropy ? .logits : .output)
    self.distillation = distillation
    self.measure = measure
    let indices = dataset.configuration.lossAt
    var pairs: [Pair] = []
    if measure == .logits || indices != nil {
      // As for cross entropy: of probabilities the logits before them.
      let loss: Loss = measure == .logits ? .crossEntropy : .outputEnergy
      let students = try Objective(network.bound, loss: loss, at: indices).terms
      let teachers = try Objective(teacher.bound, loss: loss, at: indices).terms
      for (student, teacher) in zip(students, teachers) {
        pairs.append(Pair(student: student.value, teacher: teacher.value, shape: student.shape))
      }
    } else {
      for (index, output) in network.network.outputs.enumerated() {
        let name = network.network.name(of: output)
        let named = teacher.network.value(named: name) ?? teacher.network.outputs.dropFirst(index).first
        guard let partner = named, let shape = network.bound.shape(of: output),
          network.bound.specs[output.index]?.elementType.isFloatingPoint ?? false
        else { continue }
        pairs.append(Pair(student: output, teacher: partner, shape: Array(shape.dropFirst())))
      }
    }
    for pair in pairs {
      let shape = Array((teacher.bound.shape(of: pair.teacher) ?? []).dropFirst())
      guard shape == pair.shape else {
        throw TrainingError.teacherDiffers(
          output: network.network.name(of: pair.student), student: pair.shape, teacher: shape)
      }
    }
    guard !pairs.isEmpty else { throw SessionError.noSuchValue("an output of numbers", known: []) }
    self.pairs = pairs
  }

  /// Measures a batch after forward passes of the student's and the teacher's plan.
  ///
  /// - Parameter smooths: whether labels are smoothed, which is for training only.
  func evaluate(
    _ plan: ExecutionPlan, teacher: ExecutionPlan?, batch: Batch, smooths: Bool
  ) throws -> Objective.Evaluation {
    let own = try labelled.map { objective in
      try objective.evaluate(plan, batch: batch, labelSmoothing: smooths ? labelSmoothing : 0, seed: 0)
    }
    guard let distillation, let teacher else {
      guard let own else { preconditionFailure("an objective has labels or a teacher") }
      return own
    }
    let weight = own == nil ? 1 : distillation.weight
    var result = Objective.Evaluation(
      losses: [Double](repeating: 0, count: batch.count), gradients: [:], correct: own?.correct,
      correctInFive: own?.correctInFive, decisions: own?.decisions ?? 0)
    if let own { result.add(own.losses, own.gradients, times: 1 - weight) }
    for pair in pairs {
      let (given, wanted) = (try plan.value(pair.student), try teacher.value(pair.teacher))
      let found = try distillation.evaluate(
        student: given, teacher: wanted, shape: [batch.count] + pair.shape, by: measure)
      result.add(found.losses, [pair.student: found.gradient], times: weight)
    }
    return result
  }
}

extension Objective.Evaluation {
  /// Adds losses and their gradients with a weight.
  fileprivate mutating func add(_ others: [Double], _ slopes: [ValueID: [Float]], times weight: Double) {
    guard weight != 0 else { return }
    for index in losses.indices { losses[index] += weight * others[index] }
    for (value, gradient) in slopes {
      let scaled = weight == 1 ? gradient : gradient.map { $0 * Float(weight) }
      gradients[value] = gradients[value].map { zip($0, scaled).map(+) } ?? scaled
    }
  }
}
