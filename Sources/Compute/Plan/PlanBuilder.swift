import CDNNL
import Errors
import Graph

/// Turns a bound network into steps: each node's kernel adds its forward steps and leaves behind what adds its
/// backward steps, which are then made in reverse.
final class PlanBuilder {
  let bound: BoundNetwork
  let purpose: Purpose
  let options: ComputeOptions
  let weights: WeightStore
  let outputs: [ValueID]
  /// The order of the steps: forward ones, then backward ones.
  private(set) var steps: [Step] = []
  /// Arena buffers that are filled before the first step.
  private(set) var inputs: [ValueID: PlanTensor] = [:]
  /// What runs after a forward pass in training: parameters that the pass itself moved.
  var written: [(value: ValueID, tensor: PlanTensor)] = []
  /// Nodes that another node's kernel computes too.
  var absorbed: Set<Int> = []
  /// Activations that a value's kernel applied, so that its gradient must pass through them.
  var activations: [ValueID: Activation] = [:]
  /// By the sum: score points whose terms are taken behind it.
  var residuals: [ValueID: Residual] = [:]
  /// Expressions that nobody has computed yet, by the value that they are.
  var waiting: [ValueID: WaitingExpression] = [:]
  /// Pointwise nodes that are computed together.
  private(set) lazy var regions = makeRegions()
  /// Values on the way of gradients: points or parameters and what depends on them.
  let carriers: Set<ValueID>

  private(set) var values: [ValueID: PlanTensor] = [:]
  private var versions: [WeightStore.Version: PlanTensor] = [:]
  var contributions: [ValueID: [PlanTensor]] = [:]
  /// Shares of gradients that are zero outside of a piece.
  var pieces: [ValueID: [Piece]] = [:]
  var gradients: [ValueID: PlanTensor?] = [:]
  var backwardMakers: [(PlanBuilder) throws -> Void] = []
  let topology: Topology
  let points: Set<ValueID>

  /// Per example and channel, the scores' terms at each point, and the counts of its activations.
  var terms: [ValueID: PlanTensor] = [:]
  var counts: [ValueID: PlanTensor] = [:]
  /// Multiply-accumulate operations of a forward and a backward pass, convolutions counted as the direct
  /// algorithm does them.
  private(set) var multiplyAccumulates = 0

  init(
    _ bound: BoundNetwork, purpose: Purpose, options: ComputeOptions, outputs: [ValueID], weights: WeightStore
  ) {
    self.bound = bound
    self.purpose = purpose
    self.options = options
    self.outputs = outputs
    self.weights = weights
    topology = Topology(bound.network)
    var carriers: Set<ValueID> = []
    switch purpose {
    case .infer: points = []
    case .observe(let list): points = Set(list)
    case .score(let list):
      points = Set(list)
      carriers = points
    case .train(let list):
      points = []
      carriers = Set(list)
    }
    if !carriers.isEmpty {
      for index in bound.steps {
        let node = bound.network.nodes[index]
        if node.inputs.contains(where: { $0.map(carriers.contains) ?? false }) {
          for output in node.outputs {
            // A quantization's integers stand for the numbers that they round.
            if let output,
              node.op == "QuantizeLinear" || bound.specs[output.index]?.elementType.isFloatingPoint == true
            {
              carriers.insert(output)
            }
          }
        }
      }
    }
    self.carriers = carriers
  }

  var engine: Engine { weights.engine }
  /// What convolutions and products multiply.
  var elementType: ElementType { options.precision.elementType }
  /// The same for the factors of a value; whole numbers are multiplied as floats.
  func elementType(of value: ValueID) -> ElementType {
    bound.specs[value.index]?.elementType.isFloatingPoint == true ? elementType : .float32
  }
  var isTraining: Bool { if case .train = purpose { true } else { false } }
  private var isObserving: Bool { if case .observe = purpose { true } else { false } }
  /// Whether activations are counted at the points.
  var countsActivations: Bool { options.countsActivations || isObserving }

  /// Whether a gradient has to reach the value.
  func needsGradient(_ value: ValueID?) -> Bool { value.map(carriers.contains) ?? false }

  /// Whether the value must exist by itself: someone outside of the plan looks at it.
  func isWatched(_ value: ValueID) -> Bool { points.contains(value) || outputs.contains(value) }

  /// Whether a node that was lowered made the value, or the caller fills it.
  func isDefined(_ value: ValueID) -> Bool { values[value] != nil }

  /// Whether the scores' terms are taken of the value.
  func isPoint(_ value: ValueID) -> Bool { points.contains(value) }

  /// The node that alone reads the value within the network.
  func onlyReader(of value: ValueID) -> Int? {
    let uses = topology.uses(of: value)
    return uses.count == 1 ? uses[0].node : nil
  }

  /// The node that alone reads the value, where nobody else looks at it.
  func soleConsumer(of value: ValueID) -> Int? {
    guard let reader = onlyReader(of: value), !isWatched(value), !absorbed.contains(reader) else {
      return nil
    }
    return reader
  }

