import Graph

/// What moves, joins and cuts.
extension SymbolTranslator {
  mutating func movement(_ call: SymbolCall) throws -> [ValueID]? {
    switch call.op {
    case "Flatten", "flatten": return [try one("Flatten", [try call.operand(0)], ["axis": .int(1)])]
    case "Reshape", "reshape": return [try reshape(call)]
    case "transpose": return [try transpose(call)]
    case "SwapAxis", "swapaxes": return [try swap(call)]
    case "expand_dims":
      let axis = try call.attributes.int("axis", default: 0)
      return [try one("Unsqueeze", [try call.operand(0), integers("axes", [axis])])]
    case "squeeze":
      let axes = try call.attributes.ints("axis").map { [integers("axes", $0)] } ?? []
      return [try one("Squeeze", [try call.operand(0)] + axes)]
    case "Concat", "concat":
      return [try one("Concat", call.operands, ["axis": .int(try call.attributes.int("dim", default: 1))])]
    case "stack": return [try stack(call)]
    case "SliceChannel", "split": return try split(call)
    case "_split_v2": return try splitAtIndices(call)
    case "slice_axis": return [try sliceAxis(call)]
    case "slice", "crop": return [try slice(call)]
    case "slice_like": return [try sliceLike(call)]
    case "Crop": return [try crop(call)]
    case "Pad", "pad": return [try pad(call)]
    case "space_to_depth", "depth_to_space":
      let size = try call.attributes.int("block_size", default: 1)
      return [
        try one(
          call.op == "space_to_depth" ? "SpaceToDepth" : "DepthToSpace", [try call.operand(0)],
          ["blocksize": .int(size)])
      ]
    case "broadcast_to", "broadcast_axis", "broadcast_axes", "broadcast_like": return [try broadcast(call)]
    case "tile":
      let counts = try call.attributes.ints("reps") ?? []
      let data = try call.operand(0)
      guard counts.count == shape(data).count else { throw call.attributes.invalid("its reps is \(counts)") }
      return [try one("Tile", [data, integers("repeats", counts)])]
    default: return nil
    }
  }

  private mutating func reshape(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let codes = try Self.reshapeTarget(call.attributes)
    guard let target = codes.target(from: shape(data)) else {
      throw call.attributes.invalid(
        "its shape \(codes.codes) does not fit an input of \(shape(data).shapeText)")
    }
    return try one("Reshape", [data, integers("shape", target)])
  }

  /// What a `Reshape` says; the first versions had a `target_shape`, where 0 is what is left.
  static func reshapeTarget(_ attributes: SymbolAttributes) throws -> ReshapeTarget {
    let codes = try attributes.ints("shape") ?? []
    if codes.isEmpty, let target = try attributes.ints("target_shape"), !target.isEmpty {
      let keepsFirst = try attributes.bool("keep_highest", default: false)
      return ReshapeTarget(
        codes: target.enumerated().map { $0 == 0 && keepsFirst ? 0 : ($1 == 0 ? -1 : $1) })
    }
    return ReshapeTarget(codes: codes, reversed: try attributes.bool("reverse", default: false))
  }

  private mutating func transpose(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let axes = try call.attributes.ints("axes") ?? []
    let order = axes.isEmpty ? shape(data).indices.reversed() : axes
    return try one("Transpose", [data], ["perm": .ints(order)])
  }

  private mutating func swap(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    var order = Array(shape(data).indices)
    let ends = [try call.attributes.int("dim1", default: 0), try call.attributes.int("dim2", default: 0)]
      .map { $0 < 0 ? $0 + order.count : $0 }
    guard ends.allSatisfy(order.indices.contains) else {
      throw call.attributes.invalid("it swaps axes \(ends)")
    }
    order.swapAt(ends[0], ends[1])
    return try one("Transpose", [data], ["perm": .ints(order)])
  }

  private mutating func stack(_ call: SymbolCall) throws -> ValueID {
    let axis = try call.attributes.int("axis", default: 0)
    var parts: [ValueID?] = []
    for (number, part) in call.operands.enumerated() {
      parts.append(try one("Unsqueeze", [part, integers("axes", [axis])], step: "part\(number)"))
    }
    return try one("Concat", parts, ["axis": .int(axis)])
  }

