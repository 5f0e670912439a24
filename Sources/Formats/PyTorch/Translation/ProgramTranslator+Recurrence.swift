import Graph

/// Recurrent layers, a node for each layer of a stack.
extension ProgramTranslator {
  mutating func recurrence() throws -> [ValueID?]? {
    guard call.variant == "input" else { return nil }
    switch call.op {
    case "lstm": return try stack(RecurrentForm(op: "LSTM", order: [0, 3, 1, 2]))
    case "gru": return try stack(RecurrentForm(op: "GRU", order: [1, 0, 2]))
    case "rnn_tanh": return try stack(RecurrentForm(op: "RNN", order: [0]))
    case "rnn_relu": return try stack(RecurrentForm(op: "RNN", order: [0], activation: "Relu"))
    default: return nil
    }
  }

  /// An operator of ONNX, and where PyTorch has the gates that it has in its own order.
  private struct RecurrentForm {
    let op: String
    let order: [Int]
    var activation: String?
  }

  private mutating func stack(_ form: RecurrentForm) throws -> [ValueID?] {
    let data = try tensor("input")
    let states =
      try call.node["hx"].map { argument -> [ValueID?] in
        if case .tensor = argument { return [try tensor("hx")] }
        return try tensors("hx")
      } ?? []
    let parameters = try tensors("params").compactMap { $0 }
    let (layers, isBoth) = (try call.int("num_layers", 1), try call.bool("bidirectional", false))
    let batchFirst = try call.bool("batch_first", false)
    let (directions, perDirection) = (isBoth ? 2 : 1, try call.bool("has_biases", true) ? 4 : 2)
    // More weights than these are those of a projection.
    guard try rank(data) == 3, (1...64).contains(layers),
      parameters.count == layers * directions * perDirection
    else { throw Untranslated() }
    var value = batchFirst ? one("Transpose", [data], ["perm": .ints([1, 0, 2])], step: "steps_first") : data
    var ends = [[ValueID]](repeating: [], count: form.op == "LSTM" ? 2 : 1)
    for layer in 0..<layers {
      let first = layer * directions * perDirection
      let own = Array(parameters[first..<first + directions * perDirection])
      let outputs = try self.layer(
        form, value, own, states: try states.map { try state($0, layer: layer, of: layers, directions) },
        isBoth: isBoth, name: "layer\(layer)")
      for (number, end) in outputs.dropFirst().enumerated() { ends[number].append(end) }
      let isLast = layer == layers - 1 && !batchFirst
      value = merged(outputs[0], directions, step: isLast ? nil : "merged\(layer)")
    }
    if batchFirst { value = one("Transpose", [value], ["perm": .ints([1, 0, 2])]) }
    let last = call.names.dropFirst().enumerated().map { number, name -> ValueID? in
      guard isRead(name), ends.indices.contains(number) else { return nil }
      return ends[number].count == 1
        ? many("Identity", [ends[number][0]], names: [name])[0]
        : many("Concat", ends[number], ["axis": .int(0)], names: [name])[0]
    }
    return [value] + last
  }

  /// The state that a layer begins with; `nil` for zeros, with which it begins anyway.
  private mutating func state(
    _ value: ValueID?, layer: Int, of layers: Int, _ directions: Int
  ) throws -> ValueID? {
    guard let value, fill(value) != 0 else { return nil }
    if layers == 1 { return value }
    return sliced(value, 0, layer * directions, (layer + 1) * directions, step: "state\(layer)")
  }

  /// Y [T, D, N, H], and the last states [D, N, H].
  private mutating func layer(
    _ form: RecurrentForm, _ data: ValueID, _ parameters: [ValueID], states: [ValueID?], isBoth: Bool,
    name: String
  ) throws -> [ValueID] {
    let directions = isBoth ? 2 : 1
    let each = parameters.count / directions
    guard let hidden = try shape(parameters[1]).last ?? nil, hidden > 0 else { throw Untranslated() }
    func weights(_ index: Int, _ translator: inout ProgramTranslator) -> [ValueID] {
      (0..<directions).map { direction in
        translator.gates(
          parameters[direction * each + index], form.order, hidden, "\(name)_\(direction)_\(index)")
      }
    }
    func raised(_ values: [ValueID], _ what: String, _ translator: inout ProgramTranslator) -> ValueID {
      let rows = values.map {
        translator.one("Unsqueeze", [$0, translator.integers("axes", [0])], step: "\(name)_\(what)")
      }
      return rows.count == 1
        ? rows[0] : translator.one("Concat", rows, ["axis": .int(0)], step: "\(name)_\(what)s")
    }
    let input = raised(weights(0, &self), "input", &self)
    let recurrent = raised(weights(1, &self), "recurrent", &self)
    var bias: ValueID?
    if each == 4 {
      let (first, second) = (weights(2, &self), weights(3, &self))
      let both = zip(first, second).map { one("Concat", [$0, $1], ["axis": .int(0)], step: "\(name)_both") }
      bias = raised(both, "bias", &self)
    }
    var attributes: [String: Attribute] = [
      "hidden_size": .int(hidden), "direction": .string(isBoth ? "bidirectional" : "forward"),
    ]
    if form.op == "GRU" { attributes["linear_before_reset"] = .int(1) }
    if let activation = form.activation {
      attributes["activations"] = .strings([String](repeating: activation, count: directions))
    }
    var inputs: [ValueID?] = [data, input, recurrent, bias, nil] + states
    while inputs.last == .some(nil) { inputs.removeLast() }
    return steps(
      form.op, inputs, attributes,
      names: (form.op == "LSTM" ? ["y", "h", "c"] : ["y", "h"]).map { "\(name)_\($0)" })
  }

  /// A weight with its gates in the order of ONNX.
  private mutating func gates(_ weight: ValueID, _ order: [Int], _ hidden: Int, _ name: String) -> ValueID {
    if order.count == 1 { return weight }
    let parts = order.map { gate in
      sliced(weight, 0, gate * hidden, (gate + 1) * hidden, step: "\(name)_gate\(gate)")
    }
    return one("Concat", parts, ["axis": .int(0)], step: "\(name)_gates")
  }

  /// [T, D, N, H] as [T, N, D · H].
  private mutating func merged(_ value: ValueID, _ directions: Int, step: String?) -> ValueID {
    if directions == 1 { return one("Squeeze", [value, integers("axes", [1])], step: step) }
    let moved = one("Transpose", [value], ["perm": .ints([0, 2, 1, 3])], step: "moved")
    return one("Reshape", [moved, integers("shape", [0, 0, -1])], step: step)
  }
}
