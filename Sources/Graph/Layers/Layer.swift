/// A node with kernels of its own: a convolution, a transposed convolution, a fully connected layer.
public struct Layer: Sendable, Hashable {
  /// The name that the network's author knows, as far as exporters left it (see `LayerName`); unique.
  public let name: String
  /// Other names by which a user may ask for the layer: the node's, the initializer's.
  public let aliases: [String]
  /// The operator: `Conv`.
  public let op: String
  /// The node.
  public let node: NodeID
  /// The weight operand of the node (perhaps computed from an initializer).
  public let weight: ValueID
  /// The axis of the weight that runs over the kernels, when all groups are taken together.
  public let kernelAxis: Int
  /// The axis of the weight that runs over the channels which a kernel reads.
  public let channelAxis: Int
  /// Whether a window goes over the data: their channels are axis 1 then, and else the last one.
  public let isConvolution: Bool
  /// The number of kernels: output channels or features.
  public let kernels: Int
  /// The weight's shape.
  public let weightShape: [Int]
  /// The output value.
  public let output: ValueID
  /// The axis of the output that runs over the kernels.
  public let outputAxis: Int
  /// The output's shape `[N, C, …]`, N being the batch that the network is bound to.
  public let outputShape: [Int]
  /// Learnable elements: weight and bias.
  public let parameters: Int
  /// Multiply-accumulates for one example.
  public let multiplyAccumulates: Int
}

/// What can be said of a bound network at a glance.
public struct NetworkSummary: Sendable, Hashable {
  /// The layers, in the order of the graph.
  public let layers: [Layer]
  /// Learnable elements: weights, biases, normalisation scales and shifts; each initializer counted once.
  public let parameters: Int
  /// Multiply-accumulates for one example.
  public let multiplyAccumulates: Int

  /// Reads the layers and costs off a bound network.
  public init(_ bound: BoundNetwork) {
    let provenance = ConstantProvenance(bound)
    let biases = BiasNames(bound, provenance)
    let batch = max(1, bound.network.inputs.first.flatMap { bound.shape(of: $0)?.first } ?? 1)
    var layers: [Layer] = []
    var names = Set<String>()
    var learnables = Set<ValueID>()
    var total = 0
    for (index, node) in bound.network.nodes.enumerated() {
      guard let rule = bound.table.rule(for: node) else { continue }
      let call = bound.call(at: index)
      let macs = bound.multiplyAccumulates(at: index) / batch
      total = total.plus(macs)
      // Arithmetic on weights counts where its result is used.
      let learned = provenance.computesWeights(node) ? [] : rule.learnableInputs(call)
      let constants = learned.reduce(into: Set<ValueID>()) { found, number in
        if number < node.inputs.count, let input = node.inputs[number] {
          found.formUnion(provenance.roots(of: input))
        }
      }
      learnables.formUnion(constants)
      if provenance.computesWeights(node) { continue }
      guard let form = rule.traits.layer, let weight = node.inputs[safe: 1] ?? nil,
        !provenance.roots(of: weight).isEmpty, let output = node.outputs.first ?? nil,
        let shape = bound.shape(of: output), let weightShape = bound.shape(of: weight), weightShape.count > 1
      else { continue }
      let (kernelAxis, outputAxis) = (form.kernelAxis(call), form.channelAxis(ofRank: shape.count))
      guard shape.indices.contains(outputAxis) else { continue }
      let root = provenance.mainRoot(of: weight).map(bound.network.name(of:)) ?? node.name
      let parameters = constants.reduce(0) { $0 + (bound.network.constants[$1]?.elementCount ?? 0) }
      layers.append(
        Layer(
          name: names.insertUnused(
            LayerName.name(weight: root, bias: biases.name(behind: node), node: node), separator: "#"),
          aliases: [node.name, root], op: node.op, node: node.id, weight: weight, kernelAxis: kernelAxis,
          channelAxis: (form.window == nil ? weightShape.count - 1 : 1) - kernelAxis,
          isConvolution: form.window != nil, kernels: form.kernels(of: weightShape, call),
          weightShape: weightShape, output: output,
          outputAxis: outputAxis, outputShape: shape,
          parameters: parameters, multiplyAccumulates: macs))
    }
    self.layers = layers
    parameters = learnables.reduce(0) { $0 + (bound.network.constants[$1]?.elementCount ?? 0) }
    multiplyAccumulates = total
  }
}

