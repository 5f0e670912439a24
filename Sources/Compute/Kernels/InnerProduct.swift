import CDNNL
import Graph

/// `Gemm`: αA′B′ + βC, with the activation behind it.
struct GemmKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (aValue, bValue) = (try site.required(0), try site.required(1))
    let cValue = site.input(2)
    guard var output = site.output(0) else { return }
    let (alpha, beta) = (site.call.float("alpha", default: 1), site.call.float("beta", default: 1))
    let type = plan.elementType(of: output)
    let (transposesA, transposesB) = (site.call.transposes(0), site.call.transposes(1))
    let (a, b) = (try plan.plain(aValue), try plan.plain(bValue))
    let left = transposesA ? try plan.transposedView(a) : a
    let right = transposesB ? try plan.transposedView(b) : b
    let shape = site.outputShapes[0]
    let c = try cValue.map { try plan.plain($0) }
    let fitsBias =
      alpha == 1 && beta == 1
      && c.map { $0.shape.elementCount == shape[1] && $0.shape.last == shape[1] } ?? true
    if fitsBias {
      var post: [cdnnl_post_operation] = []
      if a.shape.elementCount > 0, b.shape.elementCount > 0,
        let (operation, behind) = try plan.fusedPost(after: output)
      {
        post = [operation]
        output = behind
      }
      let bias = try c.map { try plan.reshaped($0, [1, shape[1]]) }
      try plan.define(
        output,
        plan.matmul(
          "Gemm", left, right, bias: bias, shape: shape, post: post,
          elementType: type))
    } else {
      var product = try plan.matmul("Gemm", left, right, shape: shape, elementType: type)
      if alpha != 1 {
        product = try plan.map("Gemm.scale", [product], shape: shape) { $0[0] * .constant(alpha) }
      }
      if let c {
        let share =
          beta == 1 ? c : try plan.map("Gemm.scale", [c], shape: c.shape) { $0[0] * .constant(beta) }
        product = try plan.map("Gemm.add", [product, share], shape: shape) { $0[0] + $0[1] }
      }
      try plan.define(output, product)
    }
    let result = output
    guard plan.needsGradient(result) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: result) else { return }
      var g = try plan.plain(gradient)
      if plan.needsGradient(cValue), let c {
        var share = try plan.unbroadcast(g, to: c.shape)
        if beta != 1 {
          share = try plan.map("Gemm.backward", [share], shape: c.shape) { $0[0] * .constant(beta) }
        }
        plan.contribute(share, to: cValue)
      }
      if alpha != 1 { g = try plan.map("Gemm.backward", [g], shape: shape) { $0[0] * .constant(alpha) } }
      if plan.needsGradient(aValue) {
        let share =
          transposesA
          ? try plan.matmul("Gemm.backward", right, plan.transposedView(g), shape: a.shape, elementType: type)
          : try plan.matmul("Gemm.backward", g, plan.transposedView(right), shape: a.shape, elementType: type)
        plan.contribute(share, to: aValue)
      }
      if plan.needsGradient(bValue) {
        let share =
          transposesB
          ? try plan.matmul("Gemm.backward", plan.transposedView(g), left, shape: b.shape, elementType: type)
          : try plan.matmul("Gemm.backward", plan.transposedView(left), g, shape: b.shape, elementType: type)
        plan.contribute(share, to: bValue)
      }
    }
  }
}

/// `MatMul`: numpy's, leading axes broadcast, with the bias and the activation behind it.
struct MatMulKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (aValue, bValue) = (try site.required(0), try site.required(1))
    guard var output = site.output(0) else { return }
    let type = plan.elementType(of: output)
    let (a, b) = (try plan.tensor(aValue), try plan.tensor(bValue))
    let shapes = MatrixShapes(a.shape, b.shape)
    let (x, y) = (try plan.reshaped(a, shapes.left), try plan.reshaped(b, shapes.right))
    let added = b.shape.count > 1 ? plan.fusedBias(after: output, columns: b.shape[b.shape.count - 1]) : nil
    if let added { output = added.output }
    var bias: PlanTensor?
    if let added {
      let row = [Int](repeating: 1, count: shapes.product.count - 1) + b.shape.suffix(1)
      bias = try plan.reshaped(plan.tensor(added.bias), row)
    }
    let isEmpty = a.shape.elementCount == 0 || b.shape.elementCount == 0
    let post = isEmpty ? nil : try plan.fusedPost(after: output)
    if let post { output = post.value }
    let target = try plan.matmul(
      "MatMul", x, y, bias: bias, shape: shapes.product, post: post.map { [$0.operation] } ?? [],
      elementType: type)
    let result = output
    try plan.define(result, plan.reshaped(target, site.outputShapes[0]))
    guard plan.needsGradient(result) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: result) else { return }
      let g = try plan.reshaped(gradient, shapes.product)
      if let added, plan.needsGradient(added.bias), let own = plan.bound.shape(of: added.bias) {
        plan.contribute(try plan.unbroadcast(g, to: own), to: added.bias)
      }
      if plan.needsGradient(aValue) {
        let share = try plan.matmul(
          "MatMul.backward", g, plan.transposedView(y), shape: shapes.lead + shapes.left.suffix(2),
          elementType: type)
        plan.contribute(try plan.reshaped(plan.unbroadcast(share, to: shapes.left), a.shape), to: aValue)
      }
      if plan.needsGradient(bValue) {
        let share = try plan.matmul(
          "MatMul.backward", plan.transposedView(x), g, shape: shapes.lead + shapes.right.suffix(2),
          elementType: type)
        plan.contribute(try plan.reshaped(plan.unbroadcast(share, to: shapes.right), b.shape), to: bValue)
      }
    }
  }
}

