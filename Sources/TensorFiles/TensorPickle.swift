package import Foundation
import Graph

/// Writes what `Unpickler` reads: a dictionary of tensors by their names, as `torch.save` pickles it with protocol 2.
package struct TensorPickle: Sendable {
  private var items = Data()

  /// An empty dictionary.
  package init() {}

  /// The pickle of what was added.
  package var bytes: Data {
    // PROTO 2, EMPTY_DICT, MARK; SETITEMS, STOP.
    Data([0x80, 2, UInt8(ascii: "}"), UInt8(ascii: "(")]) + items + Data("u.".utf8)
  }

  /// Adds a tensor.
  ///
  /// - Parameters:
  ///   - storedElements: how many elements its storage has.
  ///   - isParameter: whether it is a parameter, which has gradients.
  package mutating func add(_ name: String, _ tensor: PickledTensor, storedElements: Int, isParameter: Bool) {
    text(name)
    if isParameter { global("torch._utils", "_rebuild_parameter") }
    global("torch._utils", "_rebuild_tensor_v2")
    tuple {
      $0.tuple {
        $0.text("storage")
        $0.global("torch", tensor.storage.typeName)
        $0.text(tensor.storage.key)
        $0.text("cpu")
        $0.integer(storedElements)
      }
      $0.code("Q")
      $0.integer(tensor.layout.offset)
      $0.tuple { inner in tensor.shape.forEach { inner.integer($0) } }
      $0.tuple { inner in tensor.layout.strides.forEach { inner.integer($0) } }
      $0.truth(false)
      $0.hooks()
    }
    code("R")
    guard isParameter else { return }
    truth(true)
    hooks()
    items.append(0x87)
    code("R")
  }

  private mutating func code(_ opcode: Unicode.Scalar) { items.append(UInt8(ascii: opcode)) }

  private mutating func tuple(_ members: (inout TensorPickle) -> Void) {
    code("(")
    members(&self)
    code("t")
  }

  private mutating func truth(_ value: Bool) { items.append(value ? 0x88 : 0x89) }

  private mutating func hooks() {
    global("collections", "OrderedDict")
    code(")")
    code("R")
  }

  private mutating func global(_ module: String, _ name: String) {
    items += Data("c\(module)\n\(name)\n".utf8)
  }

  private mutating func text(_ text: String) {
    code("X")
    number(text.utf8.count, bytes: 4)
    items += Data(text.utf8)
  }

  /// BININT, or LONG1 of eight bytes for what is beyond it.
  private mutating func integer(_ value: Int) {
    if Int32(exactly: value) != nil {
      code("J")
      number(value, bytes: 4)
    } else {
      items += Data([0x8A, 8])
      number(value, bytes: 8)
    }
  }

  private mutating func number(_ value: Int, bytes: Int) {
    for shift in 0..<bytes { items.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
  }
}
