public import Graph

/// Decisions between two branches.
extension NetworkBuilder {
  /// Adds an `If`.
  ///
  /// - Parameters:
  ///   - condition: a truth value.
  ///   - around: values that the branches read from around them.
  ///   - then: writes the branch that is taken where the condition holds, given what stands in it for `around`.
  ///   - otherwise: writes the other one.
  public mutating func decision(
    _ condition: ValueID, reading around: [ValueID],
    then: (inout NetworkBuilder, [ValueID]) -> ValueID,
    otherwise: (inout NetworkBuilder, [ValueID]) -> ValueID
  ) -> ValueID {
    let attributes: [String: Attribute] = [
      "then_branch": .graph(branch("then", around, seed: 11, then)),
      "else_branch": .graph(branch("else", around, seed: 12, otherwise)),
    ]
    return nodes("If", [condition], attributes, outputs: 1)[0]
  }

  private func branch(
    _ name: String, _ around: [ValueID], seed: UInt64, _ write: (inout NetworkBuilder, [ValueID]) -> ValueID
  ) -> Subgraph {
    var builder = NetworkBuilder(name, opset: network.opset, seed: seed)
    let inner = around.map { builder.input("around \(network.name(of: $0))", [nil]) }
    builder.output(write(&builder, inner))
    var body = builder.network
    body.inputs = []
    for value in inner { body.declare(nil, for: value) }
    return Subgraph(
      network: body, captures: Dictionary(zip(inner, around), uniquingKeysWith: { first, _ in first }))
  }

  /// Whether an extent of a value is greater than a limit.
  public mutating func extent(_ axis: Int, of value: ValueID, isAbove limit: Int) -> ValueID {
    let extents = node("Shape", value)
    let extent = node("Gather", extents, constant("axis", Tensor([axis], shape: [])))
    return node("Greater", extent, constant("limit", Tensor([limit], shape: [])))
  }
}
