/// Parts of a network that are computed on their own.
extension BoundNetwork {
  /// The steps, in order, that compute some values from given ones and from what is known already.
  package func steps(from given: Set<ValueID>, to outputs: [ValueID]) -> [Int] {
    var wanted = Set(outputs).subtracting(given)
    var found: [Int] = []
    for index in steps.reversed() {
      let node = network.nodes[index]
      guard node.outputs.contains(where: { $0.map(wanted.contains) ?? false }) else { continue }
      found.append(index)
      wanted.formUnion(node.readValues.filter { !given.contains($0) })
    }
    return found.reversed()
  }

  /// What the step at `index` and all behind it are computed from, constants aside: values computed before it, and
  /// inputs.
  package func values(before index: Int) -> Set<ValueID> {
    var (made, read): (Set<ValueID>, Set<ValueID>) = ([], [])
    for step in steps.drop(while: { $0 != index }) {
      let node = network.nodes[step]
      read.formUnion(node.readValues.filter { !made.contains($0) && constant(of: $0) == nil })
      made.formUnion(node.outputs.compactMap { $0 })
    }
    return read
  }

  /// Some steps as a network of their own, at the shapes of this one.
  ///
  /// - Parameters:
  ///   - indices: the steps, in order.
  ///   - outputs: what the part is to give.
  /// - Returns: the part, whose inputs are the values that it begins with; `nil` where the shape of one is not known.
  package func part(_ indices: [Int], outputs: [ValueID]) -> Network? {
    var part = network
    var (made, borders): (Set<ValueID>, Set<ValueID>) = ([], [])
    func read(_ value: ValueID) {
      guard !made.contains(value) else { return }
      if let constant = constant(of: value) {
        part.constants[value] = constant
      } else {
        borders.insert(value)
      }
    }
    for index in indices {
      network.nodes[index].readValues.forEach(read)
      made.formUnion(network.nodes[index].outputs.compactMap { $0 })
    }
    outputs.forEach(read)
    part.nodes = indices.map { network.nodes[$0] }
    part.inputs = borders.sorted()
    part.outputs = outputs
    for value in part.inputs {
      guard let spec = specs[value.index] else { return nil }
      part.declare(DeclaredType(spec), for: value)
    }
    return part
  }
}

extension DeclaredType {
  /// A type and a shape that are known.
  package init(_ spec: TensorSpec) {
    self.init(elementType: spec.elementType, dimensions: spec.shape.map { .fixed($0) })
  }
}
