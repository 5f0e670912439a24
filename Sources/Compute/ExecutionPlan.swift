import CDNNL
import Foundation
public import Graph

/// A network made ready to run for one batch size and one purpose: kernels in order, memory laid out, weights in
/// the order that the kernels want. A pass allocates nothing.
///
/// A plan belongs to one thread. Values go in and come out as plain C order, `[N, C, H, W]`.
public final class ExecutionPlan {
  /// What the plan is for.
  public let purpose: Purpose
  /// The examples that the first input with any holds; 1 where none does.
  public let batchSize: Int
  /// What `forward` must be given.
  public let inputs: [ValueID]
  /// What the plan computes.
  public let outputs: [ValueID]
  /// Multiply-accumulate operations of a forward and, where the purpose has one, a backward pass; convolutions
  /// count as the direct algorithm does them.
  public let multiplyAccumulates: Int
  /// Seconds spent in each kind of step since the plan was made, where `ComputeOptions.profiles` is set.
  public private(set) var secondsByStep: [String: Double] = [:]

  private let bound: BoundNetwork
  private let options: ComputeOptions
  let weights: WeightStore
  private let inputTensors: [ValueID: PlanTensor]
  private let built: PlanBuilder.Built
  private let terms: [ValueID: PlanTensor]
  private let counts: [ValueID: PlanTensor]
  private let written: [(value: ValueID, tensor: PlanTensor)]
  private let parameters: Set<ValueID>
  private let labels: [String]
  private let failures: [ComputeError?]
  private let arena: Memory
  private let scratch: Memory?
  private var actions: [() -> Int32] = []
  private var hasRunForward = false
  private var hasRunBackward = false
  /// What running statistics were before the last forward pass moved them.
  private var earlierStatistics: [ValueID: [Float]] = [:]

  /// Plans a network.
  ///
  /// - Parameters:
  ///   - network: bound to shapes; for a plan that trains, without its weights folded.
  ///   - outputs: what to compute; the network's outputs where `nil`. Nodes that no output and no point needs
  ///     are left out.
  ///   - other: a plan of the same network for another batch size, whose weights this one shares.
  /// - Throws: `ComputeError` where an operator has no kernel, or no gradient where one is needed, and for a
  ///   precision that the processor or the purpose does not have.
  public init(
    _ network: BoundNetwork, purpose: Purpose, outputs: [ValueID]? = nil, options: ComputeOptions = .init(),
    sharingWeightsOf other: ExecutionPlan? = nil
  ) throws(ComputeError) {
    self.purpose = purpose
    self.options = options
    bound = network
    self.outputs = outputs ?? network.network.outputs
    if let other { weights = other.weights } else { weights = try WeightStore() }
    let draft = try Draft(network, purpose, self.outputs, options, weights)
    if let budget = MemoryBudget.exceeded(by: draft.byteCount) {
      throw .overBudget(needed: draft.byteCount, allowed: budget.bytes)
    }
    let builder = draft.builder
    built = draft.built
    multiplyAccumulates = builder.multiplyAccumulates
    inputTensors = builder.inputs
    inputs = network.network.inputs.filter { builder.inputs[$0] != nil }
    batchSize = network.batchSize
    (terms, counts, written) = (builder.terms, builder.counts, builder.written)
    if case .train(let list) = purpose {
      parameters = Set(list)
      weights.keepsEverything = true
    } else {
      parameters = []
    }
    let steps = builder.steps
    labels = steps.map(\.label)
    failures = steps.map(\.failure)
    arena = try Memory(byteCount: draft.arenaBytes)
    scratch = draft.scratchBytes > 0 ? try Memory(byteCount: draft.scratchBytes) : nil
    for step in steps {
      for buffer in step.reads + step.writes { try place(buffer) }
    }
    for buffer in draft.preset { try place(buffer) }
    for tensor in built.seeds.values { try place(tensor.buffer) }
    for tensor in built.outputs.values { try place(tensor.buffer) }
    for tensor in built.gradients.values { try place(tensor.buffer) }
    try weights.refresh()
    for step in steps { actions.append(try step.bind(scratch?.address)) }
  }

  /// Bytes that a plan would hold, which are not taken for it.
  ///
  /// - Throws: `ComputeError` as making the plan does, but for the memory.
  public static func foretoldBytes(
    of network: BoundNetwork, purpose: Purpose, options: ComputeOptions = .init()
  ) throws(ComputeError) -> Int {
    do throws(ComputeError) {
      return try Draft(network, purpose, network.network.outputs, options, WeightStore()).byteCount
    } catch {
      // More than one result alone may take; the whole is no less.
      if case .overBudget(let needed, _) = error { return needed }
      throw error
    }
  }

