import Graph

/// How the channels of a dense tensor [N, C, …] lie: for each of `outer` (an example and a block of channels),
/// `rows` positions in space with `lanes` channels side by side.
struct ChannelRuns {
  let outer: Int
  let rows: Int
  let lanes: Int
  let examples: Int
  let channels: Int
  /// Blocks of channels an example.
  var blocks: Int { examples == 0 ? 0 : outer / examples }

  init?(_ layout: Layout) {
    let shape = layout.shape
    guard shape.count >= 2, layout.isStrided else { return nil }
    examples = shape[0]
    channels = shape[1]
    let space = shape[2...].elementCount
    if layout.isPlain {
      (outer, rows, lanes) = (shape[0] * shape[1], space, 1)
    } else if layout.blocks.count == 1, layout.blocks[0].axis == 1,
      layout.paddedShape[0] == shape[0], Array(layout.paddedShape[2...]) == Array(shape[2...])
    {
      let lanes = layout.blocks[0].extent
      let blocks = layout.paddedShape[1] / lanes
      let dense = ([shape[0], blocks] + shape[2...]).denseStrides.map { $0 * lanes }
      guard
        layout.strides.indices.allSatisfy({ layout.paddedShape[$0] == 1 || layout.strides[$0] == dense[$0] })
      else { return nil }
      (outer, rows, self.lanes) = (shape[0] * blocks, space, lanes)
    } else {
      return nil
    }
  }
}

extension PlanBuilder {
  /// Sums the shares of a gradient, reduces it with the activations to the terms of the scores and passes it
  /// through the activation, in one pass over memory.
  ///
  /// - Parameter shortcut: where the terms are those of a branch, what the sum behind it added to it.
  func joinGradients(
    _ parts: [PlanTensor], value: PlanTensor?, shortcut: PlanTensor? = nil, activation: Activation?,
    terms: PlanTensor?
  ) throws -> PlanTensor {
    let layout = value?.layout ?? parts[0].layout
    let isCopy = parts.count == 1 && activation == nil
    let isNarrow = parts.contains(where: \.isNarrow) || value?.isNarrow == true
    let result = isCopy ? parts[0] : make(layout)
    let writes = (isCopy ? [] : [result]) + (terms.map { [$0] } ?? [])
    emit(
      isCopy ? "Score.reduce" : "Gradient.join", reads: parts + [value, shortcut].compactMap { $0 },
      writes: writes,
      donors: isCopy ? [] : parts + (value.map { [$0] } ?? [])
    ) {
      let runs = terms == nil ? nil : ChannelRuns(layout)
      if isNarrow, parts.allSatisfy(\.isNarrow), value?.isNarrow ?? true, let gate = LibraryGate(activation),
        runs.map({ 16 % $0.lanes == 0 }) ?? true
      {
        let join = HalvesJoin(
          parts: parts.map(\.halves), value: value?.halves, target: isCopy ? nil : result.halves, gate: gate)
        return join.action(count: layout.storedCount, runs: runs, terms: terms?.floats)
      }
      func action<G: Gate>(_ gate: G) -> () -> Void {
        if isNarrow {
          let operands = NarrowOperands(
            parts: parts.map(Elements.init), value: value.map(Elements.init),
            target: isCopy ? nil : Elements(result))
          return narrowJoinAction(
            gate, operands, count: layout.storedCount, runs: runs, terms: terms?.floats)
        }
        let operands = JoinOperands(
          parts: parts.map { UnsafePointer($0.floats) }, value: value.map { UnsafePointer($0.floats) },
          shortcut: shortcut.map { UnsafePointer($0.floats) },
          target: isCopy ? nil : result.floats)
        return joinAction(gate, operands, count: layout.storedCount, runs: runs, terms: terms?.floats)
      }
      return switch activation {
      case nil: action(OpenGate())
      case .relu?: action(ReluGate())
      case .leakyRelu(let slope)?: action(LeakyGate(slope: slope))
      case .clip(let lower, let upper)?: action(ClipGate(lower: lower, upper: upper))
      case .sigmoid?: action(SigmoidGate())
      case .tanh?: action(TanhGate())
      }
    }
    return result
  }

  /// Counts, per example and channel, the sum of the activations and those that are zero.
  func countActivations(_ source: PlanTensor, into result: PlanTensor) {
    emit("Score.count", reads: [source], writes: [result]) {
      guard let runs = ChannelRuns(source.layout) else { return {} }
      let values = source.floats
      let target = result.floats
      return {
        parallel(runs.outer) { outer in
          let (example, block) = (outer / runs.blocks, outer % runs.blocks)
          for lane in 0..<runs.lanes where block * runs.lanes + lane < runs.channels {
            var sum = 0.0
            var zeros = 0
            for row in 0..<runs.rows {
              let value = values[(outer * runs.rows + row) * runs.lanes + lane]
              sum += Double(value)
              zeros += value == 0 ? 1 : 0
            }
            let index = example * runs.channels + block * runs.lanes + lane
            target[index] = Float(sum)
            target[runs.examples * runs.channels + index] = Float(zeros)
          }
        }
      }
    }
  }
}

