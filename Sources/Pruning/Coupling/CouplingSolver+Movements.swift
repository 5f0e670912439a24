import Graph

extension CouplingSolver {
  /// Executes movements on the labels of an input.
  mutating func move(
    _ index: Int, _ input: Int, _ output: Int, _ movements: [Movement]
  ) throws {
    guard let source = slot(.input(input), of: index), let target = slot(.output(output), of: index) else {
      return
    }
    let shape = shape(.input(input), of: index)
    if self[source].isEmpty, isFlexible(.input(input), of: index) {
      for axis in shape.indices where shape[axis] > 1 && shape[axis] <= Self.mixtureLimit {
        self[source].append(LabelField(axis: axis, cells: try sets.make(shape[axis])))
      }
    }
    try move(index, from: source, shape, to: target, movements)
  }

  /// Executes a chain of movements as the one that it is.
  mutating func move(_ chain: MovementChain, _ index: Int) throws {
    guard let shape = bound.shape(of: chain.input) else { return }
    try move(
      index, from: .value(chain.input.index), shape, to: .value(chain.output.index),
      [.take(axis: chain.axis, indices: chain.indices)])
  }

  private mutating func move(
    _ index: Int, from source: LabelSlot, _ shape: [Int], to target: LabelSlot, _ movements: [Movement]
  ) throws {
    var shape = shape
    var fields = self[source]
    for movement in movements {
      let next = movement.shape(from: shape)
      if next.contains(0) {
        for field in fields { freeze(field, index, "it leaves nothing of them") }
        return
      }
      switch movement {
      case .reshape: fields = try reshape(fields, shape, next, index)
      case .permute(let order):
        var inverse = order
        for (new, old) in order.enumerated() { inverse[old] = new }
        fields = fields.map { $0.renumbered { inverse[$0] } }
      case .narrow(let axis, let start, let count, let step):
        fields = try fields.map { field in
          guard let number = field.index(of: axis) else { return field }
          let repeats = field.axes[number].repeats
          if repeats > 1, step == 1, start % repeats == 0, count % repeats == 0 {
            return try field.selecting(count / repeats, along: number) { start / repeats + $0 }
          }
          return try field.refined(number, to: 1).selecting(count, along: number) { start + $0 * step }
        }
      case .take(let axis, let indices):
        fields = try fields.map { field in
          guard let number = field.index(of: axis) else { return field }
          return try field.refined(number, to: 1).selecting(indices, along: number)
        }
      case .tile(let repeats):
        fields = try fields.map { field in
          var field = field
          for (number, axis) in field.axes.enumerated() where repeats[axis.axis] > 1 {
            let tiled = axis.count.times(repeats[axis.axis])
            field = try field.selecting(tiled, along: number) { $0 % axis.count }
          }
          return field
        }
      case .expand: fields = try expand(fields, shape, next, index)
      case .pad(let before, let after, let mode): fields = try pad(fields, shape, before, after, mode, index)
      }
      shape = next
    }
    self[target] = fields
  }

  private mutating func freeze(_ field: LabelField, _ index: Int, _ cause: String) {
    sets.freeze(field.cells, event: event(index, label(index), cause))
  }

  /// Broadcasting: new axes hold copies, so their channels are as many as are wanted.
  private mutating func expand(
    _ fields: [LabelField], _ shape: [Int], _ target: [Int], _ index: Int
  ) throws -> [LabelField] {
    let lead = target.count - shape.count
    var result: [LabelField] = []
    for field in fields {
      let spread = field.axes.indices.filter { number in
        let axis = field.axes[number].axis
        return shape[axis] == 1 && target[axis + lead] > 1
      }
      if spread.count == field.axes.count {
        freeze(field, index, "it spreads a single channel over all others")
        continue
      }
      let kept = field.axes.indices.filter { !spread.contains($0) }
      result.append(field.projected(onto: kept, &sets).renumbered { $0 + lead })
    }
    for axis in target.indices where target[axis] > 1 && target[axis] <= Self.mixtureLimit {
      let isNew = axis < lead || shape[axis - lead] == 1
      if isNew, axis > 0 || target.count == 1 {
        result.append(LabelField(axis: axis, cells: try sets.make(target[axis])))
      }
    }
    return result
  }

  /// A border of constants is channels of its own; any other border ties channels in ways that slicing
  /// cannot follow.
  private mutating func pad(
    _ fields: [LabelField], _ shape: [Int], _ before: [Int], _ after: [Int], _ mode: Movement.PadMode,
    _ index: Int
  ) throws -> [LabelField] {
    var result: [LabelField] = []
    for field in fields {
      var field = field
      var isLost = false
      for number in field.axes.indices {
        let axis = field.axes[number].axis
        guard before[axis] != 0 || after[axis] != 0 else { continue }
        guard case .constant = mode else {
          freeze(field, index, "it repeats channels at the border")
          isLost = true
          break
        }
        field = try field.refined(number, to: 1)
        let first = max(0, -before[axis])
        let last = shape[axis] - max(0, -after[axis])
        guard first < last else {
          freeze(field, index, "it leaves nothing of them")
          isLost = true
          break
        }
        field = try field.selecting(last - first, along: number) { first + $0 }
        field = try bordered(field, number, before: max(0, before[axis]), after: max(0, after[axis]))
      }
      if !isLost { result.append(field) }
    }
    return result
  }

