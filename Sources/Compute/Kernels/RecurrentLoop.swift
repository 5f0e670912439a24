import Graph

/// The recurrence of one example in one direction, on plain buffers whose extents the rule has checked.
struct RecurrentLoop {
  let shape: RecurrentShape
  let activations: [RecurrentActivation]
  /// Gates are cut to ± this before their activations.
  let clip: Float
  /// `LSTM`: the forget gate is one minus the input gate.
  let couplesForget: Bool
  /// `GRU`: the reset gate multiplies the product with the recurrent weights, not the state before it.
  let resetsAfter: Bool

  private var h: Int { shape.hidden }
  private var rows: Int { shape.gates * shape.hidden }

  /// Steps of example b, whatever the data say.
  private func length(_ b: Int, _ operands: RecurrentOperands) -> Int {
    guard let lengths = operands.lengths, lengths[b].isFinite else { return shape.steps }
    return max(0, min(shape.steps, Int(max(-1, min(1e9, lengths[b])))))
  }

  /// The time of a direction's step: from the end of the sequence where it runs backwards.
  private func time(_ step: Int, of length: Int, _ d: Int) -> Int {
    shape.isReverse[d] ? length - 1 - step : step
  }

  private func gatesOffset(_ t: Int, _ d: Int, _ b: Int) -> Int {
    ((t * shape.batch + b) * shape.directions + d) * rows
  }

  private func stateOffset(_ t: Int, _ d: Int, _ b: Int) -> Int {
    ((t * shape.directions + d) * shape.batch + b) * h
  }

  private func clipped(_ x: Float) -> Float { max(-clip, min(clip, x)) }

  private func activation(_ d: Int, _ index: Int) -> RecurrentActivation {
    activations[d * (activations.count / shape.directions) + index]
  }

  /// Adds factor · row to target.
  private func add(
    _ factor: Float, _ row: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for i in 0..<count { target[i] += factor * row[i] }
  }

  // MARK: Forward

  /// - Parameters:
  ///   - input: the input's share of the gates, as `RecurrentTape.gates`.
  ///   - recurrence: the recurrent weights [D, H, gates · H].
  func forward(
    _ d: Int, _ b: Int, _ input: UnsafePointer<Float>, _ recurrence: UnsafePointer<Float>,
    _ operands: RecurrentOperands, _ memory: RecurrentMemory
  ) {
    let length = length(b, operands)
    let state = (d * shape.batch + b) * h
    var hidden = operands.hidden.map { $0 + state }
    var cell = operands.cell.map { $0 + state }
    let matrix = recurrence + d * h * rows
    let bias = operands.bias.map { $0 + d * 2 * rows }
    let peepholes = operands.peepholes.map { $0 + d * 3 * h }
    for step in 0..<length {
      let t = time(step, of: length, d)
      let offset = gatesOffset(t, d, b)
      let gates = memory.gates + offset
      let index = stateOffset(t, d, b)
      gates.update(from: input + offset, count: rows)
      if let bias { add(1, bias, to: gates, rows) }
      // A GRU's hidden gate has a recurrent share of its own.
      let shared = shape.cell == .GRU ? 2 * h : rows
      if let bias { add(1, bias + rows, to: gates, shared) }
      if let hidden {
        for k in 0..<h { add(hidden[k], matrix + k * rows, to: gates, shared) }
      }
      let target = memory.hidden + index
      switch shape.cell {
      case .RNN: simple(d, gates, memory.activated + offset, target)
      case .LSTM:
        long(d, gates, memory.activated + offset, cell, peepholes, memory.cells + index, target)
      case .GRU:
        gated(
          d, gates, memory.activated + offset, hidden, matrix, bias.map { $0 + rows }, memory.reset + index,
          target)
      }
      hidden = UnsafePointer(target)
      cell = UnsafePointer(memory.cells + index)
    }
    for t in length..<max(length, shape.steps) {
      (memory.hidden + stateOffset(t, d, b)).update(repeating: 0, count: h)
    }
    finish(hidden, memory.lastHidden + state)
    finish(shape.cell == .LSTM ? cell : nil, memory.lastCell + state)
  }

