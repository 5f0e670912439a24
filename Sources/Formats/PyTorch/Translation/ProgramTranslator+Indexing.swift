import Graph

/// What takes elements by where they are.
extension ProgramTranslator {
  mutating func indexing() throws -> [ValueID?]? {
    switch call.op {
    case "slice", "slice_copy": return [try slice()]
    case "narrow", "narrow_copy": return [try narrowed()]
    case "select", "select_copy": return [try selected()]
    case "index_select":
      let data = try tensor("self")
      let axis = try axis(try call.int("dim"), rank: try rank(data))
      return [one("Gather", [data, try tensor("index")], ["axis": .int(axis)])]
    case "index", "_unsafe_index": return [try indexed()]
    case "gather":
      let data = try tensor("self")
      let axis = try axis(try call.int("dim"), rank: try rank(data))
      return [one("GatherElements", [data, try tensor("index")], ["axis": .int(axis)])]
    case "topk": return try largest()
    case "tril", "triu":
      let diagonal = constant("k", Tensor([try call.int("diagonal", 0)], shape: []))
      return [one("Trilu", [try tensor("self"), diagonal], ["upper": .int(call.op == "triu" ? 1 : 0)])]
    default: return nil
    }
  }

  /// The end of an axis, as PyTorch writes it.
  private static let end = Int.max

  private mutating func slice() throws -> ValueID {
    let data = try tensor("self")
    let shape = try shape(data)
    let axis = try axis(try call.int("dim", 0), rank: shape.count)
    func bound(_ name: String, _ value: Int) throws -> Size {
      guard let list = try call.integers(name), let first = list.first else { return .number(value) }
      return try size(first)
    }
    let (start, end, step) = (try bound("start", 0), try bound("end", Self.end), try call.int("step", 1))
    if case .number(0) = start, step == 1, case .number(let last) = end, last >= (shape[axis] ?? Self.end) {
      return data
    }
    if case .number(let first) = start, case .number(let last) = end, step == 1, let extent = shape[axis] {
      func place(_ position: Int) -> Int {
        max(0, min(extent, position < 0 ? position.plus(extent) : position))
      }
      noteView(axis, place(first), place(last))
    }
    // 32 bits are as far as the end of any axis.
    let limit = Int(Int32.max)
    func limited(_ size: Size) -> Size {
      if case .number(let number) = size { .number(max(-limit, min(limit, number))) } else { size }
    }
    return one(
      "Slice",
      [
        data, vector("starts", [limited(start)]), vector("ends", [limited(end)]), integers("axes", [axis]),
        integers("steps", [step]),
      ])
  }

  private mutating func narrowed() throws -> ValueID {
    let data = try tensor("self")
    let axis = try axis(try call.int("dim"), rank: try rank(data))
    let (start, length) = (try call.int("start"), try call.int("length"))
    guard start >= 0, let end = start.checkedSum(length) else { throw Untranslated() }
    noteView(axis, start, end)
    return sliced(data, axis, start, min(end, Int(Int32.max)), step: nil)
  }

  private mutating func selected() throws -> ValueID {
    let data = try tensor("self")
    let axis = try axis(try call.int("dim"), rank: try rank(data))
    guard let index = try call.integers("index")?.first else { throw Untranslated() }
    let position: ValueID
    switch try size(index) {
    case .number(let number):
      position = constant("index", Tensor([number], shape: []))
      if let extent = try shape(data)[axis], -extent..<extent ~= number {
        let place = number < 0 ? number + extent : number
        noteView(axis, place, place + 1, isSelected: true)
      }
    case .value(let value): position = value
    }
    return one("Gather", [data, position], ["axis": .int(axis)])
  }

  /// `x[:, i, j]`: by one tensor of indices, or by several that stand side by side.
  private mutating func indexed() throws -> ValueID {
    let data = try tensor("self")
    let indices = try tensors("indices")
    let given = indices.enumerated().compactMap { axis, index in index.map { (axis: axis, index: $0) } }
    guard let first = given.first, given.allSatisfy({ [.int64, .int32].contains(type($0.index)) }) else {
      throw Untranslated()
    }
    if given.count == 1 { return one("Gather", [data, first.index], ["axis": .int(first.axis)]) }
    let shape = try shape(data)
    let axes = first.axis..<first.axis + given.count
    guard given.map(\.axis) == Array(axes), axes.upperBound <= shape.count,
      shape[axes].allSatisfy({ $0 != nil })
    else { throw Untranslated() }
    // The axes become one, in which each position is counted in C order.
    var rest: [Size] = []
    for axis in axes.upperBound..<shape.count { rest.append(try extent(data, axis)) }
    let flat = one(
      "Reshape",
      [
        data,
        vector(
          "flat",
          [Size](repeating: .number(0), count: first.axis) + [
            .number(shape[axes].compactMap { $0 }.elementCount)
          ]
            + rest),
      ], step: "merged")
    var place: ValueID?
    for (axis, index) in given {
      guard let extent = shape[axis] else { throw Untranslated() }
      let number = scalar("extent", Double(extent), .int64)
      // From the end where an index is negative.
      let positive = one(
        "Mod", [cast(index, to: .int64), number], step: "index", type: .int64)
      place =
        place.map {
          one(
            "Add", [one("Mul", [$0, number], step: "row", type: .int64), positive], step: "place",
            type: .int64)
        } ?? positive
    }
    return one("Gather", [flat, place], ["axis": .int(first.axis)])
  }

  private mutating func largest() throws -> [ValueID?] {
    let data = try tensor("self")
    let axis = try axis(try call.int("dim", -1), rank: try rank(data))
    let count = vector("k", try sizes("k"))
    return many(
      "TopK", [data, count],
      [
        "axis": .int(axis), "largest": .int(try call.bool("largest", true) ? 1 : 0),
        "sorted": .int(try call.bool("sorted", true) ? 1 : 0),
      ], names: call.names)
  }
}
