import Foundation

/// The operators of a model as `PREFIX-symbol.json` has them.
///
/// nnvm's `SaveJSON`. Older spellings are read too: `param` and `attr` for `attrs`, inputs of two numbers,
/// `backward_source_id`.
struct Symbol: Sendable {
  /// One output of a node.
  struct Entry: Sendable, Hashable {
    /// The number of the node.
    var node: Int
    /// The number of its output.
    var output: Int
  }

  /// An operator, or a variable, whose operator is called `null`.
  struct Node: Sendable, Hashable {
    var op: String
    var name: String
    /// What the text says of it, whatever the member is called that says it.
    var attributes: [String: String]
    var inputs: [Entry]

    var isVariable: Bool { op == "null" }
  }

  /// The nodes, each behind those that it reads.
  let nodes: [Node]
  /// What the network computes.
  let heads: [Entry]
  /// The text that says so.
  let text: JSONText

  /// The members of a node that hold attributes; what a later one says counts.
  static let attributeMembers = ["attr", "attrs", "param"]

  /// Reads a file.
  ///
  /// - Parameter file: what errors call it.
  /// - Throws: `FormatError.malformedSymbol`.
  init(_ data: Data, file: String) throws {
    do {
      text = try JSONText(data)
    } catch {
      throw FormatError.malformedSymbol(file: file, line: error.line, problem: error.problem)
    }
    func malformed(_ problem: String) -> FormatError {
      .malformedSymbol(file: file, line: nil, problem: problem)
    }
    guard let list = text["nodes"]?.elements else { throw malformed("it has no list of nodes") }
    var nodes: [Node] = []
    for (number, element) in list.enumerated() {
      guard let op = element["op"]?.string, let name = element["name"]?.string else {
        throw malformed("node \(number) has no operator or no name")
      }
      var attributes: [String: String] = [:]
      for member in Self.attributeMembers {
        for attribute in element[member]?.members ?? [] {
          guard let value = attribute.value.string else {
            throw malformed("the attribute \(attribute.name) of the node \(name) is not a string")
          }
          attributes[attribute.name] = value
        }
      }
      var inputs: [Entry] = []
      for input in element["inputs"]?.elements ?? [] {
        guard let entry = Entry(input), entry.node < number else {
          throw malformed("the node \(name) reads something that does not stand before it")
        }
        inputs.append(entry)
      }
      nodes.append(Node(op: op, name: name, attributes: attributes, inputs: inputs))
    }
    var heads: [Entry] = []
    for head in text["heads"]?.elements ?? [] {
      guard let entry = Entry(head), entry.node < nodes.count else {
        throw malformed("its heads name a node that it does not have")
      }
      heads.append(entry)
    }
    guard !heads.isEmpty else { throw malformed("it has no heads, so nothing is computed") }
    self.nodes = nodes
    self.heads = heads
  }

  /// The nodes that the heads are computed from.
  var reachable: Set<Int> {
    var found = Set(heads.map(\.node))
    for number in nodes.indices.reversed() where found.contains(number) {
      found.formUnion(nodes[number].inputs.map(\.node))
    }
    return found
  }
}

extension Symbol.Entry {
  /// `[node, output]` or `[node, output, version]`.
  fileprivate init?(_ text: JSONText) {
    guard let numbers = text.elements?.map(\.integer), (1...3).contains(numbers.count), let node = numbers[0],
      node >= 0
    else { return nil }
    let output = numbers.count > 1 ? numbers[1] : 0
    guard let output, 0..<4096 ~= output else { return nil }
    self.init(node: node, output: output)
  }
}
