/// `TopK`: the largest or smallest elements along an axis, and where they stand.
struct TopKRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let (axis, count) = try call.topK()
    let shape = input.shape.replacing(axis, with: count)
    return [TensorSpec(input.elementType, shape), TensorSpec(.int64, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let specs = try outputs(call)
    let (axis, count) = try call.topK()
    let largest = call.int("largest", default: 1) != 0
    let values = input.doubles
    let result = specs[0].shape
    guard result.elementCount > 0 else {
      return specs.map { Tensor($0.elementType, [Double](), shape: result) }
    }
    var (top, indices) = (
      [Double](repeating: 0, count: result.elementCount), [Double](repeating: 0, count: result.elementCount)
    )
    input.forEachLine(axis) { start, step in
      let order = (0..<input.shape[axis]).sorted { a, b in
        let (x, y) = (values[start + a * step], values[start + b * step])
        return x == y ? a < b : (largest ? x > y : x < y)
      }
      let (outer, inner) = (start / (input.shape[axis] * step), start % step)
      for (position, index) in order.prefix(count).enumerated() {
        let target = (outer * count + position) * step + inner
        top[target] = values[start + index * step]
        indices[target] = Double(index)
      }
    }
    return [Tensor(specs[0].elementType, top, shape: result), Tensor(.int64, indices, shape: result)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let (axis, _) = try call.topK()
    let shared = try call.shape(0).indices.filter { $0 != axis }.map { index -> ChannelRelation in
      .same([.input(0, axis: index)] + outputs.indices.map { AxisReference.output($0, axis: index) })
    }
    return shared + [.frozen([.input(0, axis: axis)], reason: "it chooses among them by their values")]
  }
}

/// `ArgMax`, `ArgMin`: where along an axis the largest or smallest element stands.
struct ArgumentRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  let largest: Bool

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    var shape = try call.shape(0)
    let axis = try call.axis(call.int("axis", default: 0), rank: shape.count)
    guard !shape.isEmpty, shape[axis] > 0 else { throw call.invalid("it chooses among nothing") }
    shape[axis] = 1
    if call.int("keepdims", default: 1) == 0 { shape.remove(at: axis) }
    return [TensorSpec(.int64, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let spec = try outputs(call)[0]
    let axis = try call.axis(call.int("axis", default: 0), rank: input.shape.count)
    let last = call.int("select_last_index", default: 0) != 0
    let values = input.doubles
    var indices: [Double] = []
    input.forEachLine(axis) { start, step in
      var best = 0
      for index in 1..<max(1, input.shape[axis]) {
        let (new, old) = (values[start + index * step], values[start + best * step])
        if (largest ? new > old : new < old) || (last && new == old) { best = index }
      }
      indices.append(Double(best))
    }
    return [Tensor(.int64, indices, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let rank = try call.shape(0).count
    let axis = try call.axis(call.int("axis", default: 0), rank: rank)
    let drops = call.int("keepdims", default: 1) == 0
    return (0..<rank).map { index in
      if index == axis {
        return .frozen([.input(0, axis: axis)], reason: "it chooses among them by their values")
      }
      return .same([.input(0, axis: index), .output(0, axis: drops && index > axis ? index - 1 : index)])
    }
  }
}

/// `Hardmax`: 1 where the largest element along an axis stands, 0 elsewhere.
struct HardmaxRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    _ = try call.softmaxAxes()
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let axes = try call.softmaxAxes()
    return try call.shape(0).indices.map { index in
      axes.contains(index)
        ? .frozen([.input(0, axis: index)], reason: "it chooses among them by their values")
        : .same([.input(0, axis: index), .output(0, axis: index)])
    }
  }
}

/// `OneHot`: a new axis with one value at the index and another elsewhere.
struct OneHotRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size, .value)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let (axis, depth) = try call.oneHot()
    guard try call.shape(2).elementCount == 2 else { throw call.invalid("its values are not two") }
    var shape = try call.shape(0)
    shape.insert(depth, at: axis)
    return [TensorSpec(try call.input(2).elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let (axis, depth) = try call.oneHot()
    let values = try call.constant(2).doubles
    let indices = try call.constant(0)
    let inner = indices.shape[axis...].elementCount
    var result = [Double](repeating: values[0], count: spec.shape.elementCount)
    for (position, index) in indices.integers.enumerated() where -depth..<depth ~= index {
      let hot = index < 0 ? index + depth : index
      result[(position / inner * depth + hot) * inner + position % inner] = values[1]
    }
    return [Tensor(spec.elementType, result, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let (axis, _) = try call.oneHot()
    return try call.shape(0).indices.map { index in
      .same([.input(0, axis: index), .output(0, axis: index < axis ? index : index + 1)])
    }
  }
}

extension OperatorCall {
  /// The axis of a `TopK` and how many elements it takes.
  package func topK() throws -> (axis: Int, count: Int) {
    let shape = try shape(0)
    let axis = try axis(int("axis", default: -1), rank: shape.count)
    let count = opset < 10 ? int("k", default: 0) : try numbers(1).first ?? 0
    guard !shape.isEmpty, 0...shape[axis] ~= count else {
      throw invalid("it takes \(count) of the \(shape.isEmpty ? 1 : shape[axis]) elements of axis \(axis)")
    }
    return (axis, count)
  }

  /// The index of the axis that a `OneHot` adds, and its extent.
  package func oneHot() throws -> (axis: Int, depth: Int) {
    let depth = try numbers(1).first ?? 0
    guard 1...(1 << 24) ~= depth else { throw invalid("its depth is \(depth)") }
    return (try axis(int("axis", default: -1), rank: try shape(0).count + 1), depth)
  }
}

extension Tensor {
  /// Calls `body` with the first element and the step of every line along an axis, in C order.
  func forEachLine(_ axis: Int, _ body: (_ start: Int, _ step: Int) -> Void) {
    let step = shape[(axis + 1)...].elementCount
    let outer = shape[..<axis].elementCount
    for block in 0..<outer {
      for index in 0..<step { body(block * shape[axis] * step + index, step) }
    }
  }
}
