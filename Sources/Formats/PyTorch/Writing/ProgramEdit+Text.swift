import Foundation
import Graph

/// The text of an edited program.
extension ProgramEdit {
  /// The program's text with the changes, or as it was where there are none.
  func text() -> JSONText {
    let path = ExportedProgram.graphPath
    guard var graph = program.text["graph_module"]?["graph"] else { return program.text }
    let user = program.sources.firstIndex(of: .user) ?? program.sources.count
    var result = program.text
    let gone = Set(goneInputs)
    if !newInputs.isEmpty || !gone.isEmpty {
      graph = graph.replacing(["inputs"]) {
        renewed(
          $0, without: gone, adding: newInputs.compactMap { ProgramArgument.tensor($0.name).text }, at: user)
      }
      result = result.replacing(["graph_module", "signature", "input_specs"]) {
        renewed($0, without: gone, adding: newInputs.map(\.spec), at: user)
      }
    }
    let nodes = items.enumerated().flatMap { number, item in
      item.before.map { $0.edited(from: nil) }
        + [item.node?.edited(from: program.nodes[number])].compactMap { $0 }
        + item.after.map { $0.edited(from: nil) }
    }
    graph = graph.replacing(["nodes"], with: respaced(nodes, like: graph["nodes"]))
    graph = graph.replacing(["tensor_values"], with: tensorValues(graph["tensor_values"]))
    graph = graph.replacing(["sym_int_values"], with: integerValues(graph["sym_int_values"]))
    return result.replacing(path, with: graph)
  }

  /// A list without what stood at some places, and with new elements before the one at another.
  private func renewed(
    _ list: JSONText, without gone: Set<Int>, adding new: [JSONText], at index: Int
  ) -> JSONText {
    let elements = list.elements ?? []
    func left(_ range: Range<Int>) -> [JSONText] {
      range.filter { !gone.contains($0) }.map { elements[$0] }
    }
    let place = min(index, elements.count)
    return respaced(left(0..<place) + new + left(place..<elements.count), like: list)
  }

  /// A list with the spaces that another one has between its elements.
  private func respaced(_ elements: [JSONText], like list: JSONText?) -> JSONText {
    guard var result = list else { return .spaced(elements) }
    result.setElements(elements)
    return result
  }

  /// What is said of names, an object's members, with those left out that are no longer made.
  ///
  /// - Parameter renewed: what is said of a name's value now; `nil` for the same.
  /// - Returns: `nil` where the text is no object.
  private func renewedMembers(
    of text: JSONText?, _ renewed: (_ name: String, ValueID, _ old: JSONText) -> JSONText?
  ) -> JSONText? {
    guard let text, case .object(let members, let empty) = text.content else { return nil }
    let gone = goneNames
    let left = members.filter { !gone.contains($0.name) }.map { member in
      var member = member
      if let value = translation.values[member.name],
        let now = renewed(member.name, value, member.value)
      {
        member.value.content = now.content
      }
      return member
    }
    return JSONText(.object(left, empty: empty), before: text.before, after: text.after)
  }

  // MARK: Tensors

  private func tensorValues(_ text: JSONText?) -> JSONText {
    let members = renewedMembers(of: text) { name, value, old in
      program.tensors[name].map { renewed(old, $0, value) }
    }
    guard let text, var edited = members else { return .spaced([(String, JSONText)]()) }
    for (name, value, like) in newNames {
      guard let meta = program.tensors[like], let old = text[like] else { continue }
      // The text speaks of the value that had the name.
      let own = translation.values[like] ?? value
      edited = edited.adding(name, renewed(old, meta, own, now: value))
    }
    for input in newInputs {
      guard let pattern = text.members?.first?.value else { continue }
      edited = edited.adding(
        input.name, pattern.describing(input.tensor, requiresGradient: input.isParameter))
    }
    return edited
  }

  /// What is said of a tensor, with the extents that it has now.
  private func renewed(
    _ text: JSONText, _ meta: ExportedProgram.TensorMeta, _ value: ValueID, now: ValueID? = nil
  ) -> JSONText {
    let before = bindings.map { $0.before.shape(of: value) }
    let after = bindings.map { $0.after.shape(of: now ?? value) }
    guard let was = before[0], let own = after[0], after != before, was.count == own.count,
      was.count == meta.sizes.count,
      after.allSatisfy({ $0?.count == own.count }), before.allSatisfy({ $0?.count == own.count })
    else { return text }
    let extents = own.indices.map { axis -> Size in
      let (old, new) = (before.map { $0![axis] }, after.map { $0![axis] })
      if old == new, let expression = meta.sizes[axis].expression { return Size(own[axis], [expression]) }
      return Size(own[axis], old: old, new: new, expression: meta.sizes[axis].expression)
    }
    var strides = meta.strides.map { Size($0.hint ?? 1, $0.expression.map { [$0] } ?? []) }
    if strides.count == own.count {
      var step = Size(1, [])
      for axis in own.indices.sorted(by: { (strides[$0].hint, -$0) < (strides[$1].hint, -$1) })
      where strides[axis].hint != 0 || was[axis] == 1 {
        strides[axis] = step
        step = step.times(extents[axis])
      }
    }
    return text.replacing(["sizes"], with: .spaced(extents.map(\.text)))
      .replacing(["strides"], with: .spaced(strides.map(\.text)))
  }

  /// A size in a text: a product of a number and of expressions.
  private struct Size {
    var number: Int
    var expressions: [String]
    /// What it is at the sizes that the program was exported with.
    var hint: Int

    init(_ hint: Int, _ expressions: [String]) {
      (self.hint, self.expressions) = (hint, expressions)
      number = expressions.isEmpty ? hint : 1
    }