/// What a pass over the shares of a gradient reads and writes.
private struct JoinOperands {
  let parts: [UnsafePointer<Float>]
  let value: UnsafePointer<Float>?
  let shortcut: UnsafePointer<Float>?
  let target: UnsafeMutablePointer<Float>?
}

/// The same, where some are bfloat16.
private struct NarrowOperands {
  let parts: [Elements]
  let value: Elements?
  let target: Elements?

  /// Calls `body` with floats for each piece of a range, and brings what it writes to its place. Pieces hold
  /// whole rows of `lanes`.
  func forEachPiece<G: Gate>(
    of range: Range<Int>, lanes: Int, _ gate: G, _ body: (_ join: Join<G>, _ count: Int) -> Void
  ) {
    let piece = max(1, Elements.piece / lanes) * lanes
    withUnsafeTemporaryAllocation(of: Float.self, capacity: (parts.count + 2) * piece) { floats in
      withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: parts.count) { pointers in
        let buffer = floats.baseAddress!
        let (valueBuffer, targetBuffer) = (
          buffer + parts.count * piece, buffer + (parts.count + 1) * piece
        )
        var index = range.lowerBound
        while index < range.upperBound {
          let count = min(piece, range.upperBound - index)
          for number in parts.indices {
            pointers[number] = parts[number].read(index, count, into: buffer + number * piece)
          }
          body(
            Join(
              gate: gate, parts: UnsafeBufferPointer(pointers),
              value: value?.read(index, count, into: valueBuffer),
              target: target?.target(index, buffer: targetBuffer)), count)
          target?.finish(index, count, from: targetBuffer)
          index += count
        }
      }
    }
  }
}

/// Lets a gradient through an activation, given the activation's result.
private protocol Gate {
  func pass(_ gradient: SIMD16<Float>, _ result: SIMD16<Float>) -> SIMD16<Float>
}

private struct OpenGate: Gate {
  @inline(__always) func pass(_ gradient: SIMD16<Float>, _ result: SIMD16<Float>) -> SIMD16<Float> {
    gradient
  }
}

/// All bits of the lanes that are above zero, for lanes that are not below it. Comparing whole vectors would
/// become a loop over their lanes.
@inline(__always)
private func positive(_ vector: SIMD16<Float>) -> SIMD16<Int32> {
  (SIMD16<Int32>(repeating: 0) &- unsafeBitCast(vector, to: SIMD16<Int32>.self)) &>> 31
}

/// The vector where the mask is set, else zero.
@inline(__always)
private func masked(_ vector: SIMD16<Float>, _ mask: SIMD16<Int32>) -> SIMD16<Float> {
  unsafeBitCast(unsafeBitCast(vector, to: SIMD16<Int32>.self) & mask, to: SIMD16<Float>.self)
}

private struct ReluGate: Gate {
  @inline(__always) func pass(_ gradient: SIMD16<Float>, _ result: SIMD16<Float>) -> SIMD16<Float> {
    masked(gradient, positive(result))
  }
}

private struct LeakyGate: Gate {
  let slope: Float
  @inline(__always) func pass(_ gradient: SIMD16<Float>, _ result: SIMD16<Float>) -> SIMD16<Float> {
    let negative = unsafeBitCast(result, to: SIMD16<Int32>.self) &>> 31
    return gradient - masked(gradient * (1 - slope), negative)
  }
}

private struct ClipGate: Gate {
  let lower: Float
  let upper: Float
  @inline(__always) func pass(_ gradient: SIMD16<Float>, _ result: SIMD16<Float>) -> SIMD16<Float> {
    masked(gradient, positive(result - lower) & positive(upper - result))
  }
}

private struct SigmoidGate: Gate {
  @inline(__always) func pass(_ gradient: SIMD16<Float>, _ result: SIMD16<Float>) -> SIMD16<Float> {
    gradient * result * (1 - result)
  }
}

private struct TanhGate: Gate {
  @inline(__always) func pass(_ gradient: SIMD16<Float>, _ result: SIMD16<Float>) -> SIMD16<Float> {
    gradient * (1 - result * result)
  }
}

/// The pass for one activation: with terms a block of channels after another, without them straight through.
private func joinAction<G: Gate>(
  _ gate: G, _ operands: JoinOperands, count: Int, runs: ChannelRuns?, terms: UnsafeMutablePointer<Float>?
) -> () -> Void {
  guard let runs, let terms else {
    return {
      operands.parts.withUnsafeBufferPointer { parts in
        parallelRanges(count, grain: 1 << 15) { range in
          Join(
            gate: gate, parts: parts, value: operands.value, shortcut: operands.shortcut,
            target: operands.target
          ).pass(range)
        }
      }
    }
  }
  return {
    operands.parts.withUnsafeBufferPointer { parts in
      let join = Join(
        gate: gate, parts: parts, value: operands.value, shortcut: operands.shortcut, target: operands.target)
      let grain = max(1, (1 << 13) / max(1, runs.rows * runs.lanes))
      parallelRanges(runs.outer, grain: grain) { range in
        for outer in range {
          let (base, channels) = runs.cleared(terms, outer)
          let count = runs.rows * runs.lanes
          join.reduce(outer * count, count, lanes: runs.lanes, channels: channels, into: base)
        }
      }
    }
  }
}

