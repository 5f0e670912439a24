/// What nodes that move elements say of where these go, in attributes or, in later opsets, in operands.
extension OperatorCall {
  /// The axis and the extents of the pieces of a `Split`.
  package func splitSizes() throws -> (axis: Int, sizes: [Int]) {
    let shape = try shape(0)
    let axis = try axis(int("axis", default: 0), rank: shape.count)
    guard !shape.isEmpty else { throw invalid("its input is a scalar") }
    var sizes: [Int]
    if has(1) {
      sizes = try numbers(1)
    } else if let split = ints("split") {
      sizes = split
    } else {
      let count = try self.count("num_outputs", default: node.outputs.count)
      guard count <= max(shape[axis], node.outputs.count) else {
        throw invalid("its num_outputs is \(count)")
      }
      let piece = (shape[axis] + count - 1) / count
      sizes = (0..<count).map { min(piece, shape[axis] - $0 * piece) }
    }
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.checkedSum == shape[axis] else {
      throw invalid("its pieces \(sizes) do not make up the \(shape[axis]) of axis \(axis)")
    }
    guard sizes.count >= node.outputs.count else {
      throw invalid("it has \(node.outputs.count) outputs and \(sizes.count) pieces")
    }
    return (axis, sizes)
  }

  /// The pieces of a `Split`, a movement each.
  package func splitMovements() throws -> [Movement] {
    let (axis, sizes) = try splitSizes()
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return .narrow(axis: axis, start: start, count: size, step: 1)
    }
  }

  /// Axes from an attribute, or from an input where later opsets keep them; `nil` where there are none.
  func axes(input number: Int, rank: Int) throws -> [Int]? {
    var axes = ints("axes")
    if axes == nil, has(number) { axes = try numbers(number) }
    return try axes.map { list in
      try list.map { value in try axis(value, rank: rank) }
    }
  }

  /// A list that early opsets keep in an attribute and later ones in an input.
  func integers(_ name: String, input: Int) throws -> [Int] {
    if let list = ints(name) { return list }
    return try numbers(input)
  }

  func reshapeTarget() throws -> [Int] {
    let shape = try shape(0)
    var target = try integers("shape", input: 1)
    if int("allowzero", default: 0) == 0 {
      for axis in target.indices where target[axis] == 0 {
        guard axis < shape.count else {
          throw invalid("its target \(target) copies an axis that is not there")
        }
        target[axis] = shape[axis]
      }
    }
    let free = target.indices.filter { target[$0] == -1 }
    guard free.count <= 1, target.allSatisfy({ $0 >= -1 }),
      let known = target.filter({ $0 != -1 }).checkedElementCount
    else { throw invalid("its target shape is \(target)") }
    if let axis = free.first {
      guard known > 0, shape.elementCount % known == 0 else {
        throw invalid("\(shape.shapeText) elements cannot take the shape \(target)")
      }
      target[axis] = shape.elementCount / known
    }
    guard target.elementCount == shape.elementCount else {
      throw invalid("\(shape.shapeText) elements cannot take the shape \(target)")
    }
    return target
  }

  func sliceMovements() throws -> [Movement] {
    let shape = try shape(0)
    let starts: [Int]
    let ends: [Int]
    if let first = ints("starts"), let last = ints("ends") {
      (starts, ends) = (first, last)
    } else {
      (starts, ends) = (try numbers(1), try numbers(2))
    }
    var axes = Array(starts.indices)
    if let list = ints("axes") {
      axes = list
    } else if has(3) {
      axes = try numbers(3)
    }
    let steps = has(4) ? try numbers(4) : [Int](repeating: 1, count: starts.count)
    guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count,
      steps.allSatisfy({ $0 != 0 })
    else { throw invalid("starts, ends, axes and steps do not match") }
    var movements: [Movement] = []
    var taken: Set<Int> = []
    for position in starts.indices {
      let axis = try axis(axes[position], rank: shape.count)
      guard !shape.isEmpty, taken.insert(axis).inserted else {
        throw invalid("it cuts the axes \(axes) of a tensor of shape \(shape.shapeText)")
      }
      let extent = shape[axis]
      let step = steps[position]
      func clamp(_ index: Int, _ lower: Int, _ upper: Int) -> Int {
        max(lower, min(upper, index < 0 ? index + extent : index))
      }
      let start = step > 0 ? clamp(starts[position], 0, extent) : clamp(starts[position], 0, extent - 1)
      let end =
        step > 0
        ? clamp(ends[position], 0, extent)
        : (ends[position] < -extent ? -1 : clamp(ends[position], -1, extent - 1))
      let count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step
      movements.append(
        .narrow(axis: axis, start: start, count: extent == 0 ? 0 : max(0, count), step: step))
    }
    return movements
  }

  func transposeOrder() throws -> [Int] {
    let rank = try shape(0).count
    let order = ints("perm") ?? Array((0..<rank).reversed())
    guard order.sorted() == Array(0..<rank) else {
      throw invalid("its permutation \(order) is not one of \(rank) axes")
    }
    return order
  }

  func squeezedShape() throws -> [Int] {
    let shape = try shape(0)
    let axes = try axes(input: 1, rank: shape.count) ?? shape.indices.filter { shape[$0] == 1 }
    guard axes.allSatisfy({ shape[$0] == 1 }) else {
      throw invalid("it removes axes \(axes) of a tensor of shape \(shape.shapeText)")
    }
    return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
  }

  func unsqueezedShape() throws -> [Int] {
    var shape = try shape(0)
    let added = try integers("axes", input: 1)
    let rank = shape.count + added.count
    guard rank <= SizeLimit.rank else { throw invalid("it makes a tensor of \(rank) dimensions") }
    let axes = try added.map { value in try axis(value, rank: rank) }
    guard Set(axes).count == axes.count else { throw invalid("it adds the axes \(added)") }
    for axis in axes.sorted() { shape.insert(1, at: axis) }
    return shape
  }

  func flattenedShape() throws -> [Int] {
    let shape = try shape(0)
    var axis = int("axis", default: 1)
    if axis < 0 { axis += shape.count }
    guard 0...shape.count ~= axis else { throw invalid("it flattens at axis \(axis)") }
    return [shape[..<axis].elementCount, shape[axis...].elementCount]
  }

  func gatherMovements() throws -> [Movement] {
    let shape = try shape(0)
    let axis = try axis(int("axis", default: 0), rank: shape.count)
    let indices = try constant(1)
    guard !shape.isEmpty else { throw invalid("its data is a scalar") }
    let resolved = indices.integers.map { $0 < 0 ? $0 + shape[axis] : $0 }
    guard resolved.allSatisfy({ 0..<shape[axis] ~= $0 }) else {
      throw invalid("an index lies outside the \(shape[axis]) of axis \(axis)")
    }
    let target = Array(shape[..<axis]) + indices.shape + Array(shape[(axis + 1)...])
    return [.take(axis: axis, indices: resolved)] + (indices.shape.count == 1 ? [] : [.reshape(target)])
  }

  func expandTarget() throws -> [Int] {
    let target = try numbers(1)
    guard target.checkedElementCount != nil else { throw invalid("its target shape is \(target)") }
    return try broadcast(try shape(0), target)
  }

  func tileRepeats() throws -> [Int] {
    var repeats = try numbers(1)
    let shape = try shape(0)
    if opset < 6, has(2) {
      // One axis, tiled so many times.
      let (count, axis) = (repeats.first ?? 1, try numbers(2).first ?? 0)
      repeats = [Int](repeating: 1, count: shape.count)
      if !shape.isEmpty { repeats[try self.axis(axis, rank: shape.count)] = count }
    }
    guard repeats.count == shape.count, repeats.allSatisfy({ 0...(1 << 20) ~= $0 }) else {
      throw invalid("its repeats are \(repeats) for \(shape.count) axes")
    }
    return repeats
  }

  func padMovement() throws -> Movement {
    let shape = try shape(0)
    let rank = shape.count
    // Opset 1 called them otherwise.
    var pads = try integers(ints("paddings") == nil ? "pads" : "paddings", input: 1)
    if let axes = try has(3) ? numbers(3) : nil {
      guard pads.count == 2 * axes.count else { throw invalid("its pads do not match its axes") }
      var full = [Int](repeating: 0, count: 2 * rank)
      for (index, value) in axes.enumerated() {
        let axis = try axis(value, rank: rank)
        full[axis] = pads[index]
        full[rank + axis] = pads[axes.count + index]
      }
      pads = full
    }
    guard pads.count == 2 * rank,
      pads.allSatisfy({ -SizeLimit.extent...SizeLimit.extent ~= $0 }),
      (0..<rank).allSatisfy({ shape[$0] + pads[$0] + pads[rank + $0] >= 0 })
    else { throw invalid("its pads are \(pads) for a tensor of shape \(shape.shapeText)") }
    let name = string("mode", default: "constant")
    let mode: Movement.PadMode
    switch name {
    case "constant":
      var value = Double(float("value", default: 0))
      if has(2) { value = try constant(2).doubles.first ?? 0 }
      mode = .constant(value)
    case "reflect": mode = .reflect
    case "edge": mode = .edge
    case "wrap": mode = .wrap
    default: throw invalid("its mode is \(name)")
    }
    let pad = Movement.pad(before: Array(pads[..<rank]), after: Array(pads[rank...]), mode: mode)
    guard pad.pieceCount(from: shape) <= 1 << 22 else {
      throw invalid("its border would be copied in \(pad.pieceCount(from: shape)) pieces")
    }
    return pad
  }

  func depthToSpaceMovements() throws -> [Movement] {
    let shape = try shape(0)
    let block = int("blocksize", default: 0)
    guard shape.count == 4, 1...4096 ~= block, shape[1] % (block * block) == 0 else {
      throw invalid("\(shape.shapeText) elements in blocks of \(block)")
    }
    let (n, c, h, w) = (shape[0], shape[1] / (block * block), shape[2], shape[3])
    let inChannelOrder = string("mode", default: "DCR") == "CRD"
    return [
      .reshape(inChannelOrder ? [n, c, block, block, h, w] : [n, block, block, c, h, w]),
      .permute(inChannelOrder ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]),
      .reshape([n, c, h * block, w * block]),
    ]
  }

  func spaceToDepthMovements() throws -> [Movement] {
    let shape = try shape(0)
    let block = int("blocksize", default: 0)
    guard shape.count == 4, 1...4096 ~= block, shape[2] % block == 0, shape[3] % block == 0 else {
      throw invalid("\(shape.shapeText) elements in blocks of \(block)")
    }
    let (n, c, h, w) = (shape[0], shape[1], shape[2] / block, shape[3] / block)
    let inChannelOrder = string("mode", default: "DCR") == "CRD"
    return [
      .reshape([n, c, h, block, w, block]),
      .permute(inChannelOrder ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]),
      .reshape([n, c * block * block, h, w]),
    ]
  }
}
