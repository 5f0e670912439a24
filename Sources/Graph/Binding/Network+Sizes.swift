extension Node {
  /// The inputs that say how large, how far or where, not what: they must be known before any data are.
  package var sizeInputs: [Int] {
    let numbers: ClosedRange<Int>
    switch op {
    case "Reshape", "Squeeze", "Unsqueeze", "Gather", "Split", "Expand", "OneHot", "TopK", "Trilu", "CumSum",
      "ReverseSequence", "CenterCropPad", "AffineGrid", "ReduceL1", "ReduceL2", "ReduceLogSum",
      "ReduceLogSumExp",
      "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare":
      numbers = 1...1
    case "Tile", "Col2Im", "DFT", "Clip": numbers = 1...2
    case "Pad", "Resize", "Upsample": numbers = 1...3
    case "Slice": numbers = 1...4
    case "MaxUnpool": numbers = 2...2
    case "NonMaxSuppression": numbers = 2...4
    case "ConstantOfShape": numbers = 0...0
    case "Range": numbers = 0...2
    default: return []
    }
    return domain.isEmpty ? inputs.indices.filter(numbers.contains) : []
  }
}

extension Network {
  /// What operators read as sizes and places, and everything that goes into it.
  package func valuesReadAsSizes() -> Set<ValueID> {
    var result: Set<ValueID> = []
    for node in nodes.reversed() {
      if node.outputs.contains(where: { $0.map(result.contains) ?? false }) {
        // Of what only the shape is read, nothing goes into it.
        if node.op != "Shape" && node.op != "Size" { result.formUnion(node.inputs.compactMap { $0 }) }
      } else {
        result.formUnion(node.sizeInputs.compactMap { node.inputs[$0] })
      }
    }
    return result
  }
}
