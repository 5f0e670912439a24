import Graph

/// `CumSum` and `CumProd`.
struct ScanKernel: Kernel {
  let multiplies: Bool

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let scan = try site.call.axisScan().scan
    let source = try plan.tensor(value)
    let (op, shape) = (site.node.op, site.outputShapes[0])
    let result = try plan.loops(op, [source], shape: shape) { [multiplies] from, to in
      parallel(scan.outer) { outer in
        for inner in 0..<scan.inner {
          var total: Float = multiplies ? 1 : 0
          for step in 0..<scan.extent {
            let index = scan.index(outer, step, inner)
            let joined = multiplies ? total * from[0][index] : total + from[0][index]
            to[index] = scan.excludesOwn ? total : joined
            total = joined
          }
        }
      }
    }
    try plan.define(output, result)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops(op + ".backward", [source, gradient], shape: shape) {
        [multiplies] from, to in
        parallel(scan.outer) { outer in
          for inner in 0..<scan.inner {
            for step in 0..<scan.extent {
              to[scan.index(outer, step, inner)] = scan.slope(
                outer, step, inner, from[0], from[1], multiplies: multiplies)
            }
          }
        }
      }
      plan.contribute(share, to: value)
    }
  }
}

extension AxisScan {
  /// Where the scan's step lies in memory.
  fileprivate func index(_ outer: Int, _ step: Int, _ inner: Int) -> Int {
    (outer * extent + (isReverse ? extent - 1 - step : step)) * self.inner + inner
  }

  /// The gradient of one element: that of all results it is part of, each times the other factors.
  fileprivate func slope(
    _ outer: Int, _ step: Int, _ inner: Int, _ x: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    multiplies: Bool
  ) -> Float {
    var others: Float = 1
    if multiplies { for k in 0..<step { others *= x[index(outer, k, inner)] } }
    var sum: Float = 0
    for later in step..<extent {
      let at = index(outer, later, inner)
      if excludesOwn {
        if later > step { sum += gradient[at] * others }
        if multiplies, later > step { others *= x[at] }
      } else {
        if multiplies, later > step { others *= x[at] }
        sum += gradient[at] * others
      }
    }
    return sum
  }
}

/// `DFT`: the axis moved behind all others, then a product with a matrix of cosines and sines.
struct FourierKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let transform = try site.call.fourierTransform()
    let shape = try site.call.shape(0)
    let axis = transform.axis
    let others = (0..<shape.count - 1).filter { $0 != axis }
    let lead = others.map { shape[$0] }
    let (width, made) = (transform.read * transform.from, transform.made * transform.to)
    let before: [Movement] = [
      .narrow(axis: axis, start: 0, count: transform.read, step: 1),
      .permute(others + [axis, shape.count - 1]), .reshape([lead.elementCount, width]),
    ]
    var order = Array(0..<shape.count - 2)
    order.insert(shape.count - 2, at: axis)
    let behind: [Movement] = [
      .reshape(lead + [transform.made, transform.to]), .permute(order + [shape.count - 1]),
    ]
    let name =
      "DFT \(transform.length) \(transform.read) \(transform.isInverse) \(transform.isOneSided) \(transform.from)"
    let matrix = try plan.table(name, transform.matrix, [width, made])
    let rows = try plan.move(plan.tensor(value), before)
    let product = try plan.matmul("DFT", rows, matrix, shape: [lead.elementCount, made])
    try plan.define(output, plan.move(product, behind))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let g = try plan.moveBack(gradient, behind, from: [lead.elementCount, made])
      let share = try plan.matmul(
        "DFT.backward", plan.plain(g), plan.transposedView(matrix), shape: [lead.elementCount, width])
      plan.contribute(try plan.moveBack(share, before, from: shape), to: value)
    }
  }
}

/// `Det`: by elimination; its gradient is the matrix of cofactors.
struct DeterminantKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.tensor(value)
    let shape = source.shape
    let size = shape[shape.count - 1]
    let count = site.outputShapes[0].elementCount
    let result = try plan.loops("Det", [source], shape: site.outputShapes[0]) { from, to in
      parallel(count) { index in
        let matrix = UnsafeBufferPointer(start: from[0] + index * size * size, count: size * size)
        to[index] = Float(determinant(matrix.map(Double.init), size))
      }
    }
    try plan.define(output, result)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops("Det.backward", [source, gradient], shape: shape) { from, to in
        parallel(count) { index in
          let start = index * size * size
          let matrix = UnsafeBufferPointer(start: from[0] + start, count: size * size).map(Double.init)
          for row in 0..<size {
            for column in 0..<size {
              let minor = (0..<size * size).filter { $0 / size != row && $0 % size != column }
              let cofactor = determinant(minor.map { matrix[$0] }, size - 1)
              let sign: Float = (row + column) % 2 == 0 ? 1 : -1
              to[start + row * size + column] = sign * Float(cofactor) * from[1][index]
            }
          }
        }
      }
      plan.contribute(share, to: value)
    }
  }
}

/// The determinant of a square matrix, by elimination with the largest pivot of each column.
private func determinant(_ elements: [Double], _ size: Int) -> Double {
  var a = elements
  var result = 1.0
  for column in 0..<size {
    let pivot = (column..<size).max { abs(a[$0 * size + column]) < abs(a[$1 * size + column]) }!
    guard a[pivot * size + column] != 0 else { return 0 }
    if pivot != column {
      for k in 0..<size { a.swapAt(pivot * size + k, column * size + k) }
      result = -result
    }
    result *= a[column * size + column]
    for row in (column + 1)..<max(size, column + 1) {
      let factor = a[row * size + column] / a[column * size + column]
      for k in column..<size { a[row * size + k] -= factor * a[column * size + k] }
    }
  }
  return result
}

extension KernelTable {
  static let spectral: [String: any Kernel] = [
    "CumSum": ScanKernel(multiplies: false), "CumProd": ScanKernel(multiplies: true), "DFT": FourierKernel(),
    "Det": DeterminantKernel(), "DeformConv": DeformableKernel(),
  ]
}
