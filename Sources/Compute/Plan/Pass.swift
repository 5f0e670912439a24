import CDNNL
import Errors
import Graph

/// The steps of a draft bound to memory of their own. Belongs to one thread at a time.
final class Pass {
  let draft: Draft
  /// Seconds spent in each kind of step, where the options ask for them.
  private(set) var secondsByStep: [String: Double] = [:]
  private let options: ComputeOptions
  private let arena: Memory
  private let scratch: Memory?
  private var actions: [() -> Int32] = []
  /// Of the weights, when the steps were bound.
  private var generation = 0

  init(_ draft: Draft, weights: WeightStore, options: ComputeOptions) throws {
    self.draft = draft
    self.options = options
    arena = try Memory(byteCount: draft.arena.byteCount)
    scratch = draft.scratchBytes > 0 ? try Memory(byteCount: draft.scratchBytes) : nil
    try bind(weights)
  }

  /// Gives every buffer its memory, and the steps the addresses.
  private func bind(_ weights: WeightStore) throws {
    let (builder, built) = (draft.builder, draft.built)
    let tensors =
      Array(builder.inputs.values) + built.seeds.values + built.outputs.values + built.gradients.values
    for buffer in draft.steps.flatMap({ $0.reads + $0.writes }) + tensors.map(\.buffer) {
      if buffer.home == .weights {
        try weights.keep(buffer)
      } else {
        buffer.address = arena.address + buffer.offset
      }
    }
    try weights.refresh()
    generation = weights.generation
    actions = []
    for (step, offset) in zip(draft.steps, draft.arena.scratchOffsets) {
      actions.append(try step.bind(offset.map { arena.address + $0 } ?? scratch?.address))
    }
  }

  /// Binds the steps again where constants that they read have other memory by now.
  func renew(_ weights: WeightStore) throws {
    if generation != weights.generation { try bind(weights) }
  }

  /// Bytes of memory.
  var byteCount: Int { arena.byteCount + (scratch?.byteCount ?? 0) }

  /// The elements of a tensor in this memory. Only for tensors of `float32`.
  func stored(_ tensor: PlanTensor) -> UnsafeMutableBufferPointer<Float> {
    guard tensor.buffer.home == .arena else { return tensor.stored }
    let address = arena.address + tensor.buffer.offset
    return UnsafeMutableBufferPointer(
      start: address.assumingMemoryBound(to: Float.self), count: tensor.layout.storedCount)
  }

  /// The elements of a tensor in C order.
  func elements(_ tensor: PlanTensor) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: stored(tensor)[..<tensor.shape.elementCount])
  }

  /// Runs the forward steps.
  func forward() throws { try run(0..<draft.built.forwardCount) }

  /// Runs the backward steps.
  ///
  /// - Parameter done: called with the number of each step when it has run.
  func backward(_ done: ((Int) throws -> Void)? = nil) throws {
    try run(draft.built.forwardCount..<actions.count, done)
  }

  private func run(_ range: Range<Int>, _ done: ((Int) throws -> Void)? = nil) throws {
    let clock = ContinuousClock()
    let steps = draft.steps
    for index in range {
      if options.cancellation?.isSet == true { throw Stopped() }
      let start = options.profiles ? clock.now : nil
      let status = actions[index]()
      if status != 0 {
        if let failure = steps[index].thrown?.error ?? steps[index].failure { throw failure }
        try check(status, steps[index].label)
      }
      try done?(index)
      if let start { secondsByStep[steps[index].label, default: 0] += (clock.now - start) / .seconds(1) }
    }
  }
}