  // MARK: Cutting

  private mutating func split(_ call: SymbolCall) throws -> [ValueID] {
    let data = try call.operand(0)
    let count = try call.attributes.int("num_outputs", default: 1)
    let axis = try index(call, try call.attributes.int("axis", default: 1), of: data)
    guard 1...4096 ~= count, shape(data)[axis] % count == 0 else {
      throw call.attributes.invalid("it cuts \(shape(data)[axis]) channels in \(count) parts")
    }
    return try parts(call, data, axis, nil, count: count)
  }

  private mutating func splitAtIndices(_ call: SymbolCall) throws -> [ValueID] {
    let data = try call.operand(0)
    let axis = try index(call, try call.attributes.int("axis", default: 1), of: data)
    let extent = shape(data)[axis]
    let sections = try call.attributes.int("sections", default: 0)
    if sections > 0 {
      guard sections <= 4096, extent % sections == 0 else {
        throw call.attributes.invalid("it cuts \(extent) channels in \(sections) parts")
      }
      return try parts(call, data, axis, nil, count: sections)
    }
    let starts = try call.attributes.ints("indices") ?? [0]
    let sizes = zip(starts, starts.dropFirst() + [extent]).map { $1 - $0 }
    guard starts.first == 0, sizes.allSatisfy({ $0 > 0 }) else {
      throw call.attributes.invalid("it cuts at \(starts)")
    }
    return try parts(call, data, axis, sizes, count: sizes.count)
  }

  private mutating func parts(
    _ call: SymbolCall, _ data: ValueID, _ axis: Int, _ sizes: [Int]?, count: Int
  ) throws -> [ValueID] {
    let squeezes = try call.attributes.bool("squeeze_axis", default: false)
    let operands = [data] + (sizes.map { [integers("sizes", $0)] } ?? [])
    let made = try emit(
      "Split", operands, ["axis": .int(axis)], step: squeezes ? "parts" : nil, count: count)
    guard squeezes else { return made }
    var squeezed: [ValueID] = []
    for (number, part) in made.enumerated() {
      squeezed.append(
        try one(
          "Squeeze", [part, integers("axes", [axis])], step: number == count - 1 ? nil : "squeezed\(number)"))
    }
    return squeezed
  }

  private func index(_ call: SymbolCall, _ axis: Int, of data: ValueID) throws -> Int {
    let rank = shape(data).count
    let index = axis < 0 ? axis + rank : axis
    guard 0..<rank ~= index else { throw call.attributes.invalid("its axis is \(axis)") }
    return index
  }

  /// What ends nowhere, as ONNX says it.
  static let openEnd = (1 << 31) - 1

  private mutating func narrowed(
    _ data: ValueID, starts: [Int], ends: [Int], axes: [Int], steps: [Int]? = nil
  ) throws -> ValueID {
    let operands = [integers("starts", starts), integers("ends", ends), integers("axes", axes)]
    return try one("Slice", [data] + operands + (steps.map { [integers("steps", $0)] } ?? []))
  }

  private mutating func sliceAxis(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let axis = try index(call, try call.attributes.int("axis", default: 0), of: data)
    return try narrowed(
      data, starts: [try call.attributes.int("begin", default: 0)],
      ends: [try call.attributes.int("end") ?? Self.openEnd], axes: [axis])
  }

  private mutating func slice(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let (first, last) = (
      try call.attributes.optionalInts("begin") ?? [], try call.attributes.optionalInts("end") ?? []
    )
    let steps = (try call.attributes.optionalInts("step") ?? []).map { $0 ?? 1 }
    guard first.count == last.count, first.count <= shape(data).count,
      steps.isEmpty || steps.count == first.count,
      !steps.contains(0)
    else {
      throw call.attributes.invalid(
        "it begins at \(first.count) axes, ends at \(last.count) and steps over \(steps.count)")
    }
    // Where nothing is cut, nothing is said: the number of examples stays open.
    let cut = first.indices.filter {
      first[$0] != nil || last[$0] != nil || (!steps.isEmpty && steps[$0] != 1)
    }
    func isBackward(_ axis: Int) -> Bool { !steps.isEmpty && steps[axis] < 0 }
    return try narrowed(
      data, starts: cut.map { first[$0] ?? (isBackward($0) ? Self.openEnd : 0) },
      ends: cut.map { last[$0] ?? (isBackward($0) ? -Self.openEnd : Self.openEnd) }, axes: cut,
      steps: steps.isEmpty ? nil : cut.map { steps[$0] })
  }

