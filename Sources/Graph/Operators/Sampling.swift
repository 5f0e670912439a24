/// `GridSample`: input [N, C, …] read at the positions that a grid [N, …, D] names → [N, C, …].
struct GridSampleRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let (input, grid) = (try call.input(0), try call.shape(1))
    let dimensions = input.shape.count - 2
    guard 1...3 ~= dimensions, grid.count == input.shape.count, grid.last == dimensions,
      grid[0] == input.shape[0], input.shape.allSatisfy({ $0 > 0 })
    else {
      throw call.invalid("a grid of shape \(grid.shapeText) for an input of shape \(input.shape.shapeText)")
    }
    return [TensorSpec(input.elementType, Array(input.shape[..<2]) + grid[1..<(grid.count - 1)])]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    [.same([.input(0, axis: 1), .output(0, axis: 1)])]
      + (try call.keepingAll([1], reason: "they are positions"))
  }
}

/// `AffineGrid`: matrices [N, D, D + 1] and a size → the grid [N, …, D] that they map.
struct AffineGridRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let theta = try call.input(0)
    let size = try call.numbers(1)
    let dimensions = size.count - 2
    guard 2...3 ~= dimensions, size.allSatisfy({ $0 > 0 }), size.checkedElementCount != nil,
      theta.shape == [size[0], dimensions, dimensions + 1]
    else { throw call.invalid("matrices of shape \(theta.shape.shapeText) for a size of \(size)") }
    return [TensorSpec(theta.elementType, [size[0]] + size[2...] + [dimensions])]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.keepingAll([0], reason: "they are coefficients of a map")
  }
}

/// `RoiAlign`: input [N, C, H, W], regions [R, 4], their examples [R] → [R, C, h, w].
struct RegionRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .value, .value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let (input, regions) = (try call.input(0), try call.shape(1))
    let size = [call.int("output_height", default: 1), call.int("output_width", default: 1)]
    guard input.shape.count == 4, regions.count == 2, regions[1] == 4, try call.shape(2) == [regions[0]],
      size.allSatisfy({ 1...(1 << 16) ~= $0 }), call.int("sampling_ratio", default: 0) <= 4096
    else {
      throw call.invalid(
        "regions of shape \(regions.shapeText) of an input of shape \(input.shape.shapeText)")
    }
    return [TensorSpec(input.elementType, [regions[0], input.shape[1]] + size)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    [.same([.input(0, axis: 1), .output(0, axis: 1)])]
      + (try call.keepingAll([1, 2], reason: "they are positions"))
  }
}

/// `MaxUnpool`: the elements of a max pooling back at their positions, zeros elsewhere.
struct UnpoolingRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .value, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard try call.shape(1) == input.shape else { throw call.invalid("its indices are not one an element") }
    let pooled = try call.unpooledShape()
    guard call.has(2) else { return [TensorSpec(input.elementType, pooled)] }
    let shape = try call.numbers(2)
    guard shape.count == pooled.count, zip(shape, pooled).allSatisfy({ $0 >= $1 }),
      shape.checkedElementCount != nil
    else { throw call.invalid("its output shape \(shape) is smaller than \(pooled)") }
    return [TensorSpec(input.elementType, shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.keepingAll([0, 1], reason: "its indices count positions over all channels")
  }
}

extension OperatorCall {
  /// The shape that the attributes of a `MaxUnpool` make up, over which its indices count.
  package func unpooledShape() throws -> [Int] {
    let shape = try shape(0)
    guard shape.count >= 3 else { throw invalid("an input of shape \(shape.shapeText)") }
    let window = try slidingWindow(over: Array(shape[2...]), kernel: nil)
    let result =
      Array(shape[..<2])
      + shape[2...].indices.map { axis in
        let index = axis - 2
        return (shape[axis] - 1) * window.strides[index] + window.kernel[index] - window.padsBefore[index]
          - window.padsAfter[index]
      }
    guard result.allSatisfy({ $0 > 0 }), result.checkedElementCount != nil else {
      throw invalid("its pads leave nothing of its output")
    }
    return result
  }
}

extension OperatorTable {
  static let samplings: [String: any OperatorRule] = [
    "GridSample": GridSampleRule(), "AffineGrid": AffineGridRule(), "RoiAlign": RegionRule(),
    "MaxUnpool": UnpoolingRule(),
  ]
}
