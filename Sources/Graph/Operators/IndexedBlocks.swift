/// Where an operator with an operand of indices reads or writes in its data: blocks of consecutive elements, one
/// an index tuple.
///
/// One description serves `Gather`, `GatherElements`, `GatherND`, the `Scatter` family and `MaxUnpool`, when they
/// are folded, computed and differentiated.
package struct IndexedBlocks: Sendable, Hashable {
  /// The extents over which the blocks are counted, in C order.
  package var loops: [Int]
  /// What a step of each loop moves in the data.
  package var dataStrides: [Int]
  /// What a step of each loop moves among the index tuples.
  package var tupleStrides: [Int]
  /// The extent of the data that each number of a tuple indexes.
  package var extents: [Int]
  /// What a step of each number of a tuple moves in the data.
  package var strides: [Int]
  /// The elements of one block.
  package var blockLength: Int

  /// The number of blocks.
  package var count: Int { loops.elementCount }

  /// `Gather`: whole lines behind `axis`, one an index.
  package init(gathering indices: [Int], from data: [Int], axis: Int) {
    let inner = data[(axis + 1)...].elementCount
    loops = [data[..<axis].elementCount, indices.elementCount]
    dataStrides = [data[axis] * inner, 0]
    tupleStrides = [0, 1]
    extents = [data[axis]]
    strides = [inner]
    blockLength = inner
  }

  /// `GatherElements`, `ScatterElements`: single elements, each at its own position but for the coordinate on `axis`.
  package init(elements indices: [Int], of data: [Int], axis: Int) {
    loops = indices
    dataStrides = data.denseStrides.replacing(axis, with: 0)
    tupleStrides = indices.denseStrides
    extents = [data[axis]]
    strides = [data.denseStrides[axis]]
    blockLength = 1
  }

  /// `GatherND`, `ScatterND`: the last axis of the indices holds coordinates of blocks, behind `batch` axes that
  /// indices and data share.
  package init(tuples indices: [Int], of data: [Int], batch: Int) {
    let width = indices.last ?? 0
    let shared = data[..<batch].elementCount
    let tuples = indices.dropLast().elementCount
    loops = [shared, shared == 0 ? 0 : tuples / shared]
    dataStrides = [data[batch...].elementCount, 0]
    tupleStrides = [loops[1], 1]
    extents = Array(data[batch..<(batch + width)])
    strides = Array(data.denseStrides[batch..<(batch + width)])
    blockLength = data[(batch + width)...].elementCount
  }

  /// Single elements of a whole tensor, counted in C order: `MaxUnpool`.
  package init(flat count: Int, of data: [Int]) {
    loops = [count]
    dataStrides = [0]
    tupleStrides = [1]
    extents = [data.elementCount]
    strides = [1]
    blockLength = 1
  }

  /// The data's offset of every block, in order; `nil` where an index lies outside. Negative indices count from
  /// the end.
  func offsets(_ indices: [Int]) -> [Int]? {
    let width = extents.count
    var result: [Int] = []
    result.reserveCapacity(count)
    var isInside = true
    StridedCopy(
      extents: loops, sourceOffset: 0, sourceStrides: dataStrides, destinationOffset: 0,
      destinationStrides: tupleStrides
    ).forEachElement { offset, tuple in
      var offset = offset
      for number in 0..<width {
        var index = indices[tuple * width + number]
        if index < 0 { index += extents[number] }
        if !(0..<extents[number] ~= index) { isInside = false }
        offset &+= index &* strides[number]
      }
      result.append(offset)
    }
    return isInside ? result : nil
  }
}

/// What a `Scatter` does with an update and the element that it meets.
package enum ScatterReduction: String, Sendable, Hashable {
  /// It takes its place; their sum, product, larger or smaller one stays.
  case none, add, mul, max, min

  func callAsFunction(_ old: Double, _ update: Double) -> Double {
    switch self {
    case .none: update
    case .add: old + update
    case .mul: old * update
    case .max: Swift.max(old, update)
    case .min: Swift.min(old, update)
    }
  }
}

extension OperatorCall {
  /// The blocks that the operator's indices name, for `Gather`, `GatherElements`, `GatherND` and the `Scatter`s.
  package func indexedBlocks() throws -> IndexedBlocks {
    let (data, indices) = (try shape(0), try shape(1))
    guard try input(1).elementType.isFloatingPoint == false else {
      throw invalid("its indices are no integers")
    }
    guard !data.isEmpty else { throw invalid("its data is a scalar") }
    switch node.op {
    case "Gather":
      let axis = try axis(int("axis", default: 0), rank: data.count)
      return IndexedBlocks(gathering: indices, from: data, axis: axis)
    case "GatherND", "ScatterND":
      let batch = node.op == "GatherND" ? int("batch_dims", default: 0) : 0
      guard let width = indices.last, batch >= 0, width >= 0, batch < indices.count,
        batch + width <= data.count, data[..<batch] == indices[..<batch]
      else {
        throw invalid(
          "indices of shape \(indices.shapeText) do not fit data of shape \(data.shapeText) with \(batch) batch axes"
        )
      }
      return IndexedBlocks(tuples: indices, of: data, batch: batch)
    default:
      let axis = try axis(int("axis", default: 0), rank: data.count)
      guard indices.count == data.count,
        data.indices.allSatisfy({ $0 == axis || indices[$0] <= data[$0] })
      else {
        throw invalid(
          "indices of shape \(indices.shapeText) do not lie in data of shape \(data.shapeText)")
      }
      return IndexedBlocks(elements: indices, of: data, axis: axis)
    }
  }

  /// How a `Scatter` joins an update with what it meets.
  package func scatterReduction() throws -> ScatterReduction {
    let name = string("reduction", default: "none")
    guard let reduction = ScatterReduction(rawValue: name) else { throw invalid("its reduction is \(name)") }
    return reduction
  }

  /// Every axis of the inputs is kept, for a reason.
  func keepingAll(_ inputs: [Int], reason: String) throws -> [ChannelRelation] {
    var axes: [AxisReference] = []
    for number in inputs where has(number) {
      axes += try shape(number).indices.map { AxisReference.input(number, axis: $0) }
    }
    return [.frozen(axes, reason: reason)]
  }

  func outsideData() -> GraphError {
    invalid("an index lies outside its data of shape \(inputs[0]!.shape.shapeText)")
  }
}
