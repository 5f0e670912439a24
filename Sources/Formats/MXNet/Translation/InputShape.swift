import Graph

/// What a symbol says of the shape of one of its inputs: its own attribute, or the weights that it meets first.
struct InputShape {
  private let name: String
  /// What is said; 0 where nothing is.
  private var extents: [Int] = []

  init(of number: Int, in symbol: Symbol, array: (Int) -> Tensor?) {
    name = symbol.nodes[number].name
    extents =
      symbol.nodes[number].attributes["__shape__"].flatMap(SymbolAttributes.list)?.map { max(0, $0 ?? 0) }
      ?? []
    // What lies between an input and its first weights often moves or scales, and keeps channels.
    var reached: Set<Int> = [number]
    for (index, node) in symbol.nodes.enumerated()
    where node.inputs.contains(where: { reached.contains($0.node) }) {
      let weight = node.inputs.count > 1 ? array(node.inputs[1].node) : nil
      switch node.op {
      case "Convolution", "Convolution_v1":
        guard let weight, weight.shape.count > 2 else { return }
        let groups = node.attributes["num_group"].flatMap { Int($0) } ?? 1
        let axis = node.attributes["layout"]?.hasSuffix("C") == true ? weight.shape.count - 1 : 1
        var known = weight.shape.map { _ in 0 }
        known[axis] = weight.shape[axis].checkedProduct(max(1, groups)) ?? 0
        complete(known)
        return
      case "FullyConnected":
        guard let weight, weight.shape.count == 2, node.inputs[0].node == number else { return }
        complete([0, weight.shape[1]])
        return
      case "BatchNorm", "Activation", "identity", "_copy", "Cast", "Pad", "LeakyReLU": reached.insert(index)
      case let op where op.hasSuffix("_scalar") || op.hasSuffix("Scalar"): reached.insert(index)
      default: return
      }
    }
  }

  private mutating func complete(_ known: [Int]) {
    if extents.isEmpty { extents = known }
    guard extents.count == known.count else { return }
    for axis in known.indices where extents[axis] == 0 { extents[axis] = known[axis] }
  }

  /// The shape, one example where the symbol leaves their number open.
  ///
  /// - Throws: `FormatError.missingInputShape` where more than that is open.
  func shape(file: String) throws -> [Int] {
    var shape = extents
    if let first = shape.first, first == 0 { shape[0] = 1 }
    guard !shape.isEmpty, !shape.contains(0) else {
      let rank = shape.count
      let guess = shape.enumerated().map { axis, extent in
        extent > 0 ? extent : (axis == 1 && rank > 2 && shape[rank - 1] == 0 ? 3 : 224)
      }
      throw FormatError.missingInputShape(
        file: file, input: name,
        example: (guess.isEmpty ? [1, 3, 224, 224] : guess).map(String.init).joined(separator: "x"))
    }
    return shape
  }
}