  private mutating func sliceLike(_ call: SymbolCall) throws -> ValueID {
    let (data, like) = (try call.operand(0), try call.operand(1))
    let (from, to) = (shape(data), shape(like))
    let axes = (try call.attributes.ints("axes") ?? []).map { $0 < 0 ? $0 + from.count : $0 }
    let all = axes.isEmpty ? Array(from.indices) : axes
    guard all.allSatisfy({ from.indices.contains($0) && to.indices.contains($0) && to[$0] <= from[$0] })
    else {
      throw call.attributes.invalid("its inputs have the shapes \(from.shapeText) and \(to.shapeText)")
    }
    let cut = all.filter { from[$0] != to[$0] }
    guard !cut.isEmpty else { return try one("Identity", [data]) }
    return try narrowed(data, starts: cut.map { _ in 0 }, ends: cut.map { to[$0] }, axes: cut)
  }

  /// The spatial part of a picture, as large as another one or as is said.
  private mutating func crop(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let from = shape(data)
    let like = call.operands.count > 1 ? shape(call.operands[1]) : []
    let said = try call.attributes.ints("h_w") ?? [0, 0]
    var offset = try call.attributes.ints("offset") ?? [0, 0]
    let size = like.count == 4 ? Array(like[2...]) : said
    guard from.count == 4, size.count == 2, offset.count == 2 else {
      throw call.attributes.invalid("it crops to \(size)")
    }
    if try call.attributes.bool("center_crop", default: false) {
      offset = (0..<2).map { (from[2 + $0] - size[$0]) / 2 }
    }
    guard (0..<2).allSatisfy({ offset[$0] >= 0 && size[$0] > 0 && offset[$0] + size[$0] <= from[2 + $0] })
    else {
      throw call.attributes.invalid("it crops to \(size) from \(offset)")
    }
    return try narrowed(data, starts: offset, ends: zip(offset, size).map { $0 + $1 }, axes: [2, 3])
  }

  // MARK: Extending

  private mutating func pad(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let widths = try call.attributes.ints("pad_width") ?? []
    guard widths.count == 2 * shape(data).count else {
      throw call.attributes.invalid("its pad_width is \(widths)")
    }
    let axes = shape(data).indices
    let pads = integers("pads", axes.map { widths[2 * $0] } + axes.map { widths[2 * $0 + 1] })
    let mode = call.attributes.string("mode") ?? ""
    guard ["constant", "edge", "reflect"].contains(mode) else {
      throw call.attributes.invalid("its mode is \(mode)")
    }
    let value = try call.attributes.float("constant_value", default: 0)
    let filling = mode == "constant" ? [scalar("value", value, like: data)] : []
    return try one("Pad", [data, pads] + filling, ["mode": .string(mode)])
  }

  private mutating func broadcast(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let from = shape(data)
    var target = [Int](repeating: 1, count: from.count)
    switch call.op {
    case "broadcast_to":
      let said = try call.attributes.ints("shape") ?? []
      guard said.count == from.count else { throw call.attributes.invalid("its shape is \(said)") }
      for axis in said.indices where said[axis] != from[axis] && said[axis] != 0 { target[axis] = said[axis] }
    case "broadcast_like":
      let like = shape(try call.operand(1))
      guard like.count == from.count, call.attributes.string("lhs_axes") == nil else {
        throw call.attributes.invalid("its inputs differ in rank, or it names axes")
      }
      for axis in like.indices where like[axis] != from[axis] { target[axis] = like[axis] }
    default:
      let (axes, sizes) = (try call.attributes.ints("axis") ?? [], try call.attributes.ints("size") ?? [])
      guard axes.count == sizes.count else {
        throw call.attributes.invalid("it has \(axes.count) axes and \(sizes.count) sizes")
      }
      for (axis, size) in zip(axes, sizes) { target[try index(call, axis, of: data)] = size }
    }
    return try one("Expand", [data, integers("shape", target)])
  }
}
