import Graph

extension CouplingSolver {
  /// The inputs' channels one after another.
  mutating func join(
    _ index: Int, _ inputs: [Int], _ output: Int, _ axis: Int
  ) throws {
    var pieces: [LabelField?] = []
    for number in inputs {
      guard let slot = slot(.input(number), of: index) else { return }
      pieces.append(singleAxisField(slot, axis: axis))
    }
    let allConstant = inputs.allSatisfy { isFlexible(.input($0), of: index) }
    guard allConstant || pieces.contains(where: { $0 != nil }) else { return }
    let repeats = pieces.reduce(0) { greatestCommonDivisor($1?.axes[0].repeats ?? 0, $0) }
    let step = max(1, commonRepeats(repeats, inputs, index, axis))
    var joined: [Int32] = []
    for (piece, number) in zip(pieces, inputs) {
      let extent = shape(.input(number), of: index)[axis]
      if let piece {
        joined += try piece.refined(0, to: step).cells
        continue
      }
      let cells = try sets.make(extent / step)
      if isFlexible(.input(number), of: index), let slot = slot(.input(number), of: index) {
        self[slot].append(LabelField(axis: axis, cells: cells, repeats: step))
      } else {
        let name = value(.input(number), of: index).map(bound.network.name(of:)) ?? ""
        sets.freeze(cells, event: event(index, label(index), "\(name) has a fixed extent"))
      }
      joined += cells
    }
    guard let slot = slot(.output(output), of: index) else { return }
    self[slot].append(
      LabelField(axis: axis, cells: joined, repeats: step))
  }

  /// The coarsest run length that divides every piece of a concatenation.
  private func commonRepeats(_ repeats: Int, _ inputs: [Int], _ index: Int, _ axis: Int) -> Int {
    repeats <= 1
      ? 1
      : inputs.reduce(repeats) { greatestCommonDivisor($0, shape(.input($1), of: index)[axis]) }
  }

  /// Whether a node's groups go whole; else the same channels of each go. Noted where it could be otherwise.
  private mutating func keepsGroupsWhole(
    _ index: Int, groups: Int, block: Int, of channels: AxisReference
  ) -> Bool {
    switch policy {
    case .wholeGroups: return true
    case .equalCounts: return false
    case .automatic:
      if groups > 1, block > 1 { choices.append((index, channels)) }
      return (groups >= block) != flipped.contains(index)
    }
  }

  /// The nodes with groups of which one unit is left at most, the choice between whole groups and equal counts having
  /// been made for each by itself: what they are coupled with may leave more to the other choice.
  func collapsedChoices() -> Set<Int> {
    choices.isEmpty ? [] : Set(unitsOfChoices().filter { $0.units < 2 }.map(\.index))
  }

  /// The units that can go of the channels of all nodes with groups.
  func unitsOfAllChoices() -> Int { unitsOfChoices().reduce(0) { $0 + $1.units } }

  private func unitsOfChoices() -> [(index: Int, units: Int)] {
    var sets = sets
    let freezes = sets.freezesByRoot()
    return choices.map { index, channels in
      let fields = slot(channels.operand, of: index).map { self[$0] } ?? []
      let roots = fields.first { $0.index(of: channels.axis) != nil }?.cells.map { sets.find($0) } ?? []
      return (index, Set(roots).count { freezes[Int($0)] < 0 })
    }
  }

  /// A grouped convolution, kept one by the policy.
  mutating func group(
    _ index: Int, _ input: AxisReference, _ inner: AxisReference, _ output: [AxisReference], _ groups: Int
  ) throws {
    let channels = shape(input.operand, of: index)[input.axis]
    guard let target = output.first(where: { if case .output = $0.operand { true } else { false } }) else {
      return
    }
    // A result that nobody takes has no shape.
    guard let kernels = shape(target.operand, of: index)[safe: target.axis] else { return }
    guard groups > 0, channels >= groups, kernels >= groups else { return }
    guard max(channels, kernels) <= DisjointCells.limit else {
      throw PruningError.tooManyChannels(max(channels, kernels))
    }
    let (inBlock, outBlock) = (channels / groups, kernels / groups)
    // A transposed convolution's inner axis runs over the output channels of a block.
    let innerIsInput = output.contains { $0.operand == inner.operand }
    let field = try slot(input.operand, of: index).flatMap { singleAxisField($0, axis: input.axis) }?
      .refined(0, to: 1)
    let byGroup = keepsGroupsWhole(index, groups: groups, block: inBlock, of: target)
    if byGroup {
      var representatives: [Int32] = []
      if let field {
        for block in 0..<groups {
          let first = field.cells[block * inBlock]
          for offset in 1..<max(1, inBlock) where inBlock > 1 {
            sets.union(first, field.cells[block * inBlock + offset])
          }
          representatives.append(first)
        }
      } else {
        representatives = try sets.make(groups)
        sets.freeze(
          representatives, event: event(index, label(index), "its input's extent is fixed"))
      }
      let result = LabelField(axis: 0, cells: representatives, repeats: outBlock)
      for reference in output { try assign(result, to: reference, index) }
      if let slot = slot(inner.operand, of: index) {
        keepWhole(slot, axis: inner.axis, node: index, cause: "it keeps its groups whole")
      }
      return
    }
    let outCells = try sets.make(outBlock)
    let tiled = LabelField(axis: 0, cells: (0..<kernels).map { outCells[$0 % outBlock] })
    for reference in output { try assign(tiled, to: reference, index) }
    var inCells: [Int32]?
    if let field {
      for channel in inBlock..<max(inBlock, channels) {
        sets.union(field.cells[channel], field.cells[channel % inBlock])
      }
      inCells = Array(field.cells[..<inBlock])
    }
    if let cells = innerIsInput ? inCells : outCells {
      try assign(LabelField(axis: 0, cells: cells), to: inner, index)
    } else if let slot = slot(inner.operand, of: index) {
      keepWhole(slot, axis: inner.axis, node: index, cause: "its input's extent is fixed")
    }
  }

  /// Blocks of channels with statistics of their own, which stay equally long.
  mutating func normalize(
    _ index: Int, _ channels: AxisReference, _ groups: Int, _ parameters: [AxisReference]
  ) throws {
    guard let slot = slot(channels.operand, of: index),
      let field = try singleAxisField(slot, axis: channels.axis)?.refined(0, to: 1), groups > 0,
      field.cells.count >= groups
    else { return }
    let block = field.cells.count / groups
    if keepsGroupsWhole(index, groups: groups, block: block, of: channels) {
      for (number, cell) in field.cells.enumerated() { sets.union(field.cells[number / block * block], cell) }
      let first = LabelField(axis: 0, cells: (0..<groups).map { field.cells[$0 * block] })
      for reference in parameters { try assign(first, to: reference, index) }
    } else {
      for (number, cell) in field.cells.enumerated() { sets.union(field.cells[number % block], cell) }
      inexact.append((slot, channels.axis, "at the \(label(index)), its statistics run over them"))
    }
  }
}
