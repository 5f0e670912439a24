import Graph

/// Blocks of a tensor that indices in another tensor name, resolved once a pass: the offsets lie in a table that
/// forward and backward steps share.
struct ResolvedBlocks {
  let blocks: IndexedBlocks
  /// One offset a block, as the bit pattern of a float.
  let table: PlanTensor
}

extension PlanBuilder {
  /// Turns indices into offsets; an index outside of the data ends the pass with an error.
  func resolve(
    _ blocks: IndexedBlocks, _ indices: PlanTensor, dataCount: Int, _ site: KernelSite
  ) throws -> ResolvedBlocks {
    // Indices are floats in memory, and offsets must be no patterns of a NaN.
    guard dataCount < 0x7F80_0000, blocks.extents.allSatisfy({ $0 <= 1 << 24 }) else {
      throw site.unsupported("its data have more elements than a float counts")
    }
    let source = try plain(indices)
    let table = make(try .plain([max(1, blocks.count)]))
    let failure = ComputeError.outsideData(
      op: site.node.op, node: site.node.name, what: "an index that lies outside of its data")
    let rank = blocks.loops.count
    let width = blocks.extents.count
    let total = blocks.count
    emit(site.node.op + ".indices", reads: [source], writes: [table], failure: failure) {
      let (from, to) = (UnsafePointer(source.floats), table.floats)
      let inner = rank > 0 ? blocks.loops[rank - 1] : 1
      return {
        var counters = [Int](repeating: 0, count: rank)
        var (block, lineOffset, lineTuple) = (0, 0, 0)
        while block < total {
          for step in 0..<inner {
            var offset = lineOffset
            var tuple = lineTuple
            if rank > 0 {
              offset += step * blocks.dataStrides[rank - 1]
              tuple += step * blocks.tupleStrides[rank - 1]
            }
            for number in 0..<width {
              let extent = blocks.extents[number]
              let index = from[tuple * width + number]
              // False for NaN, too.
              guard index >= -Float(extent), index < Float(extent) else { return false }
              let whole = Int(index)
              offset += (whole < 0 ? whole + extent : whole) * blocks.strides[number]
            }
            to[block] = Float(bitPattern: UInt32(offset))
            block += 1
          }
          var axis = rank - 2
          while axis >= 0 {
            counters[axis] += 1
            lineOffset += blocks.dataStrides[axis]
            lineTuple += blocks.tupleStrides[axis]
            if counters[axis] < blocks.loops[axis] { break }
            lineOffset -= blocks.loops[axis] * blocks.dataStrides[axis]
            lineTuple -= blocks.loops[axis] * blocks.tupleStrides[axis]
            counters[axis] = 0
            axis -= 1
          }
        }
        return true
      }
    }
    return ResolvedBlocks(blocks: blocks, table: table)
  }

  /// The blocks, one after another.
  func gathered(
    _ label: String, _ tensor: PlanTensor, _ indices: ResolvedBlocks, shape: [Int]
  ) throws -> PlanTensor {
    let (count, length) = (indices.blocks.count, indices.blocks.blockLength)
    return try loops(label, [tensor, indices.table], shape: shape) { from, to in
      let (data, table) = (from[0], from[1])
      parallelRanges(count, grain: max(1, (1 << 14) / max(1, length))) { range in
        for block in range {
          (to + block * length).update(from: data + Int(table[block].bitPattern), count: length)
        }
      }
    }
  }

  /// `base`, or zeros, with blocks joined to what stands at their positions, one after another.
  func scattered(
    _ label: String, _ updates: PlanTensor, _ indices: ResolvedBlocks, into base: PlanTensor?, shape: [Int],
    _ reduction: ScatterReduction
  ) throws -> PlanTensor {
    let (count, length, total) = (indices.blocks.count, indices.blocks.blockLength, shape.elementCount)
    return try loops(label, [updates, indices.table] + (base.map { [$0] } ?? []), shape: shape) { from, to in
      let (lines, table) = (from[0], from[1])
      func join(_ function: (Float, Float) -> Float) {
        for block in 0..<count {
          let (line, index) = (lines + block * length, to + Int(table[block].bitPattern))
          for i in 0..<length { index[i] = function(index[i], line[i]) }
        }
      }
      if from.count > 2 {
        to.update(from: from[2], count: total)
      } else {
        to.update(repeating: 0, count: total)
      }
      switch reduction {
      case .none: join { $1 }
      case .add: join { $0 + $1 }
      case .mul: join { $0 * $1 }
      case .max: join { $1 > $0 ? $1 : $0 }
      case .min: join { $1 < $0 ? $1 : $0 }
      }
    }
  }

