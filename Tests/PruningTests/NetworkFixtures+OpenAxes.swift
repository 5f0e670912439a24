import Graph
import TestSupport

/// Networks that compute scales, indices and borders from what their files leave open.
extension NetworkFixtures {
  /// Features divided by the root of how many channels and columns there are.
  static func openScale() -> Network {
    var b = NetworkBuilder()
    let x = b.block(b.input("x", [nil, 3, nil, nil]), 3, 8, "stem")
    let count = b.node("Mul", extent(&b, of: x, 1), extent(&b, of: x, 3))
    let root = b.node("Sqrt", b.node("Cast", count, attributes: ["to": .int(1)]))
    b.output(b.conv(b.node("Relu", b.node("Div", x, root)), 8, 2, "last"))
    return b.network
  }

  /// The first half of the channels, every second column and all examples, by counted indices.
  static func openIndices() -> Network {
    var b = NetworkBuilder()
    let x = b.block(b.input("x", [nil, 3, nil, nil]), 3, 8, "stem")
    let (zero, one) = (b.constant("zero", Tensor([0], shape: [])), b.constant("one", Tensor([1], shape: [])))
    let two = b.constant("two", Tensor([2], shape: []))
    func number(_ b: inout NetworkBuilder, of value: ValueID, _ axis: Int) -> ValueID {
      b.node("Squeeze", extent(&b, of: value, axis), b.constant("first\(axis)", Tensor([0])))
    }
    let channels = b.node("Range", zero, b.node("Div", number(&b, of: x, 1), two), one)
    let half = b.node("Gather", x, channels, attributes: ["axis": .int(1)])
    let columns = b.node("Range", zero, number(&b, of: half, 3), two)
    let sparse = b.node("Gather", half, columns, attributes: ["axis": .int(3)])
    let examples = b.node("Range", zero, number(&b, of: sparse, 0), one)
    let same = b.node("Gather", sparse, examples, attributes: ["axis": .int(0)])
    b.output(b.conv(b.node("Relu", same), 4, 2, "last"))
    return b.network
  }

  /// A border that makes the columns even, on a picture with two more channels; and a slice that takes as many channels
  /// and half of the columns.
  static func openBorder() -> Network {
    var b = NetworkBuilder()
    let x = b.block(b.input("x", [nil, 3, nil, nil]), 3, 6, "stem")
    let two = b.constant("two", Tensor([2]))
    let width = extent(&b, of: x, 3)
    let odd = b.node("Mod", width, two)
    let none = (0..<7).map { b.constant("none\($0)", Tensor([$0 == 5 ? 2 : 0])) }
    let pads = joined(&b, [none[0], none[1], none[2], none[3], none[4], none[5], none[6], odd])
    let wide = b.node("Relu", b.conv(b.node("Pad", x, pads), 8, 9, "wide"))
    let ends = joined(&b, [b.constant("seven", Tensor([7])), b.node("Div", width, two)])
    let part = b.node(
      "Slice", wide, b.constant("from", Tensor([2, 0])), ends, b.constant("axes", Tensor([1, 3])))
    b.output(b.conv(b.node("Relu", part), 5, 2, "last"))
    return b.network
  }

  /// Every example's channels in reverse, taken from all of them in one row.
  static func reversedExamples() -> Network {
    var b = NetworkBuilder()
    let x = b.node("GlobalAveragePool", b.block(b.input("x", [nil, 3, 4, 4]), 3, 8, "stem"))
    let row = b.node("Reshape", x, b.constant("row", Tensor([-1])))
    let batch = b.node("Squeeze", extent(&b, of: x, 0), b.constant("first", Tensor([0])))
    let (zero, one) = (b.constant("zero", Tensor([0], shape: [])), b.constant("one", Tensor([1], shape: [])))
    let starts = b.node("Mul", b.node("Range", zero, batch, one), b.constant("eight", Tensor([8], shape: [])))
    let column = b.node("Unsqueeze", starts, b.constant("behind", Tensor([1])))
    let indices = b.node("Add", column, b.constant("reverse", Tensor(Array((0..<8).reversed()))))
    b.output(b.gemm(b.node("Relu", b.node("Gather", row, indices)), 8, 3, "last"))
    return b.network
  }
}
