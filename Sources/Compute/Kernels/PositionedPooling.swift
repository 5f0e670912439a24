import Graph

extension SlidingWindow {
  /// The position in `image` of each element of the window at each of its positions, `[taps, positions]` in C order;
  /// -1 in the padding.
  func positions(over image: [Int]) -> [Int32] {
    let starts = outputExtents(image)
    let steps = image.denseStrides
    func digits(_ number: Int, _ extents: [Int]) -> [Int] {
      zip(extents.denseStrides, extents).map { number / $0 % $1 }
    }
    return (0..<kernel.elementCount).flatMap { tap -> [Int32] in
      let offset = digits(tap, kernel)
      return (0..<starts.elementCount).map { position -> Int32 in
        let start = digits(position, starts)
        var spot = 0
        for axis in image.indices {
          let index = start[axis] * strides[axis] - padsBefore[axis] + offset[axis] * dilations[axis]
          guard 0..<image[axis] ~= index else { return -1 }
          spot += index * steps[axis]
        }
        return Int32(spot)
      }
    }
  }
}

/// `MaxPool` whose second output is used: the maxima and where in the input they stand.
struct PositionedPoolingKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    guard site.node.op == "MaxPool" else { throw site.unsupported("its second output is used") }
    let value = try site.required(0)
    let source = try plan.plain(value)
    // Indices are floats in memory.
    guard source.shape.elementCount <= 1 << 24 else {
      throw site.unsupported("its indices count more elements than a float does; use a smaller batch")
    }
    let image = Array(source.shape[2...])
    let window = try site.call.slidingWindow(over: image, kernel: nil)
    guard window.kernel.elementCount.times(window.outputExtents(image).elementCount) <= 1 << 28 else {
      throw site.unsupported("its windows have too many places")
    }
    let taps = window.positions(over: image)
    let result = site.outputShapes[0]
    let (planes, area, count) = (
      result[0] * result[1], image.elementCount, result[2...].elementCount
    )
    let tapCount = window.kernel.elementCount
    let numbers = Self.numbers(image, columnMajor: site.call.int("storage_order", default: 0) != 0)
    let results = try plan.loops("MaxPool", [source], [result, result, result]) { from, to in
      let (maxima, positions, indices) = (to[0], to[1], to[2])
      parallel(planes) { plane in
        let x = from[0] + plane * area
        for position in 0..<count {
          var best = -1
          for tap in 0..<tapCount {
            let spot = Int(taps[tap * count + position])
            if spot >= 0, best < 0 || x[spot] > x[best] { best = spot }
          }
          let target = plane * count + position
          maxima[target] = best < 0 ? -.infinity : x[best]
          positions[target] = Float(best)
          indices[target] = Float(plane * area + (best < 0 ? 0 : numbers[best]))
        }
      }
    }
    try plan.define(site.output(1), results[2])
    guard let output = site.output(0) else { return }
    try plan.define(output, results[0])
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops("MaxPool.backward", [gradient, results[1]], shape: source.shape) {
        from, to in
        let (g, positions) = (from[0], from[1])
        parallel(planes) { plane in
          let x = to + plane * area
          x.update(repeating: 0, count: area)
          for position in plane * count..<(plane + 1) * count where positions[position] >= 0 {
            x[Int(positions[position])] += g[position]
          }
        }
      }
      plan.contribute(share, to: value)
    }
  }

  /// What ONNX calls each position of a plane: its number in C order, or with the first axis running fastest.
  private static func numbers(_ image: [Int], columnMajor: Bool) -> [Int] {
    let positions = 0..<image.elementCount
    guard columnMajor else { return Array(positions) }
    let (steps, turned) = (image.denseStrides, Array(Array(image.reversed()).denseStrides.reversed()))
    return positions.map { position in
      image.indices.reduce(0) { $0 + position / steps[$1] % image[$1] * turned[$1] }
    }
  }
}

/// `MaxUnpool`: elements at the positions that indices name, zeros elsewhere.
struct UnpoolingKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (value, indices) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let pooled = try site.call.unpooledShape()
    let positions = try plan.resolve(
      IndexedBlocks(flat: source.shape.elementCount, of: pooled), plan.tensor(indices),
      dataCount: pooled.elementCount, site)
    let whole = try plan.scattered("MaxUnpool", source, positions, into: nil, shape: pooled, .none)
    // A larger output shape is filled behind the elements.
    let after = zip(site.outputShapes[0], pooled).map { $0 - $1 }
    let margin: [Movement] = [.pad(before: after.map { _ in 0 }, after: after, mode: .constant(0))]
    try plan.define(output, plan.move(whole, margin))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let inner = try plan.moveBack(gradient, margin, from: pooled)
      plan.contribute(
        try plan.gathered("MaxUnpool.backward", inner, positions, shape: source.shape), to: value)
    }
  }
}
