import Compute
import Graph
import Pruning

/// A layer by itself, at any width: what a table of latencies measures.
struct SingleLayer {
  let op: String
  let kernels: Int
  let inputs: Int
  private let node: Node
  private let opset: Int
  private let inputShape: [Int]
  private let inputAxis: Int
  private let weightShape: [Int]
  private let kernelAxis: Int
  private let weightInputAxis: Int
  private let groups: Int
  private let hasBias: Bool

  /// `nil` for layers whose operands are not a value, a weight and perhaps a bias, and for those in branches that these
  /// sizes do not take.
  init?(_ layer: Layer, in network: OpenNetwork) {
    guard let index = network.bound.network.nodes.firstIndex(where: { $0.id == layer.node }),
      !network.bound.idle.contains(index), case let node = network.bound.network.nodes[index],
      node.inputs.count >= 2, node.inputs[1] == layer.weight, let data = node.inputs[0],
      let shape = network.bound.shape(of: data), !shape.isEmpty
    else { return nil }
    self.node = node
    op = node.op
    opset = network.bound.network.opset
    kernels = layer.kernels
    inputShape = shape
    inputAxis = layer.inputAxis(of: shape.count)
    guard inputAxis < shape.count else { return nil }
    inputs = shape[inputAxis]
    weightShape = layer.weightShape
    kernelAxis = layer.kernelAxis
    weightInputAxis = layer.channelAxis
    if case .int(let count)? = node.attributes["group"] { groups = max(1, count) } else { groups = 1 }
    hasBias = network.bound.table.input(.bias, of: node) != nil
  }

  /// Whether input channels go with the kernels, a group at a time.
  var isGrouped: Bool { groups > 1 }

  /// The widths at which a table has the layer's times.
  var gridWidths: (kernels: [Int], inputs: [Int]) {
    (Self.quarters(of: kernels), isGrouped ? [inputs] : Self.quarters(of: inputs))
  }

  /// Quarters of a width, brought to what is computed fast.
  private static func quarters(of width: Int) -> [Int] {
    let block = PruningSettings.fastMultiple
    let quarters = (1...3).map { quarter in
      let share = width * quarter / 4
      return width > 2 * block ? max(block, (share + block / 2) / block * block) : max(1, share)
    }
    return Set(quarters.filter { $0 < width } + [width]).sorted()
  }

  /// Whether so many copies of the weights are no burden on memory.
  func fitsSideBySide(_ copies: Int) -> Bool { weightShape.elementCount <= 64 << 20 / max(1, copies) }

  /// What two layers that take the same time have in common.
  func key(_ options: ComputeOptions) -> String {
    let attributes = node.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return
      ([op] + attributes + [
        "\(inputShape)", "\(weightShape)", "\(hasBias)", LatencyConditions(options).key,
      ])
      .joined(separator: " ")
  }

  /// The layer alone, with as many kernels and input channels; whole groups where it is grouped.
  func network(kernels count: Int, inputs inputCount: Int) -> Network {
    var network = Network(name: op, opsets: ["": opset])
    var node = node
    var (data, weight) = (inputShape, weightShape)
    var kernels = count
    if isGrouped {
      let left = max(1, groups * count / self.kernels)
      kernels = self.kernels / groups * left
      data[inputAxis] = inputs / groups * left
      weight[0] = kernelAxis == 0 ? kernels : data[inputAxis]
      node.attributes["group"] = .int(left)
    } else {
      data[inputAxis] = inputCount
      weight[kernelAxis] = kernels
      weight[weightInputAxis] = inputCount
    }
    let input = network.addValue(
      "x", type: DeclaredType(elementType: .float32, dimensions: data.map { .fixed($0) }))
    network.inputs = [input]
    func constant(_ name: String, _ shape: [Int]) -> ValueID {
      network.addConstant(name, Tensor([Float](repeating: 0.01, count: shape.elementCount), shape: shape))
    }
    let output = network.addValue("y")
    node.inputs = [input, constant("w", weight)] + (hasBias ? [constant("b", [kernels])] : [])
    node.outputs = [output]
    network.nodes = [node]
    network.outputs = [output]
    return network
  }
}

extension OpenNetwork {
  /// What this network's time is kept under: two that agree in all of it are taken for one.
  func latencyKey(_ options: ComputeOptions) -> String {
    let shapes = network.inputs.map { "\(bound.shape(of: $0) ?? [])" }
    return
      (shapes + [
        "\(network.nodes.count)", "\(summary.parameters)", "\(summary.multiplyAccumulates)",
        "\(groups.activationBytes)", LatencyConditions(options).key,
      ])
      .joined(separator: " ")
  }
}
