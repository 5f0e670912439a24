/// What a network's binding to other shapes found, for taking over what does not change.
struct KeptBinding {
  private let specs: [TensorSpec?]
  let steps: Set<Int>
  private let failures: Set<Int>
  private let nodes: Int
  /// The values of which all that was known holds: constants of the file, and what was taken over since.
  private var taken: Set<ValueID>
  /// Values longer than this are compared by where they come from only.
  private static let comparedElements = 1 << 12

  init(_ bound: BoundNetwork) {
    specs = bound.specs
    steps = Set(bound.steps)
    failures = Set(bound.failures.map(\.node))
    nodes = bound.network.nodes.count
    taken = Set(bound.network.constants.keys)
  }

  /// Whether as much is known of all that the node at an index reads as was there.
  func holds(_ index: Int, of network: Network, _ specs: [TensorSpec?]) -> Bool {
    let node = network.nodes[index]
    return network.nodes.count == nodes && !failures.contains(index) && node.subgraphs.isEmpty
      && node.inputs.allSatisfy { input in input.map { holds($0, specs[$0.index]) } ?? true }
  }

  private func holds(_ value: ValueID, _ spec: TensorSpec?) -> Bool {
    if taken.contains(value) { return true }
    guard let spec, let before = specs[safe: value.index] ?? nil, spec.elementType == before.elementType,
      spec.shape == before.shape
    else { return false }
    guard let constant = spec.constant, let other = before.constant else {
      return spec.constant == nil && before.constant == nil
    }
    return constant.elementCount <= Self.comparedElements && constant == other
  }

  /// What was known of a value, which holds from now on.
  mutating func take(_ value: ValueID) -> TensorSpec? {
    taken.insert(value)
    return specs[safe: value.index] ?? nil
  }
}
