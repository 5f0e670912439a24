import Graph

/// What moves elements without arithmetic.
extension ProgramTranslator {
  mutating func movement() throws -> [ValueID?]? {
    switch call.op {
    case "view", "reshape", "_unsafe_view", "view_copy", "_reshape_alias", "reshape_copy":
      let data = try tensor("self")
      // A view of the bytes as another type has no sizes.
      return [reshaped(data, try sizes(call.node["size"] != nil ? "size" : "shape"))]
    case "flatten": return [try flattened()]
    case "unflatten": return [try unflattened()]
    case "view_as", "reshape_as":
      return [
        one(
          "Reshape", [try tensor("self"), one("Shape", [try tensor("other")], step: "shape", type: .int64)])
      ]
    case "permute", "permute_copy": return [try permuted(try call.ints("dims") ?? [])]
    case "transpose", "transpose_copy", "swapaxes", "swapdims":
      let names = call.has("dim0") ? ["dim0", "dim1"] : ["axis0", "axis1"]
      return [try swapped(try call.int(names[0]), try call.int(names[1]))]
    case "t", "t_copy", "numpy_T":
      let rank = try rank(try tensor("self"))
      return [rank < 2 ? try tensor("self") : try permuted(Array((0..<rank).reversed()))]
    case "mT", "matrix_H", "mH": return [try swapped(-2, -1)]
    case "movedim", "moveaxis": return [try moved()]
    case "unsqueeze", "unsqueeze_copy":
      let data = try tensor("self")
      let axis = try axis(try call.int("dim"), rank: try rank(data) + 1)
      return [one("Unsqueeze", [data, integers("axes", [axis])])]
    case "squeeze", "squeeze_copy": return [try squeezed()]
    case "expand", "expand_copy", "broadcast_to": return [try expanded()]
    case "expand_as":
      return [
        one("Expand", [try tensor("self"), one("Shape", [try tensor("other")], step: "shape", type: .int64)])
      ]
    case "cat", "concat", "concatenate": return [try joined()]
    case "stack":
      let parts = try tensors("tensors").compactMap { $0 }
      guard let first = parts.first else { throw Untranslated() }
      let axis = try axis(try call.int("dim", 0), rank: try rank(first) + 1)
      let raised = parts.map { one("Unsqueeze", [$0, integers("axes", [axis])], step: "part") }
      return [one("Concat", raised, ["axis": .int(axis)])]
    case "chunk", "unsafe_chunk": return try chunked()
    case "split", "unsafe_split", "split_copy": return try split()
    case "split_with_sizes", "unsafe_split_with_sizes", "split_with_sizes_copy":
      return try pieces(try sizes("split_sizes"))
    case "unbind", "unbind_copy": return try unbound()
    case "contiguous", "clone", "detach", "alias", "lift_fresh_copy", "lift_fresh", "lift", "dropout",
      "feature_dropout", "alpha_dropout", "native_dropout", "detach_copy", "alias_copy", "identity",
      "resolve_conj", "resolve_neg":
      return [try tensor(call.node["self"] != nil ? "self" : "input")]
    case "to", "_to_copy", "type_as": return [try converted()]
    case "copy": return [try replaced()]
    case "pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d",
      "replication_pad1d", "replication_pad2d", "replication_pad3d":
      return [try padded()]
    case "pixel_shuffle":
      return [
        one(
          "DepthToSpace", [try tensor("self")],
          ["blocksize": .int(try call.int("upscale_factor")), "mode": .string("CRD")])
      ]
    case "pixel_unshuffle": return [try unshuffled()]
    case "channel_shuffle", "native_channel_shuffle": return [try channelsShuffled()]
    case "roll": return [try rolled()]
    case "repeat": return [try repeated()]
    case "tile":
      let (data, counts) = (try tensor("self"), try sizes("dims"))
      guard try rank(data) == counts.count else { throw Untranslated() }
      return [one("Tile", [data, vector("repeats", counts)])]
    case "repeat_interleave": return [try interleaved()]
    case "flip": return [try flipped()]
    default: return nil
    }
  }

  // MARK: Shapes

  mutating func reshaped(_ data: ValueID, _ sizes: [Size], step: String? = nil) -> ValueID {
    let hasZero = sizes.contains { if case .number(0) = $0 { true } else { false } }
    return one(
      "Reshape", [data, vector("shape", sizes)], hasZero ? ["allowzero": .int(1)] : [:], step: step,
      shape: sizes.map { if case .number(let number) = $0, number >= 0 { number } else { nil } })
  }

