/// Replaces each `If` whose condition the file itself says by the nodes of the branch that is taken.
///
/// Exporters leave such nodes behind where they decided a question (squeeze or not, train or not) for good. An
/// `If` on anything that is computed stays.
/// https://onnx.ai/onnx/operators/onnx__If.html
struct BranchInlining {
  /// Conditions by name: initializers and constants.
  private var known: [String: Bool] = [:]
  private var usedNames: Set<String> = []
  private var nextNumber: [String: Int] = [:]
  private var graph: Onnx_GraphProto

  private init(_ graph: Onnx_GraphProto) { self.graph = graph }

  /// The model without the decided `If` nodes of its main graph; the model itself where there are none.
  static func inline(_ model: Onnx_ModelProto) -> Onnx_ModelProto {
    guard model.graph.node.contains(where: { $0.isDecision }) else { return model }
    var inlining = BranchInlining(model.graph)
    for initializer in model.graph.initializer { inlining.learn(initializer, initializer.name) }
    inlining.usedNames = FunctionInlining.definedNames(model.graph.node)
    inlining.usedNames.formUnion(model.graph.input.map(\.name) + model.graph.initializer.map(\.name))
    inlining.usedNames.formUnion(model.graph.sparseInitializer.map(\.values.name))
    let nodes = inlining.expand(model.graph.node, depth: 0)
    guard nodes != model.graph.node else { return model }
    var result = model
    result.graph = inlining.graph
    result.graph.node = nodes
    return result
  }

  private mutating func learn(_ tensor: Onnx_TensorProto, _ name: String) {
    guard tensor.dataType == Int32(Onnx_TensorProto.DataType.bool.rawValue),
      tensor.dims.allSatisfy({ $0 == 1 })
    else { return }
    if let byte = tensor.rawData.first {
      known[name] = byte != 0
    } else if let number = tensor.int32Data.first {
      known[name] = number != 0
    }
  }

  private mutating func expand(_ nodes: [Onnx_NodeProto], depth: Int) -> [Onnx_NodeProto] {
    var result: [Onnx_NodeProto] = []
    for node in nodes {
      if node.isConstant, let value = node.attribute.first(where: { $0.name == "value" }),
        let output = node.output.first
      {
        learn(value.t, output)
      }
      guard node.isDecision, depth < 100, let condition = node.input.first.flatMap({ known[$0] }),
        let branch = node.attribute.first(where: { $0.name == (condition ? "then_branch" : "else_branch") })?
          .g,
        branch.output.count >= node.output.count
      else {
        result.append(node)
        continue
      }
      result += expand(body(of: branch, in: node), depth: depth + 1)
    }
    return result
  }

  /// The branch's nodes in the names of the graph around it, to which its initializers move.
  private mutating func body(of branch: Onnx_GraphProto, in decision: Onnx_NodeProto) -> [Onnx_NodeProto] {
    let initializers = branch.initializer.map(\.name) + branch.sparseInitializer.map(\.values.name)
    let own = FunctionInlining.definedNames(branch.node).union(initializers)
    let prefix = unusedPrefix(decision.name.isEmpty ? "If" : decision.name, for: own)
    // What the branch only reads is the surrounding graph's.
    var names = ["": ""]
    for name in Self.readNames(branch).subtracting(own) { names[name] = name }
    let made = Set(branch.node.flatMap(\.output))
    var passedThrough: [Onnx_NodeProto] = []
    for (index, output) in branch.output.enumerated() where index < decision.output.count {
      let target = decision.output[index]
      guard !target.isEmpty else { continue }
      if made.contains(output.name), names[output.name] == nil {
        names[output.name] = target
      } else {
        // An initializer, a value from around or one output under two names.
        var identity = Onnx_NodeProto()
        identity.opType = "Identity"
        identity.name = "\(prefix)/\(target)"
        identity.input = [names[output.name] ?? "\(prefix)/\(output.name)"]
        identity.output = [target]
        passedThrough.append(identity)
      }
    }
    let renaming = Renaming(prefix: prefix, names: names, attributes: [:])
    var moved = Onnx_GraphProto()
    moved.initializer = branch.initializer
    moved.sparseInitializer = branch.sparseInitializer
    moved.valueInfo = branch.valueInfo.filter { names[$0.name] == nil }
    moved = renaming.graph(moved)
    for initializer in moved.initializer { learn(initializer, initializer.name) }
    graph.initializer += moved.initializer
    graph.sparseInitializer += moved.sparseInitializer
    graph.valueInfo += moved.valueInfo
    return branch.node.map(renaming.node) + passedThrough
  }

  /// The names that the graph's nodes and outputs read, those of graphs inside them included.
  private static func readNames(_ graph: Onnx_GraphProto) -> Set<String> {
    var names = Set(graph.output.map(\.name))
    for node in graph.node {
      names.formUnion(node.input)
      for body in node.attribute.flatMap(\.subgraphs) { names.formUnion(readNames(body)) }
    }
    return names
  }

  /// A prefix that makes names nobody has of `names`, and takes them.
  private mutating func unusedPrefix(_ stem: String, for names: Set<String>) -> String {
    var prefix = stem
    while names.contains(where: { usedNames.contains("\(prefix)/\($0)") }) {
      let number = nextNumber[stem, default: 2]
      nextNumber[stem] = number + 1
      prefix = "\(stem)_\(number)"
    }
    usedNames.formUnion(names.map { "\(prefix)/\($0)" })
    return prefix
  }
}

extension Onnx_NodeProto {
  /// Whether this is ONNX's `If`.
  fileprivate var isDecision: Bool { opType == "If" && (domain.isEmpty || domain == "ai.onnx") }
}
