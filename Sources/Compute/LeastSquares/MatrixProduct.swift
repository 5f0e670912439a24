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

    fileprivate func layout() throws(ComputeError) -> Layout {
      try .strided([shape.rows, shape.columns], [strides.rows, strides.columns])
    }
  }

  private let call: Call
  private let scratch: Memory?

  /// `result` = `left` · `right`.
  init(_ engine: Engine, _ left: Operand, _ right: Operand, into result: Operand) throws(ComputeError) {
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

  func run() throws(ComputeError) { try check(call.run(), "a product of matrices") }
}
