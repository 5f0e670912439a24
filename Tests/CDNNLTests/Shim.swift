import CDNNL

/// A status of the library that is not success.
struct LibraryFailure: Error {
  let status: String

  init(_ status: Int32) { self.status = String(cString: cdnnl_status_name(status)) }
}

/// What a function of the shim made, freed with its owner.
final class Handle {
  let pointer: OpaquePointer
  private let free: (OpaquePointer) -> Void

  init(_ free: @escaping (OpaquePointer) -> Void, _ make: (inout OpaquePointer?) -> Int32) throws {
    var made: OpaquePointer?
    let status = make(&made)
    guard status == 0, let made else { throw LibraryFailure(status) }
    pointer = made
    self.free = free
  }

  deinit { free(pointer) }
}

/// Memory of a layout, zeros at first.
final class Store {
  let layout: Handle
  let memory: UnsafeMutableRawPointer

  init(_ layout: Handle) {
    self.layout = layout
    let bytes = max(64, Int(Shim.describe(layout).bytes))
    memory = .allocate(byteCount: bytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  deinit { memory.deallocate() }
}

/// The shim's functions, with operands given and results taken as floats in C order.
struct Shim {
  let engine: Handle

  init() throws { engine = try Handle(cdnnl_engine_free) { cdnnl_engine_make(&$0) } }

  static func describe(_ layout: Handle) -> cdnnl_description {
    var description = cdnnl_description()
    cdnnl_layout_describe(layout.pointer, &description)
    return description
  }

  func plain(_ shape: [Int], _ element: cdnnl_element = CDNNL_F32) throws -> Handle {
    try Handle(cdnnl_layout_free) {
      cdnnl_layout_make(element, Int32(shape.count), shape.map(Int64.init), nil, &$0)
    }
  }

  func any(_ shape: [Int], _ element: cdnnl_element) throws -> Handle {
    try Handle(cdnnl_layout_free) {
      cdnnl_layout_make_any(element, Int32(shape.count), shape.map(Int64.init), &$0)
    }
  }

  func like(_ layout: Handle, _ shape: [Int], _ element: cdnnl_element) throws -> Handle {
    try Handle(cdnnl_layout_free) {
      cdnnl_layout_like(layout.pointer, element, shape.map(Int64.init), &$0)
    }
  }

  func primitive(_ make: (inout OpaquePointer?) -> Int32) throws -> Handle {
    try Handle(cdnnl_primitive_free, make)
  }

  /// A convolution with windows of 3 × 3 that keeps the extents, in layouts of the library's choice.
  func convolution(
    _ x: [Int], _ w: [Int], _ y: [Int], _ element: cdnnl_element = CDNNL_F32,
    direction: cdnnl_direction = CDNNL_INFERENCE, isTransposed: Bool = false,
    algorithm: cdnnl_algorithm = CDNNL_DIRECT,
    bias: Handle? = nil, post: [cdnnl_post_operation] = [], hint: Handle? = nil
  ) throws -> Handle {
    var window = cdnnl_window(axes: 2, kernel: 3, padding: 1)
    let (source, weights, target) = (try any(x, element), try any(w, element), try any(y, element))
    return try post.withUnsafeBufferPointer { post in
      try primitive {
        cdnnl_convolution_make(
          engine.pointer, direction, isTransposed, algorithm, source.pointer, weights.pointer, bias?.pointer,
          target.pointer, &window,
          cdnnl_post_operations(operations: post.baseAddress, count: Int32(post.count)), hint?.pointer, &$0)
      }
    }
  }

  func layout(_ primitive: Handle, _ operand: cdnnl_operand) -> Handle? {
    try? Handle(cdnnl_layout_free) {
      $0 = cdnnl_primitive_layout(primitive.pointer, operand)
      return 0
    }
  }

  /// The elements in the layout, converted to its type.
  func store(_ values: [Float], _ shape: [Int], _ layout: Handle) throws -> Store {
    let source = Store(try plain(shape))
    source.memory.assumingMemoryBound(to: Float.self).update(from: values, count: values.count)
    return try moved(source, to: layout)
  }

  /// The elements as floats in C order.
  func values(_ store: Store, _ shape: [Int]) throws -> [Float] {
    let result = try moved(store, to: plain(shape))
    let count = shape.reduce(1, *)
    return Array(UnsafeBufferPointer(start: result.memory.assumingMemoryBound(to: Float.self), count: count))
  }

  private func moved(_ store: Store, to layout: Handle) throws -> Store {
    let result = Store(layout)
    let reorder = try primitive {
      cdnnl_reorder_make(engine.pointer, store.layout.pointer, layout.pointer, &$0)
    }
    try run(reorder, [(CDNNL_SOURCE, store), (CDNNL_DESTINATION, result)])
    return result
  }

  /// Runs the primitive, with scratch memory where it asks for some.
  func run(_ primitive: Handle, _ operands: [(operand: cdnnl_operand, store: Store)]) throws {
    var operands = operands
    if let scratch = layout(primitive, CDNNL_SCRATCHPAD) {
      operands.append((CDNNL_SCRATCHPAD, Store(scratch)))
    }
    let call = try Handle(cdnnl_call_free) {
      cdnnl_call_make(
        engine.pointer, primitive.pointer, Int32(operands.count), operands.map { Int32($0.operand.rawValue) },
        operands.map { $0.store.layout.pointer }, operands.map { $0.store.memory }, &$0)
    }
    let status = cdnnl_call_run(call.pointer)
    if status != 0 { throw LibraryFailure(status) }
  }
}

extension cdnnl_window {
  /// The same extents on every spatial axis.
  init(axes: Int, kernel: Int, stride: Int = 1, padding: Int = 0) {
    self.init()
    self.axes = Int32(axes)
    for (path, value) in [
      (\cdnnl_window.kernel, kernel), (\.strides, stride), (\.dilations, 1), (\.before, padding),
      (\.after, padding),
    ] {
      withUnsafeMutableBytes(of: &self[keyPath: path]) { bytes in
        for axis in 0..<axes { bytes.bindMemory(to: Int64.self)[axis] = Int64(value) }
      }
    }
  }
}
