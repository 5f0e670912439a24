import Foundation

/// Replaces calls of a model's own functions by the functions' nodes.
///
/// Names inside a function become `<call's name>/<name>`, so that each call has its own.
/// https://onnx.ai/onnx/repo-docs/IR.html#functions
struct FunctionInlining {
  /// A model may nest calls so that a few lines make any number of nodes.
  private static let nodeLimit = 100_000

  private struct Key: Hashable {
    let domain, name, overload: String
  }

  private let file: String
  private let functions: [Key: Onnx_FunctionProto]
  private let opsets: [String: Int64]
  private var usedNames: Set<String> = []
  private var nextNumber: [String: Int] = [:]
  private var nodeCount = 0
  private var valueInfo: [Onnx_ValueInfoProto] = []

  private init(_ model: Onnx_ModelProto, file: String) {
    self.file = file
    functions = Dictionary(
      model.functions.map { (Key(domain: $0.domain, name: $0.name, overload: $0.overload), $0) },
      uniquingKeysWith: { first, _ in first })
    opsets = Dictionary(
      model.opsetImport.map { (Self.canonical($0.domain), $0.version) }, uniquingKeysWith: { $1 })
  }

  /// The model without functions, or `nil` when no node calls one.
  ///
  /// - Throws: `FormatError` for functions that call themselves, or that are written in other operator sets.
  static func inline(_ model: Onnx_ModelProto, file: String) throws -> Onnx_ModelProto? {
    guard !model.functions.isEmpty else { return nil }
    var inlining = FunctionInlining(model, file: file)
    guard inlining.callsFunctions(model.graph) else { return nil }
    var result = model
    var graph = model.graph
    inlining.usedNames = definedNames(graph.node)
    inlining.usedNames.formUnion(graph.input.map(\.name) + graph.initializer.map(\.name))
    graph.node = try inlining.expand(graph.node, calls: [])
    graph.valueInfo += inlining.valueInfo
    result.graph = graph
    result.functions = []
    return result
  }

