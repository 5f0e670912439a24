public import Errors

/// What can be wrong with a loss or a training run.
public enum TrainingError: ExplainedError, Hashable {
  /// No dimension of the output runs over the examples.
  case outputHasNoExamples(shape: [Int])
  /// A loss of classes is taken of something else.
  case outputIsNotClasses(shape: [Int])
  /// The data have another number of targets than the output asks for.
  case targetsDoNotFit(expected: Int, given: Int)
  /// A label is no class of the model.
  case labelOutOfRange(label: Int, classes: Int)
  /// The data lack what the loss compares with.
  case lossNeeds(String)
  /// No constant of the network is one that a gradient may move.
  case nothingToTrain
  /// No trained parameter belongs to a kernel that can go.
  case nothingToPenalize(String)
  /// Pictures are to be changed, and these are none.
  case notPictures(what: String, shape: [Int])
  /// The teacher's output cannot be compared with the student's.
  case teacherDiffers(output: String, student: [Int], teacher: [Int])
  /// So many steps in a row gave a loss or gradients that are not numbers.
  case notFinite(steps: Int)
  /// A setting is not one that a run can have.
  case setting(String, allowed: String)

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
    case .nothingToTrain: "No weight of this model can be trained."
    case .nothingToPenalize(let kind): "No weight of this model that can go has a \(kind) penalty."
    case .notPictures(let what, let shape):
      "\(what) of the shape \(shape) are no pictures that could be flipped or moved with the input."
    case .teacherDiffers(let output, let student, let teacher):
      "The teacher's \(output) has the shape \(teacher) for one example, the model's \(student)."
    case .notFinite(let steps):
      "The loss or its gradients are not numbers any more, for \(steps) steps in a row."
    case .setting(let name, let allowed): "\(name) is \(allowed)."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .setting: .usage
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .outputHasNoExamples, .outputIsNotClasses: "Name another output, or use the loss output-energy."
    case .targetsDoNotFit: "Give targets of the output's shape, or use the loss output-energy."
    case .labelOutOfRange(_, let classes):
      "Give data with labels below \(classes), or use the loss output-energy."
    case .lossNeeds: "Give data with them, or learn from the original model."
    case .nothingToTrain: "Give a model with floating-point weights."
    case .nothingToPenalize: "Use another penalty, or none."
    case .notPictures: "Leave the changes of pictures out."
    case .teacherDiffers: "Give the model that this one was pruned from."
    case .notFinite: "Lower the rate, or clip the gradients."
    case .setting(let name, _): "Correct \(name)."
    }
  }
}
