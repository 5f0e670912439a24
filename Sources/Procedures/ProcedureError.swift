public import Errors

/// What can go wrong in a procedure, beside what can go wrong in a session.
public enum ProcedureError: ExplainedError {
  /// No layer of the model can be pruned.
  case unsupportedArchitecture
  /// The handle was made for another model.
  case anotherModel
  /// The handle has no parameter of the name.
  case unknownParameter(String)
  /// The parameter can be read only.
  case readOnlyParameter(String)
  /// The value cannot be had; `allowed` says which can.
  case value(parameter: String, given: String, allowed: String)
  /// Nothing was scored yet.
  case notScored
  /// The file is not a pruning handle.
  case notAHandle(path: String)
  /// A batch of another shape than the network takes.
  case batch(given: Int, expected: Int)
  /// A setting of a procedure that it cannot work with.
  case setting(String, allowed: String)

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .unsupportedArchitecture:
      "The model's architecture does not support pruning: no layer of it can lose a kernel."
    case .anotherModel: "The pruning data do not fit the given model: the handle was made for another one."
    case .unknownParameter(let name): "A pruning handle has no parameter \(name)."
    case .readOnlyParameter(let name): "The parameter \(name) can be read, not set."
    case .value(let parameter, let given, _): "The parameter \(parameter) cannot be \(given)."
    case .notScored: "The handle holds no scores yet."
    case .notAHandle(let path): "\(path) is not a pruning handle."
    case .batch(let given, let expected):
      "A batch has \(given) numbers, and the network's input takes \(expected)."
    case .setting(let name, _): "\(name) is not a value that this procedure can work with."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .unknownParameter, .readOnlyParameter, .value, .notScored, .setting: .usage
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unsupportedArchitecture: "Each layer of the network says what keeps it."
    case .anotherModel: "Give the model that it was created with, or create a new one."
    case .unknownParameter:
      "There are \(PruningHandle.Parameter.allCases.map(\.rawValue).joined(separator: ", "))."
    case .readOnlyParameter:
      "These can be set: \(PruningHandle.Parameter.settable.map(\.rawValue).joined(separator: ", "))."
    case .value(_, _, let allowed): "It can be \(allowed)."
    case .notScored: "Add a batch of labelled examples first."
    case .notAHandle: "Give a file that a handle was written to."
    case .batch: "Give whole examples of the input's shape."
    case .setting(_, let allowed): "Give \(allowed)."
    }
  }
}
