import CDNNL
public import Graph
import Synchronization

/// A network made ready to run for one batch size and one purpose: kernels in order, memory laid out, weights in
/// the order that the kernels want. The kernels allocate nothing.
///
/// Examples that are computed apart are dealt to threads, some at a time; otherwise the threads share the work within each
/// layer. A plan belongs to one thread. Values go in and come out as plain C order, `[N, C, H, W]`.
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
  package let multiplyAccumulates: Int

  private let bound: BoundNetwork
  private let options: ComputeOptions
  let weights: WeightStore
  /// How the batch is dealt to threads, where it is.
  private let dealing: Dealing?
  /// The examples of each portion, in order; one of the whole batch where it is not dealt.
  private let portions: [Range<Int>]
  /// What computes them: one pass for each portion where a backward pass follows; otherwise one for each thread, and one for
  /// the smaller portion at the end, if there is one.
  private let passes: [Pass]
  /// The outputs of all portions, where passes compute others after them.
  private var collected: [ValueID: (memory: Memory, count: Int)] = [:]
  private var collectedCounts: [ValueID: (sums: [Float], zeros: [Float])] = [:]
  private let parameters: Set<ValueID>
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
  ) throws {
    self.purpose = purpose
    self.options = options
    bound = network
    self.outputs = outputs ?? network.network.outputs
    if let other { weights = other.weights } else { weights = try WeightStore() }
    let blueprint = try Blueprint(network, purpose, self.outputs, options, weights)
    if let budget = MemoryBudget.exceeded(by: blueprint.byteCount) {
      throw ComputeError.overBudget(needed: blueprint.byteCount, allowed: budget.bytes)
    }
    (dealing, portions) = (blueprint.dealing, blueprint.portions)
    multiplyAccumulates = blueprint.multiplyAccumulates
    let given = blueprint.drafts[0].builder.inputs
    inputs = network.network.inputs.filter { given[$0] != nil }
    batchSize = network.batchSize
    if case .train(let list) = purpose {
      parameters = Set(list)
    } else {
      parameters = []
    }
    var passes: [Pass] = []
    for draft in blueprint.passes {
      passes.append(try Pass(blueprint.drafts[draft], weights: weights, options: options))
    }
    self.passes = passes
  }

  /// Bytes that a plan would hold, which are not taken for it.
  ///
  /// - Throws: `ComputeError` as making the plan does, but for the memory.
  package static func foretoldBytes(
    of network: BoundNetwork, purpose: Purpose, options: ComputeOptions = .init()
  ) throws -> Int {
    do {
      return try Blueprint(network, purpose, network.network.outputs, options, WeightStore()).byteCount
    } catch ComputeError.overBudget(let needed, _) {
      // More than one result alone may take; the whole is no less.
      return needed
    }
  }

  /// Bytes that the plan holds: arenas, the weights (shared ones too) and the kernels' scratch memory.
  public var peakBytes: Int { passes.reduce(weights.byteCount) { $0 + $1.byteCount } }

  /// Seconds spent in each kind of step since the plan was made, where `ComputeOptions.profiles` is set; of threads that work
  /// side by side the mean.
  package var secondsByStep: [String: Double] {
    let threads = Double(dealing?.threads ?? 1)
    return passes.reduce(into: [:]) { sums, pass in
      sums.merge(pass.secondsByStep.mapValues { $0 / threads }, uniquingKeysWith: +)
    }
  }

  /// The shape of a value of the bound network, or `nil` where it is not known.
  public func shape(of value: ValueID) -> [Int]? { bound.shape(of: value) }

  // MARK: Passes

  /// Computes the outputs.
  ///
  /// - Parameter inputs: every input in C order.
  /// - Throws: `ComputeError` for a missing input or one of another size, and when cancelled.
  public func forward(_ inputs: [ValueID: [Float]]) throws {
    for input in self.inputs {
      guard let elements = inputs[input] else {
        throw ComputeError.missingInput(bound.network.name(of: input))
      }
      try checkCount(elements, of: input)
    }
    for pass in passes { try pass.renew(weights) }
    try weights.refresh()
    hasRunForward = false
    if dealing == nil || purpose.hasBackward {
      try forEachPortion { pass, portion in
        fill(pass, pass.draft.builder.inputs, inputs, portion)
        try pass.forward()
      }
    } else {
      try collect(inputs)
    }
    hasRunForward = true
    hasRunBackward = false
    for (value, tensor) in passes[0].draft.builder.written {
      earlierStatistics[value] = try parameter(value)
      weights.set(value, Array(passes[0].stored(tensor)))
    }
  }

  /// Computes every portion, with as many passes as there are threads, and keeps what comes of it.
  private func collect(_ inputs: [ValueID: [Float]]) throws {
    guard let dealing else { return }
    let ofRest = portions.count > 1 && portions[portions.count - 1].count < portions[0].count
    // The memory stays: the system clears what it gives, which takes longer than many a network's pass.
    for output in built.outputs.keys where collected[output] == nil {
      let count = (bound.shape(of: output) ?? []).elementCount
      collected[output] = (try Memory(byteCount: count.times(MemoryLayout<Float>.stride)), count)
    }
    let parts = Mutex([[ValueID: [Float]]](repeating: [:], count: portions.count))
    try dealing.run(portions.count) { thread, index in
      let isRest = ofRest && index == portions.count - 1
      let pass = passes[isRest ? passes.count - 1 : thread]
      fill(pass, pass.draft.builder.inputs, inputs, portions[index])
      try pass.forward()
      for (output, tensor) in pass.draft.built.outputs {
        let (elements, whole) = (pass.elements(tensor), floats(of: output))
        let range = range(of: portions[index], elements.count, in: whole.count)
        _ = UnsafeMutableBufferPointer(rebasing: whole[range]).update(fromContentsOf: elements)
      }
      let counts = pass.draft.builder.counts.mapValues { Array(pass.elements($0)) }
      parts.withLock { $0[index] = counts }
    }
    let counts = parts.withLock { $0 }
    for point in purpose.points {
      collectedCounts[point] = Self.joined(counts.compactMap { $0[point] })
    }
  }

  /// An output of all portions.
  private func floats(of output: ValueID) -> UnsafeMutableBufferPointer<Float> {
    guard let (memory, count) = collected[output] else {
      return UnsafeMutableBufferPointer(start: nil, count: 0)
    }
    return UnsafeMutableBufferPointer(
      start: memory.address.assumingMemoryBound(to: Float.self), count: count)
  }

  /// Calls `body` for each portion and the pass of its own, on the threads that they are dealt to.
  private func forEachPortion(_ body: (Pass, Range<Int>) throws -> Void) throws {
    if let dealing {
      try dealing.run(portions.count) { _, index in
        try body(passes[index], portions[index])
      }
    } else {
      if let threads = options.threads { cdnnl_set_threads(Int32(clamping: threads)) }
      try body(passes[0], portions[0])
    }
  }

  /// Where the elements of a portion, so many, lie among those of all. What serves every example is as long in each portion.
  private func range(of portion: Range<Int>, _ count: Int, in whole: Int) -> Range<Int> {
    let start = count == whole ? 0 : whole / batchSize * portion.lowerBound
    precondition(start + count <= whole, "a portion has its part of the elements")
    return start..<start + count
  }

  /// Puts the examples of a portion where a pass reads them.
  private func fill(
    _ pass: Pass, _ tensors: [ValueID: PlanTensor], _ elements: [ValueID: [Float]], _ portion: Range<Int>
  ) {
    for (value, tensor) in tensors {
      let target = pass.elements(tensor)
      guard let all = elements[value] else {
        target.update(repeating: 0)
        continue
      }
      _ = target.update(fromContentsOf: all[range(of: portion, target.count, in: all.count)])
    }
  }

  /// Puts running statistics back to what they were before the last forward pass, whose batch turned out to be of
  /// no use.
  package func revertStatistics() {
    for (value, elements) in earlierStatistics { weights.set(value, elements) }
    earlierStatistics = [:]
  }

  /// Computes gradients, once after each forward pass, which they may overwrite.
  ///
  /// - Parameter outputGradients: the loss's gradients by output, in C order; 0 where one is left out. For
  ///   scores they are those of each example's own loss, not divided by the size of the batch.
  public func backward(_ outputGradients: [ValueID: [Float]]) throws { try backward(outputGradients, nil) }

  /// The same, with what is called as soon as a gradient of a parameter is all there, while others are still to be computed.
  ///
  /// - Parameter done: is given the parameter and its gradient in C order, which it may read; the pointer is valid inside
  ///   only. It is not called where no gradient flows to a parameter.
  package func backward(
    _ outputGradients: [ValueID: [Float]],
    _ done: ((_ parameter: ValueID, _ gradient: UnsafeBufferPointer<Float>) throws -> Void)?
  ) throws {
    guard purpose.hasBackward else { throw ComputeError.noBackward }
    guard hasRunForward else { throw ComputeError.notKept(value: "the forward pass") }
    for output in outputGradients.keys where built.seeds[output] == nil {
      if !outputs.contains(output) { throw ComputeError.notKept(value: bound.network.name(of: output)) }
    }
    for (output, elements) in outputGradients where built.seeds[output] != nil {
      try checkCount(elements, of: output)
    }
    hasRunForward = false
    try forEachPortion { pass, portion in
      fill(pass, pass.draft.built.seeds, outputGradients, portion)
      guard let done else { return try pass.backward() }
      // Plans that train compute the batch in one pass.
      try pass.backward { [finishedGradients] step in
        for (parameter, tensor) in finishedGradients[step] ?? [] {
          try done(parameter, UnsafeBufferPointer(pass.stored(tensor)))
        }
      }
    }
    hasRunBackward = true
  }

  /// Parameters in the order in which their gradients are all there in a backward pass, and how long each is.
  package var gradientOrder: [(parameter: ValueID, count: Int)] {
    finishedGradients.sorted { $0.key < $1.key }.flatMap(\.value).map { ($0, $1.layout.storedCount) }
  }

  /// By the step that is the last one to write them: parameters and their gradients.
  private lazy var finishedGradients: [Int: [(parameter: ValueID, tensor: PlanTensor)]] = {
    var lastWrites: [ObjectIdentifier: Int] = [:]
    for (index, step) in passes[0].draft.steps.enumerated() {
      for buffer in step.writes { lastWrites[ObjectIdentifier(buffer)] = index }
    }
    var finished: [Int: [(parameter: ValueID, tensor: PlanTensor)]] = [:]
    for (parameter, tensor) in built.gradients.sorted(by: { $0.key < $1.key })
    where parameters.contains(parameter) {
      // What no step writes, such as a constant, is there from the first backward step on.
      let last = lastWrites[ObjectIdentifier(tensor.buffer)] ?? built.forwardCount
      finished[max(last, built.forwardCount), default: []].append((parameter, tensor))
    }
    return finished
  }()

  /// Running statistics that the last forward pass moved, in order.
  package var movedStatistics: [ValueID] { earlierStatistics.keys.sorted() }

  /// What the first portion's steps make.
  private var built: PlanBuilder.Built { passes[0].draft.built }

  private func checkCount(_ elements: [Float], of value: ValueID) throws {
    let shape = bound.shape(of: value) ?? []
    guard elements.count == shape.elementCount else {
      throw ComputeError.wrongElementCount(
        value: bound.network.name(of: value), shape: shape, given: elements.count)
    }
  }

  // MARK: Results

  /// An output in C order, after a forward pass.
  public func value(_ value: ValueID) throws -> [Float] {
    guard built.outputs[value] != nil else {
      throw ComputeError.notKept(value: bound.network.name(of: value))
    }
    return collected[value] != nil ? Array(floats(of: value)) : elements { $0.built.outputs[value] }
  }

  /// The elements of a tensor that each pass has for its portion, one after another.
  private func elements(_ tensor: (Draft) -> PlanTensor?) -> [Float] {
    let parts = passes.map { pass in tensor(pass.draft).map { Array(pass.elements($0)) } ?? [] }
    return parts.count == 1 ? parts[0] : parts.flatMap { $0 }
  }

  /// Per example and channel, t = Σ z·g over space, z the activation at the point and g its gradient: [N, C].
  package func taylorTerms(at point: ValueID) throws -> [Float] {
    guard passes[0].draft.builder.terms[point] != nil else {
      throw ComputeError.notAPoint(value: bound.network.name(of: point))
    }
    guard hasRunBackward else { throw ComputeError.notKept(value: "the backward pass") }
    return elements { $0.builder.terms[point] }
  }

  /// Per example and channel, the sum of the activations at a point and how many of them are zero, [N, C] each;
  /// where the purpose is to observe or `ComputeOptions.countsActivations` is set.
  package func activationCounts(
    at point: ValueID
  ) throws -> (sums: [Float], zeros: [Float]) {
    guard passes[0].draft.builder.counts[point] != nil else {
      throw ComputeError.notAPoint(value: bound.network.name(of: point))
    }
    return collectedCounts[point]
      ?? Self.joined(
        passes.compactMap { pass in
          pass.draft.builder.counts[point].map { Array(pass.elements($0)) }
        })
  }

  /// The counts of portions one after another; each holds its sums, then its zeros.
  private static func joined(_ parts: [[Float]]) -> (sums: [Float], zeros: [Float]) {
    (parts.flatMap { $0[..<($0.count / 2)] }, parts.flatMap { $0[($0.count / 2)...] })
  }

  /// The gradient of a parameter in C order, after a backward pass; zeros where none flows.
  public func gradient(of parameter: ValueID) throws -> [Float] {
    guard parameters.contains(parameter), let shape = bound.shape(of: parameter) else {
      throw ComputeError.notAParameter(value: bound.network.name(of: parameter))
    }
    guard hasRunBackward else { throw ComputeError.notKept(value: "the backward pass") }
    guard let tensor = built.gradients[parameter] else {
      return [Float](repeating: 0, count: shape.elementCount)
    }
    return Array(passes[0].elements(tensor))
  }

  /// A constant of the network as the plan uses it now, in C order.
  public func parameter(_ value: ValueID) throws -> [Float] {
    if let elements = weights.replacement(of: value) { return elements }
    guard let tensor = bound.network.constants[value] else {
      throw ComputeError.notAParameter(value: bound.network.name(of: value))
    }
    return tensor.floats
  }

  /// Changes a constant of the network for this plan and those that share its weights.
  ///
  /// Constants that binding folded away do not change; a plan that trains is bound with
  /// `foldsWeights: false`.
  public func setParameter(_ value: ValueID, _ elements: [Float]) throws {
    guard let tensor = bound.network.constants[value], tensor.elementType.isFloatingPoint else {
      throw ComputeError.notAParameter(value: bound.network.name(of: value))
    }
    guard tensor.elementCount == elements.count else {
      throw ComputeError.wrongElementCount(
        value: bound.network.name(of: value), shape: tensor.shape, given: elements.count)
    }
    weights.set(value, elements)
  }

  /// Lets `body` read a parameter and change its gradient where they lie, in C order, after a backward pass.
  ///
  /// The pointers are valid inside `body` only.
  ///
  /// - Returns: what `body` does; `nil` where no gradient flows to the parameter, and `body` is not called.
  package func withGradient<Result>(
    of parameter: ValueID,
    _ body: (_ values: UnsafeBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>) -> Result
  ) throws -> Result? {
    guard let (values, gradient) = try index(of: parameter) else { return nil }
    return body(UnsafeBufferPointer(values.stored), gradient.stored)
  }

  /// Lets `body` change a parameter where it lies, in C order, after a backward pass: nothing is copied. The next
  /// forward pass of this plan, and of those that share its weights, computes with what it is then.
  ///
  /// The pointers are valid inside `body` only. Where no gradient flows to the parameter, `body` is not called.
  package func update(
    _ parameter: ValueID,
    _ body: (_ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>) -> Void
  ) throws {
    guard let (values, gradient) = try index(of: parameter) else { return }
    weights.markWritten(parameter)
    body(values.stored, UnsafeBufferPointer(gradient.stored))
  }

  private func index(
    of parameter: ValueID
  ) throws -> (values: PlanTensor, gradient: PlanTensor)? {
    guard parameters.contains(parameter) else {
      throw ComputeError.notAParameter(value: bound.network.name(of: parameter))
    }
    guard hasRunBackward else { throw ComputeError.notKept(value: "the backward pass") }
    guard let gradient = built.gradients[parameter], let values = weights.plainTensor(of: parameter) else {
      return nil
    }
    return (values, gradient)
  }
}