  // MARK: Tensors

  /// The value's tensor in the layout that its kernel chose.
  ///
  /// - Parameter narrow: whether the caller takes `bfloat16` where the kernel made it; `float32` otherwise.
  func tensor(_ value: ValueID, narrow: Bool = false) throws -> PlanTensor {
    if values[value] == nil, let waiting = waiting.removeValue(forKey: value) {
      try define(value, as: waiting)
    }
    if let known = values[value] { return narrow ? known : try widened(known) }
    guard let constant = bound.constant(of: value) else {
      throw ComputeError.unknownShape(value: bound.network.name(of: value))
    }
    let isInitializer = bound.network.constants[value] != nil
    let tensor = try weights.constant(value, constant, isInitializer: isInitializer)
    values[value] = tensor
    return tensor
  }

  /// The value's tensor in C order.
  func plain(_ value: ValueID) throws -> PlanTensor {
    try plain(tensor(value, narrow: true))
  }

  /// The tensor with elements of `float32`: itself, or a copy in the same order.
  func widened(_ tensor: PlanTensor) throws -> PlanTensor {
    guard tensor.isNarrow else { return tensor }
    let isStrided = tensor.layout.isStrided
    return try reordered(
      tensor, to: isStrided ? tensor.layout.like(tensor.shape, .float32) : .plain(tensor.shape))
  }

  /// The tensor in C order, of `float32`.
  func plain(_ tensor: PlanTensor) throws -> PlanTensor {
    try reordered(tensor, to: .plain(tensor.shape))
  }

  /// The tensor in a layout: itself, an earlier copy or a new one.
  func reordered(_ tensor: PlanTensor, to layout: Layout) throws -> PlanTensor {
    if tensor.layout == layout { return tensor }
    if tensor.layout.isPlain, layout.isPlain, tensor.layout.elementType == layout.elementType {
      return PlanTensor(layout, tensor.buffer)
    }
    let key = WeightStore.Version(
      buffer: ObjectIdentifier(tensor.buffer), source: tensor.layout, layout: layout)
    if let known = tensor.isConstant ? weights[key] : versions[key] { return known }
    let result = tensor.isConstant ? weights.make(layout) : make(layout)
    let primitive = try Primitive.make("a reorder of \(tensor.shape.shapeText)") {
      cdnnl_reorder_make(engine.handle, tensor.layout.handle, layout.handle, &$0)
    }
    try emit(
      "Reorder", primitive, [(CDNNL_SOURCE, tensor)], [(CDNNL_DESTINATION, result)],
      amongWeights: tensor.isConstant, isCheap: true)
    if tensor.isConstant { weights[key] = result } else { versions[key] = result }
    return result
  }

  /// The same memory under another shape in C order.
  func reshaped(_ tensor: PlanTensor, _ shape: [Int]) throws -> PlanTensor {
    PlanTensor(try .plain(shape), try plain(tensor).buffer)
  }

  /// A new tensor of the plan.
  func make(_ layout: Layout) -> PlanTensor {
    PlanTensor(layout, Buffer(byteCount: layout.byteCount, home: .arena))
  }

  /// A constant that a kernel needs, the same whatever the weights are.
  func table(_ name: String, _ elements: [Float], _ shape: [Int]) throws -> PlanTensor {
    try weights.derive("\(name):\(shape):\(elements.hashValue)") {
      let result = weights.make(try .plain(shape))
      weights.emit(
        Step(label: "weights.table", reads: [], writes: [result.buffer]) { _ in
          let target = result.floats
          return {
            for (index, element) in elements.enumerated() { target[index] = element }
            return 0
          }
        })
      return result
    }
  }

  /// Says what a value is.
  func define(_ value: ValueID?, _ tensor: PlanTensor) throws {
    guard let value else { return }
    values[value] = tensor
    if points.contains(value) {
      if countsActivations { try emitCounts(value, tensor) }
      if isObserving { return }
      backward { plan in _ = try plan.gradient(of: value, narrow: true) }
    }
  }

  /// A tensor that the caller fills before each pass.
  func defineInput(_ value: ValueID, shape: [Int]) throws {
    let tensor = make(try .plain(shape))
    inputs[value] = tensor
    try define(value, tensor)
  }

  /// Makes the value live until the pass is over.
  func keep(_ tensor: PlanTensor) { tensor.buffer.isKept = true }

  // MARK: Steps

  /// Adds a step of our own code.
  func emit(
    _ label: String, reads: [PlanTensor], writes: [PlanTensor], donors: [PlanTensor] = [],
    isCheap: Bool = false,
    _ bind: @escaping () throws -> () -> Void
  ) {
    var step = Step(
      label: label, reads: reads.map(\.buffer), writes: writes.map(\.buffer), donors: donors.map(\.buffer)
    ) { _ in
      let action = try bind()
      return {
        action()
        return 0
      }
    }
    step.isCheap = isCheap
    if writes.allSatisfy(\.isConstant) { weights.emit(step) } else { steps.append(step) }
  }

