import CDNNL

/// What this machine's processor can do at best.
package enum MachinePeak: Sendable {
  /// Billions of floating-point operations a second in a product of two large matrices: the fastest of
  /// several runs, with the threads and of the precision of `options`; the result is float32.
  ///
  /// - Throws: `ComputeError` where the memory for the matrices is missing, or the processor does not have the
  ///   precision.
  package static func matrixProduct(options: ComputeOptions = ComputeOptions()) throws -> Double {
    cdnnl_set_threads(Int32(clamping: options.threads ?? 0))
    let elementType = options.precision.elementType
    try elementType.checkIsComputed()
    let extent = 2048
    let engine = try Engine()
    let factor = try Layout.any([extent, extent], elementType)
    let result = try Layout.any([extent, extent])
    let primitive = try Primitive.make("a product of matrices") {
      cdnnl_matmul_make(
        engine.handle, factor.handle, factor.handle, nil, result.handle,
        cdnnl_post_operations(operations: nil, count: 0), &$0)
    }
    var memories: [Memory] = []
    func memory(_ operand: Operand) throws -> (Operand, Layout, UnsafeMutableRawPointer) {
      let layout = try primitive.layout(operand)
      let memory = try Memory(byteCount: layout.byteCount)
      // Denormal or missing numbers would take another time.
      let count = layout.byteCount / MemoryLayout<Float>.stride
      memory.address.bindMemory(to: Float.self, capacity: count).initialize(repeating: 0.5, count: count)
      memories.append(memory)
      return (operand, layout, memory.address)
    }
    var operands = [
      try memory(CDNNL_SOURCE), try memory(CDNNL_WEIGHTS), try memory(CDNNL_DESTINATION),
    ]
    if primitive.optionalLayout(CDNNL_SCRATCHPAD) != nil { operands.append(try memory(CDNNL_SCRATCHPAD)) }
    let call = try Call(engine, primitive, operands)
    let clock = ContinuousClock()
    var best = Double.infinity
    for _ in 0..<8 {
      let start = clock.now
      try check(call.run(), "a product of matrices")
      best = min(best, (clock.now - start) / .seconds(1))
    }
    withExtendedLifetime(memories) {}
    return 2 * Double(extent * extent * extent) / best / 1e9
  }
}
