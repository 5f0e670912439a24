public import Errors
public import Graph

/// What can go wrong while a network is planned or run.
public enum ComputeError: ExplainedError, Hashable {
  /// No kernel computes the operator.
  case unsupportedOperator(op: String, nodes: [String])
  /// A gradient is asked for through an operator that has none.
  case noGradient(op: String, node: String)
  /// A node is of a form that its kernel does not compute.
  case unsupportedForm(op: String, node: String, problem: String)
  /// The data hold an index, a length or a region that lies outside of what it refers to.
  case outsideData(op: String, node: String, what: String)
  /// A shape follows from the data, and a plan needs it before.
  case unknownShape(value: String)
  /// An input has no array.
  case missingInput(String)
  /// A value was given more or fewer numbers than its shape has.
  case wrongElementCount(value: String, shape: [Int], given: Int)
  /// A value that the plan does not keep, or has not computed yet.
  case notKept(value: String)
  /// Taylor terms are asked of a value that the plan was not made to score.
  case notAPoint(value: String)
  /// A gradient or an update is asked of a constant that the plan does not train.
  case notAParameter(value: String)
  /// A backward pass is asked of a plan that has none.
  case noBackward
  /// The processor does not compute with such elements.
  case unsupportedPrecision(ElementType)
  /// Training is asked for with other numbers than float32.
  case trainsInFloat32
  /// A run would take more memory than it may.
  case overBudget(needed: Int, allowed: Int)
  /// The arena of a plan does not fit.
  case outOfMemory(bytes: Int)
  /// oneDNN refused.
  case library(operation: String, status: String)

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .unsupportedOperator(let op, let nodes):
      "The operator \(op) cannot be computed (\(Self.list(nodes)))."
    case .noGradient(let op, let node): "The \(op) node \(node) has no gradient."
    case .unsupportedForm(let op, let node, let problem):
      "The \(op) node \(node) cannot be computed: \(problem)."
    case .outsideData(let op, let node, let what):
      "The \(op) node \(node) was given \(what)."
    case .unknownShape(let value): "The shape of \(value) is not known before the data are."
    case .missingInput(let name): "The input \(name) was not given."
    case .wrongElementCount(let value, let shape, let given):
      "The value \(value) has the shape \(shape.shapeText); it was given \(given) numbers."
    case .notKept(let value): "The value \(value) is not one that this plan keeps."
    case .notAPoint(let value): "The value \(value) is not a score point of this plan."
    case .notAParameter(let value): "The value \(value) is not a trained parameter of this plan."
    case .noBackward: "This plan has no backward pass."
    case .unsupportedPrecision(let type): "This processor does not compute with \(type.rawValue) numbers."
    case .trainsInFloat32: "Training computes with float32 numbers only."
    case .overBudget(let needed, let allowed):
      "A run of this network would need \(needed.byteText) of memory, more than the \(allowed.byteText) that may be taken."
    case .outOfMemory(let bytes): "\(bytes.byteText) of memory could not be had."
    case .library(let operation, let status): "oneDNN refused \(operation): \(status)."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .missingInput, .trainsInFloat32: .usage
    case .unsupportedOperator, .noGradient, .unsupportedForm, .unsupportedPrecision: .unsupported
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unsupportedOperator, .noGradient, .unknownShape:
      "Stop before it at an earlier value, or use a criterion that needs only weights."
    case .unsupportedForm: "Export the model with other settings, or stop before the node."
    case .outsideData: "Give data as the model was trained on, or stop before the node."
    case .missingInput, .wrongElementCount: "Give data of the shape that the model declares."
    case .notKept, .notAPoint, .notAParameter: "Name it when the plan is made."
    case .noBackward: "Make the plan for scoring or training."
    case .unsupportedPrecision, .trainsInFloat32: "Compute with float32 numbers."
    case .overBudget: "Use a smaller batch, or allow that much, where the machine has it."
    case .outOfMemory: "Use a smaller batch."
    case .library: "Report the model and this message."
    }
  }

  private static func list(_ nodes: [String]) -> String {
    let shown = nodes.prefix(3).joined(separator: ", ")
    return nodes.count > 3 ? "\(shown) and \(nodes.count - 3) more" : shown
  }
}