  /// Adds a step that looks at its data first: where the action returns false, the pass ends with `failure`.
  func emit(
    _ label: String, reads: [PlanTensor], writes: [PlanTensor], failure: ComputeError,
    _ bind: @escaping () throws -> () -> Bool
  ) {
    var step = Step(label: label, reads: reads.map(\.buffer), writes: writes.map(\.buffer)) { _ in
      let action = try bind()
      return { action() ? 0 : 1 }
    }
    step.failure = failure
    steps.append(step)
  }

  /// Adds a step that talks to other ranks, which may fail in their own way.
  func emitExchange(
    _ label: String, reads: [PlanTensor], writes: [PlanTensor], _ action: @escaping () throws -> Void
  ) {
    let thrown = ThrownError()
    var step = Step(label: label, reads: reads.map(\.buffer), writes: writes.map(\.buffer)) { _ in
      {
        do { try action() } catch { thrown.error = error }
        return thrown.error == nil ? 0 : 1
      }
    }
    step.thrown = thrown
    steps.append(step)
  }

  /// Adds a step of the library's.
  func emit(
    _ label: String, _ primitive: Primitive, _ reads: [(Operand, PlanTensor)],
    _ writes: [(Operand, PlanTensor)], donors: [PlanTensor] = [], amongWeights: Bool = false,
    isCheap: Bool = false
  ) throws {
    let scratch = primitive.optionalLayout(CDNNL_SCRATCHPAD)
    let engine = engine
    var step = Step(
      label: label, reads: reads.map(\.1.buffer), writes: writes.map(\.1.buffer), donors: donors.map(\.buffer)
    ) { address in
      var operands = (reads + writes).map {
        (operand: $0.0, layout: $0.1.layout, address: $0.1.buffer.address!)
      }
      if let scratch, let address { operands.append((CDNNL_SCRATCHPAD, scratch, address)) }
      let call = try Call(engine, primitive, operands)
      return { call.run() }
    }
    step.scratchBytes = scratch?.byteCount ?? 0
    step.isCheap = isCheap
    if amongWeights { weights.emit(step) } else { steps.append(step) }
  }

  // MARK: The whole

  /// Adds the steps of every node that the outputs and points need, then those of the backward pass.
  ///
  /// - Returns: the number of forward steps, the outputs in C order, where the caller puts the outputs'
  ///   gradients, and the parameters' gradients in C order.
  func build() throws -> Built {
    let needed = neededNodes()
    try checkKernels(needed)
    try checkMemory(needed)
    for input in bound.network.inputs where bound.network.constants[input] == nil {
      guard let shape = bound.shape(of: input) else { continue }
      try defineInput(input, shape: shape)
    }
    for index in bound.steps where needed.contains(index) && !absorbed.contains(index) {
      try lower(index)
    }
    try emitIdlePoints()
    var built = Built()
    for output in outputs {
      let tensor = try plain(output)
      keep(tensor)
      built.outputs[output] = tensor
    }
    for (_, tensor) in written { keep(tensor) }
    built.forwardCount = steps.count
    guard purpose.hasBackward else { return built }
    for output in outputs where carriers.contains(output) {
      let seed = make(try .plain(bound.shape(of: output)!))
      built.seeds[output] = seed
      contribute(seed, to: output)
    }
    for make in backwardMakers.reversed() { try make(self) }
    if case .train(let parameters) = purpose {
      for parameter in parameters {
        built.gradients[parameter] = try wholeGradient(of: parameter)
      }
    }
    return built
  }

  /// What the plan needs to know of its steps.
  struct Built {
    var forwardCount = 0
    var outputs: [ValueID: PlanTensor] = [:]
    var seeds: [ValueID: PlanTensor] = [:]
    var gradients: [ValueID: PlanTensor] = [:]
  }

  private func lower(_ index: Int) throws {
    let node = bound.network.nodes[index]
    guard let kernel = KernelTable.standard.kernel(for: node) else {
      throw ComputeError.unsupportedOperator(op: node.qualifiedOp, nodes: [node.name])
    }
    // The gradient of each of the two operands of a product costs as much as the product.
    multiplyAccumulates = multiplyAccumulates.plus(
      bound.multiplyAccumulates(at: index) * (1 + node.inputs.prefix(2).count(where: needsGradient)))
    emitWholeGradients(behind: index)
    do {
      let site = try KernelSite(bound, index)
      if !kernel.isDifferentiable, node.inputs.contains(where: needsGradient) {
        throw ComputeError.noGradient(op: node.op, node: node.name)
      }
      try kernel.lower(site, into: self)
    } catch let error as any ExplainedError {
      throw error
    } catch {
      throw ComputeError.unsupportedForm(op: node.op, node: node.name, problem: "\(error)")
    }
  }
}
