import Graph

/// A run of indices along one axis of a tensor, as a digit of a number in mixed radix.
struct AxisFactor: Hashable {
  /// The axis of the tensor that the chain begins with.
  var axis: Int
  var extent: Int
  /// How far apart neighbours stand along that axis.
  var stride: Int
}

/// A shape each of whose axes is made of runs of the axes of another shape.
struct FactoredShape {
  private(set) var axes: [[AxisFactor]]
  /// By axis of the other shape: where what was taken from it begins.
  private(set) var offsets: [Int]

  init(_ shape: [Int]) {
    offsets = [Int](repeating: 0, count: shape.count)
    axes = shape.indices.map { axis in
      shape[axis] == 1 ? [] : [AxisFactor(axis: axis, extent: shape[axis], stride: 1)]
    }
  }

  /// Follows a movement; false where it is none that regroups axes, turns them, or takes one position of an axis.
  mutating func move(_ movement: Movement) -> Bool {
    switch movement {
    case .permute(let order):
      axes = order.map { axes[$0] }
      return true
    case .reshape(let target):
      return regroup(target)
    case .take(let axis, let indices) where indices.count == 1:
      take(indices[0], of: axis)
      return true
    // One position of a subsampled picture is no pick among channels: at other sizes it is several.
    case .narrow(let axis, let start, 1, 1):
      take(start, of: axis)
      return true
    default:
      return false
    }
  }

  private mutating func take(_ index: Int, of axis: Int) {
    var rest = index
    for factor in axes[axis].reversed() {
      offsets[factor.axis] += rest % factor.extent * factor.stride
      rest /= factor.extent
    }
    axes[axis] = []
  }

  private mutating func regroup(_ target: [Int]) -> Bool {
    var rest = Array(axes.joined().reversed())
    var result: [[AxisFactor]] = []
    for extent in target {
      var own: [AxisFactor] = []
      var left = extent
      while left > 1 {
        guard let factor = rest.popLast() else { return false }
        if left % factor.extent == 0 {
          left /= factor.extent
          own.append(factor)
        } else if factor.extent % left == 0 {
          let inner = factor.extent / left
          own.append(AxisFactor(axis: factor.axis, extent: left, stride: factor.stride * inner))
          rest.append(AxisFactor(axis: factor.axis, extent: inner, stride: factor.stride))
          left = 1
        } else {
          return false
        }
      }
      guard left == 1 else { return false }
      result.append(Self.merged(own))
    }
    axes = result
    return rest.isEmpty
  }

  /// Neighbouring runs that are one.
  private static func merged(_ factors: [AxisFactor]) -> [AxisFactor] {
    factors.reduce(into: []) { result, factor in
      if let last = result.last, last.axis == factor.axis, last.stride == factor.extent * factor.stride {
        result[result.count - 1].extent *= factor.extent
        result[result.count - 1].stride = factor.stride
      } else {
        result.append(factor)
      }
    }
  }

  /// The axes of the other shape of which a part stands by itself.
  func splitAxes(of shape: [Int]) -> Set<Int> {
    Set(axes.joined().filter { $0.extent != shape[$0.axis] }.map(\.axis))
  }
}

/// Movements one after another that, taken together, put the indices along one axis in another order: a channel shuffle.
///
/// What stands between them has several axes where there was one, so that only whole rows or columns of the channels could
/// be taken from it. Nobody else reads it, though, and so nothing holds the channels of the chain's input together: where
/// what stays is not rectangular any more, one `Gather` does what the movements did.
struct MovementChain {
  /// Indices of the nodes, in order; the last makes `output`.
  let nodes: [Int]
  let input: ValueID
  let output: ValueID
  let axis: Int
  /// By index along the axis of the output: the index along the input's.
  let indices: [Int]
  /// Whether every position of the input's axis is one of the output's.
  let isPermutation: Bool
  /// What the nodes but the last make, each axis as runs of the input's axes.
  let between: [(value: ValueID, shape: FactoredShape)]

  /// Follows the nodes at the given indices; `nil` where they do not end in a new order along a single axis.
  private init?(_ nodes: [Int], _ bound: BoundNetwork) {
    let network = bound.network
    guard let first = nodes.first, let last = nodes.last,
      let input = network.nodes[first].inputs.first ?? nil,
      let output = network.nodes[last].outputs.first ?? nil, let shape = bound.shape(of: input),
      !shape.contains(0)
    else { return nil }
    var factored = FactoredShape(shape)
    var between: [(ValueID, FactoredShape)] = []
    var split = Set<Int>()
    for index in nodes {
      guard let movements = (try? OperatorTable.movements(of: bound.call(at: index))).flatMap({ $0 }),
        movements.allSatisfy({ factored.move($0) }), let value = network.nodes[index].outputs.first ?? nil
      else { return nil }
      split.formUnion(factored.splitAxes(of: shape))
      if index != last { between.append((value, factored)) }
    }
    guard split.count == 1, let axis = split.first, factored.axes.count == shape.count,
      factored.axes[axis].allSatisfy({ $0.axis == axis }), shape[axis] <= CouplingSolver.mixtureLimit
    else { return nil }
    for (index, factors) in factored.axes.enumerated() where index != axis {
      guard factors == FactoredShape(shape).axes[index], factored.offsets[index] == 0 else { return nil }
    }
    self.nodes = nodes
    self.input = input
    self.output = output
    self.axis = axis
    self.between = between
    isPermutation = factored.axes[axis].map(\.extent).elementCount == shape[axis]
    indices = factored.axes[axis].reduce([factored.offsets[axis]]) { positions, factor in
      positions.flatMap { index in (0..<factor.extent).map { index + $0 * factor.stride } }
    }
  }

