package import Graph

/// Which constants of a network a gradient may move.
package struct TrainableConstants: Sendable {
  /// A constant that looks learned and stays as it is, and why.
  package struct Frozen: Sendable, Hashable, Codable {
    /// The constant's name.
    package let name: String
    /// Why, in one sentence.
    package let reason: String
  }

  /// What is trained: floating-point constants that operators take as learned, and from which a way leads to an
  /// output.
  package private(set) var parameters: [ValueID]
  /// The running statistics of batch normalizations, which follow the batches.
  package let statistics: [ValueID]
  /// The scales of batch normalizations, among `parameters`.
  package private(set) var scales: Set<ValueID>
  /// What is not trained though it looks learned.
  package private(set) var frozen: [Frozen] = []

  /// Reads the constants of a network that is bound without its weights folded.
  ///
  /// - Parameters:
  ///   - outputs: what the loss is taken of; the network's outputs where `nil`.
  ///   - freezesNormalization: whether scales and shifts of batch normalizations stay as they are.
  package init(_ bound: BoundNetwork, outputs: [ValueID]? = nil, freezesNormalization: Bool = false) {
    let network = bound.network
    let provenance = ConstantProvenance(bound)
    let reached = Topology(network).values(behindWhichLies: outputs ?? network.outputs, in: network)
    let preparing = Self.preparation(of: bound)
    var parameters = Set<ValueID>()
    var statistics = Set<ValueID>()
    var normalizing = Set<ValueID>()
    var scales = Set<ValueID>()
    var preparers = Set<ValueID>()
    var (idle, active) = (Set<ValueID>(), Set<ValueID>())
    for (index, node) in network.nodes.enumerated() {
      guard let rule = bound.table.rule(for: node),
        node.outputs.contains(where: { $0.map(reached.contains) ?? false })
      else { continue }
      let traits = rule.traits
      for number in rule.learnableInputs(bound.call(at: index)) where number < node.inputs.count {
        guard let value = node.inputs[number] else { continue }
        // Quantized weights are integers: no gradient moves them.
        let roots = provenance.roots(of: value).filter {
          network.constants[$0]?.elementType.isFloatingPoint ?? false
        }
        if bound.idle.contains(index) { idle.formUnion(roots) } else { active.formUnion(roots) }
        if preparing.contains(index) { preparers.formUnion(roots) }
        if traits.hasRunningStatistics {
          normalizing.formUnion(roots)
          if traits.operand(number) == .scale { scales.formUnion(roots) }
        }
        parameters.formUnion(roots)
      }
      for operand in [OperandRole.mean, .variance] {
        guard let value = bound.table.input(operand, of: node) else { continue }
        statistics.formUnion(provenance.roots(of: value))
      }
    }
    parameters.subtract(statistics)
    func take(_ values: Set<ValueID>, _ reason: String) -> [Frozen] {
      let concerned = values.intersection(parameters)
      parameters.subtract(concerned)
      return concerned.sorted().map { Frozen(name: network.name(of: $0), reason: reason) }
    }
    frozen += take(preparers, "It prepares the input.")
    frozen += take(
      idle.subtracting(active), "The branch that reads it is not taken at the size of the input.")
    frozen += take(network.fixedConstants, "The model's file says that it is fixed.")
    if freezesNormalization { frozen += take(normalizing, "Batch normalization is frozen.") }
    self.parameters = parameters.sorted()
    self.statistics = statistics.sorted()
    self.scales = scales.intersection(parameters)
  }

  /// The indices of nodes that only scale and shift an input of the network: mean and deviation, not weights.
  private static func preparation(of bound: BoundNetwork) -> Set<Int> {
    let provenance = ConstantProvenance(bound)
    var raw = Set(bound.network.inputs)
    var indices = Set<Int>()
    for (index, node) in bound.network.nodes.enumerated() {
      let traits = bound.traits(at: index)
      guard traits.arithmetic != nil || traits.recoding == .cast || traits.recoding == .copy else { continue }
      let data = node.inputs.compactMap { $0 }.filter {
        bound.constant(of: $0) == nil && provenance.roots(of: $0).isEmpty
      }
      guard !data.isEmpty, data.allSatisfy(raw.contains) else { continue }
      indices.insert(index)
      for output in node.outputs { if let output { raw.insert(output) } }
    }
    return indices
  }

  /// Freezes everything from which a way leads to a node that no gradient passes.
  ///
  /// - Returns: whether something is left that was not frozen before, and something was frozen now.
  mutating func freeze(before name: String, in network: Network) -> Bool {
    guard let node = network.nodes.first(where: { $0.name == name }) else { return false }
    let before = Topology(network).values(
      behindWhichLies: node.inputs.compactMap { $0 }, in: network)
    let concerned = parameters.filter(before.contains)
    frozen += concerned.map {
      Frozen(name: network.name(of: $0), reason: "No gradient passes the \(node.op) node \(name) behind it.")
    }
    parameters.removeAll(where: before.contains)
    scales.formIntersection(parameters)
    return !concerned.isEmpty && !parameters.isEmpty
  }
}