  private mutating func bordered(
    _ field: LabelField, _ number: Int, before: Int, after: Int
  ) throws -> LabelField {
    let outer = field.axes[..<number].map(\.count).elementCount
    let inner = field.axes[(number + 1)...].map(\.count).elementCount
    let count = field.axes[number].count
    var cells: [Int32] = []
    for block in 0..<outer {
      cells += try sets.make(before.times(inner))
      cells += field.cells[(block * count * inner)..<((block + 1) * count * inner)]
      cells += try sets.make(after.times(inner))
    }
    var result = LabelField(axes: field.axes, cells: cells)
    result.axes[number].count = count + before + after
    return result
  }

  // MARK: - Reshape

  /// Axes that a reshape turns into others, in runs of equal size.
  private struct Segment {
    var input: [Int] = []
    var output: [Int] = []
  }

  private static func segments(_ from: [Int], _ to: [Int]) -> [Segment]? {
    var segments: [Segment] = []
    var (i, j) = (0, 0)
    while i < from.count || j < to.count {
      var segment = Segment()
      var (left, right) = (1, 1)
      if i < from.count {
        left = from[i]
        segment.input.append(i)
        i += 1
      }
      if j < to.count {
        right = to[j]
        segment.output.append(j)
        j += 1
      }
      while left != right {
        if left < right {
          guard i < from.count else { return nil }
          left *= from[i]
          segment.input.append(i)
          i += 1
        } else {
          guard j < to.count else { return nil }
          right *= to[j]
          segment.output.append(j)
          j += 1
        }
      }
      segments.append(segment)
    }
    return segments
  }

  /// The labels after a change of shape, run by run.
  private mutating func reshape(
    _ fields: [LabelField], _ from: [Int], _ to: [Int], _ index: Int
  ) throws -> [LabelField] {
    guard let segments = Self.segments(from, to) else {
      for field in fields { freeze(field, index, "it mixes them with other axes") }
      return []
    }
    var owner = [Int?](repeating: nil, count: segments.count)
    var result: [LabelField] = []
    for (number, field) in fields.enumerated() {
      // What spans its axis whole can never go: that would leave an empty axis.
      if sets.isUniform(field.cells) {
        freeze(field, index, "it is the only channel")
        continue
      }
      var moved: LabelField? = field
      for (run, segment) in segments.enumerated() {
        let own = field.axes.filter { segment.input.contains($0.axis) }
        if own.isEmpty { continue }
        if let other = owner[run], other != number {
          for field in [fields[other], field] { freeze(field, index, "it mixes two kinds of channels") }
          moved = nil
          break
        }
        owner[run] = number
        moved = moved.flatMap { Self.reshaped($0, segment, from, to) }
        if moved == nil {
          freeze(field, index, "it mixes them with too many positions")
          break
        }
      }
      if var moved {
        // Outputs are marked by ~axis while inputs still carry their own numbers.
        moved = try moved.renumbered { ~$0 }.droppingInvariantAxes(&sets)
        result.append(moved)
      }
    }
    return result
  }

  /// A field with its axes in one run replaced by those after the reshape, which are numbered `~axis`.
  private static func reshaped(
    _ field: LabelField, _ segment: Segment, _ from: [Int], _ to: [Int]
  ) -> LabelField? {
    let inside = field.axes.indices.filter {
      segment.input.contains(field.axes[$0].axis) && field.axes[$0].axis >= 0
    }
    guard let first = inside.first, let last = inside.last else { return field }
    var pattern = [0]
    var repeats = 1
    for axis in segment.input {
      let labelled = field.index(of: axis)
      let isBehind = labelled == nil && axis > field.axes[last].axis
      if isBehind {
        repeats *= from[axis]
        continue
      }
      var next: [Int] = []
      let copies = labelled.map { $0 == last ? 1 : field.axes[$0].repeats } ?? from[axis]
      let count = labelled.map { field.axes[$0].count } ?? 1
      let size = [pattern.count, count, copies].elementCount
      guard size <= mixtureLimit else { return nil }
      next.reserveCapacity(size)
      for value in pattern {
        for index in 0..<count {
          for _ in 0..<copies { next.append(value * count + index) }
        }
      }
      pattern = next
      if labelled == last { repeats *= field.axes[last].repeats }
    }
    var axes: [FieldAxis] = []
    for axis in segment.output.reversed() {
      let extent = to[axis]
      if repeats % extent == 0, repeats > 1 || extent == 1 {
        repeats /= extent
        continue
      }
      let run = greatestCommonDivisor(extent, repeats)
      if run < repeats {
        let factor = repeats / run
        guard pattern.count.times(factor) <= mixtureLimit else { return nil }
        pattern = pattern.flatMap { [Int](repeating: $0, count: factor) }
      }
      axes.insert(FieldAxis(axis: ~axis, count: extent / run, repeats: run), at: 0)
      repeats = 1
    }
    let outer = field.axes[..<first].map(\.count).elementCount
    let inner = field.axes[(last + 1)...].map(\.count).elementCount
    let block = inside.map { field.axes[$0].count }.elementCount
    let size = [outer, pattern.count, inner].elementCount
    guard size <= DisjointCells.limit else { return nil }
    var cells: [Int32] = []
    cells.reserveCapacity(size)
    for leading in 0..<outer {
      for index in pattern {
        let base = (leading * block + index) * inner
        cells.append(contentsOf: field.cells[base..<(base + inner)])
      }
    }
    return LabelField(
      axes: Array(field.axes[..<first]) + axes + Array(field.axes[(last + 1)...]), cells: cells)
  }
}
