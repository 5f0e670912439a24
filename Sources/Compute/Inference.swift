public import Graph

/// Runs a network once: every input by name, every output by name with its shape.
///
/// - Throws: `ComputeError`, also for inputs whose sizes do not fit their shapes.
public func infer(
  _ network: Network, inputs: [String: (shape: [Int], elements: [Float])], options: ComputeOptions = .init()
) throws -> [String: (shape: [Int], elements: [Float])] {
  var known: [ValueID: (shape: [Int], elements: [Float])] = [:]
  for (name, input) in inputs {
    guard let value = network.value(named: name), network.inputs.contains(value) else {
      throw GraphError.unknownInput(name, known: network.inputs.map(network.name(of:)))
    }
    known[value] = input
  }
  let results = try infer(network, inputs: known, options: options)
  return results.reduce(into: [:]) { $0[network.name(of: $1.key)] = $1.value }
}

/// Runs a network once, also one where the shapes of some values or the branch of an `If` follow from the data.
///
/// Such a network is run in stages. Each goes as far as shapes are known; what it computed are constants for the
/// next one, which is bound with them, so that every shape is exact.
///
/// - Throws: `ComputeError`, also for inputs whose sizes do not fit their shapes.
public func infer(
  _ network: Network, inputs: [ValueID: (shape: [Int], elements: [Float])], options: ComputeOptions = .init()
) throws -> [ValueID: (shape: [Int], elements: [Float])] {
  for (value, input) in inputs where input.shape.checkedElementCount != input.elements.count {
    throw ComputeError.wrongElementCount(
      value: network.name(of: value), shape: input.shape, given: input.elements.count)
  }
  var stage = Stage(network: network, inputs: inputs, options: options)
  while try stage.advance() {}
  var results: [ValueID: (shape: [Int], elements: [Float])] = [:]
  for output in network.outputs {
    guard let tensor = stage.results[output] else {
      throw ComputeError.unknownShape(value: network.name(of: output))
    }
    results[output] = tensor
  }
  return results
}

/// What is left of a network to run, and what is known already.
private struct Stage {
  var network: Network
  var inputs: [ValueID: (shape: [Int], elements: [Float])]
  let options: ComputeOptions
  /// Outputs of the network that are computed.
  private(set) var results: [ValueID: (shape: [Int], elements: [Float])] = [:]

  init(
    network: Network, inputs: [ValueID: (shape: [Int], elements: [Float])], options: ComputeOptions
  ) {
    (self.network, self.inputs, self.options) = (network, inputs, options)
  }

  /// Computes what can be computed; false when that was everything.
  mutating func advance() throws -> Bool {
    let bound = try BoundNetwork(network, inputShapes: inputs.mapValues(\.shape))
    network = bound.network
    let border = bound.border
    if let cause = bound.failures.first(where: { border.causes.contains($0.node) }) {
      switch cause.error {
      case .dataDependentShape, .dataDependentBranch: break
      default: throw cause.error
      }
    }
    let found = try compute(border.values, of: bound)
    for output in network.outputs { results[output] = results[output] ?? found[output] }
    guard !border.behind.isEmpty else { return false }
    // Without news the same node would stand there again.
    let news = border.values.filter { network.constants[$0] == nil }
    guard !news.isEmpty else {
      let missing = network.outputs.first { results[$0] == nil }
      throw ComputeError.unknownShape(value: missing.map(network.name(of:)) ?? network.name)
    }
    for value in border.values {
      if let constant = bound.constant(of: value) {
        network.constants[value] = constant
      } else if let (shape, elements) = found[value] {
        let type = bound.specs[value.index]?.elementType ?? .float32
        guard type.byteCount != nil else { throw ComputeError.unknownShape(value: network.name(of: value)) }
        network.constants[value] = Tensor(type, elements.map(Double.init), shape: shape)
      }
    }
    network.nodes = border.behind.map { network.nodes[$0] }
    network.inputs.removeAll { network.constants[$0] != nil }
    network.outputs.removeAll { results[$0] != nil }
    return true
  }

  private func compute(
    _ values: [ValueID], of bound: BoundNetwork
  ) throws -> [ValueID: (shape: [Int], elements: [Float])] {
    var found: [ValueID: (shape: [Int], elements: [Float])] = [:]
    for value in values {
      if let constant = bound.constant(of: value) {
        found[value] = (constant.shape, constant.floats)
      } else if let input = inputs[value] {
        found[value] = input
      }
    }
    let rest = values.filter { found[$0] == nil }
    guard !rest.isEmpty else { return found }
    let plan = try ExecutionPlan(bound, purpose: .infer, outputs: rest, options: options)
    try plan.forward(inputs.mapValues(\.elements))
    for value in rest { found[value] = (plan.shape(of: value) ?? [], try plan.value(value)) }
    return found
  }
}