  private static func canonical(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

  private func function(called node: Onnx_NodeProto) -> Onnx_FunctionProto? {
    functions[Key(domain: node.domain, name: node.opType, overload: node.overload)]
  }

  private func callsFunctions(_ graph: Onnx_GraphProto) -> Bool {
    graph.node.contains { node in
      function(called: node) != nil || node.attribute.flatMap(\.subgraphs).contains(where: callsFunctions)
    }
  }

  /// The names of all nodes and values made by nodes, those of graphs inside them included.
  static func definedNames(_ nodes: [Onnx_NodeProto]) -> Set<String> {
    var names: Set<String> = []
    for node in nodes {
      names.formUnion(node.output)
      names.insert(node.name)
      for body in node.attribute.flatMap(\.subgraphs) {
        names.formUnion(definedNames(body.node))
        names.formUnion(body.input.map(\.name))
        names.formUnion(body.initializer.map(\.name))
      }
    }
    names.remove("")
    return names
  }

  private mutating func expand(
    _ nodes: [Onnx_NodeProto], calls: [Key]
  ) throws -> [Onnx_NodeProto] {
    var result: [Onnx_NodeProto] = []
    for node in nodes {
      guard let function = function(called: node) else {
        nodeCount += 1
        guard nodeCount <= Self.nodeLimit else {
          throw FormatError.tooLargeToRead(file: file, what: "more than \(Self.nodeLimit) nodes of functions")
        }
        var node = node
        for index in node.attribute.indices {
          try node.attribute[index].mapSubgraphs { graph in
            graph.node = try expand(graph.node, calls: calls)
          }
        }
        result.append(node)
        continue
      }
      let key = Key(domain: function.domain, name: function.name, overload: function.overload)
      let called = "\(function.domain).\(function.name)"
      guard !calls.contains(key) else { throw FormatError.recursiveFunction(file: file, function: called) }
      // Messages end at 100 levels and so do sensible models; calls in calls must not exhaust the stack.
      guard calls.count < 100 else {
        throw FormatError.tooLargeToRead(file: file, what: "functions 100 calls deep")
      }
      for opset in function.opsetImport {
        let domain = Self.canonical(opset.domain)
        guard let version = opsets[domain], version != opset.version else { continue }
        throw FormatError.unsupportedFunction(
          file: file, function: called,
          problem: "it is written in operator set \(opset.version), the model in \(version)")
      }
      result += try expand(body(of: function, called: called, by: node), calls: calls + [key])
    }
    return result
  }

  /// The function's nodes in the caller's names.
  private mutating func body(
    of function: Onnx_FunctionProto, called: String, by call: Onnx_NodeProto
  ) throws -> [Onnx_NodeProto] {
    guard call.input.count <= function.input.count, call.output.count <= function.output.count else {
      throw FormatError.unsupportedFunction(
        file: file, function: called,
        problem: "a call has \(call.input.count) inputs and \(call.output.count) outputs where it has "
          + "\(function.input.count) and \(function.output.count)")
    }
    let prefix = unusedPrefix(
      call.name.isEmpty ? function.name : call.name, for: Self.definedNames(function.node))
    var names: [String: String] = ["": ""]
    for (index, name) in function.input.enumerated() {
      names[name] = index < call.input.count ? call.input[index] : ""
    }
    var passedThrough: [Onnx_NodeProto] = []
    for (index, name) in function.output.enumerated() {
      guard index < call.output.count, !call.output[index].isEmpty else { continue }
      if let taken = names[name] {
        // An input handed out as it is, or one output under two names.
        var identity = Onnx_NodeProto()
        identity.opType = "Identity"
        identity.name = "\(prefix)/\(name)"
        identity.input = [taken]
        identity.output = [call.output[index]]
        passedThrough.append(identity)
      } else {
        names[name] = call.output[index]
      }
    }
    var attributes: [String: Onnx_AttributeProto] = [:]
    for attribute in function.attributeProto { attributes[attribute.name] = attribute }
    for attribute in call.attribute { attributes[attribute.name] = attribute }

    let renaming = Renaming(prefix: prefix, names: names, attributes: attributes)
    for info in function.valueInfo where names[info.name] == nil {
      var info = info
      info.name = renaming.name(info.name)
      valueInfo.append(info)
    }
    return function.node.map(renaming.node) + passedThrough
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

/// What becomes of the names and attribute references inside one call of a function, or one branch.
struct Renaming {
  let prefix: String
  let names: [String: String]
  let attributes: [String: Onnx_AttributeProto]

  func name(_ name: String) -> String { names[name] ?? "\(prefix)/\(name)" }

  func node(_ node: Onnx_NodeProto) -> Onnx_NodeProto {
    var node = node
    node.input = node.input.map(name)
    node.output = node.output.map(name)
    if !node.name.isEmpty { node.name = "\(prefix)/\(node.name)" }
    node.attribute = node.attribute.compactMap(attribute)
    return node
  }

  /// The attribute itself, or what the caller gives for it; `nil` when the caller gives nothing.
  private func attribute(_ attribute: Onnx_AttributeProto) -> Onnx_AttributeProto? {
    guard attribute.refAttrName.isEmpty else {
      guard var given = attributes[attribute.refAttrName] else { return nil }
      given.name = attribute.name
      return given
    }
    var attribute = attribute
    attribute.mapSubgraphs { $0 = graph($0) }
    return attribute
  }

  func graph(_ graph: Onnx_GraphProto) -> Onnx_GraphProto {
    var graph = graph
    graph.node = graph.node.map(node)
    for index in graph.input.indices { graph.input[index].name = name(graph.input[index].name) }
    for index in graph.output.indices { graph.output[index].name = name(graph.output[index].name) }
    for index in graph.valueInfo.indices { graph.valueInfo[index].name = name(graph.valueInfo[index].name) }
    for index in graph.initializer.indices {
      graph.initializer[index].name = name(graph.initializer[index].name)
    }
    for index in graph.sparseInitializer.indices {
      graph.sparseInitializer[index].values.name = name(graph.sparseInitializer[index].values.name)
    }
    return graph
  }
}

extension Onnx_AttributeProto {
  /// The graphs that the attribute holds.
  var subgraphs: [Onnx_GraphProto] { hasG ? [g] + graphs : graphs }

  /// Changes each graph that the attribute holds.
  mutating func mapSubgraphs(
    _ change: (inout Onnx_GraphProto) throws -> Void
  ) throws {
    if hasG { try change(&g) }
    for index in graphs.indices { try change(&graphs[index]) }
  }

  /// Changes each graph that the attribute holds.
  mutating func mapSubgraphs(_ change: (inout Onnx_GraphProto) -> Void) {
    if hasG { change(&g) }
    for index in graphs.indices { change(&graphs[index]) }
  }
}
