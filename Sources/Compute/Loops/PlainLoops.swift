import Graph

extension PlanBuilder {
  /// A step of our own loops over tensors in C order; the extents must be checked before.
  func loops(
    _ label: String, _ sources: [PlanTensor], _ shapes: [[Int]],
    _ body: @escaping (_ from: [UnsafePointer<Float>], _ to: [UnsafeMutablePointer<Float>]) -> Void
  ) throws -> [PlanTensor] {
    var plain: [PlanTensor] = []
    for source in sources { plain.append(try self.plain(source)) }
    var targets: [PlanTensor] = []
    for shape in shapes { targets.append(make(try .plain(shape))) }
    let (reads, writes) = (plain, targets)
    emit(label, reads: reads, writes: writes) {
      let from = reads.map { UnsafePointer($0.floats) }
      let to = writes.map(\.floats)
      return { body(from, to) }
    }
    return targets
  }

  /// The same with a single result.
  func loops(
    _ label: String, _ sources: [PlanTensor], shape: [Int],
    _ body: @escaping (_ from: [UnsafePointer<Float>], _ to: UnsafeMutablePointer<Float>) -> Void
  ) throws -> PlanTensor {
    try loops(label, sources, [shape]) { from, to in body(from, to[0]) }[0]
  }
}
