import Graph

/// The parameters of PyTorch's `LSTM`, `GRU` and `RNN` behind a recurrent node: ONNX stacks the directions, puts the gates in
/// another order and joins both biases.
///
/// https://onnx.ai/onnx/operators/onnx__LSTM.html, https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
struct RecurrentParameters {
  /// The index of the node.
  let node: Int
  /// By input of the node: the names of what it is made of, a direction after the other.
  let parts: [(input: Int, names: [String])]
  /// The place among PyTorch's gates of each of ONNX's.
  private let gates: [Int]

  /// All names.
  var names: [String] { parts.flatMap(\.names) }

  /// Those of a network, in the order of its nodes: the layers of a module are numbered as they come.
  static func all(in network: Network) -> [RecurrentParameters] {
    var layers: [String: Int] = [:]
    return network.nodes.enumerated().compactMap { index, node in
      guard let cell = RecurrentShape.Cell(rawValue: node.qualifiedOp), let module = node.authorModule else {
        return nil
      }
      let layer = layers[module, default: 0]
      layers[module] = layer + 1
      return RecurrentParameters(node, at: index, cell, module: module, layer: layer)
    }
  }

  private init(_ node: Node, at index: Int, _ cell: RecurrentShape.Cell, module: String, layer: Int) {
    self.node = index
    // PyTorch: input, forget, cell, output; reset, update, new. ONNX: input, output, forget, cell; update, reset, hidden.
    gates =
      switch cell {
      case .LSTM: [0, 3, 1, 2]
      case .GRU: [1, 0, 2]
      case .RNN: [0]
      }
    var endings = ["_l\(layer)"]
    if case .string(let direction)? = node.attributes["direction"] {
      if direction == "bidirectional" { endings.append("_l\(layer)_reverse") }
      if direction == "reverse" { endings = ["_l\(layer)_reverse"] }
    }
    let prefix = module.isEmpty ? "" : module + "."
    parts = [
      (1, endings.map { "\(prefix)weight_ih\($0)" }), (2, endings.map { "\(prefix)weight_hh\($0)" }),
      (3, endings.flatMap { ["\(prefix)bias_ih\($0)", "\(prefix)bias_hh\($0)"] }),
    ]
  }

  /// PyTorch's tensors as the node reads them; `nil` where they do not fill the shape.
  func stacked(_ tensors: [Tensor], as shape: [Int]) -> Tensor? {
    guard tensors.reduce(0, { $0 + $1.elementCount }) == shape.elementCount,
      tensors.allSatisfy({ $0.shape == tensors[0].shape && ($0.shape.first ?? 1) % gates.count == 0 }),
      shape.count == 2 || tensors[0].shape == Array(shape.dropFirst())
    else { return nil }
    let values = tensors.flatMap { tensor in
      let block = tensor.shape[0] / gates.count
      return tensor.taking(gates.flatMap { Array($0 * block..<($0 + 1) * block) }, alongAxis: 0).doubles
    }
    return Tensor(.float64, values, shape: shape)
  }

  /// What `stacked` stacks.
  func unstacked(_ tensor: Tensor, _ names: [String]) -> [(name: String, tensor: Tensor)] {
    let shape =
      tensor.shape.count == 2
      ? [tensor.shape[1] * tensor.shape[0] / names.count] : Array(tensor.shape.dropFirst())
    guard !names.isEmpty, shape[0] % gates.count == 0 else { return [] }
    let block = shape[0] / gates.count
    // Where each of PyTorch's gates stands.
    let places = gates.indices.map { gate in gates.firstIndex(of: gate) ?? gate }
    let count = shape.elementCount
    return names.enumerated().map { number, name in
      let part = Tensor(
        tensor.elementType, tensor.doubles(in: number * count..<(number + 1) * count), shape: shape)
      return (name, part.taking(places.flatMap { Array($0 * block..<($0 + 1) * block) }, alongAxis: 0))
    }
  }
}