  private mutating func flattened() throws -> ValueID {
    let data = try tensor("self")
    let rank = try rank(data)
    if rank == 0 { return reshaped(data, [.number(1)]) }
    let start = try axis(try call.int("start_dim", 0), rank: rank)
    let end = try axis(try call.int("end_dim", -1), rank: rank)
    guard start < end else { return data }
    if start == 1, end == rank - 1 { return one("Flatten", [data], ["axis": .int(1)]) }
    // 0 copies the extent of the same axis; behind what is merged no axis is the same.
    let target = [Int](repeating: 0, count: start) + [-1]
    if end == rank - 1 { return one("Reshape", [data, integers("shape", target)]) }
    var rest: [Size] = []
    for axis in end + 1..<rank { rest.append(try extent(data, axis)) }
    return one("Reshape", [data, vector("shape", target.map(Size.number) + rest)])
  }

  private mutating func unflattened() throws -> ValueID {
    let data = try tensor("self")
    let axis = try axis(try call.int("dim"), rank: try rank(data))
    var rest: [Size] = []
    for axis in axis + 1..<(try rank(data)) { rest.append(try extent(data, axis)) }
    let target = [Size](repeating: .number(0), count: axis) + (try sizes("sizes")) + rest
    return one("Reshape", [data, vector("shape", target)])
  }

  private mutating func permuted(_ dims: [Int]) throws -> ValueID {
    let data = try tensor("self")
    let rank = try rank(data)
    let order = try dims.map { try axis($0, rank: rank) }
    guard order.sorted() == Array(0..<rank) else { throw Untranslated() }
    return one("Transpose", [data], ["perm": .ints(order)])
  }

  private mutating func swapped(_ first: Int, _ second: Int) throws -> ValueID {
    let data = try tensor("self")
    let rank = try rank(data)
    if rank == 0 { return data }
    var order = Array(0..<rank)
    order.swapAt(try axis(first, rank: rank), try axis(second, rank: rank))
    return one("Transpose", [data], ["perm": .ints(order)])
  }

  private mutating func moved() throws -> ValueID {
    let data = try tensor("self")
    let rank = try rank(data)
    let sources = try (try call.ints("source") ?? []).map { try axis($0, rank: rank) }
    let targets = try (try call.ints("destination") ?? []).map { try axis($0, rank: rank) }
    guard sources.count == targets.count, Set(targets).count == targets.count,
      Set(sources).count == sources.count
    else { throw Untranslated() }
    var order = [Int?](repeating: nil, count: rank)
    for (source, target) in zip(sources, targets) { order[target] = source }
    var rest = (0..<rank).filter { !sources.contains($0) }[...]
    return try permuted(order.map { $0 ?? rest.removeFirst() })
  }

  private mutating func squeezed() throws -> ValueID {
    let data = try tensor("self")
    let shape = try shape(data)
    var axes = Array(shape.indices)
    if let given = try call.ints("dim") { axes = try given.map { try axis($0, rank: shape.count) } }
    // Whether an open axis goes depends on what it is.
    guard axes.allSatisfy({ shape.isEmpty || shape[$0] != nil || call.has("dim") == false }) else {
      throw Untranslated()
    }
    let gone = axes.filter { !shape.isEmpty && shape[$0] == 1 }
    return gone.isEmpty ? data : one("Squeeze", [data, integers("axes", gone)])
  }

  private mutating func expanded() throws -> ValueID {
    let target = try sizes("size").map { size -> Size in
      // What is kept asks for no more than one.
      if case .number(-1) = size { .number(1) } else { size }
    }
    return one("Expand", [try tensor("self"), vector("shape", target)])
  }

  // MARK: Parts

  private mutating func joined() throws -> ValueID {
    var parts: [ValueID] = []
    for part in try tensors("tensors").compactMap({ $0 }) {
      // An empty tensor of one axis goes with any other.
      if try shape(part) == [0] { continue }
      parts.append(cast(part, to: resultType))
    }
    guard let first = parts.first else { throw Untranslated() }
    let axis = try axis(try call.int("dim", 0), rank: try rank(first))
    return one("Concat", parts, ["axis": .int(axis)])
  }

  /// Parts of an axis of equal size, or the last one smaller.
  mutating func parts(of data: ValueID, axis: Int, count: Int) -> [ValueID] {
    steps(
      "Split", [data], ["axis": .int(axis), "num_outputs": .int(count)],
      names: (0..<count).map { "part\($0)" })
  }

