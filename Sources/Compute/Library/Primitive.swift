import CDNNL

/// oneDNN's engine and its stream; belongs to one thread.
final class Engine {
  let handle: OpaquePointer

  init() throws {
    var handle: OpaquePointer?
    try check(cdnnl_engine_make(&handle), "an engine")
    self.handle = handle!
  }

  deinit { cdnnl_engine_free(handle) }
}

/// What an operand is to a primitive.
typealias Operand = cdnnl_operand

/// An operation of fixed shapes and layouts.
final class Primitive {
  let handle: OpaquePointer

  private init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { cdnnl_primitive_free(handle) }

  /// Wraps what a `cdnnl_…_make` function makes.
  static func make(
    _ operation: @autoclosure () -> String, _ body: (inout OpaquePointer?) -> Int32
  ) throws -> Primitive {
    var handle: OpaquePointer?
    try check(body(&handle), operation())
    return Primitive(handle!)
  }

  /// The layout that the primitive uses for an operand.
  func layout(_ operand: Operand) throws -> Layout {
    guard let layout = optionalLayout(operand) else {
      throw ComputeError.library(operation: "a question about an operand", status: "it has none")
    }
    return layout
  }

  /// The layout of an operand that the primitive may do without.
  func optionalLayout(_ operand: Operand) -> Layout? {
    cdnnl_primitive_layout(handle, operand).map(Layout.owning)
  }

  /// Whether the library has nothing better than a plain loop for this.
  var isReference: Bool { implementation.contains("ref") }

  /// Whether the library has code for any convolution only: a product of matrices, or a plain loop.
  var isGeneral: Bool { isReference || implementation.contains("gemm") }

  /// Whether it is Winograd's algorithm.
  var isWinograd: Bool { implementation.contains("wino") }

  /// The library's name of the code that runs.
  var implementation: String { String(cString: cdnnl_primitive_implementation(handle)) }
}

/// A primitive with the addresses of its operands.
final class Call {
  private let handle: OpaquePointer
  private let primitive: Primitive

  init(
    _ engine: Engine, _ primitive: Primitive,
    _ operands: [(operand: Operand, layout: Layout, address: UnsafeMutableRawPointer)]
  ) throws {
    var handle: OpaquePointer?
    let status = cdnnl_call_make(
      engine.handle, primitive.handle, Int32(operands.count), operands.map { Int32($0.operand.rawValue) },
      operands.map { $0.layout.handle }, operands.map { $0.address }, &handle)
    try check(status, "the operands of \(primitive.implementation)")
    self.handle = handle!
    self.primitive = primitive
  }

  deinit { cdnnl_call_free(handle) }

  /// Runs the primitive; the library's status.
  func run() -> Int32 { cdnnl_call_run(handle) }
}

extension cdnnl_window {
  /// A window of the given extents, one a spatial axis.
  init(kernel: [Int], strides: [Int], dilations: [Int], before: [Int], after: [Int]) {
    self.init()
    axes = Int32(min(kernel.count, Int(CDNNL_MAX_DIMENSIONS)))
    func fill<T>(_ tuple: inout T, _ values: [Int]) {
      withUnsafeMutableBytes(of: &tuple) { bytes in
        let slots = bytes.bindMemory(to: Int64.self)
        for (index, value) in values.enumerated() where index < slots.count { slots[index] = Int64(value) }
      }
    }
    fill(&self.kernel, kernel)
    fill(&self.strides, strides)
    fill(&self.dilations, dilations)
    fill(&self.before, before)
    fill(&self.after, after)
  }
}