  private func place(_ buffer: Buffer) throws(ComputeError) {
    if buffer.home == .weights {
      try weights.keep(buffer)
    } else {
      buffer.address = arena.address + buffer.offset
    }
  }

  /// Bytes that the plan holds: the arena, the weights (shared ones too) and the kernels' scratch memory.
  public var peakBytes: Int { arena.byteCount + weights.byteCount + (scratch?.byteCount ?? 0) }

  /// The shape of a value of the bound network, or `nil` where it is not known.
  public func shape(of value: ValueID) -> [Int]? { bound.shape(of: value) }

  // MARK: Passes

  /// Computes the outputs.
  ///
  /// - Parameter inputs: every input in C order.
  /// - Throws: `ComputeError` for a missing input or one of another size, and when cancelled.
  public func forward(_ inputs: [ValueID: [Float]]) throws(ComputeError) {
    for input in self.inputs {
      guard let elements = inputs[input] else { throw .missingInput(bound.network.name(of: input)) }
      try fill(inputTensors[input]!, elements, input)
    }
    try weights.refresh()
    hasRunForward = false
    try run(0..<built.forwardCount)
    hasRunForward = true
    hasRunBackward = false
    for (value, tensor) in written {
      earlierStatistics[value] = try parameter(value)
      weights.set(value, Array(tensor.stored))
    }
  }

  /// Puts running statistics back to what they were before the last forward pass, whose batch turned out to be of
  /// no use.
  public func revertStatistics() {
    for (value, elements) in earlierStatistics { weights.set(value, elements) }
    earlierStatistics = [:]
  }

  /// Computes gradients, once after each forward pass, which they may overwrite.
  ///
  /// - Parameter outputGradients: the loss's gradients by output, in C order; 0 where one is left out. For
  ///   scores they are those of each example's own loss, not divided by the size of the batch.
  public func backward(_ outputGradients: [ValueID: [Float]]) throws(ComputeError) {
    guard purpose.hasBackward else { throw .noBackward }
    guard hasRunForward else { throw .notKept(value: "the forward pass") }
    for output in outputGradients.keys where built.seeds[output] == nil {
      if !outputs.contains(output) { throw .notKept(value: bound.network.name(of: output)) }
    }
    for (output, seed) in built.seeds {
      if let elements = outputGradients[output] {
        try fill(seed, elements, output)
      } else {
        seed.stored.update(repeating: 0)
      }
    }
    hasRunForward = false
    try run(built.forwardCount..<actions.count)
    hasRunBackward = true
  }

  private func run(_ range: Range<Int>) throws(ComputeError) {
    if let threads = options.threads { cdnnl_set_threads(Int32(clamping: threads)) }
    let clock = ContinuousClock()
    for place in range {
      if options.cancellation?.isSet == true { throw .cancelled }
      let start = options.profiles ? clock.now : nil
      let status = actions[place]()
      if status != 0 {
        if let failure = failures[place] { throw failure }
        try check(status, labels[place])
      }
      if let start {
        secondsByStep[labels[place], default: 0] += (clock.now - start) / .seconds(1)
      }
    }
  }

  private func fill(_ tensor: PlanTensor, _ elements: [Float], _ value: ValueID) throws(ComputeError) {
    let stored = tensor.stored
    guard elements.count == tensor.shape.elementCount else {
      throw .wrongElementCount(
        value: bound.network.name(of: value), shape: tensor.shape, given: elements.count)
    }
    _ = stored.update(fromContentsOf: elements)
  }

  // MARK: Results

  /// An output in C order, after a forward pass.
  public func value(_ value: ValueID) throws(ComputeError) -> [Float] {
    guard let tensor = built.outputs[value] else {
      throw .notKept(value: bound.network.name(of: value))
    }
    return elements(tensor)
  }

  /// Per example and channel, t = Σ z·g over space, z the activation at the point and g its gradient: [N, C].
  public func taylorTerms(at point: ValueID) throws(ComputeError) -> [Float] {
    guard let tensor = terms[point] else { throw .notAPoint(value: bound.network.name(of: point)) }
    guard hasRunBackward else { throw .notKept(value: "the backward pass") }
    return elements(tensor)
  }

  /// Per example and channel, the sum of the activations at a point and how many of them are zero, [N, C] each;
  /// where the purpose is to observe or `ComputeOptions.countsActivations` is set.
  public func activationCounts(
    at point: ValueID
  ) throws(ComputeError) -> (sums: [Float], zeros: [Float]) {
    guard let tensor = counts[point] else { throw .notAPoint(value: bound.network.name(of: point)) }
    let all = elements(tensor)
    return (Array(all[..<(all.count / 2)]), Array(all[(all.count / 2)...]))
  }