/// The initializers that are added to what layers compute. One that several nodes read names none of them: optimisers keep
/// equal initializers once, and many biases are nothing but zeros.
private struct BiasNames {
  private let bound: BoundNetwork
  private let provenance: ConstantProvenance
  private let topology: Topology

  init(_ bound: BoundNetwork, _ provenance: ConstantProvenance) {
    self.bound = bound
    self.provenance = provenance
    topology = Topology(bound.network)
  }

  /// The name of a layer's own bias, or of what a sum behind it adds.
  func name(behind node: Node) -> String? {
    let own = (node.inputs[safe: 2] ?? nil).flatMap(provenance.mainRoot)
    guard let root = own ?? added(to: node), topology.uses(of: root).count == 1 else { return nil }
    return bound.network.name(of: root)
  }

  private func added(to node: Node) -> ValueID? {
    guard let output = node.outputs.first ?? nil else { return nil }
    for use in topology.uses(of: output) {
      let sum = bound.network.nodes[use.node]
      if case .arithmetic(.sum) = bound.table.traits(of: sum).role, sum.inputs.count == 2,
        let root = sum.inputs[1 - use.input].flatMap(provenance.mainRoot)
      {
        return root
      }
    }
    return nil
  }
}

/// The initializers that values computed from constants alone come from.
///
/// Those of floating-point numbers, and those of quantized ones: integers of 8 or 16 bits in two axes or more, and
/// whatever is dequantized.
package struct ConstantProvenance: Sendable {
  private var found: [ValueID: Set<ValueID>]
  private let constants: [ValueID: Tensor]

  /// Follows every value that depends on constants alone back to them.
  package init(_ bound: BoundNetwork) {
    found = bound.network.constants.filter { _, tensor in
      tensor.elementType.isFloatingPoint
        || (tensor.elementType.quantizedRange != nil && tensor.shape.count > 1)
    }
    .reduce(into: [:]) { $0[$1.key] = [$1.key] }
    constants = bound.network.constants
    for node in bound.network.nodes {
      var operands = Self.operands(of: node)
      guard !operands.isEmpty, operands.allSatisfy({ constants[$0] != nil || found[$0] != nil }) else {
        continue
      }
      let traits = bound.table.traits(of: node)
      // Scales and zero points are of the coding, not of the weight.
      if traits.recoding != nil { operands = Array(operands.prefix(1)) }
      operands = learned(operands, traits)
      var roots = operands.reduce(into: Set<ValueID>()) { $0.formUnion(found[$1] ?? []) }
      // Biases are quantized to 32 bits.
      if traits.recoding == .dequantization, let number = operands.first, constants[number] != nil {
        roots.insert(number)
      }
      // Integers behind an Identity have no roots and are constants all the same.
      for output in node.outputs { if let output { found[output] = roots } }
    }
  }

  /// What a node computes with; which of two weights the size of the input chooses, the condition decides, and no more.
  private static func operands(of node: Node) -> [ValueID] {
    node.inputs.dropFirst(node.isOpenDecision ? 1 : 0).compactMap { $0 }
  }

  /// What weights are brought to mean 0 and variance 1 by is measured, not learned.
  private func learned(_ operands: [ValueID], _ traits: OperatorTraits) -> [ValueID] {
    if traits.hasRunningStatistics {
      return operands.enumerated().filter { ![.mean, .variance].contains(traits.operand($0.offset)) }
        .map(\.element)
    }
    guard traits.arithmetic == .difference || traits.arithmetic == .quotient else { return operands }
    let isWeight = found[operands[0]]?.contains { (constants[$0]?.elementCount ?? 0) > 1 } ?? false
    return isWeight ? [operands[0]] : operands
  }

  /// The initializer with the most elements among `roots(of: value)`, the first of several.
  package func mainRoot(of value: ValueID) -> ValueID? {
    roots(of: value).min { a, b in
      (-(constants[a]?.elementCount ?? 0), a) < (-(constants[b]?.elementCount ?? 0), b)
    }
  }

  /// Whether a node computes with constants alone.
  package func computesWeights(_ node: Node) -> Bool {
    let operands = Self.operands(of: node)
    return !operands.isEmpty && operands.allSatisfy { constants[$0] != nil || found[$0] != nil }
  }

  /// The initializers that `value` is computed from; empty when data take part.
  package func roots(of value: ValueID) -> Set<ValueID> { found[value] ?? [] }
}