  /// Every chain of a network, in the order of the graph.
  ///
  /// Chains that part ways, such as the halves of a shuffle that are taken one by one, share their first nodes.
  ///
  /// A chain that depends on how many examples there are, or on how large they are, is none.
  static func all(in bound: BoundNetwork) -> [MovementChain] {
    let network = bound.network
    let movements = network.nodes.map { bound.table.traits(of: $0).movement }
    guard movements.contains(.transposition) else { return [] }
    let isMovement = movements.map(mayBelong)
    var reads = [Int](repeating: 0, count: network.values.count)
    var readers = [[Int]](repeating: [], count: network.values.count)
    for (index, node) in network.nodes.enumerated() {
      for value in node.readValues { reads[value.index] += 1 }
      if isMovement[index], let input = node.inputs.first ?? nil { readers[input.index].append(index) }
    }
    for output in network.outputs { reads[output.index] += 1 }
    /// The chains that begin with the given nodes; `nil` where somebody else reads what they make.
    func grown(_ nodes: [Int]) -> [MovementChain]? {
      if let chain = MovementChain(nodes, bound) { return [chain] }
      guard nodes.count < 8, let value = network.nodes[nodes[nodes.count - 1]].outputs.first ?? nil,
        !readers[value.index].isEmpty, readers[value.index].count == reads[value.index]
      else { return nil }
      var result: [MovementChain] = []
      for reader in readers[value.index] {
        guard let chains = grown(nodes + [reader]) else { return nil }
        result += chains
      }
      return result
    }
    var taken = Set<Int>()
    var found: [[MovementChain]] = []
    for start in network.nodes.indices where isMovement[start] && !taken.contains(start) {
      guard let input = network.nodes[start].inputs.first ?? nil, bound.constant(of: input) == nil,
        let chains = grown([start])
      else { continue }
      for chain in chains { taken.formUnion(chain.nodes) }
      found.append(chains)
    }
    if found.isEmpty { return [] }
    let others = bound.openAxes().bindings
    return found.filter { chains in
      chains.allSatisfy { chain in others.allSatisfy { chain.holds(in: $0) } }
    }.flatMap { $0 }
  }

  /// The chain in the network bound to other extents; `nil` where it is none there.
  func followed(in other: BoundNetwork) -> MovementChain? { MovementChain(nodes, other) }

  /// Whether the chain does the same in the network bound to other extents.
  private func holds(in other: BoundNetwork) -> Bool {
    guard let same = followed(in: other) else { return false }
    return same.axis == axis && same.indices == indices
  }

  private static func mayBelong(_ movement: OperatorRole.MovementKind?) -> Bool {
    switch movement {
    case .regrouping, .transposition, .gathering, .slicing: true
    case .splitting, .joining, .expansion, .tiling, .padding, .cropping, .blocking, nil: false
    }
  }

  /// The shapes of what stands between when only some positions of the axis stay, by value; `nil` where they are not the
  /// positions of whole rows and columns.
  ///
  /// - Parameters:
  ///   - kept: the indices along the input's axis that stay.
  ///   - shape: the input's shape after the removal.
  func shapesBetween(keeping kept: [Int], of shape: [Int]) -> [(value: ValueID, shape: [Int])]? {
    var result: [(value: ValueID, shape: [Int])] = []
    for (value, factored) in between {
      var rows = 1
      let extents = factored.axes.map { factors in
        let own = factors.filter { $0.axis == axis }
        let indices = Set(kept.map { index in own.map { index / $0.stride % $0.extent } }).count
        rows *= indices
        return factors.reduce(own.isEmpty ? 1 : indices) { $1.axis == axis ? $0 : $0 * shape[$1.axis] }
      }
      guard rows == kept.count else { return nil }
      result.append((value, extents))
    }
    return result
  }

  /// Where the taken positions stand among those that stay.
  func indices(keeping kept: [Int]) -> [Int] {
    let positions = Dictionary(kept.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return indices.compactMap { positions[$0] }
  }
}
