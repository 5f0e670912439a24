import Graph

/// `DeformConv`: the input sampled where the offsets say, [N, C · taps, P], then a matrix product.
///
/// Dai et al. 2017, https://arxiv.org/abs/1703.06211; with a mask, Zhu et al. 2018, https://arxiv.org/abs/1811.11168
struct DeformableKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let values = (0..<5).map { site.input($0) }
    guard let output = site.output(0) else { return }
    let (shape, weightShape, result) = (try site.call.shape(0), try site.call.shape(1), site.outputShapes[0])
    let window = try site.call.slidingWindow(over: Array(shape[2...]), kernel: Array(weightShape[2...]))
    let sampling = DeformableSampling(
      shape: shape, result: [result[2], result[3]], window: window,
      groups: site.call.int("offset_group", default: 1), hasMask: values[4] != nil)
    let x = try plan.tensor(site.required(0))
    let sources =
      [x, try plan.tensor(site.required(2))] + (try values[4].map { [try plan.tensor($0)] } ?? [])
    let groups = site.call.int("group", default: 1)
    let indices = result[2] * result[3]
    let inner = weightShape[1...].elementCount
    let rows = result[1] / groups
    let grid = [shape[0], groups, inner, indices]
    let columns = try plan.loops("DeformConv.sample", sources, shape: grid) { from, to in
      parallel(shape[0]) { n in sampling.forward(n, from, to) }
    }
    let filters = try plan.reshaped(plan.plain(site.required(1)), [1, groups, rows, inner])
    let product = try plan.matmul("DeformConv", filters, columns, shape: [shape[0], groups, rows, indices])
    var sum = try plan.reshaped(product, result)
    let biasShape = [1, result[1], 1, 1]
    if let bias = values[3] {
      sum = try plan.map(
        "DeformConv.bias", [sum, plan.reshaped(plan.tensor(bias), biasShape)], shape: result
      ) { $0[0] + $0[1] }
    }
    try plan.define(output, sum)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let g = try plan.reshaped(gradient, [shape[0], groups, rows, indices])
      if plan.needsGradient(values[3]) {
        let share = try plan.unbroadcast(plan.reshaped(g, result), to: biasShape)
        plan.contribute(try plan.reshaped(share, [result[1]]), to: values[3])
      }
      if plan.needsGradient(values[1]) {
        let each = try plan.matmul(
          "DeformConv.weights", g, plan.transposedView(columns), shape: [shape[0], groups, rows, inner])
        let share = try plan.unbroadcast(each, to: [1, groups, rows, inner])
        plan.contribute(try plan.reshaped(share, weightShape), to: values[1])
      }
      guard [0, 2, 4].contains(where: { plan.needsGradient(values[$0]) }) else { return }
      let behind = try plan.matmul("DeformConv.backward", plan.transposedView(filters), g, shape: grid)
      var shapes: [[Int]] = []
      for source in sources { shapes.append(source.shape) }
      let shares = try plan.loops("DeformConv.sample.backward", sources + [behind], shapes) { from, to in
        for (target, shape) in zip(to, shapes) { target.update(repeating: 0, count: shape.elementCount) }
        parallel(shape[0]) { n in sampling.backward(n, from, to) }
      }
      for (share, number) in zip(shares, [0, 2, 4]) { plan.contribute(share, to: values[number]) }
    }
  }
}

/// Where and how a deformable convolution reads its input; what lies outside is zero.
struct DeformableSampling {
  let shape: [Int]
  let result: [Int]
  let window: SlidingWindow
  let groups: Int
  let hasMask: Bool

  private var taps: Int { window.kernel[0] * window.kernel[1] }
  private var indices: Int { result[0] * result[1] }

  /// One sample: its corners in the plane with their weights, and how the weights change with y and x.
  private func corners(
    _ y: Float, _ x: Float, _ body: (_ index: Int, _ weight: Float, _ dy: Float, _ dx: Float) -> Void
  ) {
    // Also keeps what is not a number away from conversions.
    guard y > -1, x > -1, y < Float(shape[2]), x < Float(shape[3]) else { return }
    let (top, left) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
    let (v, u) = (y - Float(top), x - Float(left))
    for (row, a, da) in [(top, 1 - v, Float(-1)), (top + 1, v, 1)] where row >= 0 && row < shape[2] {
      for (column, b, db) in [(left, 1 - u, Float(-1)), (left + 1, u, 1)]
      where column >= 0 && column < shape[3] {
        body(row * shape[3] + column, a * b, da * b, a * db)
      }
    }
  }

  /// Calls `body` for each sample of an example: its place in columns, plane, offsets and mask, and where it is.
  private func forEachSample(
    _ n: Int, _ offsets: UnsafePointer<Float>,
    _ body: (_ column: Int, _ plane: Int, _ offset: Int, _ mask: Int, _ y: Float, _ x: Float) -> Void
  ) {
    let perGroup = shape[1] / groups
    for c in 0..<shape[1] {
      for tap in 0..<taps {
        let (ky, kx) = (tap / window.kernel[1], tap % window.kernel[1])
        let maskChannel = (n * groups + c / perGroup) * taps + tap
        for index in 0..<indices {
          let (oy, ox) = (index / result[1], index % result[1])
          let offset = 2 * maskChannel * indices + index
          let y = oy * window.strides[0] - window.padsBefore[0] + ky * window.dilations[0]
          let x = ox * window.strides[1] - window.padsBefore[1] + kx * window.dilations[1]
          body(
            ((n * shape[1] + c) * taps + tap) * indices + index, (n * shape[1] + c) * shape[2] * shape[3],
            offset, maskChannel * indices + index, Float(y) + offsets[offset],
            Float(x) + offsets[offset + indices])
        }
      }
    }
  }

  func forward(_ n: Int, _ from: [UnsafePointer<Float>], _ columns: UnsafeMutablePointer<Float>) {
    forEachSample(n, from[1]) { column, plane, _, mask, y, x in
      var sum: Float = 0
      corners(y, x) { index, weight, _, _ in sum += weight * from[0][plane + index] }
      columns[column] = hasMask ? sum * from[2][mask] : sum
    }
  }

  /// Adds the gradients of input, offsets and mask; the gradient of the columns comes last in `from`.
  func backward(_ n: Int, _ from: [UnsafePointer<Float>], _ to: [UnsafeMutablePointer<Float>]) {
    let gradient = from[from.count - 1]
    forEachSample(n, from[1]) { column, plane, offset, mask, y, x in
      let g = gradient[column]
      let masked = hasMask ? g * from[2][mask] : g
      corners(y, x) { index, weight, dy, dx in
        let value = from[0][plane + index]
        to[0][plane + index] += masked * weight
        to[1][offset] += masked * dy * value
        to[1][offset + indices] += masked * dx * value
        if hasMask { to[2][mask] += g * weight * value }
      }
    }
  }
}