  private mutating func pieces(_ sizes: [Size]) throws -> [ValueID?] {
    let data = try tensor("self")
    let axis = try axis(try call.int("dim", 0), rank: try rank(data))
    guard sizes.count == call.names.count else { throw Untranslated() }
    if sizes.count == 1 { return [one("Identity", [data])] }
    return many("Split", [data, vector("split", sizes)], ["axis": .int(axis)], names: call.names)
  }

  private mutating func chunked() throws -> [ValueID?] {
    let data = try tensor("self")
    let axis = try axis(try call.int("dim", 0), rank: try rank(data))
    guard let extent = try shape(data)[axis] else {
      return many(
        "Split", [data], ["axis": .int(axis), "num_outputs": .int(call.names.count)], names: call.names)
    }
    return try pieces(extent.chunks(try call.int("chunks")).map(Size.number))
  }

  private mutating func split() throws -> [ValueID?] {
    if call.variant == "sizes" { return try pieces(try sizes("split_size")) }
    let data = try tensor("self")
    let axis = try axis(try call.int("dim", 0), rank: try rank(data))
    guard let extent = try shape(data)[axis] else { throw Untranslated() }
    return try pieces(extent.pieces(of: try call.int("split_size")).map(Size.number))
  }

  private mutating func unbound() throws -> [ValueID?] {
    let data = try tensor("self")
    let axis = try axis(try call.int("dim", 0), rank: try rank(data))
    return call.names.enumerated().map { number, name in
      many(
        "Gather", [data, constant("index\(number)", Tensor([number], shape: []))], ["axis": .int(axis)],
        names: [name])[0]
    }
  }

  // MARK: Copies

  private mutating func converted() throws -> ValueID {
    let data = try tensor("self")
    // Complex numbers and others that are not read.
    guard let name = call.names.first, let type = program.tensors[name]?.elementType else {
      throw Untranslated()
    }
    return self.type(data) == type ? data : one("Cast", [data], ["to": .int(type.onnx.rawValue)])
  }

  /// What is written over another tensor: brought to its type and its shape.
  private mutating func replaced() throws -> ValueID {
    let (data, source) = (try tensor("self"), try tensor("src"))
    let value = cast(source, to: type(data))
    if try shape(data) == (try shape(source)), !(try shape(data).contains(nil)) {
      return one("Identity", [value])
    }
    return one("Expand", [value, one("Shape", [data], step: "shape", type: .int64)])
  }

  private mutating func padded() throws -> ValueID {
    let data = try tensor("self")
    let rank = try rank(data)
    let mode: String
    if call.op == "pad" {
      mode = try call.string("mode", "constant")
    } else {
      mode =
        call.op.hasPrefix("constant") ? "constant" : (call.op.hasPrefix("reflection") ? "reflect" : "edge")
    }
    let known = [
      "constant": "constant", "reflect": "reflect", "edge": "edge", "replicate": "edge", "circular": "wrap",
    ]
    guard let name = known[mode] else { throw Untranslated() }
    let given = try sizes(call.node["pad"] != nil ? "pad" : "padding")
    guard given.count % 2 == 0, given.count / 2 <= rank else { throw Untranslated() }
    var pads = [Size](repeating: .number(0), count: 2 * rank)
    for pair in 0..<given.count / 2 {
      pads[rank - 1 - pair] = given[2 * pair]
      pads[2 * rank - 1 - pair] = given[2 * pair + 1]
    }
    var inputs: [ValueID?] = [data, vector("pads", pads)]
    let value = try call.number("value", 0)
    if name == "constant", value != 0 { inputs.append(scalar("value", value, type(data))) }
    return one("Pad", inputs, ["mode": .string(name)])
  }

  private mutating func unshuffled() throws -> ValueID {
    let data = try tensor("self")
    let factor = try call.int("downscale_factor")
    let shape = try shape(data)
    guard shape.count == 4, factor > 0, let channels = shape[1], let height = shape[2], let width = shape[3]
    else {
      throw Untranslated()
    }
    let tiling = Tiling(rows: height / factor, columns: width / factor, height: factor, width: factor)
    return windows(
      of: data, channels: channels, tiling,
      into: [channels.times(factor).times(factor), tiling.rows, tiling.columns])
  }

