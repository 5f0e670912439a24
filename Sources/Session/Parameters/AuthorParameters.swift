import Foundation
package import Graph

/// What the author of a network calls the parameters that its nodes read: the one place that knows how PyTorch's names and
/// the constants of a graph belong together.
///
/// Exporters leave a parameter's name on its constant (`layer1.0.conv1.weight`) unless they transposed, folded or stacked it;
/// the node still says which module it came from then. Constants that were equal may have become one.
package struct AuthorParameters: Sendable {
  /// A constant of floating-point numbers where a node reads it.
  struct Use: Sendable, Hashable {
    /// The index in `Network.nodes`.
    let node: Int
    /// The input's number.
    let input: Int
    /// The constant.
    let constant: ValueID
    /// What it is to the node.
    let role: OperandRole
  }

  let network: Network
  let table: OperatorTable
  /// Every use, in the order of the nodes.
  let uses: [Use]
  private let readers: [ValueID: Int]
  private let topology: Topology

  /// Reads the names off a network.
  package init(_ network: Network, table: OperatorTable = .standard) {
    (self.network, self.table) = (network, table)
    topology = Topology(network)
    var uses: [Use] = []
    var readers: [ValueID: Int] = [:]
    for (index, node) in network.nodes.enumerated() {
      let traits = table.traits(of: node)
      for (number, input) in node.inputs.enumerated() {
        guard let input, network.constants[input]?.elementType.isFloatingPoint == true else { continue }
        uses.append(Use(node: index, input: number, constant: input, role: traits.operand(number)))
        readers[input, default: 0] += 1
      }
    }
    (self.uses, self.readers) = (uses, readers)
  }

  /// The name of a constant, where its author gave it; `nil` where an exporter made it up.
  func ownName(of constant: ValueID) -> String? {
    let name = network.name(of: constant)
    // The optimizer of PyTorch's exporter names a folded bias after its weight.
    return LayerName.isMadeUp(name) || name.hasSuffix("weight_bias") ? nil : name
  }

  /// Whether a constant may be nobody's parameter: what exporters add of their own, a scale or the ones of a normalization
  /// without parameters, and tables that stand in a forward.
  func mayBeNobodys(_ constant: ValueID) -> Bool {
    guard ownName(of: constant) == nil, let tensor = network.constants[constant] else { return false }
    return tensor.elementCount == 1 || tensor.isUniform || LayerName.isOfForward(network.name(of: constant))
  }

  /// What the parameter may be called that a node reads, the likeliest first. A name without a parameter is no harm: it is
  /// compared with those that there are.
  func names(of use: Use) -> [String] {
    let own = [ownName(of: use.constant)].compactMap { $0 }
    // What several nodes read was perhaps made one of several equal ones, or is of a module that is called several times:
    // exporters number its calls.
    let isShared = readers[use.constant, default: 0] > 1
    let names =
      isShared
      ? statedNames(of: use) + own + statedNames(of: use, ofAnyCall: true) : own + statedNames(of: use)
    var seen = Set<String>()
    return names.filter { seen.insert($0).inserted }
  }

  /// The names that follow from the nodes that compute with what is read.
  ///
  /// - Parameter ofAnyCall: whether modules go without the numbers of their calls.
  private func statedNames(of use: Use, ofAnyCall: Bool = false) -> [String] {
    computing(with: use).flatMap { namesByNode(of: $0, ofAnyCall: ofAnyCall) }
  }

  /// The use itself; where its node only hands the constant on, the uses that it hands it to.
  private func computing(with use: Use) -> [Use] {
    let node = network.nodes[use.node]
    guard table.traits(of: node).recoding == .copy, let output = node.outputs.first ?? nil else {
      return [use]
    }
    return topology.uses(of: output).map { reader in
      Use(
        node: reader.node, input: reader.input, constant: use.constant,
        role: table.traits(of: network.nodes[reader.node]).operand(reader.input))
    }
  }

  /// The names that follow from the node.
  private func namesByNode(of use: Use, ofAnyCall: Bool) -> [String] {
    let node = network.nodes[use.node]
    let traits = table.traits(of: node)
    var names: [String] = []
    if use.role == .weight, let bias = addedBias(behind: use.node) {
      // `attn.in_proj_bias` stands beside `attn.in_proj_weight`.
      if let stem = bias.droppingEnding("bias") { names.append(stem + "weight") }
    }
    if use.role == .bias, let weight = table.input(.weight, of: node),
      let stem = ownName(of: weight)?.droppingEnding("weight")
    {
      names.append(stem + "bias")
    }
    guard var module = node.authorModule else { return names }
    if ofAnyCall { module = String(module.trimmingNumber) }
    let prefix = module.isEmpty ? "" : module + "."
    if let role = use.role.stateName { names.append(prefix + role) }
    switch traits.arithmetic {
    case .product, .quotient: names.append(prefix + "weight")
    case .sum, .difference: names.append(prefix + "bias")
    case nil: break
    }
    return names
  }

  /// The author's name of the bias that a layer adds, itself or by a sum behind it.
  private func addedBias(behind index: Int) -> String? {
    let node = network.nodes[index]
    if let input = table.input(.bias, of: node) { return ownName(of: input) }
    guard let output = node.outputs.first ?? nil else { return nil }
    for use in topology.uses(of: output) {
      let sum = network.nodes[use.node]
      guard table.traits(of: sum).arithmetic == .sum, sum.inputs.count == 2,
        let other = sum.inputs[1 - use.input], network.constants[other] != nil
      else { continue }
      return ownName(of: other)
    }
    return nil
  }

  /// Whether what a layer makes goes straight into a batch normalization.
  func isNormalized(_ index: Int) -> Bool {
    guard let output = network.nodes[index].outputs.first ?? nil else { return false }
    return topology.uses(of: output).contains {
      table.traits(of: network.nodes[$0.node]).hasRunningStatistics
    }
  }

  /// The form of the layer that a use is the weight of; `nil` for others.
  func layerForm(of use: Use) -> LayerForm? {
    use.role == .weight ? table.traits(of: network.nodes[use.node]).layer : nil
  }

  /// How a parameter as PyTorch has it becomes the constant.
  enum Arrangement: Hashable {
    /// As it is; with its two axes exchanged; with axes of extent 1 more or less.
    case same, transposed, reshaped
  }

  /// How a parameter of a shape becomes the constant; `nil` where it does not.
  func arrangement(of shape: [Int], as use: Use) -> Arrangement? {
    guard let target = network.constants[use.constant]?.shape else { return nil }
    if shape.count == 2, target == [shape[1], shape[0]], isTransposed(use) { return .transposed }
    if shape == target { return .same }
    if shape.count == 2, target == [shape[1], shape[0]], layerForm(of: use)?.window == nil,
      use.role == .weight
    {
      return .transposed
    }
    let isSqueezed = shape.filter { $0 != 1 } == target.filter { $0 != 1 }
    return isSqueezed && shape.elementCount == target.elementCount ? .reshaped : nil
  }

  /// Whether an exporter exchanged the axes: PyTorch keeps a kernel a row, a product with a matrix reads a kernel a column,
  /// and the constant lost its name over it.
  func isTransposed(_ use: Use) -> Bool {
    guard let form = layerForm(of: use), form.window == nil, ownName(of: use.constant) == nil else {
      return false
    }
    let node = network.nodes[use.node]
    if case .int(let flag)? = node.attributes["transB"] { return flag == 0 }
    return true
  }
}

