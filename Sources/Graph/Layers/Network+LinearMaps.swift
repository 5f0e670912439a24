extension Network {
  /// Gives a map other weights.
  ///
  /// A constant that nothing else reads is replaced where it stands; for any other the node gets one of its own.
  ///
  /// - Parameter matrix: a matrix a group, as `LinearMap.matrix(of:)` has them.
  package mutating func setWeights(of map: LinearMap, matrix: [Float], shape: [Int]) {
    setConstant(Tensor(map.weights(ofMatrix: matrix), shape: shape), readBy: map.node, input: 1)
  }

  /// Adds a number a channel to what a map computes: to its bias, to the mean that a batch normalization behind it
  /// subtracts, or to a constant that is added behind it; a node that has none of these gets one.
  ///
  /// - Parameter shift: one number a kernel.
  package mutating func shift(_ map: LinearMap, by shift: [Double]) {
    precondition(shift.count == map.kernels, "a shift has a number a kernel")
    guard let index = nodes.firstIndex(where: { $0.id == map.node }) else { return }
    let (node, table) = (nodes[index], OperatorTable.standard)
    let bias = table.traits(of: node).input(.bias)
    if let bias, let value = map.bias, let tensor = constants[value], tensor.elementCount == map.kernels {
      setConstant(tensor.adding(shift), readBy: node.id, input: bias)
      return
    }
    if let behind = soleReader(of: map.output) {
      let next = nodes[behind]
      if let input = table.traits(of: next).input(.mean), map.outputAxis == 1,
        let mean = next.inputs[safe: input] ?? nil,
        let tensor = constants[mean], tensor.elementCount == map.kernels
      {
        setConstant(tensor.adding(shift.map { -$0 }), readBy: next.id, input: input)
        return
      }
      if table.traits(of: next).arithmetic == .sum, bias == nil,
        let number = next.inputs.firstIndex(where: { $0 != map.output }), let added = next.inputs[number],
        let tensor = constants[added], tensor.elementCount == map.kernels, tensor.shape.last == map.kernels
      {
        setConstant(tensor.adding(shift), readBy: next.id, input: number)
        return
      }
    }
    let name = "\(self.name(of: map.output))_shift"
    let type = constants[map.weights]?.elementType ?? .float32
    // A product with a matrix could not do without its bias before opset 11.
    if map.bias == nil, let bias, map.window != nil || opset >= 11 {
      nodes[index].inputs =
        Array(node.inputs.prefix(bias)) + [
          addConstant(name, Tensor(type, shift, shape: [map.kernels]))
        ]
      return
    }
    addNode(behind: index, output: map.output, adding: Tensor(type, shift, shape: shape(of: map)), name: name)
  }

  /// The shape that broadcasts one number a kernel over what a map computes.
  private func shape(of map: LinearMap) -> [Int] {
    [map.kernels] + [Int](repeating: 1, count: map.outputAxis == 1 ? map.window?.axes ?? 0 : 0)
  }

  private mutating func addNode(behind index: Int, output: ValueID, adding tensor: Tensor, name: String) {
    let before = addValue(unusedValueName("\(self.name(of: output))_unshifted"))
    nodes[index].outputs[0] = before
    nodes.insert(
      Node(
        id: unusedNodeID, name: name, op: "Add", inputs: [before, addConstant(name, tensor)],
        outputs: [output]),
      at: index + 1)
  }

  /// The position of the only node that reads a value, once; `nil` for an output of the network.
  package func soleReader(of value: ValueID) -> Int? {
    guard !outputs.contains(value) else { return nil }
    var found: Int?
    for (index, node) in nodes.enumerated() {
      for reader in node.readValues where reader == value {
        if found != nil { return nil }
        found = index
      }
    }
    return found
  }

  /// Sets a constant that a node reads, keeping its element type; for that node alone where others read it too.
  package mutating func setConstant(_ tensor: Tensor, readBy node: NodeID, input: Int) {
    guard let index = nodes.firstIndex(where: { $0.id == node }), let old = nodes[index].inputs[input] else {
      return
    }
    let type = constants[old]?.elementType ?? tensor.elementType
    let converted = tensor.converted(to: type)
    let readers = nodes.reduce(0) { $0 + $1.readValues.count { $0 == old } }
    if constants[old] != nil, readers == 1, !outputs.contains(old) {
      constants[old] = converted
    } else {
      nodes[index].inputs[input] = addConstant("\(name(of: old))_own", converted)
    }
  }
}

extension Tensor {
  /// The tensor with other numbers added, one an element.
  fileprivate func adding(_ numbers: [Double]) -> Tensor {
    Tensor(elementType, zip(doubles, numbers).map(+), shape: shape)
  }
}
