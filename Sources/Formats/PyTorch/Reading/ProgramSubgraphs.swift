import Foundation
import Graph

/// Parts of a program that stand in graphs of their own, because they run under another setting.
extension JSONText {
  private static let region = "torch.ops.higher_order.wrap_with_autocast"

  /// A graph in which the parts that run without mixed precision (`autocast(enabled=False)`) stand among the other nodes.
  ///
  /// The program computes in the types that it says anyway. A part that runs with mixed precision stays one node, which is not
  /// known.
  func inliningRegions() -> JSONText {
    guard var nodes = self["nodes"]?.elements, nodes.contains(where: \.isRegion) else { return self }
    var graph = self
    var names = Set(
      ((self["inputs"]?.elements ?? []) + nodes.flatMap { $0["outputs"]?.elements ?? [] })
        .flatMap { ProgramArgument($0).names })
    var position = 0
    while position < nodes.count {
      guard nodes[position].isRegion, let found = nodes[position].region(&names) else {
        position += 1
        continue
      }
      // A part in a part comes next.
      nodes.replaceSubrange(position...position, with: found.nodes)
      for (list, members) in found.values {
        graph = graph.replacing([list]) { said in
          members.reduce(said) { $0[$1.name] == nil ? $0.adding($1.name, $1.value) : $0 }
        }
      }
    }
    graph.set("nodes", JSONText(.array(nodes, empty: "")))
    return graph
  }

  private var isRegion: Bool {
    self["target"]?.string == Self.region
      && self["inputs"]?.elements?[safe: 2]?["arg"]?["as_bool"]?.isFalse ?? false
  }

  private var isFalse: Bool { if case .scalar("false") = content { true } else { false } }

  /// The nodes of a part, and what is said of the values in it, with the names that they have outside; `nil` where it is
  /// written otherwise than expected.
  private func region(
    _ names: inout Set<String>
  ) -> (nodes: [JSONText], values: [(list: String, members: [Member])])? {
    let arguments = self["inputs"]?.elements?.compactMap { $0["arg"] } ?? []
    guard let graph = arguments.first(where: { $0["as_graph"] != nil })?["as_graph"]?["graph"],
      let inputs = graph["inputs"]?.elements, let nodes = graph["nodes"]?.elements,
      let results = graph["outputs"]?.elements, let outputs = self["outputs"]?.elements
    else { return nil }
    let operands = arguments.suffix(inputs.count)
    var outside: [String: String] = [:]
    for (inner, outer) in zip(inputs, operands) {
      guard let name = ProgramArgument(inner).names.first, let given = ProgramArgument(outer).names.first
      else { return nil }
      outside[name] = given
    }
    let made = outputs.flatMap { ProgramArgument($0).names }
    let returned = results.flatMap { ProgramArgument($0).names }
    guard made.count == returned.count, operands.count == inputs.count,
      // What is handed through has two names outside.
      Set(returned).count == returned.count, returned.allSatisfy({ outside[$0] == nil })
    else { return nil }
    for (inner, outer) in zip(returned, made) { outside[inner] = outer }
    let own = nodes.flatMap { $0["outputs"]?.elements?.flatMap { ProgramArgument($0).names } ?? [] }
    for name in own where outside[name] == nil { outside[name] = names.insertUnused(name) }
    let values = ["tensor_values", "sym_int_values"].map { list in
      (
        list,
        (graph[list]?.members ?? []).compactMap { member in
          outside[member.name].map { Member($0, member.value) }
        }
      )
    }
    return (nodes.map { $0.renamingValues(outside) }, values)
  }

  /// A node with other names of what it reads and makes.
  private func renamingValues(_ names: [String: String]) -> JSONText {
    var node = self
    if var inputs = node["inputs"], let elements = inputs.elements {
      inputs.setElements(
        elements.map { input in
          input["arg"].map { input.replacing(["arg"], with: $0.renamed(names)) } ?? input
        })
      node.set("inputs", inputs)
    }
    if let outputs = node["outputs"] { node.set("outputs", outputs.renamed(names)) }
    if let name = node["name"]?.string, let other = names[name] { node.set("name", .string(other)) }
    return node
  }

  /// The same text with other names of values, wherever a value stands in it.
  private func renamed(_ names: [String: String]) -> JSONText {
    switch content {
    case .scalar: return self
    case .array(let elements, let empty):
      return JSONText(.array(elements.map { $0.renamed(names) }, empty: empty), before: before, after: after)
    case .object(let members, let empty):
      let renamed = members.map { member -> Member in
        var member = member
        if ["name", "as_name"].contains(member.name), let name = member.value.string {
          if let other = names[name] { member.value.content = JSONText.string(other).content }
        } else {
          member.value = member.value.renamed(names)
        }
        return member
      }
      return JSONText(.object(renamed, empty: empty), before: before, after: after)
    }
  }
}
