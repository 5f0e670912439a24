import Graph

/// The lines of a tensor in C order along an axis.
struct Lines {
  let outer: Int
  let extent: Int
  let inner: Int

  init(_ shape: [Int], _ axes: Range<Int>) {
    outer = shape[..<axes.lowerBound].elementCount
    extent = shape[axes].elementCount
    inner = shape[axes.upperBound...].elementCount
  }

  var count: Int { outer * inner }

  /// The first element of a line in a tensor whose lines have `extent` elements, `inner` apart.
  func start(_ line: Int, extent: Int) -> Int { line / inner * extent * inner + line % inner }
}

/// `TopK`: values, which carry gradients, and indices. Equal elements come in their order.
struct TopKKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    let source = try plan.plain(value)
    let (axis, count) = try site.call.topK()
    let largest = site.call.int("largest", default: 1) != 0
    let lines = Lines(source.shape, axis..<axis + 1)
    let shape = site.outputShapes[0]
    let results = try plan.loops("TopK", [source], [shape, shape]) { from, to in
      let (values, indices) = (to[0], to[1])
      parallelRanges(lines.count, grain: max(1, 4096 / max(1, lines.extent))) { range in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: lines.extent) { memory in
          var order = memory
          for line in range {
            let x = from[0] + lines.start(line, extent: lines.extent)
            for index in 0..<lines.extent { order[index] = Int32(index) }
            order.sort { a, b in
              let (left, right) = (x[Int(a) * lines.inner], x[Int(b) * lines.inner])
              return left == right ? a < b : (largest ? left > right : left < right)
            }
            let start = lines.start(line, extent: count)
            for index in 0..<count {
              values[start + index * lines.inner] = x[Int(order[index]) * lines.inner]
              indices[start + index * lines.inner] = Float(order[index])
            }
          }
        }
      }
    }
    try plan.define(site.output(1), results[1])
    guard let output = site.output(0) else { return }
    try plan.define(output, results[0])
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let total = source.shape.elementCount
      let share = try plan.loops("TopK.backward", [gradient, results[1]], shape: source.shape) { from, to in
        let (g, indices) = (from[0], from[1])
        to.update(repeating: 0, count: total)
        for line in 0..<lines.count {
          let start = lines.start(line, extent: count)
          let x = to + lines.start(line, extent: lines.extent)
          for index in 0..<count {
            x[Int(indices[start + index * lines.inner]) * lines.inner] = g[start + index * lines.inner]
          }
        }
      }
      plan.contribute(share, to: value)
    }
  }
}

extension PlanBuilder {
  /// Where along the lines the largest or smallest element stands, one number a line.
  func argument(
    _ label: String, _ source: PlanTensor, _ lines: Lines, largest: Bool, last: Bool, shape: [Int]
  ) throws -> PlanTensor {
    try loops(label, [source], shape: shape) { from, to in
      parallelRanges(lines.count, grain: max(1, 4096 / max(1, lines.extent))) { range in
        for line in range {
          let x = from[0] + lines.start(line, extent: lines.extent)
          var best = 0
          for index in 1..<max(1, lines.extent) {
            let (new, old) = (x[index * lines.inner], x[best * lines.inner])
            if (largest ? new > old : new < old) || (last && new == old) { best = index }
          }
          to[line] = Float(best)
        }
      }
    }
  }
}

/// `ArgMax`, `ArgMin`: no gradient passes.
struct ArgumentKernel: Kernel {
  let largest: Bool

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let source = try plan.plain(site.required(0))
    let axis = try site.call.axis(site.call.int("axis", default: 0), rank: source.shape.count)
    let last = site.call.int("select_last_index", default: 0) != 0
    try plan.define(
      site.output(0),
      plan.argument(
        site.node.op, source, Lines(source.shape, axis..<axis + 1), largest: largest, last: last,
        shape: site.outputShapes[0]))
  }
}

/// `Hardmax`: no gradient passes.
struct HardmaxKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let source = try plan.plain(site.required(0))
    let lines = Lines(source.shape, try site.call.softmaxAxes())
    let indices = try plan.argument(
      site.node.op, source, lines, largest: true, last: false, shape: [max(1, lines.count)])
    let total = source.shape.elementCount
    let target = try plan.loops("Hardmax", [indices], shape: source.shape) { from, to in
      to.update(repeating: 0, count: total)
      for line in 0..<lines.count {
        to[lines.start(line, extent: lines.extent) + Int(from[0][line]) * lines.inner] = 1
      }
    }
    try plan.define(site.output(0), target)
  }
}

/// `OneHot`: an index outside of the depth has no hot element, as ONNX defines. The values get no gradient.
struct OneHotKernel: Kernel {
  var isDifferentiable: Bool { false }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (indices, values) = (try plan.plain(site.required(0)), try plan.plain(site.required(2)))
    let (axis, depth) = try site.call.oneHot()
    let inner = indices.shape[axis...].elementCount
    let shape = site.outputShapes[0]
    let count = indices.shape.elementCount
    let target = try plan.loops("OneHot", [indices, values], shape: shape) { from, to in
      let (indices, two) = (from[0], from[1])
      to.update(repeating: two[0], count: shape.elementCount)
      for position in 0..<count {
        // False for NaN, too.
        guard indices[position] >= -Float(depth), indices[position] < Float(depth) else { continue }
        let index = Int(indices[position])
        let hot = index < 0 ? index + depth : index
        to[(position / inner * depth + hot) * inner + position % inner] = two[1]
      }
    }
    try plan.define(site.output(0), target)
  }
}
