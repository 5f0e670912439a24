/// `LSTM`, `GRU` and `RNN`: gates computed step after step of a sequence.
///
/// https://onnx.ai/onnx/operators/onnx__LSTM.html
package struct RecurrentShape: Sendable, Hashable {
  /// Which of the three operators.
  package enum Cell: String, Sendable {
    /// By the names of ONNX.
    case LSTM, GRU, RNN
  }

  /// The operator.
  package let cell: Cell
  /// Steps of the longest sequence, examples, features of the input and hidden units.
  package let steps, batch, features, hidden: Int
  /// Whether each direction runs from the last step to the first.
  package let isReverse: [Bool]
  /// Whether the batch comes before the steps (`layout` 1).
  package let batchFirst: Bool

  /// 1 or 2.
  package var directions: Int { isReverse.count }
  /// Blocks of hidden units in weights: `LSTM` input, output, forget, cell; `GRU` update, reset, hidden.
  package var gates: Int {
    switch cell {
    case .LSTM: 4
    case .GRU: 3
    case .RNN: 1
    }
  }
}

extension OperatorCall {
  /// The extents of a recurrent node, its operands checked against them.
  package func recurrentShape() throws -> RecurrentShape {
    guard let cell = RecurrentShape.Cell(rawValue: node.op) else { throw invalid("it is not recurrent") }
    let (x, recurrence) = (try shape(0), try shape(2))
    guard x.count == 3, recurrence.count == 3 else {
      throw invalid("its input has the shape \(x.shapeText), its recurrence \(recurrence.shapeText)")
    }
    let directions: [Bool]
    switch string("direction", default: "forward") {
    case "forward": directions = [false]
    case "reverse": directions = [true]
    case "bidirectional": directions = [false, true]
    case let other: throw invalid("its direction is \(other)")
    }
    let batchFirst = int("layout", default: 0) != 0
    let result = RecurrentShape(
      cell: cell, steps: x[batchFirst ? 1 : 0], batch: x[batchFirst ? 0 : 1], features: x[2],
      hidden: recurrence[2], isReverse: directions, batchFirst: batchFirst)
    let (d, h, b) = (result.directions, result.hidden, result.batch)
    let state = batchFirst ? [b, d, h] : [d, b, h]
    var expected = [
      1: [d, result.gates * h, x[2]], 2: [d, result.gates * h, h], 3: [d, 2 * result.gates * h], 4: [b],
      5: state,
    ]
    if cell == .LSTM {
      expected[6] = state
      expected[7] = [d, 3 * h]
    }
    for (number, shape) in expected.sorted(by: { $0.key < $1.key }) where number <= 2 || has(number) {
      guard try self.shape(number) == shape else {
        throw invalid(
          "its input \(number) has the shape \(try self.shape(number).shapeText) instead of \(shape.shapeText)"
        )
      }
    }
    guard int("hidden_size", default: h) == h else {
      throw invalid("its hidden_size is \(int("hidden_size", default: h)), its recurrence has \(h)")
    }
    return result
  }
}

/// The rule of `LSTM`, `GRU` and `RNN`.
struct RecurrentRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1, 2, 3, 7] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let shape = try call.recurrentShape()
    let type = try call.input(0).elementType
    let (t, d, b, h) = (shape.steps, shape.directions, shape.batch, shape.hidden)
    let sequence = TensorSpec(type, shape.batchFirst ? [b, t, d, h] : [t, d, b, h])
    let state = TensorSpec(type, shape.batchFirst ? [b, d, h] : [d, b, h])
    let all = [sequence, state, state]
    return Array(all.prefix(min(call.node.outputs.count, shape.cell == .LSTM ? 3 : 2)))
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let shape = try call.recurrentShape()
    let (step, example) = shape.batchFirst ? (1, 0) : (0, 1)
    var batch: [AxisReference] = [.input(0, axis: example)]
    var hidden: [AxisReference] = [.input(1, axis: 1), .input(2, axis: 1), .input(2, axis: 2)]
    if call.has(3) { hidden.append(.input(3, axis: 1)) }
    if call.has(4) { batch.append(.input(4, axis: 0)) }
    for number in 5...6 where call.has(number) {
      batch.append(.input(number, axis: example))
      hidden.append(.input(number, axis: 2))
    }
    if call.has(7) { hidden.append(.input(7, axis: 1)) }
    for number in outputs.indices {
      batch.append(.output(number, axis: number == 0 && !shape.batchFirst ? 2 : example))
      hidden.append(.output(number, axis: number == 0 ? 3 : 2))
    }
    return [
      .contracted([.input(0, axis: 2), .input(1, axis: 2)]), .same(batch),
      .frozen([.input(0, axis: step)], reason: "it goes through them one after another"),
      .frozen(hidden, reason: "its hidden units feed back into each other through all of its gates"),
    ]
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    guard let shape = try? call.recurrentShape() else { return 0 }
    return [
      shape.steps, shape.batch, shape.directions, shape.gates, shape.hidden, shape.features + shape.hidden,
    ]
    .elementCount
  }
}

extension OperatorTable {
  static let algebra: [String: any OperatorRule] = [
    "Einsum": EinsumRule(), "LSTM": RecurrentRule(), "GRU": RecurrentRule(), "RNN": RecurrentRule(),
  ]
}
