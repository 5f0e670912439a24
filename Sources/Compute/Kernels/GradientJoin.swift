import Graph

/// How the channels of a dense tensor [N, C, …] lie: for each of `outer` (an example and a block of channels),
/// `rows` places in space with `lanes` channels side by side.
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
    let space = shape[2...].reduce(1, *)
    if layout.isPlain {
      (outer, rows, lanes) = (shape[0] * shape[1], space, 1)
    } else if layout.blocks.count == 1, layout.blocks[0].axis == 1,
      layout.paddedShape[0] == shape[0], Array(layout.paddedShape[2...]) == Array(shape[2...])
    {
      let lanes = layout.blocks[0].extent
      let blocks = layout.paddedShape[1] / lanes
      let dense = ([shape[0], blocks] + shape[2...]).denseStrides.map { $0 * lanes }
      guard layout.strides.indices.allSatisfy({ layout.paddedShape[$0] == 1 || layout.strides[$0] == dense[$0] })
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
  func joinGradients(
    _ parts: [PlanTensor], value: PlanTensor?, activation: Activation?, terms: PlanTensor?
  ) throws(ComputeError) -> PlanTensor {
    let layout = value?.layout ?? parts[0].layout
    let isCopy = parts.count == 1 && activation == nil
    let result = isCopy ? parts[0] : make(layout)
    let writes = (isCopy ? [] : [result]) + (terms.map { [$0] } ?? [])
    emit(
      "Gradient.join", reads: parts + (value.map { [$0] } ?? []), writes: writes,
      donors: isCopy ? [] : parts + (value.map { [$0] } ?? [])
    ) {
      let sources = parts.map { UnsafePointer($0.floats) }
      let join = Join(
        first: sources[0], others: Array(sources.dropFirst()), value: value.map { UnsafePointer($0.floats) },
        target: isCopy ? nil : result.floats, activation: activation)
      guard let terms, let runs = ChannelRuns(layout) else {
        let count = layout.storedCount
        return { parallelRanges(count, grain: 1 << 15) { join.pass($0) } }
      }
      let target = terms.floats
      return { parallel(runs.outer) { join.reduce($0, runs, into: target) } }
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
            let place = example * runs.channels + block * runs.lanes + lane
            target[place] = Float(sum)
            target[runs.examples * runs.channels + place] = Float(zeros)
          }
        }
      }
    }
  }
}

/// One pass over the shares of a gradient.
private struct Join: @unchecked Sendable {
  // Sendable: the pointers are to memory that the plan owns; threads write ranges that do not overlap.
  let first: UnsafePointer<Float>
  let others: [UnsafePointer<Float>]
  let value: UnsafePointer<Float>?
  let target: UnsafeMutablePointer<Float>?
  let activation: Activation?

  private typealias Lanes = SIMD16<Float>

  @inline(__always)
  private func load<V: SIMD>(_ pointer: UnsafePointer<Float>, _ place: Int, as: V.Type) -> V
  where V.Scalar == Float {
    UnsafeRawPointer(pointer + place).loadUnaligned(as: V.self)
  }

  /// The summed gradient at a place, stored through the activation; returns it before the activation.
  @inline(__always)
  private func step<V: SIMD>(_ place: Int, _ value: V, as: V.Type) -> V where V.Scalar == Float {
    var gradient = load(first, place, as: V.self)
    for other in others { gradient += load(other, place, as: V.self) }
    if let target {
      let passed = activation.map { $0.gradient(gradient, result: value) } ?? gradient
      UnsafeMutableRawPointer(target + place).storeBytes(of: passed, as: V.self)
    }
    return gradient
  }

  /// The elements of a range, without terms.
  func pass(_ range: Range<Int>) {
    var place = range.lowerBound
    while place + 16 <= range.upperBound {
      let values = value.map { load($0, place, as: Lanes.self) } ?? Lanes(repeating: 0)
      _ = step(place, values, as: Lanes.self)
      place += 16
    }
    while place < range.upperBound {
      passOne(place)
      place += 1
    }
  }

  /// One element; the value times the gradient.
  @inline(__always) @discardableResult
  private func passOne(_ place: Int) -> Float {
    var gradient = first[place]
    for other in others { gradient += other[place] }
    let result = value?[place] ?? 0
    if let target {
      let passed =
        activation?.gradient(SIMD2(repeating: gradient), result: SIMD2(repeating: result)).x ?? gradient
      target[place] = passed
    }
    return gradient * result
  }

  /// One block of channels of one example, with the sums of value times gradient a channel.
  func reduce(_ outer: Int, _ runs: ChannelRuns, into terms: UnsafeMutablePointer<Float>) {
    let start = outer * runs.rows * runs.lanes
    let (example, block) = (outer / runs.blocks, outer % runs.blocks)
    let base = example * runs.channels + block * runs.lanes
    if runs.lanes == 16 {
      blocks(start, runs.rows, as: SIMD16<Float>.self, terms + base, runs.channels - block * 16)
    } else if runs.lanes == 8 {
      blocks(start, runs.rows, as: SIMD8<Float>.self, terms + base, runs.channels - block * 8)
    } else if runs.lanes == 1 {
      terms[base] = Float(row(start, runs.rows))
    } else {
      for lane in 0..<min(runs.lanes, runs.channels - block * runs.lanes) { terms[base + lane] = 0 }
      for place in 0..<runs.rows * runs.lanes {
        let product = passOne(start + place)
        let lane = place % runs.lanes
        if block * runs.lanes + lane < runs.channels { terms[base + lane] += product }
      }
    }
  }

  @inline(__always)
  private func blocks<V: SIMD>(
    _ start: Int, _ rows: Int, as: V.Type, _ terms: UnsafeMutablePointer<Float>, _ remaining: Int
  ) where V.Scalar == Float {
    let width = V.scalarCount
    // Sums of at most 64 rows in float, then in a second float sum: the rounding grows with √rows at most.
    var total = V(repeating: 0)
    var row = 0
    while row < rows {
      var sum = V(repeating: 0)
      let end = min(rows, row + 64)
      while row < end {
        let place = start + row * width
        let values = value.map { load($0, place, as: V.self) } ?? V(repeating: 0)
        sum += step(place, values, as: V.self) * values
        row += 1
      }
      total += sum
    }
    for lane in 0..<min(width, remaining) { terms[lane] = total[lane] }
  }

  private func row(_ start: Int, _ count: Int) -> Double {
    var sum = 0.0
    var place = start
    let end = start + count
    while place + 16 <= end {
      var partial = Lanes(repeating: 0)
      let stop = min(end - 15, place + 1024)
      while place < stop {
        let values = value.map { load($0, place, as: Lanes.self) } ?? Lanes(repeating: 0)
        partial += step(place, values, as: Lanes.self) * values
        place += 16
      }
      sum += Double(partial.sum())
    }
    while place < end {
      sum += Double(passOne(place))
      place += 1
    }
    return sum
  }
}