  private func finish(_ state: UnsafePointer<Float>?, _ target: UnsafeMutablePointer<Float>) {
    for i in 0..<h { target[i] = state?[i] ?? 0 }
  }

  private func simple(
    _ d: Int, _ gates: UnsafeMutablePointer<Float>, _ activated: UnsafeMutablePointer<Float>,
    _ hidden: UnsafeMutablePointer<Float>
  ) {
    let f = activation(d, 0)
    for i in 0..<h {
      gates[i] = clipped(gates[i])
      activated[i] = f.value(gates[i])
      hidden[i] = activated[i]
    }
  }

  private func long(
    _ d: Int, _ gates: UnsafeMutablePointer<Float>, _ activated: UnsafeMutablePointer<Float>,
    _ before: UnsafePointer<Float>?, _ peepholes: UnsafePointer<Float>?, _ cell: UnsafeMutablePointer<Float>,
    _ hidden: UnsafeMutablePointer<Float>
  ) {
    let (f, g, k) = (activation(d, 0), activation(d, 1), activation(d, 2))
    for i in 0..<h {
      let old = before?[i] ?? 0
      let (input, output, forget, candidate) = (i, h + i, 2 * h + i, 3 * h + i)
      if let peepholes {
        gates[input] += peepholes[i] * old
        gates[forget] += peepholes[2 * h + i] * old
      }
      gates[input] = clipped(gates[input])
      activated[input] = f.value(gates[input])
      gates[forget] = clipped(gates[forget])
      activated[forget] = couplesForget ? 1 - activated[input] : f.value(gates[forget])
      gates[candidate] = clipped(gates[candidate])
      activated[candidate] = g.value(gates[candidate])
      cell[i] = activated[forget] * old + activated[input] * activated[candidate]
      if let peepholes { gates[output] += peepholes[h + i] * cell[i] }
      gates[output] = clipped(gates[output])
      activated[output] = f.value(gates[output])
      hidden[i] = activated[output] * k.value(cell[i])
    }
  }

  private func gated(
    _ d: Int, _ gates: UnsafeMutablePointer<Float>, _ activated: UnsafeMutablePointer<Float>,
    _ before: UnsafePointer<Float>?, _ matrix: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ reset: UnsafeMutablePointer<Float>, _ hidden: UnsafeMutablePointer<Float>
  ) {
    let (f, g) = (activation(d, 0), activation(d, 1))
    for i in 0..<2 * h {
      gates[i] = clipped(gates[i])
      activated[i] = f.value(gates[i])
    }
    let candidate = gates + 2 * h
    if resetsAfter {
      for i in 0..<h { reset[i] = bias?[2 * h + i] ?? 0 }
      if let before { for k in 0..<h { add(before[k], matrix + k * rows + 2 * h, to: reset, h) } }
      for i in 0..<h { candidate[i] += activated[h + i] * reset[i] }
    } else {
      for i in 0..<h {
        reset[i] = activated[h + i] * (before?[i] ?? 0)
        candidate[i] += bias?[2 * h + i] ?? 0
      }
      for k in 0..<h { add(reset[k], matrix + k * rows + 2 * h, to: candidate, h) }
    }
    for i in 0..<h {
      candidate[i] = clipped(candidate[i])
      activated[2 * h + i] = g.value(candidate[i])
      hidden[i] = (1 - activated[i]) * activated[2 * h + i] + activated[i] * (before?[i] ?? 0)
    }
  }

  // MARK: Backward

