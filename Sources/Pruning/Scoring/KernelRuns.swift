package import Graph

/// Where the elements of each kernel stand in a layer's weight: consecutive runs, each of one kernel.
package struct KernelRuns: Sendable, Hashable {
  /// Elements of a run.
  package let length: Int
  /// Runs in all.
  package let count: Int
  @usableFromInline let extent: Int
  @usableFromInline let rows: Int

  /// The runs of a layer's weight; `nil` where it is empty or has no such axis.
  package init?(_ layer: Layer, shape: [Int]) {
    guard layer.kernelAxis < shape.count, !shape.contains(0), layer.kernels > 0 else { return nil }
    let outer = shape[..<layer.kernelAxis].elementCount
    length = shape[(layer.kernelAxis + 1)...].elementCount
    extent = shape[layer.kernelAxis]
    // A grouped transposed convolution's weight [C, K/groups, …] holds a block of kernels for each block of
    // input channels.
    let blocks = max(1, layer.kernels / extent)
    guard outer % blocks == 0 else { return nil }
    rows = outer / blocks
    count = outer * extent
  }

  /// The kernel that a run belongs to.
  @inlinable package func kernel(ofRun run: Int) -> Int { run / extent / rows * extent + run % extent }
}
