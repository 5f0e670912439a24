import CDNNL
import Graph

/// A sum of a score point's value and another's, where nothing else reads the point.
///
/// Behind the sum stands out = relu(z + s), whose gradient g is zero where the sum was cut, so that the point's
/// term Σ z·g is Σ (out − s)·g. The pass that makes g takes it on the way: z need neither be kept nor be read again.
struct Residual {
  /// z, the score point.
  let branch: ValueID
  /// s, in the layout of the sum.
  let shortcut: PlanTensor
}

/// An addition that alone reads a convolution's result, with what else it adds.
struct Addition {
  /// The node.
  let index: Int
  let other: ValueID
  let output: ValueID
  var addend: PlanTensor
}

extension PlanBuilder {
  /// Takes a branch's terms at the sum behind it, where that can be.
  func joinTerms(at sum: ValueID, of values: [ValueID], _ tensors: [PlanTensor]) throws {
    let layout = try tensor(sum, narrow: true).layout
    guard !isWatched(sum), elementType == .float32, values[0] != values[1], ChannelRuns(layout) != nil,
      tensors.allSatisfy({ $0.layout == layout })
    else { return }
    for (number, value) in values.enumerated() where isBranch(value) {
      residuals[sum] = Residual(branch: value, shortcut: tensors[1 - number])
      return
    }
  }

  /// Whether the value is a score point that one node reads and whose activation no gradient passes through.
  private func isBranch(_ value: ValueID) -> Bool {
    isPoint(value) && !outputs.contains(value) && onlyReader(of: value) != nil && activations[value] == nil
      && channelAxis(of: value) == 1
  }

  /// The addition behind a convolution, where the other operand is there already and the convolution can add it
  /// as it stores its result.
  func addition(behind value: ValueID) -> Addition? {
    guard elementType == .float32, !isTraining, !countsActivations,
      isBranch(value) || !isWatched(value),
      let index = onlyReader(of: value), !absorbed.contains(index)
    else { return nil }
    let node = bound.network.nodes[index]
    guard node.qualifiedOp == "Add", let output = node.outputs[0],
      let other = node.inputs.compactMap({ $0 }).first(where: { $0 != value }), let addend = values[other],
      !addend.isConstant, addend.shape == bound.shape(of: value), ChannelRuns(addend.layout) != nil
    else { return nil }
    // A point's terms are taken behind the sum.
    if isWatched(value), isWatched(output) { return nil }
    return Addition(index: index, other: other, output: output, addend: addend)
  }
}

extension PlanBuilder {
  /// Registers the way back through an addition that a convolution did.
  func backward(_ addition: Addition, of value: ValueID, behind output: ValueID) {
    if isPoint(value) { residuals[output] = Residual(branch: value, shortcut: addition.addend) }
    backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      plan.contribute(gradient, to: value)
      plan.contribute(gradient, to: addition.other)
    }
  }
}

extension ConvolutionKernel {
  /// A convolution, the sum behind it and the sum's ReLU as one step; `nil` where the library has no fast code
  /// for that. Winograd's algorithm cannot add, so only kernels of one element are asked for.
  func lowerWithSum(
    _ site: KernelSite, _ parts: ConvolutionParts, result: ValueID, bias: PlanTensor?, into plan: PlanBuilder
  ) throws -> (forward: Primitive, addition: Addition, output: ValueID)? {
    guard !isTransposed, parts.weight[2...].allSatisfy({ $0 == 1 }),
      var addition = plan.addition(behind: result)
    else { return nil }
    var output = addition.output
    let trains = plan.needsGradient(result)
    // For a sum in C order, as the inputs of a network are, the library has slow code only. Where the convolution by itself
    // would have another order, the other operand is brought to it.
    var layout = addition.addend.layout
    if layout.isPlain, layout.shape[2...].elementCount > 1 {
      let own = try parts.forward(plan, bias: bias?.layout, trains: trains).layout(CDNNL_DESTINATION)
      if !trains || ChannelRuns(own) != nil { layout = own }
    }
    var fused = parts
    var sum = cdnnl_post_operation()
    sum.kind = CDNNL_POST_ADD
    sum.operand = layout.handle
    fused.post = [sum]
    if let index = plan.soleConsumer(of: output), plan.bound.network.nodes[index].op == "Relu" {
      fused.post.append(Activation.relu.postOperation)
    }
    let made = try? fused.forward(
      plan, bias: bias?.layout, trains: trains, destination: layout)
    guard let made, !made.isReference else { return nil }
    addition.addend = try plan.reordered(addition.addend, to: layout)
    plan.absorbed.insert(addition.index)
    if fused.post.count > 1, let (_, behind) = plan.fusedActivation(after: output) { output = behind }
    return (made, addition, output)
  }
}