  /// The gradients of one example through all of its steps.
  ///
  /// - Parameters:
  ///   - matrix: the recurrent weights [D, gates · H, H].
  ///   - behind: the gradients of the sequence, the last hidden state and the last cell.
  ///   - targets: the gradients of the gates by their input and by their recurrence, then of the first states.
  func backward(
    _ d: Int, _ b: Int, _ matrix: UnsafePointer<Float>, _ operands: RecurrentOperands,
    _ memory: RecurrentMemory, _ behind: [UnsafePointer<Float>?], _ targets: [UnsafeMutablePointer<Float>]
  ) {
    let length = length(b, operands)
    let state = (d * shape.batch + b) * h
    let matrix = matrix + d * rows * h
    let (carry, cellCarry) = (targets[2] + state, targets[3] + state)
    for i in 0..<h {
      carry[i] = behind[1].map { $0[state + i] } ?? 0
      cellCarry[i] = behind[2].map { $0[state + i] } ?? 0
    }
    for t in length..<max(length, shape.steps) {
      (targets[0] + gatesOffset(t, d, b)).update(repeating: 0, count: rows)
      (targets[1] + gatesOffset(t, d, b)).update(repeating: 0, count: rows)
    }
    for step in (0..<length).reversed() {
      let t = time(step, of: length, d)
      let (offset, index) = (gatesOffset(t, d, b), stateOffset(t, d, b))
      let before = step > 0 ? stateOffset(time(step - 1, of: length, d), d, b) : nil
      let oldHidden = before.map { UnsafePointer(memory.hidden + $0) } ?? operands.hidden.map { $0 + state }
      let oldCell = before.map { UnsafePointer(memory.cells + $0) } ?? operands.cell.map { $0 + state }
      if let sequence = behind[0] { add(1, sequence + index, to: carry, h) }
      let moment = Moment(
        gates: memory.gates + offset, activated: memory.activated + offset, reset: memory.reset + index,
        cell: memory.cells + index, oldHidden: oldHidden, oldCell: oldCell, back: targets[0] + offset,
        backRecurrent: targets[1] + offset)
      switch shape.cell {
      case .RNN: simpleBack(d, moment, matrix, carry)
      case .LSTM: longBack(d, moment, matrix, operands.peepholes.map { $0 + d * 3 * h }, carry, cellCarry)
      case .GRU: gatedBack(d, moment, matrix, carry)
      }
    }
  }

  /// Where one step's numbers are.
  private struct Moment {
    let gates, activated, reset, cell: UnsafeMutablePointer<Float>
    let oldHidden, oldCell: UnsafePointer<Float>?
    let back, backRecurrent: UnsafeMutablePointer<Float>
  }

  /// The gradient before an activation: nothing passes where the gate was cut.
  private func before(_ f: RecurrentActivation, _ x: Float, _ y: Float, _ gradient: Float) -> Float {
    abs(x) >= clip ? 0 : gradient * f.slope(x, y)
  }

  private func simpleBack(
    _ d: Int, _ at: Moment, _ matrix: UnsafePointer<Float>, _ carry: UnsafeMutablePointer<Float>
  ) {
    let f = activation(d, 0)
    for i in 0..<h { at.back[i] = before(f, at.gates[i], at.activated[i], carry[i]) }
    passBack(at, matrix, carry)
  }

  /// The gradient of the state before from that of all gates.
  private func passBack(_ at: Moment, _ matrix: UnsafePointer<Float>, _ carry: UnsafeMutablePointer<Float>) {
    at.backRecurrent.update(from: at.back, count: rows)
    carry.update(repeating: 0, count: h)
    for row in 0..<rows { add(at.back[row], matrix + row * h, to: carry, h) }
  }

  private func longBack(
    _ d: Int, _ at: Moment, _ matrix: UnsafePointer<Float>, _ peepholes: UnsafePointer<Float>?,
    _ carry: UnsafeMutablePointer<Float>, _ cellCarry: UnsafeMutablePointer<Float>
  ) {
    let (f, g, k) = (activation(d, 0), activation(d, 1), activation(d, 2))
    for i in 0..<h {
      let (input, output, forget, candidate) = (i, h + i, 2 * h + i, 3 * h + i)
      let (cell, old) = (at.cell[i], at.oldCell?[i] ?? 0)
      let bent = k.value(cell)
      at.back[output] = before(f, at.gates[output], at.activated[output], carry[i] * bent)
      var change = cellCarry[i] + carry[i] * at.activated[output] * k.slope(cell, bent)
      if let peepholes { change += peepholes[h + i] * at.back[output] }
      var byInput = change * at.activated[candidate]
      if couplesForget { byInput -= change * old }
      at.back[input] = before(f, at.gates[input], at.activated[input], byInput)
      at.back[forget] =
        couplesForget ? 0 : before(f, at.gates[forget], at.activated[forget], change * old)
      at.back[candidate] = before(
        g, at.gates[candidate], at.activated[candidate], change * at.activated[input])
      cellCarry[i] = change * at.activated[forget]
      if let peepholes {
        cellCarry[i] += peepholes[i] * at.back[input] + peepholes[2 * h + i] * at.back[forget]
      }
    }
    passBack(at, matrix, carry)
  }

