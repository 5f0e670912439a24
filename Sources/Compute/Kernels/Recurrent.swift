import Graph

/// `LSTM`, `GRU` and `RNN`: the input's share of all gates is one matrix product; the recurrence is a loop over
/// the steps, of every example and direction by itself, forward and back through time.
struct RecurrentKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let shape = try site.call.recurrentShape()
    let values = (0..<8).map { site.input($0) }
    let (t, b, d, h) = (shape.steps, shape.batch, shape.directions, shape.hidden)
    let width = d * shape.gates * h
    let label = site.node.op
    // The loop has steps before examples and directions before both.
    let sequenceMove: [Movement] = shape.batchFirst ? [.permute([1, 0, 2])] : []
    var tensors: [PlanTensor?] = []
    for (number, value) in values.enumerated() {
      var tensor = try value.map { try plan.plain($0) }
      if [0, 5, 6].contains(number) { tensor = try tensor.map { try plan.move($0, sequenceMove) } }
      tensors.append(tensor)
    }
    let x = try plan.reshaped(tensors[0]!, [t * b, shape.features])
    let weight = try plan.reshaped(tensors[1]!, [width, shape.features])
    let projected = try plan.matmul(label + ".input", x, plan.transposedView(weight), shape: [t * b, width])
    let loop = RecurrentLoop(
      shape: shape, activations: try RecurrentActivation.list(site.call, shape),
      clip: site.call.node.attributes["clip"] == nil ? .infinity : site.call.float("clip", default: 0),
      couplesForget: site.call.int("input_forget", default: 0) != 0,
      resetsAfter: site.call.int("linear_before_reset", default: 0) != 0)

    let turned = try plan.move(tensors[2]!, [.permute([0, 2, 1])])
    let state = try Layout.plain([d, b, h])
    let tape = RecurrentTape(
      gates: plan.make(try .plain([t * b, width])), activated: plan.make(try .plain([t * b, width])),
      hidden: plan.make(try .plain([t, d, b, h])), cells: plan.make(try .plain([t, d, b, h])),
      reset: plan.make(try .plain([t, d, b, h])), lastHidden: plan.make(state), lastCell: plan.make(state))
    let optional = [3, 4, 5, 6, 7].map { tensors[$0] }
    plan.emit(label, reads: [projected, turned] + optional.compactMap { $0 }, writes: tape.all) {
      let operands = RecurrentOperands(optional)
      let (input, recurrence) = (UnsafePointer(projected.floats), UnsafePointer(turned.floats))
      let memory = tape.bound
      return {
        parallel(d * b) { index in
          loop.forward(index / b, index % b, input, recurrence, operands, memory)
        }
      }
    }
    // What the network sees: [T, D, B, H] or [B, T, D, H], states [D, B, H] or [B, D, H].
    let results = [tape.hidden, tape.lastHidden, tape.lastCell]
    let moves: [[Movement]] =
      shape.batchFirst
      ? [[.permute([2, 0, 1, 3])], [.permute([1, 0, 2])], [.permute([1, 0, 2])]] : [[], [], []]
    for number in 0..<3 {
      guard let output = site.output(number) else { continue }
      try plan.define(output, plan.move(results[number], moves[number]))
    }
    guard (0..<3).contains(where: { plan.needsGradient(site.output($0)) }) else { return }
    let operands = tensors
    plan.backward { plan in
      var gradients: [PlanTensor?] = []
      for number in 0..<3 {
        guard let gradient = try plan.gradient(of: site.output(number)) else {
          gradients.append(nil)
          continue
        }
        gradients.append(
          try plan.plain(plan.moveBack(gradient, moves[number], from: results[number].shape)))
      }
      guard gradients.contains(where: { $0 != nil }) else { return }
      try backward(
        plan, label, loop, tape, values, operands, gradients, sequenceMove, (x: x, weight: weight))
    }
  }

  private func backward(
    _ plan: PlanBuilder, _ label: String, _ loop: RecurrentLoop, _ tape: RecurrentTape, _ values: [ValueID?],
    _ tensors: [PlanTensor?], _ gradients: [PlanTensor?], _ sequenceMove: [Movement],
    _ input: (x: PlanTensor, weight: PlanTensor)
  ) throws {
    let shape = loop.shape
    let (t, b, d, h) = (shape.steps, shape.batch, shape.directions, shape.hidden)
    let width = d * shape.gates * h
    let optional = [3, 4, 5, 6, 7].map { tensors[$0] }
    let recurrence = tensors[2]!
    let back = plan.make(try .plain([t * b, width]))
    let backRecurrent = plan.make(try .plain([t * b, width]))
    let (first, firstCell) = (plan.make(try .plain([d, b, h])), plan.make(try .plain([d, b, h])))
    let reads = [recurrence] + tape.all + (optional + gradients).compactMap { $0 }
    plan.emit(label + ".backward", reads: reads, writes: [back, backRecurrent, first, firstCell]) {
      let operands = RecurrentOperands(optional)
      let memory = tape.bound
      let matrix = UnsafePointer(recurrence.floats)
      let behind = gradients.map { tensor in tensor.map { UnsafePointer($0.floats) } }
      let targets = [back, backRecurrent, first, firstCell].map(\.floats)
      return {
        parallel(d * b) { index in
          loop.backward(index / b, index % b, matrix, operands, memory, behind, targets)
        }
      }
    }
    if plan.needsGradient(values[0]) {
      let share = try plan.matmul(label + ".backward", back, input.weight, shape: [t * b, shape.features])
      let full = try plan.reshaped(share, [t, b, shape.features])
      let original = shape.batchFirst ? [b, t, shape.features] : [t, b, shape.features]
      plan.contribute(try plan.moveBack(full, sequenceMove, from: original), to: values[0])
    }
    if plan.needsGradient(values[1]) {
      let share = try plan.matmul(
        label + ".backward", plan.transposedView(back), input.x, shape: [width, shape.features])
      plan.contribute(try plan.reshaped(share, tensors[1]!.shape), to: values[1])
    }
    if plan.needsGradient(values[2]) || plan.needsGradient(values[3]) || plan.needsGradient(values[7]) {
      let targets = [
        plan.make(try .plain(recurrence.shape)), plan.make(try .plain([d, 2 * shape.gates * h])),
        plan.make(try .plain([d, 3 * h])),
      ]
      plan.emit(
        label + ".weights", reads: [back, backRecurrent] + tape.all + optional.compactMap { $0 },
        writes: targets
      ) {
        let operands = RecurrentOperands(optional)
        let memory = tape.bound
        let (inputs, recurrent) = (UnsafePointer(back.floats), UnsafePointer(backRecurrent.floats))
        let to = targets.map(\.floats)
        return {
          parallel(width) { row in loop.weightGradients(row, inputs, recurrent, operands, memory, to) }
        }
      }
      for (number, target) in zip([2, 3, 7], targets) where plan.needsGradient(values[number]) {
        plan.contribute(target, to: values[number])
      }
    }
    for (number, target) in [(5, first), (6, firstCell)] where plan.needsGradient(values[number]) {
      let original = shape.batchFirst ? [b, d, h] : [d, b, h]
      plan.contribute(try plan.moveBack(target, sequenceMove, from: original), to: values[number])
    }
  }
}

