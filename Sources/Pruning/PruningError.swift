public import Errors
import Graph

/// What can be wrong with a request to prune.
public enum PruningError: ExplainedError, Hashable {
  /// A name that no layer goes by.
  case unknownLayer(String, known: [String])
  /// An amount that a layer cannot lose or keep.
  case invalidAmount(layer: String, problem: String)
  /// A target that is no percentage or is negative.
  case invalidTarget(String)
  /// A limit or a multiple out of range.
  case invalidSetting(String)
  /// A pattern that fits no layer's name.
  case noMatch(pattern: String, known: [String])
  /// A kernel that the layer does not have.
  case noSuchKernel(layer: String, kernel: Int, kernels: Int)
  /// A kernel that is pinned was to go.
  case kernelCannotGo(layer: String, kernel: Int, reason: String)
  /// Of kernels that can only go together, some were to stay.
  case splitCoupling(layer: String, kernel: Int, partner: String, partnerKernel: Int)
  /// Nothing would be left of a layer or of a group in it.
  case emptyLayer(String)
  /// More channels than can be numbered.
  case tooManyChannels(Int)
  /// What was rewritten does not fit together: a defect of a rule, found before anything is written.
  case wrongShape(node: String, value: String, expected: [Int], found: [Int])
  /// A node whose attributes or inputs cannot say what is left.
  case notRewritable(node: String, problem: String)
  /// A node that would work only for the extents that the network is bound to, where the model takes others.
  case fixesOpenAxis(node: String, axes: String)
  /// The selection, scores or groups are of another network.
  case anotherNetwork
  /// The plan has no steps.
  case emptyPlan
  /// The plan's fingerprint is not the model's.
  case planForAnotherModel(model: String, expected: String, found: String)
  /// A step names what the model does not have.
  case planStep(Int, problem: String)
  /// The file is not a plan.
  case malformedPlan(path: String, line: Int?, problem: String)
  /// The plan was written by a later version.
  case unsupportedPlanVersion(Int)
  /// Curves of sensitivity do not belong to what they are to be used with.
  case curvesOfAnother(String)
  /// No curve of sensitivity is complete.
  case noCurves
  /// The times of layers, which a target of latency needs, were not measured.
  case noTimes

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .unknownLayer(let name, _): "The model has no layer called \(name)."
    case .invalidAmount(let layer, let problem): "The amount for the layer \(layer) is invalid: \(problem)."
    case .invalidTarget(let problem): "The target is invalid: \(problem)."
    case .invalidSetting(let problem): "A setting is invalid: \(problem)."
    case .noMatch(let pattern, _): "The model has no layer whose name is like \(pattern)."
    case .noSuchKernel(let layer, let kernel, let kernels):
      "The layer \(layer) has no kernel \(kernel); its kernels are numbered 0 to \(kernels - 1)."
    case .kernelCannotGo(let layer, let kernel, let reason):
      "Kernel \(kernel) of the layer \(layer) cannot be removed: \(reason)"
    case .splitCoupling(let layer, let kernel, let partner, let partnerKernel):
      "Kernel \(kernel) of \(layer) and kernel \(partnerKernel) of \(partner) can only be removed together."
    case .emptyLayer(let what): "Nothing would be left of \(what)."
    case .tooManyChannels(let count):
      "The model has \(count) channels to follow, more than secateur can number."
    case .wrongShape(let node, let value, let expected, let found):
      "After pruning, the node \(node) would make \(value) of shape \(found.shapeText) instead of \(expected.shapeText)."
    case .notRewritable(let node, let problem): "The node \(node) cannot be rewritten: \(problem)."
    case .fixesOpenAxis(let node, let axes):
      "After pruning, the node \(node) could not take another size of \(axes), which the model leaves open."
    case .anotherNetwork: "The selection was made for another network."
    case .emptyPlan: "The plan removes nothing: it has no steps."
    case .planForAnotherModel(let model, let expected, let found):
      "The plan was made for \(model) with the fingerprint \(expected); this model's is \(found)."
    case .planStep(let step, let problem): "Step \(step) of the plan does not fit the model: \(problem)"
    case .malformedPlan(let path, let line?, let problem):
      "The plan \(path) is not valid, line \(line): \(problem)."
    case .malformedPlan(let path, nil, let problem): "The plan \(path) is not valid: \(problem)."
    case .unsupportedPlanVersion(let version): "The plan has the format version \(version)."
    case .curvesOfAnother(let what): "The curves of sensitivity were measured with another \(what)."
    case .noCurves: "No curve of sensitivity is complete yet."
    case .noTimes: "The times of the layers were not measured yet."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .unknownLayer, .invalidAmount, .invalidTarget, .invalidSetting, .noMatch, .noSuchKernel: .usage
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unknownLayer(_, let known), .noMatch(_, let known):
      known.isEmpty
        ? "The model has no layers with kernels."
        : "Its layers are: \(known.prefix(12).joined(separator: ", "))\(known.count > 12 ? ", …" : "")."
    case .invalidAmount: "Give a percentage from 0 to 100, or the number of kernels to keep."
    case .invalidTarget: "Give a percentage from 0 to 100, or a number that is not negative."
    case .invalidSetting: "Give a share from 0 to 1, and a multiple from 1."
    case .noSuchKernel: "Give the number of a kernel that the layer has."
    case .kernelCannotGo: "Leave that kernel in place, or prune a layer that is not frozen."
    case .splitCoupling: "Remove or keep both."
    case .emptyLayer: "Keep at least one kernel of it."
    case .tooManyChannels: "Stop before the widest part at an earlier value."
    case .wrongShape, .notRewritable, .fixesOpenAxis:
      "Protect the layers in front of that node and report the model."
    case .anotherNetwork: "Analyse the network again and repeat the selection."
    case .emptyPlan: "Prune at least once before writing a plan."
    case .planForAnotherModel: "Apply it to the file that it was made from, unchanged."
    case .planStep: "Make the plan again with this version of secateur."
    case .malformedPlan: "Correct the file; a plan that was written shows the form."
    case .unsupportedPlanVersion: "This version of secateur reads version 1; use a newer one."
    case .curvesOfAnother: "Ask for what they were measured with, or measure anew into another file."
    case .noCurves: "Measure the sensitivity first."
    case .noTimes: "Measure them first."
    }
  }
}
