public import Errors

/// What can be wrong with a network.
public enum GraphError: ExplainedError, Hashable {
  /// A tensor's type, shape and bytes do not fit together.
  case malformedTensor(String)
  /// No rule knows the operator.
  case unknownOperator(op: String, node: String)
  /// A node breaks its operator's rule.
  case invalidNode(op: String, node: String, problem: String)
  /// A node makes a shape that is not known before the data are.
  case dataDependentShape(op: String, node: String)
  /// An `If` whose condition is not known before the data are.
  case dataDependentBranch(node: String)
  /// A constant that a node makes is larger than what may be computed before the data are.
  case overBudget(op: String, node: String, needed: Int, allowed: Int)
  /// An input has free dimensions, and no shape was given for it.
  case missingInputShape(input: String, dimensions: String)
  /// The shape given for an input contradicts its declaration.
  case wrongInputShape(input: String, given: [Int], problem: String)
  /// A shape was given for an input that there is not.
  case unknownInput(String, known: [String])

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .malformedTensor(let what): "The model holds \(what), which do not fit together."
    case .unknownOperator(let op, let node):
      "The operator \(op) of node \(node) is not one that secateur knows."
    case .invalidNode(let op, let node, let problem): "The \(op) node \(node) is invalid: \(problem)."
    case .dataDependentShape(let op, let node):
      "The shape that the \(op) node \(node) makes depends on the data, not on shapes alone."
    case .dataDependentBranch(let node):
      "Which branch the If node \(node) takes depends on the data, not on shapes alone."
    case .overBudget(let op, let node, let needed, let allowed):
      "The constant that the \(op) node \(node) makes would need \(needed.byteText), more than the \(allowed.byteText) that are allowed for it."
    case .missingInputShape(let input, let dimensions):
      "The input \(input) has free dimensions (\(dimensions)) that nothing fixes."
    case .wrongInputShape(let input, let given, let problem):
      "The input \(input) was given the shape \(given.shapeText): \(problem)."
    case .unknownInput("", let known): "The model has \(known.count) inputs, and none of them was named."
    case .unknownInput(let name, _): "The model has no input called \(name)."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .unknownOperator, .dataDependentShape, .dataDependentBranch: .unsupported
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .malformedTensor: "Export the model again; the file may be damaged."
    case .unknownOperator:
      "Stop before it at an earlier value, or use a criterion that needs only weights."
    case .invalidNode: "Check the model with onnx.checker and export it again."
    case .dataDependentShape: "Stop before it at an earlier value."
    case .dataDependentBranch:
      "Stop before it at an earlier value, or export the model with the branch decided."
    case .overBudget: "Allow that much for it, where the machine has it."
    case .missingInputShape: "Give its shape, such as 1×3×224×224."
    case .wrongInputShape: "Give data of the shape that the model declares."
    case .unknownInput(_, let known): "Its inputs are: \(known.joined(separator: ", "))."
    }
  }
}
