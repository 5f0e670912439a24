import CDNNL

/// A product of two matrices in memory, made once and run as often as wanted.
final class MatrixProduct {
  /// A matrix in memory: element (i, j) stands at `address[i · strides.0 + j · strides.1]`.
  struct Operand {
    let shape: (rows: Int, columns: Int)
    let strides: (rows: Int, columns: Int)
    let address: UnsafeMutableRawPointer

    /// Rows one after another.
    init(_ address: UnsafeMutableRawPointer, rows: Int, columns: Int, width: Int? = nil) {
      (shape, strides) = ((rows, columns), (width ?? columns, 1))
      self.address = address
    }

    private init(_ other: Operand) {
      shape = (other.shape.columns, other.shape.rows)
      strides = (other.strides.columns, other.strides.rows)
      address = other.address
    }

    /// The same memory, read by columns.
    var transposed: Operand { Operand(self) }

    fileprivate func layout() throws -> Layout {
      try .strided([shape.rows, shape.columns], [strides.rows, strides.columns])
    }
  }

  private let call: Call
  private let scratch: Memory?

  /// `result` = `left` · `right`.
  init(_ engine: Engine, _ left: Operand, _ right: Operand, into result: Operand) throws {
    let layouts = (try left.layout(), try right.layout(), try result.layout())
    let primitive = try Primitive.make("a product of matrices") {
      cdnnl_matmul_make(
        engine.handle, layouts.0.handle, layouts.1.handle, nil, layouts.2.handle, cdnnl_post_operations(),
        &$0)
    }
    var operands = [
      (operand: CDNNL_SOURCE, layout: layouts.0, address: left.address),
      (operand: CDNNL_WEIGHTS, layout: layouts.1, address: right.address),
      (operand: CDNNL_DESTINATION, layout: layouts.2, address: result.address),
    ]
    if let layout = primitive.optionalLayout(CDNNL_SCRATCHPAD) {
      let memory = try Memory(byteCount: layout.byteCount)
      operands.append((CDNNL_SCRATCHPAD, layout, memory.address))
      scratch = memory
    } else {
      scratch = nil
    }
    call = try Call(engine, primitive, operands)
  }

  func run() throws { try check(call.run(), "a product of matrices") }
}

/// The product of two matrices in C order, `[rows, inner]` · `[inner, columns]`.
package func matrixProduct(
  _ left: [Float], _ right: [Float], rows: Int, inner: Int, columns: Int
) throws -> [Float] {
  precondition(left.count == rows * inner && right.count == inner * columns, "the matrices have their sizes")
  guard rows > 0, inner > 0, columns > 0 else { return [Float](repeating: 0, count: rows * columns) }
  let width = MemoryLayout<Float>.stride
  let operands = (
    try Memory(byteCount: left.count * width), try Memory(byteCount: right.count * width),
    try Memory(byteCount: rows * columns * width)
  )
  left.withUnsafeBytes { operands.0.address.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  right.withUnsafeBytes { operands.1.address.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  let engine = try Engine()
  defer { withExtendedLifetime(engine) {} }
  try MatrixProduct(
    engine, MatrixProduct.Operand(operands.0.address, rows: rows, columns: inner),
    MatrixProduct.Operand(operands.1.address, rows: inner, columns: columns),
    into: MatrixProduct.Operand(operands.2.address, rows: rows, columns: columns)
  ).run()
  return Array(
    UnsafeBufferPointer(
      start: operands.2.address.assumingMemoryBound(to: Float.self), count: rows * columns))
}
