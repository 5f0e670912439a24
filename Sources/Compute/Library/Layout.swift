import CDNNL
import Graph

/// The shape of a tensor of a plan and where its elements lie: plain C order, channels in blocks, or a form
/// that only oneDNN knows.
final class Layout: Hashable {
  /// The logical shape, `[N, C, H, W]` whatever the order in memory.
  let shape: [Int]
  /// Bytes that a tensor of this layout takes, padding included.
  let byteCount: Int
  /// oneDNN's description; that of `[1]` for a scalar.
  let handle: OpaquePointer
  /// An inner block: `extent` consecutive indices of `axis` lie side by side.
  struct Block: Hashable {
    let axis: Int
    let extent: Int
  }
  /// The inner blocks, the last one innermost; empty in plain layouts.
  let blocks: [Block]
  /// Distance in elements of consecutive (blocks of) indices, one an axis.
  let strides: [Int]
  /// Extents with the padding that fills the last block.
  let paddedShape: [Int]
  /// Whether strides and blocks say where every element lies.
  let isStrided: Bool

  private init(owning handle: OpaquePointer, shape: [Int]?) {
    var description = cdnnl_description()
    cdnnl_layout_describe(handle, &description)
    let axes = Int(description.axes)
    func list<T>(_ tuple: T, _ count: Int) -> [Int] {
      withUnsafeBytes(of: tuple) { Array($0.bindMemory(to: Int64.self).prefix(count)).map(Int.init) }
    }
    self.handle = handle
    self.shape = shape ?? list(description.extents, axes)
    byteCount = Int(description.bytes)
    strides = list(description.strides, axes)
    paddedShape = list(description.padded, axes)
    let count = Int(description.blocks)
    blocks = zip(list(description.block_axes, count), list(description.block_extents, count)).map {
      Block(axis: $0, extent: $1)
    }
    isStrided = description.strided
  }

  deinit { cdnnl_layout_free(handle) }

  /// Takes over a layout that the library made.
  static func owning(_ handle: OpaquePointer) -> Layout { Layout(owning: handle, shape: nil) }

  /// C order.
  static func plain(_ shape: [Int]) throws(ComputeError) -> Layout {
    var handle: OpaquePointer?
    let extents = shape.isEmpty ? [1] : shape.map(Int64.init)
    try check(
      cdnnl_layout_make(Int32(extents.count), extents, nil, &handle), "a layout of \(shape.shapeText)")
    return Layout(owning: handle!, shape: shape)
  }

  /// Elements at given strides.
  static func strided(_ shape: [Int], _ strides: [Int]) throws(ComputeError) -> Layout {
    var handle: OpaquePointer?
    try check(
      cdnnl_layout_make(Int32(shape.count), shape.map(Int64.init), strides.map(Int64.init), &handle),
      "a layout of \(shape.shapeText)")
    return Layout(owning: handle!, shape: nil)
  }

  /// Whatever a primitive finds fastest.
  static func any(_ shape: [Int]) throws(ComputeError) -> Layout {
    var handle: OpaquePointer?
    try check(
      cdnnl_layout_make_any(Int32(shape.count), shape.map(Int64.init), &handle),
      "a layout of \(shape.shapeText)")
    return Layout(owning: handle!, shape: nil)
  }

  /// The same order and blocks for another shape of as many axes.
  func like(_ shape: [Int]) throws(ComputeError) -> Layout {
    if isPlain { return try .plain(shape) }
    var result: OpaquePointer?
    try check(
      cdnnl_layout_like(handle, shape.map(Int64.init), &result), "a layout of \(shape.shapeText)")
    return Layout(owning: result!, shape: nil)
  }

  /// A box inside a tensor of this layout; `nil` where the box cuts a block.
  func slice(_ shape: [Int], at offsets: [Int]) -> Layout? {
    var result: OpaquePointer?
    guard cdnnl_layout_slice(handle, shape.map(Int64.init), offsets.map(Int64.init), &result) == 0 else {
      return nil
    }
    return Layout(owning: result!, shape: nil)
  }

  /// Whether the elements lie in C order. A blocked layout counts when its blocks change nothing: all space
  /// behind the blocked axis has extent 1 and the last block is full.
  var isPlain: Bool {
    guard isStrided, paddedShape == (shape.isEmpty ? [1] : shape) else { return false }
    if blocks.isEmpty {
      let dense = paddedShape.denseStrides
      return paddedShape.indices.allSatisfy { paddedShape[$0] == 1 || strides[$0] == dense[$0] }
    }
    guard blocks.count == 1, let block = blocks.first else { return false }
    guard paddedShape[(block.axis + 1)...].allSatisfy({ $0 == 1 }) else { return false }
    let dense = paddedShape.denseStrides
    return paddedShape.indices.allSatisfy { axis in
      axis == block.axis
        ? paddedShape[axis] == block.extent || strides[axis] == block.extent
        : paddedShape[axis] == 1 || strides[axis] == dense[axis]
    }
  }

  /// Whether some elements in memory are padding.
  var isPadded: Bool { paddedShape != (shape.isEmpty ? [1] : shape) }

  /// Elements in memory, padding included.
  var storedCount: Int { byteCount / MemoryLayout<Float>.stride }

  static func == (a: Layout, b: Layout) -> Bool {
    a === b || (a.shape == b.shape && cdnnl_layout_equal(a.handle, b.handle))
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    hasher.combine(blocks)
    hasher.combine(byteCount)
  }
}

/// Turns a status of the library into an error.
func check(_ status: Int32, _ operation: @autoclosure () -> String) throws(ComputeError) {
  if status != 0 {
    throw .library(operation: operation(), status: String(cString: cdnnl_status_name(status)))
  }
}