  /// The tensor with zeros at the blocks.
  func cleared(
    _ label: String, _ tensor: PlanTensor, _ indices: ResolvedBlocks
  ) throws -> PlanTensor {
    let (count, length, total) = (indices.blocks.count, indices.blocks.blockLength, tensor.shape.elementCount)
    return try loops(label, [tensor, indices.table], shape: tensor.shape) { from, to in
      let table = from[1]
      to.update(from: from[0], count: total)
      for block in 0..<count { (to + Int(table[block].bitPattern)).update(repeating: 0, count: length) }
    }
  }
}

/// `Gather` (with indices from data), `GatherElements`, `GatherND`.
struct GatherKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    if site.node.op == "Gather", site.call.inputs[1]?.constant != nil {
      return try MovementKernel().lower(site, into: plan)
    }
    let (data, indices) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    let shape = try site.call.shape(0)
    let positions = try plan.resolve(
      site.call.indexedBlocks(), plan.tensor(indices), dataCount: shape.elementCount, site)
    try plan.define(
      output, plan.gathered(site.node.op, plan.tensor(data), positions, shape: site.outputShapes[0]))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.scattered(
        site.node.op + ".backward", gradient, positions, into: nil, shape: shape, .add)
      plan.contribute(share, to: data)
    }
  }
}

/// `ScatterND`, `ScatterElements`, `Scatter`. Where several updates meet one position without a reduction, the last
/// one stands, and each of them gets the gradient.
struct ScatterKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (data, indices, updates) = (try site.required(0), try site.required(1), try site.required(2))
    guard let output = site.output(0) else { return }
    let reduction = try site.call.scatterReduction()
    let shape = site.outputShapes[0]
    if reduction == .mul, plan.needsGradient(output) {
      throw ComputeError.noGradient(op: "\(site.node.op) (mul)", node: site.node.name)
    }
    let positions = try plan.resolve(
      site.call.indexedBlocks(), plan.tensor(indices), dataCount: shape.elementCount, site)
    let op = site.node.op
    let (base, news) = (try plan.plain(data), try plan.plain(updates))
    let result = try plan.scattered(op, news, positions, into: base, shape: shape, reduction)
    try plan.define(output, result)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let label = op + ".backward"
      let isChosen = reduction == .max || reduction == .min
      if plan.needsGradient(updates) {
        var share = try plan.gathered(label, gradient, positions, shape: news.shape)
        if isChosen {
          let there = try plan.gathered(label, result, positions, shape: news.shape)
          share = try plan.map(label, [news, there, share], shape: news.shape) {
            .select($0[0] .== $0[1], $0[2], 0.0)
          }
        }
        plan.contribute(share, to: updates)
      }
      guard plan.needsGradient(data) else { return }
      switch reduction {
      case .none: plan.contribute(try plan.cleared(label, gradient, positions), to: data)
      case .max, .min:
        plan.contribute(
          try plan.map(label, [base, result, gradient], shape: shape) {
            .select($0[0] .== $0[1], $0[2], 0.0)
          }, to: data)
      case .add, .mul: plan.contribute(gradient, to: data)
      }
    }
  }
}

extension KernelTable {
  static let indexing: [String: any Kernel] = [
    "GatherElements": GatherKernel(), "GatherND": GatherKernel(), "ScatterND": ScatterKernel(),
    "ScatterElements": ScatterKernel(), "Scatter": ScatterKernel(), "TopK": TopKKernel(),
    "ArgMax": ArgumentKernel(largest: true), "ArgMin": ArgumentKernel(largest: false),
    "Hardmax": HardmaxKernel(), "OneHot": OneHotKernel(),
  ]
}
