/// What can be wrong with a loss or a training run.
public enum TrainingError: Error, Sendable, Hashable {
  case outputHasNoExamples(shape: [Int])
  case outputIsNotClasses(shape: [Int])
  case targetsDoNotFit(expected: Int, given: Int)
  case labelOutOfRange(label: Int, classes: Int)
  case lossNeeds(String)
  case diverged(step: Int)

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .outputHasNoExamples(let shape):
      "The output of shape \(shape) has no dimension that runs over the examples."
    case .outputIsNotClasses(let shape): "The output of shape \(shape) is not one number a class."
    case .targetsDoNotFit(let expected, let given):
      "The outputs ask for \(expected) target values; the data give \(given)."
    case .labelOutOfRange(let label, let classes):
      "A label is \(label), and the model has \(classes) outputs (0 to \(classes - 1))."
    case .lossNeeds(let what): "The loss needs \(what), and the data have none."
    case .diverged(let step): "The loss is not a number any more at step \(step)."
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .outputHasNoExamples, .outputIsNotClasses: "Name another output, or use --loss output-energy."
    case .targetsDoNotFit: "Give targets of the output's shape, or use --loss output-energy."
    case .labelOutOfRange(_, let classes):
      "Give data with labels below \(classes), or use --loss output-energy."
    case .lossNeeds: "Give data with them, or use --loss output-energy."
    case .diverged: "Lower the learning rate."
    }
  }
}
