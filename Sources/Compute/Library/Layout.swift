import CDNNL
package import Graph

/// The shape of a tensor of a plan and where its elements lie: plain C order, channels in blocks, or a form
/// that only oneDNN knows.
final class Layout: Hashable {
  /// The logical shape, `[N, C, H, W]` whatever the order in memory.
  let shape: [Int]
  /// `float32` or `bfloat16`; the library's working memory is of integers.
  let elementType: ElementType
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
    elementType = ElementType(description.element)
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
  static func plain(
    _ shape: [Int], _ elementType: ElementType = .float32
  ) throws -> Layout {
    var handle: OpaquePointer?
    let extents = shape.isEmpty ? [1] : shape.map(Int64.init)
    try check(
      cdnnl_layout_make(elementType.library, Int32(extents.count), extents, nil, &handle),
      "a layout of \(shape.shapeText)")
    return Layout(owning: handle!, shape: shape)
  }

  /// Elements at given strides.
  static func strided(
    _ shape: [Int], _ strides: [Int], _ elementType: ElementType = .float32
  ) throws -> Layout {
    var handle: OpaquePointer?
    try check(
      cdnnl_layout_make(
        elementType.library, Int32(shape.count), shape.map(Int64.init), strides.map(Int64.init), &handle),
      "a layout of \(shape.shapeText)")
    return Layout(owning: handle!, shape: nil)
  }

  /// Channels innermost: `[N, C, H, W]` as N, H, W, C.
  static func channelsLast(
    _ shape: [Int], _ elementType: ElementType = .float32
  ) throws -> Layout {
    let inner = ([shape[0]] + shape[2...] + [shape[1]]).denseStrides
    return try .strided(shape, [inner[0], 1] + inner[1..<inner.count - 1], elementType)
  }

  /// Whether channels lie innermost, side by side.
  var isChannelsLast: Bool {
    guard shape.count >= 3, let order = memoryOrder, blocks.isEmpty, !isPlain else { return false }
    return order == ([0] + Array(2..<shape.count) + [1]).map(Dimension.axis)
  }

  /// Whatever a primitive finds fastest.
  static func any(_ shape: [Int], _ elementType: ElementType = .float32) throws -> Layout {
    var handle: OpaquePointer?
    try check(
      cdnnl_layout_make_any(elementType.library, Int32(shape.count), shape.map(Int64.init), &handle),
      "a layout of \(shape.shapeText)")
    return Layout(owning: handle!, shape: nil)
  }

  /// The same order and blocks for another shape of as many axes, and for other elements where these are
  /// given.
  func like(_ shape: [Int], _ elementType: ElementType? = nil) throws -> Layout {
    let elementType = elementType ?? self.elementType
    if isPlain { return try .plain(shape, elementType) }
    var result: OpaquePointer?
    try check(
      cdnnl_layout_like(handle, elementType.library, shape.map(Int64.init), &result),
      "a layout of \(shape.shapeText)")
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
  var storedCount: Int { byteCount / (elementType.byteCount ?? 1) }

  /// What the memory of a layout runs over: an axis, or the blocks of one, or the places inside of them.
  enum Dimension: Hashable {
    case axis(Int)
    case block(Int)
  }

  /// What memory runs over, outermost first; `nil` where the elements do not lie side by side.
  var memoryOrder: [Dimension]? {
    guard isStrided else { return nil }
    var outer = (shape.isEmpty ? [] : paddedShape.indices.map { $0 })
    if isPlain { return outer.map { .axis($0) } }
    outer.sort { a, b in strides[a] == strides[b] ? a < b : strides[a] > strides[b] }
    let order = outer.map(Dimension.axis) + blocks.indices.map(Dimension.block)
    // An axis of one element has any stride.
    let extents = extents(order)
    let dense = extents.denseStrides
    let isDense = outer.indices.allSatisfy { extents[$0] == 1 || strides[outer[$0]] == dense[$0] }
    return isDense ? order : nil
  }

  /// The extents that memory runs over in the order.
  func extents(_ order: [Dimension]) -> [Int] {
    order.map { dimension in
      switch dimension {
      case .axis(let axis):
        isPlain
          ? shape[axis]
          : blocks.filter { $0.axis == axis }.reduce(paddedShape[axis]) { $0 / $1.extent }
      case .block(let index): blocks[index].extent
      }
    }
  }

  static func == (a: Layout, b: Layout) -> Bool {
    a === b || (a.shape == b.shape && cdnnl_layout_equal(a.handle, b.handle))
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    hasher.combine(elementType)
    hasher.combine(blocks)
    hasher.combine(byteCount)
  }
}

extension ElementType {
  /// The type of the elements of one of the library's layouts.
  fileprivate init(_ element: cdnnl_element) {
    self =
      switch element {
      case CDNNL_F32: .float32
      case CDNNL_BF16: .bfloat16
      case CDNNL_S32: .int32
      case CDNNL_S8: .int8
      default: .uint8
      }
  }

  /// The library's name of the type; plans compute with no others.
  fileprivate var library: cdnnl_element {
    switch self {
    case .float32: CDNNL_F32
    case .bfloat16: CDNNL_BF16
    default: preconditionFailure("plans compute with float32 and bfloat16, not with \(rawValue)")
    }
  }

  /// Throws where plans do not compute with such elements, or the processor has no instructions for them and
  /// would be slower than with `float32`.
  package func checkIsComputed() throws {
    guard self == .float32 || (self == .bfloat16 && cdnnl_computes(CDNNL_BF16)) else {
      throw ComputeError.unsupportedPrecision(self)
    }
  }
}

/// Turns a status of the library into an error.
func check(_ status: Int32, _ operation: @autoclosure () -> String) throws {
  if status != 0 {
    throw ComputeError.library(operation: operation(), status: String(cString: cdnnl_status_name(status)))
  }
}