    /// A size that changes: a number, or the expression in proportion.
    init(_ hint: Int, old: [Int], new: [Int], expression: String?) {
      self.init(hint, [])
      guard let expression, new.contains(where: { $0 != new[0] }), old[0] > 0 else { return }
      var (a, b) = (new[0], old[0])
      while b != 0 { (a, b) = (b, a % b) }
      let (factor, divisor) = (new[0] / max(1, a), old[0] / max(1, a))
      let product = factor == 1 ? expression : "Mul(Integer(\(factor)), \(expression))"
      (number, expressions) = (1, [divisor == 1 ? product : "FloorDiv(\(product), Integer(\(divisor)))"])
    }

    func times(_ other: Size) -> Size {
      var result = self
      result.number = number.times(other.number)
      result.hint = hint.times(other.hint)
      result.expressions += other.expressions
      return result
    }

    var text: JSONText {
      if expressions.isEmpty { return .spaced([("as_int", .number(number))]) }
      let factors = (number == 1 ? [] : ["Integer(\(number))"]) + expressions
      let product = factors.count == 1 ? factors[0] : "Mul(\(factors.joined(separator: ", ")))"
      return JSONText.expression(product, hint: hint)
    }
  }

  // MARK: Whole numbers

  private func integerValues(_ text: JSONText?) -> JSONText {
    let members = renewedMembers(of: text) { _, value, old in
      guard let expression = old["as_expr"]?["expr_str"]?.string else { return nil }
      let before = bindings.compactMap { $0.before.constant(of: value)?.integers.first }
      let after = bindings.compactMap { $0.after.constant(of: value)?.integers.first }
      guard before != after, before.count == bindings.count, after.count == bindings.count else { return nil }
      return Size(after[0], old: before, new: after, expression: expression).text
    }
    guard var edited = members else { return .spaced([(String, JSONText)]()) }
    for integer in newIntegers {
      edited = edited.adding(integer.name, .expression(integer.expression, hint: integer.hint))
    }
    return edited
  }
}

extension ProgramEdit.NewInput {
  var isParameter: Bool { source.isParameter }

  /// The name that the archive has for it.
  var payload: String { source.payload ?? name }

  /// What the signature says of it.
  var spec: JSONText {
    let argument = ("arg", JSONText.spaced([("name", .string(name))]))
    return switch source {
    case .parameter(let path):
      .spaced([("parameter", .spaced([argument, ("parameter_name", .string(path))]))])
    case .buffer(let path):
      .spaced([
        (
          "buffer",
          .spaced([argument, ("buffer_name", .string(path)), ("persistent", JSONText(.scalar("true")))])
        )
      ])
    case .constant(let path):
      .spaced([("tensor_constant", .spaced([argument, ("tensor_constant_name", .string(path))]))])
    case .user, .other: .spaced([(String, JSONText)]())
    }
  }
}

extension ExportedProgram.Node {
  /// The node's text, with what differs from an earlier form of it changed.
  ///
  /// - Parameter old: as the text says it; `nil` for a node that no file has.
  func edited(from old: ExportedProgram.Node?) -> JSONText {
    if old == self { return text }
    var result = text
    if let old, old.target != target { result = result.replacing(["target"], with: .string(target)) }
    let elements = text["inputs"]?.elements ?? []
    let isOwn = old == nil || old?.target != target
    let inputs = self.inputs.map { input -> JSONText in
      if let index = old?.inputs.firstIndex(where: { $0.name == input.name }),
        elements.indices.contains(index)
      {
        if old?.inputs[index].argument == input.argument { return elements[index] }
        return input.argument.text.map { elements[index].replacing(["arg"], with: $0) } ?? elements[index]
      }
      return .spaced([
        ("name", .string(input.name)),
        ("arg", input.argument.text ?? .spaced([("as_none", JSONText(.scalar("true")))])),
        // By its place in an operator of its own, by its name behind what was there.
        ("kind", .number(isOwn ? 1 : 2)),
      ])
    }
    if var list = result["inputs"] {
      list.setElements(inputs)
      result = result.replacing(["inputs"], with: list)
    }
    guard let old, old.outputs != outputs, var list = result["outputs"] else { return result }
    list.setElements(
      zip(list.elements ?? [], outputs).map { element, output in
        output.text.map { JSONText($0.content, before: element.before, after: element.after) } ?? element
      })
    result = result.replacing(["outputs"], with: list)
    if let name = result["name"]?.string, let index = old.names.firstIndex(of: name),
      names.indices.contains(index)
    {
      result = result.replacing(["name"], with: .string(names[index]))
    }
    return result
  }
}

extension JSONText {
  /// A size that follows from others.
  static func expression(_ text: String, hint: Int) -> JSONText {
    .spaced([
      (
        "as_expr",
        .spaced([("expr_str", .string(text)), ("hint", .spaced([("as_int", .number(hint))]))])
      )
    ])
  }

  /// What is said of a tensor, for another one.
  func describing(_ tensor: Tensor, requiresGradient: Bool, strides: [Int]? = nil) -> JSONText {
    func list(_ numbers: [Int]) -> JSONText {
      .spaced(numbers.map { JSONText.spaced([("as_int", .number($0))]) })
    }
    return replacing(["dtype"], with: .number(tensor.elementType.scalarType))
      .replacing(["sizes"], with: list(tensor.shape))
      .replacing(["strides"], with: list(strides ?? tensor.shape.denseStrides))
      .replacing(["storage_offset"], with: .spaced([("as_int", .number(0))]))
      .replacing(["requires_grad"], with: JSONText(.scalar(requiresGradient ? "true" : "false")))
  }
}
