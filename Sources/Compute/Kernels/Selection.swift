import Graph

/// The lines of a tensor in C order along an axis.
struct Lines {
  let outer: Int
  let extent: Int
  let inner: Int

  init(_ shape: [Int], _ axes: Range<Int>) {
    outer = shape[..<axes.lowerBound].elementCount()
    extent = shape[axes].elementCount()
    inner = shape[axes.upperBound...].elementCount()
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
    let (values, indices) = (
      plan.make(try .plain(site.outputShapes[0])), plan.make(try .plain(site.outputShapes[0]))
    )
    plan.emit("TopK", reads: [source], writes: [values, indices]) {
      let (x, y, places) = (UnsafePointer(source.floats), values.floats, indices.floats)
      return {
        parallelRanges(lines.count, grain: max(1, 4096 / max(1, lines.extent))) { range in
          withUnsafeTemporaryAllocation(of: Int32.self, capacity: lines.extent) { memory in
            var order = memory
            for line in range {
              let from = x + lines.start(line, extent: lines.extent)
              for place in 0..<lines.extent { order[place] = Int32(place) }
              order.sort { a, b in
                let (left, right) = (from[Int(a) * lines.inner], from[Int(b) * lines.inner])
                return left == right ? a < b : (largest ? left > right : left < right)
              }
              let start = lines.start(line, extent: count)
              for place in 0..<count {
                y[start + place * lines.inner] = from[Int(order[place]) * lines.inner]
                places[start + place * lines.inner] = Float(order[place])
              }
            }
          }
        }
      }
    }
    try plan.define(site.output(1), indices)
    guard let output = site.output(0) else { return }
    try plan.define(output, values)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let flowing = try plan.gradient(of: output) else { return }
      let gradient = try plan.plain(flowing)
      let target = plan.make(source.layout)
      plan.emit("TopK.backward", reads: [gradient, indices], writes: [target]) {
        let (g, places, to) = (UnsafePointer(gradient.floats), UnsafePointer(indices.floats), target.floats)
        let total = source.shape.elementCount
        return {
          to.update(repeating: 0, count: total)
          for line in 0..<lines.count {
            let start = lines.start(line, extent: count)
            let base = to + lines.start(line, extent: lines.extent)
            for place in 0..<count {
              base[Int(places[start + place * lines.inner]) * lines.inner] = g[start + place * lines.inner]
            }
          }
        }
      }
      plan.contribute(target, to: value)
    }
  }
}

extension PlanBuilder {
  /// Where along the lines the largest or smallest element stands, one number a line.
  func argument(
    _ label: String, _ source: PlanTensor, _ lines: Lines, largest: Bool, last: Bool, shape: [Int]
  ) throws(ComputeError) -> PlanTensor {
    let target = make(try .plain(shape))
    emit(label, reads: [source], writes: [target]) {
      let (x, y) = (UnsafePointer(source.floats), target.floats)
      return {
        parallelRanges(lines.count, grain: max(1, 4096 / max(1, lines.extent))) { range in
          for line in range {
            let from = x + lines.start(line, extent: lines.extent)
            var best = 0
            for place in 1..<max(1, lines.extent) {
              let (new, old) = (from[place * lines.inner], from[best * lines.inner])
              if (largest ? new > old : new < old) || (last && new == old) { best = place }
            }
            y[line] = Float(best)
          }
        }
      }
    }
    return target
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
    let places = try plan.argument(
      site.node.op, source, lines, largest: true, last: false, shape: [max(1, lines.count)])
    let target = plan.make(source.layout)
    plan.emit("Hardmax", reads: [places], writes: [target]) {
      let (from, to) = (UnsafePointer(places.floats), target.floats)
      let total = source.shape.elementCount
      return {
        to.update(repeating: 0, count: total)
        for line in 0..<lines.count {
          to[lines.start(line, extent: lines.extent) + Int(from[line]) * lines.inner] = 1
        }
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
    let inner = indices.shape[axis...].elementCount()
    let target = plan.make(try .plain(site.outputShapes[0]))
    plan.emit("OneHot", reads: [indices, values], writes: [target]) {
      let (from, two, to) = (UnsafePointer(indices.floats), UnsafePointer(values.floats), target.floats)
      let (count, total) = (indices.shape.elementCount, target.shape.elementCount)
      return {
        to.update(repeating: two[0], count: total)
        for place in 0..<count {
          // False for NaN, too.
          guard from[place] >= -Float(depth), from[place] < Float(depth) else { continue }
          let index = Int(from[place])
          let hot = index < 0 ? index + depth : index
          to[(place / inner * depth + hot) * inner + place % inner] = two[1]
        }
      }
    }
    try plan.define(site.output(0), target)
  }
}