  private func gatedBack(
    _ d: Int, _ at: Moment, _ matrix: UnsafePointer<Float>, _ carry: UnsafeMutablePointer<Float>
  ) {
    let (f, g) = (activation(d, 0), activation(d, 1))
    let (update, candidate) = (at.activated, at.activated + 2 * h)
    let through = UnsafeMutablePointer<Float>.allocate(capacity: 2 * h)
    defer { through.deallocate() }
    // The gradient by the state before: directly, and through the reset one.
    let (direct, byReset) = (through, through + h)
    for i in 0..<h {
      let old = at.oldHidden?[i] ?? 0
      at.back[2 * h + i] = before(g, at.gates[2 * h + i], candidate[i], carry[i] * (1 - update[i]))
      at.back[i] = before(f, at.gates[i], update[i], carry[i] * (old - candidate[i]))
      direct[i] = carry[i] * update[i]
      byReset[i] = 0
    }
    if !resetsAfter {
      for i in 0..<h { add(at.back[2 * h + i], matrix + (2 * h + i) * h, to: byReset, h) }
    }
    for i in 0..<h {
      let reset = at.activated[h + i]
      let gradient =
        resetsAfter ? at.back[2 * h + i] * at.reset[i] : byReset[i] * (at.oldHidden?[i] ?? 0)
      at.back[h + i] = before(f, at.gates[h + i], reset, gradient)
      at.backRecurrent[i] = at.back[i]
      at.backRecurrent[h + i] = at.back[h + i]
      at.backRecurrent[2 * h + i] = at.back[2 * h + i] * (resetsAfter ? reset : 1)
      carry[i] = direct[i] + (resetsAfter ? 0 : byReset[i] * reset)
    }
    for row in 0..<(resetsAfter ? rows : 2 * h) {
      add(at.backRecurrent[row], matrix + row * h, to: carry, h)
    }
  }

  /// The gradients of one row of the recurrent weights, and of its biases and peephole.
  func weightGradients(
    _ row: Int, _ back: UnsafePointer<Float>, _ backRecurrent: UnsafePointer<Float>,
    _ operands: RecurrentOperands, _ memory: RecurrentMemory, _ targets: [UnsafeMutablePointer<Float>]
  ) {
    let (d, gate, unit) = (row / rows, row % rows / h, row % h)
    let weights = targets[0] + row * h
    weights.update(repeating: 0, count: h)
    var (input, recurrent, peephole): (Float, Float, Float) = (0, 0, 0)
    for b in 0..<shape.batch {
      let length = length(b, operands)
      let state = (d * shape.batch + b) * h
      for step in 0..<length {
        let t = time(step, of: length, d)
        let offset = gatesOffset(t, d, b) + row % rows
        let index = stateOffset(t, d, b)
        let before = step > 0 ? stateOffset(time(step - 1, of: length, d), d, b) : nil
        input += back[offset]
        recurrent += backRecurrent[offset]
        let oldCell = before.map { UnsafePointer(memory.cells + $0) } ?? operands.cell.map { $0 + state }
        // The output gate sees the new cell, the others the old one.
        if gate == 1 {
          peephole += back[offset] * memory.cells[index + unit]
        } else {
          peephole += back[offset] * (oldCell?[unit] ?? 0)
        }
        if shape.cell == .GRU, gate == 2, !resetsAfter {
          add(backRecurrent[offset], memory.reset + index, to: weights, h)
        } else if let old = before.map({ UnsafePointer(memory.hidden + $0) })
          ?? operands.hidden.map({ $0 + state })
        {
          add(backRecurrent[offset], old, to: weights, h)
        }
      }
    }
    targets[1][d * 2 * rows + row % rows] = input
    targets[1][d * 2 * rows + rows + row % rows] = recurrent
    if shape.cell == .LSTM, gate < 3 { targets[2][d * 3 * h + gate * h + unit] = peephole }
  }
}