extension PlanBuilder {
  /// The constant row that the node behind a product adds, where nobody else looks at the product.
  fileprivate func fusedBias(after value: ValueID, columns: Int) -> (bias: ValueID, output: ValueID)? {
    guard let index = soleConsumer(of: value) else { return nil }
    let node = bound.network.nodes[index]
    guard node.qualifiedOp == "Add", let output = node.outputs[0],
      bound.shape(of: output) == bound.shape(of: value),
      let bias = node.inputs.compactMap({ $0 }).first(where: { $0 != value }),
      bound.constant(of: bias) != nil,
      let shape = bound.shape(of: bias), shape.elementCount == columns, shape.last == columns
    else { return nil }
    absorbed.insert(index)
    return (bias, output)
  }
}

/// The operands of a numpy product as batches of matrices, with as many axes each.
struct MatrixShapes {
  /// [..., M, K], with 1 where an axis is broadcast.
  let left: [Int]
  /// [..., K, N].
  let right: [Int]
  /// The leading axes of the product.
  let lead: [Int]

  /// - Parameters:
  ///   - a: the shape of the left operand; a vector is a row.
  ///   - b: the shape of the right operand; a vector is a column.
  init(_ a: [Int], _ b: [Int]) {
    var left = a.count == 1 ? [1] + a : a
    let right = b.count == 1 ? b + [1] : b
    if right.count == 2, left.count > 2 {
      // One matrix for all: the rows of all batches are multiplied at once.
      left = [left.dropLast().elementCount, left[left.count - 1]]
    }
    let rank = max(left.count, right.count)
    self.left = [Int](repeating: 1, count: rank - left.count) + left
    self.right = [Int](repeating: 1, count: rank - right.count) + right
    lead = zip(self.left.dropLast(2), self.right.dropLast(2)).map { max($0, $1) }
  }

  /// [..., M, N].
  var product: [Int] { lead + [left[left.count - 2], right[right.count - 1]] }
}

extension PlanBuilder {
  /// The same memory with the last two axes exchanged.
  func transposedView(_ tensor: PlanTensor) throws -> PlanTensor {
    let rank = tensor.shape.count
    var shape = tensor.shape
    var strides = tensor.layout.strides
    shape.swapAt(rank - 1, rank - 2)
    strides.swapAt(rank - 1, rank - 2)
    return PlanTensor(try .strided(shape, strides, tensor.layout.elementType), tensor.buffer)
  }

  /// A (batched) matrix product in C order and of `float32`. To infer, constant right sides are brought into the
  /// order that the library prefers, once; where gradients are needed, both directions read the same memory.
  ///
  /// - Parameter elementType: what is multiplied.
  func matmul(
    _ label: String, _ left: PlanTensor, _ right: PlanTensor, bias: PlanTensor? = nil, shape: [Int],
    post: [cdnnl_post_operation] = [], elementType: ElementType = .float32
  ) throws -> PlanTensor {
    let layout = try Layout.plain(shape)
    if left.shape.elementCount == 0 || right.shape.elementCount == 0 {
      // Sums of nothing, at which the library would divide by zero.
      guard post.isEmpty else {
        throw ComputeError.library(operation: label, status: "a function of a product of nothing")
      }
      let target = make(layout)
      emit(label, reads: [], writes: [target]) {
        let elements = target.stored
        return { elements.update(repeating: 0) }
      }
      guard let bias, shape.elementCount > 0 else { return target }
      return try map(label, [target, reshaped(bias, bias.shape)], shape: shape) { $0[0] + $0[1] }
    }
    func typed(_ layout: Layout) throws -> Layout {
      layout.elementType == elementType ? layout : try layout.like(layout.shape, elementType)
    }
    let left = try reordered(left, to: typed(left.layout))
    let weights =
      right.isConstant && !purpose.hasBackward
      ? try Layout.any(right.shape, elementType) : try typed(right.layout)
    let primitive = try Primitive.make(
      "a product of \(left.shape.shapeText) and \(right.shape.shapeText)"
    ) { made in
      post.withUnsafeBufferPointer { operations in
        cdnnl_matmul_make(
          engine.handle, left.layout.handle, weights.handle, bias?.layout.handle, layout.handle,
          cdnnl_post_operations(operations: operations.baseAddress, count: Int32(operations.count)), &made)
      }
    }
    let target = make(layout)
    let moved = try reordered(right, to: primitive.layout(CDNNL_WEIGHTS))
    try emit(
      label, primitive,
      [(CDNNL_SOURCE, left), (CDNNL_WEIGHTS, moved)] + (bias.map { [(CDNNL_BIAS, $0)] } ?? []),
      [(CDNNL_DESTINATION, target)])
    return target
  }
}

extension KernelTable {
  static let products: [String: any Kernel] = ["Gemm": GemmKernel(), "MatMul": MatMulKernel()]
}