extension AuthorParameters.Arrangement {
  /// A parameter as the constant of a shape.
  func constant(of parameter: Tensor, shape: [Int]) -> Tensor {
    switch self {
    case .same: parameter
    case .transposed: [Movement.permute([1, 0])].apply(to: parameter)
    case .reshaped: parameter.reshaped(to: shape)
    }
  }
}

extension Tensor {
  /// Whether all elements are the same.
  fileprivate var isUniform: Bool {
    guard let width = elementType.byteCount, let first = elementCount > 0 ? bytes.prefix(width) : nil else {
      return true
    }
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).allSatisfy {
      bytes[$0..<$0 + width].elementsEqual(first)
    }
  }
}

extension OperandRole {
  /// What PyTorch calls a parameter or buffer of the role; `nil` where there may be none.
  var stateName: String? {
    switch self {
    case .weight, .slope, .scale: "weight"
    case .bias, .shift: "bias"
    case .mean: "running_mean"
    case .variance: "running_var"
    case .value, .size: nil
    }
  }
}

extension String {
  /// The module that a module or a parameter stands in: all but the last part; empty where there is one part only.
  var parentModule: String { lastIndex(of: ".").map { String(self[..<$0]) } ?? "" }

  /// The text without an ending; `nil` where it does not end so.
  func droppingEnding(_ ending: String) -> String? {
    hasSuffix(ending) ? String(dropLast(ending.count)) : nil
  }
}
