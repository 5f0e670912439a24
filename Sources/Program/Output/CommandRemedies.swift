import Compute
import Datasets
import Errors
import Formats
import Graph
import Procedures
import Pruning
import Schedules
import Session
import Training

extension CaughtError {
  /// The error with its remedy in the words of the command line and of the terminal program, where it has some.
  init(worded caught: any Error) {
    let error = (caught as? CaughtError)?.error ?? caught
    self.init(error, remedy: Self.commandRemedy(of: error))
  }

  /// What to type; `nil` where the library's own words say all.
  private static func commandRemedy(of error: any Error) -> String? {
    switch error {
    case let error as GraphError: error.commandRemedy
    case let error as FormatError: error.commandRemedy
    case let error as DatasetError: error.commandRemedy
    case let error as ComputeError: error.commandRemedy
    case let error as PruningError: error.commandRemedy
    case let error as TrainingError: error.commandRemedy
    case let error as SessionError: error.commandRemedy
    case let error as AdoptionError: error.commandRemedy
    case let error as ScheduleError: error.commandRemedy
    case let error as ProcedureError: error.commandRemedy
    default: nil
    }
  }
}

private let stopsEarlier = "Stop before it with --stop-at and an earlier value"
private let needsOnlyWeights = "\(stopsEarlier), or use a criterion that needs only weights."

extension GraphError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .unknownOperator: needsOnlyWeights
    case .dataDependentShape: "\(stopsEarlier)."
    case .dataDependentBranch: "\(stopsEarlier), or export the model with the branch decided."
    case .overBudget(_, _, let needed, _):
      "Allow it with --memory \(needed.budgetText), where the machine has that much."
    case .missingInputShape(let input, _):
      "Give its shape with --input \(input)=1x3x224x224, or in the terminal program with :open FILE \(input)=1x3x224x224."
    default: nil
    }
  }
}

extension FormatError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .missingInputShape(_, let input, let example):
      "Give it with --input \(input)=\(example), or in the terminal program with :open FILE \(input)=\(example)."
    case .notExpressible: "Write it as ONNX instead (-o OUT.onnx), or prune so that the node stays as it is."
    default: nil
    }
  }
}

extension DatasetError {
  fileprivate var commandRemedy: String? {
    guard case .overBudget(_, let needed, _) = self else { return nil }
    return "Allow it with --memory \(needed.budgetText), where the machine has that much, or divide it."
  }
}

extension ComputeError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .unsupportedOperator, .noGradient, .unknownShape: needsOnlyWeights
    case .unsupportedForm: "Export the model with other settings, or stop before the node with --stop-at."
    case .outsideData: "Give data as the model was trained on, or stop before the node with --stop-at."
    case .unsupportedPrecision, .trainsInFloat32: "Leave --precision out, or set it to f32."
    case .overBudget(let needed, _):
      "Use a smaller batch, or allow it with --memory \(needed.budgetText), where the machine has that much."
    default: nil
    }
  }
}

extension PruningError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .tooManyChannels: "Stop before the widest part with --stop-at and an earlier value."
    case .malformedPlan: "Correct the file; `secateur prune --plan-out` shows the form."
    default: nil
    }
  }
}

extension TrainingError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .outputHasNoExamples, .outputIsNotClasses: "Name another output, or use --loss output-energy."
    case .targetsDoNotFit: "Give targets of the output's shape, or use --loss output-energy."
    case .labelOutOfRange(_, let classes):
      "Give data with labels below \(classes), or use --loss output-energy."
    case .lossNeeds: "Give data with them, or learn from the original model with --distil-from."
    case .notPictures: "Leave --augment out."
    default: nil
    }
  }
}

extension SessionError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .lossComparesNothing: "Give data with labels or targets, or another --loss."
    case .noData: "Give them with --data, or in a YAML file beside the model."
    case .notPrunable: "`secateur inspect` says for each layer why."
    case .nothingBefore: "Give --stop-at a value further behind, or leave it out."
    case .notScored(.external): "Give the file with --scores, or in the terminal program with :scores FILE."
    case .notScored: "Use another criterion: `secateur help criteria` says what each needs."
    case .recoveryNeedsData: "Give them with --data, or leave recovery out with --no-recover."
    case .sessionInUse: "End that program first, or give another folder with --session."
    case .sessionOfAnotherModel: "Give that model, or another folder with --session."
    case .damagedSession: "Begin anew with --new, which puts the old session aside."
    case .newerSession: "Use that version, or begin anew with --new, which puts the old session aside."
    case .noSession: "Open a model first; `secateur sessions` lists what there is."
    default: nil
    }
  }
}

extension AdoptionError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .missing(_, _, true):
      "Give all parameters of the iteration, or --allow-missing: those without a tensor stay as they are."
    case .missing:
      "Save the state_dict of the model that was exported; --prefix says what its names begin with."
    case .ambiguous: "Say which of them is meant with --prefix, or in the terminal program behind the file."
    case .otherShapes:
      "The weights belong to another iteration, or to the model before it was pruned: --iteration names the one they were trained for."
    default: nil
    }
  }
}

extension ScheduleError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .wrongType: "Write it as `secateur help schedule` shows."
    case .unknownWeight(_, _, let near) where near.isEmpty:
      "`secateur inspect` lists the layers; PyTorch's names do too, such as module.conv1.weight."
    case .otherState: "Give another folder, or --new to begin again in this one."
    default: nil
    }
  }
}

extension ProcedureError {
  fileprivate var commandRemedy: String? {
    switch self {
    case .unsupportedArchitecture: "`secateur explain` says for each layer what keeps it."
    case .notAHandle: "Give a file that `secateur handle create` wrote."
    default: nil
    }
  }
}
