/// The text of an edited symbol: that of the original, with what differs put in its place.
struct SymbolText {
  private let symbol: Symbol
  private let items: [Int: SymbolItem]
  private let order: [Int]
  /// Numbers in the text by keys.
  private let numbers: [Int: Int]

  init(of symbol: Symbol, _ items: [Int: SymbolItem], order: [Int]) {
    (self.symbol, self.items, self.order) = (symbol, items, order)
    numbers = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private var isRenumbered: Bool { order != Array(symbol.nodes.indices) }

  func text() -> JSONText {
    var result = symbol.text
    guard let elements = result["nodes"]?.elements else { return result }
    var nodes: [JSONText] = []
    for key in order {
      guard let item = items[key] else { continue }
      nodes.append(
        item.isNew || !elements.indices.contains(key)
          ? made(item.node, like: elements[0]) : edited(elements[key], item.node, was: symbol.nodes[key]))
    }
    var list = result["nodes"]!
    if isRenumbered {
      list.setElements(nodes)
    } else if case .array(_, let empty) = list.content {
      list.content = .array(nodes, empty: empty)
    }
    result.set("nodes", list)
    if isRenumbered { renumber(&result, elements) }
    return result
  }

  private func edited(_ text: JSONText, _ node: Symbol.Node, was: Symbol.Node) -> JSONText {
    var result = text
    if node.op != was.op { result.set("op", .string(node.op)) }
    for name in Set(was.attributes.keys).subtracting(node.attributes.keys) {
      Self.remove(name, from: &result)
    }
    for (name, value) in node.attributes.sorted(by: { $0.key < $1.key }) where was.attributes[name] != value {
      Self.set(name, value, in: &result)
    }
    guard isRenumbered || node.inputs != was.inputs, var inputs = result["inputs"],
      let elements = inputs.elements
    else { return result }
    inputs.setElements(
      node.inputs.enumerated().map { position, entry in
        reference(entry, like: elements.indices.contains(position) ? elements[position] : elements.first)
      })
    result.set("inputs", inputs)
    return result
  }

  /// A reference with as many numbers as another one; the third, a version, stays.
  private func reference(_ entry: Symbol.Entry, like text: JSONText?) -> JSONText {
    let version = text?.elements.map { $0.count > 2 ? [$0[2].integer ?? 0] : [] } ?? [0]
    var result = text ?? JSONText.line([0, 0, 0])
    let line = JSONText.line([numbers[entry.node] ?? 0, entry.output] + version)
    result.setElements(line.elements ?? [])
    return result
  }

  private func renumber(_ text: inout JSONText, _ elements: [JSONText]) {
    if var list = text["arg_nodes"] {
      list.setElements(
        order.indices.filter { items[order[$0]]?.node.isVariable ?? false }.map(JSONText.number))
      text.set("arg_nodes", list)
    }
    if var list = text["node_row_ptr"], let ends = list.elements?.map({ $0.integer ?? 0 }),
      ends.count == elements.count + 1
    {
      let counts = order.map { key in
        elements.indices.contains(key) && items[key]?.isNew == false ? ends[key + 1] - ends[key] : 1
      }
      list.setElements(counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }.map(JSONText.number))
      text.set("node_row_ptr", list)
    }
    if var list = text["heads"], let heads = list.elements {
      list.setElements(zip(symbol.heads, heads).map { reference($0, like: $1) })
      text.set("heads", list)
    }
  }

  // MARK: Attributes

  /// Changes an attribute where it stands, or adds it where the others do.
  private static func set(_ name: String, _ value: String, in text: inout JSONText) {
    let present = Symbol.attributeMembers.filter { text[$0] != nil }
    guard let member = present.last(where: { text[$0]?[name] != nil }) ?? present.last,
      var list = text[member], case .object(var members, let empty) = list.content
    else { return insertAttributes([name: value], in: &text) }
    if let index = members.firstIndex(where: { $0.name == name }) {
      members[index].value.content = JSONText.string(value).content
    } else {
      var added = JSONText.Member(name, .string(value))
      if let last = members.last {
        added.before = members.count > 1 ? last.before : " "
        added.value.after = last.value.after
        members[members.count - 1].value.after = ""
      }
      members.append(added)
    }
    list.content = .object(members, empty: empty)
    text.set(member, list)
  }

  private static func remove(_ name: String, from text: inout JSONText) {
    for member in Symbol.attributeMembers {
      guard var list = text[member], case .object(var members, let empty) = list.content,
        let index = members.firstIndex(where: { $0.name == name })
      else { continue }
      let gone = members.remove(at: index)
      if index == 0, !members.isEmpty { members[0].before = gone.before }
      if index == members.count, !members.isEmpty { members[index - 1].value.after = gone.value.after }
      list.content = .object(members, empty: empty)
      text.set(member, list)
    }
  }

  private static func insertAttributes(_ attributes: [String: String], in text: inout JSONText) {
    guard case .object(var members, let empty) = text.content, members.count > 1 else { return }
    let spaces = members[1].before
    var added = JSONText.Member("attrs", object(attributes, spaces: spaces))
    added.before = spaces
    members.insert(added, at: min(2, members.count - 1))
    text.content = .object(members, empty: empty)
  }

  /// One attribute stands in one line, several in one each, as MXNet writes them.
  private static func object(_ attributes: [String: String], spaces: String) -> JSONText {
    let isOne = attributes.count < 2 || !spaces.contains("\n")
    // Behind a comma MXNet writes a space, then the line ends.
    let line = String(spaces.drop { $0 == " " })
    var members: [JSONText.Member] = []
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      var member = JSONText.Member(name, .string(value))
      member.before = members.isEmpty ? (isOne ? "" : line + "  ") : (isOne ? " " : spaces + "  ")
      members.append(member)
    }
    if !isOne { members[members.count - 1].value.after = line }
    return JSONText(.object(members, empty: ""))
  }

  /// A node in the spaces that another one has.
  private func made(_ node: Symbol.Node, like template: JSONText) -> JSONText {
    guard let pattern = template.members, pattern.count > 1 else { return template }
    var members = [
      JSONText.Member("op", .string(node.op)), JSONText.Member("name", .string(node.name)),
      JSONText.Member(
        "inputs",
        JSONText(
          .array(
            node.inputs.enumerated().map { position, entry in
              var result = reference(entry, like: nil)
              result.before = position == 0 ? "" : " "
              return result
            }, empty: ""))),
    ]
    if !node.attributes.isEmpty {
      members.insert(
        JSONText.Member("attrs", Self.object(node.attributes, spaces: pattern[1].before)), at: 2)
    }
    for index in members.indices { members[index].before = pattern[index == 0 ? 0 : 1].before }
    members[members.count - 1].value.after = pattern[pattern.count - 1].value.after
    return JSONText(.object(members, empty: ""))
  }
}