/// What the forward pass leaves for the backward one.
struct RecurrentTape {
  /// The gates before and after their activations, [T · B, D · gates · H].
  let gates, activated: PlanTensor
  /// The states behind each step, [T, D, B, H]; `reset` is what a `GRU` keeps of its reset gate's product.
  let hidden, cells, reset: PlanTensor
  /// The states behind the last step, [D, B, H].
  let lastHidden, lastCell: PlanTensor

  var all: [PlanTensor] { [gates, activated, hidden, cells, reset, lastHidden, lastCell] }

  var bound: RecurrentMemory {
    RecurrentMemory(
      gates: gates.floats, activated: activated.floats, hidden: hidden.floats, cells: cells.floats,
      reset: reset.floats, lastHidden: lastHidden.floats, lastCell: lastCell.floats)
  }
}

/// The tape as memory.
struct RecurrentMemory {
  let gates, activated, hidden, cells, reset, lastHidden, lastCell: UnsafeMutablePointer<Float>
}

/// The optional operands as memory: biases, lengths, first states, peepholes.
struct RecurrentOperands {
  let bias, lengths, hidden, cell, peepholes: UnsafePointer<Float>?

  init(_ tensors: [PlanTensor?]) {
    let list = tensors.map { tensor in tensor.map { UnsafePointer($0.floats) } }
    (bias, lengths, hidden, cell, peepholes) = (list[0], list[1], list[2], list[3], list[4])
  }
}

extension KernelTable {
  static let algebra: [String: any Kernel] = [
    "Einsum": EinsumKernel(), "LSTM": RecurrentKernel(), "GRU": RecurrentKernel(), "RNN": RecurrentKernel(),
  ]
}