  private mutating func channelsShuffled() throws -> ValueID {
    let data = try tensor("self")
    let groups = try call.int("groups")
    let shape = try shape(data)
    guard shape.count > 2, groups > 0, let channels = shape[1], channels % groups == 0 else {
      throw Untranslated()
    }
    var rest: [Size] = []
    for axis in 2..<shape.count { rest.append(try extent(data, axis)) }
    let split = one(
      "Reshape", [data, vector("split", [.number(0), .number(groups), .number(channels / groups)] + rest)],
      step: "split")
    let order = [0, 2, 1] + Array(3..<shape.count + 1)
    let moved = one("Transpose", [split], ["perm": .ints(order)], step: "moved")
    return one("Reshape", [moved, vector("shape", [.number(0), .number(channels)] + rest)])
  }

  private mutating func rolled() throws -> ValueID {
    let data = try tensor("self")
    let (shifts, dims) = (try call.ints("shifts") ?? [], try call.ints("dims") ?? [])
    let shape = try shape(data)
    guard shifts.count == dims.count, !shifts.isEmpty else { throw Untranslated() }
    var value = data
    for (number, (shift, dim)) in zip(shifts, dims).enumerated() {
      let axis = try axis(dim, rank: shape.count)
      guard let extent = shape[axis], extent > 0 else { throw Untranslated() }
      let start = ((-(shift % extent)) % extent + extent) % extent
      let isLast = number == shifts.count - 1
      guard start > 0 else {
        if isLast { value = one("Identity", [value]) }
        continue
      }
      let tail = sliced(value, axis, start, Int(Int32.max), step: "tail")
      let head = sliced(value, axis, 0, start, step: "head")
      value = one("Concat", [tail, head], ["axis": .int(axis)], step: isLast ? nil : "rolled")
    }
    return value
  }

  /// A run of an axis.
  mutating func sliced(
    _ data: ValueID, _ axis: Int, _ start: Int, _ end: Int, step: String?
  ) -> ValueID {
    one(
      "Slice", [data, integers("starts", [start]), integers("ends", [end]), integers("axes", [axis])],
      step: step)
  }

  private mutating func repeated() throws -> ValueID {
    let (data, counts) = (try tensor("self"), try sizes("repeats"))
    let lead = counts.count - (try rank(data))
    guard lead >= 0 else { throw Untranslated() }
    let raised =
      lead == 0 ? data : one("Unsqueeze", [data, integers("axes", Array(0..<lead))], step: "raised")
    return one("Tile", [raised, vector("repeats", counts)])
  }

  /// Each element of an axis several times in a row.
  private mutating func interleaved() throws -> ValueID {
    let data = try tensor("self")
    guard call.variant == "self_int", call.has("dim") else { throw Untranslated() }
    let rank = try rank(data)
    let axis = try axis(try call.int("dim"), rank: rank)
    let count = try call.int("repeats")
    guard let extent = try shape(data)[axis], count > 0 else { throw Untranslated() }
    let raised = one("Unsqueeze", [data, integers("axes", [axis + 1])], step: "raised")
    var target = [Int](repeating: 1, count: rank + 1)
    target[axis + 1] = count
    let wide = one("Expand", [raised, integers("wide", target)], step: "wide")
    var rest: [Size] = []
    for axis in axis + 1..<rank { rest.append(try self.extent(data, axis)) }
    let sizes = [Size](repeating: .number(0), count: axis) + [.number(extent.times(count))] + rest
    return one("Reshape", [wide, vector("shape", sizes)])
  }

  private mutating func flipped() throws -> ValueID {
    let data = try tensor("self")
    let rank = try rank(data)
    let axes = try (try call.ints("dims") ?? []).map { try axis($0, rank: rank) }
    guard !axes.isEmpty else { return data }
    return one(
      "Slice",
      [
        data, integers("starts", axes.map { _ in -1 }), integers("ends", axes.map { _ in -(1 << 31) }),
        integers("axes", axes), integers("steps", axes.map { _ in -1 }),
      ])
  }
}

extension Int {
  /// The parts that `chunk` makes of an extent: as large as a division that rounds up makes them, the last one smaller.
  func chunks(_ count: Int) -> [Int] {
    guard count > 0, self > 0 else { return [self] }
    return pieces(of: (self - 1) / count + 1)
  }

  /// The parts of a size that an extent has, and what is left.
  func pieces(of size: Int) -> [Int] {
    guard size > 0, self > 0, self / size <= 1 << 16 else { return [self] }
    return [Int](repeating: size, count: self / size) + (self % size == 0 ? [] : [self % size])
  }
}
