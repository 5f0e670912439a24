import Graph

/// The channels along one axis of an operand.
struct AxisChannels: Hashable {
  var axis: Int
  /// Consecutive indices that share a position in the table.
  var repeats: Int
  /// The number of a list of units, one a position.
  var table: Int
}

/// Which unit every index of every axis belongs to.
struct ChannelMap {
  /// Lists of units, -1 where a position belongs to none; equal lists are kept once.
  var tables: [[Int32]] = []
  /// By value.
  var values: [[AxisChannels]]
  /// By use, for vectors of constants.
  var uses: [ConstantUse: [AxisChannels]] = [:]
  /// By value: the initializer it is, through `Identity` nodes.
  var roots: [ValueID?]
  /// By value: whether it is computed from shapes alone.
  var isFromShapes: [Bool]
  /// By value: whether it is a constant whose uses have channels of their own.
  var isVector: [Bool]
  /// Lists of units of which one must stay beside what the layers' floors ask for: axes of values that
  /// would be empty otherwise.
  var covers: [[Int]] = []
  /// Movements that are one: what stands between them has no channels here.
  var chains: [MovementChain] = []

  func channels(_ slot: LabelSlot) -> [AxisChannels] {
    switch slot {
    case .value(let index): values[index]
    case .use(let use): uses[use] ?? []
    }
  }

  /// The slot of an input: its constant's where it is one, perhaps behind `Identity`.
  func slot(of value: ValueID, use: ConstantUse) -> LabelSlot {
    guard let root = roots[value.index] else { return .value(value.index) }
    return isVector[root.index] ? .use(use) : .value(root.index)
  }
}

/// A channel map with some units taken out.
struct KeptChannels {
  let map: ChannelMap
  /// By unit.
  let isRemoved: [Bool]
  /// By table: the positions that stay.
  let counts: [Int]

  init(_ map: ChannelMap, units: Int, removed: [Int]) {
    var isRemoved = [Bool](repeating: false, count: units)
    for unit in removed { isRemoved[unit] = true }
    self.map = map
    self.isRemoved = isRemoved
    counts =
      removed.isEmpty
      ? map.tables.map(\.count)
      : map.tables.map { table in
        table.reduce(0) { $0 + ($1 >= 0 && isRemoved[Int($1)] ? 0 : 1) }
      }
  }

  /// Whether anything along the axis goes.
  func isCut(_ axis: AxisChannels) -> Bool { counts[axis.table] != map.tables[axis.table].count }

  /// A shape after the removal.
  func shape(_ shape: [Int], _ slot: LabelSlot) -> [Int] {
    var result = shape
    for axis in map.channels(slot) where axis.axis < result.count {
      result[axis.axis] = counts[axis.table] * axis.repeats
    }
    return result
  }

  /// The indices along an axis that stay, ascending.
  func kept(_ axis: AxisChannels) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(counts[axis.table] * axis.repeats)
    for (index, unit) in map.tables[axis.table].enumerated() where unit < 0 || !isRemoved[Int(unit)] {
      for copy in 0..<axis.repeats { result.append(index * axis.repeats + copy) }
    }
    return result
  }

  /// The axes along which an operand loses something.
  func cuts(_ slot: LabelSlot) -> [AxisChannels] { map.channels(slot).filter(isCut) }

  /// Whether anything along an axis of a node's operand goes.
  func isCut(_ axis: AxisReference, of index: Int, _ bound: BoundNetwork) -> Bool {
    guard case .input(let number) = axis.operand,
      let value = bound.network.nodes[index].inputs[safe: number].flatMap({ $0 })
    else { return false }
    return cuts(map.slot(of: value, use: ConstantUse(node: index, input: number)))
      .contains { $0.axis == axis.axis }
  }

  /// The groups that are left of a node which normalises blocks of channels, and whether each is as it was; `nil` where
  /// none of its channels goes, or a node does something else.
  func normalizedGroups(_ relations: [ChannelRelation], of index: Int, _ bound: BoundNetwork)
    -> (count: Int, areWhole: Bool)?
  {
    for relation in relations {
      guard case .normalized(let channels, let groups, _) = relation,
        case .input(let number) = channels.operand,
        let value = bound.network.nodes[index].inputs[safe: number] ?? nil,
        let extent = bound.shape(of: value)?[channels.axis],
        let cut = cuts(map.slot(of: value, use: ConstantUse(node: index, input: number)))
          .first(where: { $0.axis == channels.axis })
      else { continue }
      let block = extent / groups
      let stays = kept(cut)
      let left = Set(stays.map { $0 / block }).count
      return (left, left * block == stays.count)
    }
    return nil
  }

  /// A tensor without what was removed.
  func sliced(_ tensor: Tensor, _ cuts: [AxisChannels]) -> Tensor {
    cuts.reduce(tensor) { $0.taking(kept($1), alongAxis: $1.axis) }
  }
}

extension BoundNetwork {
  /// Whether a node computes with weights alone, so that its result is known before any data are.
  func isWeightArithmetic(at index: Int) -> Bool {
    let outputs = network.nodes[index].outputs.compactMap { $0 }
    return !outputs.isEmpty && outputs.allSatisfy { constant(of: $0) != nil }
  }
}
