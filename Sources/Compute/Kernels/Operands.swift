import Graph

extension PlanBuilder {
  /// An operand of a broadcast, under the shape that aligns it from the right with the others.
  ///
  /// - Parameter narrow: whether the caller takes `bfloat16`.
  func operand(_ number: Int, of site: KernelSite, narrow: Bool = false) throws -> PlanTensor {
    let tensor = try tensor(site.required(number), narrow: narrow)
    let shape = try site.call.broadcastShape(of: number)
    return shape == tensor.shape ? tensor : try reshaped(tensor, shape)
  }

  /// A share of the value's gradient that may stand under another shape of as many elements.
  func contribute(_ tensor: PlanTensor, as value: ValueID) throws {
    guard let shape = bound.shape(of: value), shape != tensor.shape else {
      return contribute(tensor, to: value)
    }
    contribute(try reshaped(tensor, shape), to: value)
  }
}