/// The pass where some elements are bfloat16.
private func narrowJoinAction<G: Gate>(
  _ gate: G, _ operands: NarrowOperands, count: Int, runs: ChannelRuns?, terms: UnsafeMutablePointer<Float>?
) -> () -> Void {
  guard let runs, let terms else {
    return {
      parallelRanges(count, grain: 1 << 15) { range in
        operands.forEachPiece(of: range, lanes: 16, gate) { join, count in join.pass(0..<count) }
      }
    }
  }
  return {
    let size = runs.rows * runs.lanes
    parallelRanges(runs.outer, grain: max(1, (1 << 13) / max(1, size))) { range in
      for outer in range {
        let (base, channels) = runs.cleared(terms, outer)
        operands.forEachPiece(of: outer * size..<(outer + 1) * size, lanes: runs.lanes, gate) { join, count in
          join.reduce(0, count, lanes: runs.lanes, channels: channels, into: base)
        }
      }
    }
  }
}

/// One pass over the shares of a gradient.
private struct Join<G: Gate> {
  let gate: G
  let parts: UnsafeBufferPointer<UnsafePointer<Float>>
  let value: UnsafePointer<Float>?
  var shortcut: UnsafePointer<Float>?
  let target: UnsafeMutablePointer<Float>?

  private typealias Lanes = SIMD16<Float>

  @inline(__always)
  private func load(_ pointer: UnsafePointer<Float>, _ index: Int) -> Lanes {
    UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self)
  }

  /// Sums 16 elements, stores them through the gate and returns them times the value, or, passed, times what the
  /// value has beyond the shortcut.
  @inline(__always)
  private func step(_ index: Int) -> Lanes {
    var gradient = load(parts[0], index)
    if parts.count > 1 { gradient += load(parts[1], index) }
    if parts.count > 2 { for part in 2..<parts.count { gradient += load(parts[part], index) } }
    let result = value.map { load($0, index) } ?? Lanes(repeating: 0)
    if let target {
      UnsafeMutableRawPointer(target + index).storeBytes(of: gate.pass(gradient, result), as: Lanes.self)
    }
    if let shortcut { return gate.pass(gradient, result) * (result - load(shortcut, index)) }
    return gradient * result
  }

  /// As `step`, for fewer than 16 elements.
  @inline(never)
  private func tail(_ index: Int, _ count: Int) -> Lanes {
    var (gradient, result, added) = (Lanes(), Lanes(), Lanes())
    for lane in 0..<count {
      for part in parts { gradient[lane] += part[index + lane] }
      if let value { result[lane] = value[index + lane] }
      if let shortcut { added[lane] = shortcut[index + lane] }
    }
    let passed = gate.pass(gradient, result)
    if let target {
      for lane in 0..<count { target[index + lane] = passed[lane] }
    }
    return shortcut == nil ? gradient * result : passed * (result - added)
  }

  /// The elements of a range, without terms.
  func pass(_ range: Range<Int>) {
    var index = range.lowerBound
    while index + 16 <= range.upperBound {
      _ = step(index)
      index += 16
    }
    if index < range.upperBound { _ = tail(index, range.upperBound - index) }
  }

  /// Whole rows of a block of channels; adds the sums of value times gradient a channel.
  func reduce(
    _ start: Int, _ count: Int, lanes: Int, channels: Int, into base: UnsafeMutablePointer<Float>
  ) {
    if lanes == 1 {
      base[0] += Float(sums(start, count).reduced)
    } else if 16 % lanes == 0 {
      let total = sums(start, count).lanes
      for lane in 0..<16 where lane % lanes < channels { base[lane % lanes] += total[lane] }
    } else {
      var index = 0
      while index < count {
        let width = min(16, count - index)
        let products = tail(start + index, width)
        for lane in 0..<width where (index + lane) % lanes < channels {
          base[(index + lane) % lanes] += products[lane]
        }
        index += width
      }
    }
  }

  /// The products' sums, lane by lane and together. Sums of 64 vectors are made first, so that rounding does
  /// not grow with the number of positions.
  @inline(__always)
  private func sums(_ start: Int, _ count: Int) -> (lanes: Lanes, reduced: Double) {
    var total = Lanes(repeating: 0)
    var reduced = 0.0
    var index = start
    let end = start + count
    while index + 16 <= end {
      var sum = Lanes(repeating: 0)
      let stop = min(end - 15, index + 1024)
      while index < stop {
        sum += step(index)
        index += 16
      }
      total += sum
      reduced += Double(sum.sum())
    }
    if index < end {
      let rest = tail(index, end - index)
      total += rest
      reduced += Double(rest.sum())
    }
    return (total, reduced)
  }
}