  /// The gradient of a parameter in C order, after a backward pass; zeros where none flows.
  public func gradient(of parameter: ValueID) throws(ComputeError) -> [Float] {
    guard parameters.contains(parameter), let shape = bound.shape(of: parameter) else {
      throw .notAParameter(value: bound.network.name(of: parameter))
    }
    guard hasRunBackward else { throw .notKept(value: "the backward pass") }
    guard let tensor = built.gradients[parameter] else {
      return [Float](repeating: 0, count: shape.elementCount)
    }
    return elements(tensor)
  }

  /// A constant of the network as the plan uses it now, in C order.
  public func parameter(_ value: ValueID) throws(ComputeError) -> [Float] {
    if let elements = weights.replacement(of: value) { return elements }
    guard let tensor = bound.network.constants[value] else {
      throw .notAParameter(value: bound.network.name(of: value))
    }
    return tensor.floats
  }

  /// Changes a constant of the network for this plan and those that share its weights.
  ///
  /// Constants that binding folded away do not change; a plan that trains is bound with
  /// `foldsWeights: false`.
  public func setParameter(_ value: ValueID, _ elements: [Float]) throws(ComputeError) {
    guard let tensor = bound.network.constants[value], tensor.elementType.isFloatingPoint else {
      throw .notAParameter(value: bound.network.name(of: value))
    }
    guard tensor.elementCount == elements.count else {
      throw .wrongElementCount(
        value: bound.network.name(of: value), shape: tensor.shape, given: elements.count)
    }
    weights.set(value, elements)
  }

  /// Lets `body` read a parameter and change its gradient where they lie, in C order, after a backward pass.
  ///
  /// The pointers are valid inside `body` only.
  ///
  /// - Returns: what `body` does; `nil` where no gradient flows to the parameter, and `body` is not called.
  public func withGradient<Result>(
    of parameter: ValueID,
    _ body: (_ values: UnsafeBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>) -> Result
  ) throws(ComputeError) -> Result? {
    guard let (values, gradient) = try place(of: parameter) else { return nil }
    return body(UnsafeBufferPointer(values.stored), gradient.stored)
  }

  /// Lets `body` change a parameter where it lies, in C order, after a backward pass: nothing is copied. The next
  /// forward pass of this plan, and of those that share its weights, computes with what it is then.
  ///
  /// The pointers are valid inside `body` only. Where no gradient flows to the parameter, `body` is not called.
  public func update(
    _ parameter: ValueID,
    _ body: (_ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>) -> Void
  ) throws(ComputeError) {
    guard let (values, gradient) = try place(of: parameter) else { return }
    weights.markWritten(parameter)
    body(values.stored, UnsafeBufferPointer(gradient.stored))
  }

  private func place(
    of parameter: ValueID
  ) throws(ComputeError) -> (values: PlanTensor, gradient: PlanTensor)? {
    guard parameters.contains(parameter) else {
      throw .notAParameter(value: bound.network.name(of: parameter))
    }
    guard hasRunBackward else { throw .notKept(value: "the backward pass") }
    guard let gradient = built.gradients[parameter], let values = weights.plainTensor(of: parameter) else {
      return nil
    }
    return (values, gradient)
  }

  private func elements(_ tensor: PlanTensor) -> [Float] {
    Array(UnsafeBufferPointer(start: tensor.floats, count: tensor.shape.elementCount))
  }
}

/// A plan without its memory: what it would do, and what it would take.
private struct Draft {
  let builder: PlanBuilder
  let built: PlanBuilder.Built
  /// Buffers that are filled before the first step.
  let preset: [Buffer]
  let arenaBytes: Int
  let scratchBytes: Int
  /// Bytes of the arena, of the scratch memory and of the weights that are not there yet.
  let byteCount: Int

  init(
    _ network: BoundNetwork, _ purpose: Purpose, _ outputs: [ValueID], _ options: ComputeOptions,
    _ weights: WeightStore
  ) throws(ComputeError) {
    cdnnl_set_threads(Int32(clamping: options.threads ?? 0))
    try options.precision.elementType.checkIsComputed()
    if case .train = purpose, options.precision != .float32 { throw .trainsInFloat32 }
    builder = PlanBuilder(network, purpose: purpose, options: options, outputs: outputs, weights: weights)
    built = try builder.build()
    preset = builder.inputs.values.map(\.buffer)
    arenaBytes = Arena.lay(
      builder.steps, preset: preset, seeds: built.seeds.values.map(\.buffer), seedStep: built.forwardCount)
    scratchBytes = builder.steps.map(\.scratchBytes).max() ?? 0
    byteCount = arenaBytes.plus(scratchBytes).plus(weights.foretoldBytes(of: builder.steps))
  }
}
